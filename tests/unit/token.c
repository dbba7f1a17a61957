/* token - see token.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "test.h"
#include "token.h"

#define MODULE	"/usr/lib/softhsm/libsofthsm2.so"

/* SoftHSM 2.6.1 loses memory on each use of Ed25519; deep stacks show it. */
const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *
__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0:malloc_context_size=14";
}

const char *
__lsan_default_suppressions(void)
{
	return "leak:libsofthsm2.so\n";
}

void
run_ok(const char *fmt, ...)
{
	char command[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (system(command) != 0)
		fail_msg("%s", command);
}

void
token_more(const char *label)
{
	run_ok("softhsm2-util --init-token --free --label %s --pin " TOKEN_PIN
	    " --so-pin 56789 >/dev/null", label);
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path, 0600);
}

void
token_make(struct token *t, const char *label)
{
	char path[96], text[160];

	test_folder(t->folder, "token");
	snprintf(path, sizeof(path), "%s/softhsm2.conf", t->folder);
	snprintf(text, sizeof(text), "directories.tokendir = %s\n"
	    "log.level = ERROR\n", t->folder);
	write_text(path, text);
	setenv("SOFTHSM2_CONF", path, 1);
	snprintf(t->pin, sizeof(t->pin), "%s/pin", t->folder);
	write_text(t->pin, TOKEN_PIN "\n");
	token_more(label);
}

void
token_done(struct token *t)
{
	run_ok("rm -rf %s", t->folder);
}

struct keystore_terms
token_terms(const struct token *t, const char *label)
{
	return (struct keystore_terms){
		.module = MODULE,
		.token = span_text(label),
		.pin = { .from = PIN_FILE, .name = t->pin },
		.sessions = 2,
	};
}

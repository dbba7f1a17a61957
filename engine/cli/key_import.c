/*
 * key_import - a key from a file into a token.
 *
 * The command line opens the file and hands it to the signer unread: it sees
 * neither the key nor, where that is in a file, the passphrase.
 */
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/ceremony.h"
#include "cli/key.h"
#include "cli/token.h"
#include "sys/file.h"

/* ---- a passphrase that is typed */

/* echo_set turns what is typed visible or not; false: no terminal. */
static bool
echo_set(int fd, bool visible)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0)
		return false;
	if (visible)
		t.c_lflag |= ECHO;
	else
		t.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(fd, TCSAFLUSH, &t) == 0;
}

/* One line goes from the terminal into a pipe, and is wiped here. */
static bool
line_pass(int from, int to, struct err *e)
{
	char line[LIMIT_PIN + 2];
	ssize_t n = read(from, line, sizeof(line));
	bool ok = n >= 0 && write(to, line, (size_t)n) == n;

	explicit_bzero(line, sizeof(line));
	return ok || err_errno(e, ERR_KEY_PASSPHRASE, "terminal");
}

static bool
typed(const char *path, int *out, struct err *e)
{
	CLEANUP(fd_done) int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	int ends[2];

	if (terminal < 0 || !echo_set(terminal, false)) {
		*out = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return *out >= 0 || err_errno(e, ERR_SYSTEM_READ, "/dev/null");
	}
	fprintf(stderr, "Passphrase of %s (empty if it has none): ", path);
	bool ok = pipe2(ends, O_CLOEXEC) == 0;
	if (ok) {
		*out = ends[0];
		ok = line_pass(terminal, ends[1], e);
		close(ends[1]);
	} else {
		err_errno(e, ERR_SYSTEM_READ, "pipe");
	}
	echo_set(terminal, true);
	fputc('\n', stderr);
	return ok;
}

static bool
passphrase_open(const struct invocation *in, int *out, struct err *e)
{
	const char *path = option_text(in, "passphrase-file");

	if (path == NULL)
		return typed(in->arguments[0], out, e);
	*out = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *out >= 0 || err_errno(e, ERR_KEY_PASSPHRASE, "%s", path);
}

static bool
import(const struct invocation *in, struct json **key, struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	CLEANUP(fd_done) int file = -1;
	CLEANUP(fd_done) int passphrase = -1;
	const char *uri, *label;
	uint64_t size;

	return option_need(in, "token", &uri, e) &&
	    option_need(in, "label", &label, e) &&
	    file_open(in->arguments[0], &file, &size, e) &&
	    passphrase_open(in, &passphrase, e) &&
	    token_open(in, uri, &token, e) &&
	    token_import(token, label, file, passphrase, key, e);
}

static int
run_import(const struct invocation *in, struct err *e)
{
	CLEANUP(ceremony_plan_done) struct ceremony_plan plan = { 0 };
	struct json *key = NULL;

	if (!ceremony_begin(in, &plan, e) || !import(in, &key, e))
		return -1;
	bool ok = ceremony_end(in, &plan, key, e);
	if (ok)
		key_answer(in, key);
	else
		json_release(key);
	return ok ? EXIT_YES : -1;
}

static const struct option_row import_options[] = {
	{ "token", 0, "URI", "the token: pkcs11:token=NAME", false },
	{ "label", 0, "NAME", "what the key is to be called", false },
	{ "passphrase-file", 0, "FILE", "file with the passphrase; else it is "
	    "asked for", false },
	CEREMONY_OPTIONS,
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command key_import_command = {
	.name = "key import",
	.summary = "put a key from a file into a token",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.options = import_options,
	.details = "FILE is PKCS#12, or PEM with one private key, encrypted or "
	    "not. From then on the\nkey cannot leave the token; but it was "
	    "outside, so copies may exist: 'key check'\nsays so for ever, and "
	    "the record has `exposed`. A key that is made in the token\nis "
	    "better. Destroy the file afterwards.",
	.example = "tagseal key import old.p12 --token 'pkcs11:token=acme' "
	    "--label old \\\n    --passphrase-file secret --record "
	    "old.ceremony.json --by 'Carol Example'",
	.json = true,
	.run = run_import,
};

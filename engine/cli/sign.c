/*
 * sign - signs a local file, without a daemon: a worker shapes, a signer of
 * our own seals, a courier asks the timestamp authority, a checker accounts
 * for every byte before anything is written.
 *
 * All four start at once, so that they load and read side by side: the checker
 * reads the input while the worker plans, and we copy what will stay.
 */
#include <stdlib.h>
#include <string.h>

#include "artifact/directive.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/authorities.h"
#include "cli/cli.h"
#include "cli/configuration.h"
#include "cli/job.h"
#include "cli/sign_progress.h"
#include "cli/token.h"
#include "daemon/local_job.h"
#include "judge/seal.h"
#include "sys/ahead.h"
#include "sys/clock.h"
#include "sys/file.h"

#define ENDING		10000	/* ms for a worker that is done */

/* All that one signing needs. */
struct signing {
	const struct invocation	*in;
	const char		*output;
	enum method		 method;	/* without a configuration */
	struct cli_job		 work;
	struct token		*token;
	struct local		 worker, checker;
	struct authorities	 authorities;
	int			 scratch;	/* the checker's own */
	struct ahead		*ahead;		/* writes the output */
	struct issued_item	*issued;	/* for the checker */
	size_t			 issued_count;
	int64_t			 token_time;	/* ms that the token took */
	struct element		*elements;	/* NULL: no configuration */
	struct sign_progress	 progress;
};

static void
signing_done(struct signing *s)
{
	local_done(&s->worker);
	authorities_done(&s->authorities);
	local_done(&s->checker);
	ahead_end(s->ahead);
	fd_done(&s->scratch);
	token_close(s->token);
	cli_job_done(&s->work);
}

/* ---- what is wanted, from the command line */

static bool
method_find(const char *name, enum method *out, struct err *e)
{
	*out = METHOD_AUTHENTICODE;
	if (name == NULL)
		return true;
	for (enum method m = 0; m < METHODS; m++)
		if (strcmp(method_rows[m].name, name) == 0) {
			*out = m;
			return true;
		}
	return err_set(e, ERR_USAGE, "--method '%s' is none of authenticode, "
	    "cms", text_show(span_text(name)).text);
}

static struct span
span_option(const struct invocation *in, const char *name)
{
	const char *text = option_text(in, name);

	return text == NULL ? (struct span){ NULL, 0 } : span_text(text);
}

/* One file by itself: the directive stands on the command line. */
static bool
directive_from_options(struct signing *s, struct err *e)
{
	CLEANUP(buf_done) struct buf wire = { 0 };
	struct directive d = {
		.verb = DIRECTIVE_SIGN,
		.digest = span_option(s->in, "digest"),
		.description = span_option(s->in, "description"),
		.description_url = span_option(s->in, "description-url"),
		.append = option_given(s->in, "append"),
		.page_hashes = option_given(s->in, "page-hashes"),
		.pem = option_given(s->in, "pem"),
	};

	if (!method_find(option_text(s->in, "method"), &d.method, e))
		return false;
	s->method = d.method;
	if (method_rows[d.method].detached)
		d.output = SPAN_TEXT("${file.name}.p7s");
	directive_write(&d, &wire);
	return arena_copy(s->work.arena, buf_span(&wire),
	    &s->work.job.directive) || err_budget(e, s->work.arena);
}

/* ---- the processes */

/*
 * The processes know their parts only when the signer has told the key, which
 * takes as long as it takes them to start.
 */
static bool
processes_start(struct signing *s, const char *uri, struct err *e)
{
	return token_open(s->in, uri, &s->token, e) &&
	    local_worker(JOB_SIGN, &s->worker, e) &&
	    local_worker(JOB_CHECK, &s->checker, e) &&
	    authorities_start(&s->authorities, e);
}

/*
 * A lone file keeps its bytes in their places when a signature is embedded;
 * what is inside an archive moves.
 */
static bool
output_begin(struct signing *s, struct err *e)
{
	s->work.job.copied = s->work.job.configuration.len == 0 &&
	    !method_rows[s->method].detached;
	return ahead_start(s->work.fds[JOB_INPUT], s->work.job.copied ?
	    s->work.size : 0, s->work.fds[JOB_OUTPUT], &s->ahead, e);
}

static bool
checker_begin(struct signing *s, struct err *e)
{
	int fds[JOB_FDS] = { s->work.fds[JOB_INPUT], s->work.fds[JOB_OUTPUT],
	    -1 };

	if (!cli_job_scratch(&s->scratch, e))
		return false;
	fds[JOB_SCRATCH] = s->scratch;
	return seal_foresee(&s->checker.channel, &s->work.job, fds,
	    job_wait(s->work.size), e) || local_failed(&s->checker, e);
}

/* Keeps what was signed, so that the checker can account for it. */
static bool
issued_keep(struct signing *s, const struct level *l,
    const struct span *values, struct err *e)
{
	struct arena *a = s->work.arena;

	for (size_t i = 0; i < l->count; i++) {
		struct issued_item *v = arena_grow(a, s->issued,
		    s->issued_count, sizeof(*v));

		if (v == NULL)
			return err_budget(e, a);
		v[s->issued_count++] = (struct issued_item){
		    l->items[i].path, l->items[i].to_be_signed,
		    digest_of(DIGEST_SHA256, values[i]) };
		s->issued = v;
	}
	return true;
}

static bool
on_sign(void *arg, const struct level *l, struct span *values,
    struct arena *a, struct err *e)
{
	struct signing *s = arg;
	struct sign_item *items = ARENA_ARRAY(a, struct sign_item, l->count);

	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < l->count; i++)
		items[i] = (struct sign_item){ l->items[i].path,
		    l->items[i].to_be_signed };
	sign_progress_level(&s->progress, l);
	int64_t began = clock_monotonic();
	if (!token_sign_items(s->token, items, l->count, values, a, e))
		return false;
	s->token_time += clock_monotonic() - began;
	/* The worker relies on the copy from when it has the signatures. */
	return issued_keep(s, l, values, e) && ahead_copied(s->ahead, e);
}

static void
on_progress(void *arg, const struct seal_progress *p)
{
	const struct signing *s = arg;

	sign_progress_show(&s->progress, p);
}

static bool
on_resolved(void *arg, struct span tree, struct err *e)
{
	struct signing *s = arg;

	return sign_progress_tree(&s->progress, tree, s->elements,
	    s->work.arena, e);
}

static bool
seal(struct signing *s, struct job_result *result, struct err *e)
{
	struct seal_terms terms = {
		.worker = &s->worker.channel,
		.hooks = { .resolved = on_resolved, .sign = on_sign,
		    .progress = on_progress, .arg = s },
		.worker_patience = job_wait(s->work.size),
	};

	authorities_terms(&s->authorities, &terms);
	bool ok = seal_run(&terms, &s->work.job, s->work.fds, s->work.arena,
	    result, e);
	sign_progress_end(&s->progress);
	if (!ok && err_is(e, ERR_FORMAT_METHOD) &&
	    s->work.job.configuration.len == 0)
		err_hint(e, "--method cms makes a detached signature of any "
		    "file; --configuration signs files inside an archive");
	return ok ? local_end(&s->worker, ENDING, e) :
	    local_failed(&s->worker, e);
}

static bool
check(struct signing *s, struct err *e)
{
	struct job_result result;
	bool good = seal_issued(&s->checker.channel, s->issued,
	    s->issued_count, job_wait(s->work.size), s->work.arena, &result,
	    e) ?
	    local_end(&s->checker, ENDING, e) : local_failed(&s->checker, e);

	ahead_end(TAKE(s->ahead));
	return good || err_at(e, "the signed file was not accepted");
}

/* ---- the answer */

/* What else changed in the archives that were made again. */
static void
print_notes(const struct json *rebuilt)
{
	for (size_t i = 0; i < json_count(rebuilt); i++) {
		const struct json *one = json_item(rebuilt, i);
		const struct json *notes = json_member(one, "notes");

		for (size_t k = 0; k < json_count(notes); k++) {
			printf("besides ");
			cli_show(json_span(json_member(one, "path")));
			printf(": ");
			cli_show(json_span(json_item(notes, k)));
			putchar('\n');
		}
	}
}

static bool
answer(const struct signing *s, const struct job_result *result,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	struct palette p = palette_for(s->in->colour);

	if (!json_parse(result->json, &v, e))
		return false;
	if (s->in->json) {
		json_put_text(v, "output", s->output);
		json_put_hex(v, "sha256", digest_span(&result->sha256));
		json_put_int(v, "token_ms", s->token_time);
		cli_answer(TAKE(v));
		return true;
	}
	const struct json *list = json_member(v, "signatures");
	for (size_t i = 0; i < json_count(list); i++) {
		printf("%ssigned%s ", p.green, p.plain);
		cli_show(json_span(json_member(json_item(list, i), "path")));
		struct span time = json_span(json_member(json_item(list, i),
		    "timestamp"));
		if (time.len > 0)
			printf("  %s%.*s%s", p.dim, (int)time.len,
			    (const char *)time.ptr, p.plain);
		putchar('\n');
	}
	print_notes(json_member(v, "rebuilt"));
	printf("wrote %s (%s)\n", s->output,
	    text_show_size(result->size).text);
	return true;
}

static bool
identity_load(struct signing *s, const char *certificate, struct err *e)
{
	struct signing_identity *id = &s->work.job.identity;

	if (!token_identity(s->token, certificate, option_text(s->in,
	    "digest"), s->work.arena, id, e))
		return false;
	id->timestamp = s->authorities.count > 0;
	return true;
}

static bool
prepare(struct signing *s, struct err *e)
{
	const char *certificate, *uri;

	s->progress.shown = s->in->progress;
	if (!option_need(s->in, "certificate", &certificate, e) ||
	    !option_need(s->in, "key", &uri, e) ||
	    !option_need(s->in, "output", &s->output, e) ||
	    !cli_job_open(s->in->arguments[0], JOB_SIGN, &s->work, e))
		return false;
	cli_job_output(&s->work, s->output);
	s->work.job.undigested = !s->in->json;
	return (option_given(s->in, "configuration") ?
	    configuration_load(s->in, &s->work, &s->elements,
	    e) :
	    directive_from_options(s, e)) &&
	    authorities_read(s->in, "timestamp", &s->authorities, &s->work,
	    e) && processes_start(s, uri, e) &&
	    identity_load(s, certificate, e) && output_begin(s, e) &&
	    checker_begin(s, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(signing_done) struct signing s = { .in = in,
	    .work = CLI_JOB_NONE, .worker = LOCAL_NONE,
	    .authorities = AUTHORITIES_NONE, .checker = LOCAL_NONE,
	    .scratch = -1 };
	struct job_result result;

	if (!prepare(&s, e) || !seal(&s, &result, e) ||
	    !check(&s, e) || !cli_job_place(&s.work, &result, s.output, e) ||
	    !answer(&s, &result, e))
		return -1;
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "certificate", 0, "FILE", "PEM: the signer's certificate, then its "
	    "chain", false },
	{ "key", 0, "URI", "the key: pkcs11:token=...;object=...", false },
	{ "timestamp", 0, "URL", "timestamp authority; the next one serves if "
	    "it fails", true },
	{ "tsa-roots", 0, "FILE", "roots that its timestamps must lead to",
	    false },
	{ "output", 'o', "FILE", "where the signed file goes", false },
	CONFIGURATION_OPTIONS,
	{ "method", 0, "NAME", "authenticode (default), or cms: a detached "
	    "signature of any file", false },
	{ "digest", 0, "NAME", "sha256 (default), sha384, sha512", false },
	{ "description", 0, "TEXT", "what the file is, for people", false },
	{ "description-url", 0, "URL", "where to read more", false },
	{ "append", 0, NULL, "keep signatures that are there", false },
	{ "page-hashes", 0, NULL, "add hashes of the pages (PE)", false },
	{ "pem", 0, NULL, "a detached signature in PEM", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command sign_command = {
	.name = "sign",
	.summary = "sign a local file with a key in a token",
	.arguments = "IN",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "No daemon and no policy: the PIN of the token is the "
	    "protection. With --configuration\nthe files inside an archive are "
	    "signed, from the inside out; bytes that need no change\nare kept "
	    "as they are. A second process accounts for every signature and "
	    "every byte\nbefore the output is written.",
	.example = "tagseal sign --certificate acme.pem --key "
	    "'pkcs11:token=acme;object=release' \\\n"
	    "    --timestamp http://127.0.0.1:8318/ -o setup-signed.exe "
	    "setup.exe",
	.json = true,
	.run = run,
};

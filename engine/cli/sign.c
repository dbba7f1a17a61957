/*
 * sign - signs local files, without a daemon: workers shape, a signer of our
 * own seals, a courier asks the timestamp authority, checkers account for
 * every byte before anything is written.
 *
 * Signer and courier are one for all files: one login, one connection.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/configuration.h"
#include "cli/more.h"
#include "cli/outputs.h"
#include "cli/sign_file.h"

static void
signing_done(struct signing *s)
{
	authorities_done(&s->authorities);
	token_close(s->token);
	cli_job_done(&s->common);
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
	return arena_copy(s->common.arena, buf_span(&wire),
	    &s->common.job.directive) || err_budget(e, s->common.arena);
}

static bool
wanted(struct signing *s, struct err *e)
{
	return option_need(s->in, "certificate", &s->certificate, e) &&
	    option_need(s->in, "key", &s->uri, e) &&
	    (option_given(s->in, "configuration") ?
	    more.configuration(s->in, &s->common, &s->elements, e) :
	    directive_from_options(s, e)) &&
	    authorities_read(s->in, "timestamp", &s->authorities, &s->common,
	    e);
}

/* ---- what all files share */

/*
 * Workers know their parts only when the signer has told the key, which takes
 * as long as it takes them to start.
 */
static bool
launch(void *shared, struct err *e)
{
	struct signing *s = shared;

	return token_open(s->in, s->uri, &s->token, e) &&
	    authorities_start(&s->authorities, e);
}

/* One login, whatever becomes of it: a token locks after a few wrong PINs. */
static bool
ready(void *shared, struct err *e)
{
	struct signing *s = shared;
	struct signing_identity *id = &s->common.job.identity;

	if (!token_identity(s->token, s->certificate, option_text(s->in,
	    "digest"), s->common.arena, id, e))
		return false;
	id->timestamp = s->authorities.count > 0;
	return true;
}

static bool
sign_all(struct signing *s, struct report *r, struct err *e)
{
	struct passage_plan plan = { .verbs = &sign_verbs, .in = s->in,
	    .shared = s, .launch = launch, .ready = ready };
	bool detached;

	if (!wanted(s, e))
		return false;
	detached = s->elements == NULL && method_rows[s->method].detached;
	return outputs_plan(s->in, detached ? ".p7s" : "", s->common.arena,
	    &plan.outputs, e) && passage_jobs(s->in, &plan.jobs, e) &&
	    passage_run(&plan, r, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(signing_done) struct signing s = { .in = in,
	    .common = CLI_JOB_NONE, .authorities = AUTHORITIES_NONE };
	CLEANUP(report_done) struct report *r = report_new(in, sign_print);

	s.common.arena = arena_new(LIMIT_WORKER_ARENA);
	return sign_all(&s, r, e) ? report_end(r, e) : -1;
}

static const struct option_row options[] = {
	{ "certificate", 0, "FILE", "PEM: the signer's certificate, then its "
	    "chain", false },
	{ "key", 0, "URI", "the key: pkcs11:token=...;object=...", false },
	{ "timestamp", 0, "URL", "timestamp authority; the next one serves if "
	    "it fails", true },
	{ "tsa-roots", 0, "FILE", "roots that its timestamps must lead to",
	    false },
	{ "output", 'o', "FILE", "where the signed file goes: of one FILE "
	    "only", false },
	OUTPUTS_OPTIONS,
	JOBS_OPTION,
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
	.summary = "sign local files with a key in a token",
	.arguments = "FILE...",
	.least = 1,
	.most = -1,
	.options = options,
	.details = "No daemon and no policy: the PIN of the token is the "
	    "protection. With --configuration\nthe files inside an archive are "
	    "signed, from the inside out; bytes that need no change\nare kept "
	    "as they are. A second process accounts for every signature and "
	    "every byte\nbefore the output is written.\n\n"
	    "Several files are signed with one login, and stamped together; "
	    "each has processes\nof its own. They go to --output-folder, "
	    "or are replaced with --in-place, in full or\nnot at all; a "
	    "detached signature (NAME.p7s) then stands beside its file. A file "
	    "that\nfails does not stop the others, but a token that is gone, "
	    "a full disk or authorities\nthat do not answer do: what was not "
	    "begun is \"not reached\". The exit code is that of\nthe worst.",
	.example = "tagseal sign --certificate acme.pem --key "
	    "'pkcs11:token=acme;object=release' \\\n"
	    "    --timestamp http://127.0.0.1:8318/ -o setup-signed.exe "
	    "setup.exe\n"
	    "tagseal sign --certificate acme.pem --key "
	    "'pkcs11:token=acme;object=release' \\\n"
	    "    --timestamp http://127.0.0.1:8318/ --in-place bin/*.exe "
	    "bin/*.dll",
	.json = true,
	.run = run,
};

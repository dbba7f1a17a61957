/* audit_log - events of a ledger by what they name: a list, or a search. */
#include <string.h>

#include "base/text.h"
#include "cli/event_line.h"
#include "cli/file_hash.h"
#include "cli/job.h"
#include "cli/rows.h"
#include "cli/views.h"

/* What was asked for, and where its texts are kept. */
struct question {
	struct view_filter	 filter;
	struct arena		*arena;
	struct rows		 rows;
};

#define ARENA	((size_t)1 << 20)	/* bytes of options */

static const char *const event_columns[] = { "n", "at", "type", "request",
	"summary", NULL };
static const char *const file_columns[] = { "n", "at", "type", "request",
	"role", "path", "sha256", "summary", NULL };

static void
print_row(const struct json *row, const struct palette *p)
{
	event_line(row, p);
	cli_member(row, "path", "file", EVENT_INDENT);
	cli_member(row, "sha256", "sha256", EVENT_INDENT);
	cli_member(row, "role", "which was", EVENT_INDENT);
}

/* ---- the options */

static bool
digest_given(struct span text, struct span *out, const char *option,
    struct err *e)
{
	uint8_t raw[32];

	*out = text;
	return text_unhex(text, raw, sizeof(raw)) || err_set(e, ERR_USAGE,
	    "--%s '%s' is no SHA-256: 64 digits in lower-case hex", option,
	    text_show(text).text);
}

static bool
hash_option(const struct invocation *in, const char *name, struct span *out,
    struct err *e)
{
	const char *text = option_text(in, name);

	return text == NULL || digest_given(span_text(text), out, name, e);
}

/* A file that lies here: whether the ledger knows it. */
static bool
file_option(const struct invocation *in, struct question *q, struct err *e)
{
	const char *path = option_text(in, "file");
	struct digest d;
	uint64_t size;

	if (path == NULL)
		return true;
	if (option_given(in, "sha256"))
		return err_set(e, ERR_USAGE, "--file and --sha256 ask for the "
		    "same thing: give one");
	if (!file_hash(path, &d, &size, e))
		return false;
	q->filter.sha256 = span_text(arena_text(q->arena,
	    span_text(digest_hex(&d).text)));
	return true;
}

/* "person/alice" for alice: what events say. */
static struct span
with_kind(struct question *q, const char *kind, const char *text)
{
	if (text == NULL || strchr(text, '/') != NULL)
		return span_text(text == NULL ? "" : text);
	return span_text(arena_printf(q->arena, "%s/%s", kind, text));
}

static struct span
without_kind(const char *kind, const char *text)
{
	struct span s = span_text(text == NULL ? "" : text);

	return span_from(s, span_starts(s, kind) ? strlen(kind) : 0);
}

static bool
type_option(const struct invocation *in, struct question *q, struct err *e)
{
	const char *text = option_text(in, "type");

	if (text == NULL)
		return true;
	q->filter.type = span_text(text);
	if (event_type_find(q->filter.type) != NULL)
		return true;
	return err_set(e, ERR_USAGE, "there is no type of event '%s': 'keys."
	    "used' is one, schemas/events/ has all", text_show(
	    q->filter.type).text);
}

static bool
request_option(const struct invocation *in, struct question *q,
    struct err *e)
{
	const char *text = option_text(in, "request");

	if (text == NULL)
		return true;
	q->filter.request = span_text(text);
	return event_request_prefix(text) || err_set(e, ERR_USAGE,
	    "--request '%s' is no beginning of an id: sr- and hex digits",
	    text_show(span_text(text)).text);
}

static bool
last_option(const struct invocation *in, struct question *q, struct err *e)
{
	const char *text = option_text(in, "last");

	return text == NULL || (text_u64(span_text(text), &q->filter.last) &&
	    q->filter.last > 0) || err_set(e, ERR_USAGE, "--last '%s' is no "
	    "number from 1", text_show(span_text(text)).text);
}

static struct span
text_option(const struct invocation *in, const char *name)
{
	const char *text = option_text(in, name);

	return span_text(text == NULL ? "" : text);
}

static bool
read_question(const struct invocation *in, struct question *q, struct err *e)
{
	struct view_filter *f = &q->filter;
	const char *name = option_text(in, "name");

	f->person = with_kind(q, "person", option_text(in, "person"));
	f->certificate = without_kind("certificates/", option_text(in,
	    "certificate"));
	f->name = span_text(name == NULL ? "" : name);
	f->token = text_option(in, "token");
	f->session = text_option(in, "session");
	f->commit = text_option(in, "commit");
	f->build = text_option(in, "build");
	q->rows = (struct rows){ in, f->name.len > 0 ||
	    option_given(in, "sha256") || option_given(in, "file") ?
	    file_columns : event_columns, print_row, 0 };
	return rows_begin(&q->rows, e) && type_option(in, q, e) &&
	    request_option(in, q, e) && last_option(in, q, e) &&
	    option_time(in, "since", q->arena, &f->since, e) &&
	    option_time(in, "until", q->arena, &f->until, e) &&
	    hash_option(in, "sha256", &f->sha256, e) &&
	    hash_option(in, "key", &f->key, e) &&
	    hash_option(in, "approval", &f->approval, e) &&
	    file_option(in, q, e);
}

static bool
ask(struct views *v, void *question, struct err *e)
{
	struct question *q = question;

	return view_events(v->view, &q->filter, &(struct view_reader){
	    rows_tell, &q->rows }, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(views_done) struct views v = { 0 };
	struct question q = { .arena = a };

	if (!read_question(in, &q, e) || !views_open(in, &v, e) ||
	    !views_ask(&v, ask, &q, &q.rows.count, e))
		return -1;
	history_note(&v.h);
	return rows_end(&q.rows);
}

static int
run_find(const struct invocation *in, struct err *e)
{
	static const char *const names[] = { "sha256", "file", "name",
	    "person", "key", "certificate", "token", "session", "commit",
	    "build", "approval", "request", "type", "since", "until" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (option_given(in, names[i]))
			return run(in, e);
	err_set(e, ERR_USAGE, "nothing is looked for");
	err_hint(e, "tagseal audit find --help lists what can be");
	return -1;
}

#define COMMON								\
	{ "type", 0, "TYPE", "of the event, such as keys.used", false },\
	{ "request", 0, "ID", "of one request, or all that begin so",	\
	    false },							\
	{ "person", 0, "SLUG", "who did it, signed it or approved it",	\
	    false },							\
	{ "since", 0, "TIME", "from this time on (UTC)", false },	\
	{ "until", 0, "TIME", "before this time (UTC)", false },	\
	{ "last", 0, "N", "the newest N of them", false },		\
	ROWS_OPTIONS, VIEWS_OPTIONS

static const struct option_row log_options[] = {
	COMMON,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row find_options[] = {
	{ "sha256", 0, "HEX", "of a file: an artifact, or one inside it",
	    false },
	{ "file", 0, "FILE", "the same, of a file that lies here", false },
	{ "name", 0, "NAME", "of such a file, without its folders", false },
	{ "key", 0, "HEX", "SHA-256 of a public key", false },
	{ "certificate", 0, "SLUG", "which certificate; or its SHA-256",
	    false },
	{ "token", 0, "SERIAL", "serial number of a token", false },
	{ "session", 0, "HEX", "a start of an engine's signer", false },
	{ "commit", 0, "ID", "a commit or tag, also of the config repo",
	    false },
	{ "build", 0, "ID", "of a builder, a run, an attestation (SHA-256), or "
	    "of an engine's executable", false },
	{ "approval", 0, "HEX", "SHA-256 of what an approver signed", false },
	COMMON,
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_log_command = {
	.name = "audit log",
	.summary = "list the events of the ledger, one line each",
	.arguments = "",
	.options = log_options,
	.details = "Number, time, type and what happened. All that is asked "
	    "for must fit an event. The first\ncall verifies the whole "
	    "ledger; as long as it does not grow, later ones answer at once,\n"
	    "from a file that 'tagseal audit rebuild --compare' checks. Exit "
	    "code 3 when there is none.",
	.example = "tagseal audit log --repo ledger.git --last 20\n"
	    "tagseal audit log --repo ledger.git --type keys.used --since "
	    "2026-01-01 --csv",
	.json = true,
	.run = run,
};

const struct command audit_find_command = {
	.name = "audit find",
	.summary = "find what the ledger says of a file, person, key, "
	    "token, commit or build",
	.arguments = "",
	.options = find_options,
	.details = "A file is found by its SHA-256 before and after signing, "
	    "also if it was inside another\none; by its name in the same "
	    "way. All that is asked for must fit. Exit code 3 when\nnothing "
	    "does.",
	.example = "tagseal audit find --repo ledger.git --file setup.exe\n"
	    "tagseal audit find --repo ledger.git --name setup.exe --json\n"
	    "tagseal audit find --repo ledger.git --person alice --since "
	    "2026-01-01",
	.json = true,
	.run = run_find,
};

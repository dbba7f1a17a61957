/*
 * wait - waits until the ledger says how a request ended.
 *
 * Each round fetches the ledger's branch with stock git and reads what was
 * added. What was read stays: the branch must go on from there, so a history
 * that is rewritten while somebody waits is an alarm.
 */
#include <poll.h>

#include "base/text.h"
#include "cli/account.h"
#include "cli/git.h"
#include "cli/job.h"
#include "sys/clock.h"

#define REMOTE_DEFAULT	"origin"
#define NO_SUCH_REMOTE	2	/* exit code of git remote */
#define LONGEST		((uint64_t)366 * 86400)	/* seconds */
#define COLUMNS		79	/* of a line that is written over */
#define CLEAR_LINE	"\r\033[K"

struct waiting {
	const struct invocation	*in;
	const char		*name;		/* as it was given */
	const char		*remote;	/* NULL: nothing to fetch */
	int64_t			 deadline;
	int64_t			 interval;	/* milliseconds */
	struct history		 h;
	struct err		 fetch;		/* what NULL: it went well */
	struct subject		 subject;
	struct buf		 line;		/* what it waits for now */
	struct buf		 told;		/* the line told last */
};

static void
waiting_done(struct waiting *w)
{
	history_done(&w->h);
	buf_done(&w->line);
	buf_done(&w->told);
}

/* ---- what is to be done */

static bool
read_time(const struct invocation *in, const char *name, uint64_t usual,
    int64_t *ms, struct err *e)
{
	const char *text = option_text(in, name);
	uint64_t seconds = usual;

	if (text != NULL && (!text_duration(span_text(text), &seconds) ||
	    seconds == 0 || seconds > LONGEST)) {
		err_set(e, ERR_USAGE, "--%s '%s' is no length of time", name,
		    text_show(span_text(text)).text);
		return err_hint(e, "write it as 90s, 15m, 12h or 7d");
	}
	*ms = (int64_t)seconds * 1000;
	return true;
}

static bool
told_error(const char *what, const struct buf *told, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	git_told(buf_span(told), &text);
	return err_set(e, ERR_LEDGER_FETCH, "%s: %s", what,
	    text.len > 0 ? buf_cstr(&text) : "git failed");
}

/* The repository that is the ledger itself has none. */
static bool
find_remote(struct waiting *w, struct err *e)
{
	CLEANUP(buf_done) struct buf told = { 0 };
	const char *given = option_text(w->in, "remote");
	const char *name = given == NULL ? REMOTE_DEFAULT : given;
	const char *const words[] = { "remote", "get-url", "--", name, NULL };
	int code;

	if (!git_run(&(struct git_call){ option_text(w->in, "repo"), words,
	    -1, &told, CLOCK_NEVER }, &code, e))
		return false;
	if (code == 0)
		w->remote = name;
	else if (code != NO_SUCH_REMOTE)
		return told_error("git remote", &told, e);
	else if (given != NULL)
		return err_set(e, ERR_USAGE, "the clone has no remote '%s'",
		    text_show(span_text(given)).text);
	return true;
}

static bool
waiting_init(struct waiting *w, struct err *e)
{
	int64_t timeout;

	if (!read_time(w->in, "timeout", 3600, &timeout, e) ||
	    !read_time(w->in, "interval", 5, &w->interval, e))
		return false;
	w->deadline = clock_in(timeout);
	w->name = w->in->arguments[0];
	return find_remote(w, e);
}

/* ---- one round */

/* What fails now may work the next time: the error is kept for the end. */
static void
fetch(struct waiting *w)
{
	CLEANUP(buf_done) struct buf what = { 0 }, told = { 0 };
	const char *branch = option_text(w->in, "branch");
	int code = 0;

	if (w->remote == NULL)
		return;
	if (branch == NULL)
		branch = HISTORY_BRANCH;
	buf_printf(&what, "+refs/heads/%s:refs/remotes/%s/%s", branch,
	    w->remote, branch);
	const char *const words[] = { "fetch", "-q", "--no-tags", "--",
	    w->remote, buf_cstr(&what), NULL };
	w->fetch = (struct err){ 0 };
	if (!git_run(&(struct git_call){ option_text(w->in, "repo"), words,
	    -1, &told, w->deadline }, &code, &w->fetch))
		err_at(&w->fetch, "git fetch");
	else if (code != 0)
		told_error("git fetch", &told, &w->fetch);
}

/* What an old clone lacks may come; what a new one lacks does not exist. */
static bool
forgive(const struct waiting *w, struct err *e)
{
	if (w->fetch.what == NULL || (!err_is(e, ERR_GIT_REF_MISSING) &&
	    !err_is(e, ERR_REQUEST_UNKNOWN)))
		return false;
	*e = (struct err){ 0 };
	return true;
}

static bool
look(struct waiting *w, struct err *e)
{
	bool first = w->h.ledger == NULL;

	w->subject = (struct subject){ 0 };
	if (!history_follow(w->in, &w->h, w->remote, e))
		return forgive(w, e);
	if (first)
		history_note(&w->h);
	return find_subject(&w->h, w->name, option_text(w->in, "project"),
	    &w->subject, e) || forgive(w, e);
}

static bool
is_over(const struct waiting *w)
{
	const struct subject *s = &w->subject;

	return s->refused || (s->request != NULL &&
	    request_state_final(s->request->state));
}

/* ---- what is told meanwhile */

static bool
describe_request(struct waiting *w, const struct fold_request *q, struct err *e)
{
	CLEANUP(json_done) struct json *missing = NULL;

	if (!account_missing(&w->h, q, &missing, e))
		return false;
	buf_text(&w->line, request_state_name(q->state));
	for (size_t i = 0; i < json_count(missing); i++) {
		buf_text(&w->line, i == 0 ? " for " : ", ");
		text_visible(json_span(json_item(missing, i)), &w->line);
	}
	return true;
}

static bool
describe(struct waiting *w, struct err *e)
{
	const struct subject *s = &w->subject;

	w->line.len = 0;
	text_visible(span_text(w->name), &w->line);
	buf_text(&w->line, ": ");
	if (s->request != NULL)
		return describe_request(w, s->request, e);
	buf_text(&w->line, w->h.ledger == NULL ? "no ledger yet" :
	    s->ref != NULL ? "seen, not judged yet" :
	    "the engine has not seen it yet");
	return true;
}

/* Cut where a character begins, so that the line can be written over. */
static int
columns_of(const struct buf *line)
{
	int columns = 0;
	size_t i = 0;

	for (; i < line->len && columns < COLUMNS; i++)
		columns += (line->ptr[i] & 0xc0) != 0x80;
	return (int)(columns < COLUMNS ? line->len : i - 1);
}

static void
tell(struct waiting *w)
{
	CLEANUP(buf_done) struct buf now = { 0 };

	buf_put(&now, buf_span(&w->line));
	if (w->fetch.what != NULL)
		buf_printf(&now, " (%s; trying again)", w->fetch.text);
	if (w->in->json || span_eq(buf_span(&now), buf_span(&w->told)))
		return;
	if (w->in->progress)
		fprintf(stderr, CLEAR_LINE "%.*s", columns_of(&now),
		    buf_cstr(&now));
	else
		fprintf(stderr, "%s\n", buf_cstr(&now));
	w->told.len = 0;
	buf_put(&w->told, buf_span(&now));
}

/* ---- the end */

static int
ended(struct waiting *w, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	struct palette p = palette_for(w->in->colour);
	const struct fold_request *q = w->subject.request;

	if (!account_make(&w->h, &w->subject, false, &v, e))
		return -1;
	if (w->in->json)
		cli_answer(TAKE(v));
	else
		account_outcome(v, &p);
	return q != NULL && q->state == REQUEST_COMPLETED ? EXIT_YES : EXIT_NO;
}

static int
ran_out(struct waiting *w, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;

	if (w->h.ledger == NULL) {
		*e = w->fetch;
		return -1;
	}
	err_set(e, ERR_WAIT_TIMEOUT, "%s", buf_cstr(&w->line));
	if (w->fetch.what != NULL)
		err_hint(e, "the last fetch failed: %s", w->fetch.text);
	if (!w->in->json || w->subject.request == NULL)
		return -1;
	struct err late = *e;
	if (!account_make(&w->h, &w->subject, false, &v, e))
		return -1;
	json_put_err(v, "error", &late);
	cli_answer(TAKE(v));
	return EXIT_NOTHING;
}

/* The last look comes after the last pause, and fetches no more. */
static bool
keep_looking(struct waiting *w, struct err *e)
{
	for (bool first = true;; first = false) {
		if (first || clock_left(w->deadline) > 0)
			fetch(w);
		if (!look(w, e) || !describe(w, e))
			return false;
		int64_t left = clock_left(w->deadline);
		if (is_over(w) || left == 0)
			return true;
		tell(w);
		poll(NULL, 0, (int)(left < w->interval ? left :
		    w->interval));
	}
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(waiting_done) struct waiting w = { .in = in };

	if (!waiting_init(&w, e))
		return -1;
	bool good = keep_looking(&w, e);
	if (in->progress && w.told.len > 0)
		fputs(CLEAR_LINE, stderr);
	if (!good)
		return -1;
	return is_over(&w) ? ended(&w, e) : ran_out(&w, e);
}

static const struct option_row options[] = {
	{ "project", 0, "SLUG", "whose ref it is, where several have one of "
	    "that name", false },
	{ "timeout", 0, "DURATION", "how long to wait: 90s, 15m, 12h (default: "
	    "1h)", false },
	{ "interval", 0, "DURATION", "between two looks (default: 5s)",
	    false },
	{ "remote", 0, "NAME", "where to fetch the ledger from (default: "
	    "origin, if there is one)", false },
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command wait_command = {
	.name = "wait",
	.summary = "wait until a request is completed, refused or denied",
	.arguments = "REQUEST|REF",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "Fetches the ledger again and again with your own git, "
	    "verifies it, and says in the\nend what was signed, or why not. "
	    "A tag or branch may be named before the engine has\nseen it. "
	    "git cannot ask for a passphrase meanwhile: keys need an agent. "
	    "Exit code 0:\ncompleted; 1: refused, denied, expired, cancelled "
	    "or failed; 3: the time ran out;\n5: the ledger could not be "
	    "fetched.",
	.example = "git push origin v1.2.3\n"
	    "tagseal wait v1.2.3 --repo ledger --timeout 2h",
	.json = true,
	.run = run,
};

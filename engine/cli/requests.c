/* requests - what the ledger says of requests: a list, or one in full. */
#include <string.h>

#include "base/text.h"
#include "cli/account.h"
#include "cli/account_parts.h"
#include "cli/job.h"

#define ID_SHOWN	15	/* "sr-" and 12 digits */
#define TIME_SHOWN	16	/* to the minute */

/* "v1.2.3" for a tag, "heads/main" for all else. */
static struct span
short_ref(struct span ref)
{
	return span_from(ref, span_starts(ref, "refs/tags/") ?
	    strlen("refs/tags/") : span_starts(ref, "refs/") ?
	    strlen("refs/") : 0);
}

static void
request_line(const struct fold_request *q, const struct json *missing,
    const struct palette *p)
{
	char at[TEXT_TIME_SIZE];

	text_time(q->last_at, at);
	printf("%.*s  %s%-10s%s  %.*s  ", ID_SHOWN, (const char *)q->id.ptr,
	    p->bold, request_state_name(q->state), p->plain, TIME_SHOWN, at);
	cli_show(q->project);
	printf(" ");
	cli_show(short_ref(q->ref));
	printf("  ");
	cli_show(q->policy);
	putchar('\n');
	for (size_t i = 0; i < json_count(missing); i++) {
		printf("%*s%s", ID_SHOWN + 2, "", i == 0 ? "waits for " :
		    "      and ");
		cli_show(json_span(json_item(missing, i)));
		putchar('\n');
	}
}

static bool
tell(struct history *h, const struct fold_request *q, struct json *list,
    const struct palette *p, struct err *e)
{
	CLEANUP(json_done) struct json *missing = NULL;

	if (!account_missing(h, q, &missing, e))
		return false;
	if (list == NULL) {
		request_line(q, missing, p);
		return true;
	}
	struct json *v = account_brief(q);
	json_put(v, "missing", TAKE(missing));
	json_add(list, v);
	return true;
}

static bool
is_wanted(const struct invocation *in, const struct fold_request *q)
{
	const char *state = option_text(in, "state");
	const char *project = option_text(in, "project");

	return (state == NULL ||
	    strcmp(state, request_state_name(q->state)) == 0) &&
	    (project == NULL || span_is(q->project, project));
}

static int
run_list(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	CLEANUP(json_done) struct json *list = json_list();
	struct palette p = palette_for(in->colour);
	const struct fold_request *q;
	size_t shown = 0;

	if (!history_open(in, &h, e) || !history_read(&h, e))
		return -1;
	history_note(&h);
	for (size_t i = 0; (q = fold_request_at(h.fold, i)) != NULL; i++) {
		if (!is_wanted(in, q))
			continue;
		shown++;
		if (!tell(&h, q, in->json ? list : NULL, &p, e))
			return -1;
	}
	if (in->json)
		cli_answer(TAKE(list));
	return shown > 0 ? EXIT_YES : EXIT_NOTHING;
}

/* What only clones of the project and of the config repo can tell. */
static bool
add_commits(const struct invocation *in, struct history *h,
    const struct subject *s, struct json *account, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event created;

	if (option_given(in, "config") && !option_given(in, "source"))
		return err_set(e, ERR_USAGE, "--config tells who signed the "
		    "commits of --source: give both");
	if (s->request == NULL || !option_given(in, "source"))
		return true;
	return history_event(h, s->request->created, &bytes, &json, &created,
	    e) && account_commits(in, json, account, e);
}

static int
run_show(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	CLEANUP(json_done) struct json *v = NULL;
	struct palette p = palette_for(in->colour);
	struct subject subject;

	if (!history_open(in, &h, e) || !history_read(&h, e) ||
	    !find_known(&h, in->arguments[0], option_text(in, "project"),
	    &subject, e) || !account_make(&h, &subject, true, &v, e) ||
	    !add_commits(in, &h, &subject, v, e))
		return -1;
	history_note(&h);
	if (in->json)
		cli_answer(TAKE(v));
	else
		account_print(v, &p);
	return EXIT_YES;
}

static const struct option_row list_options[] = {
	{ "state", 0, "STATE", "only those: waiting, authorised, completed, "
	    "...", false },
	{ "project", 0, "SLUG", "only those of one project", false },
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row show_options[] = {
	{ "project", 0, "SLUG", "whose ref it is, where several have one of "
	    "that name", false },
	{ "source", 0, "DIR", "a clone of the project: list the commits since "
	    "the last release", false },
	{ "config", 0, "DIR", "a clone of the config repo: tell who signed "
	    "and reviewed them", false },
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command requests_command = {
	.name = "requests",
	.summary = "list the requests that the ledger knows",
	.arguments = "",
	.options = list_options,
	.details = "Reads a clone of the ledger, verifies all of it, and "
	    "prints a line for each request\nwith the time of its last change "
	    "(UTC), and whom it waits for. Exit code 3 when there\nis none.",
	.example = "tagseal requests --repo ledger --state waiting",
	.json = true,
	.run = run_list,
};

const struct command show_command = {
	.name = "show",
	.summary = "show all that the ledger says of a request or a ref",
	.arguments = "REQUEST|REF",
	.least = 1,
	.most = 1,
	.options = show_options,
	.details = "The request may be shortened: sr- and four digits will do "
	    "as long as they fit one.\nA tag or branch stands for its newest "
	    "request, or for the findings if it was refused\nsince. Says who "
	    "submitted what, what is in it, file by file, what differs from "
	    "the last\nrelease of the same policy, whom it waits for, and how "
	    "it ended. With clones of the\nproject and the config repo also "
	    "each commit since that release, who signed and who\nreviewed it: "
	    "people are known by the state of the config repo that the ledger "
	    "names.",
	.example = "tagseal show sr-3f9a --repo ledger\n"
	    "tagseal show v1.2.3 --repo ledger --source acme-app --config "
	    "config",
	.json = true,
	.run = run_show,
};

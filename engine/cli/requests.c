/* requests - what the ledger says of requests: a list, or one in full. */
#include <string.h>

#include "base/text.h"
#include "cli/history.h"
#include "cli/job.h"

#define ID_SHOWN	15	/* "sr-" and 12 digits */

static struct json *
request_json(const struct fold_request *q)
{
	char at[TEXT_TIME_SIZE];
	struct json *v = json_map();

	text_time(q->last_at, at);
	json_put_span(v, "id", q->id);
	json_put_text(v, "state", request_state_name(q->state));
	json_put_span(v, "project", q->project);
	json_put_span(v, "policy", q->policy);
	json_put_span(v, "ref", q->ref);
	json_put_text(v, "changed", at);
	json_put_int(v, "approvals", (int64_t)q->approval_count);
	json_put_int(v, "signatures", (int64_t)q->signatures);
	return v;
}

static void
request_line(const struct fold_request *q, const struct palette *p)
{
	char at[TEXT_TIME_SIZE];

	text_time(q->last_at, at);
	printf("%.*s  %s%-10s%s  %.19s  ", ID_SHOWN, (const char *)q->id.ptr,
	    p->bold, request_state_name(q->state), p->plain, at);
	cli_show(q->project);
	printf("  ");
	cli_show(q->ref);
	printf("  ");
	cli_show(q->policy);
	putchar('\n');
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
		if (in->json)
			json_add(list, request_json(q));
		else
			request_line(q, &p);
	}
	if (in->json)
		cli_answer(TAKE(list));
	return shown > 0 ? EXIT_YES : EXIT_NOTHING;
}

/* ---- one request */

static bool
belongs(const struct event *event, const struct fold_request *q)
{
	return span_eq(event_text(event, "request"), q->id);
}

static void
event_line(const struct event *event, const struct palette *p)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	char at[TEXT_TIME_SIZE];

	text_time(event->at, at);
	event_summary(event, &line);
	printf("  %s%6llu  %.19s%s  ", p->dim, (unsigned long long)event->n,
	    at, p->plain);
	cli_show(buf_span(&line));
	putchar('\n');
}

/* Prints, or adds to the list, one event if it is the request's. */
static bool
event_take(struct history *h, uint64_t n, const struct fold_request *q,
    struct json *list, const struct palette *p, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event event;

	if (!history_event(h, n, &bytes, &json, &event, e))
		return false;
	if (!belongs(&event, q))
		return true;
	if (list != NULL)
		json_add(list, TAKE(json));
	else
		event_line(&event, p);
	return true;
}

static void
request_head(const struct fold_request *q, const struct palette *p)
{
	printf("%s%.*s%s\n", p->bold, (int)q->id.len,
	    (const char *)q->id.ptr, p->plain);
	printf("  %-12s%s\n", "state", request_state_name(q->state));
	printf("  %-12s", "release");
	cli_show(q->project);
	printf(" ");
	cli_show(q->ref);
	printf("\n  %-12s", "policy");
	cli_show(q->policy);
	putchar('\n');
	for (size_t i = 0; i < q->approval_count; i++) {
		printf("  %-12s", q->approvals[i].withdrawn ? "withdrawn" :
		    "approved by");
		cli_show(q->approvals[i].person);
		putchar('\n');
	}
	for (size_t i = 0; i < q->artifact_count; i++) {
		printf("  %-12s", "signed");
		cli_show(q->artifacts[i].name);
		printf("  sha256 %.*s\n", (int)q->artifacts[i].sha256.len,
		    (const char *)q->artifacts[i].sha256.ptr);
	}
	printf("  what happened:\n");
}

static int
run_show(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	CLEANUP(json_done) struct json *list = json_list();
	struct palette p = palette_for(in->colour);

	if (!history_open(in, &h, e) || !history_read(&h, e))
		return -1;
	const struct fold_request *q = history_request(&h, in->arguments[0],
	    e);
	if (q == NULL)
		return -1;
	history_note(&h);
	if (!in->json)
		request_head(q, &p);
	for (uint64_t n = q->created; n <= q->last; n++)
		if (!event_take(&h, n, q, in->json ? list : NULL, &p, e))
			return -1;
	if (in->json) {
		struct json *v = request_json(q);

		json_put(v, "events", TAKE(list));
		cli_answer(v);
	}
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
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command requests_command = {
	.name = "requests",
	.summary = "list the requests that the ledger knows",
	.arguments = "",
	.options = list_options,
	.details = "Reads a clone of the ledger, verifies all of it, and "
	    "prints one line a request.\nExit code 3 when there is none.",
	.example = "tagseal requests --repo ledger --state waiting",
	.json = true,
	.run = run_list,
};

const struct command show_command = {
	.name = "show",
	.summary = "show all that the ledger says of one request",
	.arguments = "REQUEST",
	.least = 1,
	.most = 1,
	.options = show_options,
	.details = "The request may be shortened: sr- and four digits will do "
	    "as long as they fit one.",
	.example = "tagseal show sr-3f9a --repo ledger",
	.json = true,
	.run = run_show,
};

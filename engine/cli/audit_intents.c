/* audit_intents - see intents.h. */
#include "base/text.h"
#include "cli/history.h"
#include "cli/intents.h"
#include "cli/job.h"
#include "cli/rows.h"
#include "sys/clock.h"

#define DAY		INT64_C(86400000)	/* ms */
#define TIME_SHOWN	19			/* to the second */
#define INDENT		9	/* of what stands below a line */

void
intents_note(int64_t since)
{
	char at[TEXT_TIME_SIZE];

	if (since == 0 || clock_now() - since <= DAY)
		return;
	text_time(since, at);
	fprintf(stderr, "a use of keys is open since %s: start the engine "
	    "that began it; 'tagseal audit intents --open' names it\n", at);
}

static const char *const columns[] = { "n", "at", "age_seconds", "state",
    "count", "certificate", "request", "project", "ref", "policy", "engine",
    "attempt", "level", NULL };

/* In the largest unit that is full. */
static void
print_age(int64_t seconds)
{
	static const struct {
		int64_t		seconds;
		const char	*name;
	} units[] = { { 86400, "days" }, { 3600, "hours" }, { 60, "minutes" },
	    { 1, "seconds" } };
	size_t i = 0;

	while (i < COUNT(units) - 1 && seconds < 2 * units[i].seconds)
		i++;
	printf("%lld %s", (long long)(seconds / units[i].seconds),
	    units[i].name);
}

static void
print_text(const struct json *row, const char *member, const char *before)
{
	printf("%s", before);
	cli_show(json_span(json_member(row, member)));
}

static long long
integer(const struct json *row, const char *member)
{
	return json_integer_of(json_member(row, member));
}

static void
print_row(const struct json *row, const struct palette *p)
{
	struct span at = json_span(json_member(row, "at"));

	printf("%7lld  %.*s  %s", integer(row, "n"), TIME_SHOWN,
	    (const char *)at.ptr, p->bold);
	print_text(row, "state", "");
	printf("%s  for ", p->plain);
	print_age(integer(row, "age_seconds"));
	printf(": %lld signatures", integer(row, "count"));
	print_text(row, "certificate", " with ");
	printf("\n%*s", INDENT, "");
	print_text(row, "request", "");
	printf("\n%*s", INDENT, "");
	print_text(row, "project", "");
	print_text(row, "ref", " ");
	print_text(row, "policy", " ");
	printf(", attempt %lld, level %lld", integer(row, "attempt"),
	    integer(row, "level"));
	printf("\n%*s", INDENT, "");
	print_text(row, "engine", "engine ");
	putchar('\n');
}

/* What the fold does not keep, the event says. */
static bool
row_of(struct history *h, const struct fold_request *q,
    const struct fold_intent *i, struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;

	if (!history_event(h, i->n, &bytes, &json, &ev, e))
		return false;
	struct json *v = json_map();
	json_put_int(v, "n", (int64_t)i->n);
	json_put_span(v, "at", event_text(&ev, "at"));
	json_put_int(v, "age_seconds", (clock_now() - i->at) / 1000);
	json_put_text(v, "state", i->state == INTENT_OPEN ? "open" :
	    "unknown");
	json_put_int(v, "count", (int64_t)i->count);
	json_put_span(v, "certificate", event_text(&ev, "certificate"));
	json_put_span(v, "request", q->id);
	json_put_span(v, "project", q->project);
	json_put_span(v, "ref", q->ref);
	json_put_span(v, "policy", q->policy);
	json_put_span(v, "engine", event_text(&ev, "engine"));
	json_put_int(v, "attempt", (int64_t)i->attempt);
	json_put_int(v, "level", (int64_t)i->level);
	*out = v;
	return true;
}

static bool
tell(struct history *h, const struct fold_request *q, struct rows *r,
    struct err *e)
{
	for (size_t i = 0; i < q->intent_count; i++) {
		const struct fold_intent *in = &q->intents[i];
		CLEANUP(json_done) struct json *row = NULL;

		if (in->state == INTENT_USED || (in->state != INTENT_OPEN &&
		    option_given(r->in, "open")))
			continue;
		if (!row_of(h, q, in, &row, e) || !rows_tell(r, row, e))
			return false;
	}
	return true;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	struct rows r = { .in = in, .columns = columns, .print = print_row };
	const struct fold_request *q;

	if (!rows_begin(&r, e) || !history_open(in, &h, e) ||
	    !history_read(&h, e))
		return -1;
	history_note(&h);
	for (size_t i = 0; (q = fold_request_at(h.fold, i)) != NULL; i++)
		if (!tell(&h, q, &r, e))
			return -1;
	return rows_end(&r);
}

static const struct option_row options[] = {
	{ "open", 0, NULL, "only those whose end may still come", false },
	ROWS_OPTIONS,
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_intents_command = {
	.name = "audit intents",
	.summary = "list uses of keys of which nobody knows the end",
	.arguments = "",
	.options = options,
	.details = "Reads a clone of the ledger, verifies all of it, and "
	    "prints each keys.intended that is\nopen (neither keys.used nor "
	    "keys.unknown came) or unknown (a crash hid what happened),\n"
	    "with its request, engine, age and the number of signatures that "
	    "may exist. One that\nis open is work under way, or its engine "
	    "is not running: start it, it tells the\nrest. Exit code 3 when "
	    "there is none.",
	.example = "tagseal audit intents --repo ledger.git --open",
	.json = true,
	.run = run,
};

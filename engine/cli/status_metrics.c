/* status_metrics - a status as OpenMetrics: see status.h. */
#include "base/openmetrics.h"
#include "base/text.h"
#include "cli/status.h"

#define P	"tagseal_"

static void
one(struct buf *b, const char *name, const char *help, uint64_t value)
{
	metrics_family(b, name, NULL, help);
	metrics_sample(b, name, NULL, 0, (int64_t)value);
}

static void
put_ledger(const struct status *s, struct buf *b)
{
	one(b, P "ledger_events", "Events in the ledger.",
	    ledger_size(s->h.ledger));
	metrics_family(b, P "ledger_last_event_timestamp_seconds", "seconds",
	    "When the last event was written.");
	metrics_seconds(b, P "ledger_last_event_timestamp_seconds", NULL, 0,
	    s->last_at);
	metrics_family(b, P "engine_last_event_timestamp_seconds", "seconds",
	    "When an engine wrote its last event.");
	for (size_t i = 0; i < s->engine_count; i++) {
		const struct metrics_label l = { "engine", s->engines[i].id };

		metrics_seconds(b, P "engine_last_event_timestamp_seconds",
		    &l, 1, s->engines[i].seen);
	}
}

static void
put_requests(const struct status *s, struct buf *b)
{
	const struct fold_request *q;

	metrics_family(b, P "requests", NULL, "Requests by their state.");
	for (int state = 0; state < REQUEST_STATES; state++) {
		const struct metrics_label l = { "state", span_text(
		    request_state_name((enum request_state)state)) };
		int64_t count = 0;

		for (size_t i = 0; (q = fold_request_at(s->h.fold, i)) != NULL;
		    i++)
			count += (int)q->state == state;
		metrics_sample(b, P "requests", &l, 1, count);
	}
}

static void
put_alarms(const struct status *s, struct buf *b)
{
	const struct fold_alarm *a;
	uint64_t stops = 0;

	for (size_t i = 0; (a = fold_alarm_at(s->h.fold, i)) != NULL; i++)
		stops += !a->acknowledged && a->stops;
	one(b, P "alarms_open", "Alarms that nobody has acknowledged.",
	    fold_open_alarms(s->h.fold));
	one(b, P "alarms_stopping", "Those of them that stop signing.",
	    stops);
}

/* Rounded down, so that what has ended is below 0. */
static int64_t
days_left(const struct status *s, const struct expiry *x)
{
	return x->ended ? -1 - (s->now - x->ends - 1) / EXPIRY_DAY : x->days;
}

static int64_t
end_of(const struct status *s, const struct expiry *x)
{
	(void)s;
	return x->ends / 1000;
}

/* Two things of one name in one file are told apart by their ends. */
static void
put_each(const struct status *s, const char *name,
    int64_t (*value)(const struct status *, const struct expiry *),
    struct buf *b)
{
	for (size_t i = 0; i < s->ends.count; i++) {
		const struct expiry *x = &s->ends.items[i];
		CLEANUP(buf_done) struct buf thing = { 0 };
		char ends[TEXT_TIME_SIZE];

		if (x->unread.len > 0)
			continue;
		expiry_thing(x, &thing);
		text_time(x->ends, ends);
		const struct metrics_label labels[] = {
			{ "thing", buf_span(&thing) }, { "file", x->file },
			{ "element", x->element },
			{ "ends", span_text(ends) },
			{ "successor", x->covered ? x->successor :
			    (struct span){ 0 } },
		};
		metrics_sample(b, name, labels, COUNT(labels), value(s, x));
	}
}

static void
put_ends(const struct status *s, struct buf *b)
{
	uint64_t unread = 0;

	for (size_t i = 0; i < s->ends.count; i++)
		unread += s->ends.items[i].unread.len > 0;
	metrics_family(b, P "end_days", "days", "Days until something ends, "
	    "below 0 when it has; successor: who takes over in time.");
	put_each(s, P "end_days", days_left, b);
	metrics_family(b, P "end_timestamp_seconds", "seconds",
	    "When something ends.");
	put_each(s, P "end_timestamp_seconds", end_of, b);
	one(b, P "end_unread", "Files of which nobody knows when they end.",
	    unread);
}

void
status_metrics(const struct status *s, struct buf *out)
{
	put_ledger(s, out);
	put_requests(s, out);
	put_alarms(s, out);
	one(out, P "config_known", "1: what ends is in the config repo that "
	    "was read; 0: nobody knows.", s->config != NULL);
	if (s->config != NULL)
		put_ends(s, out);
	metrics_end(out);
}

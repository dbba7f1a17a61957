/* clockwatch - see clockwatch.h. */
#include "base/text.h"
#include "judge/clockwatch.h"
#include "sys/clock.h"

void
clockwatch_set(struct clock_watch *w, int64_t clock, int64_t running)
{
	w->apart = clock - running;
	w->begun = true;
}

int64_t
clockwatch_stepped(const struct clock_watch *w, int64_t clock,
    int64_t running)
{
	int64_t by = clock - running - w->apart;

	return w->begun && (by > CLOCK_STEP || by < -CLOCK_STEP) ? by : 0;
}

/* Until the clock has caught up, events have the time of the last one. */
static int64_t
behind(struct record *r, int64_t clock)
{
	return ledger_last_time(record_ledger(r)) - clock;
}

static bool
step_add(struct record *r, const char *against, int64_t clock, int64_t by,
    struct err *e)
{
	struct json *v = json_map();
	char at[TEXT_TIME_SIZE];

	text_time(clock, at);
	json_put_text(v, "against", against);
	json_put_text(v, "direction", by < 0 ? "back" : "forward");
	json_put_int(v, "milliseconds", by < 0 ? -by : by);
	json_put_text(v, "clock", at);
	return record_add(r, "clock.step", v, NULL, e);
}

/* One of before may have said it, and nothing happened since. */
static bool
was_told(struct record *r, struct span engine)
{
	struct ledger *l = record_ledger(r);
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;
	struct err none;

	return ledger_event_read(l, ledger_size(l) - 1, &bytes, &json, &ev,
	    &none) && span_is(event_text(&ev, "type"), "clock.step") &&
	    span_is(event_text(&ev, "against"), "ledger") &&
	    span_eq(event_text(&ev, "engine"), engine);
}

/* What was told is told once: until the clock has caught up, or steps again. */
bool
clockwatch_tell(struct clock_watch *w, struct span engine, struct record *r,
    struct err *e)
{
	int64_t clock = clock_now(), running = clock_running();
	int64_t by = clockwatch_stepped(w, clock, running);
	int64_t late = behind(r, clock);
	bool told = late > CLOCK_STEP;
	bool before = w->begun ? w->told : told && was_told(r, engine);

	if ((by != 0 && !step_add(r, "machine", clock, by, e)) ||
	    (told && !before && !step_add(r, "ledger", clock, -late, e)) ||
	    (record_pending(r) > 0 && !record_commit(r, e)))
		return false;
	if (by != 0 || !w->begun)
		clockwatch_set(w, clock, running);
	w->told = told;
	return true;
}

bool
clockwatch_may_sign(struct record *r, struct err *e)
{
	return behind(r, clock_now()) <= CLOCK_BEHIND || err_set(e,
	    ERR_CLOCK_BEHIND, "the clock is more than %lld minutes behind the "
	    "last event of the ledger", (long long)CLOCK_BEHIND / 60000);
}

struct json *
clockwatch_missing(struct record *r)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct err why;

	if (clockwatch_may_sign(r, &why))
		return NULL;
	buf_printf(&text, "%s: %s", why.what->code, why.text);
	return json_text(buf_span(&text));
}

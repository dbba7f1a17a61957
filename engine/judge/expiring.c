/* expiring - see expiring.h. */
#include <string.h>

#include "judge/expiring.h"
#include "ledger/anchor.h"

#define EXPIRING	"certificate.expiring"
#define PORTION		1024	/* events of one transaction */

/* ---- what is said ---- */

/* By these names an event is found. */
static const struct {
	const char	*what;
	const char	*member;
	const char	*prefix;
} names[] = {
	{ "certificate", "certificate", "" },
	{ "person", "person", "person/" },
};

static void
put_names(const struct expiry *x, struct json *v)
{
	CLEANUP(buf_done) struct buf thing = { 0 };

	expiry_thing(x, &thing);
	json_put_span(v, "thing", buf_span(&thing));
	for (size_t i = 0; i < COUNT(names); i++) {
		CLEANUP(buf_done) struct buf name = { 0 };

		if (strcmp(names[i].what, x->what) != 0)
			continue;
		buf_text(&name, names[i].prefix);
		buf_put(&name, x->of);
		json_put_span(v, names[i].member, buf_span(&name));
	}
	if (x->file.len > 0)
		json_put_span(v, "file", x->file);
}

void
expiring_members(const struct expiry *x, int64_t now, struct json *v)
{
	put_names(x, v);
	json_put_span(v, "element", x->element);
	json_put_time(v, "ends", x->ends);
	json_put_int(v, "days", x->days);
	json_put_int(v, "threshold", (int64_t)expiry_threshold(x->ends, now));
	json_put_time(v, "decided", now);
	if (x->successor.len == 0)
		return;
	json_put_span(v, "successor", x->successor);
	json_put_time(v, "takes_over", x->from);
}

const struct expiry *
expiring_next(const struct memory *m, const struct expiries *list,
    int64_t now, size_t *at, struct json **members)
{
	while (*at < list->count) {
		const struct expiry *x = &list->items[(*at)++];
		CLEANUP(json_done) struct json *v = json_map();
		uint64_t threshold = expiry_threshold(x->ends, now);

		if (x->unread.len > 0 || x->covered || x->crowded ||
		    threshold == EXPIRY_FAR)
			continue;
		expiring_members(x, now, v);
		if (memory_end_told(m, v) <= threshold)
			continue;
		*members = TAKE(v);
		return x;
	}
	return NULL;
}

/* ---- from the desk ---- */

/* What is in the config repo is there; a token is what an event rests on. */
static bool
token_evidence(struct desk *d, const struct expiry *x,
    const struct expiry_seen *seen, struct json *v, struct err *e)
{
	for (size_t i = 0; x->file.len == 0 && i < seen->token_count; i++)
		if (!event_evidence(d, v, x->what, NULL, seen->tokens[i], e))
			return false;
	return true;
}

static bool
say(struct desk *d, const struct expiry *x, const struct expiry_seen *seen,
    struct json *members, struct err *e)
{
	CLEANUP(json_done) struct json *v = members;

	json_put_text(v, "commit_id",
	    object_id_hex(chain_commit(d->chain)).text);
	event_rules(d, v);
	return token_evidence(d, x, seen, v, e) &&
	    record_add(d->record, EXPIRING, TAKE(v), NULL, e) &&
	    (record_pending(d->record) < PORTION ||
	    record_commit(d->record, e));
}

static void
unread_log(struct desk *d, const struct expiries *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct expiry *x = &list->items[i];
		CLEANUP(buf_done) struct buf thing = { 0 };

		if (x->unread.len == 0)
			continue;
		expiry_thing(x, &thing);
		buf_printf(&thing, " %.*s: %.*s", (int)x->file.len,
		    (const char *)x->file.ptr, (int)x->unread.len,
		    (const char *)x->unread.ptr);
		LOG(&d->log, LOG_LEVEL_WARN, "expiry.unread",
		    { "text", buf_cstr(&thing) });
	}
}

static bool
tell(struct desk *d, const struct expiries *list,
    const struct expiry_seen *seen, int64_t now, struct err *e)
{
	struct json *members;
	const struct expiry *x;
	size_t at = 0;

	while ((x = expiring_next(&d->memory, list, now, &at, &members)) !=
	    NULL)
		if (!say(d, x, seen, members, e))
			return false;
	return record_pending(d->record) == 0 || record_commit(d->record, e);
}

static int64_t
next_of(const struct expiries *list, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < list->count; i++) {
		int64_t one = expiry_next(list->items[i].ends, now);

		if (list->items[i].unread.len == 0 && one < next)
			next = one;
	}
	return next;
}

/* It is advice: files that are too large to be gone through stop no release. */
static bool
too_much(const struct desk *d, struct expiring_due *due, const struct err *why)
{
	if (!err_is(why, ERR_LIMIT_MEMORY))
		return false;
	log_err(&d->log, "expiry.unknown", why);
	due->next = INT64_MAX;
	return true;
}

static bool
look(struct desk *d, int64_t now, struct expiring_due *due, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(EXPIRING_MEMORY);
	struct anchored stamped;
	struct expiries list;

	if (!ledger_anchor_stamped(record_ledger(d->record), a, &stamped, e))
		return false;
	const struct expiry_seen seen = { stamped.tokens,
	    stamped.token_count };
	if (!expiry_list(chain_config(d->chain), &seen, now, a, &list, e))
		return too_much(d, due, e);
	if (!tell(d, &list, &seen, now, e))
		return false;
	if (!object_id_eq(&due->commit, &d->expiring.commit))
		unread_log(d, &list);
	due->next = next_of(&list, now);
	return true;
}

/* Between two thresholds nothing is to be told, unless something changes. */
bool
expiring_follow(struct desk *d, struct err *e)
{
	int64_t now = record_time(d->record);
	struct expiring_due due = { .commit = *chain_commit(d->chain),
	    .stamped = ledger_anchored(record_ledger(d->record)).stamped };

	if (now < d->expiring.next && due.stamped == d->expiring.stamped &&
	    object_id_eq(&due.commit, &d->expiring.commit))
		return true;
	if (!look(d, now, &due, e)) {
		record_drop(d->record);
		return false;
	}
	d->expiring = due;
	return true;
}

/* anchor - see anchor.h. */
#include "base/limits.h"
#include "git/tree.h"
#include "judge/anchor.h"
#include "judge/stamp.h"
#include "sys/clock.h"
#include "wire/courier.h"

#define DAY		INT64_C(86400000)	/* ms */
#define RETRY		INT64_C(3600000)	/* ms, after nobody answered */
#define TIMEOUT		10			/* seconds for an authority */
#define AUTHORITIES	16			/* that are tried */

/* ---- authorities ---- */

static const struct organization *
organization_of(const struct desk *d)
{
	return &chain_config(d->chain)->organization;
}

/* The roots that the config repo has for an authority. */
static bool
roots_load(struct desk *d, const struct timestamp_authority *authority,
    struct buf *pem, struct err *e)
{
	struct tree_entry file;

	return tree_lookup(d->config_repo, chain_tree(d->chain),
	    authority->roots, &file, e) && object_read(d->config_repo,
	    &file.id, OBJECT_BLOB, LIMIT_CONFIG_BLOB, pem, e);
}

static bool
reply_get(struct desk *d, struct span question, struct arena *a,
    struct stamped_item *out, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	const struct organization *o = organization_of(d);
	struct span urls[AUTHORITIES], kept;
	struct stamped_item *items;
	size_t n = 0, count;

	for (; n < o->timestamp_authorities.count && n < AUTHORITIES; n++)
		urls[n] = o->timestamp_authorities.items[n].url;
	struct stamp_item item = { .request = question };
	stamp_write(&(struct stamp_request){ .authorities = urls,
	    .authority_count = n, .parallel = 1, .rounds = 1,
	    .timeout = TIMEOUT, .items = &item, .count = 1 }, &body);
	if (!desk_ask(d, COURIER_STAMP, COURIER_STAMPED, buf_span(&body), -1,
	    &answer, e))
		return false;
	if (!arena_copy(a, buf_span(&answer), &kept))
		return err_budget(e, a);
	if (!stamped_read(kept, a, &items, &count, e))
		return false;
	if (count != 1 || (items[0].err.what == NULL &&
	    items[0].authority >= n))
		return wire_malformed(e, "stamped");
	*out = items[0];
	return true;
}

/* A token over the note, good by the roots of whoever gave it. */
static bool
token_get(struct desk *d, struct span note, struct arena *a,
    struct span *token, struct err *e)
{
	CLEANUP(buf_done) struct buf question = { 0 }, roots = { 0 };
	struct stamped_item reply = { .authority = 0 };
	struct stamp stamp;

	stamp_ask_for(note, &stamp, &question);
	if (!reply_get(d, buf_span(&question), a, &reply, e))
		return false;
	if (reply.err.what != NULL) {
		*e = reply.err;
		return false;
	}
	return roots_load(d, &organization_of(d)->timestamp_authorities.items[
	    reply.authority], &roots, e) &&
	    stamp_judge(&stamp, reply.reply, buf_span(&roots), a, token, e);
}

/* Whether the desk can go on without it; a channel that is gone is not. */
static bool
passes(struct desk *d, const char *what, const struct err *why, struct err *e)
{
	if (err_is(why, ERR_CHANNEL_CLOSED) ||
	    err_is(why, ERR_CHANNEL_TIMEOUT) ||
	    err_is(why, ERR_PROCESS_PROTOCOL)) {
		*e = *why;
		return false;
	}
	log_err(&d->log, what, why);
	return true;
}

bool
anchor_newest(struct desk *d, struct arena *a, struct anchored *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf alone = { 0 };
	const struct ledger_format *f = ledger_format(
	    record_ledger(d->record));
	struct anchored got = { .token_count = 0 };
	struct err why;

	if (!anchor_note(record_note(d->record), &f->log, &alone, e))
		return false;
	if (!arena_copy(a, buf_span(&alone), &got.note))
		return err_budget(e, a);
	if (organization_of(d)->timestamp_authorities.count > 0) {
		if (token_get(d, got.note, a, &got.tokens[0], &why))
			got.token_count = 1;
		else if (!passes(d, "anchor.timestamp", &why, e))
			return false;
	}
	*out = got;
	return got.token_count == 0 || record_anchor(d->record,
	    &(struct ledger_anchor){ got.note, got.tokens, got.token_count },
	    e);
}

/* ---- by itself ---- */

bool
anchor_due(const struct ledger_anchored *s, uint64_t size, int64_t first,
    int64_t now)
{
	return size > s->stamped &&
	    now - (s->time > 0 ? s->time : first) >= DAY;
}

static bool
first_time(struct desk *d, int64_t *out, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;

	if (!ledger_event_read(record_ledger(d->record), 0, &bytes, &json,
	    &ev, e))
		return false;
	*out = ev.at;
	return true;
}

bool
anchor_pass(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct ledger *l = record_ledger(d->record);
	struct ledger_anchored s = ledger_anchored(l);
	int64_t now = clock_now(), first;
	struct anchored got;

	if (organization_of(d)->timestamp_authorities.count == 0 ||
	    now < d->anchor_next)
		return true;
	if (!first_time(d, &first, e))
		return false;
	if (!anchor_due(&s, ledger_size(l), first, now))
		return true;
	d->anchor_next = now + RETRY;
	return anchor_newest(d, a, &got, e) &&
	    (got.token_count == 0 || record_commit(d->record, e));
}

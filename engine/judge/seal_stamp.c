/* seal_stamp - timestamps for artifacts on their way, many at once. */
#include "base/limits.h"
#include "crypto/timestamp.h"
#include "judge/seal_round.h"
#include "judge/seal_worker.h"
#include "sys/clock.h"
#include "sys/random.h"
#include "wire/courier.h"

#define NONCE		8	/* bytes: 64 bits are what authorities expect */
#define PARALLEL	32	/* requests at once per authority */

/* The imprint is over the value as the file will hold it (RFC 5652, 5.3). */
static bool
imprint_of(struct span value, const struct level_item *item,
    struct digest *out, struct err *e)
{
	CLEANUP(buf_done) struct buf der = { 0 };
	enum signature_kind kind = item->to_be_signed.kind;

	if (item->value.len > 0) {
		value = item->value;
	} else if (signature_rows[kind].key == KEY_EC) {
		if (!signature_ecdsa_to_der(value, &der))
			return err_set(e, ERR_SIGNATURE_BAD, "the signature "
			    "of %zu bytes is no ECDSA value", value.len);
		value = buf_span(&der);
	}
	*out = digest_of(item->imprint, value);
	return true;
}

static bool
make_request(struct sealing *r, size_t i, struct err *e)
{
	CLEANUP(buf_done) struct buf der = { 0 };
	struct timestamp_request q = { .certificates = true };
	uint8_t nonce[NONCE];

	random_bytes(nonce, sizeof(nonce));
	nonce[0] = (uint8_t)((nonce[0] & 0x7f) | 0x40); /* positive and full */
	q.nonce = SPAN(nonce);
	if (!imprint_of(r->sealed[i].signature, &r->level.items[i],
	    &q.imprint, e))
		return false;
	timestamp_request_write(&q, &der);
	if (!arena_copy(r->arena, buf_span(&der), &r->sealed[i].request))
		return err_budget(e, r->arena);
	return true;
}

static bool
waits(const struct sealing *s)
{
	return s->state == SEAL_WANTS && s->count > 0;
}

static size_t
items_of(struct sealing *const *all, size_t count, enum seal_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += all[i]->state == state ? all[i]->count : 0;
	return n;
}

static bool
put_items(struct sealing *r, struct stamp_item *out, struct err *e)
{
	for (size_t i = 0; i < r->count; i++) {
		if (!make_request(r, r->which[i], e))
			return false;
		out[i].request = r->sealed[r->which[i]].request;
		out[i].first = r->authority[r->which[i]];
	}
	return true;
}

/* What all of them want; one that cannot even ask fails, and is left out. */
static size_t
gather(struct sealing *const *all, size_t count, struct stamp_item *items)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		struct err e;

		if (!waits(all[i]))
			continue;
		if (put_items(all[i], items + n, &e))
			n += all[i]->count;
		else
			sealing_fail(all[i], &e);
	}
	return n;
}

static bool
ask(struct sealing *const *all, size_t count, struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	const struct seal_terms *t = all[0]->terms;
	struct stamp_item *items = ARENA_ARRAY(a, struct stamp_item,
	    items_of(all, count, SEAL_WANTS));

	if (items == NULL)
		return err_budget(e, a);
	if (t->courier == NULL)
		return err_set(e, ERR_TIMESTAMP_NO_AUTHORITY, "a timestamp is "
		    "wanted, but no timestamp authority is known");
	size_t n = gather(all, count, items);
	if (n == 0)
		return true;
	stamp_write(&(struct stamp_request){ .authorities = t->authorities,
	    .authority_count = t->authority_count, .parallel = PARALLEL,
	    .rounds = all[0]->tries, .items = items, .count = n }, &body);
	return stream_send(t->courier, COURIER_STAMP, buf_span(&body), NULL,
	    0, clock_in(t->patience), e) || peer_failed(e);
}

void
stamp_ask(struct sealing *const *all, size_t count)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	struct err e;

	if (items_of(all, count, SEAL_WANTS) == 0)
		return;
	bool ok = ask(all, count, a, &e);
	for (size_t i = 0; i < count; i++) {
		if (!waits(all[i]))
			continue;
		all[i]->state = SEAL_STAMPS;
		all[i]->due = clock_in(all[i]->terms->patience);
		if (!ok)
			sealing_fail(all[i], &e);
	}
}

static bool
read_stamps(const struct message *m, size_t count, struct arena *a,
    struct stamped_item **out, struct err *e)
{
	size_t n;

	if (m->type == COURIER_FAILED)
		return peer_says(m, e);
	if (!stamped_read(buf_span(&m->body), a, out, &n, e))
		return false;
	return (m->type == COURIER_STAMPED && n == count) ||
	    wire_malformed(e, "stamped");
}

/*
 * An authority whose reply is bad is passed over for these items. The courier
 * begins again with the first one when those that are left fail: then the bad
 * one would be asked for ever.
 */
static bool
moved_on(const struct sealing *r, size_t i, const struct stamped_item *item,
    struct err *e)
{
	if (r->bad == NULL || item->authority >= r->authority[r->which[i]])
		return true;
	*e = r->bad[i].err;
	return err_at(e, "timestamp");
}

static bool
take_stamp(struct sealing *r, size_t i, const struct stamped_item *item,
    struct err *e)
{
	if (item->err.what != NULL) {
		*e = item->err;
		return err_at(e, "timestamp");
	}
	if (item->authority >= r->terms->authority_count)
		return wire_malformed(e, "stamped");
	if (!moved_on(r, i, item, e))
		return false;
	if (!arena_copy(r->arena, item->reply, &r->sealed[r->which[i]].reply))
		return err_budget(e, r->arena);
	r->authority[r->which[i]] = item->authority;
	r->progress.timestamps++;
	return true;
}

static void
take_stamps(struct sealing *r, const struct stamped_item *items)
{
	for (size_t i = 0; i < r->count; i++) {
		struct err e;

		if (!take_stamp(r, i, &items[i], &e)) {
			sealing_fail(r, &e);
			return;
		}
	}
	sealing_tell(r);
}

/* The stamps for all of them, in order, or the error that meets all. */
static bool
hear(const struct sealing *first, size_t count, struct arena *a,
    struct stamped_item **out, struct err *e)
{
	struct message m;

	if (!stream_receive(first->terms->courier, COURIER_MESSAGE_LIMIT, &m,
	    first->due, e))
		return peer_failed(e);
	bool ok = read_stamps(&m, count, a, out, e);
	message_done(&m);
	return ok;
}

static const struct sealing *
first_asked(struct sealing *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (all[i]->state == SEAL_STAMPS)
			return all[i];
	return NULL;
}

void
stamp_take(struct sealing *const *all, size_t count)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	const struct sealing *first = first_asked(all, count);
	struct stamped_item *items;
	struct err e;

	if (first == NULL)
		return;
	bool ok = hear(first, items_of(all, count, SEAL_STAMPS), a, &items,
	    &e);
	for (size_t i = 0, at = 0; i < count; i++) {
		if (all[i]->state != SEAL_STAMPS)
			continue;
		if (ok)
			take_stamps(all[i], items + at);
		else
			sealing_fail(all[i], &e);
		at += all[i]->count;
	}
}

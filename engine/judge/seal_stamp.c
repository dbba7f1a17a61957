/* seal_stamp - timestamps for artifacts on their way, many at once. */
#include "base/limits.h"
#include "base/text.h"
#include "crypto/timestamp.h"
#include "judge/seal_round.h"
#include "judge/seal_worker.h"
#include "judge/stamp_ask.h"
#include "sys/clock.h"
#include "sys/random.h"

#define NONCE		8	/* bytes: 64 bits are what authorities expect */
#define TIMEOUT		15	/* seconds for one answer */
#define REASON		160	/* bytes of why one failed, among others */

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

static struct stamp_circle
circle_of(const struct seal_terms *t)
{
	return (struct stamp_circle){ .authorities = t->authorities,
	    .count = t->authority_count, .policies = t->policies,
	    .memory = t->memory,
	    .passed = t->hooks.passed, .arg = t->hooks.arg };
}

static bool
make_request(struct arena *a, const struct digest *imprint,
    struct span policy, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf der = { 0 };
	struct timestamp_request q = { .certificates = true,
	    .imprint = *imprint, .policy = policy };
	uint8_t nonce[NONCE];

	random_bytes(nonce, sizeof(nonce));
	nonce[0] = (uint8_t)((nonce[0] & 0x7f) | 0x40); /* positive and full */
	q.nonce = SPAN(nonce);
	timestamp_request_write(&q, &der);
	return arena_copy(a, buf_span(&der), out) || err_budget(e, a);
}

/* One for each form: they differ in the policy that is asked for. */
static bool
make_requests(struct sealing *r, size_t i, struct err *e)
{
	const struct stamp_policies *p = &r->terms->policies;
	uint32_t forms = policies_forms(p);
	struct stamp_state *s = &r->stamps[i];

	s->recalled = false;
	s->requests = ARENA_ARRAY(r->arena, struct span, forms);
	if (s->requests == NULL)
		return err_budget(e, r->arena);
	for (uint32_t k = 0; k < forms; k++)
		if (!make_request(r->arena, &s->imprint, policies_of(p, k),
		    &s->requests[k], e))
			return false;
	return true;
}

/* What was kept was asked for under the policy that is wanted now. */
static bool
policy_fits(const struct seal_terms *t, uint32_t authority,
    struct span request)
{
	struct timestamp_request q;
	struct err unread;

	return timestamp_request_parse(request, &q, &unread) &&
	    span_eq(q.policy, policies_of(&t->policies,
	    t->authorities[authority].form));
}

/*
 * The same value was stamped before, for a request that failed later: the
 * worker looks at the stamp as at a new one.
 */
static bool
recall(struct sealing *r, size_t i)
{
	const struct seal_terms *t = r->terms;
	struct stamp_state *s = &r->stamps[i];
	struct stamp_kept kept;

	if (!stamp_recall(t->memory, &s->imprint, clock_monotonic(), &kept))
		return false;
	for (uint32_t k = 0; k < t->authority_count; k++)
		if (span_eq(t->authorities[k].url, kept.url) &&
		    (s->passed & 1U << k) == 0 &&
		    policy_fits(t, k, kept.request)) {
			s->authority = k;
			s->recalled = true;
			return arena_copy(r->arena, kept.request,
			    &r->sealed[i].request) && arena_copy(r->arena,
			    kept.reply, &r->sealed[i].reply);
		}
	return false;
}

/* Leaves only those to be asked for that are not known. */
static bool
prepare(struct sealing *r, struct err *e)
{
	size_t left = 0;

	for (size_t k = 0; k < r->count; k++) {
		uint32_t i = r->which[k];

		if (!imprint_of(r->sealed[i].signature, &r->level.items[i],
		    &r->stamps[i].imprint, e))
			return false;
		if (recall(r, i))
			continue;
		if (!make_requests(r, i, e))
			return false;
		r->which[left++] = i;
	}
	r->count = left;
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

/* What all of them want; one that cannot even ask fails, and is left out. */
static size_t
gather(struct sealing *const *all, size_t count, enum seal_state state,
    struct stamp_item *items)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; all[i]->state == state &&
		    k < all[i]->count; k++) {
			uint32_t which = all[i]->which[k];

			items[n++] = (struct stamp_item){
				.requests = all[i]->stamps[which].requests,
				.passed = all[i]->stamps[which].passed,
			};
		}
	return n;
}

static bool
ask(struct sealing *const *all, size_t count, struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	const struct seal_terms *t = all[0]->terms;
	const struct stamp_circle circle = circle_of(t);
	struct stamp_item *items = ARENA_ARRAY(a, struct stamp_item,
	    items_of(all, count, SEAL_WANTS));

	if (items == NULL)
		return err_budget(e, a);
	circle_ask(&circle, items, gather(all, count, SEAL_WANTS, items),
	    all[0]->tries, TIMEOUT, &body);
	return stream_send(t->courier, COURIER_STAMP, buf_span(&body), NULL,
	    0, clock_in(t->patience), e) || peer_failed(e);
}

static void
prepare_all(struct sealing *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err e;

		if (!waits(all[i]))
			continue;
		if (all[i]->terms->courier == NULL) {
			err_set(&e, ERR_TIMESTAMP_NO_AUTHORITY, "a timestamp "
			    "is wanted, but no timestamp authority is known");
			sealing_fail(all[i], &e);
		} else if (!prepare(all[i], &e)) {
			sealing_fail(all[i], &e);
		}
	}
}

void
stamp_ask(struct sealing *const *all, size_t count)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	struct err e;

	prepare_all(all, count);
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

/* ---- who failed, and why */

static void
note(struct sealing *r, size_t authority, const struct err *why)
{
	r->why[authority] = arena_printf(r->arena, "%s: %s: %.*s", text_show(
	    r->terms->authorities[authority].url).text, why->what->code,
	    REASON, why->text);
}

static void
note_all(struct sealing *r, const struct stamped *s)
{
	for (size_t i = 0; i < s->try_count; i++)
		if (s->tries[i].failed > 0 && s->tries[i].err.what != NULL)
			note(r, i, &s->tries[i].err);
}

/* Of several, each is named: it is not the last one's fault alone. */
static bool
nobody_left(const struct sealing *r, const struct err *last, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	for (size_t i = 0; i < r->terms->authority_count; i++)
		if (r->why[i] != NULL)
			buf_printf(&text, "%s%s", text.len > 0 ? "; " : "",
			    r->why[i]);
	if (r->terms->authority_count > 1 && text.len > 0)
		return err_set(e, ERR_SEAL_TIMESTAMP, "timestamp: %s",
		    buf_cstr(&text));
	*e = *last;
	return err_at(e, "timestamp");
}

static bool
read_stamps(const struct message *m, const struct stamp_circle *c,
    const struct stamp_item *asked, size_t count, struct arena *a,
    struct stamped *out, struct err *e)
{
	if (m->type == COURIER_FAILED)
		return peer_says(m, e);
	if (m->type != COURIER_STAMPED)
		return wire_malformed(e, "stamped");
	return circle_hear(c, buf_span(&m->body), asked, count, a, out, e);
}

static bool
take_stamp(struct sealing *r, size_t k, const struct stamped_item *item,
    struct err *e)
{
	uint32_t i = r->which[k];
	struct stamp_state *s = &r->stamps[i];

	if (item->err.what != NULL)
		return nobody_left(r, &item->err, e);
	if (!arena_copy(r->arena, item->reply, &r->sealed[i].reply))
		return err_budget(e, r->arena);
	s->authority = item->authority;
	r->sealed[i].request = s->requests[
	    r->terms->authorities[item->authority].form];
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
hear(const struct sealing *first, struct sealing *const *all, size_t count,
    struct arena *a, struct stamped *out, struct err *e)
{
	const struct stamp_circle circle = circle_of(first->terms);
	struct stamp_item *asked = ARENA_ARRAY(a, struct stamp_item,
	    items_of(all, count, SEAL_STAMPS));
	struct message m;

	if (asked == NULL)
		return err_budget(e, a);
	size_t n = gather(all, count, SEAL_STAMPS, asked);
	if (!stream_receive(first->terms->courier, COURIER_MESSAGE_LIMIT, &m,
	    first->due, e))
		return peer_failed(e);
	bool ok = read_stamps(&m, &circle, asked, n, a, out, e);
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
	struct stamped said;
	struct err e;

	if (first == NULL)
		return;
	bool ok = hear(first, all, count, a, &said, &e);
	for (size_t i = 0, at = 0; i < count; i++) {
		if (all[i]->state != SEAL_STAMPS)
			continue;
		if (ok) {
			note_all(all[i], &said);
			take_stamps(all[i], said.items + at);
		} else {
			sealing_fail(all[i], &e);
		}
		at += all[i]->count;
	}
}

/* ---- what the worker says of them */

/* What was recalled says nothing of its authority now. */
static void
refuse(struct sealing *r, const struct bad_timestamp *bad, uint32_t *told)
{
	const struct stamp_circle circle = circle_of(r->terms);
	struct stamp_state *s = &r->stamps[bad->item];

	if (s->recalled) {
		stamp_drop(r->terms->memory, &s->imprint);
		return;
	}
	s->passed |= 1U << s->authority;
	note(r, s->authority, &bad->err);
	if ((*told & 1U << s->authority) == 0)
		circle_bad(&circle, s->authority, &bad->err);
	*told |= 1U << s->authority;
}

bool
stamp_refused(struct sealing *r, const struct bad_timestamp *bad,
    size_t count, struct err *e)
{
	const struct stamp_circle circle = circle_of(r->terms);
	uint32_t told = 0;

	for (size_t i = 0; i < count; i++) {
		refuse(r, &bad[i], &told);
		if (r->stamps[bad[i].item].passed == circle_all(&circle))
			return nobody_left(r, &bad[i].err, e);
	}
	return true;
}

void
stamp_accepted(const struct sealing *r)
{
	const struct stamp_circle circle = circle_of(r->terms);

	for (size_t i = 0; i < r->level.count; i++) {
		const struct stamp_state *s = &r->stamps[i];

		if (!r->level.items[i].timestamp || s->recalled)
			continue;
		circle_good(&circle, s->authority);
		stamp_keep(circle.memory, &s->imprint, &(struct stamp_kept){
		    circle.authorities[s->authority].url,
		    r->sealed[i].request, r->sealed[i].reply },
		    clock_monotonic());
	}
}

/* seal - see seal.h. */

#include "base/limits.h"
#include "crypto/timestamp.h"
#include "judge/seal.h"
#include "judge/seal_worker.h"
#include "sys/clock.h"
#include "sys/random.h"
#include "wire/courier.h"

#define NONCE		8	/* bytes: 64 bits are what authorities expect */
#define PARALLEL	32	/* requests at once per authority */
#define ROUNDS		3	/* over all authorities */

/* What is known of one level while it is being signed. */
struct round {
	const struct seal_terms	*terms;
	struct arena		*arena;
	struct level		 level;
	struct sealed_item	*sealed;
	uint32_t		*authority;	/* who stamped each item */
	struct seal_progress	*progress;
	uint32_t		 tries;		/* of all authorities */
	bool			 shown;		/* there was a tree */
	unsigned		 levels;	/* there were so many */
	int64_t			 left;		/* ms to wait for the worker */
	bool			 stamping;	/* JOB_STAMP: no key is used */
};

static int64_t
until(const struct seal_terms *t)
{
	return clock_in(t->patience);
}

static void
tell(const struct round *r)
{
	const struct seal_hooks *h = &r->terms->hooks;

	if (h->progress != NULL)
		h->progress(h->arg, r->progress);
}

/* Time that others take, such as authorities, is not the worker's. */
static bool
round_hear(struct round *r, struct message *out, struct err *e)
{
	int64_t since = clock_monotonic();
	bool ok = worker_hear(r->terms->worker, r->left, out, e);

	r->left -= clock_monotonic() - since;
	r->left = r->left < 0 ? 0 : r->left;
	return ok;
}

/* ---- timestamps ---- */

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
make_request(struct round *r, size_t i, struct err *e)
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

/* Who starts a worker takes a closed channel for the worker's: not this one. */
static bool
peer_failed(struct err *e)
{
	const struct err why = *e;

	return err_is(&why, ERR_CHANNEL_CLOSED) &&
	    err_set(e, ERR_PROCESS_DIED, "%s", why.text);
}

/* Asks for timestamps of the items whose numbers are listed. */
static bool
ask_courier(struct round *r, const uint32_t *which, size_t count,
    struct message *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	struct stamp_item *items = ARENA_ARRAY(r->arena, struct stamp_item,
	    count);

	if (items == NULL)
		return err_budget(e, r->arena);
	for (size_t i = 0; i < count; i++) {
		if (!make_request(r, which[i], e))
			return false;
		items[i].request = r->sealed[which[i]].request;
		items[i].first = r->authority[which[i]];
	}
	stamp_write(&(struct stamp_request){
	    .authorities = r->terms->authorities,
	    .authority_count = r->terms->authority_count,
	    .parallel = PARALLEL, .rounds = r->tries,
	    .items = items, .count = count }, &body);
	return (stream_send(r->terms->courier, COURIER_STAMP, buf_span(&body),
	    NULL, 0, until(r->terms), e) &&
	    stream_receive(r->terms->courier, COURIER_MESSAGE_LIMIT, answer,
	    until(r->terms), e)) || peer_failed(e);
}

static bool
take_stamps(struct round *r, const uint32_t *which, size_t count,
    const struct message *m, struct err *e)
{
	struct stamped_item *items;
	size_t n;

	if (m->type == COURIER_FAILED)
		return peer_says(m, e);
	if (!stamped_read(buf_span(&m->body), r->arena, &items, &n, e))
		return false;
	if (m->type != COURIER_STAMPED || n != count)
		return wire_malformed(e, "stamped");
	for (size_t i = 0; i < count; i++) {
		if (items[i].err.what != NULL) {
			*e = items[i].err;
			return err_at(e, "timestamp");
		}
		if (items[i].authority >= r->terms->authority_count)
			return wire_malformed(e, "stamped");
		r->sealed[which[i]].reply = items[i].reply;
		r->authority[which[i]] = items[i].authority;
		r->progress->timestamps++;
	}
	tell(r);
	return true;
}

static bool
stamp(struct round *r, const uint32_t *which, size_t count, struct err *e)
{
	struct message m;

	if (count == 0)
		return true;
	if (r->terms->courier == NULL)
		return err_set(e, ERR_TIMESTAMP_NO_AUTHORITY, "a timestamp is "
		    "wanted, but no timestamp authority is known");
	if (!ask_courier(r, which, count, &m, e))
		return false;
	bool ok = take_stamps(r, which, count, &m, e);
	message_done(&m);
	return ok;
}

static bool
stamp_level(struct round *r, struct err *e)
{
	uint32_t *which = ARENA_ARRAY(r->arena, uint32_t, r->level.count);
	size_t count = 0;

	if (which == NULL)
		return err_budget(e, r->arena);
	for (size_t i = 0; i < r->level.count; i++)
		if (r->level.items[i].timestamp)
			which[count++] = (uint32_t)i;
	return stamp(r, which, count, e);
}

static bool
sign_level(struct round *r, struct err *e)
{
	const struct seal_hooks *h = &r->terms->hooks;
	size_t count = r->level.count;
	struct span *values = ARENA_ARRAY(r->arena, struct span, count);

	r->sealed = ARENA_ARRAY(r->arena, struct sealed_item, count);
	r->authority = ARENA_ARRAY(r->arena, uint32_t, count);
	if (values == NULL || r->sealed == NULL || r->authority == NULL)
		return err_budget(e, r->arena);
	if (r->stamping)
		return stamp_level(r, e);
	if (!h->sign(h->arg, &r->level, values, r->arena, e))
		return peer_failed(e);
	for (size_t i = 0; i < count; i++)
		r->sealed[i].signature = values[i];
	r->progress->level = r->level.number;
	r->progress->signatures += count;
	tell(r);
	return stamp_level(r, e);
}

static bool
send_sealed(const struct round *r, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	sealed_write(r->sealed, r->level.count, &body);
	return worker_send(r->terms->worker, WORKER_SEALED, buf_span(&body),
	    NULL, r->left, e);
}

static bool
on_tree(struct round *r, struct span body, struct err *e)
{
	const struct seal_hooks *h = &r->terms->hooks;

	if (r->shown)
		return worker_malformed("tree", e);
	r->shown = true;
	if (h->resolved != NULL && !h->resolved(h->arg, body, e))
		return false;
	return worker_send(r->terms->worker, WORKER_GO, (struct span){ 0 },
	    NULL, r->left, e);
}

/* The worker went on: it took what it was given for the level before. */
static bool
level_taken(struct round *r, struct err *e)
{
	const struct seal_hooks *h = &r->terms->hooks;

	return r->level.count == 0 || h->sealed == NULL ||
	    h->sealed(h->arg, &r->level, r->sealed, e);
}

/* Only a job that stamps may show signatures of others. */
static bool
level_fits(const struct round *r)
{
	bool fits = r->level.count > 0;

	for (size_t i = 0; i < r->level.count; i++)
		fits = fits && (r->level.items[i].value.len > 0) ==
		    r->stamping;
	return fits;
}

static bool
on_level(struct round *r, struct span body, struct err *e)
{
	if (!level_taken(r, e))
		return false;
	if (!level_read(body, r->arena, &r->level, e))
		return worker_fault(e);
	if (!level_fits(r))
		return worker_malformed("level", e);
	if (++r->levels > LIMIT_LEVELS)
		return err_set(e, ERR_ARTIFACT_WIRE, "the worker wants more "
		    "than %d levels of signatures", LIMIT_LEVELS);
	return sign_level(r, e) && send_sealed(r, e);
}

/* Passes over the authority of a bad stamp; *next is who comes after it. */
static bool
pass_over(struct round *r, const struct bad_timestamp *bad, uint32_t *next,
    struct err *e)
{
	if (bad->item >= r->level.count)
		return worker_malformed("timestamps", e);
	*next = ++r->authority[bad->item];
	if (*next < r->terms->authority_count)
		return true;
	*e = bad->err;
	return err_at(e, "timestamp");
}

/*
 * An authority whose reply is bad is passed over for these items. The courier
 * begins again with the first one when those that are left fail: then the bad
 * one would be asked for ever.
 */
static bool
on_bad_timestamps(struct round *r, struct span body, struct err *e)
{
	struct bad_timestamp *bad;
	size_t count;

	if (!timestamps_read(body, r->arena, &bad, &count, e))
		return worker_fault(e);
	if (count == 0)
		return worker_malformed("timestamps", e);
	uint32_t *which = ARENA_ARRAY(r->arena, uint32_t, count);
	uint32_t *next = ARENA_ARRAY(r->arena, uint32_t, count);
	if (which == NULL || next == NULL)
		return err_budget(e, r->arena);
	for (size_t i = 0; i < count; i++) {
		if (!pass_over(r, &bad[i], &next[i], e))
			return false;
		which[i] = bad[i].item;
	}
	if (!stamp(r, which, count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (r->authority[which[i]] < next[i]) {
			*e = bad[i].err;
			return err_at(e, "timestamp");
		}
	return send_sealed(r, e);
}

static bool
on_done(struct round *r, struct span body, struct job_result *out,
    struct err *e)
{
	return level_taken(r, e) && (result_read(body, r->arena, out, e) ||
	    worker_fault(e));
}

/* One answer of the worker; *done when it was the last. */
static bool
on_answer(struct round *r, const struct message *m, struct job_result *out,
    bool *done, struct err *e)
{
	struct span body = buf_span(&m->body);

	switch ((enum worker_message)m->type) {
	case WORKER_TREE:
		return on_tree(r, body, e);
	case WORKER_LEVEL:
		return on_level(r, body, e);
	case WORKER_TIMESTAMPS:
		return on_bad_timestamps(r, body, e);
	case WORKER_DONE:
		*done = true;
		return on_done(r, body, out, e);
	case WORKER_FAILED:
		return worker_failed(m, e);
	case WORKER_JOB:
	case WORKER_GO:
	case WORKER_SEALED:
	case WORKER_ISSUED:
		break;
	}
	return worker_malformed("answer", e);
}
bool
seal_run(const struct seal_terms *t, const struct job *job,
    const int fds[JOB_FDS], struct arena *a, struct job_result *out,
    struct err *e)
{
	struct seal_progress progress = { 0 };
	struct round r = { .terms = t, .arena = a, .progress = &progress,
	    .tries = ROUNDS, .left = t->worker_patience,
	    .stamping = job->verb == JOB_STAMP };
	bool done = false;

	if (!worker_job(t->worker, job, fds, t->worker_patience, e))
		return false;
	while (!done) {
		struct message m;

		if (!round_hear(&r, &m, e))
			return false;
		bool ok = on_answer(&r, &m, out, &done, e);
		message_done(&m);
		if (!ok)
			return false;
	}
	return true;
}

bool
seal_reachable(const struct seal_terms *t, struct arena *a, struct err *e)
{
	struct seal_progress progress = { 0 };
	uint8_t nothing[DIGEST_MAX];
	struct sealed_item sealed = { .signature = SPAN(nothing) };
	struct level_item item = { .timestamp = true,
	    .imprint = DIGEST_SHA256 };
	uint32_t first = 0;
	struct round r = { .terms = t, .arena = a, .progress = &progress,
	    .level = { .items = &item, .count = 1 }, .sealed = &sealed,
	    .authority = &first, .tries = 1 };

	random_bytes(nothing, sizeof(nothing));
	return stamp(&r, &first, 1, e);
}

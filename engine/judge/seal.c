/* seal - see seal.h. */
#include "base/limits.h"
#include "judge/seal_round.h"
#include "judge/seal_worker.h"
#include "sys/clock.h"
#include "sys/random.h"

#define ROUNDS		3	/* over all authorities */

bool
sealing_fail(struct sealing *r, const struct err *e)
{
	r->err = *e;
	r->state = SEAL_FAILED;
	return false;
}

void
sealing_tell(const struct sealing *r)
{
	const struct seal_hooks *h = &r->terms->hooks;

	if (h->progress != NULL)
		h->progress(h->arg, &r->progress);
}

/* Time that others take, such as authorities, is not the worker's. */
static bool
hear(struct sealing *r, struct message *out, struct err *e)
{
	int64_t since = clock_monotonic();
	bool ok = worker_hear(r->terms->worker, r->left, out, e);

	r->left -= clock_monotonic() - since;
	r->left = r->left < 0 ? 0 : r->left;
	return ok;
}

/* ---- what the worker says ---- */

static bool
send_sealed(const struct sealing *r, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	sealed_write(r->sealed, r->level.count, &body);
	return worker_send(r->terms->worker, WORKER_SEALED, buf_span(&body),
	    NULL, r->left, e);
}

static bool
on_tree(struct sealing *r, struct span body, struct err *e)
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
level_taken(struct sealing *r, struct err *e)
{
	const struct seal_hooks *h = &r->terms->hooks;

	if (r->level.count == 0)
		return true;
	stamp_accepted(r);
	return h->sealed == NULL ||
	    h->sealed(h->arg, &r->level, r->sealed, e);
}

/* Only a job that stamps may show signatures of others. */
static bool
level_fits(const struct sealing *r)
{
	bool fits = r->level.count > 0;

	for (size_t i = 0; i < r->level.count; i++)
		fits = fits && (r->level.items[i].value.len > 0) ==
		    r->stamping;
	return fits;
}

/* The worker waits until what it asks for is there. */
static bool
want(struct sealing *r, uint32_t *which, size_t count)
{
	r->which = which;
	r->count = count;
	r->state = SEAL_WANTS;
	return true;
}

static bool
want_level(struct sealing *r, struct err *e)
{
	size_t count = r->level.count, stamps = 0;
	uint32_t *which = ARENA_ARRAY(r->arena, uint32_t, count);

	r->sealed = ARENA_ARRAY(r->arena, struct sealed_item, count);
	r->stamps = ARENA_ARRAY(r->arena, struct stamp_state, count);
	if (which == NULL || r->sealed == NULL || r->stamps == NULL)
		return err_budget(e, r->arena);
	for (size_t i = 0; i < count; i++)
		if (r->level.items[i].timestamp)
			which[stamps++] = (uint32_t)i;
	r->bare = !r->stamping;
	return want(r, which, stamps);
}

static bool
on_level(struct sealing *r, struct span body, struct err *e)
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
	return want_level(r, e);
}

static bool
on_bad_timestamps(struct sealing *r, struct span body, struct err *e)
{
	struct bad_timestamp *bad;
	size_t count;

	if (!timestamps_read(body, r->arena, &bad, &count, e))
		return worker_fault(e);
	if (count == 0)
		return worker_malformed("timestamps", e);
	uint32_t *which = ARENA_ARRAY(r->arena, uint32_t, count);
	if (which == NULL)
		return err_budget(e, r->arena);
	for (size_t i = 0; i < count; i++) {
		if (bad[i].item >= r->level.count ||
		    !r->level.items[bad[i].item].timestamp)
			return worker_malformed("timestamps", e);
		which[i] = bad[i].item;
	}
	return stamp_refused(r, bad, count, e) && want(r, which, count);
}

static bool
on_done(struct sealing *r, struct span body, struct err *e)
{
	r->state = SEAL_DONE;
	return level_taken(r, e) && (result_read(body, r->arena, r->result,
	    e) || worker_fault(e));
}

static bool
on_answer(struct sealing *r, const struct message *m, struct err *e)
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
		return on_done(r, body, e);
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
seal_begin(const struct seal_terms *t, const struct job *job,
    const int fds[JOB_FDS], struct arena *a, struct job_result *result,
    struct sealing **out, struct err *e)
{
	struct sealing *r = ARENA_ARRAY(a, struct sealing, 1);

	if (r == NULL)
		return err_budget(e, a);
	*r = (struct sealing){ .terms = t, .arena = a, .result = result,
	    .tries = ROUNDS, .left = t->worker_patience,
	    .stamping = job->verb == JOB_STAMP };
	if (!worker_job(t->worker, job, fds, t->worker_patience, e))
		return false;
	*out = r;
	return true;
}

enum seal_state
seal_hear(struct sealing *r)
{
	struct message m;
	struct err e;

	if (r->state != SEAL_HEARS)
		return r->state;
	if (!hear(r, &m, &e)) {
		sealing_fail(r, &e);
		return r->state;
	}
	if (!on_answer(r, &m, &e))
		sealing_fail(r, &e);
	message_done(&m);
	return r->state;
}

bool
seal_failed(const struct sealing *r, struct err *e)
{
	*e = r->err;
	return false;
}

enum seal_state
seal_state(const struct sealing *r)
{
	return r->state;
}

int64_t
seal_due(const struct sealing *r)
{
	return r->due;
}

bool
seal_used(const struct sealing *r)
{
	return r->state == SEAL_STAMPS || r->progress.signatures > 0 ||
	    r->progress.timestamps > 0;
}

/* ---- what the worker waits for ---- */

static bool
sign_level(struct sealing *r, struct err *e)
{
	const struct seal_hooks *h = &r->terms->hooks;
	size_t count = r->level.count;
	struct span *values = ARENA_ARRAY(r->arena, struct span, count);

	if (values == NULL)
		return err_budget(e, r->arena);
	if (!h->sign(h->arg, &r->level, values, r->arena, e))
		return peer_failed(e);
	for (size_t i = 0; i < count; i++)
		r->sealed[i].signature = values[i];
	r->bare = false;
	r->progress.level = r->level.number;
	r->progress.signatures += count;
	sealing_tell(r);
	return true;
}

/*
 * Signs for one after the other, until a key cannot be used for a reason that
 * is not the artifact's: how many it came to.
 */
static size_t
sign_all(struct sealing *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sealing *r = all[i];
		struct err e;

		if (r->state != SEAL_WANTS || !r->bare || sign_level(r, &e))
			continue;
		sealing_fail(r, &e);
		if (e.what->kind == ERR_KIND_SYSTEM)
			return i;
	}
	return count;
}

/* As many as the courier takes in one message; the first in any case. */
static size_t
together(struct sealing *const *all, size_t count)
{
	size_t n = 0, items = 0;

	for (; n < count; n++) {
		items += all[n]->state == SEAL_WANTS ? all[n]->count : 0;
		if (n > 0 && items > LIMIT_ENTRIES)
			break;
	}
	return n;
}

/* Gives the worker what it waited for. */
static void
go_on(struct sealing *r)
{
	struct err e;

	r->state = SEAL_HEARS;
	if (!send_sealed(r, &e))
		sealing_fail(r, &e);
}

void
seal_serve(struct sealing *const *all, size_t count)
{
	count = together(all, sign_all(all, count));
	stamp_ask(all, count);
	for (size_t i = 0; i < count; i++)
		if (all[i]->state == SEAL_WANTS)
			go_on(all[i]);
}

void
seal_stamped(struct sealing *const *all, size_t count)
{
	stamp_take(all, count);
	for (size_t i = 0; i < count; i++)
		if (all[i]->state == SEAL_STAMPS)
			go_on(all[i]);
}

bool
seal_run(const struct seal_terms *t, const struct job *job,
    const int fds[JOB_FDS], struct arena *a, struct job_result *out,
    struct err *e)
{
	struct sealing *r;
	enum seal_state state;

	if (!seal_begin(t, job, fds, a, out, &r, e))
		return false;
	while ((state = seal_hear(r)) != SEAL_DONE) {
		if (state == SEAL_FAILED)
			return seal_failed(r, e);
		if (state == SEAL_WANTS)
			seal_serve(&r, 1);
		if (state == SEAL_STAMPS)
			seal_stamped(&r, 1);
	}
	return true;
}

bool
seal_reachable(const struct seal_terms *t, struct arena *a, struct err *e)
{
	uint8_t nothing[DIGEST_MAX];
	struct sealed_item sealed = { .signature = SPAN(nothing) };
	struct level_item item = { .timestamp = true,
	    .imprint = DIGEST_SHA256 };
	struct stamp_state stamp = { .passed = 0 };
	uint32_t which = 0;
	struct sealing r = { .terms = t, .arena = a, .tries = 1,
	    .level = { .items = &item, .count = 1 }, .sealed = &sealed,
	    .stamps = &stamp };
	struct sealing *all[] = { &r };

	random_bytes(nothing, sizeof(nothing));
	want(&r, &which, 1);
	stamp_ask(all, 1);
	stamp_take(all, 1);
	return r.state != SEAL_FAILED || seal_failed(&r, e);
}

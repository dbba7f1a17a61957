/*
 * errand_sign - signing, told to whoever asked: the tree, then level by level
 * what is to be signed, until all is done.
 */
#include "worker/errand.h"
#include "worker/manifest.h"

static bool
tree_say(struct errand *w, const struct part *root, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	resolved_write(root->node, w->configuration, &body);
	return errand_say(w, WORKER_TREE, &body, e);
}

bool
errand_plan(struct errand *w, struct outcome *out, struct err *e)
{
	struct part *root;

	if (!errand_resolve(w, &root, e) || !tree_say(w, root, e))
		return false;
	out->json = resolved_json(root->node);
	out->yes = true;
	return true;
}

static bool
sealed_hear(struct errand *w, struct sealed_item **items, size_t *count,
    struct err *e)
{
	struct message m;

	if (!errand_hear(w, WORKER_WAITS, WORKER_SEALED, &m, e))
		return false;
	bool ok = sealed_read(buf_span(&m.body), w->arena, items, count, e);
	message_done(&m);
	return ok;
}

/* Bad timestamps are sent back until good ones come, or whoever asked ends. */
static bool
level_seal(struct errand *w, struct seal *s, const struct level *l,
    struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	struct bad_timestamp *bad;
	struct sealed_item *items;
	size_t count, bad_count;

	level_write(l, &body);
	if (!errand_say(w, WORKER_LEVEL, &body, e))
		return false;
	for (;;) {
		CLEANUP(buf_done) struct buf again = { 0 };

		if (!sealed_hear(w, &items, &count, e) ||
		    !seal_put(s, items, count, &bad, &bad_count, e))
			return false;
		if (bad_count == 0)
			return true;
		timestamps_write(bad, bad_count, &again);
		if (!errand_say(w, WORKER_TIMESTAMPS, &again, e))
			return false;
	}
}

static bool
levels_seal(struct errand *w, struct seal *s, struct err *e)
{
	struct level l;

	for (;;) {
		if (!seal_next(s, &l, e))
			return false;
		if (l.count == 0)
			return true;
		if (!level_seal(w, s, &l, e))
			return false;
	}
}

static bool
may_go(struct errand *w, const struct part *root, struct err *e)
{
	struct message m;

	if (!tree_say(w, root, e) ||
	    !errand_hear(w, WORKER_SHOWN, WORKER_GO, &m, e))
		return false;
	message_done(&m);
	return true;
}

bool
errand_sign(struct errand *w, struct outcome *out, struct err *e)
{
	struct seal_terms terms = {
		.identity = &w->job.identity,
		.timestamp_roots = w->timestamp_roots != NULL ?
		    w->timestamp_roots : w->roots,
		.arena = w->arena,
		.scratch = &w->scratch,
		.ahead = w->ahead,
		.undigested = w->job.undigested,
	};
	struct part *root;

	w->trail = terms.trail = digest_trail_new(DIGEST_SHA256);
	if (!errand_resolve(w, &root, e) || !may_go(w, root, e))
		return false;
	CLEANUP(seal_done) struct seal *s = seal_new(root, &terms);
	if (!levels_seal(w, s, e) || !manifest_make(s, &out->json, e))
		return false;
	out->output = seal_output(s);
	out->written = true;
	out->over = w->job.copied && !element_kind_moves(root->node->format);
	out->yes = true;
	return w->job.undigested ||
	    seal_output_sha256(s, &out->sha256, e);
}

/*
 * fold_image - a fold as bytes, for the next audit. Each member of the
 * structures has a row here; the sizes below are there so that who adds a
 * member comes by. What can be found again (tables) is not written.
 */
#include <assert.h>

#include "ledger/fold_state.h"
#include "ledger/image.h"

#define U64(T, m)	{ IMAGE_U64, offsetof(T, m), 0, 0, 0, 0, 0 }
#define I64(T, m)	{ IMAGE_I64, offsetof(T, m), 0, 0, 0, 0, 0 }
#define SIZE(T, m)	{ IMAGE_SIZE, offsetof(T, m), 0, 0, 0, 0, 0 }
#define FLAG(T, m)	{ IMAGE_BOOL, offsetof(T, m), 0, 0, 0, 0, 0 }
#define TEXT(T, m)	{ IMAGE_SPAN, offsetof(T, m), 0, 0, 0, 0, 0 }
#define ENUM(T, m, n)	{ IMAGE_ENUM, offsetof(T, m), n, 0, 0, 0, 0 }
#define LIST(T, m, c, I, rows)						\
	{ IMAGE_LIST, offsetof(T, m), 0, offsetof(T, c), sizeof(I),	\
	    rows, COUNT(rows) }

static_assert(sizeof(size_t) == sizeof(uint64_t), "counts are written so");
static_assert(sizeof(struct fold_approval) == 56, "approval: rows below");
static_assert(sizeof(struct fold_intent) == 56, "intent: rows below");
static_assert(sizeof(struct fold_artifact) == 56, "artifact: rows below");
static_assert(sizeof(struct fold_request) == 328, "request: rows below");
static_assert(sizeof(struct fold_ref) == 104, "ref: rows below");
static_assert(sizeof(struct fold_alarm) == 56, "alarm: rows below");
static_assert(sizeof(struct fold_recovery) == 88, "recovery: rows below");
static_assert(sizeof(struct fold) == 256, "fold: rows below");

static const struct image_row approval_rows[] = {
	TEXT(struct fold_approval, person),
	TEXT(struct fold_approval, statement),
	U64(struct fold_approval, n),
	I64(struct fold_approval, expires),
	FLAG(struct fold_approval, withdrawn),
};

static const struct image_row intent_rows[] = {
	U64(struct fold_intent, n),
	U64(struct fold_intent, level),
	U64(struct fold_intent, count),
	U64(struct fold_intent, attempt),
	U64(struct fold_intent, signer_count),
	I64(struct fold_intent, at),
	ENUM(struct fold_intent, state, INTENT_UNKNOWN + 1),
};

static const struct image_row artifact_rows[] = {
	TEXT(struct fold_artifact, name),
	TEXT(struct fold_artifact, sha256),
	U64(struct fold_artifact, verified),
	U64(struct fold_artifact, signatures),
	FLAG(struct fold_artifact, published),
};

static const struct image_row request_rows[] = {
	TEXT(struct fold_request, id),
	ENUM(struct fold_request, state, REQUEST_STATES),
	U64(struct fold_request, created),
	U64(struct fold_request, last),
	I64(struct fold_request, last_at),
	TEXT(struct fold_request, project),
	TEXT(struct fold_request, policy),
	TEXT(struct fold_request, repo),
	TEXT(struct fold_request, ref),
	TEXT(struct fold_request, tag_id),
	TEXT(struct fold_request, payload),
	I64(struct fold_request, expires),
	U64(struct fold_request, waiting),
	SIZE(struct fold_request, resolved),
	U64(struct fold_request, attempt),
	U64(struct fold_request, authorised),
	TEXT(struct fold_request, engine),
	TEXT(struct fold_request, spki_sha256),
	TEXT(struct fold_request, certificate),
	SIZE(struct fold_request, inputs),
	U64(struct fold_request, attempt_made),
	U64(struct fold_request, signatures_max),
	U64(struct fold_request, signatures),
	U64(struct fold_request, signatures_failed),
	U64(struct fold_request, signatures_unknown),
	LIST(struct fold_request, approvals, approval_count,
	    struct fold_approval, approval_rows),
	LIST(struct fold_request, intents, intent_count, struct fold_intent,
	    intent_rows),
	LIST(struct fold_request, artifacts, artifact_count,
	    struct fold_artifact, artifact_rows),
};

static const struct image_row ref_rows[] = {
	TEXT(struct fold_ref, project),
	TEXT(struct fold_ref, repo),
	TEXT(struct fold_ref, ref),
	TEXT(struct fold_ref, object_id),
	TEXT(struct fold_ref, first_id),
	U64(struct fold_ref, seen),
	U64(struct fold_ref, refused_by),
	FLAG(struct fold_ref, refused),
	FLAG(struct fold_ref, moved),
	FLAG(struct fold_ref, deleted),
};

static const struct image_row alarm_rows[] = {
	TEXT(struct fold_alarm, code),
	TEXT(struct fold_alarm, text),
	U64(struct fold_alarm, n),
	I64(struct fold_alarm, at),
	FLAG(struct fold_alarm, stops),
	FLAG(struct fold_alarm, acknowledged),
};

static const struct image_row recovery_rows[] = {
	U64(struct fold_recovery, n),
	I64(struct fold_recovery, seen),
	U64(struct fold_recovery, epoch),
	TEXT(struct fold_recovery, engine),
	TEXT(struct fold_recovery, leaves),
	TEXT(struct fold_recovery, commit),
	TEXT(struct fold_recovery, statement),
};

/* Its lists are of pointers, and are below. */
static const struct image_row fold_rows[] = {
	U64(struct fold, size),
	TEXT(struct fold, config_commit),
	TEXT(struct fold, config_manifest),
	U64(struct fold, epoch),
	U64(struct fold, key_uses),
	SIZE(struct fold, open_intents),
	SIZE(struct fold, open_alarms),
	SIZE(struct fold, stops),
};

#define IMAGE(rows)	{ rows, COUNT(rows) }

static const struct {
	size_t		offset;		/* of struct things */
	size_t		size;		/* of one */
	struct image	image;
} lists[] = {
	{ offsetof(struct fold, requests), sizeof(struct fold_request),
	    IMAGE(request_rows) },
	{ offsetof(struct fold, refs), sizeof(struct fold_ref),
	    IMAGE(ref_rows) },
	{ offsetof(struct fold, alarms), sizeof(struct fold_alarm),
	    IMAGE(alarm_rows) },
	{ offsetof(struct fold, recoveries), sizeof(struct fold_recovery),
	    IMAGE(recovery_rows) },
};

static const struct image fold_image = IMAGE(fold_rows);

void
fold_write(const struct fold *f, struct buf *out)
{
	image_write(&fold_image, f, out);
	for (size_t k = 0; k < COUNT(lists); k++) {
		const struct things *t = (const struct things *)(const void *)
		    ((const uint8_t *)f + lists[k].offset);

		buf_u64be(out, t->count);
		for (size_t i = 0; i < t->count; i++)
			image_write(&lists[k].image, t->list[i], out);
	}
	buf_u64be(out, f->refused.count);
	for (size_t i = 0; i < f->refused.size; i++)
		if (f->refused.slots[i].value != NULL)
			buf_str(out, f->refused.slots[i].key);
}

static bool
things_read(struct fold *f, size_t k, struct reader *r)
{
	struct things *t = (struct things *)(void *)((uint8_t *)f +
	    lists[k].offset);
	uint64_t count = rd_u64be(r);

	for (uint64_t i = 0; i < count; i++) {
		void *thing = arena_alloc(f->arena, lists[k].size);

		t->list = arena_grow(f->arena, t->list, t->count,
		    sizeof(*t->list));
		if (thing == NULL || t->list == NULL ||
		    !image_read(&lists[k].image, r, f->arena, thing))
			return false;
		t->list[t->count++] = thing;
	}
	return true;
}

static bool
key_put(struct fold *f, struct table *t, const struct span *parts,
    size_t count, void *value)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span key;

	fold_key(&b, parts, count);
	if (table_find(t, buf_span(&b)) != NULL ||
	    !arena_copy(f->arena, buf_span(&b), &key))
		return false;
	table_put(t, key, value);
	return true;
}

/* Who asked last is who stands last in the list. */
static bool
asked_again(struct fold *f, const struct fold_request *q)
{
	const struct span parts[] = { q->project, q->payload };
	CLEANUP(buf_done) struct buf b = { 0 };

	fold_key(&b, parts, COUNT(parts));
	struct asked *a = table_find(&f->by_payload, buf_span(&b));
	if (a == NULL) {
		a = ARENA_NEW(f->arena, struct asked);
		if (a == NULL || !key_put(f, &f->by_payload, parts,
		    COUNT(parts), a))
			return false;
	}
	a->request = q->id;
	return true;
}

static bool
tables_make(struct fold *f)
{
	for (size_t i = 0; i < f->requests.count; i++) {
		struct fold_request *q = f->requests.list[i];

		if (table_find(&f->by_id, q->id) != NULL ||
		    !asked_again(f, q))
			return false;
		table_put(&f->by_id, q->id, q);
	}
	for (size_t i = 0; i < f->refs.count; i++) {
		struct fold_ref *r = f->refs.list[i];
		const struct span parts[] = { r->project, r->ref };

		if (!key_put(f, &f->by_ref, parts, COUNT(parts), r))
			return false;
	}
	return true;
}

static bool
refused_read(struct fold *f, struct reader *r)
{
	uint64_t count = rd_u64be(r);

	for (uint64_t i = 0; i < count; i++) {
		struct span key = rd_str(r);

		if (!rd_ok(r) || !key_put(f, &f->refused, &key, 1, f))
			return false;
	}
	return rd_ok(r);
}

bool
fold_read(struct reader *r, struct fold **out)
{
	CLEANUP(fold_done) struct fold *f = fold_new();

	if (!image_read(&fold_image, r, f->arena, f))
		return false;
	for (size_t k = 0; k < COUNT(lists); k++)
		if (!things_read(f, k, r))
			return false;
	if (!tables_make(f) || !refused_read(f, r))
		return false;
	*out = TAKE(f);
	return true;
}

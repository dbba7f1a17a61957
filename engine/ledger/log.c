/* log - see log.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/tree.h"
#include "ledger/state.h"

#define EVENT_NUMBERS	((uint64_t)1 << 24)	/* events/hh/hh/hh */
#define LEDGER_ARENA	((size_t)16 << 20)	/* bytes: format and keys */

struct ledger *
ledger_new(struct repository *repo, const struct ledger_trust *trust,
    const struct ledger_reader *reader)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->repo = repo;
	l->trust = *trust;
	if (reader != NULL)
		l->reader = *reader;
	l->arena = arena_new(LEDGER_ARENA);
	return l;
}

void
ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	arena_free(l->arena);
	merkle_tree_done(&l->tree);
	buf_done(&l->checkpoint);
	free(l);
}

const struct object_id *
ledger_head(const struct ledger *l)
{
	return l->commits > 0 ? &l->head : NULL;
}

uint64_t
ledger_size(const struct ledger *l)
{
	return l->tree.size;
}

struct merkle_hash
ledger_root(const struct ledger *l, uint64_t size)
{
	return merkle_tree_root(&l->tree, size);
}

uint64_t
ledger_commits(const struct ledger *l)
{
	return l->commits;
}

int64_t
ledger_last_time(const struct ledger *l)
{
	return l->last_time;
}

const struct ledger_format *
ledger_format(const struct ledger *l)
{
	return l->commits > 0 ? &l->format : NULL;
}

struct span
ledger_checkpoint(const struct ledger *l)
{
	return buf_span(&l->checkpoint);
}

uint64_t
ledger_checkpoint_size(const struct ledger *l)
{
	return l->checkpoint_size;
}

const struct merkle_tree *
ledger_tree(const struct ledger *l)
{
	return &l->tree;
}

bool
ledger_event_path(uint64_t n, char out[LEDGER_PATH_SIZE])
{
	if (n >= EVENT_NUMBERS)
		return false;
	snprintf(out, LEDGER_PATH_SIZE, "events/%02x/%02x/%02x",
	    (unsigned)(n >> 16), (unsigned)(n >> 8 & 0xff),
	    (unsigned)(n & 0xff));
	return true;
}

bool
ledger_read_file(struct ledger *l, const struct object_id *tree,
    const char *path, uint64_t limit, struct buf *out, struct err *e)
{
	struct tree_entry entry;

	return tree_lookup(l->repo, tree, span_text(path), &entry, e) &&
	    object_read(l->repo, &entry.id, OBJECT_BLOB, limit, out, e);
}

bool
ledger_event(struct ledger *l, uint64_t n, struct buf *out, struct err *e)
{
	char path[LEDGER_PATH_SIZE];

	if (n >= ledger_size(l) || !ledger_event_path(n, path))
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger has %llu "
		    "events, and no number %llu",
		    (unsigned long long)ledger_size(l), (unsigned long long)n);
	return ledger_read_file(l, &l->tree_id, path, LIMIT_EVENT, out, e);
}

void
ledger_blob_path(struct span hex, char out[LEDGER_PATH_SIZE])
{
	snprintf(out, LEDGER_PATH_SIZE, "blobs/sha256/%.2s/%.2s/%.*s",
	    (const char *)hex.ptr, (const char *)span_from(hex, 2).ptr,
	    (int)hex.len - 4, (const char *)span_from(hex, 4).ptr);
}

bool
ledger_event_read(struct ledger *l, uint64_t n, struct buf *bytes,
    struct json **json, struct event *out, struct err *e)
{
	return ledger_event(l, n, bytes, e) &&
	    event_parse(buf_span(bytes), n, json, out, e);
}

bool
ledger_blob(struct ledger *l, struct span hex, struct buf *out,
    struct err *e)
{
	uint8_t raw[32];
	char path[LEDGER_PATH_SIZE];

	if (!text_unhex(hex, raw, sizeof(raw)))
		return err_set(e, ERR_LEDGER_BLOB, "\"%s\" is no SHA-256",
		    text_show(hex).text);
	ledger_blob_path(hex, path);
	return ledger_read_file(l, &l->tree_id, path, LIMIT_LEDGER_BLOB, out,
	    e) ||
	    err_set(e, ERR_LEDGER_BLOB, "%s is not there", path);
}

static bool
is_head(const struct ledger *l, const struct object_id *id)
{
	return l->commits > 0 && object_id_eq(&l->head, id);
}

/* The commits between where we stand and the new head, newest first. */
static bool
collect(struct ledger *l, const struct object_id *head, struct buf *ids,
    struct err *e)
{
	struct object_id id = *head;

	while (!is_head(l, &id)) {
		CLEANUP(arena_done) struct arena *a = arena_new(COMMIT_ARENA);
		struct commit_object c;

		buf_put(ids, (struct span){ id.bytes, OBJECT_ID_SIZE });
		if (ids->len / OBJECT_ID_SIZE > LIMIT_LEDGER_COMMITS)
			return err_set(e, ERR_LEDGER_ORDER, "more than %d "
			    "commits", LIMIT_LEDGER_COMMITS);
		if (!ledger_commit_read(l, &id, a, &c, e))
			return err_at(e, "commit %s", object_id_hex(&id).text);
		if (c.parent_count > 1)
			return err_set(e, ERR_LEDGER_ORDER, "commit %s: a "
			    "merge", object_id_hex(&id).text);
		if (c.parent_count == 0)
			break;
		id = c.parents[0];
	}
	if (l->commits > 0 && !is_head(l, &id))
		return err_set(e, ERR_LEDGER_REWIND, "%s does not come after "
		    "%s", object_id_hex(head).text,
		    object_id_hex(&l->head).text);
	return true;
}

bool
ledger_advance(struct ledger *l, const struct object_id *head,
    struct err *e)
{
	CLEANUP(buf_done) struct buf ids = { 0 };
	struct object_id id;
	struct span bytes;

	if (!collect(l, head, &ids, e))
		return false;
	for (size_t at = ids.len; at > 0; at -= OBJECT_ID_SIZE) {
		if (!span_cut(buf_span(&ids), at - OBJECT_ID_SIZE,
		    OBJECT_ID_SIZE, &bytes))
			abort();
		memcpy(id.bytes, bytes.ptr, OBJECT_ID_SIZE);
		if (!ledger_commit_check(l, &id, e))
			return false;
	}
	if (l->tree.size < l->trust.pin.size)
		return err_set(e, ERR_LEDGER_REWIND, "the ledger has %llu "
		    "events, %llu were seen before",
		    (unsigned long long)l->tree.size,
		    (unsigned long long)l->trust.pin.size);
	return true;
}

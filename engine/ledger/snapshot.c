/* snapshot - see snapshot.h. */
#include <string.h>

#include "crypto/digest.h"
#include "git/tree.h"
#include "ledger/snapshot.h"
#include "ledger/state.h"

#define MAGIC	"tagseal-audit 4\n"

void
snapshot_trust(const struct ledger_trust *t, struct buf *out)
{
	buf_put(out, t->log_key);
	for (size_t i = 0; i < t->witness_count; i++) {
		buf_u8(out, '\n');
		note_key_write(&t->witnesses[i], out);
	}
	buf_printf(out, "\n%zu", t->quorum);
}

static void
tree_write_all(const struct merkle_tree *t, struct buf *out)
{
	buf_u64be(out, t->size);
	for (unsigned i = 0; i < MERKLE_LEVELS; i++)
		buf_str(out, buf_span(&t->levels[i]));
}

static void
engines_put(const struct engines *all, struct buf *out)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	engines_write(all, &b);
	buf_str(out, buf_span(&b));
}

static void
anchored_write(const struct ledger_anchored *a, struct buf *out)
{
	buf_u64be(out, a->size);
	buf_u64be(out, a->stamped);
	buf_u64be(out, (uint64_t)a->time);
	buf_u64be(out, a->cosigned);
}

void
snapshot_write(const struct ledger *l, const struct fold *f,
    const struct reckoning *k, struct buf *out)
{
	CLEANUP(buf_done) struct buf trust = { 0 };
	size_t from = out->len;

	snapshot_trust(&l->trust, &trust);
	buf_text(out, MAGIC);
	buf_str(out, buf_span(&trust));
	buf_put(out, SPAN(l->head.bytes));
	buf_u64be(out, l->commits);
	buf_u64be(out, (uint64_t)l->last_time);
	buf_u64be(out, l->checkpoint_size);
	buf_str(out, buf_span(&l->checkpoint));
	anchored_write(&l->anchored, out);
	engines_put(&l->engines, out);
	tree_write_all(&l->tree, out);
	fold_write(f, out);
	reckoning_write(k, out);
	struct digest d = digest_of(DIGEST_SHA256,
	    span_from(buf_span(out), from));
	buf_put(out, digest_span(&d));
}

/* The bytes before the SHA-256, if it is theirs. */
static bool
whole(struct span s, struct span *out)
{
	if (s.len < MERKLE_SIZE ||
	    !span_cut(s, 0, s.len - MERKLE_SIZE, out))
		return false;
	struct digest d = digest_of(DIGEST_SHA256, *out);
	return span_eq(digest_span(&d), span_from(s, out->len));
}

static bool
tree_read_all(struct reader *r, struct merkle_tree *t)
{
	t->size = rd_u64be(r);
	if (!rd_ok(r) || t->size >> (MERKLE_LEVELS - 1) != 0)
		return false;
	for (unsigned i = 0; i < MERKLE_LEVELS; i++) {
		struct span level = rd_str(r);

		if (!rd_ok(r) || level.len != (t->size >> i) * MERKLE_SIZE)
			return false;
		buf_put(&t->levels[i], level);
	}
	return true;
}

static bool
head_read(struct reader *r, struct snapshot *out)
{
	if (!span_is(rd_take(r, strlen(MAGIC)), MAGIC))
		return false;
	out->trust = rd_str(r);
	struct span id = rd_take(r, OBJECT_ID_SIZE);
	out->commits = rd_u64be(r);
	out->last_time = (int64_t)rd_u64be(r);
	out->checkpoint_size = rd_u64be(r);
	out->checkpoint = rd_str(r);
	out->anchored.size = rd_u64be(r);
	out->anchored.stamped = rd_u64be(r);
	out->anchored.time = (int64_t)rd_u64be(r);
	out->anchored.cosigned = rd_u64be(r);
	out->engines = rd_str(r);
	if (!rd_ok(r) || !tree_read_all(r, &out->tree))
		return false;
	memcpy(out->head.bytes, id.ptr, OBJECT_ID_SIZE);
	return out->commits > 0 && out->tree.size > 0;
}

bool
snapshot_read(struct span s, struct snapshot *out)
{
	struct snapshot found = { .commits = 0 };
	struct span bytes;

	if (!whole(s, &bytes))
		return false;
	struct reader r = rd_open(bytes);
	if (head_read(&r, &found) && fold_read(&r, &found.fold) &&
	    fold_size(found.fold) == found.tree.size &&
	    reckoning_read(&r, &found.reckoning) && rd_end(&r)) {
		*out = found;
		return true;
	}
	snapshot_done(&found);
	return false;
}

void
snapshot_done(struct snapshot *s)
{
	fold_free(TAKE(s->fold));
	reckoning_free(TAKE(s->reckoning));
	merkle_tree_done(&s->tree);
}

/* The first engine is the one that format names. */
static bool
engines_resume(struct ledger *l, struct span bytes, struct err *e)
{
	struct engines *all = &l->engines;

	return (engines_read(bytes, l->arena, all) &&
	    span_eq(all->list[0].key.blob, l->format.commits.blob)) ||
	    err_set(e, ERR_LEDGER_FORMAT, "what is kept of the ledger knows "
	    "its first engine by another key");
}

bool
snapshot_resume(struct ledger *l, struct snapshot *s, struct err *e)
{
	struct object_id tree;

	if (!commit_tree(l->repo, &s->head, &tree, e) ||
	    !ledger_genesis_format(l, &tree, e) ||
	    !engines_resume(l, s->engines, e))
		return false;
	l->head = s->head;
	l->tree_id = tree;
	l->commits = l->sound_commits = s->commits;
	l->last_time = s->last_time;
	l->checkpoint_size = s->checkpoint_size;
	buf_put(&l->checkpoint, s->checkpoint);
	l->anchored = s->anchored;
	l->tree = s->tree;
	s->tree = (struct merkle_tree){ 0 };
	l->sound_size = l->tree.size;
	return true;
}

/*
 * chain_facts - the paths that a commit changes, and all who signed for it:
 * the commit itself, what a merge brings in unchanged, endorsing tags.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/history.h"
#include "git/tree.h"
#include "judge/chain_facts.h"
#include "judge/chain_pin.h"

int64_t
chain_seen(const struct chain_look *look, const struct object_id *id)
{
	int64_t seen = look->first_seen == NULL ? 0 :
	    look->first_seen(look->arg, id);

	return seen != 0 && seen < look->now ? seen : look->now;
}

/* ---- paths ---- */

/* Files of which not only the path, but each key has somebody who may. */
static bool
has_keys(struct span path)
{
	struct span rest = path, first, second;

	if (!span_split(&rest, '/', &first) || !span_ends(path, ".yaml"))
		return false;
	if (span_is(first, "people"))
		return span_find(rest, SPAN_TEXT("/")) == SIZE_MAX;
	return span_is(first, "projects") && span_split(&rest, '/', &second) &&
	    span_is(rest, "project.yaml");
}

/* The bytes of one side; none where it has no such file. */
static bool
read_side(const struct chain_context *c, uint32_t mode,
    const struct object_id *id, struct buf *out, struct span *bytes,
    struct err *e)
{
	*bytes = (struct span){ 0 };
	if (mode == 0)
		return true;
	if (!object_read(c->repository, id, OBJECT_BLOB, LIMIT_YAML_SIZE, out,
	    e))
		return false;
	*bytes = buf_span(out);
	if (bytes->ptr == NULL)
		*bytes = SPAN_TEXT("");
	return true;
}

/* A file that is no map has no keys that differ: it is judged as a whole. */
static bool
compare_keys(const struct chain_context *c, const struct tree_difference *d,
    struct changed_path *out, struct err *e)
{
	CLEANUP(buf_done) struct buf old_file = { 0 }, new_file = { 0 };
	const char *path = arena_text(c->arena, d->path);
	struct span before, after;
	struct err why = { 0 };

	if (path == NULL)
		return err_budget(e, c->arena);
	if (read_side(c, d->old_mode, &d->old_id, &old_file, &before, &why) &&
	    read_side(c, d->new_mode, &d->new_id, &new_file, &after, &why) &&
	    config_changed_keys(path, before, after, c->arena, &out->keys,
	    &why))
		return true;
	out->keys = (struct text_list){ 0 };
	if (why.what->kind != ERR_KIND_SYSTEM)
		return true;
	*e = why;
	return false;
}

static bool
gather_paths(const struct chain_context *c, const struct object_id *tree,
    struct chain_facts *f, struct err *e)
{
	const struct tree_difference *list;
	size_t count;

	if (!tree_compare(c->repository, c->parent_tree, tree, c->arena, &list,
	    &count, e))
		return false;
	struct changed_path *paths = ARENA_ARRAY(c->arena,
	    struct changed_path, count + 1);
	if (paths == NULL)
		return err_budget(e, c->arena);
	for (size_t i = 0; i < count; i++) {
		paths[i].path = list[i].path;
		if (has_keys(list[i].path) &&
		    !compare_keys(c, &list[i], &paths[i], e))
			return false;
	}
	f->paths.items = paths;
	f->paths.count = count;
	return true;
}

/* ---- signatures ---- */
/* Each key counts once, however many tags it signs. */
static bool
is_there(const struct chain_facts *f, struct span key)
{
	for (size_t i = 0; i < f->others.count; i++)
		if (span_eq(f->others.items[i].key, key))
			return true;
	return false;
}

static bool
add_signature(const struct chain_context *c, struct chain_facts *f,
    const struct object_signature *signature, int64_t seen, struct err *e)
{
	struct config_list *list = (void *)&f->others;
	struct signature_fact *grown = arena_grow(c->arena, list->items,
	    list->count, sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, c->arena);
	list->items = grown;
	if (!signers_look(c->signers, signature, "git", seen, c->arena,
	    &grown[list->count], e))
		return false;
	if (grown[list->count].good && !is_there(f, grown[list->count].key))
		list->count++;
	return true;
}

/* When what a merge brings in was seen: with it at the latest. */
static int64_t
merged_seen(const struct chain_look *look, const struct object_id *merge,
    const struct object_id *inner)
{
	int64_t latest = chain_seen(look, merge);
	int64_t seen = chain_seen(look, inner);

	return seen < latest ? seen : latest;
}

/*
 * What a merge of two brings in, if it has its files; *brings. One that cannot
 * be read, or is no such merge, brings in nothing.
 */
static bool
merged_read(struct repository *repository, const struct commit_object *merge,
    struct arena *arena, struct buf *raw, struct commit_object *inner,
    bool *brings, struct err *e)
{
	bool there;
	struct err why;

	*brings = false;
	if (merge->parent_count != 2)
		return true;
	if (!object_look(repository, &merge->parents[1], OBJECT_COMMIT,
	    LIMIT_SIGNED_OBJECT, raw, &there, e))
		return false;
	*brings = there && commit_parse(buf_span(raw), arena, inner, &why) &&
	    object_id_eq(&inner->tree, &merge->tree);
	return true;
}

/*
 * Who signed the merged commit signed for this very change if its files are
 * those of the merge and it stands on the accepted commit. Without the second
 * condition, an old commit could be merged to bring its files back. It was seen
 * with the merge at the latest: the ledger tells of that, and a restart finds
 * the same.
 */
static bool
gather_merged(const struct chain_context *c, const struct object_id *id,
    const struct commit_object *merge, struct chain_facts *f, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object inner;
	bool brings, stands;

	if (!merged_read(c->repository, merge, arena, &raw, &inner, &brings,
	    e))
		return false;
	if (!brings || object_id_eq(&merge->parents[1], c->parent))
		return true;
	if (!history_reaches(c->repository, &merge->parents[1], c->parent,
	    &stands, e))
		return false;
	return !stands || add_signature(c, f, &inner.signature,
	    merged_seen(c->look, id, &merge->parents[1]), e);
}

void
chain_ahead(struct repository *repository, struct signers *signers,
    const struct chain_look *look, const struct object_id *id)
{
	CLEANUP(read_commit_done) struct read_commit r = { 0 };
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object inner;
	bool brings;
	struct err none;

	if (!commit_load(repository, id, &r, &none))
		return;
	signers_ahead(signers, &r.object.signature, chain_seen(look, id));
	if (merged_read(repository, &r.object, r.arena, &raw, &inner, &brings,
	    &none) && brings)
		signers_ahead(signers, &inner.signature,
		    merged_seen(look, id, &r.object.parents[1]));
}

/* An endorsement names commit and files: it fits nothing else. */
static bool
endorses(struct span message, struct span commit, struct span manifest)
{
	struct span value;

	return message_value(message, "commit: ", &value) &&
	    span_eq(value, commit) &&
	    message_value(message, "manifest-sha256: ", &value) &&
	    span_eq(value, manifest);
}

static bool
cite(const struct chain_context *c, const struct object_id *id, struct err *e)
{
	struct config_list *list = (void *)&c->verdict->endorsements;
	struct object_id *grown = arena_grow(c->arena, list->items,
	    list->count, sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, c->arena);
	grown[list->count++] = *id;
	list->items = grown;
	return true;
}

/* The tag as it is in the repository, or as it was. */
static bool
endorsement_read(const struct chain_context *c, const struct object_id *id,
    struct buf *raw, bool *there, struct err *e)
{
	return object_look(c->repository, id, OBJECT_TAG, LIMIT_SIGNED_OBJECT,
	    raw, there, e) && (*there || c->look->kept == NULL ||
	    c->look->kept(c->look->arg, id, raw, there, e));
}

/* A tag, if it endorses this commit; *fits. It lives in arena and raw. */
static bool
endorsement_load(const struct chain_context *c, const struct object_id *id,
    struct span manifest, const struct chain_facts *f, struct arena *arena,
    struct buf *raw, struct tag_object *tag, bool *fits, struct err *e)
{
	struct err why;
	bool there;

	if (!endorsement_read(c, id, raw, &there, e))
		return false;
	*fits = there && tag_parse(buf_span(raw), arena, tag, &why) &&
	    endorses(tag->message, f->commit, manifest);
	return true;
}

/* Those that endorse this commit, which are few; their signatures are told. */
static bool
endorsement_note(const struct chain_context *c, size_t i, struct span manifest,
    const struct chain_facts *f, bool *fits, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	const struct object_id *id = &c->look->endorsements[i];
	struct tag_object tag;

	if (!endorsement_load(c, id, manifest, f, arena, &raw, &tag, fits, e))
		return false;
	if (*fits)
		signers_ahead(c->signers, &tag.signature,
		    chain_seen(c->look, id));
	return true;
}

static bool
gather_endorsement(const struct chain_context *c, const struct object_id *id,
    struct span manifest, struct chain_facts *f, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	size_t before = f->others.count;
	struct tag_object tag;
	bool fits;

	if (!endorsement_load(c, id, manifest, f, arena, &raw, &tag, &fits,
	    e))
		return false;
	return !fits || (add_signature(c, f, &tag.signature,
	    chain_seen(c->look, id), e) && (f->others.count == before ||
	    cite(c, id, e)));
}

/* What cannot be read is told after those that come before it. */
static bool
gather_endorsements(const struct chain_context *c, struct span manifest,
    struct chain_facts *f, struct err *e)
{
	const struct chain_look *look = c->look;
	CLEANUP(free_done) size_t *fitting = xcalloc(look->endorsement_count +
	    1, sizeof(*fitting));
	size_t count = 0;
	bool read = true, fits;
	struct err why;

	for (size_t i = 0; i < look->endorsement_count && read; i++) {
		read = endorsement_note(c, i, manifest, f, &fits, &why);
		if (read && fits)
			fitting[count++] = i;
	}
	for (size_t i = 0; i < count; i++)
		if (!gather_endorsement(c, &look->endorsements[fitting[i]],
		    manifest, f, e))
			return false;
	if (!read)
		*e = why;
	return read;
}

bool
chain_facts_of(const struct chain_context *c, const struct object_id *id,
    const struct commit_object *commit, const uint8_t manifest_sha256[32],
    struct chain_facts *f, struct err *e)
{
	CLEANUP(buf_done) struct buf manifest = { 0 };
	struct object_id_hex hex = object_id_hex(id);

	*f = (struct chain_facts){ .seals = c->seals };
	text_hex((struct span){ manifest_sha256, 32 }, &manifest);
	if (!arena_copy(c->arena, SPAN_TEXT(hex.text), &f->commit))
		return err_budget(e, c->arena);
	if (!gather_paths(c, &commit->tree, f, e) ||
	    !signers_look(c->signers, &commit->signature, "git",
	    chain_seen(c->look, id), c->arena, &f->signature, e) ||
	    !gather_merged(c, id, commit, f, e))
		return false;
	return gather_endorsements(c, buf_span(&manifest), f, e);
}

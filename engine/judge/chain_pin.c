/* chain_pin - see chain_pin.h. */
#include <string.h>

#include "base/limits.h"
#include "judge/chain_pin.h"

void
read_commit_done(struct read_commit *r)
{
	buf_done(&r->raw);
	arena_free(r->arena);
}

bool
commit_load(struct repository *repository, const struct object_id *id,
    struct read_commit *out, struct err *e)
{
	out->arena = arena_new(LIMIT_OBJECT_MEMORY);
	return object_read(repository, id, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT,
	    &out->raw, e) &&
	    commit_parse(buf_span(&out->raw), out->arena, &out->object, e);
}

bool
pin_fill(struct repository *repository, const struct object_id *id,
    const struct commit_object *commit, const struct tree_listing *before,
    struct chain_pin *out, struct tree_listing *files, struct err *e)
{
	if (!tree_listing_read(repository, &commit->tree, before,
	    LIMIT_CONFIG_BLOB, files, e))
		return false;
	struct digest manifest = tree_listing_manifest(files);
	out->commit = *id;
	memcpy(out->payload_sha256, commit->signature.payload_sha256.bytes, 32);
	memcpy(out->manifest_sha256, manifest.bytes, 32);
	return true;
}

bool
chain_pin_of(struct repository *repository, const struct object_id *id,
    struct chain_pin *out, struct err *e)
{
	CLEANUP(read_commit_done) struct read_commit r = { 0 };
	CLEANUP(tree_listing_done) struct tree_listing files = { 0 };

	return (commit_load(repository, id, &r, e) &&
	    pin_fill(repository, id, &r.object, NULL, out, &files, e)) ||
	    err_at(e, "commit %.12s", object_id_hex(id).text);
}

bool
pin_same(const struct chain_pin *a, const struct chain_pin *b)
{
	return object_id_eq(&a->commit, &b->commit) &&
	    memcmp(a->payload_sha256, b->payload_sha256, 32) == 0 &&
	    memcmp(a->manifest_sha256, b->manifest_sha256, 32) == 0;
}

/* refs - see refs.h. */
#include <string.h>

#include "artifact/glob.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "git/history.h"
#include "git/lfs.h"
#include "git/notes.h"
#include "git/object.h"
#include "git/tree.h"
#include "judge/commits.h"
#include "judge/refs.h"

struct reading {
	struct repository		*repository;
	struct signers			*signers;
	const struct release_look	*look;
	struct arena			*arena;
	struct release			*out;
	const struct policy		*policy;	/* NULL: not known */
};

bool
release_wanted(const struct project *project, struct span ref)
{
	if (span_is(ref, NOTES_ATTESTATIONS))
		return false;
	for (size_t i = 0; i < project->policies.count; i++) {
		const struct policy *p = &project->policies.items[i];

		for (size_t k = 0; k < p->refs.count; k++)
			if (glob_match(p->refs.items[k], ref, 0))
				return true;
	}
	return false;
}

/* ---- the object ---- */

static bool
note_manifest(struct reading *r, const struct err *why, struct err *e)
{
	struct err *copy = ARENA_NEW(r->arena, struct err);

	if (copy == NULL)
		return err_budget(e, r->arena);
	*copy = *why;
	r->out->facts.manifest_error = copy;
	return true;
}

/* What is wrong with the object is wrong with signature and manifest. */
static bool
note_broken(struct reading *r, const struct err *why, struct err *e)
{
	if (!note_manifest(r, why, e))
		return false;
	r->out->facts.signature = (struct signature_fact){
		.why = r->out->facts.manifest_error->text,
		.cause = why->what,
		.first_seen = r->look->seen
	};
	return true;
}

static bool
read_message(struct reading *r, struct span message,
    const struct object_signature *signature, struct err *e)
{
	struct release *out = r->out;
	struct span yaml;
	struct err why;

	memcpy(out->payload_sha256, signature->payload_sha256.bytes, 32);
	if (!signers_look(r->signers, signature, "git", r->look->seen,
	    r->arena, &out->facts.signature, e))
		return false;
	if (!message_manifest(message, &yaml, &why))
		return note_manifest(r, &why, e);
	struct digest d = digest_of(DIGEST_SHA256, yaml);
	memcpy(out->manifest_sha256, d.bytes, 32);
	if (!manifest_parse(yaml, r->arena, &out->manifest, &why))
		return note_manifest(r, &why, e);
	out->facts.manifest = &out->manifest;
	return true;
}

static bool
read_tag(struct reading *r, struct err *e)
{
	struct release_facts *f = &r->out->facts;
	struct tag_object tag;
	enum object_kind kind;
	uint64_t size;
	struct err why;

	f->kind = REF_ANNOTATED_TAG;
	if (!tag_parse(r->out->raw, r->arena, &tag, &why)) {
		if (err_is(&why, ERR_GIT_TAG_TARGET))
			f->kind = REF_TAG_OF_TAG;
		return note_broken(r, &why, e);
	}
	f->header_name = tag.name;
	if (!object_stat(r->repository, &tag.target, &kind, &size, e))
		return false;
	if (kind != OBJECT_COMMIT) {
		err_set(&why, ERR_GIT_TAG_TARGET, "the tag says that %.12s is "
		    "a commit, but it is a %s",
		    object_id_hex(&tag.target).text, object_kind_names[kind]);
		return note_broken(r, &why, e);
	}
	r->out->commit = tag.target;
	return read_message(r, tag.message, &tag.signature, e);
}

/* A branch is released by its signed head; a tag that is a commit is none. */
static bool
read_commit(struct reading *r, struct err *e)
{
	struct release_facts *f = &r->out->facts;
	struct commit_object commit;
	struct err why;

	f->kind = span_starts(r->look->ref, "refs/heads/") ?
	    REF_SIGNED_COMMIT : REF_LIGHTWEIGHT_TAG;
	r->out->commit = r->look->object;
	if (!commit_parse(r->out->raw, r->arena, &commit, &why))
		return note_broken(r, &why, e);
	if (f->kind == REF_SIGNED_COMMIT)
		return read_message(r, commit.message, &commit.signature, e);
	err_set(&why, ERR_GIT_UNSIGNED,
	    "a lightweight tag carries no signature");
	return note_broken(r, &why, e);
}

static bool
read_other(struct reading *r, struct err *e)
{
	struct err why;

	r->out->facts.kind = REF_LIGHTWEIGHT_TAG;
	err_set(&why, ERR_GIT_UNSIGNED, "the ref points to no tag or commit");
	return note_broken(r, &why, e);
}

static const struct {
	enum object_kind	kind;
	bool			(*read)(struct reading *, struct err *);
} readers[OBJECT_KINDS] = {
	{ OBJECT_COMMIT, read_commit },
	{ OBJECT_TREE, read_other },
	{ OBJECT_BLOB, read_other },
	{ OBJECT_TAG, read_tag },
};

static bool
read_object(struct reading *r, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	const struct object_id *id = &r->look->object;
	enum object_kind kind;
	struct err why;

	if (!object_stat(r->repository, id, &kind, &r->out->facts.size, e))
		return false;
	if (r->out->facts.size > LIMIT_SIGNED_OBJECT) {
		err_set(&why, ERR_REF_SIZE, "the object is too large to be "
		    "read");
		return note_broken(r, &why, e);
	}
	if (!object_read(r->repository, id, kind, LIMIT_SIGNED_OBJECT, &raw,
	    e))
		return false;
	if (!arena_copy(r->arena, buf_span(&raw), &r->out->raw))
		return err_budget(e, r->arena);
	for (size_t i = 0; i < COUNT(readers); i++)
		if (readers[i].kind == kind)
			return readers[i].read(r, e);
	return read_other(r, e);
}

/* ---- where it comes from ---- */
static const struct policy *
find_policy(const struct reading *r)
{
	const struct project *p = config_project(r->signers->config,
	    r->look->project);
	const struct manifest *m = r->out->facts.manifest;

	return p == NULL || m == NULL ? NULL : project_policy(p, m->policy);
}

static bool
is_allowed(const struct policy *p, struct span branch)
{
	for (size_t i = 0; i < p->origin.branches.count; i++)
		if (glob_match(p->origin.branches.items[i], branch, 0))
			return true;
	return false;
}

/* Only branches that the policy allows are walked. */
static bool
find_branches(struct reading *r, struct err *e)
{
	struct config_list *list = (void *)&r->out->facts.branches;

	for (size_t i = 0; i < r->look->branch_count; i++) {
		const struct ref *b = &r->look->branches[i];
		struct span name = span_from(b->name, strlen("refs/heads/"));
		struct span *grown;
		bool reaches;

		if (!span_starts(b->name, "refs/heads/") ||
		    !is_allowed(r->policy, name))
			continue;
		if (!history_reaches(r->repository, &b->id, &r->out->commit,
		    &reaches, e))
			return false;
		if (!reaches)
			continue;
		grown = arena_grow(r->arena, list->items, list->count,
		    sizeof(*grown));
		if (grown == NULL || !arena_copy(r->arena, name,
		    &grown[list->count]))
			return err_budget(e, r->arena);
		list->items = grown;
		list->count++;
	}
	return true;
}

/*
 * Commits count from the last completed release on. Before there is one, from
 * what the policy says; if that is not there, all of them do.
 */
static const struct object_id *
base_of(const struct reading *r, struct object_id *since)
{
	if (r->look->base != NULL)
		return r->look->base;
	return object_id_parse(r->policy->origin.since, since) &&
	    object_exists(r->repository, since) ? since : NULL;
}

/* A tree that is not as git writes them is a fact about the release. */
static bool
read_tree(struct reading *r, struct err *e)
{
	struct release_facts *f = &r->out->facts;
	struct object_id tree;
	struct err why, *copy;

	if (commit_tree(r->repository, &r->out->commit, &tree, &why) &&
	    tree_submodules(r->repository, &tree, r->arena,
	    &f->submodules.items, &f->submodules.count, &why))
		return true;
	if (why.what->kind == ERR_KIND_SYSTEM) {
		*e = why;
		return false;
	}
	copy = ARENA_NEW(r->arena, struct err);
	if (copy == NULL)
		return err_budget(e, r->arena);
	*copy = why;
	f->tree_error = copy;
	return true;
}

static bool
read_origin(struct reading *r, struct err *e)
{
	const struct policy *p = r->policy = find_policy(r);
	struct commit_list commits = { 0 };
	struct object_id since;

	if (p == NULL || r->look->apart)
		return true;
	if (!find_branches(r, e) || !read_tree(r, e))
		return false;
	if (!p->origin.signed_commits && !p->origin.reviewed &&
	    (policy_excludes(p) & EXCLUDE_AUTHORS) == 0)
		return true;
	if (!commits_read(r->repository, r->signers, base_of(r, &since),
	    &r->out->commit, r->look->seen, p->origin.reviewed, r->arena,
	    &commits, e))
		return false;
	r->out->facts.commits.items = commits.items;
	r->out->facts.commits.count = commits.count;
	r->out->authors = commits.authors;
	return true;
}

static bool
copy_id(struct reading *r, const struct object_id *id, struct span *out,
    struct err *e)
{
	struct object_id_hex hex = object_id_hex(id);

	return arena_copy(r->arena, SPAN_TEXT(hex.text), out) ||
	    err_budget(e, r->arena);
}

bool
release_read(struct repository *repository, struct signers *signers,
    const struct release_look *look, struct arena *arena, struct release *out,
    struct err *e)
{
	struct reading r = { repository, signers, look, arena, out, NULL };

	*out = (struct release){ .facts = { .project = look->project,
	    .ref = look->ref, .seen_object = look->seen_object } };
	if (!copy_id(&r, &look->object, &out->facts.object, e) ||
	    !read_object(&r, e))
		return err_at(e, "%s", text_show(look->ref).text);
	/* Whoever nobody knows does not make us walk a history. */
	if (object_id_zero(&out->commit) || !out->facts.signature.good)
		return true;
	if (!copy_id(&r, &out->commit, &out->facts.commit, e) ||
	    !read_origin(&r, e))
		return err_at(e, "%s", text_show(look->ref).text);
	return true;
}

/* ---- artifacts in the tree ---- */

/* A pointer may be larger than what it points to. */
static bool
blob_read(struct repository *r, const struct object_id *id, uint64_t limit,
    struct buf *out, struct err *e)
{
	struct err unused;

	return object_read(r, id, OBJECT_BLOB, limit, out, e) ||
	    (err_is(e, ERR_LIMIT_SIZE) && object_read(r, id, OBJECT_BLOB,
	    LIMIT_LFS_POINTER, out, &unused) && lfs_begins(buf_span(out)));
}

static bool
is_named(const struct manifest_artifact *a, uint64_t size,
    const uint8_t sha256[32])
{
	return size == a->size && memcmp(sha256, a->sha256, 32) == 0;
}

static bool
pointer_check(const struct manifest_artifact *a, struct span file,
    struct err *e)
{
	struct lfs_pointer p;

	if (!lfs_parse(file, &p, e))
		return err_at(e, "%s", text_show(a->path).text);
	return is_named(a, p.size, p.sha256) || err_set(e,
	    ERR_ARTIFACT_DIGEST, "%s in the tagged tree is a pointer of Git "
	    "LFS to another file than the manifest names: %llu bytes",
	    text_show(a->path).text, (unsigned long long)p.size);
}

bool
release_artifact(struct repository *repository, const struct release *release,
    const struct manifest_artifact *artifact, uint64_t limit,
    struct buf *out, enum artifact_place *place, struct err *e)
{
	struct tree_entry entry;
	struct object_id tree;

	*place = ARTIFACT_IN_TREE;
	if (!commit_tree(repository, &release->commit, &tree, e) ||
	    !tree_lookup(repository, &tree, artifact->path, &entry, e) ||
	    !blob_read(repository, &entry.id, limit, out, e))
		return err_at(e, "%s", text_show(artifact->path).text);
	struct digest d = digest_of(DIGEST_SHA256, buf_span(out));
	if (is_named(artifact, out->len, d.bytes))
		return true;
	if (lfs_begins(buf_span(out))) {
		*place = ARTIFACT_IN_LFS;
		return pointer_check(artifact, buf_span(out), e);
	}
	return err_set(e, ERR_ARTIFACT_DIGEST, "%s in the tagged tree is not "
	    "what the manifest names: %zu bytes",
	    text_show(artifact->path).text, out->len);
}

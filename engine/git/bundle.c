/* bundle - see bundle.h. */
#include "base/limits.h"
#include "git/bundle.h"
#include "git/libgit.h"

#define HEADER	"# v2 git bundle\n"

DEFINE_CLEANUP(git_packbuilder, builder_done, git_packbuilder_free);
DEFINE_CLEANUP(git_revwalk, walk_done, git_revwalk_free);
DEFINE_CLEANUP(git_commit, commit_done, git_commit_free);
DEFINE_CLEANUP(git_tree, tree_done, git_tree_free);

struct writing {
	const struct bundle_sink	*sink;
	struct err			*err;
	bool				 failed;	/* err is set */
};

static int
pack_put(void *bytes, size_t len, void *writing)
{
	struct writing *w = writing;

	w->failed = !w->sink->put(w->sink->arg, (struct span){ bytes, len },
	    w->err);
	return w->failed ? -1 : 0;
}

static bool
not_packed(const char *what, struct err *e)
{
	return libgit_err(e, ERR_GIT_OBJECT_MISSING, "%s", what);
}

static bool
header_put(const struct ref *refs, size_t count,
    const struct bundle_sink *sink, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_text(&b, HEADER);
	for (size_t i = 0; i < count; i++) {
		buf_printf(&b, "%s ", object_id_hex(&refs[i].id).text);
		buf_put(&b, refs[i].name);
		buf_u8(&b, '\n');
	}
	buf_u8(&b, '\n');
	return sink->put(sink->arg, buf_span(&b), e);
}

/* What is being packed, and the folder that is being looked through. */
struct packing {
	struct repository	*r;
	git_packbuilder		*builder;
	struct buf		 path;
};

/*
 * Packed under its path: what has the same one is stored as differences.
 * (git_packbuilder_insert_walk tells no paths of folders: three times as much.)
 */
static int
insert(struct packing *p, const git_oid *id, bool *is_new)
{
	size_t before = git_packbuilder_object_count(p->builder);
	int code = git_packbuilder_insert(p->builder, id, buf_cstr(&p->path));

	*is_new = git_packbuilder_object_count(p->builder) > before;
	return code;
}

static int	 insert_tree(struct packing *, const git_oid *, size_t depth);

static int
insert_entry(struct packing *p, const git_tree_entry *entry, size_t depth)
{
	git_object_t type = git_tree_entry_type(entry);
	size_t len = p->path.len;
	bool is_new;

	if (type == GIT_OBJECT_COMMIT)
		return 0;
	buf_printf(&p->path, "/%s", git_tree_entry_name(entry));
	int code = type == GIT_OBJECT_TREE ?
	    insert_tree(p, git_tree_entry_id(entry), depth + 1) :
	    insert(p, git_tree_entry_id(entry), &is_new);
	p->path.len = len;
	return code;
}

static int
insert_tree(struct packing *p, const git_oid *id, size_t depth)
{
	CLEANUP(tree_done) git_tree *tree = NULL;
	bool is_new;

	int code = depth > LIMIT_TREE_DEPTH ? -1 : insert(p, id, &is_new);
	if (code < 0 || !is_new)
		return code;
	code = git_tree_lookup(&tree, p->r->walk, id);
	for (size_t i = 0; code == 0 && i < git_tree_entrycount(tree); i++)
		code = insert_entry(p, git_tree_entry_byindex(tree, i),
		    depth);
	return code;
}

static int
insert_commit(struct packing *p, const git_oid *id)
{
	CLEANUP(commit_done) git_commit *commit = NULL;
	bool is_new;
	int code = git_commit_lookup(&commit, p->r->walk, id);

	p->path.len = 0;
	if (code == 0)
		code = insert(p, id, &is_new);
	return code < 0 ? code : insert_tree(p, git_commit_tree_id(commit),
	    0);
}

static bool
insert_all(struct packing *p, git_revwalk *walk, struct err *e)
{
	git_oid id;
	int code;

	while ((code = git_revwalk_next(&id, walk)) == 0)
		if (insert_commit(p, &id) < 0)
			return not_packed("an object of the history is not "
			    "there", e);
	return code == GIT_ITEROVER ||
	    not_packed("a commit of the history is not there", e);
}

/* All that the refs reach, the newest first. */
static bool
gather(struct repository *r, const struct ref *refs, size_t count,
    git_packbuilder *builder, struct err *e)
{
	CLEANUP(walk_done) git_revwalk *walk = NULL;
	struct packing p = { .r = r, .builder = builder };

	if (git_revwalk_new(&walk, r->walk) < 0 ||
	    git_revwalk_sorting(walk, GIT_SORT_TIME) < 0)
		return not_packed("history cannot be walked", e);
	for (size_t i = 0; i < count; i++) {
		git_oid oid = libgit_oid(&refs[i].id);

		if (git_revwalk_push(walk, &oid) < 0)
			return not_packed(object_id_hex(&refs[i].id).text, e);
	}
	bool good = insert_all(&p, walk, e);
	buf_done(&p.path);
	return good;
}

/* One thread: the same history gives the same bytes. */
bool
bundle_write(struct repository *r, const struct ref *refs, size_t count,
    const struct bundle_sink *sink, struct err *e)
{
	CLEANUP(builder_done) git_packbuilder *builder = NULL;
	struct writing w = { .sink = sink, .err = e };

	if (count == 0)
		return err_set(e, ERR_GIT_REF_MISSING, "there is no history "
		    "to bundle");
	if (git_packbuilder_new(&builder, r->walk) < 0)
		return not_packed("nothing can be packed", e);
	git_packbuilder_set_threads(builder, 1);
	if (!gather(r, refs, count, builder, e) ||
	    !header_put(refs, count, sink, e))
		return false;
	return git_packbuilder_foreach(builder, pack_put, &w) == 0 ||
	    (!w.failed && not_packed("the history cannot be packed", e));
}

/* bundle - see bundle.h. */
#include "git/bundle.h"
#include "git/libgit.h"

#define HEADER	"# v2 git bundle\n"

DEFINE_CLEANUP(git_packbuilder, builder_done, git_packbuilder_free);
DEFINE_CLEANUP(git_revwalk, walk_done, git_revwalk_free);

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

/* All that the refs reach, commits in the order in which git wants them. */
static bool
gather(struct repository *r, const struct ref *refs, size_t count,
    git_packbuilder *builder, struct err *e)
{
	CLEANUP(walk_done) git_revwalk *walk = NULL;

	if (git_revwalk_new(&walk, r->walk) < 0 ||
	    git_revwalk_sorting(walk, GIT_SORT_TIME) < 0)
		return not_packed("history cannot be walked", e);
	for (size_t i = 0; i < count; i++) {
		git_oid oid = libgit_oid(&refs[i].id);

		if (git_revwalk_push(walk, &oid) < 0)
			return not_packed(object_id_hex(&refs[i].id).text, e);
	}
	return git_packbuilder_insert_walk(builder, walk) == 0 ||
	    not_packed("an object of the history is not there", e);
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

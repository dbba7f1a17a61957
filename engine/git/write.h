/*
 * write - new objects and refs without a worktree.
 *
 * Trees are built from a base tree and a list of changed paths. Commits and
 * tags are composed as payloads, signed elsewhere (the key is in another
 * process), and put together with the signature so that stock git verifies
 * them. A ref moves only from the value that the caller saw.
 */
#ifndef GIT_WRITE_H
#define GIT_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "git/id.h"
#include "git/repository.h"

/* object_write stores raw bytes, synced to disk before it returns. */
bool	object_write(struct repository *, enum object_kind, struct span bytes,
	    struct object_id *, struct err *) MUST_USE;

/* One path of a new tree. */
struct tree_change {
	struct span		path;	/* "events/00/01", no leading '/' */
	uint32_t		mode;	/* TREE_FILE, TREE_EXECUTABLE, ... of
					 * git/tree.h; 0 removes the path */
	struct object_id	id;	/* of the blob */
};

/*
 * tree_write makes the tree that base becomes by the changes (in any order,
 * each path once), bottom-up; base NULL is the empty tree. Folders that become
 * empty vanish; to remove what is not there is fine. Errors:
 * GIT-TREE-MALFORMED, GIT-PATH-ILLEGAL (a path that is illegal, named twice,
 * or both file and folder).
 */
bool	tree_write(struct repository *, const struct object_id *base,
	    const struct tree_change *, size_t count, struct object_id *,
	    struct err *) MUST_USE;

/* Who writes, and when (seconds since 1970 UTC). */
struct author {
	const char	*name;
	const char	*email;
	int64_t		 seconds;
};

struct new_commit {
	struct object_id	 tree;
	const struct object_id	*parents;
	size_t			 parent_count;
	struct author		 author;
	struct span		 message;
};

struct new_tag {
	struct object_id	 target;	/* a commit */
	const char		*name;		/* without refs/tags/ */
	struct author		 tagger;
	struct span		 message;
};

/*
 * commit_compose and tag_compose append the payload: what is to be signed, and
 * the whole object where nothing signs it. What cannot stand in an object (NUL,
 * a line that opens a signature; in names '<', '>', LF) is
 * GIT-OBJECT-MALFORMED: each result is read back by our own strict parser.
 */
bool	commit_compose(const struct new_commit *, struct buf *payload,
	    struct err *) MUST_USE;
bool	tag_compose(const struct new_tag *, struct buf *payload,
	    struct err *) MUST_USE;

/*
 * commit_attach and tag_attach append the object that git will verify: the
 * payload with an armored signature (SSH, OpenPGP) as header or at its end.
 */
bool	commit_attach(struct span payload, struct span armor,
	    struct buf *object, struct err *) MUST_USE;
bool	tag_attach(struct span payload, struct span armor,
	    struct buf *object, struct err *) MUST_USE;

/*
 * ref_update moves a ref from the id that the caller expects (NULL: it must
 * not exist yet) to a new one. Errors: GIT-REF-MOVED (it has another value
 * now), GIT-REF-LOCKED (others held its lock all the time).
 */
bool	ref_update(struct repository *, const char *name,
	    const struct object_id *expected, const struct object_id *id,
	    struct err *) MUST_USE;

/* ref_delete removes a ref that still points to what the caller expects. */
bool	ref_delete(struct repository *, const char *name,
	    const struct object_id *expected, struct err *) MUST_USE;

/*
 * refs_write replaces all refs of a repository by these, which are sorted and
 * have legal names; a folder ("refs/remotes") has no loose ones then. Only for
 * who is alone at work there. Errors: GIT-REF-LOCKED, SYSTEM-WRITE.
 */
bool	refs_write(struct repository *, const struct ref *, size_t count,
	    const char *folder, struct err *) MUST_USE;

#endif

/* world - a scratch folder with a bare repository, for the tests of git/. */
#ifndef GIT_WORLD_H
#define GIT_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "git/repository.h"
#include "git/tree.h"
#include "git/write.h"
#include "test.h"

struct world {
	char			 folder[64];
	char			 path[96];
	struct repository	*repository;
};

/* shell runs a command with $W (the folder) and $R (the repository). */
static inline int
shell(const struct world *w, const char *command)
{
	setenv("W", w->folder, 1);
	setenv("R", w->path, 1);
	return system(command);
}

static inline int
world_open(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e;

	snprintf(w->folder, sizeof(w->folder), "/tmp/tagseal-git-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof(w->path), "%s/r.git", w->folder);
	assert_ok(repository_init(w->path, &w->repository, &e), &e);
	*state = w;
	return 0;
}

static inline int
world_close(void **state)
{
	struct world *w = *state;

	repository_free(w->repository);
	assert_int_equal(shell(w, "rm -rf \"$W\""), 0);
	free(w);
	return 0;
}

static inline struct object_id
world_blob(struct world *w, const char *text)
{
	struct object_id id;
	struct err e;

	assert_ok(object_write(w->repository, OBJECT_BLOB, SPAN_TEXT(text),
	    &id, &e), &e);
	return id;
}

static inline struct tree_change
world_change(struct world *w, const char *path, const char *text)
{
	return (struct tree_change){ SPAN_TEXT(path),
	    text == NULL ? 0 : TREE_FILE,
	    world_blob(w, text == NULL ? "" : text) };
}

/* world_commit writes an unsigned commit of a tree. */
static inline struct object_id
world_commit(struct world *w, const struct object_id *tree,
    const struct object_id *parent, const char *message)
{
	struct new_commit c = {
		.tree = *tree,
		.parents = parent,
		.parent_count = parent == NULL ? 0 : 1,
		.author = { "Alice Example", "alice@example.org", 1700000000 },
		.message = SPAN_TEXT(message),
	};
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct object_id id;
	struct err e;

	assert_ok(commit_compose(&c, &raw, &e), &e);
	assert_ok(object_write(w->repository, OBJECT_COMMIT, buf_span(&raw),
	    &id, &e), &e);
	return id;
}

#define WORLD_TEST(function) \
	cmocka_unit_test_setup_teardown(function, world_open, world_close)

#endif

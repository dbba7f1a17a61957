/* bundle: stock git takes what is written; what cannot be is told. */
#include <string.h>

#include "git/bundle.h"
#include "sys/file.h"
#include "world.h"

static bool
collect(void *out, struct span s, struct err *e)
{
	(void)e;
	buf_put(out, s);
	return true;
}

static bool
no_room(void *left, struct span s, struct err *e)
{
	size_t *n = left;

	if (s.len > *n)
		return err_set(e, ERR_SYSTEM_WRITE, "no room");
	*n -= s.len;
	return true;
}

static struct object_id
commit_of(struct world *w, const char *text, const struct object_id *parent)
{
	struct tree_change change = world_change(w, "deep/file", text);
	struct object_id tree;
	struct err e;

	assert_ok(tree_write(w->repository, NULL, &change, 1, &tree, &e),
	    &e);
	return world_commit(w, &tree, parent, text);
}

static void
bundle_into(struct world *w, const struct ref *refs, size_t count,
    struct buf *out)
{
	struct err e;

	out->len = 0;
	assert_ok(bundle_write(w->repository, refs, count,
	    &(struct bundle_sink){ collect, out }, &e), &e);
}

static void
git_takes_what_is_written(void **state)
{
	struct world *w = *state;
	struct object_id one = commit_of(w, "one\n", NULL);
	struct object_id two = commit_of(w, "two\n", &one);
	struct object_id side = commit_of(w, "side\n", &one);
	const struct ref refs[] = {
		{ SPAN_TEXT("refs/heads/main"), two },
		{ SPAN_TEXT("refs/heads/side"), side },
		{ SPAN_TEXT("HEAD"), two },
	};
	CLEANUP(buf_done) struct buf out = { 0 }, again = { 0 }, path = { 0 };
	struct err e;

	commit_of(w, "not reached\n", &one);
	bundle_into(w, refs, COUNT(refs), &out);
	bundle_into(w, refs, COUNT(refs), &again);
	assert_span_equal(buf_span(&out), buf_span(&again));
	buf_printf(&path, "%s/bundle", w->folder);
	assert_ok(file_replace_span(buf_cstr(&path), buf_span(&out), 0, &e),
	    &e);
	assert_int_equal(shell(w, "cd \"$W\" && git clone -q bundle c && "
	    "cd c && git fsck --strict && test \"$(cat deep/file)\" = two && "
	    "test \"$(git show origin/side:deep/file)\" = side && "
	    "test \"$(git rev-list --all --count)\" = 3 && "
	    "git bundle verify -q ../bundle"), 0);
}

/* A sink that is full at any point of it stops the bundle with its error. */
static void
the_sinks_error_is_told(void **state)
{
	struct world *w = *state;
	struct object_id one = commit_of(w, "one\n", NULL);
	const struct ref ref = { SPAN_TEXT("refs/heads/main"), one };
	CLEANUP(buf_done) struct buf out = { 0 };
	struct err e;

	bundle_into(w, &ref, 1, &out);
	for (size_t room = 0; room < out.len; room++) {
		size_t left = room;

		assert_false(bundle_write(w->repository, &ref, 1,
		    &(struct bundle_sink){ no_room, &left }, &e));
		assert_err(&e, ERR_SYSTEM_WRITE);
	}
}

static void
what_is_not_there_is_named(void **state)
{
	struct world *w = *state;
	struct object_id one = commit_of(w, "one\n", NULL);
	struct object_id none = { { 0x12 } };
	struct object_id blob = world_blob(w, "one\n");
	const struct ref good = { SPAN_TEXT("refs/heads/main"), one };
	const struct ref bad = { SPAN_TEXT("refs/heads/main"), none };
	CLEANUP(buf_done) struct buf out = { 0 }, command = { 0 };
	const struct bundle_sink sink = { collect, &out };
	struct object_id_hex hex = object_id_hex(&blob);
	struct err e;

	assert_false(bundle_write(w->repository, &bad, 1, &sink, &e));
	assert_err(&e, ERR_GIT_OBJECT_MISSING);
	assert_false(bundle_write(w->repository, NULL, 0, &sink, &e));
	assert_err(&e, ERR_GIT_REF_MISSING);
	assert_int_equal(out.len, 0);
	buf_printf(&command, "rm -f \"$R\"/objects/%.2s/%s", hex.text,
	    hex.text + 2);
	assert_int_equal(shell(w, buf_cstr(&command)), 0);
	repository_free(w->repository);
	assert_ok(repository_open(w->path, &w->repository, &e), &e);
	assert_false(bundle_write(w->repository, &good, 1, &sink, &e));
	assert_err(&e, ERR_GIT_OBJECT_MISSING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(git_takes_what_is_written),
		WORLD_TEST(the_sinks_error_is_told),
		WORLD_TEST(what_is_not_there_is_named),
	};

	return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}

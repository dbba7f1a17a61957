/* notes: stock git writes them, however many there are. */
#include "git/notes.h"
#include "world.h"

/* Notes on commits 1 to count; *notes: the commit of their ref. */
static void
annotate(const struct world *w, unsigned count, struct object_id *notes)
{
	CLEANUP(repository_done) struct repository *r = NULL;
	char text[16];
	struct err e;

	snprintf(text, sizeof(text), "%u", count);
	setenv("COUNT", text, 1);
	assert_int_equal(shell(w, "cd \"$R\" && export GIT_CONFIG_COUNT=2 "
	    "GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=x "
	    "GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=x && "
	    "tree=$(git mktree < /dev/null) && "
	    "for i in $(seq $COUNT); do "
	    "commit=$(echo $i | git commit-tree $tree) && "
	    "git update-ref refs/heads/n$i $commit && "
	    "echo \"$(echo \"note $i\" | git hash-object -w --stdin) $commit\"; "
	    "done > \"$W/list\" && "
	    "while read note commit; do printf 'N %s %s\\n' $note $commit; "
	    "done < \"$W/list\" | { printf 'commit refs/notes/attestations\\n"
	    "committer x <x> 1 +0000\\ndata 0\\n'; cat; } | "
	    "git fast-import --quiet"), 0);
	assert_ok(repository_open(w->path, &r, &e), &e);
	assert_ok(ref_read(r, NOTES_ATTESTATIONS, notes, &e), &e);
}

static struct object_id
commit_of(const struct world *w, const char *name)
{
	CLEANUP(repository_done) struct repository *r = NULL;
	struct object_id id;
	struct err e;

	assert_ok(repository_open(w->path, &r, &e), &e);
	assert_ok(ref_read(r, name, &id, &e), &e);
	return id;
}

static void
note_is(struct world *w, const struct object_id *notes, const char *of,
    const char *text)
{
	CLEANUP(buf_done) struct buf got = { 0 };
	struct object_id blob, id = commit_of(w, of);
	bool there;
	struct err e;

	assert_ok(repository_refresh(w->repository, &e), &e);
	assert_ok(note_find(w->repository, notes, &id, &blob, &there, &e), &e);
	assert_int_equal(there, text != NULL);
	if (text == NULL)
		return;
	assert_ok(object_read(w->repository, &blob, OBJECT_BLOB, 100, &got,
	    &e), &e);
	assert_true(span_is(buf_span(&got), text));
}

static void
finds_notes_of_few_and_of_many(void **state)
{
	struct world *w = *state;
	struct object_id notes;

	annotate(w, 2, &notes);
	assert_int_equal(shell(w, "cd \"$R\" && ! git ls-tree "
	    "refs/notes/attestations | grep -q tree"), 0);
	note_is(w, &notes, "refs/heads/n1", "note 1\n");
	note_is(w, &notes, "refs/heads/n2", "note 2\n");
	assert_int_equal(shell(w, "cd \"$R\" && git update-ref refs/heads/bare "
	    "$(echo bare | git -c user.name=x -c user.email=x commit-tree "
	    "$(git mktree < /dev/null))"), 0);
	note_is(w, &notes, "refs/heads/bare", NULL);
	assert_int_equal(shell(w, "cd \"$R\" && git update-ref -d "
	    "refs/notes/attestations"), 0);
	annotate(w, 300, &notes);
	assert_int_equal(shell(w, "cd \"$R\" && git ls-tree "
	    "refs/notes/attestations | grep -q tree"), 0);
	note_is(w, &notes, "refs/heads/n1", "note 1\n");
	note_is(w, &notes, "refs/heads/n300", "note 300\n");
	note_is(w, &notes, "refs/heads/bare", NULL);
}

/* A tree that holds the object's id as another kind of entry, at each depth. */
static void
what_is_no_file_is_no_note(void **state)
{
	static const char *const trees[] = {
		"120000 blob $blob\\t$hex", "040000 tree $tree\\t$hex",
		"160000 commit $hex\\t$hex", "100644 blob $blob\\t$pair",
	};
	struct world *w = *state;
	struct object_id notes;

	assert_int_equal(shell(w, "cd \"$R\" && git update-ref refs/heads/one "
	    "$(echo one | git -c user.name=x -c user.email=x commit-tree "
	    "$(git mktree < /dev/null))"), 0);
	for (size_t i = 0; i < COUNT(trees); i++) {
		setenv("ENTRY", trees[i], 1);
		assert_int_equal(shell(w, "cd \"$R\" && "
		    "hex=$(git rev-parse one) && "
		    "pair=$(echo $hex | cut -c-2) && "
		    "tree=$(git mktree < /dev/null) && "
		    "blob=$(echo x | git hash-object -w --stdin) && "
		    "eval \"printf \\\"$ENTRY\\\\n\\\"\" | git mktree --missing "
		    "> \"$W/tree\" && git update-ref refs/notes/attestations "
		    "$(echo n | git -c user.name=x -c user.email=x "
		    "commit-tree $(cat \"$W/tree\"))"), 0);
		notes = commit_of(w, NOTES_ATTESTATIONS);
		note_is(w, &notes, "refs/heads/one", NULL);
	}
}

static void
other_refs_are_no_notes(void **state)
{
	struct world *w = *state;
	struct object_id blob = world_blob(w, "x"), out;
	bool there;
	struct err e;

	assert_false(note_find(w->repository, &blob, &blob, &out, &there, &e));
	assert_err(&e, ERR_GIT_OBJECT_KIND);
	assert_false(there);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(finds_notes_of_few_and_of_many),
		WORLD_TEST(what_is_no_file_is_no_note),
		WORLD_TEST(other_refs_are_no_notes),
	};

	return cmocka_run_group_tests_name("notes", tests, NULL, NULL);
}

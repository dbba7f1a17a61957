/* chain: seals, the way on from a commit that was refused. */
#include <string.h>

#include "base/text.h"
#include "judge/chain_walk.h"

/*
 * bad: a commit that nobody signed, on top of HEAD (which is kept as "good").
 * seal WHO FROM TO: a sealing commit with the files of "good".
 * endorse WHO: a tag for HEAD, by its name.
 */
static const char prelude[] = "cd $C; "
    "bad() { git tag -f good >/dev/null; echo x > x; as eve add x; "
    "as eve commit -q -m bad; }; "
    "seal() { as $1 rm -q --ignore-unmatch x y; "
    "as $1 commit -q -S --allow-empty -m \"Seal\n\nAccept-Range: "
    "$(git rev-parse $2)..$(git rev-parse $3)\"; }; "
    "endorse() { m=$(git ls-tree -r HEAD | while IFS='\t' read -r meta path; "
    "do set -- $meta; echo \"$1 $(git cat-file blob $3 | sha256sum | "
    "cut -c1-64) $path\"; done | LC_ALL=C sort -k3 | sha256sum | "
    "cut -c1-64); as $1 tag -f -s -m \"e\n\n"
    "commit: $(git rev-parse HEAD)\nmanifest-sha256: $m\" endorsed; }; ";

static void
make(struct office *o, const char *lines)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_text(&b, prelude);
	buf_text(&b, lines);
	office_run(o, buf_cstr(&b));
}

static bool
is_it(void *arg, const struct object_id *id)
{
	return object_id_eq(arg, id);
}

/* Walks with the tags "endorsed" and "late"; gives the last verdict. */
static const struct chain_verdict *
walk(struct office *o, struct chain *c, const struct object_id *accepted,
    size_t *count)
{
	struct object_id tags[] = { office_id(o, "config", "endorsed"),
		office_id(o, "config", "late") };
	struct chain_look look = { .now = OFFICE_NOW,
	    .head = office_id(o, "config", "HEAD"), .endorsements = tags,
	    .endorsement_count = COUNT(tags), .accepted = is_it };
	struct object_id none = { { 0 } };
	struct err e;

	look.arg = accepted != NULL ? (void *)(uintptr_t)accepted : &none;
	assert_ok(repository_refresh(o->repository, &e), &e);
	assert_ok(chain_advance(c, &look, &e), &e);
	const struct chain_verdict *v = chain_verdicts(c, count);
	assert_true(*count > 0);
	return &v[*count - 1];
}

/* What becomes of lines on top of HEAD; none: it is followed to the end. */
static void
becomes(struct office *o, const char *lines, const char *code)
{
	size_t count;

	office_run(o, "as cem tag -f endorsed; as cem tag -f late");
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);

	make(o, lines);
	const struct chain_verdict *v = walk(o, c, NULL, &count);
	struct object_id head = office_id(o, "config", "HEAD");
	if (strcmp(verdict_code(v), code) != 0)
		fail_msg("%s: %s", lines, verdict_code(v));
	assert_int_equal(object_id_eq(chain_commit(c), &head),
	    strcmp(code, "none") == 0);
	office_run(o, "as cem reset -q --hard good");
}

static void
administrators_seal_what_was_refused(void **state)
{
	struct office *o = *state;

	becomes(o, "bad; seal cem good HEAD; endorse dea", "none");
	becomes(o, "bad; echo y > y; as ann add y; as ann commit -q -S -m y; "
	    "seal cem good HEAD; endorse dea", "none");
	/* and the chain goes on from there */
	becomes(o, "bad; seal cem good HEAD; endorse dea; "
	    "sed -i 's/an app/the app/' projects/app/project.yaml; "
	    "as ann commit -q -S -a -m words", "none");
	/* also past a seal that did not count */
	becomes(o, "bad; seal eli good HEAD; seal cem good HEAD; endorse dea",
	    "none");
}

static void
a_seal_needs_the_threshold_and_its_range(void **state)
{
	struct office *o = *state;

	becomes(o, "bad; seal cem good HEAD; endorse cem", "CHAIN-PENDING");
	becomes(o, "bad; seal cem good HEAD; endorse eli", "CHAIN-PENDING");
	becomes(o, "bad; seal eli good HEAD; endorse cem", "SIGNER-UNSIGNED");
	becomes(o, "bad; seal eve good HEAD; endorse dea", "SIGNER-UNSIGNED");
	becomes(o, "bad; echo 2 > x; as eve commit -q -a -m bad2; "
	    "seal cem good HEAD~1; endorse dea",
	    "SIGNER-UNSIGNED");
	becomes(o, "bad; seal cem HEAD HEAD; endorse dea", "SIGNER-UNSIGNED");
	becomes(o, "bad; seal cem good HEAD; endorse dea; "
	    "as cem commit -q --amend -S -m \"Seal\n\nAccept-Range: "
	    "$(git rev-parse good | cut -c1-12)..$(git rev-parse HEAD~1)\"; "
	    "endorse dea", "SIGNER-UNSIGNED");
	/* What it leaves must be sound. */
	becomes(o, "bad; echo nonsense > people/ann.yaml; as cem add .; "
	    "seal cem good HEAD; endorse dea", "CHAIN-UNSOUND");
}

/* The files of a seal are judged against the accepted state, all of them. */
static void
what_was_sealed_gets_no_say(void **state)
{
	struct office *o = *state;
	CLEANUP(chain_done) struct chain *c = chain_at(o, "HEAD", NULL);

	size_t count;

	office_run(o, "as cem tag endorsed; as cem tag late");
	make(o, "git tag good; echo 'members: [person/eve, person/eli]' > "
	    "groups/admins.yaml; as eve commit -q -S -a -m mine; "
	    "as cem checkout -q good -- .; seal eve good HEAD; endorse eli");
	assert_string_equal(verdict_code(walk(o, c, NULL, &count)), "SIGNER-UNKNOWN");
	make(o, "as cem reset -q --hard HEAD~1; as cem checkout -q good -- .; "
	    "sed -i 's/an app/the app/' projects/app/project.yaml; "
	    "echo hello > README.md; as cem add -A; seal cem good HEAD; "
	    "endorse dea");
	const struct chain_verdict *v = walk(o, c, NULL, &count);
	assert_string_equal(verdict_code(v), "none");
	assert_int_equal(v->paths.count, 2);
	assert_string_equal(chain_rule(v, 0), "sealed");
	assert_string_equal(chain_rule(v, 1), "sealed");
}

/* A commit waits, is sealed away, and gets its endorsement after all. */
static void
a_seal_that_was_accepted_is_taken_again(void **state)
{
	struct office *o = *state;
	CLEANUP(chain_done) struct chain *first = chain_at(o, "HEAD", NULL);
	CLEANUP(chain_done) struct chain *again = chain_at(o, "HEAD", NULL);
	CLEANUP(chain_done) struct chain *fresh = chain_at(o, "HEAD", NULL);
	size_t count;

	make(o, "git tag good; git tag late; echo x > x; as cem add x; "
	    "as cem commit -q -S -m wait; git tag wait; seal cem good HEAD; "
	    "endorse dea");
	assert_string_equal(verdict_code(walk(o, first, NULL, &count)),
	    "none");
	assert_int_equal(count, 2);
	struct object_id head = office_id(o, "config", "HEAD");
	assert_true(object_id_eq(chain_commit(first), &head));
	make(o, "git update-ref refs/tags/late $(git rev-parse endorsed); "
	    "as cem checkout -q --detach wait; endorse dea; "
	    "as cem checkout -q main");
	walk(o, again, &head, &count);
	assert_int_equal(count, 1);
	assert_true(object_id_eq(chain_commit(again), &head));
	walk(o, fresh, NULL, &count);
	assert_int_equal(count, 2);
	assert_true(object_id_eq(chain_commit(fresh), &head));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(administrators_seal_what_was_refused),
		OFFICE_TEST(a_seal_needs_the_threshold_and_its_range),
		OFFICE_TEST(what_was_sealed_gets_no_say),
		OFFICE_TEST(a_seal_that_was_accepted_is_taken_again),
	};

	return cmocka_run_group_tests_name("chain seal", tests, NULL, NULL);
}

/* approvals: tags, commits and detached signatures made by git, ssh-keygen. */
#include <string.h>

#include "config/load.h"
#include "judge/approvals.h"
#include "judge/office.h"

#define ONE	"sr-1111111111111111111111111111111111111111111111111111111111111111"
#define TWO	"sr-2222222222222222222222222222222222222222222222222222222222222222"

/* "say REQUEST WORD" writes a statement, "approve NAME WHO REQUEST WORD" a
 * tag with one; "put PATH REQUEST WORD" a file on the branch. */
static const char helpers[] =
    "say() { printf 'tagseal: 1\\nrequest: %s\\ndecision: %s\\n"
    "reason: looks good\\n' $1 $2; }; "
    "approve() { { printf 'I say\\n\\n---\\n'; say $3 $4; } > $W/m; "
    "as $2 tag -s -F $W/m --cleanup=verbatim approve/$1; }; "
    "branch() { as cem checkout -q --orphan tagseal/approvals; "
    "as cem rm -rfq .; }; "
    "put() { mkdir -p $C/$(dirname $1); say $2 $3 > $C/$1; "
    "as cem add $1; }; ";

struct scene {
	struct office		*office;
	struct repository	*repository;
	struct config		*config;
	struct signers		 signers;
	struct arena		*arena;
	struct approval_look	 look;
	struct object_id	 branch;
	struct approval_list	 list;
};

static void
scene_open(struct scene *s, void **state, const char *lines)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct object_id tree;
	char path[128];
	struct err e;

	*s = (struct scene){ .office = *state,
	    .arena = arena_new((size_t)64 << 20),
	    .look = { .now = OFFICE_NOW } };
	tree = office_id(s->office, "config", "HEAD^{tree}");
	assert_true(config_load(s->office->repository, &tree, &s->config,
	    &errors));
	signers_init(&s->signers, s->config, NULL);
	buf_printf(&b, "%s%s", helpers, lines);
	office_run(s->office, buf_cstr(&b));
	snprintf(path, sizeof(path), "%s/config", s->office->folder);
	assert_ok(repository_open(path, &s->repository, &e), &e);
	assert_ok(refs_list(s->repository, "refs/tags/approve/", 100, s->arena,
	    &s->look.tags, &s->look.tag_count, &e), &e);
	if (ref_read(s->repository, "refs/heads/tagseal/approvals",
	    &s->branch, &e))
		s->look.branch = &s->branch;
	assert_ok(approvals_read(s->repository, &s->signers, &s->look,
	    s->arena, &s->list, &e), &e);
}

static void
scene_close(struct scene *s)
{
	signers_done(&s->signers);
	config_free(s->config);
	repository_free(s->repository);
	arena_free(s->arena);
}

/* Who says what by which carrier; word NULL: it is no statement. */
static void
assert_said(const struct scene *s, size_t i, const char *who,
    enum approval_carrier carrier, const char *request,
    enum decision_word word)
{
	assert_true(i < s->list.count);
	const struct approval *a = &s->list.items[i];
	const struct person *p = config_key_holder(s->config,
	    a->fact.signature.key, NULL);

	assert_true(a->fact.signature.good);
	assert_non_null(p);
	assert_span_equal(p->slug, SPAN_TEXT(who));
	assert_int_equal(a->carrier, carrier);
	assert_ptr_equal(a->fact.statement, &a->statement);
	assert_span_equal(a->statement.request, SPAN_TEXT(request));
	assert_int_equal(a->statement.decision, word);
	assert_int_equal(a->fact.seen, OFFICE_NOW);
	assert_true(a->raw.len > 0);
}

static void
signed_tags_say_what_their_messages_end_with(void **state)
{
	CLEANUP(scene_close) struct scene s;
	struct request_facts f = { 0 };
	struct err e;

	scene_open(&s, state, "approve a/1 cem " ONE " approve; "
	    "approve b/1 dea " TWO " deny; approve c eli " ONE " withdraw");
	assert_int_equal(s.list.count, 3);
	assert_said(&s, 0, "cem", APPROVAL_TAG, ONE, WORD_APPROVE);
	assert_said(&s, 1, "dea", APPROVAL_TAG, TWO, WORD_DENY);
	assert_said(&s, 2, "eli", APPROVAL_TAG, ONE, WORD_WITHDRAW);
	assert_span_equal(s.list.items[0].fact.carrier,
	    SPAN_TEXT("refs/tags/approve/a/1"));
	assert_ok(approvals_of(&s.list, SPAN_TEXT(ONE), s.arena, &f, &e), &e);
	assert_int_equal(f.approvals.count, 2);
	assert_int_equal(f.approvals.items[1].statement->decision,
	    WORD_WITHDRAW);
}

static void
tags_that_say_nothing_are_facts_with_a_reason(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "as cem tag -s -m words approve/a; "
	    "approve b eve " ONE " approve; approve c cem sr-12 approve; "
	    "as cem tag approve/light; approve d cem " ONE " maybe");
	assert_int_equal(s.list.count, 4);
	assert_err(s.list.items[0].fact.error, ERR_GIT_MANIFEST_MISSING);
	assert_null(s.list.items[0].fact.statement);
	assert_false(s.list.items[1].fact.signature.good);
	assert_non_null(s.list.items[1].fact.signature.why);
	assert_null(s.list.items[2].fact.statement);
	assert_non_null(s.list.items[2].fact.error);
	assert_null(s.list.items[3].fact.statement);
}

/* The same bytes under another name are the same statement. */
static void
the_same_signed_bytes_count_once(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "approve a cem " ONE " approve; "
	    "as cem update-ref refs/tags/approve/z approve/a");
	assert_int_equal(s.list.count, 1);
}

/* Who copies a statement under a broken signature does not take its place. */
static void
a_broken_signature_takes_nobodys_place(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "approve b cem " ONE " deny; "
	    "t=$(as cem cat-file tag approve/b | sed '/SSH SIG/{n;n;"
	    "s/[a-y]/z/g}' | as cem hash-object -t tag -w --literally "
	    "--stdin); as cem update-ref refs/tags/approve/a $t");
	assert_int_equal(s.list.count, 2);
	assert_false(s.list.items[0].fact.signature.good);
	assert_said(&s, 1, "cem", APPROVAL_TAG, ONE, WORD_DENY);
}

static bool
only_two(void *arg, struct span about)
{
	++*(int *)arg;
	return span_is(about, TWO);
}

/* What was said of requests that have ended is not judged for ever. */
static void
only_what_is_wanted_is_looked_at(void **state)
{
	CLEANUP(scene_close) struct scene s;
	int asked = 0;
	struct err e;

	scene_open(&s, state, "approve a/1 cem " ONE " approve; "
	    "approve b/1 dea " TWO " approve; branch; "
	    "put approvals/" ONE "/eli.yaml " ONE " approve; "
	    "as eli commit -q -S -m one; "
	    "put approvals/" TWO "/eli.yaml " TWO " approve; "
	    "as eli commit -q -S -m two");
	assert_int_equal(s.list.count, 4);
	s.look.wanted = only_two;
	s.look.arg = &asked;
	assert_ok(approvals_read(s.repository, &s.signers, &s.look, s.arena,
	    &s.list, &e), &e);
	assert_int_equal(s.list.count, 2);
	assert_true(asked >= 4);
	for (size_t i = 0; i < s.list.count; i++)
		assert_span_equal(s.list.items[i].statement.request,
		    SPAN_TEXT(TWO));
}

static void
names_tell_what_cannot_be_read(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "approve 111111111111/a cem " ONE " maybe; "
	    "approve 11111111111/b cem " ONE " maybe");
	assert_int_equal(s.list.count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(approval_concerns(&s.list.items[i],
		    SPAN_TEXT(ONE)), s.list.items[i].about.len == 12);
	assert_true(approval_concerns(&s.list.items[0], SPAN_TEXT(ONE)) !=
	    approval_concerns(&s.list.items[1], SPAN_TEXT(ONE)));
}

static void
signed_commits_that_only_add_files_count(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "branch; put approvals/" ONE "/cem.yaml " ONE
	    " approve; put approvals/" TWO "/cem.yaml " TWO " approve; "
	    "as cem commit -q -S -m both; "
	    "put approvals/" ONE "/dea.yaml " ONE " deny; "
	    "as dea commit -q -S -m no");
	assert_int_equal(s.list.count, 3);
	assert_said(&s, 0, "cem", APPROVAL_COMMIT, ONE, WORD_APPROVE);
	assert_said(&s, 1, "cem", APPROVAL_COMMIT, TWO, WORD_APPROVE);
	assert_said(&s, 2, "dea", APPROVAL_COMMIT, ONE, WORD_DENY);
}

static void
other_commits_do_not_count(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "branch; put approvals/" ONE "/a.yaml " ONE
	    " approve; as cem commit -q -m unsigned; "
	    "put approvals/" ONE "/a.yaml " ONE " deny; "
	    "as dea commit -q -S -m changed; "
	    "put other.yaml " ONE " approve; "
	    "put approvals/" ONE "/b.yaml " ONE " approve; "
	    "as dea commit -q -S -m elsewhere; "
	    "as dea rm -q approvals/" ONE "/b.yaml; "
	    "as dea commit -q -S -m gone; "
	    "put approvals/" TWO "/c.yaml " ONE " approve; "
	    "as dea commit -q -S -m wrong");
	assert_int_equal(s.list.count, 2);
	assert_null(s.list.items[0].fact.statement);
	assert_err(s.list.items[0].fact.error, ERR_APPROVAL_STATEMENT);
	assert_true(approval_concerns(&s.list.items[0], SPAN_TEXT(ONE)));
	assert_null(s.list.items[1].fact.statement);
	assert_err(s.list.items[1].fact.error, ERR_APPROVAL_REQUEST);
	assert_true(approval_concerns(&s.list.items[1], SPAN_TEXT(TWO)));
	assert_false(approval_concerns(&s.list.items[1], SPAN_TEXT(ONE)));
}

static void
detached_signatures_survive_whoever_commits_them(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "branch; put approvals/" ONE "/e.yaml " ONE
	    " approve; ssh-keygen -q -Y sign -f keys/eli -n approval@tagseal "
	    "$C/approvals/" ONE "/e.yaml; as cem add .; "
	    "as cem commit -q -m squashed");
	assert_int_equal(s.list.count, 1);
	assert_said(&s, 0, "eli", APPROVAL_DETACHED, ONE, WORD_APPROVE);
	assert_true(span_starts(s.list.items[0].signature,
	    "-----BEGIN SSH SIGNATURE-----"));
}

static void
two_people_may_sign_the_same_bytes(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "branch; for i in eli cem; do "
	    "put approvals/" ONE "/$i.yaml " ONE " approve; "
	    "ssh-keygen -q -Y sign -f keys/$i -n approval@tagseal "
	    "$C/approvals/" ONE "/$i.yaml; done; as cem add .; "
	    "as cem commit -q -m squashed");
	assert_int_equal(s.list.count, 2);
	assert_said(&s, 0, "cem", APPROVAL_DETACHED, ONE, WORD_APPROVE);
	assert_said(&s, 1, "eli", APPROVAL_DETACHED, ONE, WORD_APPROVE);
}

static void
a_signature_for_something_else_is_no_approval(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "branch; put approvals/" ONE "/e.yaml " ONE
	    " approve; ssh-keygen -q -Y sign -f keys/eli -n git "
	    "$C/approvals/" ONE "/e.yaml; put approvals/" ONE "/f.yaml " ONE
	    " approve; echo x > $C/approvals/" ONE "/f.yaml.sig; "
	    "as cem add .; as cem commit -q -m squashed");
	assert_int_equal(s.list.count, 1);
	assert_false(s.list.items[0].fact.signature.good);
}

/* The later of two has been seen before. */
static int64_t
earlier(void *arg, const struct object_id *id)
{
	return object_id_eq(arg, id) ? OFFICE_NOW - 5000 : 0;
}

static void
they_come_in_the_order_of_their_arrival(void **state)
{
	CLEANUP(scene_close) struct scene s;
	struct err e;

	scene_open(&s, state, "approve a cem " ONE " approve; "
	    "approve b dea " ONE " approve");
	struct object_id second = s.look.tags[1].id;
	s.look.first_seen = earlier;
	s.look.arg = &second;
	assert_ok(approvals_read(s.repository, &s.signers, &s.look, s.arena,
	    &s.list, &e), &e);
	assert_int_equal(s.list.count, 2);
	assert_int_equal(s.list.items[0].fact.seen, OFFICE_NOW - 5000);
	assert_true(object_id_eq(&s.list.items[0].object, &second));
	assert_ptr_equal(s.list.items[0].fact.statement,
	    &s.list.items[0].statement);
	assert_string_equal(approval_carrier_name(s.list.items[0].carrier),
	    "tag");
}

static int64_t
said_by_cem(void *arg, const uint8_t payload_sha256[32], struct span person)
{
	(void)payload_sha256;
	return arg != NULL && span_is(person, "cem") ? OFFICE_NOW - 7000 : 0;
}

/* Another spelling of its signature does not make a statement younger. */
static void
a_statement_is_as_old_as_its_words(void **state)
{
	CLEANUP(scene_close) struct scene s;
	struct err e;

	scene_open(&s, state, "approve a dea " ONE " approve; "
	    "approve b cem " ONE " approve");
	s.look.said_before = said_by_cem;
	s.look.arg = &s;
	assert_ok(approvals_read(s.repository, &s.signers, &s.look, s.arena,
	    &s.list, &e), &e);
	assert_int_equal(s.list.count, 2);
	assert_int_equal(s.list.items[0].fact.seen, OFFICE_NOW - 7000);
	assert_int_equal(s.list.items[1].fact.seen, OFFICE_NOW);
}

/* Names decide nothing: who takes back means all that is there. */
static void
a_withdrawal_comes_after_what_came_with_it(void **state)
{
	CLEANUP(scene_close) struct scene s;

	scene_open(&s, state, "approve a cem " ONE " withdraw; "
	    "approve b cem " ONE " approve");
	assert_said(&s, 0, "cem", APPROVAL_TAG, ONE, WORD_APPROVE);
	assert_said(&s, 1, "cem", APPROVAL_TAG, ONE, WORD_WITHDRAW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE_TEST(signed_tags_say_what_their_messages_end_with),
		OFFICE_TEST(tags_that_say_nothing_are_facts_with_a_reason),
		OFFICE_TEST(the_same_signed_bytes_count_once),
		OFFICE_TEST(a_broken_signature_takes_nobodys_place),
		OFFICE_TEST(only_what_is_wanted_is_looked_at),
		OFFICE_TEST(names_tell_what_cannot_be_read),
		OFFICE_TEST(signed_commits_that_only_add_files_count),
		OFFICE_TEST(other_commits_do_not_count),
		OFFICE_TEST(detached_signatures_survive_whoever_commits_them),
		OFFICE_TEST(two_people_may_sign_the_same_bytes),
		OFFICE_TEST(a_signature_for_something_else_is_no_approval),
		OFFICE_TEST(they_come_in_the_order_of_their_arrival),
		OFFICE_TEST(a_statement_is_as_old_as_its_words),
		OFFICE_TEST(a_withdrawal_comes_after_what_came_with_it),
	};

	return cmocka_run_group_tests_name("approvals", tests, NULL, NULL);
}

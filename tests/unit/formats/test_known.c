/* known: a digest is known of the file that it was made of, and of no other. */
#include <unistd.h>

#include "base/helper.h"
#include "formats/known.h"
#include "fixture.h"

static struct subject
subject_at(struct fixture *f, struct memory *m, int fd, uint64_t from,
    uint64_t len)
{
	struct subject s = { .arena = f->arena, .memory = m };

	assert_ok(rope_file(f->arena, fd, from, len, &s.file, &f->err),
	    &f->err);
	return s;
}

static void
each_name_and_kind_is_known_by_itself(void **state)
{
	FIXTURE(f);
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("0123456789"));
	struct memory m = { 0 };
	struct subject s = subject_at(&f, &m, fd, 0, 10);
	struct digest one = digest_of(DIGEST_SHA256, SPAN_TEXT("1")), got;
	char name[] = "one";

	assert_false(known_find(&s, SPAN_TEXT("one"), DIGEST_SHA256, &got));
	assert_ok(known_put(&s, SPAN_TEXT(name), &one, &f.err), &f.err);
	name[0] = 'x';
	assert_true(known_find(&s, SPAN_TEXT("one"), DIGEST_SHA256, &got));
	assert_true(digest_eq(&got, &one));
	assert_false(known_find(&s, SPAN_TEXT("one"), DIGEST_SHA384, &got));
	assert_false(known_find(&s, SPAN_TEXT("on"), DIGEST_SHA256, &got));
	assert_false(known_find(&s, SPAN_TEXT("xne"), DIGEST_SHA256, &got));
}

static void
another_file_is_not_known(void **state)
{
	FIXTURE(f);
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("0000000000"));
	CLEANUP(fd_done) int copy = scratch_file(SPAN_TEXT("0000000000"));
	struct memory m = { 0 }, other = { 0 };
	struct subject s = subject_at(&f, &m, fd, 0, 9);
	const struct subject others[] = { subject_at(&f, &m, fd, 1, 9),
		subject_at(&f, &m, fd, 0, 8), subject_at(&f, &m, fd, 0, 10),
		subject_at(&f, &m, copy, 0, 9), subject_at(&f, &other, fd, 0,
		9), subject_at(&f, NULL, fd, 0, 9) };
	struct digest d = digest_of(DIGEST_SHA256, SPAN_TEXT("1")), got;

	assert_ok(known_put(&s, SPAN_TEXT("a"), &d, &f.err), &f.err);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(known_find(&others[i], SPAN_TEXT("a"),
		    DIGEST_SHA256, &got));
	s = subject_at(&f, &m, fd, 0, 9);
	assert_true(known_find(&s, SPAN_TEXT("a"), DIGEST_SHA256, &got));
}

static void
what_is_known_passes_within_one_memory(void **state)
{
	FIXTURE(f);
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("0000000000"));
	struct memory m = { 0 }, other = { 0 };
	struct subject from = subject_at(&f, &m, fd, 0, 9);
	struct subject to = subject_at(&f, &m, fd, 1, 9);
	struct subject third = subject_at(&f, &m, fd, 2, 3);
	struct subject far = subject_at(&f, &other, fd, 1, 9);
	struct subject nowhere = subject_at(&f, NULL, fd, 1, 9);
	struct digest d = digest_of(DIGEST_SHA256, SPAN_TEXT("1")), got;
	struct digest own = digest_of(DIGEST_SHA256, SPAN_TEXT("2"));

	assert_ok(known_put(&from, SPAN_TEXT("a"), &d, &f.err) &&
	    known_put(&from, SPAN_TEXT("b"), &d, &f.err) &&
	    known_put(&to, SPAN_TEXT("b"), &own, &f.err) &&
	    known_put(&third, SPAN_TEXT("c"), &own, &f.err), &f.err);
	assert_ok(known_pass(&from, &far, &f.err) &&
	    known_pass(&nowhere, &nowhere, &f.err), &f.err);
	assert_false(known_find(&far, SPAN_TEXT("a"), DIGEST_SHA256, &got));
	assert_ok(known_pass(&from, &to, &f.err), &f.err);
	assert_true(known_find(&to, SPAN_TEXT("a"), DIGEST_SHA256, &got));
	assert_true(digest_eq(&got, &d));
	assert_true(known_find(&to, SPAN_TEXT("b"), DIGEST_SHA256, &got));
	assert_true(digest_eq(&got, &own));
	assert_false(known_find(&to, SPAN_TEXT("c"), DIGEST_SHA256, &got));
}

static struct hasher *
begun(struct span text)
{
	struct hasher *h = hasher_new(DIGEST_SHA256);

	hasher_put(h, text);
	return h;
}

/* Whether it is made meanwhile or not at all, none is wrong. */
static void
what_is_begun_is_known_when_it_is_asked_for(void **state)
{
	FIXTURE(f);
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("0123456789"));
	struct memory m = { 0 };
	struct subject s = subject_at(&f, &m, fd, 0, 10);
	struct subject to = subject_at(&f, &m, fd, 1, 9);
	struct digest want = digest_of(DIGEST_SHA256, SPAN_TEXT("head2345"));
	struct digest got;

	assert_ok(known_begin(&s, SPAN_TEXT("a"), begun(SPAN_TEXT("head")),
	    &s.file, 2, 6, &f.err), &f.err);
	assert_false(known_find(&s, SPAN_TEXT("a"), DIGEST_SHA256, &got));
	helper_start();
	assert_ok(known_begin(&s, SPAN_TEXT("a"), begun(SPAN_TEXT("head")),
	    &s.file, 2, 6, &f.err), &f.err);
	assert_false(known_find(&s, SPAN_TEXT("a"), DIGEST_SHA384, &got));
	assert_false(known_find(&s, SPAN_TEXT("b"), DIGEST_SHA256, &got));
	assert_ok(known_pass(&s, &to, &f.err), &f.err);
	assert_false(known_find(&to, SPAN_TEXT("a"), DIGEST_SHA256, &got));
	for (int i = 0; i < 2; i++) {
		assert_true(known_find(&s, SPAN_TEXT("a"), DIGEST_SHA256,
		    &got));
		assert_true(digest_eq(&got, &want));
	}
}

static void
what_could_not_be_read_is_not_known(void **state)
{
	FIXTURE(f);
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT("0123456789"));
	struct memory m = { 0 };
	struct subject s = subject_at(&f, &m, fd, 0, 20);
	struct digest got;

	helper_start();
	assert_ok(known_begin(&s, SPAN_TEXT("a"), begun(SPAN_TEXT("")),
	    &s.file, 0, 20, &f.err), &f.err);
	assert_false(known_find(&s, SPAN_TEXT("a"), DIGEST_SHA256, &got));
	assert_false(known_find(&s, SPAN_TEXT("a"), DIGEST_SHA256, &got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_name_and_kind_is_known_by_itself),
		TEST(another_file_is_not_known),
		TEST(what_is_known_passes_within_one_memory),
		TEST(what_is_begun_is_known_when_it_is_asked_for),
		TEST(what_could_not_be_read_is_not_known),
	};

	return cmocka_run_group_tests_name("known", tests, NULL, NULL);
}

/*
 * state: what the signer counted survives a restart and half a write; a file
 * that is broken altogether is refused, never taken as new.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signer/state.h"
#include "sys/file.h"
#include "test.h"

#define SLOT	2048	/* bytes; the file has two */

static struct state
opened(int fd)
{
	return (struct state){ .fd = fd };
}

/* A file in which 1, 2, … count signatures were saved one after another. */
static int
saved(uint64_t count)
{
	int fd = scratch_file(SPAN_TEXT(""));
	struct state s = opened(fd);
	struct err e;

	assert_ok(state_load(&s, &e), &e);
	for (uint64_t i = 1; i <= count; i++) {
		s.counts.signatures = i;
		assert_ok(state_save(&s, &e), &e);
	}
	return fd;
}

static void
flip(int fd, off_t at)
{
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void
an_empty_file_changes_nothing(void **state)
{
	CLEANUP(fd_done) int fd = scratch_file(SPAN_TEXT(""));
	struct state s = opened(fd);
	struct err e;

	(void)state;
	s.counts.signatures = 7;
	assert_ok(state_load(&s, &e), &e);
	assert_int_equal(s.counts.signatures, 7);
	assert_int_equal(s.sequence, 0);
}

static void
what_was_saved_last_comes_back(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 5; n++) {
		CLEANUP(fd_done) int fd = saved(n);
		struct state s = opened(fd);
		struct err e;

		assert_ok(state_load(&s, &e), &e);
		assert_int_equal(s.counts.signatures, n);
		assert_int_equal(s.sequence, n);
	}
}

static void
half_a_write_leaves_the_one_before(void **state)
{
	(void)state;
	for (off_t at = 0; at < 64; at++) {
		CLEANUP(fd_done) int fd = saved(4);
		struct state s = opened(fd);
		struct err e;

		flip(fd, at);	/* 4 is even: the first slot */
		assert_ok(state_load(&s, &e), &e);
		assert_int_equal(s.counts.signatures, 3);
	}
}

static void
a_slot_in_the_wrong_place_does_not_count(void **state)
{
	CLEANUP(fd_done) int fd = saved(2);
	uint8_t slot[SLOT];
	struct state s = opened(fd);
	struct err e;

	(void)state;
	assert_int_equal(pread(fd, slot, SLOT, 0), SLOT);
	assert_int_equal(pwrite(fd, slot, SLOT, SLOT), SLOT);
	assert_ok(state_load(&s, &e), &e);
	assert_int_equal(s.sequence, 2);
	flip(fd, 0);
	s = opened(fd);
	assert_false(state_load(&s, &e));
	assert_err(&e, ERR_SIGNER_STATE);
}

static void
two_broken_halves_are_refused(void **state)
{
	CLEANUP(fd_done) int fd = saved(3);
	struct state s = opened(fd);
	struct err e;

	(void)state;
	flip(fd, 20);
	flip(fd, SLOT + 20);
	assert_false(state_load(&s, &e));
	assert_err(&e, ERR_SIGNER_STATE);
	assert_string_equal(e.text,
	    "neither half of the signer's state file is whole");
}

static void
another_size_is_refused(void **state)
{
	static const off_t sizes[] = { 1, SLOT, 2 * SLOT - 1, 2 * SLOT + 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		CLEANUP(fd_done) int fd = saved(2);
		struct state s = opened(fd);
		struct err e;

		assert_int_equal(ftruncate(fd, sizes[i]), 0);
		assert_false(state_load(&s, &e));
		assert_err(&e, ERR_SIGNER_STATE);
	}
}

/* ---- the file itself ---- */

struct place {
	char	folder[TEST_FOLDER];
	char	path[80];
};

static int
place_make(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	test_folder(p->folder, "state");
	snprintf(p->path, sizeof(p->path), "%s/signer", p->folder);
	*state = p;
	return 0;
}

static int
place_remove(void **state)
{
	struct place *p = *state;

	remove(p->path);
	rmdir(p->folder);
	free(p);
	return 0;
}

static void
a_new_file_is_private_and_opened_again_as_it_is(void **state)
{
	struct place *p = *state;

	for (uint64_t i = 0; i < 3; i++) {
		CLEANUP(fd_done) int fd = -1;
		struct stat st;
		struct err e;

		assert_ok(state_open(p->path, &fd, &e), &e);
		struct state s = opened(fd);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_ok(state_load(&s, &e), &e);
		assert_int_equal(s.counts.signatures, i);
		s.counts.signatures++;
		assert_ok(state_save(&s, &e), &e);
	}
}

static void
refuses(const struct place *p, enum err_code code)
{
	struct err e;
	int fd = -1;

	assert_false(state_open(p->path, &fd, &e));
	assert_err(&e, code);
	assert_int_equal(fd, -1);
}

static void
only_a_regular_file_will_do(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkdir(p->path, 0700), 0);
	refuses(p, ERR_FILE_KIND);
	assert_int_equal(rmdir(p->path), 0);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	refuses(p, ERR_FILE_KIND);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(symlink("elsewhere", p->path), 0);
	refuses(p, ERR_FILE_KIND);
	assert_int_equal(unlink(p->path), 0);
	snprintf(p->path, sizeof(p->path), "%s/signer/below", p->folder);
	refuses(p, ERR_SYSTEM_WRITE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_file_changes_nothing),
		TEST(what_was_saved_last_comes_back),
		TEST(half_a_write_leaves_the_one_before),
		TEST(a_slot_in_the_wrong_place_does_not_count),
		TEST(two_broken_halves_are_refused),
		TEST(another_size_is_refused),
#define PLACE(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
		PLACE(a_new_file_is_private_and_opened_again_as_it_is),
		PLACE(only_a_regular_file_will_do),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}

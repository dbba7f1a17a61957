/* ahead: what is copied in the background is there when we are told so. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/rope.h"
#include "sys/ahead.h"
#include "test.h"

#define LARGE	(20 * MIB + 7)

static struct span
some_bytes(size_t len)
{
	uint8_t *p = malloc(len);

	assert_non_null(p);
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 31 + i / 4096);
	return (struct span){ p, len };
}

static void
expect_file(int fd, struct span want)
{
	struct extent x = { .fd = fd, .len = want.len },
	    y = { .fd = -1, .ptr = want.ptr, .len = want.len };
	struct rope a = { &x, 1, want.len }, b = { &y, 1, want.len };
	struct err e;
	bool same = false;

	assert_int_equal(lseek(fd, 0, SEEK_END), want.len);
	assert_ok(rope_same(&a, &b, &same, &e), &e);
	assert_true(same);
}

static void
the_copy_is_whole_when_we_are_told_so(void **state)
{
	static const size_t lens[] = { 0, 1, 4096, 8 * MIB, LARGE };

	(void)state;
	for (size_t i = 0; i < COUNT(lens); i++) {
		struct span bytes = some_bytes(lens[i] + 1);
		int from = scratch_file(bytes), to = scratch_file(
		    SPAN_TEXT(""));
		struct ahead *a;
		struct err e;

		assert_ok(ahead_start(from, lens[i], to, &a, &e), &e);
		assert_ok(ahead_copied(a, &e), &e);
		assert_int_equal(lseek(from, 0, SEEK_CUR), lens[i] + 1);
		assert_int_equal(lseek(to, 0, SEEK_CUR), 0);
		ahead_end(a);
		expect_file(to, (struct span){ bytes.ptr, lens[i] });
		close(from);
		close(to);
		free((void *)(uintptr_t)bytes.ptr);
	}
}

/* What another writes behind the copy stays, whether it was seen or not. */
static void
what_others_write_is_left_alone(void **state)
{
	struct span bytes = some_bytes(LARGE);
	int to = scratch_file(SPAN_TEXT(""));
	struct ahead *a;
	struct err e;

	(void)state;
	assert_ok(ahead_start(-1, 0, to, &a, &e), &e);
	assert_ok(ahead_copied(a, &e), &e);
	for (size_t at = 0; at < bytes.len; ) {
		struct span part = span_from(bytes, at);
		size_t n = part.len < MIB ? part.len : MIB;

		assert_int_equal(write(to, part.ptr, n), n);
		at += n;
		if (at == 10 * MIB)
			usleep(20000);
	}
	ahead_end(a);
	expect_file(to, bytes);
	close(to);
	free((void *)(uintptr_t)bytes.ptr);
}

static void
it_can_be_stopped_at_any_time(void **state)
{
	struct span bytes = some_bytes(LARGE);
	int from = scratch_file(bytes);
	struct err e;

	(void)state;
	for (useconds_t wait = 0; wait < 5000; wait += 500) {
		int to = scratch_file(SPAN_TEXT(""));
		struct ahead *a;

		assert_ok(ahead_start(from, bytes.len, to, &a, &e), &e);
		usleep(wait);
		ahead_end(a);
		close(to);
	}
	ahead_end(NULL);
	close(from);
	free((void *)(uintptr_t)bytes.ptr);
}

static void
a_copy_that_fails_says_so(void **state)
{
	int from = scratch_file(SPAN_TEXT("abc"));
	int to = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct ahead *a;
	struct err e;

	(void)state;
	assert_int_equal(fcntl(to, F_ADD_SEALS, F_SEAL_WRITE), 0);
	if (ahead_start(from, 3, to, &a, &e)) {
		assert_false(ahead_copied(a, &e));
		ahead_end(a);
	}
	assert_err(&e, ERR_SYSTEM_WRITE);
	close(to);
	to = scratch_file(SPAN_TEXT(""));
	/* More than there is. */
	assert_ok(ahead_start(from, 4, to, &a, &e), &e);
	assert_false(ahead_copied(a, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
	ahead_end(a);
	close(to);
	close(from);
	assert_false(ahead_start(-1, 0, -1, &a, &e));
	assert_err(&e, ERR_SYSTEM_WRITE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_copy_is_whole_when_we_are_told_so),
		cmocka_unit_test(what_others_write_is_left_alone),
		cmocka_unit_test(it_can_be_stopped_at_any_time),
		cmocka_unit_test(a_copy_that_fails_says_so),
	};

	return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}

/* test - what every unit test uses: cmocka, and asserts of our own kinds. */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/err.h"

/* The error has this code. */
#define assert_err(e, want)						\
	assert_string_equal((e)->what == NULL ? "none" : (e)->what->code,\
	    err_rows[want].code)

/* The call worked; prints the error if it did not. */
#define assert_ok(call, e)						\
	do {								\
		if (!(call)) {						\
			print_error("%s\n", (e)->text);			\
			fail();						\
		}							\
	} while (0)

#define assert_span_equal(a, b)						\
	do {								\
		struct span a_ = (a), b_ = (b);				\
		assert_int_equal(a_.len, b_.len);			\
		if (a_.len > 0)						\
			assert_memory_equal(a_.ptr, b_.ptr, a_.len);	\
	} while (0)

#define TEST(function)	cmocka_unit_test(function)

/* exact copies bytes to the heap, so that ASan sees the byte behind them. */
uint8_t		*exact(struct span);

/* unhex_text turns hex with spaces into bytes on the heap. */
struct buf	 unhex_text(const char *);

/* scratch_file makes an unlinked temporary file with these bytes. */
int		 scratch_file(struct span);

/* test_folder makes /tmp/tagseal-NAME-..., empty, and gives its path. */
#define TEST_FOLDER	64
void		 test_folder(char path[TEST_FOLDER], const char *name);

/* A file in the current folder, written or read as a whole. */
void		 file_put(const char *path, struct span);
struct buf	 file_get(const char *path);

/* tool_run lets the shell run a command, which must succeed. */
void		 tool_run(const char *command);

#endif

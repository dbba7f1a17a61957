/* test - see test.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "test.h"

uint8_t *
exact(struct span s)
{
	uint8_t *p = xmalloc(s.len);

	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	return p;
}

struct buf
unhex_text(const char *hex)
{
	CLEANUP(buf_done) struct buf digits = { 0 };
	struct buf out = { 0 };

	for (; *hex != '\0'; hex++)
		if (*hex != ' ' && *hex != '\n')
			buf_u8(&digits, (uint8_t)*hex);
	buf_reserve(&out, digits.len / 2 + 1);
	if (!text_unhex(buf_span(&digits), out.ptr, digits.len / 2))
		fail_msg("not hex");
	out.len = digits.len / 2;
	return out;
}

int
scratch_file(struct span s)
{
	char name[] = "/tmp/tagseal-test-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(write(fd, s.ptr, s.len), (ssize_t)s.len);
	return fd;
}

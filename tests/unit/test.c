/* test - see test.h. */
#include <stdio.h>
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

void
test_folder(char path[TEST_FOLDER], const char *name)
{
	snprintf(path, TEST_FOLDER, "/tmp/tagseal-%s-XXXXXX", name);
	assert_non_null(mkdtemp(path));
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

void
file_put(const char *path, struct span s)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(s.ptr, 1, s.len, f), s.len);
	assert_int_equal(fclose(f), 0);
}

struct buf
file_get(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf b = { 0 };
	int c;

	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		buf_u8(&b, (uint8_t)c);
	fclose(f);
	return b;
}

void
tool_run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

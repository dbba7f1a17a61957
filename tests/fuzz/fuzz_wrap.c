/*
 * wrap: files packed as a whole. What unpacks can be packed again, unpacks to
 * the same, and its header says the same.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "containers/wrap.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct container_limits limits = { 1000, 4 * MIB, 200 };

static void
check(bool good)
{
	if (!good)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)64 << 20);
	CLEANUP(fd_done) int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC,
	    0600);
	struct spool spool = { .fd = fd, .limit = 32 * MIB };
	struct rope file, contents, packed, again;
	struct wrap w, x;
	uint8_t peeked[512];
	struct err e = { 0 };
	bool same;

	(void)wrap_peek((struct span){ bytes, len }, peeked, sizeof(peeked));
	if (!rope_bytes(a, (struct span){ bytes, len }, &file, &e) ||
	    !wrap_open(&file, &limits, a, &spool, &w, &contents, &e))
		return 0;
	check(wrap_close(&w, &contents, a, &spool, &packed, &e));
	check(wrap_open(&packed, &limits, a, &spool, &x, &again, &e) ||
	    err_is(&e, ERR_LIMIT_RATIO));
	if (err_is(&e, ERR_LIMIT_RATIO))
		return 0;
	check(rope_same(&contents, &again, &same, &e) && same);
	check(wrap_kept(&w, &x, &e));
	return 0;
}

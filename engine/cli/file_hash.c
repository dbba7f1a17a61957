/* file_hash - see file_hash.h. */
#include <errno.h>
#include <unistd.h>

#include "cli/file_hash.h"
#include "sys/file.h"

bool
file_hash(const char *path, struct digest *out, uint64_t *size, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *h = hasher_new(DIGEST_SHA256);
	CLEANUP(fd_done) int fd = -1;
	uint8_t block[65536];
	ssize_t n;

	if (!file_open(path, &fd, size, e))
		return false;
	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_SYSTEM_READ, "%s", path);
		hasher_put(h, (struct span){ block, (size_t)n });
	}
	*out = hasher_end(h);
	return true;
}

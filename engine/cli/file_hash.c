/* file_hash - see file_hash.h. */
#include <errno.h>
#include <unistd.h>

#include "cli/file_hash.h"
#include "sys/file.h"

static bool
hash_all(int fd, const char *path, struct hasher *const *hashers,
    size_t count, struct err *e)
{
	uint8_t block[65536];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_SYSTEM_READ, "%s", path);
		for (size_t i = 0; i < count; i++)
			hasher_put(hashers[i],
			    (struct span){ block, (size_t)n });
	}
	return true;
}

bool
file_hashes(const char *path, const enum digest_kind *kinds,
    struct digest *out, size_t count, uint64_t *size, struct err *e)
{
	struct hasher *hashers[DIGEST_KINDS] = { NULL };
	CLEANUP(fd_done) int fd = -1;

	if (!file_open(path, &fd, size, e))
		return false;
	for (size_t i = 0; i < count; i++)
		hashers[i] = hasher_new(kinds[i]);
	bool ok = hash_all(fd, path, hashers, count, e);
	for (size_t i = 0; i < count; i++) {
		if (ok)
			out[i] = hasher_end(hashers[i]);
		hasher_free(hashers[i]);
	}
	return ok;
}

bool
file_hash(const char *path, struct digest *out, uint64_t *size, struct err *e)
{
	static const enum digest_kind kind = DIGEST_SHA256;

	return file_hashes(path, &kind, out, 1, size, e);
}

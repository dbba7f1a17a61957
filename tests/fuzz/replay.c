/*
 * replay - runs a fuzz target over every file of a folder, and over prefixes
 * of each, so that what a fuzzer found once is a test for ever.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIXES	256	/* at most, evenly spread */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
run(const uint8_t *bytes, size_t len)
{
	/* A copy of the exact size, so that ASan sees the byte behind. */
	uint8_t *exact = malloc(len > 0 ? len : 1);

	if (exact == NULL)
		abort();
	if (len > 0)
		memcpy(exact, bytes, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static void
replay(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		abort();
	size_t len = (size_t)st.st_size;
	uint8_t *bytes = malloc(len + 1);
	if (bytes == NULL || read(fd, bytes, len) != (ssize_t)len)
		abort();
	close(fd);
	size_t step = len / PREFIXES + 1;
	for (size_t n = 0; n < len; n += step)
		run(bytes, n);
	run(bytes, len);
	free(bytes);
}

int
main(int argc, char **argv)
{
	size_t files = 0;
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;

	if (dir == NULL) {
		fprintf(stderr, "replay: no folder of seeds\n");
		return 2;
	}
	for (struct dirent *d; (d = readdir(dir)) != NULL; )
		if (d->d_name[0] != '.') {
			replay(dirfd(dir), d->d_name);
			files++;
		}
	closedir(dir);
	printf("%zu seeds\n", files);
	return files == 0;
}

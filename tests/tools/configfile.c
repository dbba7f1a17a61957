/*
 * configfile - the config readers for shell tests.
 *
 *	configfile schema KIND		its JSON Schema
 *	configfile reference		the reference page
 *	configfile kinds		all names of kinds
 *	configfile check KIND FILE	"CODE LINE" of each error; exit 1 if any
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

static bool
kind_find(const char *name, enum config_kind *out)
{
	for (unsigned i = 0; i < CONFIG_KINDS; i++) {
		*out = (enum config_kind)i;
		if (strcmp(config_kind_name(*out), name) == 0)
			return true;
	}
	return false;
}

static bool
read_whole(const char *path, struct buf *out)
{
	CLEANUP(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	buf_reserve(out, (size_t)st.st_size);
	ssize_t n = read(fd, out->ptr, (size_t)st.st_size);
	out->len = n > 0 ? (size_t)n : 0;
	return n == st.st_size;
}

static int
check(enum config_kind kind, const char *path)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };

	if (!read_whole(path, &b))
		return 2;
	struct config_file file = { path, buf_span(&b) };
	bool good = config_check_file(kind, &file, &errors);
	for (size_t i = 0; i < errors.count; i++) {
		printf("%s %u\n", errors.items[i].e.what->code,
		    errors.items[i].at.line);
		fprintf(stderr, "%s\n", errors.items[i].e.text);
	}
	return good ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	enum config_kind kind;

	if (strcmp(verb, "kinds") == 0) {
		for (unsigned i = 0; i < CONFIG_KINDS; i++)
			puts(config_kind_name((enum config_kind)i));
		return 0;
	}
	if (strcmp(verb, "reference") == 0) {
		config_print_reference(stdout);
		return 0;
	}
	if (argc > 2 && strcmp(verb, "schema") == 0 &&
	    kind_find(argv[2], &kind)) {
		config_print_schema(kind, stdout);
		return 0;
	}
	if (argc > 3 && strcmp(verb, "check") == 0 &&
	    kind_find(argv[2], &kind))
		return check(kind, argv[3]);
	return 2;
}

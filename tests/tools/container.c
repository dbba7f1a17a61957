/*
 * container - reads and rebuilds an archive through the verbs of its container,
 * so that independent tools can judge what is written. A test program.
 *
 *	container list FILE		"/" marks folders, "@" what is opaque
 *	container cat FILE INDEX	contents of one entry to stdout
 *	container test FILE		unpacks every entry
 *	container rebuild IN OUT [INDEX=FILE | +NAME=FILE]...
 *	container kept BEFORE AFTER [INDEX]...
 *
 * Which container it is, the first bytes say, or else the name. Notes go to
 * stderr.
 * Exit codes: 0 yes, 2 refused with a code on stderr.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/containers.h"

#define MAX_CHANGES	64
#define HEAD		4096	/* bytes that a probe sees */

struct run {
	struct arena	*arena;
	struct spool	 spool;
	struct err	 err;
};

static const struct container_limits limits = { LIMIT_ENTRIES,
    16 * GIB, LIMIT_EXPANSION_RATIO };

static bool
open_rope(struct run *r, const char *path, struct rope *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(&r->err, ERR_SYSTEM_READ, "%s", path);
	return rope_file(r->arena, fd, 0, (uint64_t)st.st_size, out, &r->err);
}

static bool
find(struct run *r, const char *path, const struct rope *file,
    const struct container **out)
{
	struct span head;
	int best = 0;

	if (!rope_view(r->arena, file, 0, file->len < HEAD ? file->len : HEAD,
	    &head, &r->err))
		return false;
	for (size_t i = 0; all_containers[i] != NULL; i++) {
		int bid = all_containers[i]->probe(head);

		if (bid > best) {
			best = bid;
			*out = all_containers[i];
		}
	}
	if (best == 0 && strrchr(path, '.') != NULL)
		*out = container_find(strrchr(path, '.') + 1);
	return best > 0 || *out != NULL || err_set(&r->err, ERR_FORMAT_NOT_SIGNABLE,
	    "%s is no container", path);
}

static bool
list(struct run *r, const char *path, struct listing *out)
{
	const struct container *c = NULL;
	struct rope file;

	return open_rope(r, path, &file) &&
	    find(r, path, &file, &c) &&
	    c->list(&file, &limits, r->arena, &r->spool, out, &r->err);
}

static bool
run_list(struct run *r, char **argv)
{
	struct listing l;

	if (!list(r, argv[0], &l))
		return false;
	for (size_t i = 0; i < l.count; i++)
		printf("%zu %llu %s%s\n", i,
		    (unsigned long long)l.entries[i].size,
		    text_show(l.entries[i].path).text,
		    l.entries[i].directory ? "/" :
		    l.entries[i].opaque ? "@" : "");
	for (size_t i = 0; i < l.note_count; i++)
		fprintf(stderr, "note: %s\n", text_show(l.notes[i]).text);
	return true;
}

static bool
run_cat(struct run *r, char **argv)
{
	struct listing l;
	struct rope contents;

	return list(r, argv[0], &l) &&
	    l.container->contents(&l, (size_t)atoi(argv[1]), r->arena,
	    &r->spool, &contents, &r->err) &&
	    rope_write(&contents, STDOUT_FILENO, &r->err);
}

static bool
run_test(struct run *r, char **argv)
{
	struct listing l;
	struct rope contents;

	if (!list(r, argv[0], &l))
		return false;
	for (size_t i = 0; i < l.count; i++)
		if (!l.entries[i].opaque && !l.container->contents(&l, i,
		    r->arena, &r->spool, &contents, &r->err))
			return false;
	printf("%zu entries good\n", l.count);
	return true;
}

static bool
change_parse(struct run *r, char *text, struct change *out)
{
	char *file = strrchr(text, '=');

	if (file == NULL)
		return err_set(&r->err, ERR_USAGE, "no '=' in %s", text);
	*file++ = '\0';
	*out = (struct change){ .index = SIZE_MAX };
	if (text[0] == '+')
		out->path = SPAN_TEXT(text + 1);
	else
		out->index = (size_t)atoi(text);
	return open_rope(r, file, &out->contents);
}

static bool
run_rebuild(struct run *r, char **argv)
{
	struct change changes[MAX_CHANGES];
	struct listing l;
	struct rope out;
	size_t count = 0;

	if (!list(r, argv[0], &l))
		return false;
	for (char **arg = argv + 2; *arg != NULL && count < MAX_CHANGES; arg++)
		if (!change_parse(r, *arg, &changes[count++]))
			return false;
	int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_errno(&r->err, ERR_SYSTEM_WRITE, "%s", argv[1]);
	return l.container->rebuild(&l, changes, count, r->arena, &r->spool,
	    &out, &r->err) && rope_write(&out, fd, &r->err);
}

static bool
run_kept(struct run *r, char **argv)
{
	size_t indices[MAX_CHANGES], count = 0;
	struct listing before, after;

	if (!list(r, argv[0], &before) || !list(r, argv[1], &after))
		return false;
	for (char **arg = argv + 2; *arg != NULL && count < MAX_CHANGES; arg++)
		indices[count++] = (size_t)atoi(*arg);
	return before.container->kept(&before, &after, indices, count,
	    &r->err);
}

static const struct {
	const char	*name;
	int		 least;		/* arguments */
	bool		(*run)(struct run *, char **argv);
} verbs[] = {
	{ "list", 1, run_list },
	{ "cat", 2, run_cat },
	{ "test", 1, run_test },
	{ "rebuild", 2, run_rebuild },
	{ "kept", 2, run_kept },
};

int
main(int argc, char **argv)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	struct run r = { .arena = a };
	int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	r.spool = (struct spool){ .fd = fd, .limit = 16 * GIB };
	for (size_t i = 0; argc > 1 && i < COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, argv[1]) != 0 ||
		    argc - 2 < verbs[i].least)
			continue;
		if (verbs[i].run(&r, argv + 2))
			return 0;
		err_print(stderr, &r.err, false);
		return 2;
	}
	fprintf(stderr, "usage: see tests/tools/container.c\n");
	return 2;
}

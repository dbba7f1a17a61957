/* outputs - see outputs.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/outputs.h"

/* One name that a file is read or written by. */
struct use {
	const char	*path;
	int		 number;	/* of the argument */
	bool		 written;
};

static const char *const ways[] = { "output", "output-folder", "in-place" };

static bool
which_way(const struct invocation *in, const char **way, struct err *e)
{
	size_t given = 0;

	for (size_t i = 0; i < COUNT(ways); i++)
		if (option_given(in, ways[i])) {
			*way = ways[i];
			given++;
		}
	if (given == 1 && (in->count == 1 || strcmp(*way, ways[0]) != 0))
		return true;
	if (given > 1)
		err_set(e, ERR_USAGE, "only one of --output, --output-folder "
		    "and --in-place can be given");
	else if (given == 1)
		err_set(e, ERR_USAGE, "--output is for one file, there are %d",
		    in->count);
	else
		err_set(e, ERR_USAGE, in->count == 1 ?
		    "--output, --output-folder or --in-place is missing" :
		    "--output-folder or --in-place is missing");
	return err_hint(e, "--output-folder DIR writes each file under its "
	    "own name, --in-place replaces the files, -o FILE is for one");
}

static bool
folder_check(const char *folder, struct err *e)
{
	struct shown shown = text_show(span_text(folder));
	struct stat st;

	if (stat(folder, &st) != 0)
		return err_errno(e, errno == EACCES ? ERR_FILE_ACCESS :
		    ERR_FILE_MISSING, "--output-folder: '%s'", shown.text);
	return S_ISDIR(st.st_mode) || err_set(e, ERR_FILE_KIND,
	    "--output-folder: '%s' is not a folder", shown.text);
}

static const char *
last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* Where one file's output goes; folder NULL: beside or instead of it. */
static bool
place(const char *file, const char *folder, const char *suffix,
    struct arena *a, const char **out, struct err *e)
{
	if (last_name(file)[0] == '\0')
		return err_set(e, ERR_FILE_KIND, "'%s' names a folder",
		    text_show(span_text(file)).text);
	*out = folder == NULL ? arena_printf(a, "%s%s", file, suffix) :
	    arena_printf(a, "%s/%s%s", folder, last_name(file), suffix);
	return *out != NULL || err_budget(e, a);
}

static int
use_order(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order != 0 ? order : (int)y->written - (int)x->written;
}

static bool
clash(const struct invocation *in, const struct use *x, const struct use *y,
    struct err *e)
{
	struct shown one = text_show(span_text(in->arguments[x->number]));
	struct shown other = text_show(span_text(in->arguments[y->number]));

	return err_set(e, ERR_USAGE, y->written ?
	    "'%s' and '%s' would both be written to '%s'" :
	    "the output of '%s' would take the place of '%s': '%s'",
	    one.text, other.text, text_show(span_text(x->path)).text);
}

/* No two outputs have one name, and none is another file that is read. */
static bool
all_apart(const struct invocation *in, const char *const *outputs,
    struct arena *a, struct err *e)
{
	size_t count = 2 * (size_t)in->count;
	struct use *all = ARENA_ARRAY(a, struct use, count);

	if (all == NULL)
		return err_budget(e, a);
	for (int i = 0; i < in->count; i++) {
		all[2 * i] = (struct use){ outputs[i], i, true };
		all[2 * i + 1] = (struct use){ in->arguments[i], i, false };
	}
	qsort(all, count, sizeof(*all), use_order);
	for (size_t i = 1; i < count; i++)
		if (all[i - 1].written &&
		    all[i - 1].number != all[i].number &&
		    strcmp(all[i - 1].path, all[i].path) == 0)
			return clash(in, &all[i - 1], &all[i], e);
	return true;
}

bool
outputs_plan(const struct invocation *in, const char *suffix,
    struct arena *a, const char *const **out, struct err *e)
{
	const char *folder = option_text(in, "output-folder"), *way;
	const char **list = ARENA_ARRAY(a, const char *, (size_t)in->count);

	if (list == NULL)
		return err_budget(e, a);
	if (!which_way(in, &way, e) ||
	    (folder != NULL && !folder_check(folder, e)))
		return false;
	for (int i = 0; i < in->count; i++)
		if (!place(in->arguments[i], folder, suffix, a, &list[i], e))
			return false;
	if (strcmp(way, ways[0]) == 0)
		list[0] = option_text(in, ways[0]);
	else if (!all_apart(in, list, a, e))
		return false;
	*out = list;
	return true;
}

/*
 * msi_paths - where the files of a database are installed: the layout of an
 * administrative installation (msiexec /a), which msiextract unpacks to too.
 *
 *	File.Component_ -> Component.Directory_ -> Directory.Directory_Parent
 *
 * Each folder adds the long name of its source: "short|long" of what follows
 * the ':' in DefaultDir, or of all of it. "." adds nothing, nor does the root,
 * the folder without a parent ("SourceDir"). So a file in the folder "App" of
 * ProgramFilesFolder, which WiX calls "PFiles", is "PFiles/App/app.exe";
 * nothing hangs on the computer that it is installed on.
 *
 * Components with different conditions may have a file of the same path. Each
 * of those is "<File>/KEY/app.exe" here, by its key in the table File. No file
 * of Windows can have a '<' in its name, so no other entry has such a path.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "containers/msi.h"
#include "containers/names.h"

#define DEPTH_MAX	128u		/* folders in folders */

/* What is known of a row of Directory. */
struct folder {
	bool		known;
	struct span	path;		/* with '/' behind it, or empty */
};

struct layout {
	const struct msi	*msi;
	struct msi_table	 component;
	size_t			 component_folder;
	uint32_t		*components;	/* row + 1 by key */
	struct msi_table	 directory;
	size_t			 key, parent, name;
	uint32_t		*directories;
	struct folder		*folders;	/* by row */
};

/* ---- names */

static struct span
behind(struct span s, uint8_t mark)
{
	struct span rest = s, part;

	return span_split(&rest, mark, &part) && part.len < s.len ? rest : s;
}

static bool
windows_forbids(uint8_t c)
{
	return c < 0x20 || c == 0x7f || strchr("\\/:*?\"<>|", c) != NULL;
}

bool
msi_part(const struct msi_database *d, struct span name, struct buf *out,
    struct err *e)
{
	size_t before = out->len;

	if (!msi_utf8(&d->strings, name, out, e))
		return false;
	struct span part = span_from(buf_span(out), before);
	if (!name_check(part, ERR_MSI_NAME, e))
		return false;
	for (size_t i = 0; i < part.len; i++)
		if (windows_forbids(part.ptr[i]))
			return err_set(e, ERR_MSI_NAME, "the name \"%s\" holds "
			    "a character that Windows forbids",
			    text_show(part).text);
	return true;
}

/* ---- folders */

/* The row of Directory that a cell names. */
static bool
folder_row(const struct layout *l, const struct msi_table *t, size_t from,
    size_t column, size_t *row, struct err *e)
{
	uint32_t key;

	if (!msi_key(&l->msi->database, t, from, column, &key, e))
		return false;
	if (l->directories[key] == 0)
		return err_set(e, ERR_MSI_TABLE, "a folder is named that the "
		    "table Directory does not have");
	*row = l->directories[key] - 1;
	return true;
}

/* The root has no parent, or itself. */
static bool
is_root(const struct layout *l, size_t row, bool *root, struct err *e)
{
	const struct msi_database *d = &l->msi->database;
	uint32_t key, parent;

	if (!msi_key(d, &l->directory, row, l->key, &key, e) ||
	    !msi_key(d, &l->directory, row, l->parent, &parent, e))
		return false;
	*root = parent == 0 || parent == key;
	return true;
}

/* The path of a folder whose parent is known. */
static bool
folder_join(struct layout *l, size_t row, struct span parent, struct err *e)
{
	const struct msi_database *d = &l->msi->database;
	CLEANUP(buf_done) struct buf path = { 0 };
	struct span name;

	if (!msi_string(d, &l->directory, row, l->name, &name, e))
		return false;
	name = behind(behind(name, ':'), '|');
	buf_put(&path, parent);
	if (!span_is(name, ".")) {
		if (!msi_part(d, name, &path, e))
			return false;
		buf_u8(&path, '/');
	}
	l->folders[row].known = true;
	return arena_copy(d->arena, buf_span(&path), &l->folders[row].path) ||
	    err_budget(e, d->arena);
}

/* Up to a folder that is known, then down again. */
static bool
folder_path(struct layout *l, size_t row, struct span *out, struct err *e)
{
	size_t rows[DEPTH_MAX], depth = 0;
	bool root;

	for (; !l->folders[row].known; depth++) {
		if (depth == DEPTH_MAX)
			return err_set(e, ERR_MSI_TABLE, "the folders of the "
			    "table Directory go round in a circle, or are "
			    "more than %u deep", DEPTH_MAX);
		if (!is_root(l, row, &root, e))
			return false;
		if (root) {
			l->folders[row].known = true;
			break;
		}
		rows[depth] = row;
		if (!folder_row(l, &l->directory, row, l->parent, &row, e))
			return false;
	}
	*out = l->folders[row].path;
	while (depth > 0) {
		row = rows[--depth];
		if (!folder_join(l, row, *out, e))
			return false;
		*out = l->folders[row].path;
	}
	return true;
}

/* ---- files */

static bool
layout_read(struct layout *l, struct err *e)
{
	const struct msi_database *d = &l->msi->database;
	size_t key;

	if (!msi_table_read(d, "Component", &l->component, e) ||
	    !msi_column(&l->component, "Component", MSI_TEXT, &key, e) ||
	    !msi_column(&l->component, "Directory_", MSI_TEXT,
	    &l->component_folder, e) ||
	    !msi_index(d, &l->component, key, &l->components, e) ||
	    !msi_table_read(d, "Directory", &l->directory, e) ||
	    !msi_column(&l->directory, "Directory", MSI_TEXT, &l->key, e) ||
	    !msi_column(&l->directory, "Directory_Parent", MSI_TEXT,
	    &l->parent, e) || !msi_column(&l->directory, "DefaultDir",
	    MSI_TEXT, &l->name, e) ||
	    !msi_index(d, &l->directory, l->key, &l->directories, e))
		return false;
	l->folders = ARENA_ARRAY(d->arena, struct folder,
	    l->directory.row_count);
	return l->folders != NULL || err_budget(e, d->arena);
}

static bool
file_name(const struct msi *m, size_t row, struct buf *out, struct err *e)
{
	struct span name;

	return msi_string(&m->database, &m->file, row, m->in.name, &name,
	    e) && msi_part(&m->database, behind(name, '|'), out, e);
}

static bool
file_path(struct layout *l, size_t row, struct span *out, struct err *e)
{
	const struct msi *m = l->msi;
	CLEANUP(buf_done) struct buf path = { 0 };
	struct span folder;
	uint32_t key;
	size_t at;

	if (!msi_key(&m->database, &m->file, row, m->in.component, &key, e))
		return false;
	if (l->components[key] == 0)
		return err_set(e, ERR_MSI_TABLE, "a file is of a component "
		    "that the table Component does not have");
	if (!folder_row(l, &l->component, l->components[key] - 1,
	    l->component_folder, &at, e) || !folder_path(l, at, &folder, e))
		return false;
	buf_put(&path, folder);
	return file_name(m, row, &path, e) && (arena_copy(m->database.arena,
	    buf_span(&path), out) || err_budget(e, m->database.arena));
}

/* ---- the same path twice */

struct sorted {
	struct span	folded;
	size_t		row;
};

static int
sorted_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	return span_cmp(x->folded, y->folded);
}

static bool
fold(struct arena *a, struct span s, struct span *out, struct err *e)
{
	uint8_t *to = arena_alloc(a, s.len);

	if (to == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s.len; i++)
		to[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ?
		    (uint8_t)(s.ptr[i] + ('a' - 'A')) : s.ptr[i];
	*out = (struct span){ to, s.len };
	return true;
}

static bool
path_by_key(const struct msi *m, size_t row, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	struct span key;

	buf_text(&path, MSI_TWICE "/");
	if (!msi_string(&m->database, &m->file, row, m->in.key, &key, e) ||
	    !msi_part(&m->database, key, &path, e))
		return false;
	buf_u8(&path, '/');
	return file_name(m, row, &path, e) && (arena_copy(m->database.arena,
	    buf_span(&path), out) || err_budget(e, m->database.arena));
}

static bool
tell_apart(const struct msi *m, struct span *paths, struct err *e)
{
	struct arena *a = m->database.arena;
	size_t count = m->file.row_count;
	struct sorted *v = ARENA_ARRAY(a, struct sorted, count);

	if (v == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		v[i].row = i;
		if (!fold(a, paths[i], &v[i].folded, e))
			return false;
	}
	if (count > 0)
		qsort(v, count, sizeof(*v), sorted_order);
	for (size_t i = 0; i < count; i++) {
		bool twice = (i > 0 && span_eq(v[i].folded,
		    v[i - 1].folded)) || (i + 1 < count &&
		    span_eq(v[i].folded, v[i + 1].folded));

		if (twice && !path_by_key(m, v[i].row, &paths[v[i].row], e))
			return false;
	}
	return true;
}

bool
msi_paths(const struct msi *m, struct span *paths, struct err *e)
{
	struct layout l = { .msi = m };

	if (m->file.row_count == 0)
		return true;
	if (!layout_read(&l, e))
		return false;
	for (size_t i = 0; i < m->file.row_count; i++)
		if (!file_path(&l, i, &paths[i], e))
			return false;
	return tell_apart(m, paths, e);
}

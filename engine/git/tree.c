/* tree - see tree.h. */
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/object.h"
#include "git/tree.h"
#include "git/tree_order.h"

/* The modes that git writes. Old trees also hold 100664, which we refuse. */
static const struct {
	const char	*octal;
	enum tree_mode	 mode;
} modes[] = {
	{ "40000",	TREE_FOLDER },
	{ "100644",	TREE_FILE },
	{ "100755",	TREE_EXECUTABLE },
	{ "120000",	TREE_LINK },
	{ "160000",	TREE_SUBMODULE },
};

static bool
mode_find(struct span octal, uint32_t *out)
{
	for (size_t i = 0; i < COUNT(modes); i++)
		if (span_is(octal, modes[i].octal)) {
			*out = modes[i].mode;
			return true;
		}
	return false;
}

/*
 * name_is_git: what some file system takes for ".git", git's own folder: case
 * does not count, nor do dots and spaces at the end; "git~1" is its short name.
 */
static bool
name_is_git(struct span name)
{
	while (name.len > 0 && (span_ends(name, ".") || span_ends(name, " ")))
		name.len--;
	return (name.len == 4 &&
	    strncasecmp((const char *)name.ptr, ".git", 4) == 0) ||
	    (name.len == 5 &&
	    strncasecmp((const char *)name.ptr, "git~1", 5) == 0);
}

bool
tree_name_legal(struct span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] < ' ' || name.ptr[i] == 0x7f ||
		    name.ptr[i] == '/')
			return false;
	return name.len > 0 && !span_is(name, ".") && !span_is(name, "..") &&
	    !name_is_git(name);
}

bool
tree_path_legal(struct span path)
{
	struct span rest = path, name;
	size_t depth = 0;

	while (span_split(&rest, '/', &name))
		if (!tree_name_legal(name) || ++depth > LIMIT_TREE_DEPTH)
			return false;
	return path.len > 0 && !span_ends(path, "/");
}

/* A folder sorts as if its name ended with a slash. */
int
tree_entry_cmp(const struct tree_entry *a, const struct tree_entry *b)
{
	size_t n = a->name.len < b->name.len ? a->name.len : b->name.len;
	struct span x = { a->name.ptr, n }, y = { b->name.ptr, n };
	int order = span_cmp(x, y);

	if (order != 0)
		return order;
	int left = a->name.len > n ? a->name.ptr[n] :
	    a->mode == TREE_FOLDER ? '/' : 0;
	int right = b->name.len > n ? b->name.ptr[n] :
	    b->mode == TREE_FOLDER ? '/' : 0;
	return left - right;
}

/* upto takes the bytes before a mark, and the mark. */
static bool
upto(struct reader *r, uint8_t mark, struct span *out)
{
	struct span rest = span_from(r->in, r->at), part;

	if (!span_split(&rest, mark, &part) || part.len == rd_left(r))
		return false;
	*out = rd_take(r, part.len);
	rd_skip(r, 1);
	return rd_ok(r);
}

static bool
entry_take(struct reader *r, struct tree_entry *entry, struct err *e)
{
	size_t at = r->at;
	struct span mode;

	if (!upto(r, ' ', &mode) || !mode_find(mode, &entry->mode))
		return err_set(e, ERR_GIT_TREE_MALFORMED, "entry at byte %zu "
		    "of the tree has no mode that git writes", at);
	if (!upto(r, '\0', &entry->name) || !tree_name_legal(entry->name))
		return err_set(e, ERR_GIT_TREE_MALFORMED, "entry at byte %zu "
		    "of the tree has an illegal name: '%s'", at,
		    text_show(entry->name).text);
	struct span id = rd_take(r, OBJECT_ID_SIZE);
	if (!rd_ok(r))
		return err_set(e, ERR_GIT_TREE_MALFORMED,
		    "entry '%s' of the tree is cut short",
		    text_show(entry->name).text);
	memcpy(entry->id.bytes, id.ptr, OBJECT_ID_SIZE);
	return true;
}

/*
 * order_check: sorted, and no name twice. A file and a folder of one name need
 * not be neighbours ("a", "a.b", "a/"), so a folder is looked for among the
 * entries from where the file of its name would stand.
 */
static bool
order_check(const struct tree_entry *entries, size_t count, struct err *e)
{
	const struct tree_entry *last = &entries[count];

	if (count > 0 && tree_entry_cmp(last - 1, last) >= 0)
		return err_set(e, ERR_GIT_TREE_MALFORMED,
		    "tree is not sorted, or has a name twice, at '%s'",
		    text_show(last->name).text);
	if (last->mode != TREE_FOLDER)
		return true;
	for (size_t i = count; i > 0; i--) {
		if (span_eq(entries[i - 1].name, last->name))
			return err_set(e, ERR_GIT_TREE_MALFORMED,
			    "tree has '%s' as file and as folder",
			    text_show(last->name).text);
		if (span_cmp(entries[i - 1].name, last->name) < 0)
			break;
	}
	return true;
}

bool
tree_parse(struct span raw, struct arena *a, struct tree *out, struct err *e)
{
	struct reader r = rd_open(raw);
	struct tree_entry *entries = NULL;
	size_t count = 0;

	while (!rd_end(&r)) {
		if (count == LIMIT_TREE_ENTRIES)
			return err_set(e, ERR_GIT_TOO_MANY, "tree has more "
			    "than %d entries", LIMIT_TREE_ENTRIES);
		entries = arena_grow(a, entries, count, sizeof(*entries));
		if (entries == NULL)
			return err_budget(e, a);
		if (!entry_take(&r, &entries[count], e) ||
		    !order_check(entries, count, e))
			return false;
		count++;
	}
	*out = (struct tree){ entries, count };
	return true;
}

bool
tree_read(struct repository *r, const struct object_id *id, struct arena *a,
    struct tree *out, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct span copy;

	if (!object_read(r, id, OBJECT_TREE, LIMIT_TREE_SIZE, &raw, e))
		return false;
	if (!arena_copy(a, buf_span(&raw), &copy))
		return err_budget(e, a);
	return tree_parse(copy, a, out, e) ? true :
	    err_at(e, "tree %s", object_id_hex(id).text);
}

bool
commit_tree(struct repository *r, const struct object_id *commit,
    struct object_id *tree, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object c;

	if (!object_read(r, commit, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT, &raw,
	    e) || !commit_parse(buf_span(&raw), a, &c, e))
		return false;
	*tree = c.tree;
	return true;
}

const struct tree_entry *
tree_find(const struct tree *t, struct span name)
{
	for (size_t i = 0; i < t->count; i++)
		if (span_eq(t->entries[i].name, name))
			return &t->entries[i];
	return NULL;
}

static bool
path_missing(struct span path, struct err *e)
{
	return err_set(e, ERR_GIT_PATH_MISSING, "tree has no '%s'",
	    text_show(path).text);
}

bool
tree_lookup(struct repository *r, const struct object_id *tree,
    struct span path, struct tree_entry *out, struct err *e)
{
	struct tree_entry at = { .mode = TREE_FOLDER, .id = *tree };
	struct span rest = path, name;

	if (!tree_path_legal(path))
		return path_missing(path, e);
	while (span_split(&rest, '/', &name)) {
		CLEANUP(arena_done) struct arena *a =
		    arena_new(LIMIT_TREE_MEMORY);
		struct tree t;

		if (at.mode != TREE_FOLDER)
			return path_missing(path, e);
		if (!tree_read(r, &at.id, a, &t, e))
			return false;
		const struct tree_entry *found = tree_find(&t, name);
		if (found == NULL)
			return path_missing(path, e);
		at = *found;
		at.name = name;
	}
	*out = at;
	return true;
}

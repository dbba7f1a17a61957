/*
 * changes - which top-level keys of a file differ between two commits.
 */
#include "config/config.h"

/* Same values, written in whatever way: quotes matter, places do not. */
static bool
same_node(const struct yaml_node *a, const struct yaml_node *b)
{
	const struct yaml_node *x = a->first, *y = b->first;

	if (a->kind != b->kind || a->count != b->count ||
	    a->plain != b->plain || !span_eq(a->text, b->text))
		return false;
	for (; x != NULL; x = x->next, y = y->next)
		if ((x->key != NULL && !span_eq(x->key->text, y->key->text)) ||
		    !same_node(x, y))
			return false;
	return true;
}

static const struct yaml_node *
member_of(const struct yaml_node *map, struct span key)
{
	const struct yaml_node *m = map == NULL ? NULL : map->first;

	while (m != NULL && !span_eq(m->key->text, key))
		m = m->next;
	return m;
}

static bool
add_key(struct arena *arena, struct config_list *list, struct span key)
{
	struct span *grown = arena_grow(arena, list->items, list->count,
	    sizeof(key));

	if (grown == NULL)
		return false;
	grown[list->count++] = key;
	list->items = grown;
	return true;
}

/* Keys of map that the other one has not, or (with values) has otherwise. */
static bool
collect(const struct yaml_node *map, const struct yaml_node *other,
    bool values, struct arena *arena, struct config_list *list)
{
	const struct yaml_node *m = map == NULL ? NULL : map->first;

	for (; m != NULL; m = m->next) {
		const struct yaml_node *o = member_of(other, m->key->text);

		if (o != NULL && (!values || same_node(m, o)))
			continue;
		if (!add_key(arena, list, m->key->text))
			return false;
	}
	return true;
}

static bool
read_version(const char *path, struct span bytes, struct arena *arena,
    struct yaml_node **out, struct err *e)
{
	struct place where;

	*out = NULL;
	if (bytes.ptr == NULL)
		return true;
	if (!yaml_parse(path, bytes, arena, out, &where, e))
		return false;
	if ((*out)->kind != YAML_MAP)
		return err_set(e, ERR_CONFIG_TYPE, "%s: expected a map of "
		    "keys", path);
	return true;
}

bool
config_changed_keys(const char *path, struct span before, struct span after,
    struct arena *arena, struct text_list *out, struct err *e)
{
	struct config_list list = { NULL, 0 };
	struct yaml_node *old, *new;

	if (!read_version(path, before, arena, &old, e) ||
	    !read_version(path, after, arena, &new, e))
		return false;
	if (!collect(new, old, true, arena, &list) ||
	    !collect(old, new, false, arena, &list))
		return err_budget(e, arena);
	out->items = list.items;
	out->count = list.count;
	return true;
}

/*
 * yaml - see yaml.h. libyaml's events become a tree.
 *
 * libyaml takes duplicate keys silently and needs quadratic time for nested
 * flow sequences: depth is bounded while events are read, so that it never
 * gets to see the 33rd bracket, and duplicates are looked for here.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/limits.h"
#include "base/text.h"
#include "config/yaml.h"

struct parse {
	yaml_parser_t	 parser;
	const char	*file;
	struct arena	*arena;
	struct place	*where;
	struct err	*e;
};

/* An open list or map while its children are read. */
struct level {
	struct yaml_node	*node;
	struct yaml_node	**end;	/* where the next child goes */
	struct yaml_node	*key;	/* map: key that waits for its value */
};

static bool
placed(struct parse *p, struct place at)
{
	*p->where = at;
	return err_at(p->e, "%s:%u:%u", p->file, at.line, at.column);
}

static struct place
place_of(const struct parse *p, yaml_mark_t mark)
{
	return (struct place){ p->file, (unsigned)mark.line + 1,
	    (unsigned)mark.column + 1 };
}

static bool
refuse_budget(struct parse *p, struct place at)
{
	err_budget(p->e, p->arena);
	return placed(p, at);
}

static int
by_key(const void *a, const void *b)
{
	const struct yaml_node *const *x = a, *const *y = b;
	int order = span_cmp((*x)->key->text, (*y)->key->text);

	if (order != 0)
		return order;
	if ((*x)->key->at.line != (*y)->key->at.line)
		return (*x)->key->at.line < (*y)->key->at.line ? -1 : 1;
	return (*x)->key->at.column < (*y)->key->at.column ? -1 : 1;
}

static bool
refuse_twice(struct parse *p, const struct yaml_node *first,
    const struct yaml_node *second)
{
	err_set(p->e, ERR_CONFIG_KEY_TWICE,
	    "key \"%s\" stands here a second time (the first is in line %u)",
	    text_show(second->key->text).text, first->key->at.line);
	return placed(p, second->key->at);
}

/* Sorted, equal keys are neighbours: no square of a hostile file's members. */
static bool
keys_are_distinct(struct parse *p, const struct yaml_node *map)
{
	CLEANUP(free_done) struct yaml_node **members =
	    xcalloc(map->count, sizeof(*members));
	size_t n = 0;

	for (struct yaml_node *m = map->first; m != NULL; m = m->next)
		members[n++] = m;
	qsort(members, n, sizeof(*members), by_key);
	for (size_t i = 1; i < n; i++)
		if (span_eq(members[i - 1]->key->text, members[i]->key->text))
			return refuse_twice(p, members[i - 1], members[i]);
	return true;
}

/* Hangs a node below the open level: as a key, a value or an item. */
static bool
attach(struct parse *p, struct level *open, struct yaml_node *n)
{
	if (open->node->kind == YAML_MAP && open->key == NULL) {
		if (n->kind != YAML_SCALAR) {
			err_set(p->e, ERR_CONFIG_TYPE,
			    "a key must be text, not a list or a map");
			return placed(p, n->at);
		}
		open->key = n;
		return true;
	}
	n->key = TAKE(open->key);
	*open->end = n;
	open->end = &n->next;
	open->node->count++;
	return true;
}

/* Words of YAML that a config file has no use for. */
static bool
refuse_extras(struct parse *p, struct place at, const yaml_char_t *anchor,
    const yaml_char_t *tag)
{
	if (anchor != NULL)
		err_set(p->e, ERR_CONFIG_ALIAS, "anchor \"&%s\"",
		    text_show(SPAN_TEXT((const char *)anchor)).text);
	else if (tag != NULL)
		err_set(p->e, ERR_CONFIG_TAG, "tag \"%s\"",
		    text_show(SPAN_TEXT((const char *)tag)).text);
	else
		return true;
	return placed(p, at);
}

static struct yaml_node *
node_new(struct parse *p, enum yaml_kind kind, const yaml_event_t *event)
{
	struct yaml_node *n = ARENA_NEW(p->arena, struct yaml_node);

	if (n == NULL) {
		refuse_budget(p, place_of(p, event->start_mark));
		return NULL;
	}
	n->kind = kind;
	n->at = place_of(p, event->start_mark);
	return n;
}

static bool
scalar_node(struct parse *p, const yaml_event_t *event,
    struct yaml_node **out)
{
	struct span text = { event->data.scalar.value,
	    event->data.scalar.length };
	struct yaml_node *n = node_new(p, YAML_SCALAR, event);

	if (n == NULL || !refuse_extras(p, n->at, event->data.scalar.anchor,
	    event->data.scalar.tag))
		return false;
	if (!arena_copy(p->arena, text, &n->text))
		return refuse_budget(p, n->at);
	if (text.len > 0 && memchr(text.ptr, 0, text.len) != NULL) {
		err_set(p->e, ERR_CONFIG_ENCODING, "a NUL character in text");
		return placed(p, n->at);
	}
	n->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	*out = n;
	return true;
}

static bool
collection_node(struct parse *p, const yaml_event_t *event,
    struct yaml_node **out)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;
	struct yaml_node *n = node_new(p, map ? YAML_MAP : YAML_LIST, event);

	if (n == NULL)
		return false;
	*out = n;
	return refuse_extras(p, n->at, map ? event->data.mapping_start.anchor :
	    event->data.sequence_start.anchor, map ?
	    event->data.mapping_start.tag : event->data.sequence_start.tag);
}

/* The levels of nesting that are open, and what stands outermost. */
struct tree {
	struct level		levels[LIMIT_YAML_DEPTH + 1];
	size_t			depth;
	struct yaml_node	*root;
	size_t			documents;
};

static bool
tree_add(struct parse *p, struct tree *t, struct yaml_node *n)
{
	if (t->depth == 0)
		t->root = n;
	else if (!attach(p, &t->levels[t->depth - 1], n))
		return false;
	return true;
}

static bool
tree_open(struct parse *p, struct tree *t, struct yaml_node *n)
{
	if (t->depth == LIMIT_YAML_DEPTH) {
		err_set(p->e, ERR_CONFIG_DEPTH,
		    "nested deeper than %d levels", LIMIT_YAML_DEPTH);
		return placed(p, n->at);
	}
	if (!tree_add(p, t, n))
		return false;
	t->levels[t->depth++] = (struct level){ n, &n->first, NULL };
	return true;
}

static bool
tree_close(struct parse *p, struct tree *t)
{
	assert(t->depth > 0);
	const struct yaml_node *n = t->levels[--t->depth].node;

	return n->kind != YAML_MAP || keys_are_distinct(p, n);
}

static bool
document_start(struct parse *p, struct tree *t, const yaml_event_t *event)
{
	struct place at = place_of(p, event->start_mark);

	if (event->data.document_start.version_directive != NULL ||
	    event->data.document_start.tag_directives.start !=
	    event->data.document_start.tag_directives.end) {
		err_set(p->e, ERR_CONFIG_DIRECTIVE, "a %% directive");
		return placed(p, at);
	}
	if (t->documents++ > 0) {
		err_set(p->e, ERR_CONFIG_DOCUMENTS, "a second document");
		return placed(p, at);
	}
	return true;
}

static bool
refuse_alias(struct parse *p, const yaml_event_t *event)
{
	err_set(p->e, ERR_CONFIG_ALIAS, "alias \"*%s\"", text_show(SPAN_TEXT(
	    (const char *)event->data.alias.anchor)).text);
	return placed(p, place_of(p, event->start_mark));
}

static bool
take_event(struct parse *p, struct tree *t, const yaml_event_t *event)
{
	struct yaml_node *n = NULL;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return document_start(p, t, event);
	case YAML_ALIAS_EVENT:
		return refuse_alias(p, event);
	case YAML_SCALAR_EVENT:
		return scalar_node(p, event, &n) && tree_add(p, t, n);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return collection_node(p, event, &n) && tree_open(p, t, n);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return tree_close(p, t);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return true;
	}
	abort();
}

static bool
refuse_syntax(struct parse *p)
{
	const char *problem = p->parser.problem;

	err_set(p->e, ERR_CONFIG_YAML, "no YAML: %s",
	    problem != NULL ? problem : "the text cannot be read");
	return placed(p, place_of(p, p->parser.problem_mark));
}

static bool
read_events(struct parse *p, struct tree *t)
{
	yaml_event_type_t type = YAML_NO_EVENT;

	while (type != YAML_STREAM_END_EVENT) {
		yaml_event_t event;

		if (!yaml_parser_parse(&p->parser, &event))
			return refuse_syntax(p);
		type = event.type;
		bool good = take_event(p, t, &event);
		yaml_event_delete(&event);
		if (!good)
			return false;
	}
	return true;
}

/* libyaml would take UTF-16, and a byte order mark in the middle of a line. */
static bool
check_bytes(struct parse *p, struct span in)
{
	struct place at = { p->file, 1, 1 };

	if (in.len > LIMIT_YAML_SIZE) {
		err_set(p->e, ERR_CONFIG_SIZE, "%zu bytes, more than the "
		    "%llu of a config file", in.len,
		    (unsigned long long)LIMIT_YAML_SIZE);
		return placed(p, at);
	}
	for (struct span line; span_line(&in, &line); at.line++) {
		if (text_utf8(line) && span_find(line,
		    SPAN_TEXT("\xef\xbb\xbf")) == SIZE_MAX)
			continue;
		err_set(p->e, ERR_CONFIG_ENCODING, "this line is no UTF-8, "
		    "or has a byte order mark");
		return placed(p, at);
	}
	return true;
}

bool
yaml_parse(const char *file, struct span in, struct arena *arena,
    struct yaml_node **out, struct place *where, struct err *e)
{
	struct parse p = { .file = file, .arena = arena, .where = where,
	    .e = e };
	struct tree t = { .depth = 0 };

	if (!check_bytes(&p, in))
		return false;
	if (!yaml_parser_initialize(&p.parser))
		abort();
	yaml_parser_set_encoding(&p.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p.parser,
	    in.len > 0 ? in.ptr : (const uint8_t *)"", in.len);
	bool good = read_events(&p, &t);
	yaml_parser_delete(&p.parser);
	if (!good)
		return false;
	if (t.root == NULL) {
		err_set(e, ERR_CONFIG_TYPE, "the file is empty");
		return placed(&p, (struct place){ file, 1, 1 });
	}
	*out = t.root;
	return true;
}

const struct yaml_node *
yaml_member(const struct yaml_node *map, const char *key)
{
	for (const struct yaml_node *m = map->first; m != NULL; m = m->next)
		if (m->key != NULL && span_is(m->key->text, key))
			return m;
	return NULL;
}

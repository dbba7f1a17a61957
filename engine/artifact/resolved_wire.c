/*
 * resolved_wire - the resolved tree between two processes of ours.
 *
 *	u8 version, then the root node:
 *	  str path, u32 element (0xffffffff: none), str format, u64 size,
 *	  32 bytes SHA-256, u64 entry, u8 state, u32 n, n * directive,
 *	  str twin, str code, str why (of a refusal), u32 n, n * str note,
 *	  u32 n, n * node
 *
 * It comes from a process that parsed hostile bytes: nothing in it is taken
 * for granted, and what it is allowed to say the judge decides.
 */
#include <string.h>

#include "artifact/resolved.h"
#include "base/limits.h"
#include "base/text.h"

#define VERSION		2
#define MAX_DIRECTIVES	1024
#define MAX_NOTES	64

static void
put(const struct resolved *n, const struct element *elements, struct buf *out)
{
	buf_str(out, n->path);
	buf_u32be(out, element_number(elements, n->element));
	buf_str(out, n->format);
	buf_u64be(out, n->size);
	buf_put(out, (struct span){ n->sha256, NODE_SHA256 });
	buf_u64be(out, n->entry);
	buf_u8(out, (uint8_t)n->state);
	buf_u32be(out, (uint32_t)n->directive_count);
	for (size_t i = 0; i < n->directive_count; i++)
		directive_write(&n->directives[i], out);
	buf_str(out, n->twin);
	buf_str(out, n->refused != NULL ? SPAN_TEXT(n->refused->code) :
	    (struct span){ 0 });
	buf_str(out, n->why);
	buf_u32be(out, (uint32_t)n->note_count);
	for (size_t i = 0; i < n->note_count; i++)
		buf_str(out, n->notes[i]);
	buf_u32be(out, (uint32_t)n->child_count);
	for (size_t i = 0; i < n->child_count; i++)
		put(&n->children[i], elements, out);
}

void
resolved_write(const struct resolved *root, const struct element *elements,
    struct buf *out)
{
	buf_u8(out, VERSION);
	put(root, elements, out);
}

struct reading {
	struct reader		 r;
	const struct element	*elements;
	struct arena		*arena;
	uint32_t		 left;		/* nodes still allowed */
	bool			 memory;	/* the budget is spent */
	struct err		*err;
};

static void *
array(struct reading *d, uint32_t max, size_t size, size_t *count)
{
	uint32_t n = rd_u32be(&d->r);

	if (!rd_ok(&d->r) || n > max) {
		d->r.bad = true;
		return NULL;
	}
	void *p = arena_array(d->arena, n, size);
	d->memory |= p == NULL;
	*count = p == NULL ? 0 : n;
	return p;
}

static bool
get_head(struct reading *d, struct resolved *n)
{
	struct reader *r = &d->r;

	n->path = rd_str(r);
	uint32_t number = rd_u32be(r);
	n->element = element_at(d->elements, number);
	n->format = rd_str(r);
	n->size = rd_u64be(r);
	struct span sha256 = rd_take(r, NODE_SHA256);
	n->entry = rd_u64be(r);
	uint8_t state = rd_u8(r);
	if (!rd_ok(r) || state >= NODE_STATES || !text_utf8(n->path) ||
	    n->path.len == 0 || !text_utf8(n->format) ||
	    n->size > INT64_MAX ||
	    (number != ELEMENT_NONE && n->element == NULL))
		return false;
	memcpy(n->sha256, sha256.ptr, NODE_SHA256);
	n->state = (enum node_state)state;
	d->memory |= !resolved_display(n, d->arena, d->err);
	return !d->memory;
}

/* A node is refused by an error that we know, or not at all. */
static bool
get_refusal(struct reading *d, struct resolved *n)
{
	struct span code = rd_str(&d->r);
	const char *name = arena_text(d->arena, code);

	n->why = rd_str(&d->r);
	d->memory |= name == NULL;
	if (name == NULL || !text_utf8(n->why))
		return false;
	n->refused = code.len > 0 ? err_find(name) : NULL;
	return (n->refused != NULL) == (n->state == NODE_REFUSED);
}

static bool
get(struct reading *d, struct resolved *n, unsigned depth)
{
	if (depth > LIMIT_NESTED_DEPTH || d->left-- == 0 || !get_head(d, n))
		return false;
	n->directives = array(d, MAX_DIRECTIVES, sizeof(*n->directives),
	    &n->directive_count);
	for (size_t i = 0; i < n->directive_count; i++)
		if (!directive_read(&d->r, d->arena, &n->directives[i]))
			return false;
	n->twin = rd_str(&d->r);
	if (!text_utf8(n->twin) || !get_refusal(d, n))
		return false;
	n->notes = array(d, MAX_NOTES, sizeof(*n->notes), &n->note_count);
	for (size_t i = 0; i < n->note_count; i++)
		if (!text_utf8(n->notes[i] = rd_str(&d->r)))
			return false;
	n->children = array(d, d->left, sizeof(*n->children),
	    &n->child_count);
	for (size_t i = 0; i < n->child_count; i++) {
		n->children[i].parent = n;
		if (!get(d, &n->children[i], depth + 1))
			return false;
	}
	return rd_ok(&d->r);
}

bool
resolved_read(struct span in, const struct element *elements, struct arena *a,
    struct resolved **out, struct err *e)
{
	struct reading d = { .elements = elements, .arena = a,
	    .left = LIMIT_ENTRIES + 1, .err = e };
	struct resolved *root = ARENA_NEW(a, struct resolved);
	struct span copy;

	if (root == NULL || !arena_copy(a, in, &copy))
		return err_budget(e, a);
	d.r = rd_open(copy);
	bool good = rd_u8(&d.r) == VERSION && get(&d, root, 0) &&
	    rd_end(&d.r);
	if (d.memory)
		return err_budget(e, a);
	if (!good)
		return err_set(e, ERR_ARTIFACT_WIRE,
		    "the tree of %zu bytes is malformed near %zu", in.len,
		    d.r.at);
	*out = root;
	return true;
}

/*
 * element_wire - the tree of elements between two processes of ours.
 *
 *	u8 version, then the root element:
 *	  str kind, u32 min, u32 max, u8 keep_others, u32 line, u32 column,
 *	  u32 n, n * str path
 *	  u32 n, n * (str key, str value)		where
 *	  u32 n, n * directive
 *	  u32 n, n * element				contents
 *	directive: u8 verb, u8 method, str digest, str description,
 *	  str description_url, u16 flags, str output, str roots,
 *	  u32 n, n * str subject, u32 n, n * str thumbprint, str value
 *
 * Integers are big-endian; str is u32 length and bytes.
 */
#include "artifact/element.h"
#include "base/limits.h"

#define VERSION		2
#define MAX_LIST	1024	/* paths, conditions, directives of one */

enum {
	FLAG_APPEND		= 1 << 0,
	FLAG_PAGE_HASHES	= 1 << 1,
	FLAG_PEM		= 1 << 2,
	FLAG_KEEP		= 1 << 3,
	FLAG_TIMESTAMPED	= 1 << 4,
	FLAG_MET		= 1 << 5,
	FLAGS			= (1 << 6) - 1,
};

static void
list_write(const struct span *items, size_t count, struct buf *out)
{
	buf_u32be(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		buf_str(out, items[i]);
}

/* false: malformed, or the budget is spent: then r->bad is not set. */
static bool
list_read(struct reader *r, struct arena *a, const struct span **out,
    size_t *count)
{
	uint32_t n = rd_u32be(r);

	if (!rd_ok(r) || n > MAX_LIST) {
		r->bad = true;
		return false;
	}
	struct span *v = ARENA_ARRAY(a, struct span, n);
	for (uint32_t i = 0; v != NULL && i < n; i++)
		v[i] = rd_str(r);
	*out = v;
	*count = n;
	return v != NULL && rd_ok(r);
}

void
directive_write(const struct directive *d, struct buf *out)
{
	buf_u8(out, (uint8_t)d->verb);
	buf_u8(out, (uint8_t)d->method);
	buf_str(out, d->digest);
	buf_str(out, d->description);
	buf_str(out, d->description_url);
	buf_u16be(out, (uint16_t)((d->append ? FLAG_APPEND : 0) |
	    (d->page_hashes ? FLAG_PAGE_HASHES : 0) |
	    (d->pem ? FLAG_PEM : 0) | (d->keep ? FLAG_KEEP : 0) |
	    (d->timestamped ? FLAG_TIMESTAMPED : 0) |
	    (d->met ? FLAG_MET : 0)));
	buf_str(out, d->output);
	buf_str(out, d->roots);
	list_write(d->subjects, d->subject_count, out);
	list_write(d->thumbprints, d->thumbprint_count, out);
	buf_str(out, d->value);
}

bool
directive_read(struct reader *r, struct arena *a, struct directive *d)
{
	uint8_t verb = rd_u8(r), method = rd_u8(r);

	*d = (struct directive){ .verb = (enum directive_verb)verb,
	    .method = (enum method)method };
	d->digest = rd_str(r);
	d->description = rd_str(r);
	d->description_url = rd_str(r);
	uint16_t flags = rd_u16be(r);
	d->output = rd_str(r);
	d->roots = rd_str(r);
	if (!list_read(r, a, &d->subjects, &d->subject_count) ||
	    !list_read(r, a, &d->thumbprints, &d->thumbprint_count))
		return false;
	d->value = rd_str(r);
	d->append = (flags & FLAG_APPEND) != 0;
	d->page_hashes = (flags & FLAG_PAGE_HASHES) != 0;
	d->pem = (flags & FLAG_PEM) != 0;
	d->keep = (flags & FLAG_KEEP) != 0;
	d->timestamped = (flags & FLAG_TIMESTAMPED) != 0;
	d->met = (flags & FLAG_MET) != 0;
	return rd_ok(r) && verb < DIRECTIVE_VERBS && method < METHODS &&
	    (flags & ~FLAGS) == 0;
}

static void
put(const struct element *x, struct buf *out)
{
	buf_str(out, SPAN_TEXT(x->kind->name));
	buf_u32be(out, x->min);
	buf_u32be(out, x->max);
	buf_u8(out, x->keep_others);
	buf_u32be(out, x->line);
	buf_u32be(out, x->column);
	buf_u32be(out, (uint32_t)x->path_count);
	for (size_t i = 0; i < x->path_count; i++)
		buf_str(out, x->paths[i]);
	buf_u32be(out, (uint32_t)x->where_count);
	for (size_t i = 0; i < x->where_count; i++) {
		buf_str(out, SPAN_TEXT(x->where[i].key));
		buf_str(out, x->where[i].value);
	}
	buf_u32be(out, (uint32_t)x->directive_count);
	for (size_t i = 0; i < x->directive_count; i++)
		directive_write(&x->directives[i], out);
	buf_u32be(out, (uint32_t)x->content_count);
	for (size_t i = 0; i < x->content_count; i++)
		put(&x->contents[i], out);
}

void
element_write(const struct element *root, struct buf *out)
{
	buf_u8(out, VERSION);
	put(root, out);
}

/* The bytes stay the caller's: copied once, then all spans view the copy. */
struct reading {
	struct reader	 r;
	struct arena	*arena;
	uint32_t	 left;		/* elements still allowed */
	bool		 memory;	/* the budget is spent */
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
directive_get(struct reading *d, struct directive *out)
{
	bool good = directive_read(&d->r, d->arena, out);

	d->memory |= !good && rd_ok(&d->r);
	return good;
}

/* The key becomes the table's own text, as in a tree that was loaded. */
static const char *
get_key(struct reading *d, const struct element_kind *kind)
{
	struct span key = rd_str(&d->r);

	for (const char *const *k = kind->where; *k != NULL; k++)
		if (span_is(key, *k))
			return *k;
	d->r.bad = true;
	return "";
}

static bool
get(struct reading *d, struct element *x, unsigned depth)
{
	const struct element_kind *kind = element_kind_find(rd_str(&d->r));
	struct reader *r = &d->r;

	if (!rd_ok(r) || kind == NULL || depth > LIMIT_ELEMENT_DEPTH ||
	    d->left-- == 0)
		return false;
	element_init(x, kind);
	x->min = rd_u32be(r);
	x->max = rd_u32be(r);
	uint8_t keep = rd_u8(r);
	x->keep_others = keep == 1;
	x->line = rd_u32be(r);
	x->column = rd_u32be(r);
	x->paths = array(d, MAX_LIST, sizeof(*x->paths), &x->path_count);
	for (size_t i = 0; i < x->path_count; i++)
		x->paths[i] = rd_str(r);
	x->where = array(d, MAX_LIST, sizeof(*x->where), &x->where_count);
	for (size_t i = 0; i < x->where_count; i++)
		x->where[i] = (struct where){ get_key(d, kind), rd_str(r) };
	x->directives = array(d, MAX_LIST, sizeof(*x->directives),
	    &x->directive_count);
	for (size_t i = 0; i < x->directive_count; i++)
		if (!directive_get(d, &x->directives[i]))
			return false;
	x->contents = array(d, d->left, sizeof(*x->contents),
	    &x->content_count);
	for (size_t i = 0; i < x->content_count; i++)
		if (!get(d, &x->contents[i], depth + 1))
			return false;
	return rd_ok(r) && keep <= 1;
}

bool
element_read(struct span in, struct arena *a, struct element **out,
    struct err *e)
{
	struct reading d = { .arena = a, .left = LIMIT_ELEMENTS };
	struct element *root = ARENA_NEW(a, struct element);
	const struct element *at;
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
		    "the configuration of %zu bytes is malformed near %zu",
		    in.len, d.r.at);
	if (!element_check(root, &at, e))
		return false;
	*out = root;
	return true;
}

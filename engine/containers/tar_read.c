/*
 * tar_read - goes through an archive from front to back, as every reader must.
 */
#include "base/text.h"
#include "containers/tar.h"

#define NO_PLACE	UINT64_MAX

struct walk {
	struct tar			*tar;
	const struct container_limits	*limits;
	struct arena			*arena;
	uint64_t			 at;	/* of the record */
	struct tar_record		 record;
	uint64_t			 size;	/* that it says */
	uint64_t			 next;	/* behind it and its data */
	uint64_t			 first;	/* of the entry's records */
	struct tar_extended		 extended;
	bool				 dangling;	/* no entry yet */
	bool				 long_name;	/* GNU */
	bool				 long_link;
	uint64_t			 pax;	/* of a header with a size */
	uint64_t			 pax_len;
	uint64_t			 total;
};

/* What an entry can be. A file that ends with a slash is one to some only. */
static const struct tar_type types[] = {
	{ '0', "file", .data = true },
	{ '\0', "file", .data = true },
	{ '7', "contiguous file", .data = true },
	{ '1', "hard link", .opaque = true, .link = true },
	{ '2', "symbolic link", .opaque = true, .link = true },
	{ '3', "character device", .opaque = true },
	{ '4', "block device", .opaque = true },
	{ '5', "folder", .directory = true },
	{ '6', "pipe", .opaque = true },
	{ 'S', "sparse file", .data = true, .opaque = true },
};

static bool
record_read(struct walk *w, uint64_t at, struct tar_record *out,
    struct err *e)
{
	const struct rope *plain = &w->tar->plain;

	if (plain->len < TAR_RECORD || at > plain->len - TAR_RECORD)
		return err_set(e, ERR_TAR_NO_END, "the archive ends at %llu "
		    "without the two zero records that say so",
		    (unsigned long long)plain->len);
	return rope_read(plain, at, TAR_RECORD, out->bytes, e);
}

/* Data must fit, with what fills it up. */
static bool
data_check(const struct walk *w, uint64_t data, uint64_t size, struct err *e)
{
	uint64_t left = w->tar->plain.len - data;

	if (size > left || tar_padded(size) > left)
		return err_set(e, ERR_TAR_NO_END, "the archive ends at %llu, "
		    "inside of an entry's %llu bytes",
		    (unsigned long long)w->tar->plain.len,
		    (unsigned long long)size);
	return true;
}

/* ---- headers that speak of the next one */

static bool
extended_data(struct walk *w, uint64_t most, struct buf *out, struct err *e)
{
	if (w->size > most)
		return err_set(e, ERR_TAR_HEADER, "an extended header has "
		    "%llu bytes, at most %llu are allowed",
		    (unsigned long long)w->size, (unsigned long long)most);
	if (!data_check(w, w->at + TAR_RECORD, w->size, e))
		return false;
	w->next += tar_padded(w->size);
	w->dangling = true;
	buf_zero(out, (size_t)w->size);
	return rope_read(&w->tar->plain, w->at + TAR_RECORD, w->size,
	    out->ptr, e);
}

static bool
take_pax(struct walk *w, struct err *e)
{
	CLEANUP(buf_done) struct buf data = { 0 };
	struct tar_extended *x = &w->extended;

	if (x->pax || w->long_name || w->long_link)
		return err_set(e, ERR_TAR_HEADER,
		    "an entry has two extended headers");
	x->pax = true;
	if (!extended_data(w, TAR_PAX_MAX, &data, e) ||
	    !tar_pax_read(buf_span(&data), false, w->arena, x, e))
		return false;
	if (x->sized) {
		w->pax = w->at;
		w->pax_len = w->size;
	}
	return true;
}

static bool
take_global(struct walk *w, struct err *e)
{
	CLEANUP(buf_done) struct buf data = { 0 };

	if (w->first != w->at)
		return err_set(e, ERR_TAR_HEADER, "a global header stands "
		    "between an entry and its extended header");
	w->first = NO_PLACE;
	return extended_data(w, TAR_PAX_MAX, &data, e) &&
	    tar_pax_read(buf_span(&data), true, w->arena, &w->extended, e);
}

static bool
take_long(struct walk *w, bool *seen, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf data = { 0 };
	size_t len = 0;

	if (w->extended.pax || *seen)
		return err_set(e, ERR_TAR_HEADER,
		    "an entry has two extended headers");
	*seen = true;
	if (!extended_data(w, TAR_LONG_MAX, &data, e))
		return false;
	while (len < data.len && data.ptr[len] != 0)
		len++;
	if (len == 0 || !span_zero(span_from(buf_span(&data), len)))
		return err_set(e, ERR_TAR_HEADER,
		    "a long name is empty or holds a NUL");
	return arena_copy(w->arena, (struct span){ data.ptr, len }, out) ||
	    err_budget(e, w->arena);
}

static bool
take_long_name(struct walk *w, struct err *e)
{
	return take_long(w, &w->long_name, &w->extended.name, e);
}

static bool
take_long_link(struct walk *w, struct err *e)
{
	return take_long(w, &w->long_link, &w->extended.link, e);
}

static const struct {
	uint8_t	type;
	bool	(*take)(struct walk *, struct err *);
} extensions[] = {
	{ 'x', take_pax },
	{ 'g', take_global },
	{ 'L', take_long_name },
	{ 'K', take_long_link },
};

/* ---- entries */

static bool
type_find(uint8_t type, const struct tar_type **out, struct err *e)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (types[i].type == type) {
			*out = &types[i];
			return true;
		}
	return err_set(e, ERR_TAR_TYPE, "an entry has the type \"%s\"",
	    text_show((struct span){ &type, 1 }).text);
}

/* As written: "prefix/name", or what an extended header says. */
static bool
name_read(struct walk *w, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span prefix = tar_text(&w->record, TAR_F_PREFIX);

	*out = w->extended.name;
	if (out->len > 0)
		return true;
	if (prefix.len > 0) {
		buf_put(&b, prefix);
		buf_u8(&b, '/');
	}
	buf_put(&b, tar_text(&w->record, TAR_F_NAME));
	return arena_copy(w->arena, buf_span(&b), out) ||
	    err_budget(e, w->arena);
}

static bool
path_check(struct tar_entry *x, struct span written, struct err *e)
{
	bool slash = span_ends(written, "/");

	x->path = tar_path(written);
	if (slash && !x->type->directory)
		return err_set(e, ERR_TAR_TYPE, "\"%s\" is a %s, but some "
		    "programs take it for a folder", text_show(written).text,
		    x->type->name);
	if (x->type->directory && (span_is(written, ".") ||
	    span_is(written, "./"))) {
		x->path = SPAN_TEXT(".");
		return true;
	}
	if (!name_check(x->path, ERR_TAR_NAME, e))
		return false;
	x->path.len -= slash;
	return true;
}

static bool
link_read(struct walk *w, struct tar_entry *x, struct err *e)
{
	static const uint8_t nul = 0;
	struct span link = w->extended.link;

	if (!x->type->link)
		return link.len == 0 || err_set(e, ERR_TAR_LINK,
		    "a %s has the target of a link", x->type->name);
	if (link.len == 0)
		link = tar_text(&w->record, TAR_F_LINK);
	if (link.len == 0 ||
	    span_find(link, (struct span){ &nul, 1 }) != SIZE_MAX)
		return err_set(e, ERR_TAR_LINK, "it is a %s without a target, "
		    "or with a NUL in it", x->type->name);
	return arena_copy(w->arena, link, &x->link) ||
	    err_budget(e, w->arena);
}

/*
 * A pax size that also fits into the header must stand there too: some readers
 * look only there.
 */
static bool
size_read(const struct walk *w, struct tar_entry *x, struct err *e)
{
	const struct tar_extended *ext = &w->extended;

	x->size = ext->sized ? ext->size : w->size;
	if (x->size != w->size && (x->size < TAR_OCTAL_MAX ||
	    (w->size != 0 && w->size != TAR_OCTAL_MAX - 1)))
		return err_set(e, ERR_TAR_SIZE, "its size is %llu in its "
		    "header and %llu in its pax header",
		    (unsigned long long)w->size,
		    (unsigned long long)x->size);
	if (x->size != 0 && !x->type->data)
		return err_set(e, ERR_TAR_SIZE, "it is a %s, but has %llu "
		    "bytes of data", x->type->name,
		    (unsigned long long)x->size);
	return true;
}

/* Old GNU: more records of the map follow while a flag says so. */
static bool
sparse_map(struct walk *w, struct tar_entry *x, struct err *e)
{
	struct tar_record more;
	bool again = tar_get(&w->record, TAR_F_MORE).ptr[0] != 0;

	while (again) {
		if (!record_read(w, x->data, &more, e))
			return false;
		x->data += TAR_RECORD;
		again = more.bytes[504] != 0;
	}
	return true;
}

static bool
entry_fill(struct walk *w, struct tar_entry *x, struct err *e)
{
	struct span written;

	*x = (struct tar_entry){ .at = w->first, .header = w->at,
	    .data = w->at + TAR_RECORD, .pax = w->pax,
	    .pax_len = w->pax_len, .sparse = w->extended.sparse };
	if (!name_read(w, &written, e) ||
	    !type_find(w->record.bytes[tar_places[TAR_F_TYPE].at], &x->type,
	    e))
		return false;
	x->path = written;
	if (w->tar->count == 0)
		w->tar->dotted = span_starts(written, "./");
	if (!path_check(x, written, e) || !link_read(w, x, e) ||
	    !size_read(w, x, e) ||
	    (x->type->type == 'S' && !sparse_map(w, x, e)) ||
	    !data_check(w, x->data, x->size, e))
		return false;
	x->end = x->data + tar_padded(x->size);
	return true;
}

static bool
take_entry(struct walk *w, struct err *e)
{
	struct tar *t = w->tar;

	if (!container_count_check(w->limits, t->count + 1, e))
		return false;
	struct tar_entry *v = arena_grow(w->arena, t->entries, t->count,
	    sizeof(*v));
	if (v == NULL)
		return err_budget(e, w->arena);
	t->entries = v;
	if (!entry_fill(w, &v[t->count], e))
		return v[t->count].path.len > 0 ? err_at(e, "entry \"%s\"",
		    TAR_NAME(&v[t->count])) : false;
	w->next = v[t->count++].end;
	w->first = NO_PLACE;
	w->extended = (struct tar_extended){ 0 };
	w->dangling = w->long_name = w->long_link = false;
	w->pax = w->pax_len = 0;
	return true;
}

/* What a header is, and so what takes it. */
static bool
taker_find(const struct walk *w, bool (**out)(struct walk *, struct err *),
    struct err *e)
{
	uint8_t type = w->record.bytes[tar_places[TAR_F_TYPE].at];
	const struct tar_type *known;

	for (size_t i = 0; i < COUNT(extensions); i++)
		if (extensions[i].type == type) {
			*out = extensions[i].take;
			return true;
		}
	*out = take_entry;
	return type_find(type, &known, e);
}

static bool
take_header(struct walk *w, struct err *e)
{
	bool (*take)(struct walk *, struct err *);

	if (!tar_header_check(&w->record, e) || !taker_find(w, &take, e))
		return false;
	if (!tar_number(&w->record, TAR_F_SIZE, &w->size))
		return err_set(e, ERR_TAR_SIZE, "its size \"%s\" is no number",
		    text_show(tar_get(&w->record, TAR_F_SIZE)).text);
	if (w->first == NO_PLACE)
		w->first = w->at;
	w->next = w->at + TAR_RECORD;
	if (!take(w, e))
		return false;
	w->at = w->next;
	return true;
}

/*
 * Two records of zeros end an archive, and more may fill up a tape's block.
 * GNU tar, bsdtar, Python and busybox all take one without them, so that an
 * archive that was cut between two entries would pass for whole.
 */
static bool
end_check(const struct walk *w, struct err *e)
{
	const struct rope *plain = &w->tar->plain;
	bool zeros;

	if (w->dangling)
		return err_set(e, ERR_TAR_HEADER,
		    "an extended header stands before the end");
	if (!tar_zeros(plain, w->at, plain->len - w->at, &zeros, e))
		return false;
	if (!zeros)
		return err_set(e, ERR_TAR_TRAILING, "bytes stand behind the "
		    "end of the archive at %llu", (unsigned long long)w->at);
	if (plain->len - w->at < (uint64_t)2 * TAR_RECORD)
		return err_set(e, ERR_TAR_NO_END, "the archive ends with one "
		    "record of zeros, not with two");
	w->tar->end = w->at;
	return true;
}

bool
tar_read(struct tar *t, const struct container_limits *limits,
    struct arena *a, struct err *e)
{
	struct walk w = { .tar = t, .limits = limits, .arena = a,
	    .first = NO_PLACE };

	for (;;) {
		if (!record_read(&w, w.at, &w.record, e))
			return false;
		if (span_zero(SPAN(w.record.bytes)))
			return end_check(&w, e);
		uint64_t at = w.at;
		if (!take_header(&w, e))
			return err_at(e, "byte %llu", (unsigned long long)at);
	}
}

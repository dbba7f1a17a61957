/*
 * tar_write - an archive with some contents replaced and others added.
 *
 * Runs of untouched entries, and all headers but the size of a changed entry,
 * are slices of the old archive. New entries come last, before the zeros. An
 * archive that came packed is packed again as a whole; with no changes it is
 * given back as it was.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "containers/pieces.h"
#include "containers/tar.h"

struct output {
	struct arena		*arena;
	const struct tar	*tar;
	struct pieces		 pieces;
};

/* The zeros that fill up data of a length. */
static bool
put_fill(struct output *out, uint64_t len, struct err *e)
{
	static const uint8_t zeros[TAR_RECORD];
	struct span fill;

	return span_cut(SPAN(zeros), 0, tar_padded(len) - len, &fill) &&
	    pieces_bytes(&out->pieces, fill, e);
}

static bool
put_contents(struct output *out, struct rope data, struct err *e)
{
	return pieces_rope(&out->pieces, data, e) &&
	    put_fill(out, data.len, e);
}

static bool
put_data(struct output *out, const struct buf *b, struct err *e)
{
	return pieces_bytes(&out->pieces, buf_span(b), e) &&
	    put_fill(out, b->len, e);
}

/* The header that stands in the archive, with another size. */
static bool
put_header(struct output *out, uint64_t at, uint64_t size, struct err *e)
{
	struct tar_record r;

	if (!rope_read(&out->tar->plain, at, TAR_RECORD, r.bytes, e))
		return false;
	tar_size_set(&r, size);
	tar_put_sum(&r);
	return pieces_bytes(&out->pieces, SPAN(r.bytes), e);
}

/* The records of a pax header as they were, but for the size. */
static bool
put_pax(struct output *out, const struct tar_entry *x, uint64_t size,
    struct err *e)
{
	CLEANUP(buf_done) struct buf old = { 0 };
	CLEANUP(buf_done) struct buf new = { 0 };
	struct span rest, record, key, value;
	char text[32];

	buf_zero(&old, (size_t)x->pax_len);
	if (!pieces_old(&out->pieces, x->pax, e) ||
	    !rope_read(&out->tar->plain, x->pax + TAR_RECORD, x->pax_len,
	    old.ptr, e))
		return false;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)size);
	rest = buf_span(&old);
	while (rest.len > 0) {
		if (!tar_pax_next(&rest, &record, &key, &value, e))
			return false;
		if (span_is(key, "size"))
			tar_pax_put(&new, "size", SPAN_TEXT(text));
		else
			buf_put(&new, record);
	}
	out->pieces.from = x->pax + TAR_RECORD + tar_padded(x->pax_len);
	return put_header(out, x->pax, new.len, e) && put_data(out, &new, e);
}

static bool
put_changed(struct output *out, const struct tar_entry *x,
    const struct rope *contents, struct err *e)
{
	if (x->type->opaque || x->sparse || x->type->directory)
		return err_set(e, ERR_ENTRY_OPAQUE, "it is a %s", x->sparse ?
		    "sparse file" : x->type->name);
	if (x->pax_len > 0 && !put_pax(out, x, contents->len, e))
		return false;
	if (!pieces_old(&out->pieces, x->header, e) ||
	    !put_header(out, x->header, contents->len, e) ||
	    !put_contents(out, *contents, e))
		return false;
	out->pieces.from = x->end;
	return true;
}

/* ---- new entries */

/* When the last entry was changed, in octal; else 1970. */
static bool
neighbour_time(const struct output *out, struct tar_record *to, struct err *e)
{
	const struct tar *t = out->tar;
	struct tar_record last;
	uint64_t time;

	tar_put(to, TAR_F_MTIME, SPAN_TEXT("00000000000"));
	if (t->count == 0)
		return true;
	if (!rope_read(&t->plain, t->entries[t->count - 1].header, TAR_RECORD,
	    last.bytes, e))
		return false;
	if (tar_number(&last, TAR_F_MTIME, &time))
		tar_put(to, TAR_F_MTIME, tar_get(&last, TAR_F_MTIME));
	return true;
}

static bool
new_header(const struct output *out, const char *type, uint64_t size,
    struct tar_record *r, struct err *e)
{
	static const uint8_t magic[8] = { 'u', 's', 't', 'a', 'r', 0, '0',
	    '0' };

	*r = (struct tar_record){ { 0 } };
	tar_put(r, TAR_F_MODE, SPAN_TEXT("0000644"));
	tar_put(r, TAR_F_UID, SPAN_TEXT("0000000"));
	tar_put(r, TAR_F_GID, SPAN_TEXT("0000000"));
	tar_put(r, TAR_F_SIZE, SPAN_TEXT("00000000000"));
	tar_size_set(r, size);
	tar_put(r, TAR_F_TYPE, SPAN_TEXT(type));
	tar_put(r, TAR_F_MAGIC, SPAN(magic));
	return neighbour_time(out, r, e);
}

/* ustar has room for "prefix/name": 155 and 100 bytes. */
static bool
name_fits(struct span path, struct tar_record *r)
{
	struct span prefix = { path.ptr, 0 };
	size_t at = 0;

	if (path.len > tar_places[TAR_F_NAME].len) {
		at = path.len - tar_places[TAR_F_NAME].len - 1;
		while (at < path.len && path.ptr[at] != '/')
			at++;
		if (at == 0 || at > tar_places[TAR_F_PREFIX].len ||
		    at + 1 >= path.len || !span_cut(path, 0, at, &prefix))
			return false;
		at++;
	}
	tar_put(r, TAR_F_PREFIX, prefix);
	tar_put(r, TAR_F_NAME, span_from(path, at));
	return true;
}

/* Readers of pax take the name from there; others see an honest stand-in. */
static bool
put_long_name(struct output *out, struct span path, struct tar_record *r,
    struct err *e)
{
	CLEANUP(buf_done) struct buf data = { 0 };
	struct tar_record header;

	tar_pax_put(&data, "path", path);
	if (!new_header(out, "x", data.len, &header, e))
		return false;
	tar_put(&header, TAR_F_NAME, SPAN_TEXT(TAR_NAME_PAX));
	tar_put_sum(&header);
	tar_put(r, TAR_F_NAME, SPAN_TEXT(TAR_NAME_LONG));
	return pieces_bytes(&out->pieces, SPAN(header.bytes), e) &&
	    put_data(out, &data, e);
}

static bool
put_new(struct output *out, const struct change *c, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	struct tar_record r;

	if (span_ends(c->path, "/") || !name_check(c->path, ERR_TAR_NAME, e))
		return err_set(e, ERR_TAR_NAME, "a new entry cannot be named "
		    "\"%s\"", text_show(c->path).text);
	if (out->tar->dotted)
		buf_text(&path, "./");
	buf_put(&path, c->path);
	if (!new_header(out, "0", c->contents.len, &r, e))
		return false;
	if (!name_fits(buf_span(&path), &r) &&
	    !put_long_name(out, buf_span(&path), &r, e))
		return false;
	tar_put_sum(&r);
	return pieces_bytes(&out->pieces, SPAN(r.bytes), e) &&
	    put_contents(out, c->contents, e);
}

static bool
put_all(struct output *out, const struct change *changes, size_t count,
    struct err *e)
{
	const struct tar *t = out->tar;
	size_t i = 0;

	for (; i < count && changes[i].index < t->count; i++) {
		const struct tar_entry *x = &t->entries[changes[i].index];

		if (!put_changed(out, x, &changes[i].contents, e))
			return err_at(e, "entry \"%s\"", TAR_NAME(x));
	}
	if (!pieces_old(&out->pieces, t->end, e) ||
	    !tar_names_check(t, &changes[i], count - i, out->arena, e))
		return false;
	for (; i < count; i++)
		if (!put_new(out, &changes[i], e))
			return false;
	return pieces_old(&out->pieces, t->plain.len, e);
}

bool
tar_rebuild(const struct listing *l, const struct change *changes,
    size_t count, struct arena *a, struct spool *spool, struct rope *rope,
    struct err *e)
{
	const struct tar *t = l->own;
	struct output out = { .arena = a, .tar = t,
	    .pieces = { .arena = a, .old = &t->plain } };
	struct rope plain;

	*rope = l->file;
	if (count == 0)
		return true;
	return put_all(&out, changes, count, e) &&
	    pieces_join(&out.pieces, &plain, e) &&
	    wrap_close(&t->wrap, &plain, a, spool, rope, e);
}

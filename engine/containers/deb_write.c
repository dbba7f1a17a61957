/*
 * deb_write - a package with some files replaced and others added.
 *
 * data.tar is rebuilt, md5sums in control.tar told anew, and the headers of
 * both get their sizes. Signatures that were made over the members go, as no
 * program could take them for good any more. All else is as it was.
 */
#include "base/text.h"
#include "containers/deb.h"
#include "containers/pieces.h"
#include "containers/tar.h"
#include "crypto/md5.h"

extern const struct container tar_container;

struct output {
	const struct listing	*listing;
	const struct deb	*deb;
	const struct change	*changes;
	size_t			 count;
	const struct change	**by_entry;	/* of data, or NULL */
	struct arena		*arena;
	struct spool		*spool;
	struct pieces		 pieces;
};

/* Old contents must have the sum that is told of them. */
static bool
changes_sort(struct output *out, struct err *e)
{
	const struct listing *l = out->listing;
	struct rope old;

	out->by_entry = ARENA_ARRAY(out->arena, const struct change *,
	    l->count);
	if (out->by_entry == NULL)
		return err_budget(e, out->arena);
	for (size_t i = 0; i < out->count; i++) {
		size_t index = out->changes[i].index;

		if (index >= l->count)
			continue;
		if (!deb_contents(l, index, out->arena, out->spool, &old, e))
			return false;
		out->by_entry[index] = &out->changes[i];
	}
	return true;
}

/* ---- md5sums */

static bool
put_sum(const struct rope *contents, struct buf *to, struct err *e)
{
	struct md5_hex sum;

	if (!md5_rope(contents, &sum, e))
		return false;
	buf_text(to, sum.text);
	return true;
}

static bool
put_lines(const struct output *out, struct buf *to, struct err *e)
{
	const struct deb_sums *s = &out->deb->sums;

	for (size_t i = 0; i < s->count; i++) {
		const struct deb_line *line = &s->lines[i];
		const struct change *c = line->entry != SIZE_MAX ?
		    out->by_entry[line->entry] : NULL;

		if (c == NULL)
			buf_put(to, line->text);
		else if (put_sum(&c->contents, to, e))
			buf_put(to, span_from(line->text, DEB_HEX));
		else
			return false;
	}
	return true;
}

/* New lines look like the last one that is there. */
static bool
put_new_lines(const struct output *out, struct buf *to, struct err *e)
{
	const struct deb_sums *s = &out->deb->sums;
	const char *before = "  ", *dotted = "";

	if (s->count > 0) {
		struct span last = s->lines[s->count - 1].text;

		before = last.ptr[DEB_HEX + 1] == '*' ? " *" : "  ";
		dotted = span_starts(span_from(last, DEB_HEX + 2), "./") ?
		    "./" : "";
	}
	for (size_t i = 0; i < out->count; i++) {
		const struct change *c = &out->changes[i];

		if (c->index < out->listing->count)
			continue;
		if (!put_sum(&c->contents, to, e))
			return false;
		buf_text(to, before);
		buf_text(to, dotted);
		buf_put(to, c->path);
		buf_u8(to, '\n');
	}
	return true;
}

/* Where no line differs, control.tar stays as it is. */
static bool
sums_same(const struct deb_sums *s, struct span text)
{
	for (size_t i = 0; i < s->count; i++) {
		struct span line;

		if (!span_cut(text, 0, s->lines[i].text.len, &line) ||
		    !span_eq(line, s->lines[i].text))
			return false;
		text = span_from(text, line.len);
	}
	return text.len == 0;
}

static bool
control_rebuild(struct output *out, struct rope *control, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	const struct deb *d = out->deb;
	struct change sums = { .index = d->sums.index };
	struct span copy;

	*control = d->control.file;
	if (d->sums.index == SIZE_MAX)
		return true;
	if (!put_lines(out, &text, e) || !put_new_lines(out, &text, e))
		return false;
	if (sums_same(&d->sums, buf_span(&text)))
		return true;
	if (!arena_copy(out->arena, buf_span(&text), &copy))
		return err_budget(e, out->arena);
	return rope_bytes(out->arena, copy, &sums.contents, e) &&
	    tar_container.rebuild(&d->control, &sums, 1, out->arena,
	    out->spool, control, e);
}

/* ---- members */

/* A member takes the place of the old one. */
static bool
put_member(struct output *out, size_t index, struct rope contents,
    struct err *e)
{
	const struct ar_member *m = &out->deb->ar.members[index];
	struct pieces *p = &out->pieces;
	struct ar_header h;

	p->from = m->end;
	return ar_header(&out->listing->file, m, contents.len, &h, e) &&
	    pieces_bytes(p, SPAN(h.bytes), e) && pieces_rope(p, contents, e) &&
	    (contents.len % 2 == 0 || pieces_bytes(p, SPAN_TEXT("\n"), e));
}

static bool
put_all(struct output *out, struct err *e)
{
	const struct deb *d = out->deb;
	struct rope data, control;

	if (!changes_sort(out, e) ||
	    !tar_container.rebuild(&d->data, out->changes, out->count,
	    out->arena, out->spool, &data, e) ||
	    !control_rebuild(out, &control, e) ||
	    !pieces_old(&out->pieces, d->ar.members[DEB_BINARY].end, e) ||
	    !put_member(out, DEB_CONTROL, control, e) ||
	    !put_member(out, DEB_DATA, data, e))
		return false;
	for (size_t i = DEB_MEMBERS; i < d->ar.count; i++) {
		const struct ar_member *m = &d->ar.members[i];

		if (deb_stale(m))
			out->pieces.from = m->end;
		else if (!pieces_old(&out->pieces, m->end, e))
			return false;
	}
	return true;
}

bool
deb_rebuild(const struct listing *l, const struct change *changes,
    size_t count, struct arena *a, struct spool *spool, struct rope *rope,
    struct err *e)
{
	struct output out = { .listing = l, .deb = l->own, .changes = changes,
	    .count = count, .arena = a, .spool = spool,
	    .pieces = { .arena = a, .old = &l->file } };

	*rope = l->file;
	if (count == 0)
		return true;
	return put_all(&out, e) && pieces_join(&out.pieces, rope, e);
}

/*
 * deb_sums - md5sums of a package: a line for each file, but for those that
 * its owner may edit. It is checked when files are read, and told anew when
 * they change.
 */
#include "base/limits.h"
#include "base/text.h"
#include "containers/deb.h"
#include "containers/tar.h"

#define SUMS_MAX	(64 * MIB)	/* bytes of the file */

extern const struct container tar_container;

static bool
malformed(size_t line, const char *why, struct err *e)
{
	return err_set(e, ERR_DEB_MD5SUMS, "line %zu of md5sums %s", line,
	    why);
}

static bool
line_parse(struct span text, size_t number, struct deb_line *out,
    struct err *e)
{
	struct reader r = rd_open(text);
	uint8_t sum[DEB_HEX / 2];

	out->text = text;
	out->sum = rd_take(&r, DEB_HEX);
	uint8_t space = rd_u8(&r), mark = rd_u8(&r);
	if (!rd_ok(&r) || !text_unhex(out->sum, sum, sizeof(sum)) ||
	    space != ' ' || (mark != ' ' && mark != '*') ||
	    !span_ends(text, "\n"))
		return malformed(number, "is no sum and a path", e);
	struct span path = rd_take(&r, rd_left(&r) - 1);
	out->path = tar_path(path);
	if (!name_check(out->path, ERR_DEB_MD5SUMS, e))
		return err_at(e, "line %zu of md5sums", number);
	return true;
}

/* A hard link is the file that it stands for. Others than files have no sum. */
static bool
line_entry(const struct deb *d, size_t number, struct deb_line *line,
    struct err *e)
{
	const struct tar *t = d->data.own;
	const struct tar_entry *x;

	line->entry = SIZE_MAX;
	if (!tar_find(t, line->path, &line->entry))
		return true;
	x = &t->entries[line->entry];
	if (x->type->type == '1' && tar_find(t, tar_path(x->link),
	    &line->entry))
		x = &t->entries[line->entry];
	if (!x->type->data)
		return malformed(number, "names what is no file", e);
	return true;
}

static bool
line_add(struct deb *d, struct span text, struct arena *a, struct err *e)
{
	struct deb_sums *s = &d->sums;
	struct deb_line *line;
	struct span *sum;

	s->lines = arena_grow(a, s->lines, s->count, sizeof(*s->lines));
	if (s->lines == NULL)
		return err_budget(e, a);
	line = &s->lines[s->count++];
	if (!line_parse(text, s->count, line, e) ||
	    !line_entry(d, s->count, line, e))
		return false;
	if (line->entry == SIZE_MAX)
		return true;
	sum = &s->by_entry[line->entry];
	if (sum->len > 0 && !span_eq(*sum, line->sum))
		return err_set(e, ERR_DEB_SUM, "md5sums gives \"%s\" two sums",
		    text_show(line->path).text);
	*sum = line->sum;
	return true;
}

static bool
text_read(const struct deb *d, struct arena *a, struct spool *spool,
    struct span *out, struct err *e)
{
	const struct listing *l = &d->control;
	struct rope contents;

	if (l->entries[d->sums.index].directory)
		return err_set(e, ERR_DEB_MD5SUMS, "md5sums is a folder");
	if (!tar_container.contents(l, d->sums.index, a, spool, &contents, e))
		return false;
	if (contents.len > SUMS_MAX)
		return err_set(e, ERR_DEB_MD5SUMS, "md5sums has %llu bytes",
		    (unsigned long long)contents.len);
	return rope_view(a, &contents, 0, contents.len, out, e);
}

bool
deb_sums_read(struct deb *d, struct arena *a, struct spool *spool,
    struct err *e)
{
	struct span text, line;

	d->sums = (struct deb_sums){ .index = SIZE_MAX,
	    .by_entry = ARENA_ARRAY(a, struct span, d->data.count) };
	if (d->sums.by_entry == NULL)
		return err_budget(e, a);
	if (!tar_find(d->control.own, SPAN_TEXT("md5sums"), &d->sums.index))
		return true;
	if (!text_read(d, a, spool, &text, e))
		return false;
	while (text.len > 0) {
		size_t end = span_find(text, SPAN_TEXT("\n"));

		if (end == SIZE_MAX || !span_cut(text, 0, end + 1, &line))
			return malformed(d->sums.count + 1,
			    "has no end", e);
		if (!line_add(d, line, a, e))
			return false;
		text = span_from(text, end + 1);
	}
	return true;
}

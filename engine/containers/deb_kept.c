/*
 * deb_kept - whether a package differs from an earlier one only in what was
 * meant to change: member by member, then inside of both tar archives, then
 * md5sums line by line against sums that are worked out here.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/deb.h"
#include "containers/tar.h"
#include "crypto/md5.h"

#define SCRATCH		((size_t)64 << 20)

extern const struct container tar_container;

struct pair {
	const struct listing	*before;
	const struct listing	*after;
	const struct deb	*old;
	const struct deb	*new;
	bool			*changed;	/* by entry of old */
	struct arena		*scratch;
};

static bool
differs(const struct ar_member *m, struct err *e)
{
	return err_set(e, ERR_DEB_CHANGED, "the member \"%s\" changed",
	    text_show(m->name).text);
}

/* ---- members */

static bool
same_member(const struct pair *p, const struct ar_member *a,
    const struct ar_member *b, struct err *e)
{
	struct rope x, y;
	bool same;

	if (!rope_slice(p->scratch, &p->before->file, a->at, a->end - a->at,
	    &x, e) || !rope_slice(p->scratch, &p->after->file, b->at,
	    b->end - b->at, &y, e) || !rope_same(&x, &y, &same, e))
		return false;
	return same || differs(a, e);
}

/* Headers but for the size. */
static bool
same_header(const struct pair *p, size_t i, struct err *e)
{
	const struct ar_member *a = &p->old->ar.members[i];
	struct ar_header x, y;

	if (!ar_header(&p->before->file, a, 0, &x, e) ||
	    !ar_header(&p->after->file, &p->new->ar.members[i], 0, &y, e))
		return false;
	return memcmp(&x, &y, sizeof(x)) == 0 || differs(a, e);
}

/* What follows the data is the same, without signatures that are stale. */
static bool
same_others(const struct pair *p, struct err *e)
{
	const struct ar *x = &p->old->ar, *y = &p->new->ar;
	size_t k = DEB_MEMBERS;

	for (size_t i = DEB_MEMBERS; i < x->count; i++) {
		const struct ar_member *m = &x->members[i];

		if (deb_stale(m))
			continue;
		if (k == y->count)
			return err_set(e, ERR_DEB_CHANGED, "the member \"%s\" "
			    "is gone", text_show(m->name).text);
		if (!same_member(p, m, &y->members[k++], e))
			return false;
	}
	return k == y->count || err_set(e, ERR_DEB_CHANGED, "the member "
	    "\"%s\" was not there, or should be gone",
	    text_show(y->members[k].name).text);
}

static bool
same_members(const struct pair *p, struct err *e)
{
	return same_member(p, &p->old->ar.members[DEB_BINARY],
	    &p->new->ar.members[DEB_BINARY], e) &&
	    same_header(p, DEB_CONTROL, e) && same_header(p, DEB_DATA, e) &&
	    same_others(p, e);
}

/* ---- md5sums */

static bool
sum_check(const struct pair *p, const struct deb_line *line, size_t entry,
    struct err *e)
{
	const struct tar *t = p->new->data.own;
	const struct tar_entry *x = &t->entries[entry];
	struct md5_hex sum;
	struct rope contents;

	if (!rope_slice(p->scratch, &t->plain, x->data, x->size, &contents,
	    e) || !md5_rope(&contents, &sum, e))
		return false;
	return span_is(line->sum, sum.text) || err_set(e, ERR_DEB_CHANGED,
	    "md5sums gives \"%s\" the sum %s, it is %s",
	    text_show(line->path).text, text_show(line->sum).text, sum.text);
}

static bool
line_check(const struct pair *p, const struct deb_line *a,
    const struct deb_line *b, struct err *e)
{
	bool may = a->entry != SIZE_MAX && p->changed[a->entry];

	if (!span_eq(span_from(a->text, DEB_HEX), span_from(b->text, DEB_HEX)))
		return err_set(e, ERR_DEB_CHANGED, "the line of \"%s\" in "
		    "md5sums changed", text_show(a->path).text);
	if (may)
		return sum_check(p, b, a->entry, e);
	return span_eq(a->sum, b->sum) || err_set(e, ERR_DEB_CHANGED,
	    "the sum of \"%s\" in md5sums changed",
	    text_show(a->path).text);
}

/* New files have a line each, in their order. */
static bool
new_lines_check(const struct pair *p, struct err *e)
{
	const struct deb_sums *x = &p->old->sums, *y = &p->new->sums;

	if (y->count - x->count != p->after->count - p->before->count)
		return err_set(e, ERR_DEB_CHANGED, "md5sums has %zu new "
		    "lines for %zu new files", y->count - x->count,
		    p->after->count - p->before->count);
	for (size_t i = x->count; i < y->count; i++) {
		size_t entry = p->before->count + i - x->count;

		if (!span_eq(y->lines[i].path, p->after->entries[entry].path))
			return err_set(e, ERR_DEB_CHANGED, "md5sums has a "
			    "line for \"%s\" that was not there",
			    text_show(y->lines[i].path).text);
		if (!sum_check(p, &y->lines[i], entry, e))
			return false;
	}
	return true;
}

static bool
sums_check(const struct pair *p, struct err *e)
{
	const struct deb_sums *x = &p->old->sums, *y = &p->new->sums;

	if (x->index != y->index)
		return err_set(e, ERR_DEB_CHANGED,
		    "md5sums was not there, or is gone");
	if (x->index == SIZE_MAX)
		return true;
	if (y->count < x->count)
		return err_set(e, ERR_DEB_CHANGED, "%zu lines of md5sums are "
		    "gone", x->count - y->count);
	for (size_t i = 0; i < x->count; i++)
		if (!line_check(p, &x->lines[i], &y->lines[i], e))
			return false;
	return new_lines_check(p, e);
}

/* ---- the whole */

/* Only where a line differs may md5sums be another file than before. */
static bool
sums_differ(const struct deb_sums *x, const struct deb_sums *y)
{
	bool differ = x->count != y->count;

	for (size_t i = 0; !differ && i < x->count; i++)
		differ = !span_eq(x->lines[i].text, y->lines[i].text);
	return differ;
}

static bool
archives_kept(const struct pair *p, const size_t *indices, size_t count,
    struct err *e)
{
	const struct deb *x = p->old, *y = p->new;
	bool sums = x->sums.index != SIZE_MAX &&
	    sums_differ(&x->sums, &y->sums);

	if (y->control.count != x->control.count)
		return err_set(e, ERR_DEB_CHANGED, "control.tar has %zu "
		    "entries, it had %zu", y->control.count,
		    x->control.count);
	if (!tar_container.kept(&x->control, &y->control, &x->sums.index,
	    sums ? 1 : 0, e))
		return err_at(e, "control.tar");
	if (!tar_container.kept(&x->data, &y->data, indices, count, e))
		return err_at(e, "data.tar");
	return true;
}

/* Where nothing at all changed, old signatures are good and stay. */
static bool
untouched(const struct pair *p, bool *same, struct err *e)
{
	*same = false;
	for (size_t i = DEB_MEMBERS; i < p->new->ar.count; i++)
		if (deb_stale(&p->new->ar.members[i]))
			return rope_same(&p->before->file, &p->after->file,
			    same, e);
	return true;
}

bool
deb_kept(const struct listing *before, const struct listing *after,
    const size_t *indices, size_t count, struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch = arena_new(SCRATCH);
	struct pair p = { .before = before, .after = after,
	    .old = before->own, .new = after->own, .scratch = scratch,
	    .changed = ARENA_ARRAY(scratch, bool, before->count) };
	bool same;

	if (p.changed == NULL)
		return err_budget(e, scratch);
	for (size_t i = 0; i < count; i++)
		p.changed[indices[i]] = true;
	if (!untouched(&p, &same, e))
		return false;
	return same || (same_members(&p, e) &&
	    archives_kept(&p, indices, count, e) && sums_check(&p, e));
}

/*
 * deb - Debian packages (deb(5), format 2.0): the reader.
 *
 *	ar archive
 *		debian-binary		"2.0\n"
 *		control.tar[.gz .xz .zst]	./control ./md5sums ...
 *		data.tar[.gz .xz .zst .bz2]	the files: the entries here
 *		_gpgorigin ...		signatures (debsigs); others with "_"
 *
 * dpkg goes by the names of the members, others by their first bytes: both
 * must say the same. md5sums in control names a sum for most of the files.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "containers/deb.h"
#include "containers/tar.h"
#include "crypto/md5.h"

#define VERSION		"2.0\n"
#define CONTROL_MAX	(1 * MIB)	/* bytes of the file */

extern const struct container deb_container, tar_container;

/* When only control is looked at: scripts, lists, translations. */
static const struct container_limits control_limits = { 10000, 256 * MIB,
	LIMIT_EXPANSION_RATIO };

static int
deb_probe(struct span head)
{
	struct reader r = rd_open(head);
	struct span magic = rd_take(&r, sizeof(AR_MAGIC) - 1);
	struct span name = rd_take(&r, sizeof("debian-binary") - 1);

	return rd_ok(&r) && span_is(magic, AR_MAGIC) &&
	    span_is(name, "debian-binary") ? 95 : 0;
}

bool
deb_stale(const struct ar_member *m)
{
	return span_starts(m->name, "_gpg");
}

/* ---- members */

static const struct {
	const char	*name;
	bool		 tar;
	bool		 bzip2;		/* may be packed so */
} rows[DEB_MEMBERS] = {
	[DEB_BINARY]	= { "debian-binary", false, false },
	[DEB_CONTROL]	= { "control.tar", true, false },
	[DEB_DATA]	= { "data.tar", true, true },
};

/* The kind that a name ends with; name: only the rest of it. */
static bool
kind_by_suffix(struct span suffix, bool bzip2,
    const struct wrap_kind **out)
{
	*out = NULL;
	if (suffix.len == 0)
		return true;
	for (const struct wrap_kind *k = wrap_kinds; k->name != NULL; k++)
		if (span_is(suffix, k->suffix))
			*out = k;
	return *out != NULL && (bzip2 || !span_is(suffix, ".bz2"));
}

static bool
member_find(const struct ar *ar, size_t i, const struct wrap_kind **kind,
    struct err *e)
{
	struct span name;

	if (i >= ar->count)
		return err_set(e, ERR_DEB_MEMBER, "there is no \"%s\"",
		    rows[i].name);
	name = ar->members[i].name;
	*kind = NULL;
	if (!span_starts(name, rows[i].name) || !(rows[i].tar ?
	    kind_by_suffix(span_from(name, strlen(rows[i].name)),
	    rows[i].bzip2, kind) : span_is(name, rows[i].name)))
		return err_set(e, ERR_DEB_MEMBER, "member %zu is \"%s\", where "
		    "\"%s\" should be", i + 1, text_show(name).text,
		    rows[i].name);
	return true;
}

static bool
version_check(const struct rope *file, const struct ar_member *m,
    struct err *e)
{
	uint8_t text[sizeof(VERSION) - 1];

	if (m->size == sizeof(text) && !rope_read(file, m->data, sizeof(text),
	    text, e))
		return false;
	return (m->size == sizeof(text) && span_is(SPAN(text), VERSION)) ||
	    err_set(e, ERR_DEB_MEMBER, "the package's format is not 2.0");
}

static bool
others_check(const struct ar *ar, struct err *e)
{
	for (size_t i = DEB_MEMBERS; i < ar->count; i++) {
		struct span name = ar->members[i].name;

		if (!span_starts(name, "_"))
			return err_set(e, ERR_DEB_MEMBER, "member %zu is "
			    "\"%s\", but what follows the data begins with "
			    "\"_\"", i + 1, text_show(name).text);
		for (size_t k = DEB_MEMBERS; k < i; k++)
			if (span_eq(ar->members[k].name, name))
				return err_set(e, ERR_DEB_MEMBER, "there are "
				    "two members \"%s\"",
				    text_show(name).text);
	}
	return true;
}

/* One of the two tar archives, packed as its name says. */
static bool
archive_list(const struct rope *file, const struct ar *ar, size_t i,
    const struct container_limits *limits, struct arena *a,
    struct spool *spool, struct listing *out, struct err *e)
{
	const struct ar_member *m = &ar->members[i];
	const struct wrap_kind *kind;
	const struct tar *t;
	struct rope packed;

	if (!member_find(ar, i, &kind, e) ||
	    !rope_slice(a, file, m->data, m->size, &packed, e))
		return false;
	if (!tar_container.list(&packed, limits, a, spool, out, e))
		return err_at(e, "%s", text_show(m->name).text);
	t = out->own;
	return t->wrap.kind == kind || err_set(e, ERR_DEB_MEMBER,
	    "\"%s\" is packed by %s", text_show(m->name).text,
	    t->wrap.kind != NULL ? t->wrap.kind->name : "nothing");
}

static bool
members_read(const struct rope *file, struct arena *a, struct ar *ar,
    struct err *e)
{
	const struct wrap_kind *kind;

	if (!ar_read(file, a, ar, e))
		return false;
	for (size_t i = 0; i < DEB_MEMBERS; i++)
		if (!member_find(ar, i, &kind, e))
			return false;
	return version_check(file, &ar->members[DEB_BINARY], e) &&
	    others_check(ar, e);
}

/* ---- verbs */

static bool
notes_fill(const struct deb *d, struct arena *a, struct listing *out,
    struct err *e)
{
	for (size_t i = 0; i < d->data.note_count; i++) {
		char *text = arena_text(a, d->data.notes[i]);

		if (text == NULL)
			return err_budget(e, a);
		if (!listing_note(out, a, text, e))
			return false;
	}
	for (size_t i = DEB_MEMBERS; i < d->ar.count; i++) {
		const struct ar_member *m = &d->ar.members[i];
		char *text = arena_printf(a, "the signature %.*s goes: it was "
		    "made over the old contents", (int)m->name.len,
		    (const char *)m->name.ptr);

		if (text == NULL)
			return err_budget(e, a);
		if (deb_stale(m) && !listing_note(out, a, text, e))
			return false;
	}
	return true;
}

static bool
control_find(const struct listing *control, size_t *index, struct err *e)
{
	if (!tar_find(control->own, SPAN_TEXT("control"), index) ||
	    control->entries[*index].opaque ||
	    control->entries[*index].directory)
		return err_set(e, ERR_DEB_CONTROL,
		    "there is no file \"control\" in the package");
	return true;
}

static bool
deb_list(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct spool *spool, struct listing *out, struct err *e)
{
	struct deb *d = ARENA_NEW(a, struct deb);
	size_t index;

	if (d == NULL)
		return err_budget(e, a);
	if (!members_read(file, a, &d->ar, e) ||
	    !archive_list(file, &d->ar, DEB_CONTROL, limits, a, spool,
	    &d->control, e) || !control_find(&d->control, &index, e) ||
	    !archive_list(file, &d->ar, DEB_DATA, limits, a, spool, &d->data,
	    e) || !deb_sums_read(d, a, spool, e))
		return false;
	*out = (struct listing){ .container = &deb_container, .file = *file,
	    .entries = d->data.entries, .count = d->data.count, .own = d };
	return notes_fill(d, a, out, e);
}

bool
deb_contents(const struct listing *l, size_t index, struct arena *a,
    struct spool *spool, struct rope *out, struct err *e)
{
	const struct deb *d = l->own;
	struct span sum = d->sums.index != SIZE_MAX ?
	    d->sums.by_entry[index] : (struct span){ 0 };
	struct md5_hex is;

	if (!tar_container.contents(&d->data, index, a, spool, out, e))
		return false;
	if (sum.len == 0)
		return true;
	if (!md5_rope(out, &is, e))
		return false;
	return span_is(sum, is.text) || err_set(e, ERR_DEB_SUM, "entry \"%s\": "
	    "its sum is %s, md5sums says %s",
	    text_show(l->entries[index].path).text, is.text,
	    text_show(sum).text);
}

bool
deb_control(const struct rope *file, struct arena *a, struct spool *spool,
    struct span *out, struct err *e)
{
	struct listing control;
	struct rope contents;
	struct ar ar;
	size_t index;

	if (!members_read(file, a, &ar, e) ||
	    !archive_list(file, &ar, DEB_CONTROL, &control_limits, a, spool,
	    &control, e) || !control_find(&control, &index, e) ||
	    !tar_container.contents(&control, index, a, spool, &contents, e))
		return false;
	if (contents.len > CONTROL_MAX)
		return err_set(e, ERR_DEB_CONTROL, "the file \"control\" has "
		    "%llu bytes", (unsigned long long)contents.len);
	return rope_view(a, &contents, 0, contents.len, out, e);
}

const struct container deb_container = {
	.name		= "deb",
	.ignore_case	= false,
	.probe		= deb_probe,
	.list		= deb_list,
	.contents	= deb_contents,
	.rebuild	= deb_rebuild,
	.kept		= deb_kept,
};

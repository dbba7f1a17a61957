/*
 * msi_summary - the summary information of an installer: a stream of the root,
 * a property set ([MS-OLEPS] 2.21).
 *
 *	u16 0xfffe, version and system 6 bytes, class 16, u32 number of sets,
 *	of each its name 16 bytes and u32 offset
 *	set: u32 size, u32 number of properties, of each u32 name and u32
 *	offset in the set
 *	property: u32 type, value; of text u32 size with NUL, bytes
 *
 * One word of it (15) tells whether files are compressed that do not say so
 * themselves.
 */
#include "base/limits.h"
#include "containers/installer.h"
#include "containers/msi.h"

#define SUMMARY		"\5SummaryInformation"
#define SUMMARY_MAX	(1 * MIB)	/* bytes */
#define SET_AT		44u		/* where the first set's offset is */
#define CODE_PAGE	1u		/* names of properties */
#define WORD_COUNT	15u
#define COMPRESSED	2u		/* bit of the word count */

static bool
set_read(struct span bytes, struct installer_summary *x)
{
	struct reader r = rd_open(bytes);

	if (rd_u16le(&r) != 0xfffe)
		return false;
	rd_seek(&r, SET_AT);
	x->set = span_from(bytes, rd_u32le(&r));
	r = rd_open(x->set);
	rd_skip(&r, 4);
	x->count = rd_u32le(&r);
	if (!rd_ok(&r) || x->count > rd_left(&r) / 8)
		return false;
	if (installer_property(x, CODE_PAGE, &r) &&
	    rd_u32le(&r) == INSTALLER_I2)
		x->code_page = rd_u16le(&r);
	return true;
}

bool
installer_summary(const struct compound *c, struct arena *a,
    struct installer_summary *out, struct err *e)
{
	size_t number = installer_find(c, SUMMARY);
	const struct rope *stream;
	struct span bytes;

	*out = (struct installer_summary){ .there = number != SIZE_MAX };
	if (!out->there)
		return true;
	stream = compound_contents(c, number);
	if (stream->len > SUMMARY_MAX) {
		out->broken = "is too large";
		return true;
	}
	if (!rope_view(a, stream, 0, stream->len, &bytes, e))
		return false;
	if (!set_read(bytes, out))
		out->broken = "is malformed";
	return true;
}

bool
installer_property(const struct installer_summary *x, uint32_t name,
    struct reader *value)
{
	struct reader r = rd_open(x->set);
	unsigned found = 0;

	rd_seek(&r, 8);
	for (uint32_t i = 0; i < x->count; i++) {
		uint32_t is = rd_u32le(&r), at = rd_u32le(&r);

		if (is != name)
			continue;
		found++;
		*value = rd_open(x->set);
		rd_seek(value, at);
	}
	return found == 1;
}

/* ---- how the files are stored */

static bool
bad_summary(const char *why, struct err *e)
{
	return err_set(e, ERR_MSI_SUMMARY, "the summary information %s", why);
}

bool
msi_compressed(const struct msi *m, bool *out, struct err *e)
{
	struct installer_summary x;
	struct reader r = { .bad = true };

	*out = false;
	if (m->file.row_count == 0)
		return true;
	if (!installer_summary(&m->compound, m->database.arena, &x, e))
		return false;
	if (!x.there)
		return true;
	if (x.broken != NULL)
		return bad_summary(x.broken, e);
	if (!installer_property(&x, WORD_COUNT, &r))
		return bad_summary("does not tell the type of source", e);
	if (rd_u32le(&r) != INSTALLER_I4)
		return bad_summary("has a type of source of another kind", e);
	*out = (rd_u32le(&r) & COMPRESSED) != 0;
	return rd_ok(&r) || bad_summary("is cut short", e);
}

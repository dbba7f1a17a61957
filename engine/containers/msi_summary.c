/*
 * msi_summary - one word of the summary information ([MS-OLEPS], property 15):
 * whether files are compressed that do not say so themselves.
 */
#include "base/limits.h"
#include "containers/msi.h"

#define SUMMARY_MAX	(1 * MIB)	/* bytes */
#define SECTION_AT	44u		/* where the section's offset is */
#define WORD_COUNT	15u
#define TYPE_I4		3u
#define COMPRESSED	2u		/* bit of the word count */

/* "\5SummaryInformation", UTF-16LE; it is not packed as others are. */
static const uint16_t stream_name[] = { 5, 'S', 'u', 'm', 'm', 'a', 'r', 'y',
	'I', 'n', 'f', 'o', 'r', 'm', 'a', 't', 'i', 'o', 'n' };

static bool
bad_summary(const char *why, struct err *e)
{
	return err_set(e, ERR_MSI_SUMMARY, "the summary information %s", why);
}

static bool
word_count(struct span summary, uint32_t *out, struct err *e)
{
	struct reader r = rd_open(summary);
	uint32_t section, count;
	uint64_t at = UINT64_MAX;

	rd_seek(&r, SECTION_AT);
	section = rd_u32le(&r);
	rd_seek(&r, (uint64_t)section + 4);
	count = rd_u32le(&r);
	if (!rd_ok(&r) || count > rd_left(&r) / 8)
		return bad_summary("is cut short", e);
	for (; count > 0; count--) {
		uint32_t property = rd_u32le(&r), offset = rd_u32le(&r);

		if (property == WORD_COUNT)
			at = (uint64_t)section + offset;
	}
	if (at == UINT64_MAX)
		return bad_summary("does not tell the type of source", e);
	rd_seek(&r, at);
	if (rd_u32le(&r) != TYPE_I4)
		return bad_summary("has a type of source of another kind", e);
	*out = rd_u32le(&r);
	return rd_ok(&r) || bad_summary("is cut short", e);
}

bool
msi_compressed(const struct msi *m, bool *out, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	const struct rope *stream;
	struct span summary;
	uint32_t words;
	size_t at;

	*out = false;
	for (size_t i = 0; i < COUNT(stream_name); i++)
		buf_u16le(&name, stream_name[i]);
	at = compound_find(&m->compound, buf_span(&name));
	if (at == SIZE_MAX || m->file.row_count == 0)
		return true;
	stream = compound_contents(&m->compound, at);
	if (stream->len > SUMMARY_MAX)
		return bad_summary("is too large", e);
	if (!rope_view(m->database.arena, stream, 0, stream->len, &summary,
	    e) || !word_count(summary, &words, e))
		return false;
	*out = (words & COMPRESSED) != 0;
	return true;
}

/* msi_name - how the names of streams are stored; see msi.h. */
#include "base/text.h"
#include "containers/msi.h"

/*
 *	0x3800 + first + 64 * second	two letters
 *	0x4800 + letter			one letter, without another behind it
 *	0x4840				in front: the stream of a table
 * All other units stand for themselves.
 */
enum { PAIR = 0x3800, SINGLE = 0x4800, TABLE = 0x4840 };

static const char alphabet[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";

#define LETTERS		(sizeof(alphabet) - 1)

static bool
letter(uint16_t unit, uint16_t *out)
{
	for (uint16_t i = 0; i < LETTERS; i++) {
		*out = i;
		if (unit == (uint8_t)alphabet[i])
			return true;
	}
	return false;
}

/* A letter, and the one behind it if there is one, as one unit. */
static uint16_t
packed(struct reader *r, uint16_t first)
{
	size_t at = r->at;
	uint16_t second;

	if (rd_left(r) >= 2 && letter(rd_u16le(r), &second))
		return (uint16_t)(PAIR + first + (second << 6));
	rd_seek(r, at);
	return (uint16_t)(SINGLE + first);
}

bool
msi_name_encode(struct span utf8, bool table, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf wide = { 0 };
	size_t before = out->len;
	uint16_t first;

	if (utf8.len == 0 || !text_to_utf16(utf8, &wide))
		return err_set(e, ERR_MSI_NAME, "\"%s\" is no name of a "
		    "stream", text_show(utf8).text);
	struct reader r = rd_open(buf_span(&wide));
	if (table)
		buf_u16le(out, TABLE);
	while (rd_left(&r) > 0) {
		uint16_t unit = rd_u16le(&r);

		if (unit < 0x20 || (unit >= PAIR && unit <= TABLE))
			return err_set(e, ERR_MSI_NAME, "the name \"%s\" of a "
			    "stream would be read as another one",
			    text_show(utf8).text);
		buf_u16le(out, letter(unit, &first) ? packed(&r, first) :
		    unit);
	}
	return out->len - before <= MSI_NAME_UNITS * 2 || err_set(e,
	    ERR_MSI_NAME, "the name \"%s\" of a stream is too long",
	    text_show(utf8).text);
}

void
msi_name_decode(struct span stored, struct buf *out)
{
	CLEANUP(buf_done) struct buf wide = { 0 };
	struct reader r = rd_open(stored);

	while (rd_left(&r) >= 2) {
		uint16_t unit = rd_u16le(&r);

		if (unit == TABLE) {
			buf_u16le(&wide, '!');
		} else if (unit >= SINGLE && unit < SINGLE + LETTERS) {
			buf_u16le(&wide, (uint8_t)alphabet[unit - SINGLE]);
		} else if (unit >= PAIR && unit < SINGLE) {
			buf_u16le(&wide, (uint8_t)alphabet[unit & 63]);
			buf_u16le(&wide, (uint8_t)
			    alphabet[(unit - PAIR) >> 6]);
		} else {
			buf_u16le(&wide, unit);
		}
	}
	if (!text_utf16(buf_span(&wide), out))
		buf_text(out, "?");
}

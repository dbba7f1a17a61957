/*
 * script_text - the encodings of scripts, and what is hashed: the text as
 * UTF-16LE. PowerShell hashes a byte order mark as the character that it is;
 * Windows Script Host leaves it out, and hashes after the text where the block
 * stands in it, counted in units of UTF-16.
 */
#include "formats/script.h"

#define HELD	4096	/* bytes that are hashed at once */

/* Windows-1252, 0x80 to 0x9f; what it does not define stands for itself. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
	0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

struct hashing {
	struct hasher		*hasher;
	struct script_units	 pairs;
	uint8_t			 held[HELD];
	size_t			 len;
	uint32_t		 units;		/* so far */
	uint64_t		 at;		/* bytes so far */
	uint32_t		 point;		/* UTF-8: as far as it goes */
	uint32_t		 least;		/* else it is overlong */
	unsigned		 missing;	/* bytes of it */
};

struct script_units
script_units(enum script_encoding encoding)
{
	return (struct script_units){
		.wide = encoding == SCRIPT_UTF16LE ||
		    encoding == SCRIPT_UTF16BE,
		.big = encoding == SCRIPT_UTF16BE,
	};
}

bool
script_unit(struct script_units *u, uint8_t byte, uint16_t *unit)
{
	if (!u->wide) {
		*unit = byte;
		return true;
	}
	u->half = !u->half;
	if (u->half) {
		u->first = byte;
		return false;
	}
	*unit = u->big ? (uint16_t)(u->first * 256u + byte) :
	    (uint16_t)(byte * 256u + u->first);
	return true;
}

void
script_widen(enum script_encoding encoding, struct span ascii, struct buf *out)
{
	struct script_units u = script_units(encoding);
	struct reader r = rd_open(ascii);

	while (rd_left(&r) > 0) {
		uint8_t c = rd_u8(&r);

		if (u.wide)
			buf_u16le(out, c);
		else
			buf_u8(out, c);
	}
}

static void
flush(struct hashing *h)
{
	hasher_put(h->hasher, (struct span){ h->held, h->len });
	h->len = 0;
}

static void
put_unit(struct hashing *h, uint16_t unit)
{
	if (h->len + 2 > HELD)
		flush(h);
	put_u16le(h->held + h->len, unit);
	h->len += 2;
	h->units++;
}

static bool
unreadable(const struct hashing *h, const char *encoding, struct err *e)
{
	return err_set(e, ERR_SCRIPT_ENCODING, "the text is no %s at byte "
	    "%llu", encoding, (unsigned long long)h->at);
}

/* A zero byte: UTF-16 that lacks its byte order mark, or no text at all. */
static bool
put_byte_1252(struct hashing *h, uint8_t byte, struct err *e)
{
	if (byte == 0)
		return unreadable(h, "Windows-1252", e);
	put_unit(h, byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] :
	    byte);
	return true;
}

/* The first byte of a character (RFC 3629). */
static bool
utf8_begin(struct hashing *h, uint8_t byte, struct err *e)
{
	static const struct {
		uint8_t		from, mask;
		unsigned	missing;
		uint32_t	least;
	} firsts[] = {
		{ 0xf8, 0, 0, 0 },	/* none */
		{ 0xf0, 0x07, 3, 0x10000 },
		{ 0xe0, 0x0f, 2, 0x800 },
		{ 0xc0, 0x1f, 1, 0x80 },
		{ 0x80, 0, 0, 0 },	/* one that goes on */
		{ 0x01, 0x7f, 0, 1 },
	};

	for (size_t i = 0; i < COUNT(firsts); i++) {
		if (byte < firsts[i].from)
			continue;
		if (firsts[i].mask == 0)
			break;
		h->point = byte & firsts[i].mask;
		h->missing = firsts[i].missing;
		h->least = firsts[i].least;
		return true;
	}
	return unreadable(h, "UTF-8", e);
}

static bool
put_byte_utf8(struct hashing *h, uint8_t byte, struct err *e)
{
	if (h->missing == 0) {
		if (!utf8_begin(h, byte, e))
			return false;
	} else if ((byte & 0xc0) != 0x80) {
		return unreadable(h, "UTF-8", e);
	} else {
		h->point = h->point << 6 | (byte & 0x3f);
		h->missing--;
	}
	if (h->missing > 0)
		return true;
	if (h->point < h->least || h->point > 0x10ffff ||
	    (h->point >= 0xd800 && h->point < 0xe000))
		return unreadable(h, "UTF-8", e);
	if (h->point < 0x10000) {
		put_unit(h, (uint16_t)h->point);
		return true;
	}
	put_unit(h, (uint16_t)(0xd7c0 + (h->point >> 10)));
	put_unit(h, (uint16_t)(0xdc00 | (h->point & 0x3ff)));
	return true;
}

static bool
put_byte_utf16(struct hashing *h, uint8_t byte, struct err *e)
{
	uint16_t unit;

	if (!script_unit(&h->pairs, byte, &unit))
		return true;
	if (unit == 0)
		return unreadable(h, "UTF-16", e);
	put_unit(h, unit);
	return true;
}

static bool
put_byte_big(struct hashing *h, uint8_t byte, struct err *e)
{
	(void)h;
	(void)byte;
	return err_set(e, ERR_SCRIPT_ENCODING,
	    "the text is UTF-16 with the high byte first");
}

static bool	(*const put_byte[SCRIPT_ENCODINGS])(struct hashing *, uint8_t,
		    struct err *) = {
	[SCRIPT_UTF8]		= put_byte_utf8,
	[SCRIPT_WINDOWS_1252]	= put_byte_1252,
	[SCRIPT_UTF16LE]	= put_byte_utf16,
	[SCRIPT_UTF16BE]	= put_byte_big,
};

struct range {
	struct hashing		*hashing;
	enum script_encoding	 encoding;
};

static bool
put_piece(void *arg, struct span piece, struct err *e)
{
	struct range *x = arg;
	struct reader r = rd_open(piece);

	while (rd_left(&r) > 0) {
		if (!put_byte[x->encoding](x->hashing, rd_u8(&r), e))
			return false;
		x->hashing->at++;
	}
	return true;
}

/* A range that ends inside of a character is none. */
static bool
put_range(const struct subject *f, const struct script *x, uint64_t from,
    uint64_t to, struct hashing *h, struct err *e)
{
	struct range range = { .hashing = h, .encoding = x->encoding };

	h->at = from;
	if (!rope_each(&f->file, from, to - from, put_piece, &range, e))
		return false;
	return (h->missing == 0 && !h->pairs.half) || err_set(e,
	    ERR_SCRIPT_ENCODING, "the text ends inside of a character at byte "
	    "%llu", (unsigned long long)to);
}

static bool
put_text(const struct subject *f, const struct script *x, struct hashing *h,
    struct err *e)
{
	uint8_t place[4];

	if (!put_range(f, x, x->style->placed ? x->text_at : 0, x->end, h, e))
		return false;
	put_u32le(place, h->units);
	if (!put_range(f, x, x->rest, f->file.len, h, e))
		return false;
	flush(h);
	if (x->style->placed)
		hasher_put(h->hasher, SPAN(place));
	return true;
}

bool
script_digest(const struct subject *f, const struct script *x,
    enum digest_kind kind, struct digest *out, struct err *e)
{
	CLEANUP(hasher_done) struct hasher *hasher = hasher_new(kind);
	struct hashing h = { .hasher = hasher,
	    .pairs = script_units(x->encoding) };

	if (!script_place(x, e) || !put_text(f, x, &h, e))
		return false;
	*out = hasher_end(hasher);
	return true;
}

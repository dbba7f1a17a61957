/* openpgp_packet - see openpgp_packet.h. */
#include "base/text.h"
#include "crypto/openpgp.h"
#include "crypto/openpgp_packet.h"

#define LINE_WIDTH	64
#define LINE_WIDEST	76

static const char armor_begin[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
static const char armor_end[] = "-----END PGP PUBLIC KEY BLOCK-----";
static const char armor_secret[] = "-----BEGIN PGP PRIVATE KEY BLOCK-----";

bool
(openpgp_broken)(struct err *e, const char *why)
{
	return err_set(e, ERR_OPENPGP_KEY, "%s", why);
}

/* ---- armor ---- */
static uint32_t
crc24(struct span s)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < s.len; i++) {
		crc ^= (uint32_t)s.ptr[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc << 1) ^ (crc & 0x800000 ? 0x864cfb : 0);
		crc &= 0xffffff;
	}
	return crc;
}

static void
put_crc(struct span packets, struct buf *out)
{
	uint32_t crc = crc24(packets);
	uint8_t bytes[3] = { (uint8_t)(crc >> 16), (uint8_t)(crc >> 8),
	    (uint8_t)crc };

	buf_text(out, "=");
	text_base64(SPAN(bytes), out);
}

/* gpg on Windows ends lines with CR LF. */
static bool
next_line(struct span *rest, struct span *line)
{
	if (!span_line(rest, line))
		return false;
	if (span_ends(*line, "\r"))
		line->len--;
	return true;
}

/* The CRC may be missing (RFC 9580, 6.1); if it is there it is right. */
static bool
read_base64(struct span *rest, struct buf *packets, struct err *e)
{
	CLEANUP(buf_done) struct buf base64 = { 0 }, one = { 0 }, crc = { 0 };
	struct span line, sum = { 0 };

	for (;;) {
		if (!next_line(rest, &line))
			return openpgp_broken(e, "the armor has no end");
		if (span_is(line, armor_end))
			break;
		if (sum.len > 0 || line.len == 0 || line.len > LINE_WIDEST)
			return openpgp_broken(e, "the armor holds a line "
			    "that is no base64");
		if (span_starts(line, "="))
			sum = line;
		else
			buf_put(&base64, line);
	}
	if (!text_unbase64(buf_span(&base64), &one))
		return openpgp_broken(e, "the armor holds no base64");
	put_crc(buf_span(&one), &crc);
	if (sum.len > 0 && !span_eq(sum, buf_span(&crc)))
		return openpgp_broken(e, "the armor's checksum is wrong");
	buf_put(packets, buf_span(&one));
	return true;
}

/* One block after the other, with nothing but empty lines between. */
static bool
read_armor(struct span file, struct buf *packets, struct err *e)
{
	struct span rest = file, line;

	while (next_line(&rest, &line)) {
		if (line.len == 0)
			continue;
		if (span_is(line, armor_secret))
			return err_set(e, ERR_OPENPGP_SECRET, "it is a PRIVATE "
			    "KEY BLOCK");
		if (!span_is(line, armor_begin))
			return openpgp_broken(e, "something that is no "
			    "PUBLIC KEY BLOCK stands in the file");
		do {
			if (!next_line(&rest, &line))
				return openpgp_broken(e, "the armor is cut "
				    "short");
		} while (line.len > 0);
		if (!read_base64(&rest, packets, e))
			return false;
	}
	return true;
}

void
openpgp_armor_comment(struct span packets, const char *comment,
    struct buf *out)
{
	CLEANUP(buf_done) struct buf base64 = { 0 };

	text_base64(packets, &base64);
	buf_printf(out, "%s\n", armor_begin);
	if (comment != NULL)
		buf_printf(out, "Comment: %s\n", comment);
	buf_text(out, "\n");
	for (size_t at = 0; at < base64.len; at += LINE_WIDTH)
		buf_printf(out, "%.*s\n", LINE_WIDTH,
		    buf_cstr(&base64) + at);
	put_crc(packets, out);
	buf_printf(out, "\n%s\n", armor_end);
}

void
openpgp_armor(struct span packets, struct buf *out)
{
	openpgp_armor_comment(packets, NULL, out);
}

bool
openpgp_unarmor(struct arena *a, struct span file, struct span *packets,
    struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	if (file.len > OPENPGP_FILE)
		return openpgp_broken(e, "the file is larger than any of "
		    "keys");
	if (!span_starts(file, "-")) {
		*packets = file;
		return true;
	}
	if (!read_armor(file, &raw, e))
		return false;
	return arena_copy(a, buf_span(&raw), packets) || err_budget(e, a);
}

/* ---- packets ---- */

/* Old packets (RFC 9580, 4.2.2): the length's width is in the header. */
static bool
old_length(struct reader *r, uint8_t header, uint32_t *out)
{
	switch (header & 3) {
	case 0:
		*out = rd_u8(r);
		return true;
	case 1:
		*out = rd_u16be(r);
		return true;
	case 2:
		*out = rd_u32be(r);
		return true;
	}
	return false;	/* up to the end: not for keys */
}

bool
openpgp_length(struct reader *r, bool partial, uint32_t *out)
{
	uint32_t first = rd_u8(r);

	if (first < 192)
		*out = first;
	else if (first == 255)
		*out = rd_u32be(r);
	else if (first < 224 || !partial)
		*out = ((first - 192) << 8) + rd_u8(r) + 192;
	else
		return false;	/* in parts: not for keys */
	return rd_ok(r);
}

/* Two bytes reach up to 8383, in packets and in subpackets. */
void
openpgp_length_put(size_t len, struct buf *out)
{
	if (len < 192) {
		buf_u8(out, (uint8_t)len);
	} else if (len <= 8383) {
		buf_u16be(out, (uint16_t)(len - 192 + (192 << 8)));
	} else {
		buf_u8(out, 255);
		buf_u32be(out, (uint32_t)len);
	}
}

bool
openpgp_packet_read(struct reader *r, struct openpgp_packet *out,
    struct err *e)
{
	size_t start = r->at;
	uint8_t header = rd_u8(r);
	bool fresh = (header & 0x40) != 0;
	uint32_t len = 0;

	if (!(header & 0x80))
		return openpgp_broken(e, "the file holds no OpenPGP "
		    "packets");
	if (!(fresh ? openpgp_length(r, true, &len) :
	    old_length(r, header, &len)))
		return openpgp_broken(e, "a packet of the key has no "
		    "length");
	out->tag = fresh ? header & 0x3f : header >> 2 & 0x0f;
	out->body = rd_take(r, len);
	if (!rd_ok(r))
		return openpgp_broken(e, "the last packet is cut short");
	return span_cut(r->in, start, r->at - start, &out->whole) ||
	    openpgp_broken(e, "the last packet is cut short");
}

void
openpgp_packet_put(uint8_t tag, struct span body, struct buf *out)
{
	buf_u8(out, 0xc0 | tag);
	openpgp_length_put(body.len, out);
	buf_put(out, body);
}

/* ---- numbers ---- */
static unsigned
bits_of(struct span number)
{
	unsigned bits = (unsigned)number.len * 8;

	for (unsigned mask = 0x80; number.len > 0 && mask > 0 &&
	    !(number.ptr[0] & mask); mask >>= 1)
		bits--;
	return bits;
}

bool
openpgp_number(struct reader *r, size_t max, struct span *out)
{
	uint16_t bits = rd_u16be(r);

	*out = rd_take(r, ((size_t)bits + 7) / 8);
	return rd_ok(r) && out->len <= max && bits_of(*out) == bits;
}

void
openpgp_number_put(struct span number, struct buf *out)
{
	while (number.len > 0 && number.ptr[0] == 0)
		number = span_from(number, 1);
	buf_u16be(out, (uint16_t)bits_of(number));
	buf_put(out, number);
}

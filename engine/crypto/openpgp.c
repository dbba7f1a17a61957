/* openpgp - see openpgp.h. */
#include <string.h>

#include "base/text.h"
#include "crypto/openpgp.h"

#define FILE_MAX	((size_t)16 << 20)	/* bytes */
#define LINE_WIDTH	64
#define LINE_WIDEST	76

static const char armor_begin[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
static const char armor_end[] = "-----END PGP PUBLIC KEY BLOCK-----";

/* RFC 9580, 5: what a packet is, by its type. */
enum use {
	USE_NONE,	/* has no place among public keys */
	USE_KEY,	/* begins one */
	USE_PART,	/* belongs to the one before */
	USE_NAME,	/* so does this, and is a user id */
	USE_PADDING,	/* is dropped: marker, trust, padding, comment */
	USE_SECRET,
};
static const uint8_t uses[64] = {
	[2] = USE_PART, [5] = USE_SECRET, [6] = USE_KEY, [7] = USE_SECRET,
	[10] = USE_PADDING, [12] = USE_PADDING, [13] = USE_NAME,
	[14] = USE_PART, [17] = USE_PART, [21] = USE_PADDING,
	[61] = USE_PADDING,
};

static bool
malformed(struct err *e, const char *why)
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
			return malformed(e, "the armor has no end");
		if (span_is(line, armor_end))
			break;
		if (sum.len > 0 || line.len == 0 || line.len > LINE_WIDEST)
			return malformed(e, "the armor holds a line that is "
			    "no base64");
		if (span_starts(line, "="))
			sum = line;
		else
			buf_put(&base64, line);
	}
	if (!text_unbase64(buf_span(&base64), &one))
		return malformed(e, "the armor holds no base64");
	put_crc(buf_span(&one), &crc);
	if (sum.len > 0 && !span_eq(sum, buf_span(&crc)))
		return malformed(e, "the armor's checksum is wrong");
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
		if (!span_is(line, armor_begin))
			return malformed(e, "something that is no PUBLIC KEY "
			    "BLOCK stands in the file");
		do {
			if (!next_line(&rest, &line))
				return malformed(e, "the armor is cut short");
		} while (line.len > 0);
		if (!read_base64(&rest, packets, e))
			return false;
	}
	return true;
}

void
openpgp_armor(struct span packets, struct buf *out)
{
	CLEANUP(buf_done) struct buf base64 = { 0 };

	text_base64(packets, &base64);
	buf_printf(out, "%s\n\n", armor_begin);
	for (size_t at = 0; at < base64.len; at += LINE_WIDTH)
		buf_printf(out, "%.*s\n", LINE_WIDTH,
		    buf_cstr(&base64) + at);
	put_crc(packets, out);
	buf_printf(out, "\n%s\n", armor_end);
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

static bool
new_length(struct reader *r, uint32_t *out)
{
	uint32_t first = rd_u8(r);

	if (first < 192)
		*out = first;
	else if (first < 224)
		*out = ((first - 192) << 8) + rd_u8(r) + 192;
	else if (first == 255)
		*out = rd_u32be(r);
	else
		return false;	/* in parts: not for keys */
	return true;
}

struct packet {
	uint8_t		type;
	enum use	use;
	struct span	whole;
	struct span	body;
};

static bool
packet_read(struct reader *r, struct packet *out, struct err *e)
{
	size_t start = r->at;
	uint8_t header = rd_u8(r);
	bool fresh = (header & 0x40) != 0;
	uint32_t len = 0;

	if (!(header & 0x80))
		return malformed(e, "the file holds no OpenPGP packets");
	if (!(fresh ? new_length(r, &len) : old_length(r, header, &len)))
		return malformed(e, "a packet of the key has no length");
	out->type = fresh ? header & 0x3f : header >> 2 & 0x0f;
	out->use = uses[out->type];
	out->body = rd_take(r, len);
	if (!rd_ok(r))
		return malformed(e, "the last packet is cut short");
	return span_cut(r->in, start, r->at - start, &out->whole) ||
	    malformed(e, "the last packet is cut short");
}

bool
openpgp_packet_next(struct reader *r, uint8_t *type, struct span *body)
{
	struct packet p;
	struct err none;

	if (rd_left(r) == 0 || !packet_read(r, &p, &none))
		return false;
	*type = p.type;
	*body = p.body;
	return true;
}

/* A key being put together; parts of it lie one behind the other. */
struct gathering {
	struct arena		*arena;
	struct openpgp_public	*all;
	size_t			 count;
	struct buf		 packets;	/* of the last one */
};

static bool
finish(struct gathering *g, struct err *e)
{
	if (g->count == 0)
		return true;
	if (!arena_copy(g->arena, buf_span(&g->packets),
	    &g->all[g->count - 1].packets))
		return err_budget(e, g->arena);
	g->packets.len = 0;
	return true;
}

static bool
begin(struct gathering *g, struct err *e)
{
	if (!finish(g, e))
		return false;
	struct openpgp_public *grown = arena_grow(g->arena, g->all, g->count,
	    sizeof(*grown));
	if (grown == NULL)
		return err_budget(e, g->arena);
	grown[g->count++] = (struct openpgp_public){ .name_count = 0 };
	g->all = grown;
	return true;
}

static bool
take(struct gathering *g, const struct packet *p, struct err *e)
{
	if (p->use == USE_SECRET)
		return err_set(e, ERR_OPENPGP_SECRET, "a secret key is among "
		    "the public ones");
	if (p->use == USE_PADDING)
		return true;
	if (p->use == USE_KEY && !begin(g, e))
		return false;
	if (p->use == USE_NONE || g->count == 0)
		return malformed(e, "a packet has no place among public keys");
	struct openpgp_public *k = &g->all[g->count - 1];
	if (p->use == USE_NAME && k->name_count < OPENPGP_NAMES)
		k->names[k->name_count++] = p->body;
	buf_put(&g->packets, p->whole);
	return true;
}

static bool
gather(struct gathering *g, struct span packets, struct err *e)
{
	struct reader r = rd_open(packets);
	struct packet p;

	while (rd_left(&r) > 0)
		if (!packet_read(&r, &p, e) || !take(g, &p, e))
			return false;
	return finish(g, e);
}

bool
openpgp_split(struct arena *a, struct span file,
    struct openpgp_public **out, size_t *count, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct gathering g = { .arena = a };
	struct span packets = file;

	if (file.len > FILE_MAX)
		return malformed(e, "the file is larger than any of keys");
	if (span_starts(file, "-")) {
		if (!read_armor(file, &raw, e))
			return false;
		if (!arena_copy(a, buf_span(&raw), &packets))
			return err_budget(e, a);
	}
	bool good = gather(&g, packets, e);
	buf_done(&g.packets);
	if (!good)
		return false;
	if (g.count == 0)
		return malformed(e, "the file holds no OpenPGP key");
	*out = g.all;
	*count = g.count;
	return true;
}

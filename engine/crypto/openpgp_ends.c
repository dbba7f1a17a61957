/*
 * openpgp_ends - until when OpenPGP keys count (RFC 9580 5.2.3, 5.5.2): see
 * ends.h.
 *
 *	key		version, created (u32), ...
 *	signature	version (4; 6), type, algorithm, hash,
 *			u16 (6: u32) bytes of hashed subpackets, these,
 *			the same of others that nobody signed, ...
 *	subpacket	length of one, two or five bytes, type, value
 */
#include <string.h>

#include "crypto/digest.h"
#include "crypto/ends.h"
#include "crypto/openpgp.h"
#include "crypto/openpgp_packet.h"

#define ID	8		/* bytes of a key's id */

/* Types of signatures, 5.2.1. */
enum {
	BY_NAME		= 0x10,	/* and up to 0x13: of a user id */
	BY_NAME_LAST	= 0x13,
	BINDS_SUBKEY	= 0x18,
	OF_KEY		= 0x1f,
	REVOKES_KEY	= 0x20,
	REVOKES_SUBKEY	= 0x28,
};

/* Types of subpackets, 5.2.3.7. */
enum { CREATED = 2, KEY_EXPIRES = 9, ISSUER = 16, FLAGS = 27, MAKER = 33 };
#define FLAG_SIGNS	0x02

/* What a signature over a key says. */
struct said {
	uint8_t		type;
	uint32_t	created;
	uint32_t	lasts;		/* seconds; 0: for ever */
	uint8_t		flags;
	bool		flags_given;
	struct span	issuer;		/* id; or empty */
};

/* A key or subkey, with the newest of what its owner said of it. */
struct key {
	uint8_t		id[ID];
	uint32_t	created;
	bool		primary;
	bool		revoked;
	bool		described;
	struct said	newest;
};

/* Fingerprints of 5.5.4: of SHA-1 the id is the end, of SHA-256 the front. */
static const struct version {
	uint8_t			number;
	uint8_t			head;		/* what is hashed before it */
	unsigned		width;		/* of its length, bytes */
	enum digest_kind	digest;
	bool			front;
} versions[] = {
	{ 4, 0x99, 2, DIGEST_SHA1, false },
	{ 6, 0x9b, 4, DIGEST_SHA256, true },
};

static const struct version *
version_find(uint8_t number)
{
	for (size_t i = 0; i < COUNT(versions); i++)
		if (versions[i].number == number)
			return &versions[i];
	return NULL;
}

static void
put_length(struct buf *b, size_t len, unsigned width)
{
	for (unsigned i = width; i > 0; i--)
		buf_u8(b, (uint8_t)(len >> 8 * (i - 1)));
}

/* false: a version that is not known here. */
static bool
key_read(struct span body, bool primary, struct key *out)
{
	CLEANUP(buf_done) struct buf hashed = { 0 };
	struct reader r = rd_open(body);
	const struct version *v = version_find(rd_u8(&r));

	*out = (struct key){ .primary = primary, .created = rd_u32be(&r) };
	if (v == NULL || !rd_ok(&r))
		return false;
	buf_u8(&hashed, v->head);
	put_length(&hashed, body.len, v->width);
	buf_put(&hashed, body);
	struct digest d = digest_of(v->digest, buf_span(&hashed));
	memcpy(out->id, v->front ? d.bytes : d.bytes + d.len - ID, ID);
	return true;
}

/* ---- signatures ---- */

static struct span
id_of(struct span maker)
{
	struct reader r = rd_open(maker);
	const struct version *v = version_find(rd_u8(&r));

	if (v == NULL || rd_left(&r) < ID)
		return (struct span){ 0 };
	if (!v->front)
		rd_skip(&r, rd_left(&r) - ID);
	return rd_take(&r, ID);
}

static void
subpacket_take(struct said *s, uint8_t type, struct span value, bool hashed)
{
	struct reader r = rd_open(value);

	if (type == ISSUER && value.len == ID)
		s->issuer = value;
	else if (type == MAKER)
		s->issuer = id_of(value);
	if (!hashed)
		return;		/* nobody signed it */
	if (type == CREATED)
		s->created = rd_u32be(&r);
	else if (type == KEY_EXPIRES)
		s->lasts = rd_u32be(&r);
	else if (type == FLAGS) {
		s->flags = rd_u8(&r);
		s->flags_given = true;
	}
}

static uint32_t
subpacket_length(struct reader *r)
{
	uint32_t first = rd_u8(r);

	return first < 192 ? first : first == 255 ? rd_u32be(r) :
	    ((first - 192) << 8) + rd_u8(r) + 192;
}

static void
subpackets_take(struct said *s, struct span area, bool hashed)
{
	struct reader r = rd_open(area);

	while (rd_left(&r) > 0 && rd_ok(&r)) {
		struct reader one = rd_open(rd_take(&r,
		    subpacket_length(&r)));
		uint8_t type = rd_u8(&one) & 0x7f;

		if (!rd_ok(&r) || !rd_ok(&one))
			return;
		subpacket_take(s, type, rd_take(&one, rd_left(&one)),
		    hashed);
	}
}

static bool
signature_read(struct span body, struct said *out)
{
	struct reader r = rd_open(body);
	const struct version *v = version_find(rd_u8(&r));

	*out = (struct said){ .type = rd_u8(&r) };
	if (v == NULL)
		return false;
	rd_skip(&r, 2);
	struct span hashed = rd_take(&r, v->width == 2 ? rd_u16be(&r) :
	    rd_u32be(&r));
	struct span others = rd_take(&r, v->width == 2 ? rd_u16be(&r) :
	    rd_u32be(&r));
	if (!rd_ok(&r))
		return false;
	subpackets_take(out, hashed, true);
	subpackets_take(out, others, false);
	return true;
}

/* Is it the word of a key's owner about this key, and of which kind? */
static bool
describes(const struct key *k, const struct said *s)
{
	return k->primary ? (s->type >= BY_NAME && s->type <= BY_NAME_LAST) ||
	    s->type == OF_KEY : s->type == BINDS_SUBKEY;
}

static void
signature_take(struct key *k, const struct key *owner, struct span body)
{
	struct said s;

	if (!signature_read(body, &s) || !span_eq(s.issuer,
	    (struct span){ owner->id, ID }))
		return;
	if (s.type == (k->primary ? REVOKES_KEY : REVOKES_SUBKEY))
		k->revoked = true;
	if (!describes(k, &s) || (k->described &&
	    s.created < k->newest.created))
		return;
	k->newest = s;
	k->described = true;
}

/* ---- keys ---- */

static int64_t
end_of(const struct key *k)
{
	return k->newest.lasts == 0 ? END_NEVER :
	    ((int64_t)k->created + k->newest.lasts) * 1000;
}

static bool
key_add(const struct key *k, struct arena *a, struct ends *list,
    struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	struct span kept;
	bool signs = k->primary || !k->newest.flags_given ||
	    (k->newest.flags & FLAG_SIGNS) != 0;

	if (k->revoked || !k->described || !signs)
		return true;
	buf_text(&name, k->primary ? "key " : "subkey ");
	for (size_t i = 0; i < ID; i++)
		buf_printf(&name, "%02X", k->id[i]);
	return (arena_copy(a, buf_span(&name), &kept) || err_budget(e, a)) &&
	    ends_add(list, a, kept, end_of(k), e);
}

/* A key of a file, while its packets are gone through. */
struct going {
	struct key	owner;
	struct key	last;		/* the owner, or a subkey behind it */
	struct arena	*arena;
	struct ends	*list;
};

/* All that is said of the one before has been read. */
static bool
last_done(struct going *g, struct err *e)
{
	if (g->last.primary)
		g->owner = g->last;
	return g->owner.revoked || key_add(&g->last, g->arena, g->list, e);
}

/* Signatures stand behind what they are about. */
static bool
public_add(const struct openpgp_public *p, struct arena *a,
    struct ends *list, struct err *e)
{
	struct reader r = rd_open(p->packets);
	struct going g = { .arena = a, .list = list };
	struct openpgp_packet one;

	if (!openpgp_packet_read(&r, &one, e))
		return false;
	if (!key_read(one.body, true, &g.owner))
		return true;
	g.last = g.owner;
	while (rd_left(&r) > 0) {
		if (!openpgp_packet_read(&r, &one, e))
			return false;
		if (one.tag == OPENPGP_SIGNATURE)
			signature_take(&g.last, &g.owner, one.body);
		if (one.tag != OPENPGP_SUBKEY)
			continue;
		if (!last_done(&g, e))
			return false;
		g.last.revoked = !key_read(one.body, false, &g.last);
	}
	return last_done(&g, e);
}

bool
ends_of_openpgp(struct span bytes, struct arena *a, struct ends *out,
    struct err *e)
{
	struct ends list = { .count = 0 };
	struct openpgp_public *keys;
	size_t count;

	if (!openpgp_split(a, bytes, &keys, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!public_add(&keys[i], a, &list, e))
			return false;
	*out = list;
	return true;
}

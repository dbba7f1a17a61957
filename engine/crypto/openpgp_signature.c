/* openpgp_signature - see openpgp_signature.h: reading and checking. */
#include "base/limits.h"
#include "crypto/openpgp_packet.h"
#include "crypto/openpgp_signature.h"

#define VERSION		4
#define SECOND		1000	/* ms */
#define CRITICAL	0x80	/* of a subpacket's type */
#define NUMBER_MAX	((size_t)2048)	/* bytes: RSA-16384 */

/* ---- subpackets ---- */
static uint32_t
seconds(struct span s)
{
	struct reader r = rd_open(s);

	return rd_u32be(&r);
}

static uint8_t
first(struct span s)
{
	struct reader r = rd_open(s);

	return rd_u8(&r);
}

static void
take_signed_at(struct openpgp_signature *s, struct span v)
{
	s->created = (int64_t)seconds(v) * SECOND;
}

static void
take_ends(struct openpgp_signature *s, struct span v)
{
	s->ends = seconds(v);
}

static void
take_key_ends(struct openpgp_signature *s, struct span v)
{
	s->key_ends = seconds(v);
}

static void
take_issuer_id(struct openpgp_signature *s, struct span v)
{
	s->issuer_id = v;
}

static void
take_primary(struct openpgp_signature *s, struct span v)
{
	s->primary = first(v) != 0;
}

static void
take_flags(struct openpgp_signature *s, struct span v)
{
	s->flags = first(v);
	s->flagged = true;
}

static void
take_reason(struct openpgp_signature *s, struct span v)
{
	s->reason = first(v);
	s->reason_text = span_from(v, 1);
}

static void
take_embedded(struct openpgp_signature *s, struct span v)
{
	s->embedded = v;
}

/* The first byte is the version of the key. */
static void
take_issuer(struct openpgp_signature *s, struct span v)
{
	s->issuer = span_from(v, 1);
}

static void
take_none(struct openpgp_signature *s, struct span v)
{
	(void)s;
	(void)v;
}

/*
 * What is known; loose: it counts where it is not hashed too. No notation is:
 * each has a meaning of its own (RFC 9580, 5.2.3.24).
 */
static const struct {
	size_t	least;		/* bytes */
	size_t	most;		/* 0: any number */
	bool	loose;
	void	(*take)(struct openpgp_signature *, struct span);
} subpackets[OPENPGP_SUBPACKETS] = {
	[OPENPGP_SIGNED_AT]	= { 4, 4, false, take_signed_at },
	[OPENPGP_SIGNATURE_ENDS] = { 4, 4, false, take_ends },
	[OPENPGP_EXPORTABLE]	= { 1, 1, false, take_none },
	[OPENPGP_TRUSTS]	= { 2, 2, false, take_none },
	[OPENPGP_EXPRESSION]	= { 0, 0, false, take_none },
	[OPENPGP_REVOCABLE]	= { 1, 1, false, take_none },
	[OPENPGP_KEY_ENDS]	= { 4, 4, false, take_key_ends },
	[OPENPGP_CIPHERS]	= { 0, 0, false, take_none },
	[OPENPGP_REVOKERS]	= { 0, 0, false, take_none },
	[OPENPGP_ISSUER_ID]	= { 8, 8, true, take_issuer_id },
	[OPENPGP_HASHES]	= { 0, 0, false, take_none },
	[OPENPGP_COMPRESSIONS]	= { 0, 0, false, take_none },
	[OPENPGP_SERVER]	= { 0, 0, false, take_none },
	[OPENPGP_SERVER_URL]	= { 0, 0, false, take_none },
	[OPENPGP_PRIMARY_NAME]	= { 1, 1, false, take_primary },
	[OPENPGP_POLICY_URL]	= { 0, 0, false, take_none },
	[OPENPGP_FLAGS]		= { 0, 0, false, take_flags },
	[OPENPGP_SIGNER_NAME]	= { 0, 0, false, take_none },
	[OPENPGP_REASON]	= { 1, 0, false, take_reason },
	[OPENPGP_FEATURES]	= { 0, 0, false, take_none },
	[OPENPGP_TARGET]	= { 2, 0, false, take_none },
	[OPENPGP_EMBEDDED]	= { 1, 0, true, take_embedded },
	[OPENPGP_ISSUER]	= { 21, 33, true, take_issuer },
};

/* One subpacket; whole includes its length. */
struct subpacket {
	uint8_t		type;
	bool		critical;
	struct span	whole;
	struct span	value;
};

static bool
subpacket_read(struct reader *r, struct subpacket *out)
{
	size_t start = r->at;
	uint32_t len;

	if (!openpgp_length(r, false, &len) || len == 0)
		return false;
	uint8_t type = rd_u8(r);
	out->type = type & (CRITICAL - 1);
	out->critical = (type & CRITICAL) != 0;
	out->value = rd_take(r, len - 1);
	return rd_ok(r) && span_cut(r->in, start, r->at - start, &out->whole);
}

/* What is hashed comes first, and once: nothing loose takes its place. */
static bool
subpacket_take(struct openpgp_signature *s, const struct subpacket *p,
    bool hashed, bool seen[OPENPGP_SUBPACKETS])
{
	if (subpackets[p->type].take == NULL) {
		s->strange = s->strange || (p->critical && hashed);
		return true;
	}
	if (!hashed && (!subpackets[p->type].loose || seen[p->type]))
		return true;
	if ((seen[p->type] && subpackets[p->type].take != take_none) ||
	    p->value.len < subpackets[p->type].least ||
	    (subpackets[p->type].most > 0 &&
	    p->value.len > subpackets[p->type].most))
		return false;
	seen[p->type] = true;
	subpackets[p->type].take(s, p->value);
	return true;
}

static bool
subpackets_read(struct openpgp_signature *s, struct span area, bool hashed,
    bool seen[OPENPGP_SUBPACKETS])
{
	struct reader r = rd_open(area);
	struct subpacket p;

	while (rd_left(&r) > 0)
		if (!subpacket_read(&r, &p) ||
		    !subpacket_take(s, &p, hashed, seen))
			return false;
	return true;
}

void
openpgp_put_others(struct span area, const bool without[OPENPGP_SUBPACKETS],
    struct buf *out)
{
	struct reader r = rd_open(area);
	struct subpacket p;

	while (rd_left(&r) > 0 && subpacket_read(&r, &p))
		if (!without[p.type])
			buf_put(out, p.whole);
}

/* ---- signatures ---- */
static bool
issuers_agree(const struct openpgp_signature *s)
{
	size_t at = OPENPGP_FINGERPRINT - OPENPGP_KEY_ID;

	return s->issuer.len != OPENPGP_FINGERPRINT || s->issuer_id.len == 0 ||
	    span_eq(span_from(s->issuer, at), s->issuer_id);
}

static bool
version_4_read(struct reader *r, struct openpgp_signature *s, struct err *e)
{
	bool seen[OPENPGP_SUBPACKETS] = { false };

	s->type = rd_u8(r);
	s->algorithm = rd_u8(r);
	s->digest = rd_u8(r);
	s->subpackets = rd_take(r, rd_u16be(r));
	size_t end = r->at;
	struct span loose = rd_take(r, rd_u16be(r));
	s->left = rd_take(r, 2);
	if (!rd_ok(r) || !span_cut(s->body, 0, end, &s->hashed))
		return openpgp_broken(e, "a signature is cut short");
	s->numbers = rd_take(r, rd_left(r));
	if (!subpackets_read(s, s->subpackets, true, seen) ||
	    !subpackets_read(s, loose, false, seen))
		return openpgp_broken(e, "a subpacket of a signature is "
		    "broken");
	if (!seen[OPENPGP_SIGNED_AT])
		return openpgp_broken(e, "a signature does not say when it "
		    "was made");
	return issuers_agree(s) || openpgp_broken(e, "a signature names "
	    "two issuers");
}

bool
openpgp_signature_read(struct span body, struct openpgp_signature *out,
    struct err *e)
{
	struct openpgp_signature s = { .body = body };
	struct reader r = rd_open(body);

	s.version = rd_u8(&r);
	if (!rd_ok(&r))
		return openpgp_broken(e, "a signature is empty");
	if (s.version == VERSION && !version_4_read(&r, &s, e))
		return false;
	*out = s;
	return true;
}

bool
openpgp_issued_by(const struct openpgp_signature *s,
    const struct openpgp_v4_key *k)
{
	if (s->version != VERSION)
		return false;
	if (s->issuer.len > 0)
		return span_eq(s->issuer, openpgp_fingerprint(k));
	return span_eq(s->issuer_id, openpgp_key_id(k));
}

bool
openpgp_may_sign(const struct openpgp_signature *s)
{
	return !s->flagged || (s->flags & OPENPGP_MAY_SIGN) != 0;
}

/* ---- what is hashed ---- */
void
openpgp_object_key(const struct openpgp_v4_key *k, struct buf *out)
{
	buf_u8(out, 0x99);
	buf_u16be(out, (uint16_t)k->body.len);
	buf_put(out, k->body);
}

void
openpgp_object_name(struct span name, bool attribute, struct buf *out)
{
	buf_u8(out, attribute ? 0xd1 : 0xb4);
	buf_str(out, name);
}

static struct digest
digest_make(enum digest_kind kind, struct span object, struct span hashed)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_put(&b, object);
	buf_put(&b, hashed);
	buf_u8(&b, VERSION);
	buf_u8(&b, 0xff);
	buf_u32be(&b, (uint32_t)hashed.len);
	return digest_of(kind, buf_span(&b));
}

/* ---- values: the numbers, and the form of crypto/signature.h ---- */
static bool
number_padded(struct reader *r, size_t width, struct buf *out)
{
	struct span n;

	if (!openpgp_number(r, NUMBER_MAX, &n) || n.len > width)
		return false;
	buf_zero(out, width - n.len);
	buf_put(out, n);
	return true;
}

static bool
rsa_value(struct reader *r, const struct public_key *k, struct buf *out)
{
	return number_padded(r, (k->bits + 7) / 8, out);
}

static bool
ecdsa_value(struct reader *r, const struct public_key *k, struct buf *out)
{
	return number_padded(r, k->field_size, out) &&
	    number_padded(r, k->field_size, out);
}

static bool
eddsa_value(struct reader *r, const struct public_key *k, struct buf *out)
{
	(void)k;
	return number_padded(r, ED25519_KEY, out) &&
	    number_padded(r, ED25519_KEY, out);
}

static bool
ed25519_value(struct reader *r, const struct public_key *k, struct buf *out)
{
	(void)k;
	buf_put(out, rd_take(r, 2 * ED25519_KEY));
	return true;
}

static void
rsa_put(struct span value, struct buf *out)
{
	openpgp_number_put(value, out);
}

static void
halves_put(struct span value, struct buf *out)
{
	struct span half;

	if (!span_cut(value, 0, value.len / 2, &half))
		return;
	openpgp_number_put(half, out);
	openpgp_number_put(span_from(value, value.len / 2), out);
}

static void
ed25519_put(struct span value, struct buf *out)
{
	buf_put(out, value);
}

static const struct {
	uint8_t	algorithm;
	bool	(*value)(struct reader *, const struct public_key *,
		    struct buf *);
	void	(*put)(struct span value, struct buf *);
} values[] = {
	{ OPENPGP_RSA, rsa_value, rsa_put },
	{ OPENPGP_ECDSA, ecdsa_value, halves_put },
	{ OPENPGP_EDDSA, eddsa_value, halves_put },
	{ OPENPGP_ED25519, ed25519_value, ed25519_put },
};

static bool
value_read(const struct openpgp_signature *s, const struct openpgp_v4_key *by,
    struct buf *out)
{
	struct reader r = rd_open(s->numbers);

	for (size_t i = 0; i < COUNT(values); i++)
		if (values[i].algorithm == s->algorithm)
			return values[i].value(&r, &by->about, out) &&
			    rd_end(&r);
	return false;
}

static void
value_put(uint8_t algorithm, struct span value, struct buf *out)
{
	for (size_t i = 0; i < COUNT(values); i++)
		if (values[i].algorithm == algorithm)
			values[i].put(value, out);
}

/* ---- digests ---- */
static const uint8_t digest_ids[DIGEST_KINDS] = {
	[DIGEST_SHA1]	= 2,
	[DIGEST_SHA256]	= 8,
	[DIGEST_SHA384]	= 9,
	[DIGEST_SHA512]	= 10,
};
#define DIGEST_ID_MD5	1

static bool
digest_read(uint8_t id, enum digest_kind *out, struct err *e)
{
	if (id == digest_ids[DIGEST_SHA1] || id == DIGEST_ID_MD5)
		return err_set(e, ERR_DIGEST_WEAK, "the signature uses %s",
		    id == DIGEST_ID_MD5 ? "MD5" : "SHA-1");
	for (enum digest_kind k = 0; k < DIGEST_KINDS; k++)
		if (digest_ids[k] == id) {
			*out = k;
			return true;
		}
	return err_set(e, ERR_ALGORITHM_UNKNOWN, "the digest algorithm %u of a "
	    "signature is not known here", id);
}

/* The curve's own size, or what is nearest to it. */
static enum digest_kind
digest_least(const struct public_key *k)
{
	if (k->kind != KEY_EC || k->bits <= 256)
		return DIGEST_SHA256;
	return k->bits <= 384 ? DIGEST_SHA384 : DIGEST_SHA512;
}

bool
openpgp_digest_for(const struct openpgp_v4_key *k,
    const enum digest_kind *asked, enum digest_kind *out, struct err *e)
{
	enum digest_kind least = digest_least(&k->about);

	*out = asked == NULL ? least : *asked;
	return digest_rows[*out].size >= digest_rows[least].size ||
	    err_set(e, ERR_KEY_UNFIT, "a key of %u bits signs no digest "
	    "shorter than %s", k->about.bits, digest_rows[least].name);
}

/* ---- checking ---- */
static bool
bad(struct err *e, const char *why)
{
	return err_set(e, ERR_OPENPGP_SIGNATURE, "%s", why);
}

static bool
left_of(const struct digest *d, struct span *out)
{
	return span_cut(digest_span(d), 0, 2, out);
}

static bool
what_signed(const struct openpgp_signature *s, const struct openpgp_v4_key *by,
    struct span object, struct digest *digest, struct to_be_signed *out,
    struct err *e)
{
	enum digest_kind kind;
	struct span left;

	if (!digest_read(s->digest, &kind, e) ||
	    !openpgp_digest_for(by, &kind, &kind, e))
		return false;
	if (!signature_for(by->about.kind, kind, &out->kind))
		return bad(e, "its algorithm is another than its key's");
	*digest = digest_make(kind, object, s->hashed);
	out->digest = *digest;
	out->message = digest_span(digest);
	return (left_of(digest, &left) && span_eq(left, s->left)) ||
	    bad(e, "the digest is another than the one in it");
}

bool
openpgp_signature_check(const struct openpgp_signature *s,
    const struct openpgp_v4_key *by, struct span object, struct err *e)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct to_be_signed what = { .message = object };
	struct digest digest;
	struct err unfit;

	if (s->strange)
		return bad(e, "a critical subpacket is not known here");
	if (by->spki.len == 0 || s->algorithm != by->algorithm)
		return bad(e, "its algorithm is another than its key's");
	if (!what_signed(s, by, object, &digest, &what, e))
		return false;
	return (value_read(s, by, &value) && signature_check(by->spki, &what,
	    buf_span(&value), &unfit)) || bad(e, "its value does not fit the "
	    "key and what was signed");
}

/* ---- making ---- */
void
openpgp_put_bytes(uint8_t type, struct span value, struct buf *out)
{
	openpgp_length_put(1 + value.len, out);
	buf_u8(out, type);
	buf_put(out, value);
}

void
openpgp_put_seconds(uint8_t type, int64_t n, struct buf *out)
{
	uint8_t bytes[4];

	put_u32be(bytes, (uint32_t)n);
	openpgp_put_bytes(type, SPAN(bytes), out);
}

static bool
put_head(uint8_t type, const struct openpgp_draft *d, int64_t created,
    struct span others, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf area = { 0 }, issuer = { 0 };

	buf_u8(&issuer, VERSION);
	buf_put(&issuer, openpgp_fingerprint(d->by));
	openpgp_put_bytes(OPENPGP_ISSUER, buf_span(&issuer), &area);
	openpgp_put_seconds(OPENPGP_SIGNED_AT, created / SECOND, &area);
	buf_put(&area, others);
	if (area.len > UINT16_MAX)
		return err_set(e, ERR_LIMIT_SIZE, "%zu bytes of subpackets",
		    area.len);
	buf_u8(out, VERSION);
	buf_u8(out, type);
	buf_u8(out, d->by->algorithm);
	buf_u8(out, digest_ids[d->digest.kind]);
	buf_u16be(out, (uint16_t)area.len);
	buf_put(out, buf_span(&area));
	return true;
}

/* EdDSA signs the digest as others sign a message. */
bool
openpgp_signature_plan(uint8_t type, const struct openpgp_v4_key *by,
    enum digest_kind digest, int64_t created, struct span others,
    struct span object, struct arena *a, struct openpgp_draft *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf head = { 0 };
	struct openpgp_draft d = { .by = by, .digest.kind = digest };

	if (!signature_for(by->about.kind, digest, &d.what.kind))
		return err_set(e, ERR_KEY_UNFIT, "the key cannot sign with %s",
		    digest_rows[digest].name);
	if (created % SECOND != 0 || created < by->created ||
	    created / SECOND > UINT32_MAX)
		return err_set(e, ERR_OPENPGP_DATE, "the signature would be "
		    "older than its key");
	if (!put_head(type, &d, created, others, &head, e))
		return false;
	if (!arena_copy(a, buf_span(&head), &d.hashed))
		return err_budget(e, a);
	d.digest = digest_make(digest, object, d.hashed);
	d.what.digest = d.digest;
	if (!arena_copy(a, digest_span(&d.digest), &d.what.message))
		return err_budget(e, a);
	*out = d;
	return true;
}

bool
openpgp_signature_finish(const struct openpgp_draft *d, struct span value,
    struct arena *a, struct span *body, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 }, loose = { 0 };
	struct span left;

	if (!signature_check(d->by->spki, &d->what, value, e) ||
	    !left_of(&d->digest, &left))
		return false;
	buf_put(&b, d->hashed);
	openpgp_put_bytes(OPENPGP_ISSUER_ID, openpgp_key_id(d->by), &loose);
	buf_u16be(&b, (uint16_t)loose.len);
	buf_put(&b, buf_span(&loose));
	buf_put(&b, left);
	value_put(d->by->algorithm, value, &b);
	return arena_copy(a, buf_span(&b), body) || err_budget(e, a);
}

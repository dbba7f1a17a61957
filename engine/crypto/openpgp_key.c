/* openpgp_key - see openpgp_key.h. */
#include <string.h>

#include "crypto/der.h"
#include "crypto/key_rules.h"
#include "crypto/oid.h"
#include "crypto/openpgp_key.h"
#include "crypto/openpgp_packet.h"

#define VERSION		4
#define SECOND		1000		/* ms */
#define NUMBER_MAX	((size_t)2048)	/* bytes: RSA-16384 */
#define POINT_NATIVE	0x40		/* before the bytes of EdDSA */
#define POINT_PLAIN	0x04		/* x and y follow */

/* OIDs of curves: contents in DER, which OpenPGP has without the tag. */
static const struct {
	const char	*oid;
	size_t		 oid_size;
	size_t		 point;		/* bytes */
} curves[] = {
	{ "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8, 1 + 2 * 32 },
	{ "\x2b\x81\x04\x00\x22", 5, 1 + 2 * 48 },
	{ "\x2b\x81\x04\x00\x23", 5, 1 + 2 * 66 },
};
static const char ed25519_oid[] = "\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";

static struct span
curve_oid(size_t i)
{
	return (struct span){ (const uint8_t *)curves[i].oid,
	    curves[i].oid_size };
}

/* ---- SubjectPublicKeyInfo -> the numbers of the packet ---- */
static void
put_short(struct span s, struct buf *out)
{
	buf_u8(out, (uint8_t)s.len);
	buf_put(out, s);
}

static bool
rsa_write(struct span bits, struct span parameters, struct buf *out)
{
	struct der top = der_read(span_from(bits, 1));
	struct der pair = der_enter(&top, DER_SEQUENCE);

	(void)parameters;
	openpgp_number_put(der_unsigned(&pair), out);
	openpgp_number_put(der_unsigned(&pair), out);
	return der_end(&pair) && der_end(&top);
}

static bool
ecdsa_write(struct span bits, struct span parameters, struct buf *out)
{
	struct der d = der_read(parameters);
	struct span oid = der_value(&d, DER_OID);
	struct span point = span_from(bits, 1);

	for (size_t i = 0; i < COUNT(curves); i++)
		if (span_eq(oid, curve_oid(i)) &&
		    point.len == curves[i].point &&
		    point.ptr[0] == POINT_PLAIN) {
			put_short(oid, out);
			openpgp_number_put(point, out);
			return true;
		}
	return false;
}

static bool
eddsa_write(struct span bits, struct span parameters, struct buf *out)
{
	CLEANUP(buf_done) struct buf point = { 0 };

	(void)parameters;
	buf_u8(&point, POINT_NATIVE);
	buf_put(&point, span_from(bits, 1));
	put_short(span_text(ed25519_oid), out);
	openpgp_number_put(buf_span(&point), out);
	return bits.len == 1 + ED25519_KEY;
}

static const struct {
	uint8_t	algorithm;
	bool	(*write)(struct span bits, struct span parameters,
		    struct buf *);
} writers[] = {
	[KEY_RSA]	= { OPENPGP_RSA, rsa_write },
	[KEY_EC]	= { OPENPGP_ECDSA, ecdsa_write },
	[KEY_ED25519]	= { OPENPGP_EDDSA, eddsa_write },
};

static bool
numbers_write(struct span spki, enum key_kind kind, struct buf *out)
{
	struct der top = der_read(spki);
	struct der both = der_enter(&top, DER_SEQUENCE);
	struct span parameters;

	der_algorithm(&both, &parameters);
	struct span bits = der_value(&both, DER_BIT_STRING);
	return der_end(&both) && der_end(&top) && bits.len > 1 &&
	    writers[kind].write(bits, parameters, out);
}

static void
fingerprint_make(struct openpgp_v4_key *k)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_u8(&b, 0x99);
	buf_u16be(&b, (uint16_t)k->body.len);
	buf_put(&b, k->body);
	struct digest d = digest_of(DIGEST_SHA1, buf_span(&b));
	memcpy(k->fingerprint, d.bytes, sizeof(k->fingerprint));
}

bool
openpgp_key_make(struct span spki, int64_t created, struct arena *a,
    struct openpgp_v4_key *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct openpgp_v4_key k = { .spki = spki, .created = created };

	if (!key_rules_hold(spki, KEY_TO_MAKE, &k.about, e))
		return false;
	if (created <= 0 || created % SECOND != 0 ||
	    created / SECOND > UINT32_MAX)
		return err_set(e, ERR_OPENPGP_DATE, "the time of creation is "
		    "no whole second between 1970 and 2106");
	k.algorithm = writers[k.about.kind].algorithm;
	buf_u8(&b, VERSION);
	buf_u32be(&b, (uint32_t)(created / SECOND));
	buf_u8(&b, k.algorithm);
	if (!numbers_write(spki, k.about.kind, &b))
		return err_set(e, ERR_KEY_UNFIT, "OpenPGP has no form for the "
		    "key");
	if (!arena_copy(a, buf_span(&b), &k.body))
		return err_budget(e, a);
	fingerprint_make(&k);
	*out = k;
	return true;
}

/* ---- and back ---- */
static void
put_spki(enum oid oid, struct span parameters, struct span bits,
    struct buf *out)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t whole = der_open(out, DER_SEQUENCE);
	size_t algorithm = der_open(out, DER_SEQUENCE);

	buf_put(out, oid_der(oid));
	buf_put(out, parameters);
	der_close(out, algorithm);
	buf_u8(&b, 0);
	buf_put(&b, bits);
	der_put(out, DER_BIT_STRING, buf_span(&b));
	der_close(out, whole);
}

static bool
rsa_read(struct reader *r, struct buf *out)
{
	static const uint8_t null[] = { DER_NULL, 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span n, x;

	if (!openpgp_number(r, NUMBER_MAX, &n) ||
	    !openpgp_number(r, NUMBER_MAX, &x))
		return false;
	size_t pair = der_open(&b, DER_SEQUENCE);
	der_put_unsigned(&b, n);
	der_put_unsigned(&b, x);
	der_close(&b, pair);
	put_spki(OID_RSA, SPAN(null), buf_span(&b), out);
	return true;
}

static bool
ecdsa_read(struct reader *r, struct buf *out)
{
	CLEANUP(buf_done) struct buf parameters = { 0 };
	struct span oid = rd_take(r, rd_u8(r)), point;

	if (!openpgp_number(r, NUMBER_MAX, &point))
		return false;
	for (size_t i = 0; i < COUNT(curves); i++)
		if (span_eq(oid, curve_oid(i)) &&
		    point.len == curves[i].point) {
			der_put(&parameters, DER_OID, oid);
			put_spki(OID_EC, buf_span(&parameters), point, out);
			return true;
		}
	return false;
}

static bool
native_put(struct span key, struct buf *out)
{
	buf_put(out, SPAN(ED25519_SPKI));
	buf_put(out, key);
	return key.len == ED25519_KEY;
}

static bool
eddsa_read(struct reader *r, struct buf *out)
{
	struct span oid = rd_take(r, rd_u8(r)), point;

	return openpgp_number(r, NUMBER_MAX, &point) &&
	    span_is(oid, ed25519_oid) && point.len > 0 &&
	    point.ptr[0] == POINT_NATIVE &&
	    native_put(span_from(point, 1), out);
}

static bool
ed25519_read(struct reader *r, struct buf *out)
{
	return native_put(rd_take(r, ED25519_KEY), out);
}

static const struct {
	uint8_t	algorithm;
	bool	(*read)(struct reader *, struct buf *spki);
} readers[] = {
	{ OPENPGP_RSA, rsa_read },
	{ OPENPGP_ECDSA, ecdsa_read },
	{ OPENPGP_EDDSA, eddsa_read },
	{ OPENPGP_ED25519, ed25519_read },
};

/* Subkeys that encrypt have other algorithms: they may be there. */
static bool
numbers_read(struct reader *r, struct arena *a, struct openpgp_v4_key *k,
    struct err *e)
{
	CLEANUP(buf_done) struct buf spki = { 0 };

	for (size_t i = 0; i < COUNT(readers); i++) {
		if (readers[i].algorithm != k->algorithm)
			continue;
		if (!readers[i].read(r, &spki) || !rd_end(r))
			return openpgp_broken(e, "the numbers of a key are "
			    "broken, or its curve is not known here");
		if (!arena_copy(a, buf_span(&spki), &k->spki))
			return err_budget(e, a);
		return key_rules_hold(k->spki, KEY_TO_USE, &k->about, e);
	}
	return true;
}

bool
openpgp_key_read(struct span body, struct arena *a, struct openpgp_v4_key *out,
    struct err *e)
{
	struct openpgp_v4_key k = { .body = body };
	struct reader r = rd_open(body);
	uint8_t version = rd_u8(&r);

	k.created = (int64_t)rd_u32be(&r) * SECOND;
	k.algorithm = rd_u8(&r);
	if (!rd_ok(&r) || body.len > UINT16_MAX)
		return openpgp_broken(e, "a key is cut short");
	if (version != VERSION)
		return err_set(e, ERR_OPENPGP_VERSION, "a key of version %u",
		    version);
	if (!numbers_read(&r, a, &k, e))
		return false;
	fingerprint_make(&k);
	*out = k;
	return true;
}

struct span
openpgp_fingerprint(const struct openpgp_v4_key *k)
{
	return SPAN(k->fingerprint);
}

struct span
openpgp_key_id(const struct openpgp_v4_key *k)
{
	return span_from(SPAN(k->fingerprint),
	    OPENPGP_FINGERPRINT - OPENPGP_KEY_ID);
}

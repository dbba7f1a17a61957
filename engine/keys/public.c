/*
 * public - public keys of PKCS#11 as SubjectPublicKeyInfo.
 *
 *	SEQUENCE {					RFC 5280 4.1.2.7
 *	    SEQUENCE { OID, parameters }
 *	    BIT STRING { 0 unused bits, key }
 *	}
 *
 *	RSA	parameters NULL, key SEQUENCE { n, e }	RFC 3279 2.3.1
 *	EC	parameters the curve, key the point	RFC 5480 2
 *	Ed25519	no parameters, key the 32 bytes		RFC 8410 4
 */
#include "crypto/der.h"
#include "crypto/oid.h"
#include "keys/pkcs11.h"

#define ED25519_SIZE	32

/* CKA_EC_POINT: an OCTET STRING by the standard, raw by some vendors. */
static struct span
point_of(struct span point)
{
	struct der d = der_read(point);
	struct span inner = der_value(&d, DER_OCTETS);

	return der_end(&d) && inner.len > 0 ? inner : point;
}

static void
put_key(struct span key, struct buf *out)
{
	size_t bits = der_open(out, DER_BIT_STRING);

	buf_u8(out, 0);
	buf_put(out, key);
	der_close(out, bits);
}

static bool
assemble_rsa(const struct public_parts *p, struct buf *out)
{
	CLEANUP(buf_done) struct buf key = { 0 };
	size_t sequence = der_open(&key, DER_SEQUENCE);

	der_put_unsigned(&key, p->modulus);
	der_put_unsigned(&key, p->exponent);
	der_close(&key, sequence);
	der_put_algorithm(out, oid_der(OID_RSA), true);
	put_key(buf_span(&key), out);
	return p->modulus.len > 0 && p->exponent.len > 0;
}

static bool
assemble_ec(const struct public_parts *p, struct buf *out)
{
	struct der d = der_read(p->parameters);
	size_t algorithm = der_open(out, DER_SEQUENCE);

	buf_put(out, oid_der(OID_EC));
	buf_put(out, der_whole(&d, DER_OID));
	der_close(out, algorithm);
	put_key(point_of(p->point), out);
	return der_end(&d);
}

static bool
assemble_ed25519(const struct public_parts *p, struct buf *out)
{
	struct span point = point_of(p->point);

	der_put_algorithm(out, oid_der(OID_ED25519), false);
	put_key(point, out);
	return point.len == ED25519_SIZE;
}

bool
public_key_assemble(const struct public_parts *p, struct buf *out)
{
	static const struct {
		ck_key_type_t	type;
		bool		(*assemble)(const struct public_parts *,
				    struct buf *);
	} types[] = {
		{ CKK_RSA, assemble_rsa },
		{ CKK_EC, assemble_ec },
		{ CKK_EC_EDWARDS, assemble_ed25519 },
	};

	for (size_t i = 0; i < COUNT(types); i++) {
		if (types[i].type != p->type)
			continue;
		size_t sequence = der_open(out, DER_SEQUENCE);
		bool ok = types[i].assemble(p, out);

		der_close(out, sequence);
		return ok;
	}
	return false;
}

/* RFC 5280 4.1: version, serial, algorithm, issuer, validity, subject, key. */
bool
public_key_of_certificate(struct span certificate, struct span *out)
{
	struct der file = der_read(certificate);
	struct der whole = der_enter(&file, DER_SEQUENCE);
	struct der body = der_enter(&whole, DER_SEQUENCE);

	der_value_if(&body, DER_EXPLICIT(0));
	der_value(&body, DER_INTEGER);
	for (int i = 0; i < 4; i++)
		der_value(&body, DER_SEQUENCE);
	*out = der_whole(&body, DER_SEQUENCE);
	return der_ok(&body);
}

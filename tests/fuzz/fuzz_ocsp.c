/*
 * OCSP responses: what is read of them, and what they say of the certificate
 * that the first answer is about. Its issuer is the one of the seeds.
 */
#include "crypto/ocsp.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* CN=CA, and an Ed25519 key (SubjectPublicKeyInfo). */
static const uint8_t name[] =
    "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02\x43\x41";
static const uint8_t key[] =
    "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00\xf9\x2f\x25\x95"
    "\x54\x38\x3e\xb5\x5f\x6f\x19\xbf\x79\x57\x06\xde\xd0\xcb\xf2\x09"
    "\x27\xc5\x82\xa9\x9e\x03\xa9\xf6\x38\x58\xec\x29";

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)4 << 20);
	CLEANUP(trust_done) struct trust *trust = trust_new();
	const struct revocation_terms terms = {
		.at = INT64_C(1767225600000), .now = INT64_C(1767225600000) };
	struct certificate c = { .issuer_name = { name, sizeof(name) - 1 } };
	struct certificate by = { .subject_name = { name, sizeof(name) - 1 },
	    .spki = { key, sizeof(key) - 1 } };
	struct certificate delegate;
	struct span in = { bytes, len };
	struct ocsp r;
	struct err e;

	(void)!trust_add_ocsp(trust, in, &e);
	if (!ocsp_parse(in, a, &r, &e) || r.count == 0)
		return 0;
	c.serial = r.items[0].serial;
	ocsp_cover(&r, &c, &by, &terms, a, &delegate, &e);
	return 0;
}

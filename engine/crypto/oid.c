/*
 * oid - see oid.h. X.690 8.19: base 128, the first two arcs in one.
 */
#include <stdio.h>

#include "base/text.h"
#include "crypto/der.h"
#include "crypto/oid.h"

#define OID_ARCS	32	/* more than any that is in use */

#define ROW(dotted, der) \
	{ dotted, { (const uint8_t *)(der), sizeof(der) - 1 } }

const struct oid_row oid_rows[OIDS] = {
	[OID_COMMON_NAME] = ROW("2.5.4.3",
	    "\x06\x03\x55\x04\x03"),
	[OID_CONTENT_DATA] = ROW("1.2.840.113549.1.7.1",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"),
	[OID_SIGNED_DATA] = ROW("1.2.840.113549.1.7.2",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"),
	[OID_CONTENT_TYPE] = ROW("1.2.840.113549.1.9.3",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"),
	[OID_MESSAGE_DIGEST] = ROW("1.2.840.113549.1.9.4",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"),
	[OID_SIGNING_TIME] = ROW("1.2.840.113549.1.9.5",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"),
	[OID_COUNTER_SIGNATURE] = ROW("1.2.840.113549.1.9.6",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x06"),
	[OID_EXTENSION_REQUEST] = ROW("1.2.840.113549.1.9.14",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"),
	[OID_TST_INFO] = ROW("1.2.840.113549.1.9.16.1.4",
	    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04"),
	[OID_SIGNING_CERTIFICATE] = ROW("1.2.840.113549.1.9.16.2.12",
	    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c"),
	[OID_TIMESTAMP_TOKEN] = ROW("1.2.840.113549.1.9.16.2.14",
	    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e"),
	[OID_SIGNING_CERTIFICATE_V2] = ROW("1.2.840.113549.1.9.16.2.47",
	    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f"),
	[OID_KEY_ATTESTATION] = ROW("1.2.840.113549.1.9.16.2.59",
	    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x3b"),
	[OID_RSA] = ROW("1.2.840.113549.1.1.1",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
	[OID_MGF1] = ROW("1.2.840.113549.1.1.8",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"),
	[OID_RSA_PSS] = ROW("1.2.840.113549.1.1.10",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"),
	[OID_RSA_SHA1] = ROW("1.2.840.113549.1.1.5",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"),
	[OID_RSA_SHA256] = ROW("1.2.840.113549.1.1.11",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
	[OID_RSA_SHA384] = ROW("1.2.840.113549.1.1.12",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"),
	[OID_RSA_SHA512] = ROW("1.2.840.113549.1.1.13",
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"),
	[OID_RSA_SHA1_OIW] = ROW("1.3.14.3.2.29",
	    "\x06\x05\x2b\x0e\x03\x02\x1d"),
	[OID_EC] = ROW("1.2.840.10045.2.1",
	    "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"),
	[OID_ECDSA_SHA256] = ROW("1.2.840.10045.4.3.2",
	    "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"),
	[OID_ECDSA_SHA384] = ROW("1.2.840.10045.4.3.3",
	    "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
	[OID_ECDSA_SHA512] = ROW("1.2.840.10045.4.3.4",
	    "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"),
	[OID_ED25519] = ROW("1.3.101.112",
	    "\x06\x03\x2b\x65\x70"),
	[OID_SUBJECT_KEY_ID] = ROW("2.5.29.14",
	    "\x06\x03\x55\x1d\x0e"),
	[OID_KEY_USAGE] = ROW("2.5.29.15",
	    "\x06\x03\x55\x1d\x0f"),
	[OID_SUBJECT_ALT_NAME] = ROW("2.5.29.17",
	    "\x06\x03\x55\x1d\x11"),
	[OID_BASIC_CONSTRAINTS] = ROW("2.5.29.19",
	    "\x06\x03\x55\x1d\x13"),
	[OID_INVALIDITY_DATE] = ROW("2.5.29.24",
	    "\x06\x03\x55\x1d\x18"),
	[OID_CRL_DISTRIBUTION] = ROW("2.5.29.31",
	    "\x06\x03\x55\x1d\x1f"),
	[OID_CERTIFICATE_POLICIES] = ROW("2.5.29.32",
	    "\x06\x03\x55\x1d\x20"),
	[OID_AUTHORITY_KEY_ID] = ROW("2.5.29.35",
	    "\x06\x03\x55\x1d\x23"),
	[OID_EXTENDED_KEY_USAGE] = ROW("2.5.29.37",
	    "\x06\x03\x55\x1d\x25"),
	[OID_INFO_ACCESS] = ROW("1.3.6.1.5.5.7.1.1",
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x01"),
	[OID_OCSP] = ROW("1.3.6.1.5.5.7.48.1",
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01"),
	[OID_CA_ISSUERS] = ROW("1.3.6.1.5.5.7.48.2",
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02"),
	[OID_OCSP_BASIC] = ROW("1.3.6.1.5.5.7.48.1.1",
	    "\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01"),
	[OID_OCSP_NO_CHECK] = ROW("1.3.6.1.5.5.7.48.1.5",
	    "\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x05"),
	[OID_EKU_ANY] = ROW("2.5.29.37.0",
	    "\x06\x04\x55\x1d\x25\x00"),
	[OID_EKU_SERVER_AUTH] = ROW("1.3.6.1.5.5.7.3.1",
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"),
	[OID_EKU_CODE_SIGNING] = ROW("1.3.6.1.5.5.7.3.3",
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x03"),
	[OID_EKU_EMAIL_PROTECTION] = ROW("1.3.6.1.5.5.7.3.4",
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"),
	[OID_EKU_TIME_STAMPING] = ROW("1.3.6.1.5.5.7.3.8",
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08"),
	[OID_EKU_OCSP_SIGNING] = ROW("1.3.6.1.5.5.7.3.9",
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x09"),
	[OID_EKU_LIFETIME_SIGNING] = ROW("1.3.6.1.4.1.311.10.3.13",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0a\x03\x0d"),
	[OID_SPC_INDIRECT_DATA] = ROW("1.3.6.1.4.1.311.2.1.4",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04"),
	[OID_SPC_STATEMENT_TYPE] = ROW("1.3.6.1.4.1.311.2.1.11",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0b"),
	[OID_SPC_OPUS_INFO] = ROW("1.3.6.1.4.1.311.2.1.12",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0c"),
	[OID_SPC_PE_IMAGE_DATA] = ROW("1.3.6.1.4.1.311.2.1.15",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f"),
	[OID_SPC_INDIVIDUAL] = ROW("1.3.6.1.4.1.311.2.1.21",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x15"),
	[OID_SPC_CAB_DATA] = ROW("1.3.6.1.4.1.311.2.1.25",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x19"),
	[OID_SPC_SIP_INFO] = ROW("1.3.6.1.4.1.311.2.1.30",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x1e"),
	[OID_SPC_PAGE_HASHES_V1] = ROW("1.3.6.1.4.1.311.2.3.1",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x01"),
	[OID_SPC_PAGE_HASHES_V2] = ROW("1.3.6.1.4.1.311.2.3.2",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x02"),
	[OID_SPC_NESTED_SIGNATURE] = ROW("1.3.6.1.4.1.311.2.4.1",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x01"),
	[OID_SPC_TIMESTAMP] = ROW("1.3.6.1.4.1.311.3.3.1",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x03\x03\x01"),
	[OID_CERT_TRUST_LIST] = ROW("1.3.6.1.4.1.311.10.1",
	    "\x06\x09\x2b\x06\x01\x04\x01\x82\x37\x0a\x01"),
	[OID_CATALOG_LIST] = ROW("1.3.6.1.4.1.311.12.1.1",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0c\x01\x01"),
	[OID_CATALOG_MEMBER] = ROW("1.3.6.1.4.1.311.12.1.2",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0c\x01\x02"),
	[OID_CATALOG_MEMBER_V2] = ROW("1.3.6.1.4.1.311.12.1.3",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0c\x01\x03"),
	[OID_CATALOG_NAME_VALUE] = ROW("1.3.6.1.4.1.311.12.2.1",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0c\x02\x01"),
	[OID_CATALOG_INFO] = ROW("1.3.6.1.4.1.311.12.2.2",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0c\x02\x02"),
	[OID_CATALOG_INFO_V2] = ROW("1.3.6.1.4.1.311.12.2.3",
	    "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x0c\x02\x03"),
};

struct span
oid_der(enum oid o)
{
	return oid_rows[o].der;
}

bool
oid_is(struct span der, enum oid o)
{
	return span_eq(der, oid_rows[o].der);
}

/* One arc: no padding, at most 64 bits. */
static uint64_t
arc_read(struct reader *r)
{
	uint64_t n = 0;
	unsigned byte = rd_u8(r);

	if (byte == 0x80)
		r->bad = true;
	while (byte >= 0x80 && !r->bad) {
		n = n << 7 | (byte & 0x7f);
		if (n >> 56 != 0)
			r->bad = true;
		byte = rd_u8(r);
	}
	return n << 7 | byte;
}

char *
oid_text(struct arena *a, struct span der)
{
	struct der d = der_read(der);
	struct reader r = rd_open(der_value(&d, DER_OID));
	CLEANUP(buf_done) struct buf b = { 0 };
	uint64_t first = arc_read(&r);
	uint64_t top = first < 80 ? first / 40 : 2;
	size_t arcs = 0;

	buf_printf(&b, "%llu.%llu", (unsigned long long)top,
	    (unsigned long long)(first - top * 40));
	while (!r.bad && rd_left(&r) > 0 && arcs++ < OID_ARCS)
		buf_printf(&b, ".%llu", (unsigned long long)arc_read(&r));
	return der_end(&d) && rd_end(&r) ? arena_text(a, buf_span(&b)) : NULL;
}

static void
arc_write(struct buf *out, uint64_t n)
{
	unsigned shift = 63;

	while (shift > 0 && n >> shift == 0)
		shift -= 7;
	for (; shift > 0; shift -= 7)
		buf_u8(out, (uint8_t)(0x80 | (n >> shift & 0x7f)));
	buf_u8(out, (uint8_t)(n & 0x7f));
}

bool
oid_write(struct span dotted, struct buf *out)
{
	uint64_t arcs[OID_ARCS];
	struct span part;
	size_t count = 0;

	if (span_ends(dotted, "."))
		return false;
	for (; span_split(&dotted, '.', &part); count++)
		if (count == OID_ARCS || !text_u64(part, &arcs[count]))
			return false;
	if (count < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39) ||
	    arcs[1] > UINT32_MAX)
		return false;
	size_t at = der_open(out, DER_OID);
	arc_write(out, arcs[0] * 40 + arcs[1]);
	for (size_t i = 2; i < count; i++)
		arc_write(out, arcs[i]);
	der_close(out, at);
	return true;
}

/*
 * authenticode - what is signed for a file, written and read:
 *
 *	SEQUENCE				SpcIndirectDataContent
 *	  SEQUENCE  kind of file, its value
 *	  SEQUENCE  digest algorithm, OCTET STRING
 *
 * For app packages the octets are a list of digests, by their format.
 *
 * The value of a PE file is empty flags and a link to nowhere, or a link that
 * holds the page hashes; other kinds name their subject interface package. In
 * the place of all this, a catalog has its list (catalog.c).
 */
#include "base/text.h"
#include "crypto/algorithm.h"
#include "crypto/authenticode.h"
#include "crypto/der.h"

#define BYTES(text)	{ (const uint8_t *)(text), sizeof(text) - 1 }

/* SpcPeImageData as signtool writes it: no flags, [0]{ [2]{ [0] "" } }. */
static const struct span pe_value = BYTES(
    "\x30\x09\x03\x01\x00\xa0\x04\xa2\x02\x80\x00");
/* A bare SpcLink to an empty name. */
static const struct span cab_value = BYTES("\xa2\x02\x80\x00");
/* SpcSerializedObject of page hashes: the class id. */
static const struct span page_class = BYTES(
    "\xa6\xb5\x86\xd5\xb4\xa1\x24\x66\xae\x05\xa2\x17\xda\x8e\x60\xd6");

/* The kinds of file. Where value is NULL, SpcSipInfo is made. */
static const struct {
	enum oid		type;
	const struct span	*value;
	uint32_t		version;	/* of SpcSipInfo */
	struct span		guid;		/* as stored */
	bool			listed;		/* a list of digests */
} subjects[AUTHENTICODE_SUBJECTS] = {
	[AUTHENTICODE_PE] = { OID_SPC_PE_IMAGE_DATA, &pe_value, 0, { 0 },
	    false },
	[AUTHENTICODE_CAB] = { OID_SPC_CAB_DATA, &cab_value, 0, { 0 },
	    false },
	[AUTHENTICODE_MSI] = { OID_SPC_SIP_INFO, NULL, 1, BYTES(
	    "\xf1\x10\x0c\x00\x00\x00\x00\x00"
	    "\xc0\x00\x00\x00\x00\x00\x00\x46"), false },
	[AUTHENTICODE_POWERSHELL] = { OID_SPC_SIP_INFO, NULL, 65536, BYTES(
	    "\x1f\xcc\x3b\x60\x59\x4b\x08\x4e"
	    "\xb7\x24\xd2\xc6\x29\x7e\xf3\x51"), false },
	[AUTHENTICODE_JSCRIPT] = { OID_SPC_SIP_INFO, NULL, 1, BYTES(
	    "\x10\xe0\xc9\x06\xce\x38\xd4\x11"
	    "\xa2\xa3\x00\x10\x4b\xd3\x50\x90"), false },
	[AUTHENTICODE_VBSCRIPT] = { OID_SPC_SIP_INFO, NULL, 1, BYTES(
	    "\x4e\xf0\x29\x16\x99\x27\xb5\x4d"
	    "\x8f\xe5\xac\xe1\x0f\x17\xeb\xab"), false },
	[AUTHENTICODE_WSF] = { OID_SPC_SIP_INFO, NULL, 1, BYTES(
	    "\x70\x05\x61\x1a\xce\x38\xd4\x11"
	    "\xa2\xa3\x00\x10\x4b\xd3\x50\x90"), false },
	[AUTHENTICODE_APPX] = { OID_SPC_SIP_INFO, NULL, 0x01010000, BYTES(
	    "\x4b\xdf\xc5\x0a\x07\xce\xe2\x4d"
	    "\xb7\x6e\x23\xc8\x39\xa0\x9f\xd1"), true },
	[AUTHENTICODE_APPX_BUNDLE] = { OID_SPC_SIP_INFO, NULL, 0x01010000,
	    BYTES(
	    "\xb3\x58\x5f\x0f\xde\xaa\x9a\x4b"
	    "\xa4\x34\x95\x74\x2d\x92\xec\xeb"), true },
	[AUTHENTICODE_CATALOG] = { OID_CERT_TRUST_LIST, NULL, 0, { 0 }, false },
	[AUTHENTICODE_NAVX] = { OID_SPC_SIP_INFO, NULL, 1, BYTES(
	    "\x12\x34\x12\x34\xf8\x04\x00\x00"
	    "\x78\x1d\x12\x34\x12\x34\x12\x34"), false },
};

static const struct {
	enum oid		oid;
	enum digest_kind	kind;
} page_kinds[] = {
	{ OID_SPC_PAGE_HASHES_V1, DIGEST_SHA1 },
	{ OID_SPC_PAGE_HASHES_V2, DIGEST_SHA256 },
};

/* SET { SEQUENCE { kind of hash, SET { OCTET STRING table } } } */
static void
put_moniker(struct buf *b, enum oid kind, struct span table)
{
	size_t outer = der_open(b, DER_SET);
	size_t pair = der_open(b, DER_SEQUENCE);

	buf_put(b, oid_der(kind));
	size_t inner = der_open(b, DER_SET);
	der_put(b, DER_OCTETS, table);
	der_close(b, inner);
	der_close(b, pair);
	der_close(b, outer);
}

/* SpcPeImageData whose link is [1], an object with the table in it. */
static void
put_pages(struct buf *b, enum oid kind, struct span table)
{
	CLEANUP(buf_done) struct buf moniker = { 0 };
	size_t whole = der_open(b, DER_SEQUENCE);

	put_moniker(&moniker, kind, table);
	der_put(b, DER_BIT_STRING, (struct span)BYTES("\x00"));
	size_t file = der_open(b, DER_EXPLICIT(0));
	size_t link = der_open(b, DER_EXPLICIT(1));
	der_put(b, DER_OCTETS, page_class);
	der_put(b, DER_OCTETS, buf_span(&moniker));
	der_close(b, link);
	der_close(b, file);
	der_close(b, whole);
}

static void
put_sip_info(struct buf *b, uint32_t version, struct span guid)
{
	size_t at = der_open(b, DER_SEQUENCE);

	der_put_small(b, version);
	der_put(b, DER_OCTETS, guid);
	for (unsigned i = 0; i < 5; i++)
		der_put_small(b, 0);
	der_close(b, at);
}

static bool
put_value(struct buf *b, const struct authenticode_terms *t)
{
	for (size_t i = 0; t->page_hashes.len > 0 && i < COUNT(page_kinds); i++)
		if (page_kinds[i].kind == t->page_kind) {
			put_pages(b, page_kinds[i].oid, t->page_hashes);
			return t->subject == AUTHENTICODE_PE;
		}
	if (t->page_hashes.len > 0)
		return false;
	if (subjects[t->subject].value != NULL)
		buf_put(b, *subjects[t->subject].value);
	else
		put_sip_info(b, subjects[t->subject].version,
		    subjects[t->subject].guid);
	return true;
}

bool
authenticode_content(const struct authenticode_terms *t, struct arena *a,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t whole = der_open(&b, DER_SEQUENCE);
	size_t data = der_open(&b, DER_SEQUENCE);

	buf_put(&b, oid_der(subjects[t->subject].type));
	if (!put_value(&b, t))
		return err_set(e, ERR_AUTHENTICODE_PAGES, "page hashes of this "
		    "kind cannot be written for this kind of file");
	der_close(&b, data);
	size_t digest = der_open(&b, DER_SEQUENCE);
	algorithm_put_digest(&b, t->digest.kind, true);
	der_put(&b, DER_OCTETS, subjects[t->subject].listed ? t->digests :
	    digest_span(&t->digest));
	der_close(&b, digest);
	der_close(&b, whole);
	return arena_copy(a, buf_span(&b), out) || err_budget(e, a);
}

/* SpcString: [0] BMPString as soon as a character is not ASCII. */
static bool
put_string(struct buf *b, struct span utf8)
{
	struct reader r = rd_open(utf8);
	bool ascii = true;

	while (rd_left(&r) > 0)
		ascii &= rd_u8(&r) < 0x80;
	if (ascii) {
		der_put(b, DER_CONTEXT(1), utf8);
		return true;
	}
	return der_put_bmp(b, DER_CONTEXT(0), utf8);
}

/* SpcSpOpusInfo: { [0] programName, [1] moreInfo { [0] url } }, or empty. */
static bool
opus_make(const struct authenticode_terms *t, struct buf *b)
{
	size_t whole = der_open(b, DER_SEQUENCE);

	if (t->description.len > 0) {
		size_t name = der_open(b, DER_EXPLICIT(0));

		if (!put_string(b, t->description))
			return false;
		der_close(b, name);
	}
	if (t->description_url.len > 0) {
		size_t info = der_open(b, DER_EXPLICIT(1));

		der_put(b, DER_CONTEXT(0), t->description_url);
		der_close(b, info);
	}
	der_close(b, whole);
	return true;
}

/* What signtool signs besides type and digest: no more, no less. */
static bool
attributes_make(const struct authenticode_terms *t, struct arena *a,
    struct span out[2], struct err *e)
{
	CLEANUP(buf_done) struct buf opus = { 0 }, statement = { 0 };

	if (!opus_make(t, &opus))
		return err_set(e, ERR_AUTHENTICODE_TEXT,
		    "the description is no UTF-8");
	struct span opus_value = buf_span(&opus);
	der_put(&statement, DER_SEQUENCE, oid_der(OID_SPC_INDIVIDUAL));
	struct span statement_value = buf_span(&statement);
	return cms_attribute_make(oid_der(OID_SPC_OPUS_INFO), &opus_value, 1,
	    a, &out[0], e) && cms_attribute_make(
	    oid_der(OID_SPC_STATEMENT_TYPE), &statement_value, 1, a, &out[1],
	    e);
}

bool
authenticode_plan(const struct authenticode_terms *t,
    const struct signing_identity *who, struct arena *a,
    struct cms_draft **draft, struct to_be_signed *out, struct err *e)
{
	struct span content = t->list, attributes[2];
	bool list = content.len > 0;

	if (signature_rows[who->kind].key == KEY_ED25519)
		return err_set(e, ERR_KEY_UNFIT,
		    "Windows knows no Ed25519 for Authenticode");
	if ((!list && !authenticode_content(t, a, &content, e)) ||
	    !attributes_make(t, a, attributes, e))
		return false;
	struct der d = der_read(content);
	struct cms_terms terms = {
		.dialect = CMS_DIALECT_AUTHENTICODE,
		.content_type = oid_der(list ? OID_CERT_TRUST_LIST :
		    OID_SPC_INDIRECT_DATA),
		.content = content,
		.digest = list ? t->digest : digest_of(t->digest.kind,
		    der_value(&d, DER_SEQUENCE)),
		.attributes = attributes,
		.attribute_count = COUNT(attributes),
		.certificates = true,
	};
	return cms_plan(&terms, who, a, draft, out, e);
}

/* ---- reading */

static bool
malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_AUTHENTICODE_MALFORMED, "%s is broken", what);
}

/* BMPString is UTF-16 with the other byte first. */
static void
swap_pairs(struct span in, struct buf *out)
{
	struct reader r = rd_open(in);

	while (rd_left(&r) > 1)
		buf_u16be(out, rd_u16le(&r));
}

/* SpcString as UTF-8, for people. */
static bool
string_read(struct der *d, struct arena *a, struct span *out)
{
	CLEANUP(buf_done) struct buf utf8 = { 0 }, swapped = { 0 };

	if (der_tag(d) == DER_CONTEXT(1)) {
		*out = der_value(d, DER_CONTEXT(1));
		return text_utf8(*out);
	}
	struct span wide = der_value(d, DER_CONTEXT(0));
	swap_pairs(wide, &swapped);
	return der_ok(d) && wide.len % 2 == 0 &&
	    text_utf16(buf_span(&swapped), &utf8) &&
	    arena_copy(a, buf_span(&utf8), out);
}

static bool
opus_read(const struct cms_signer *s, struct arena *a,
    struct authenticode *out, struct err *e)
{
	struct span value;

	if (!cms_value(&s->signed_attributes, OID_SPC_OPUS_INFO, &value, e))
		return false;
	if (value.len == 0)
		return true;
	struct der d = der_read(value);
	struct der opus = der_enter(&d, DER_SEQUENCE);
	struct der name = der_enter_if(&opus, DER_EXPLICIT(0));
	struct der info = der_enter_if(&opus, DER_EXPLICIT(1));
	if (name.rest.len > 0 && !string_read(&name, a, &out->description))
		return malformed(e, "the description");
	if (info.rest.len > 0 && der_tag(&info) == DER_CONTEXT(0))
		out->description_url = der_value(&info, DER_CONTEXT(0));
	if (!text_utf8(out->description_url) || !der_end(&opus) ||
	    !der_end(&d))
		return malformed(e, "the description");
	return true;
}

static bool
moniker_read(struct span moniker, struct authenticode *out)
{
	struct der d = der_read(moniker);
	struct der outer = der_enter(&d, DER_SET);
	struct der pair = der_enter(&outer, DER_SEQUENCE);
	struct span oid = der_whole(&pair, DER_OID);
	struct der inner = der_enter(&pair, DER_SET);

	out->page_hashes = der_value(&inner, DER_OCTETS);
	if (!der_end(&inner) || !der_end(&pair) || !der_end(&outer) ||
	    !der_end(&d))
		return false;
	for (size_t i = 0; i < COUNT(page_kinds); i++)
		if (oid_is(oid, page_kinds[i].oid)) {
			out->page_kind = page_kinds[i].kind;
			out->has_pages = true;
			return true;
		}
	return false;
}

/* The name that old writers put in, as BMPString. */
static bool
is_obsolete(struct der link)
{
	static const struct span name = BYTES(
	    "\0<\0<\0<\0O\0b\0s\0o\0l\0e\0t\0e\0>\0>\0>");
	struct der string = der_enter(&link, DER_EXPLICIT(2));

	return span_eq(der_value(&string, DER_CONTEXT(0)), name);
}

/* Flags and names of other writers differ and mean nothing: any will do. */
static bool
pe_value_read(struct span value, struct authenticode *out)
{
	struct der d = der_read(value);
	struct der image = der_enter(&d, DER_SEQUENCE);

	der_value(&image, DER_BIT_STRING);
	struct der file = der_enter_if(&image, DER_EXPLICIT(0));
	if (!der_end(&image) || !der_end(&d))
		return false;
	out->obsolete = is_obsolete(file);
	if (der_tag(&file) != DER_EXPLICIT(1))
		return true;
	struct der link = der_enter(&file, DER_EXPLICIT(1));
	struct span class = der_value(&link, DER_OCTETS);
	struct span moniker = der_value(&link, DER_OCTETS);
	return der_end(&link) && der_end(&file) &&
	    span_eq(class, page_class) && moniker_read(moniker, out);
}

/* What only their own formats can take apart has a digest of its own here. */
static bool
is_listed(const struct authenticode *s)
{
	for (size_t i = 0; i < COUNT(subjects); i++)
		if (subjects[i].listed && authenticode_subject_is(s,
		    (enum authenticode_subject)i))
			return true;
	return false;
}

static bool
digest_read(struct der *info, struct authenticode *out, struct err *e)
{
	if (!(out->cms.old ? algorithm_digest_old : algorithm_digest)(info,
	    &out->digest.kind, e))
		return false;
	struct span d = der_value(info, DER_OCTETS);
	struct reader r = rd_open(d);
	if (is_listed(out)) {
		out->digests = d;
		out->digest = digest_of(out->digest.kind, d);
		return der_end(info) || malformed(e, "the list of digests");
	}
	out->digest.len = digest_rows[out->digest.kind].size;
	if (!der_end(info) || d.len != out->digest.len)
		return malformed(e, "the digest of the file");
	for (size_t i = 0; i < d.len; i++)
		out->digest.bytes[i] = rd_u8(&r);
	return true;
}

static bool
content_read(struct authenticode *out, struct err *e)
{
	struct der top = der_read(out->cms.content);
	struct der whole = der_enter(&top, DER_SEQUENCE);
	struct der data = der_enter(&whole, DER_SEQUENCE);
	struct der info = der_enter(&whole, DER_SEQUENCE);

	out->type = der_whole(&data, DER_OID);
	if (der_ok(&data) && data.rest.len > 0)
		out->type_value = der_whole(&data, DER_ANY);
	if (!der_end(&data) || !der_end(&whole) || !der_end(&top))
		return malformed(e, "what is signed");
	if (!digest_read(&info, out, e))
		return false;
	if ((oid_is(out->type, OID_SPC_PE_IMAGE_DATA) ||
	    oid_is(out->type, OID_SPC_INDIVIDUAL)) &&
	    !pe_value_read(out->type_value, out))
		return malformed(e, "SpcPeImageData");
	return true;
}

/* The signature that stands beside a list is over nothing but the list. */
static bool
list_read(struct authenticode *out, const struct cms_signer *s, struct err *e)
{
	struct span octets;

	out->type = out->cms.content_type;
	if (!cms_content(&out->cms, &octets, e))
		return false;
	out->digest = digest_of(s->digest_kind, octets);
	return true;
}

static bool
message_read(struct span der, bool padding, bool old, struct arena *a,
    struct authenticode *out, struct err *e)
{
	struct authenticode found = { 0 };
	const struct cms_signer *s;

	if (!(old ? cms_parse_old : cms_parse)(der, padding, a, &found.cms,
	    e))
		return false;
	bool list = oid_is(found.cms.content_type, OID_CERT_TRUST_LIST);
	if (!list && !oid_is(found.cms.content_type, OID_SPC_INDIRECT_DATA))
		return err_set(e, ERR_AUTHENTICODE_MALFORMED,
		    "it is a signature over something other than a file");
	if (!cms_only_signer(&found.cms, &s, e) ||
	    !(list ? list_read(&found, s, e) : content_read(&found, e)) ||
	    !opus_read(s, a, &found, e))
		return false;
	*out = found;
	return true;
}

bool
authenticode_parse(struct span der, bool padding, struct arena *a,
    struct authenticode *out, struct err *e)
{
	return message_read(der, padding, false, a, out, e);
}

bool
authenticode_parse_old(struct span der, bool padding, struct arena *a,
    struct authenticode *out, struct err *e)
{
	return message_read(der, padding, true, a, out, e);
}

/* SpcSipInfo: version, guid, five numbers of which nobody knows the use. */
static bool
sip_guid_is(struct span value, struct span guid)
{
	struct der d = der_read(value);
	struct der info = der_enter(&d, DER_SEQUENCE);

	der_value(&info, DER_INTEGER);
	struct span found = der_value(&info, DER_OCTETS);
	for (unsigned i = 0; i < 5; i++)
		der_value(&info, DER_INTEGER);
	return der_end(&info) && der_end(&d) && span_eq(found, guid);
}

bool
authenticode_subject_is(const struct authenticode *s,
    enum authenticode_subject subject)
{
	return oid_is(s->type, subjects[subject].type) &&
	    (subjects[subject].guid.len == 0 ||
	    sip_guid_is(s->type_value, subjects[subject].guid));
}

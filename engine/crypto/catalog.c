/*
 * catalog - reading the list of a catalog:
 *
 *	SEQUENCE				CertificateTrustList
 *	  SEQUENCE  the purpose: a catalog
 *	  OCTET STRING  id of the list, time
 *	  SEQUENCE  the version, NULL
 *	  SEQUENCE  members, in the order of their tags:
 *	    SEQUENCE
 *	      OCTET STRING tag, SET of Attribute
 *	  [0] SEQUENCE  extensions: names of the catalog
 *
 * What CTLs of other kinds may have besides (a number, the time of the next
 * one) is passed over.
 */
#include "crypto/catalog.h"
#include "crypto/oid.h"

static const enum oid versions[] = { OID_CATALOG_MEMBER,
	OID_CATALOG_MEMBER_V2 };

static bool
malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_CATALOG_MALFORMED, "%s is broken", what);
}

static bool
version_read(struct der *list, unsigned *out)
{
	struct span parameters;
	struct span oid = der_algorithm(list, &parameters);

	for (unsigned i = 0; i < COUNT(versions); i++)
		if (oid_is(oid, versions[i])) {
			*out = i + 1;
			return true;
		}
	return false;
}

/* Attribute ::= SEQUENCE { OID, SET OF value }, the values at least one. */
static bool
attribute_next(struct der *list, struct span *type, struct der *values)
{
	struct der one = der_enter(list, DER_SEQUENCE);

	*type = der_whole(&one, DER_OID);
	*values = der_enter(&one, DER_SET);
	return der_end(&one) && values->rest.len > 0;
}

static bool
attributes_fit(struct der list)
{
	struct der values;
	struct span type;

	while (der_ok(&list) && list.rest.len > 0) {
		if (!attribute_next(&list, &type, &values))
			return false;
		while (values.rest.len > 0)
			if (der_whole(&values, DER_ANY).len == 0)
				return false;
	}
	return der_end(&list);
}

bool
catalog_next(struct der *members, struct catalog_member *out)
{
	if (members->rest.len == 0)
		return false;
	struct der one = der_enter(members, DER_SEQUENCE);
	out->tag = der_value(&one, DER_OCTETS);
	out->attributes = der_enter_if(&one, DER_SET);
	if (!der_end(&one))
		members->bad = true;
	return der_ok(members);
}

static bool
members_read(struct der list, struct catalog *out, struct err *e)
{
	struct catalog_member m;

	out->members = list;
	while (catalog_next(&list, &m)) {
		if (m.tag.len == 0 || !attributes_fit(m.attributes))
			return err_set(e, ERR_CATALOG_MALFORMED, "member %zu "
			    "of the catalog is broken", out->member_count + 1);
		out->member_count++;
	}
	return der_end(&list) || malformed(e, "the list of members");
}

static bool
extensions_read(struct der list, struct catalog *out, struct err *e)
{
	out->extensions = list;
	while (der_ok(&list) && list.rest.len > 0) {
		struct der one = der_enter(&list, DER_SEQUENCE);

		der_value(&one, DER_OID);
		der_flag(&one);
		der_value(&one, DER_OCTETS);
		if (!der_end(&one))
			return malformed(e, "an extension of the catalog");
	}
	return der_end(&list) || malformed(e, "the list of extensions");
}

static bool
is_time(struct der *d)
{
	return der_tag(d) == DER_UTC_TIME || der_tag(d) == DER_TIME;
}

/* All before the members. */
static bool
head_read(struct der *list, struct catalog *out, struct err *e)
{
	struct der purpose = der_enter(list, DER_SEQUENCE);
	struct span use = der_whole(&purpose, DER_OID);

	if (!der_end(&purpose) || !oid_is(use, OID_CATALOG_LIST))
		return err_set(e, ERR_CATALOG_MALFORMED,
		    "it is a list of something other than files");
	out->list_id = der_value_if(list, DER_OCTETS);
	der_value_if(list, DER_INTEGER);
	out->time = der_time(list);
	if (is_time(list))
		(void)der_time(list);
	if (!version_read(list, &out->version))
		return malformed(e, "the head of the catalog");
	return true;
}

bool
catalog_parse(struct span bytes, struct catalog *out, struct err *e)
{
	struct der top = der_read(bytes);
	struct der list = der_enter(&top, DER_SEQUENCE);
	struct catalog c = { 0 };

	if (!der_end(&top) || !head_read(&list, &c, e))
		return der_ok(&top) ? false : malformed(e, "the catalog");
	struct der members = der_enter_if(&list, DER_SEQUENCE);
	struct der wrapped = der_enter_if(&list, DER_EXPLICIT(0));
	struct der extensions = der_enter_if(&wrapped, DER_SEQUENCE);
	if (!der_end(&list) || !der_end(&wrapped))
		return malformed(e, "the catalog");
	if (!members_read(members, &c, e) ||
	    !extensions_read(extensions, &c, e))
		return false;
	*out = c;
	return true;
}

/* ---- the digest of a member */

static bool
digest_from(enum digest_kind kind, struct span bytes, struct digest *out)
{
	struct reader r = rd_open(bytes);

	if (bytes.len != digest_rows[kind].size)
		return false;
	*out = (struct digest){ .kind = kind, .len = bytes.len };
	for (size_t i = 0; i < bytes.len; i++)
		out->bytes[i] = rd_u8(&r);
	return true;
}

/* SpcIndirectDataContent; the kind of file in it changes no digest. */
static bool
content_digest(struct der values, struct digest *out)
{
	struct der content = der_enter(&values, DER_SEQUENCE);
	struct span parameters;
	enum digest_kind kind;

	der_value(&content, DER_SEQUENCE);
	struct der info = der_enter(&content, DER_SEQUENCE);
	struct span oid = der_algorithm(&info, &parameters);
	struct span bytes = der_value(&info, DER_OCTETS);
	return der_end(&info) && der_end(&content) && der_end(&values) &&
	    digest_find_oid(oid, &kind) && digest_from(kind, bytes, out);
}

/* Upper-case hexadecimal in UTF-16, ending with NUL. */
static bool
text_digest(enum digest_kind kind, struct span tag, struct digest *out)
{
	struct reader r = rd_open(tag);
	uint8_t bytes[DIGEST_MAX] = { 0 };
	size_t size = digest_rows[kind].size;

	if (tag.len != 2 * (2 * size + 1))
		return false;
	for (size_t i = 0; i < 2 * size; i++) {
		unsigned c = rd_u16le(&r);
		bool digit = c >= '0' && c <= '9';

		if (!digit && (c < 'A' || c > 'F'))
			return false;
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 |
		    (digit ? c - '0' : c - 'A' + 10));
	}
	return rd_u16le(&r) == 0 &&
	    digest_from(kind, (struct span){ bytes, size }, out);
}

static bool
tag_digest(struct span tag, struct digest *out)
{
	for (unsigned k = 0; k < DIGEST_KINDS; k++)
		if (digest_from((enum digest_kind)k, tag, out) ||
		    text_digest((enum digest_kind)k, tag, out))
			return true;
	return false;
}

bool
catalog_digest(const struct catalog_member *m, struct digest *out)
{
	struct der list = m->attributes, values;
	unsigned found = 0;
	struct span type;

	while (list.rest.len > 0) {
		if (!attribute_next(&list, &type, &values))
			return false;
		if (!oid_is(type, OID_SPC_INDIRECT_DATA))
			continue;
		if (found++ > 0 || !content_digest(values, out))
			return false;
	}
	return found > 0 || tag_digest(m->tag, out);
}

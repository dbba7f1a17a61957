/*
 * x509 - see x509.h. A certificate (RFC 5280 4.1):
 *
 *	SEQUENCE
 *	  SEQUENCE		what is signed
 *	    [0] version, serial, algorithm, issuer,
 *	    SEQUENCE		notBefore, notAfter
 *	    subject, SubjectPublicKeyInfo, [1], [2],
 *	    [3] extensions
 *	  algorithm
 *	  BIT STRING		signature
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/der.h"
#include "crypto/oid.h"
#include "crypto/pem.h"
#include "crypto/x509.h"

DEFINE_CLEANUP(X509_NAME, name_done, X509_NAME_free);
DEFINE_CLEANUP(BIO, bio_done, BIO_free_all);

/* RFC 4514, but with UTF-8 as it is; control characters stay escaped. */
#define NAME_FLAGS	\
	(XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB)

static bool
malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_CERTIFICATE_MALFORMED, "%s", what);
}

bool
certificate_name(struct span name, struct arena *a, struct span *out,
    struct err *e)
{
	const unsigned char *at = name.ptr;
	CLEANUP(name_done) X509_NAME *parsed = d2i_X509_NAME(NULL, &at,
	    (long)name.len);
	CLEANUP(bio_done) BIO *bio = BIO_new(BIO_s_mem());
	char *text;

	ERR_clear_error();
	if (parsed == NULL || bio == NULL ||
	    X509_NAME_print_ex(bio, parsed, 0, NAME_FLAGS) < 0)
		return malformed(e, "a name in it cannot be read");
	long len = BIO_get_mem_data(bio, &text);
	return arena_copy(a, (struct span){ (const uint8_t *)text,
	    len > 0 ? (size_t)len : 0 }, out) || err_budget(e, a);
}

/* One extension's contents, into the certificate; false: malformed. */
typedef bool extension_reader(struct der *, bool critical, struct arena *,
    struct certificate *);

/* The first byte of a BIT STRING counts unused bits; bit 0 is the highest. */
static bool
key_usage_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	struct reader r = rd_open(der_value(d, DER_BIT_STRING));

	(void)a;
	c->usage_critical = critical;
	rd_u8(&r);
	unsigned bits = rd_u8(&r);
	if (c->has_key_usage || !rd_ok(&r))
		return false;
	for (unsigned i = 0; i < 8; i++)
		if (bits & 0x80U >> i)
			c->key_usage |= 1U << i;
	c->has_key_usage = true;
	return true;
}

static bool
extended_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	struct der list = der_enter(d, DER_SEQUENCE);

	if (c->has_extended)
		return false;
	c->has_extended = true;
	c->extended_critical = critical;
	while (der_ok(&list) && list.rest.len > 0) {
		struct span *more = arena_grow(a, c->extended,
		    c->extended_count, sizeof(*more));

		if (more == NULL)
			return false;
		c->extended = more;
		more[c->extended_count++] = der_whole(&list, DER_OID);
	}
	return der_end(&list) && c->extended_count > 0;
}

static bool
constraints_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	struct der list = der_enter(d, DER_SEQUENCE);

	(void)critical;
	(void)a;
	c->ca = der_flag(&list);
	c->has_depth = der_tag(&list) == DER_INTEGER;
	if (c->has_depth)
		c->depth = der_small(&list);
	return der_end(&list);
}

static bool
key_id_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	(void)critical;
	(void)a;
	c->key_id = der_value(d, DER_OCTETS);
	return true;
}

/* RFC 5280 4.2.1.6: the three kinds of name that people write. */
static bool
names_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	static const struct { unsigned tag; const char *prefix; } kinds[] = {
		{ DER_CONTEXT(1), "email:" },
		{ DER_CONTEXT(2), "dns:" },
		{ DER_CONTEXT(6), "uri:" },
	};
	struct der list = der_enter(d, DER_SEQUENCE);

	(void)critical;
	while (der_ok(&list) && list.rest.len > 0) {
		unsigned tag = der_tag(&list);
		struct span value = der_value(&list, tag);

		c->other_names++;
		for (size_t i = 0; i < COUNT(kinds); i++) {
			/* A NUL would cut it: it stays one of no kind. */
			if (kinds[i].tag != tag || (value.len > 0 &&
			    memchr(value.ptr, 0, value.len) != NULL))
				continue;
			c->other_names--;
			struct span *more = arena_grow(a, c->names,
			    c->name_count, sizeof(*more));
			char *text = arena_printf(a, "%s%.*s", kinds[i].prefix,
			    (int)value.len, (const char *)value.ptr);
			if (more == NULL || text == NULL)
				return false;
			c->names = more;
			more[c->name_count++] = span_text(text);
		}
	}
	return der_end(&list);
}

static bool
url_add(struct span url, struct arena *a, struct span **list, size_t *count)
{
	struct span *more = arena_grow(a, *list, *count, sizeof(*more));

	if (more == NULL)
		return false;
	*list = more;
	more[(*count)++] = url;
	return true;
}

/*
 * RFC 5280 4.2.1.13. Lists of some reasons only, or by somebody else than the
 * issuer, are not for us (crl.h): their places are passed over.
 */
static bool
distribution_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	struct der list = der_enter(d, DER_SEQUENCE);

	(void)critical;
	while (der_ok(&list) && list.rest.len > 0) {
		struct der point = der_enter(&list, DER_SEQUENCE);
		struct der name = der_enter_if(&point, DER_EXPLICIT(0));
		struct der full = der_enter_if(&name, DER_EXPLICIT(0));
		bool partial = der_tag(&point) != 0;

		while (der_ok(&full) && full.rest.len > 0) {
			bool url = der_tag(&full) == DER_CONTEXT(6);
			struct span value = der_value(&full, der_tag(&full));

			if (url && !partial && text_utf8(value) &&
			    !url_add(value, a, &c->crl_urls,
			    &c->crl_url_count))
				return false;
		}
		if (!der_ok(&full) || !der_ok(&point))
			return false;
	}
	return der_end(&list);
}

static bool
access_add(struct span method, struct span url, struct arena *a,
    struct certificate *c)
{
	if (oid_is(method, OID_OCSP))
		return url_add(url, a, &c->ocsp_urls, &c->ocsp_url_count);
	return !oid_is(method, OID_CA_ISSUERS) ||
	    url_add(url, a, &c->ca_urls, &c->ca_url_count);
}

/* RFC 5280 4.2.2.1: what else an issuer offers is not for us. */
static bool
access_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	struct der list = der_enter(d, DER_SEQUENCE);

	(void)critical;
	while (der_ok(&list) && list.rest.len > 0) {
		struct der one = der_enter(&list, DER_SEQUENCE);
		struct span method = der_whole(&one, DER_OID);
		bool url = der_tag(&one) == DER_CONTEXT(6);
		struct span value = der_value(&one, der_tag(&one));

		if (!der_end(&one))
			return false;
		if (url && text_utf8(value) && !access_add(method, value, a,
		    c))
			return false;
	}
	return der_end(&list);
}

static bool
no_check_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	(void)critical;
	(void)a;
	c->no_check = true;
	return der_value(d, DER_NULL).len == 0;
}

/* Which they are is not for us: that they are there is. */
static bool
policies_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	(void)a;
	c->has_policies = true;
	c->strange = c->strange || critical;
	der_value(d, DER_SEQUENCE);
	return true;
}

static bool
authority_read(struct der *d, bool critical, struct arena *a,
    struct certificate *c)
{
	(void)a;
	c->has_authority = true;
	c->strange = c->strange || critical;
	der_value(d, DER_SEQUENCE);
	return true;
}

static const struct {
	enum oid		 oid;
	extension_reader	*read;
} extensions[] = {
	{ OID_KEY_USAGE, key_usage_read },
	{ OID_EXTENDED_KEY_USAGE, extended_read },
	{ OID_BASIC_CONSTRAINTS, constraints_read },
	{ OID_SUBJECT_KEY_ID, key_id_read },
	{ OID_SUBJECT_ALT_NAME, names_read },
	{ OID_CRL_DISTRIBUTION, distribution_read },
	{ OID_INFO_ACCESS, access_read },
	{ OID_OCSP_NO_CHECK, no_check_read },
	{ OID_CERTIFICATE_POLICIES, policies_read },
	{ OID_AUTHORITY_KEY_ID, authority_read },
};

static bool
extension_read(struct der *list, struct arena *a, struct certificate *c)
{
	struct der one = der_enter(list, DER_SEQUENCE);
	struct span oid = der_whole(&one, DER_OID);
	struct span flag = der_value_if(&one, DER_BOOLEAN);
	struct reader r = rd_open(flag);
	bool critical = flag.len > 0 && rd_u8(&r) != 0;
	struct der contents = der_read(der_value(&one, DER_OCTETS));

	if (!der_end(&one))
		return false;
	for (size_t i = 0; i < COUNT(extensions); i++)
		if (oid_is(oid, extensions[i].oid))
			return extensions[i].read(&contents, critical, a, c) &&
			    der_end(&contents);
	c->strange = c->strange || critical;
	return true;
}

bool
certificate_extensions(struct span contents, struct arena *a,
    struct certificate *c, struct err *e)
{
	struct der list = der_read(contents);

	while (der_ok(&list) && list.rest.len > 0)
		if (!extension_read(&list, a, c))
			return malformed(e, "an extension in it is broken");
	return der_end(&list) || malformed(e, "its extensions are broken");
}

static bool
body_read(struct der *tbs, struct arena *a, struct certificate *c)
{
	struct span parameters;

	der_value_if(tbs, DER_EXPLICIT(0));
	c->serial = der_value(tbs, DER_INTEGER);
	struct der before = *tbs;
	c->algorithm = der_whole(&before, DER_SEQUENCE);
	der_algorithm(tbs, &parameters);
	c->issuer_name = der_whole(tbs, DER_SEQUENCE);
	struct der validity = der_enter(tbs, DER_SEQUENCE);
	c->not_before = der_time(&validity);
	c->not_after = der_time(&validity);
	c->subject_name = der_whole(tbs, DER_SEQUENCE);
	c->spki = der_whole(tbs, DER_SEQUENCE);
	der_value_if(tbs, DER_CONTEXT(1));
	der_value_if(tbs, DER_CONTEXT(2));
	if (!der_ok(tbs) || !der_end(&validity))
		return false;
	if (tbs->rest.len == 0)
		return true;
	struct der wrapped = der_enter(tbs, DER_EXPLICIT(3));
	struct der list = der_enter(&wrapped, DER_SEQUENCE);
	while (der_ok(&list) && list.rest.len > 0)
		if (!extension_read(&list, a, c))
			return false;
	return der_end(&list) && der_end(&wrapped) && der_end(tbs);
}

bool
certificate_parse(struct span der, struct arena *a, struct certificate *out,
    struct err *e)
{
	struct certificate c = { .der = der };
	struct der top = der_read(der);
	struct der outer = der_enter(&top, DER_SEQUENCE);
	struct der tbs = der_enter(&outer, DER_SEQUENCE);
	struct span parameters;

	der_algorithm(&outer, &parameters);
	der_value(&outer, DER_BIT_STRING);
	if (der.len > LIMIT_CERTIFICATE || !der_end(&outer) ||
	    !der_end(&top) || !body_read(&tbs, a, &c))
		return malformed(e, "its structure is broken (RFC 5280 4.1)");
	if (!certificate_name(c.subject_name, a, &c.subject, e) ||
	    !certificate_name(c.issuer_name, a, &c.issuer, e))
		return false;
	c.thumbprint = digest_of(DIGEST_SHA256, der);
	c.self_issued = span_eq(c.subject_name, c.issuer_name);
	*out = c;
	return true;
}

bool
certificate_allows(const struct certificate *c, struct span oid)
{
	for (size_t i = 0; i < c->extended_count; i++)
		if (span_eq(c->extended[i], oid))
			return true;
	return false;
}

static bool
bundle_add(struct span der, struct arena *a, struct span **list, size_t *count,
    struct err *e)
{
	struct certificate c;

	if (*count >= LIMIT_TRUSTED)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d certificates "
		    "in one file", LIMIT_TRUSTED);
	struct span *more = arena_grow(a, *list, *count, sizeof(*more));
	if (more == NULL || !arena_copy(a, der, &more[*count]))
		return err_budget(e, a);
	if (!certificate_parse(more[*count], a, &c, e))
		return err_at(e, "certificate %zu", *count + 1);
	*list = more;
	(*count)++;
	return true;
}

static bool
bundle_read(struct span pem, struct arena *a, struct span **list,
    size_t *count, struct err *e)
{
	for (bool found = true; found; ) {
		CLEANUP(buf_done) struct buf der = { 0 };

		if (!pem_next(&pem, "CERTIFICATE", &der, &found, e) ||
		    (found && !bundle_add(buf_span(&der), a, list, count, e)))
			return false;
	}
	return true;
}

bool
certificates_parse(struct span in, struct arena *a, struct span **out,
    size_t *count, struct err *e)
{
	struct der whole = der_read(in);
	struct span *list = NULL;
	size_t n = 0;

	if (der_tag(&whole) == DER_SEQUENCE) {
		if (!bundle_add(in, a, &list, &n, e))
			return false;
	} else if (!bundle_read(in, a, &list, &n, e)) {
		return false;
	}
	if (n == 0)
		return err_set(e, ERR_CERTIFICATE_NONE,
		    "there is no certificate in it");
	*out = list;
	*count = n;
	return true;
}

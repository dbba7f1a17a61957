/*
 * bag - see bag.h.
 *
 *	SEQUENCE  signedData
 *	  [0] SEQUENCE
 *	    version, SET of digest algorithms, SEQUENCE content
 *	    [0] certificates, [1] revocation lists
 *	    SET of signers
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/bag.h"
#include "crypto/ber.h"
#include "crypto/der.h"
#include "crypto/oid.h"
#include "crypto/pem.h"

#define BEGIN	"-----BEGIN "

static bool
malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_BAG_MALFORMED, "%s", what);
}

static bool
has_already(const struct certificate_bag *bag, struct span der)
{
	for (size_t i = 0; i < bag->count; i++)
		if (span_eq(bag->items[i].der, der))
			return true;
	return false;
}

static bool
item_add(struct certificate_bag *bag, const struct certificate *c,
    struct arena *a, struct err *e)
{
	struct certificate *more;

	if (has_already(bag, c->der))
		return true;
	more = arena_grow(a, bag->items, bag->count, sizeof(*more));
	if (more == NULL)
		return err_budget(e, a);
	bag->items = more;
	more[bag->count++] = *c;
	return true;
}

bool
bag_add(struct certificate_bag *bag, const struct certificate_bag *from,
    struct arena *a, struct err *e)
{
	for (size_t i = 0; i < from->count; i++)
		if (!item_add(bag, &from->items[i], a, e))
			return false;
	return true;
}

static bool
der_add(struct certificate_bag *bag, struct span der, struct arena *a,
    struct err *e)
{
	struct certificate c;

	if (bag->count == LIMIT_BAG_CERTIFICATES)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d certificates "
		    "in it", LIMIT_BAG_CERTIFICATES);
	if (!certificate_parse(der, a, &c, e))
		return err_at(e, "certificate %zu", bag->count + 1);
	return item_add(bag, &c, a, e);
}

/* ---- PKCS#7 */

/* How many there are is asked first: an element costs nothing yet. */
static bool
count_check(struct span set, struct err *e)
{
	struct der list = der_read(set);
	size_t n = 0;

	for (; der_ok(&list) && list.rest.len > 0; n++)
		der_whole(&list, DER_ANY);
	if (!der_end(&list))
		return malformed(e, "a list in the PKCS#7 message is broken");
	if (n <= LIMIT_BAG_CERTIFICATES)
		return true;
	err_set(e, ERR_LIMIT_SIZE, "%zu certificates in it, at most %d are "
	    "taken", n, LIMIT_BAG_CERTIFICATES);
	return err_hint(e, "ask the authority for your certificate and its "
	    "chain only");
}

static bool
set_read(struct span set, struct arena *a, struct certificate_bag *bag,
    struct err *e)
{
	struct der list = der_read(set);

	if (!count_check(set, e))
		return false;
	while (list.rest.len > 0) {
		bool x509 = der_tag(&list) == DER_SEQUENCE;
		struct span one = der_whole(&list, DER_ANY);

		bag->others += !x509;
		if (x509 && !der_add(bag, one, a, e))
			return false;
	}
	return true;
}

static size_t
elements(struct span set)
{
	struct der list = der_read(set);
	size_t n = 0;

	for (; der_ok(&list) && list.rest.len > 0; n++)
		der_whole(&list, DER_ANY);
	return n;
}

static bool
message_read(struct span der, struct arena *a, struct certificate_bag *bag,
    struct err *e)
{
	struct der top = der_read(der);
	struct der info = der_enter(&top, DER_SEQUENCE);
	struct span type = der_whole(&info, DER_OID);
	struct der wrapped = der_enter(&info, DER_EXPLICIT(0));
	struct der data = der_enter(&wrapped, DER_SEQUENCE);

	if (der_ok(&info) && !oid_is(type, OID_SIGNED_DATA))
		return malformed(e, "the message holds something else than "
		    "certificates: it is no SignedData");
	der_value(&data, DER_INTEGER);
	der_value(&data, DER_SET);
	der_value(&data, DER_SEQUENCE);
	struct span set = der_value_if(&data, DER_EXPLICIT(0));
	struct span lists = der_value_if(&data, DER_EXPLICIT(1));
	der_value(&data, DER_SET);
	if (!der_end(&data) || !der_end(&wrapped) || !der_end(&info))
		return malformed(e, "the PKCS#7 message is broken");
	if (!der_end(&top))
		return err_set(e, ERR_BAG_MALFORMED,
		    "%zu bytes follow the PKCS#7 message", top.rest.len);
	bag->lists += elements(lists);
	return set_read(set, a, bag, e);
}

/* Some authorities leave the outer lengths open. */
static bool
message_any(struct span in, struct arena *a, struct certificate_bag *bag,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct der top = der_read(in);
	struct span der = in;

	der_whole(&top, DER_SEQUENCE);
	if (der_ok(&top))
		return message_read(in, a, bag, e);
	if (!ber_to_der(in, &b))
		return malformed(e, "the PKCS#7 message is broken");
	return (arena_copy(a, buf_span(&b), &der) || err_budget(e, a)) &&
	    message_read(der, a, bag, e);
}

/* ---- DER */

static bool
single_read(struct span in, struct arena *a, struct certificate_bag *bag,
    struct err *e)
{
	struct der top = der_read(in);
	struct span der = der_whole(&top, DER_SEQUENCE);

	if (der_ok(&top) && top.rest.len > 0)
		return err_set(e, ERR_BAG_MALFORMED,
		    "%zu bytes follow the certificate", top.rest.len);
	return der_add(bag, der_ok(&top) ? der : in, a, e);
}

/* A message begins with an OID, a certificate with a SEQUENCE. */
static bool
is_message(struct span in)
{
	struct reader r = rd_open(in);

	rd_u8(&r);
	unsigned length = rd_u8(&r);
	if (length > 0x80)
		rd_take(&r, length & 0x7f);
	return rd_u8(&r) == DER_OID && rd_ok(&r);
}

static bool
binary_read(struct span in, struct arena *a, struct certificate_bag *bag,
    struct err *e)
{
	return is_message(in) ? message_any(in, a, bag, e) :
	    single_read(in, a, bag, e);
}

/* ---- text */

static const struct {
	const char	*label;
	bool		 message;
} blocks[] = {
	{ "CERTIFICATE", false },
	{ "X509 CERTIFICATE", false },
	{ "PKCS7", true },
	{ "CMS", true },
	{ "PKCS #7 SIGNED DATA", true },
};

static bool
blocks_read(struct span text, size_t row, struct arena *a,
    struct certificate_bag *bag, size_t *taken, struct err *e)
{
	for (bool found = true; ; (*taken)++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		struct span der;

		if (!pem_next(&text, blocks[row].label, &b, &found, e))
			return false;
		if (!found)
			return true;
		if (!arena_copy(a, buf_span(&b), &der))
			return err_budget(e, a);
		if (!(blocks[row].message ? message_any : single_read)(der, a,
		    bag, e))
			return false;
	}
}

/* What else begins in it. */
static void
others_count(struct span text, size_t taken, struct certificate_bag *bag)
{
	struct span line;
	size_t all = 0, lists = 0;

	while (span_line(&text, &line)) {
		all += span_starts(line, BEGIN);
		lists += span_starts(line, BEGIN "X509 CRL-----");
	}
	bag->lists += lists;
	bag->others += all - lists - (taken < all - lists ? taken :
	    all - lists);
}

static bool
pem_read(struct span text, struct arena *a, struct certificate_bag *bag,
    struct err *e)
{
	size_t taken = 0;

	for (size_t i = 0; i < COUNT(blocks); i++)
		if (!blocks_read(text, i, a, bag, &taken, e))
			return false;
	others_count(text, taken, bag);
	return true;
}

/* RFC 7030: base64 with line breaks, and no lines of dashes. */
static bool
base64_read(struct span text, struct arena *a, struct certificate_bag *bag,
    struct err *e)
{
	CLEANUP(buf_done) struct buf packed = { 0 }, b = { 0 };
	struct reader r = rd_open(text);
	struct span der;

	while (rd_left(&r) > 0) {
		uint8_t c = rd_u8(&r);

		if (strchr(" \t\r\n", c) == NULL)
			buf_u8(&packed, c);
	}
	if (packed.len == 0 || !text_unbase64(buf_span(&packed), &b))
		return malformed(e, "it is neither PEM, DER nor PKCS#7");
	return (arena_copy(a, buf_span(&b), &der) || err_budget(e, a)) &&
	    binary_read(der, a, bag, e);
}

static bool
holds(struct span text, const char *start)
{
	struct span line;

	while (span_line(&text, &line))
		if (span_starts(line, start))
			return true;
	return false;
}

/* White space and the mark of UTF-8 in front. */
static struct span
trimmed(struct span in)
{
	if (span_starts(in, "\xef\xbb\xbf"))
		in = span_from(in, 3);
	while (span_starts(in, " ") || span_starts(in, "\t") ||
	    span_starts(in, "\r") || span_starts(in, "\n"))
		in = span_from(in, 1);
	return in;
}

static bool
form_read(struct span in, struct arena *a, struct certificate_bag *bag,
    struct err *e)
{
	struct der top = der_read(in);

	if (der_tag(&top) == DER_SEQUENCE)
		return binary_read(in, a, bag, e);
	if (span_starts(trimmed(in), "<"))
		return err_set(e, ERR_BAG_PAGE, "it is a web page (HTML)");
	return holds(in, BEGIN) ? pem_read(in, a, bag, e) :
	    base64_read(trimmed(in), a, bag, e);
}

bool
bag_read(struct span in, struct arena *a, struct certificate_bag *out,
    struct err *e)
{
	struct certificate_bag bag = { 0 };

	if (in.len > LIMIT_BAG)
		return err_set(e, ERR_LIMIT_SIZE, "%zu bytes, at most %llu are "
		    "taken", in.len, (unsigned long long)LIMIT_BAG);
	if (!form_read(in, a, &bag, e))
		return false;
	if (bag.count == 0)
		return err_set(e, ERR_CERTIFICATE_NONE,
		    "there is no certificate in it");
	*out = bag;
	return true;
}

/*
 * evidence - see evidence.h.
 *
 *	AttestationBundle     SEQUENCE
 *	  attestations        SEQUENCE of statements, one at least
 *	    SEQUENCE          type (OID), statement (any element)
 *	  certs               SEQUENCE of certificates, or absent
 */
#include "base/limits.h"
#include "base/text.h"
#include "crypto/der.h"
#include "crypto/evidence.h"
#include "crypto/oid.h"
#include "crypto/x509.h"

static bool
malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_EVIDENCE_MALFORMED, "%s", what);
}

/* Older drafts have more in a statement: it may stay. */
static bool
bundle_check(struct span file, struct err *e)
{
	struct der top = der_read(file);
	struct der bundle = der_enter(&top, DER_SEQUENCE);
	struct der list = der_enter(&bundle, DER_SEQUENCE);
	bool good = list.rest.len > 0;

	while (good && list.rest.len > 0) {
		struct der one = der_enter(&list, DER_SEQUENCE);

		der_whole(&one, DER_OID);
		good = der_whole(&one, DER_ANY).len > 0 && der_ok(&one);
	}
	der_value_if(&bundle, DER_SEQUENCE);
	return (good && der_end(&list) && der_end(&bundle) &&
	    der_end(&top)) || malformed(e, "it is no AttestationBundle in DER");
}

static bool
is_element(struct span file)
{
	struct der d = der_read(file);

	return der_whole(&d, DER_ANY).len > 0 && der_end(&d);
}

static void
put_bundle(struct buf *b, struct span type, struct span file,
    const struct span *chain, size_t count)
{
	size_t bundle = der_open(b, DER_SEQUENCE);
	size_t list = der_open(b, DER_SEQUENCE);
	size_t one = der_open(b, DER_SEQUENCE);

	buf_put(b, type);
	if (is_element(file))
		buf_put(b, file);
	else
		der_put(b, DER_OCTETS, file);
	der_close(b, one);
	der_close(b, list);
	size_t certificates = count > 0 ? der_open(b, DER_SEQUENCE) : 0;
	for (size_t i = 0; i < count; i++)
		buf_put(b, chain[i]);
	if (count > 0)
		der_close(b, certificates);
	der_close(b, bundle);
}

static bool
wrap(struct span file, struct span type, struct arena *a, struct span *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf oid = { 0 }, b = { 0 };
	struct span *all;
	size_t count;
	struct err not;

	if (!oid_write(type, &oid))
		return malformed(e, "the type of the statement is no OID");
	if (!is_element(file) &&
	    certificates_parse(file, a, &all, &count, &not))
		put_bundle(&b, buf_span(&oid), all[0], all + 1, count - 1);
	else
		put_bundle(&b, buf_span(&oid), file, NULL, 0);
	return arena_copy(a, buf_span(&b), out) || err_budget(e, a);
}

bool
evidence_bundle(struct span file, struct span type, struct arena *a,
    struct span *bundle, struct err *e)
{
	if (file.len > LIMIT_EVIDENCE)
		return err_set(e, ERR_LIMIT_SIZE, "%zu bytes, at most %d are "
		    "taken", file.len, LIMIT_EVIDENCE);
	if (file.len == 0)
		return malformed(e, "it is empty");
	if (type.len > 0)
		return wrap(file, type, a, bundle, e);
	*bundle = file;
	return bundle_check(file, e);
}

/*
 * ceremony - the record of a key that a certificate's file names: it is of the
 * key that the certificate, or the line in its place, is for.
 */
#include "base/limits.h"
#include "base/text.h"
#include "config/reading.h"
#include "crypto/ceremony.h"
#include "crypto/identity.h"
#include "crypto/note.h"
#include "crypto/openpgp_certificate.h"
#include "crypto/sshsig.h"

/*
 * Each gives the public key in the form that the record's is brought into; of
 * several keys, the one that was recorded.
 */
static bool
key_of_x509(struct arena *a, const struct certificate *x, struct span recorded,
    struct span *out, struct err *e)
{
	struct signing_identity identity;

	(void)recorded;
	return identity_read(x->bytes, DIGEST_SHA256, a, &identity, out, e);
}

static bool
key_of_ssh(struct arena *a, const struct certificate *x, struct span recorded,
    struct span *out, struct err *e)
{
	struct ssh_key key;

	(void)recorded;
	if (!ssh_key_parse_line(a, x->public, &key, e))
		return false;
	*out = key.blob;
	return true;
}

static bool
key_of_log(struct arena *a, const struct certificate *x, struct span recorded,
    struct span *out, struct err *e)
{
	struct note_key key;

	(void)recorded;
	if (!note_key_parse(a, x->public, &key, e))
		return false;
	*out = key.public_key;
	return true;
}

/*
 * The primary key or a subkey, whichever the record is of: a certificate that
 * is revoked keeps its record. One that cannot be read is told by
 * check_openpgp, and not as a wrong record.
 */
static bool
key_of_openpgp(struct arena *a, const struct certificate *x,
    struct span recorded, struct span *out, struct err *e)
{
	struct openpgp_certificate c;
	struct err told;

	(void)e;
	*out = recorded;
	if (!openpgp_certificate_read(a, x->bytes, &c, &told))
		return true;
	*out = c.parts[0].key.spki;
	for (size_t i = 1; i < c.count; i++)
		if (c.parts[i].key.spki.len > 0 &&
		    span_eq(c.parts[i].key.spki, recorded))
			*out = recorded;
	return true;
}

static const struct {
	bool	(*key)(struct arena *, const struct certificate *,
		    struct span recorded, struct span *, struct err *);
	bool	ssh;
} kinds[] = {
	[CERTIFICATE_X509]	= { key_of_x509, false },
	[CERTIFICATE_SSH]	= { key_of_ssh, true },
	[CERTIFICATE_OPENPGP]	= { key_of_openpgp, false },
	[CERTIFICATE_LOG]	= { key_of_log, false },
};

/* The record's public key, as SSH writes it where that is asked for. */
static bool
key_of_record(const struct json *record, bool ssh, struct buf *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf spki = { 0 };

	if (!text_unbase64(json_span(json_member(json_member(record, "key"),
	    "public_key")), &spki))
		return err_set(e, ERR_CEREMONY_MALFORMED, "no public key");
	if (ssh)
		return ssh_key_from_spki(buf_span(&spki), out, e);
	buf_put(out, buf_span(&spki));
	return true;
}

static bool
ceremony_fits(const struct certificate *x, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(json_done) struct json *record = NULL;
	CLEANUP(buf_done) struct buf recorded = { 0 };
	struct ceremony c;
	struct span key;

	return ceremony_read(x->ceremony_bytes, &record, &c, e) &&
	    key_of_record(record, kinds[x->kind].ssh, &recorded, e) &&
	    kinds[x->kind].key(a, x, buf_span(&recorded), &key, e) &&
	    (span_eq(buf_span(&recorded), key) ||
	    err_set(e, ERR_CONFIG_CEREMONY, "the record is of key '%s' in "
	    "token '%s', which is not this one", text_show(c.label).text,
	    text_show(c.serial).text));
}

void
check_ceremony(struct reading *r, const struct certificate *x)
{
	struct err e;

	if (!ceremony_fits(x, &e))
		complain(r, x->at, ERR_CONFIG_CEREMONY, "%.*s: %s",
		    (int)x->ceremony.len, (const char *)x->ceremony.ptr,
		    e.text);
}

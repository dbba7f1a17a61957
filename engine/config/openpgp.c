/*
 * openpgp - the files of certificates of kind openpgp. When they expire is not
 * judged here: a config is the same at all times.
 */
#include "base/limits.h"
#include "base/text.h"
#include "config/reading.h"
#include "crypto/openpgp_certificate.h"

static bool
refused(struct reading *r, const struct certificate *x, const char *why)
{
	return complain(r, x->at, ERR_CONFIG_OPENPGP, "%.*s: %s",
	    (int)x->file.len, (const char *)x->file.ptr, why);
}

/* A revoked one may be kept, for what it signed before. */
static bool
serves(struct reading *r, const struct certificate *x,
    const struct openpgp_certificate *c)
{
	if (x->state == CERTIFICATE_REVOKED || x->state == CERTIFICATE_RETIRED)
		return true;
	if (c->parts[0].revoked != NULL)
		return refused(r, x, "the certificate is revoked: write state: "
		    "revoked");
	for (size_t i = 0; i < c->count; i++)
		if (openpgp_signing_key(c, c->parts[i].key.spki) != NULL)
			return true;
	return refused(r, x, "none of its keys may sign");
}

static void
check_sizes(struct reading *r, const struct certificate *x,
    const struct openpgp_certificate *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct openpgp_part *p = openpgp_signing_key(c,
		    c->parts[i].key.spki);

		if (p != NULL &&
		    p->key.about.bits < x->rules.minimum_key_size)
			complain(r, x->rules.at, ERR_CONFIG_CERTIFICATE_RULES,
			    "one of its keys has %u bits, less than %llu",
			    p->key.about.bits,
			    (unsigned long long)x->rules.minimum_key_size);
	}
}

void
check_openpgp(struct reading *r, const struct certificate *x)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct openpgp_certificate c;
	struct err e;

	if (!openpgp_certificate_read(a, x->bytes, &c, &e))
		refused(r, x, e.text);
	else if (serves(r, x, &c))
		check_sizes(r, x, &c);
}

/* cms_parse and all that reads further: nothing may fall over. */
#include <stdlib.h>

#include "crypto/authenticode.h"
#include "crypto/countersignature.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
no_file(void *arg, enum digest_kind kind, struct digest *out, struct err *e)
{
	(void)arg;
	(void)e;
	*out = digest_of(kind, (struct span){ NULL, 0 });
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct authenticode_file file = { .digest = no_file };
	struct judge_terms terms = { .old = true };
	struct timestamp_terms counter = { .old = true };
	struct timestamp stamp;
	struct findings found = { NULL, 0 };
	struct span in = { bytes, len }, der;
	struct certificate c;
	struct cms m, again;
	struct err e;

	if (!cms_parse_old(in, true, a, &m, &e))
		return 0;
	for (size_t i = 0; i < m.signer_count; i++) {
		struct digest d = digest_of(m.signers[i].digest_kind, in);

		if (cms_check(&m, &m.signers[i], &d, a, &c, &e))
			abort();	/* no signature covers a digest of itself */
		(void)!countersignature_check(&m, m.signers[i].whole, in,
		    &counter, a, &stamp, &e);
	}
	if (cms_set_timestamp(&m, CMS_DIALECT_DETACHED, m.whole, a, &der, &e)
	    && !cms_parse_old(der, false, a, &again, &e) &&
	    !err_is(&e, ERR_LIMIT_SIZE) && !err_is(&e, ERR_LIMIT_MEMORY))
		abort();
	(void)!authenticode_check(in, true, &file, &terms, a, &found, &e);
	return 0;
}

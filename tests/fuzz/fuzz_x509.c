/* Certificates, bundles, names and keys. */
#include "crypto/issue.h"
#include "crypto/x509.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	CLEANUP(trust_done) struct trust *trust = trust_new();
	struct span in = { bytes, len }, *list, name;
	struct chain_terms terms = { .trust = trust, .old = true };
	struct certificate c;
	size_t count;
	struct err e;

	if (certificate_parse(in, a, &c, &e) && trust_add(trust, in, &e))
		(void)!chain_check(&c, &in, 1, &terms, a, NULL, &e);
	(void)!certificates_parse(in, a, &list, &count, &e);
	(void)!trust_add_crl(trust, in, &e);
	(void)!name_parse(in, a, &name, &e);
	return 0;
}

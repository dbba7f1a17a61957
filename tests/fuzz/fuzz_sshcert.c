/* ssh_cert_parse, and what reads further in a certificate. */
#include <stdlib.h>

#include "crypto/sshcert.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct sshsig_rules rules = { .name_space = "git" };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span in = { bytes, len };
	struct ssh_cert c;
	struct ssh_key k;
	struct sshsig s;
	struct err e;

	if (ssh_cert_parse(a, in, &c, &e)) {
		if (!ssh_cert_is(in) || ssh_key_parse(in, &k, &e) ||
		    !ssh_key_parse(c.key.blob, &k, &e))
			abort();
		(void)!ssh_cert_check(&c, 1767225600, &e);
		(void)ssh_cert_names(&c, c.key_id);
	}
	if (sshsig_parse_armor(a, in, &s, &e) &&
	    ssh_cert_parse(a, s.public_key, &c, &e))
		(void)!sshsig_verify_certified(&s, &c, &rules, in, &e);
	return 0;
}

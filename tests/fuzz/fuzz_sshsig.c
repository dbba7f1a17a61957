/* sshsig_parse, sshsig_parse_armor and the keys in them. */
#include <stdlib.h>

#include "crypto/sshsig.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A key that has a SubjectPublicKeyInfo comes back from it the same. */
static void
there_and_back(const struct ssh_key *k)
{
	CLEANUP(buf_done) struct buf spki = { 0 }, blob = { 0 };
	struct err e;

	if (k->application.len > 0 || !ssh_key_spki(k, &spki, &e))
		return;
	if (!ssh_key_from_spki(buf_span(&spki), &blob, &e) ||
	    !span_eq(buf_span(&blob), k->blob))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct sshsig_rules rules = { .name_space = "git" };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct span in = { bytes, len };
	struct ssh_key k;
	struct sshsig s;
	struct err e;

	if (ssh_key_parse_line(a, in, &k, &e) || ssh_key_parse(in, &k, &e))
		there_and_back(&k);
	if ((sshsig_parse(in, &s, &e) || sshsig_parse_armor(a, in, &s, &e)) &&
	    ssh_key_parse(s.public_key, &k, &e) &&
	    sshsig_verify(&s, &k, &rules, in, &e))
		abort();
	return 0;
}

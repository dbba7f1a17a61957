/* dsse_parse, and attestation_parse of what it gives. */
#include <stdlib.h>

#include "crypto/dsse.h"
#include "policy/attestation.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The example of RFC 8410: no fuzzer finds a signature of it. */
static const char key[] = "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct dsse_trust t = { .key = { (const uint8_t *)key,
	    sizeof(key) - 1 } };
	CLEANUP(arena_done) struct arena *a = arena_new(8 << 20);
	struct span in = { bytes, len };
	struct attestation said;
	struct dsse *list;
	struct err e;
	size_t count;

	if (attestation_parse(in, a, &said, &e) &&
	    (said.subjects.count == 0 || said.builder.len == 0))
		abort();
	if (!dsse_parse(in, a, &list, &count, &e))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (dsse_verify(&list[i], &t, 0, a, &e) ||
		    (attestation_parse(list[i].payload, a, &said, &e) &&
		    said.build_type.len == 0))
			abort();
	return 0;
}

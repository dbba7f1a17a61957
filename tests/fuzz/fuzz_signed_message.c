/*
 * signed_message_check on armored bytes and on what an armor would hold, and
 * ber_to_der; what it gives back it gives back once more.
 */
#include <stdlib.h>

#include "crypto/ber.h"
#include "crypto/pem.h"
#include "crypto/signed_message.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(struct span armor, struct span payload)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct message_signer m;
	struct err e;

	if (signed_message_check(armor, payload, NULL, 0, a, &m, &e))
		(void)!people_trust_check(NULL, &m, true, 1, a, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(buf_done) struct buf armor = { 0 }, der = { 0 }, again = { 0 };
	struct span in = { bytes, len };

	check(in, SPAN_TEXT("hello\n"));
	pem_write("SIGNED MESSAGE", in, &armor);
	check(buf_span(&armor), in);
	if (!ber_to_der(in, &der))
		return 0;
	if (!ber_to_der(buf_span(&der), &again) ||
	    !span_eq(buf_span(&der), buf_span(&again)))
		abort();
	return 0;
}

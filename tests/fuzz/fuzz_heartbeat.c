/* A heartbeat's message: what is taken can be written, and is taken again. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "judge/heartbeat.h"

#define REPO	"0b7e4c1a-5d2f-4e38-9a6b-1c7d8e9f0a2b"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct heartbeat h = { .number = 0 }, again = { .number = 0 };
	uint64_t number;

	if (heartbeat_number((struct span){ bytes, len }, &number) &&
	    number == 0)
		abort();
	if (!heartbeat_parse((struct span){ bytes, len }, SPAN_TEXT(REPO), &h))
		return 0;
	heartbeat_write(&h, SPAN_TEXT(REPO), &text);
	if (!heartbeat_parse(buf_span(&text), SPAN_TEXT(REPO), &again) ||
	    again.said != h.said || memcmp(&again.commit, &h.commit,
	    sizeof(h.commit)) != 0)
		abort();
	return 0;
}

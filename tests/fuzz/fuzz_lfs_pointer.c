/* lfs_parse: what is taken is, byte for byte, what git-lfs writes for it. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "git/lfs.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(buf_done) struct buf again = { 0 };
	struct span in = { bytes, len };
	struct lfs_pointer p;
	struct err e;

	if (!lfs_parse(in, &p, &e))
		return 0;
	buf_text(&again, "version https://git-lfs.github.com/spec/v1\n"
	    "oid sha256:");
	text_hex(SPAN(p.sha256), &again);
	buf_printf(&again, "\nsize %" PRIu64 "\n", p.size);
	if (!span_eq(in, buf_span(&again)) || !lfs_begins(in))
		abort();
	return 0;
}

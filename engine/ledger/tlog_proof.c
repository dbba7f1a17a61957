/* tlog_proof - see tlog_proof.h. */
#include <inttypes.h>

#include "base/text.h"
#include "ledger/proof.h"
#include "ledger/tlog_proof.h"

static const char head[] = "c2sp.org/tlog-proof@v1\n";

static void
base64_line(const char *word, struct span s, struct buf *out)
{
	buf_text(out, word);
	text_base64(s, out);
	buf_u8(out, '\n');
}

bool
tlog_proof_write(struct ledger *l, uint64_t n, struct span checkpoint,
    struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 };
	struct receipt_parts p;

	if (!receipt_gather(l, n, checkpoint, &event, &p, e))
		return false;
	buf_text(out, head);
	base64_line("extra ", p.event, out);
	buf_printf(out, "index %" PRIu64 "\n", n);
	for (size_t i = 0; i < p.proof.count; i++)
		base64_line("", merkle_span(&p.proof.path[i]), out);
	buf_u8(out, '\n');
	buf_put(out, checkpoint);
	return true;
}

bool
tlog_proof_is(struct span in)
{
	return span_starts(in, head);
}

/* "WORD REST": the rest of a line that begins so. */
static bool
line_of(struct span *in, const char *word, struct span *out)
{
	struct span line, first;

	if (!span_line(in, &line) || !span_split(&line, ' ', &first) ||
	    !span_is(first, word))
		return false;
	*out = line;
	return true;
}

bool
tlog_proof_read(struct arena *a, struct span in, struct receipt_parts *out,
    struct err *e)
{
	struct span rest = span_from(in, sizeof(head) - 1), extra, number;
	CLEANUP(buf_done) struct buf event = { 0 };
	struct receipt_parts p = { .n = 0 };

	if (!tlog_proof_is(in) || !line_of(&rest, "extra", &extra) ||
	    !text_unbase64(extra, &event) ||
	    !line_of(&rest, "index", &number) || !text_u64(number, &p.n) ||
	    !merkle_lines_read(&rest, MERKLE_PATH, &p.proof))
		return err_set(e, ERR_RECEIPT, "not what a tlog-proof "
		    "consists of: extra, index, hashes, checkpoint");
	if (!arena_copy(a, buf_span(&event), &p.event) ||
	    !arena_copy(a, rest, &p.note))
		return err_budget(e, a);
	*out = p;
	return true;
}

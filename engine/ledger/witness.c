/* witness - see witness.h. */
#include <inttypes.h>

#include "base/text.h"
#include "ledger/proof.h"
#include "ledger/witness.h"

#define PROOF_LINES	63

void
witness_request_write(const struct witness_request *q, struct buf *out)
{
	buf_printf(out, "old %" PRIu64 "\n", q->old);
	for (size_t i = 0; i < q->proof.count; i++) {
		text_base64(merkle_span(&q->proof.path[i]), out);
		buf_u8(out, '\n');
	}
	buf_u8(out, '\n');
	buf_put(out, q->note);
}

bool
witness_request_read(struct span in, struct witness_request *out,
    struct err *e)
{
	struct span rest = in, size, word;
	struct witness_request q;

	if (in.len > WITNESS_LIMIT || !span_line(&rest, &size) ||
	    !span_split(&size, ' ', &word) || !span_is(word, "old") ||
	    !text_u64(size, &q.old) ||
	    !merkle_lines_read(&rest, PROOF_LINES, &q.proof))
		return err_set(e, ERR_WITNESS_REQUEST, "not what a request "
		    "consists of: old size, proof, checkpoint");
	q.note = rest;
	*out = q;
	return true;
}

static bool
find_log(const struct witness_log *logs, size_t count, struct span origin,
    size_t *out, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq(logs[i].key.name, origin)) {
			*out = i;
			return true;
		}
	return err_set(e, ERR_WITNESS_LOG, "no log \"%s\" is known here",
	    text_show(origin).text);
}

static bool
sizes_fit(const struct witness_request *q, const struct checkpoint *c,
    struct err *e)
{
	return q->old <= c->size || err_set(e, ERR_WITNESS_REQUEST, "the old "
	    "size %" PRIu64 " is more than the checkpoint's %" PRIu64, q->old,
	    c->size);
}

static bool
saw_that(const struct witness_log *l, const struct witness_request *q,
    struct err *e)
{
	return q->old == l->size || err_set(e, ERR_WITNESS_BEHIND, "%s was "
	    "seen at size %" PRIu64 ", the proof begins at %" PRIu64,
	    text_show(l->key.name).text, l->size, q->old);
}

enum witness_status
witness_judge(struct arena *a, const struct witness_log *logs, size_t count,
    struct span body, struct witness_found *out, struct err *e)
{
	struct witness_request q;

	if (!witness_request_read(body, &q, e) ||
	    !note_parse(a, q.note, &out->note, e) ||
	    !checkpoint_parse_extended(out->note.text, &out->checkpoint, e))
		return WITNESS_MALFORMED;
	if (!find_log(logs, count, out->checkpoint.origin, &out->log, e))
		return WITNESS_UNKNOWN;
	const struct witness_log *l = &logs[out->log];
	if (!note_check(&out->note, &l->key, e))
		return WITNESS_UNSIGNED;
	if (!sizes_fit(&q, &out->checkpoint, e))
		return WITNESS_MALFORMED;
	if (!saw_that(l, &q, e))
		return WITNESS_CONFLICT;
	return merkle_check_consistency(q.old, &l->root, out->checkpoint.size,
	    &out->checkpoint.root, &q.proof, e) ? WITNESS_GOOD :
	    WITNESS_UNPROVEN;
}

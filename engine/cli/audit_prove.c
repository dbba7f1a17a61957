/* audit_prove - proves to others that a ledger only grew. */
#include "base/text.h"
#include "cli/history.h"
#include "ledger/consistency.h"
#include "sys/file.h"

enum { ARGUMENT_OLD, ARGUMENT_NEW };

/* "SIZE:ROOT" is a pin, which the ledger must keep; a size alone is none. */
static bool
read_old(const struct invocation *in, struct ledger_pin *pin, uint64_t *old,
    struct err *e)
{
	if (in->count <= ARGUMENT_OLD)
		return true;
	struct span rest = span_text(in->arguments[ARGUMENT_OLD]), size = rest;
	bool rooted = span_find(rest, span_text(":")) != SIZE_MAX;
	if ((rooted && (!span_split(&rest, ':', &size) || !text_unhex(rest,
	    pin->root.bytes, sizeof(pin->root.bytes)))) ||
	    !text_u64(size, old))
		return err_set(e, ERR_USAGE, "'%s' is neither SIZE nor "
		    "SIZE:ROOT", text_show(span_text(
		    in->arguments[ARGUMENT_OLD])).text);
	pin->size = rooted ? *old : 0;
	return true;
}

/* The size that was named, else of the newest checkpoint, else all there is. */
static bool
read_new(const struct invocation *in, const struct ledger *l, uint64_t old,
    uint64_t *size, struct err *e)
{
	*size = ledger_checkpoint_size(l) >= old ? ledger_checkpoint_size(l) :
	    ledger_size(l);
	return in->count <= ARGUMENT_NEW || text_u64(span_text(
	    in->arguments[ARGUMENT_NEW]), size) || err_set(e, ERR_USAGE,
	    "'%s' is no size", text_show(span_text(
	    in->arguments[ARGUMENT_NEW])).text);
}

static bool
prove(const struct invocation *in, struct history *h, struct buf *out,
    struct err *e)
{
	uint64_t old = 0, size;

	if (!history_open(in, h, e) ||
	    !read_old(in, &h->trust.pin, &old, e) || !history_read(h, e))
		return false;
	if (in->count <= ARGUMENT_OLD)
		old = h->trust.pin.size;
	if (in->count <= ARGUMENT_OLD && old == 0) {
		err_set(e, ERR_USAGE, "which older size? None is pinned");
		return err_hint(e, "name it: tagseal audit prove SIZE:ROOT");
	}
	history_note(h);
	return read_new(in, h->ledger, old, &size, e) &&
	    consistency_write(h->ledger, old, size, out, e);
}

static bool
put_out(const struct invocation *in, struct span proof, struct err *e)
{
	const char *path = option_text(in, "output");

	if (path != NULL)
		return file_replace_span(path, proof, FILE_PLAIN, e);
	return fwrite(proof.ptr, 1, proof.len, stdout) == proof.len ||
	    err_errno(e, ERR_SYSTEM_WRITE, "cannot write the proof");
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	CLEANUP(buf_done) struct buf proof = { 0 };

	return prove(in, &h, &proof, e) && put_out(in, buf_span(&proof), e) ?
	    EXIT_YES : -1;
}

static const struct option_row options[] = {
	HISTORY_OPTIONS,
	{ "output", 'o', "FILE", "where the proof goes (default: standard "
	    "output)", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_prove_command = {
	.name = "audit prove",
	.summary = "prove to others that the ledger only grew",
	.arguments = "[OLD [NEW]]",
	.most = 2,
	.options = options,
	.details = "Verifies the whole ledger of a clone and writes the "
	    "consistency proof (RFC 9162) between\ntwo sizes of it. OLD is "
	    "SIZE:ROOT as an audit printed it, or a size; if it is not "
	    "given,\nthe pin of ~/.config/tagseal/trust.yaml. NEW is the size "
	    "of the newest checkpoint, which\nthen goes with the proof, or "
	    "another size. A ledger that lost what OLD saw has no proof:\n"
	    "that is exit code 6.",
	.example = "tagseal audit prove 4711:3f9a... --repo ledger.git "
	    "--log-key ledger.vkey > proof.json",
	.run = run,
};

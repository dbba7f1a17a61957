/* receipt - makes the receipt of a file anew, from a clone of the ledger. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/file_hash.h"
#include "cli/vouch.h"
#include "ledger/tlog_proof.h"
#include "sys/file.h"

/* Whose receipt is asked for, and what was found. */
struct wanted {
	struct history		*h;
	struct buf		 hex;		/* SHA-256 */
	uint64_t		 covered;	/* under the checkpoint */
	bool			 found;
	bool			 too_new;	/* not under it yet */
	uint64_t		 n;		/* the newest event of it */
};

/* 64 hex digits are a digest, all else is a file. */
static bool
read_digest(struct wanted *w, const char *argument, struct err *e)
{
	struct digest digest = { 0 };
	uint8_t raw[MERKLE_SIZE];
	uint64_t size;

	if (text_unhex(span_text(argument), raw, sizeof(raw))) {
		buf_text(&w->hex, argument);
		return true;
	}
	if (!file_hash(argument, &digest, &size, e))
		return false;
	text_hex(digest_span(&digest), &w->hex);
	return true;
}

/* A tree of no form that we know has nothing in it. */
static bool
is_inside(const struct wanted *w, uint64_t n, bool *is, struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 }, bytes = { 0 };
	CLEANUP(json_done) struct json *json = NULL, *tree = NULL;
	struct event ev;
	struct err unused;

	if (!history_event(w->h, n, &event, &json, &ev, e) ||
	    !ledger_blob(w->h->ledger, event_text(&ev, "tree_sha256"), &bytes,
	    e))
		return false;
	*is = json_parse(buf_span(&bytes), &tree, &unused) &&
	    vouch_inside(tree, buf_span(&w->hex)).len > 0;
	return true;
}

static bool
look_at(struct wanted *w, const struct fold_artifact *artifact, bool inside,
    struct err *e)
{
	bool is = !inside && span_eq(artifact->sha256, buf_span(&w->hex));

	if (inside && !is_inside(w, artifact->verified, &is, e))
		return false;
	if (!is)
		return true;
	if (artifact->verified >= w->covered) {
		w->too_new = true;
	} else if (!w->found || artifact->verified > w->n) {
		w->n = artifact->verified;
		w->found = true;
	}
	return true;
}

static bool
look(struct wanted *w, bool inside, struct err *e)
{
	const struct fold_request *q;

	for (size_t i = 0; (q = fold_request_at(w->h->fold, i)) != NULL;
	    i++)
		for (size_t k = 0; k < q->artifact_count; k++)
			if (!look_at(w, &q->artifacts[k], inside, e))
				return false;
	return true;
}

/* The file itself first: only then is it asked what was signed inside. */
static bool
find(struct wanted *w, struct err *e)
{
	w->covered = ledger_checkpoint_size(w->h->ledger);
	if (!look(w, false, e))
		return false;
	if (!w->found && !w->too_new && !look(w, true, e))
		return false;
	if (w->found)
		return true;
	if (w->too_new)
		return err_set(e, ERR_RECEIPT_NONE, "%s was signed, but the "
		    "newest checkpoint here, of %llu events, is older",
		    buf_cstr(&w->hex), (unsigned long long)w->covered);
	return err_set(e, ERR_RECEIPT_NONE, "no event of this ledger vouches "
	    "for %s", buf_cstr(&w->hex));
}

static bool
put_out(const struct invocation *in, struct span receipt, struct err *e)
{
	const char *path = option_text(in, "output");

	if (path != NULL)
		return file_replace_span(path, receipt, FILE_PLAIN, e);
	return fwrite(receipt.ptr, 1, receipt.len, stdout) == receipt.len ||
	    err_errno(e, ERR_SYSTEM_WRITE, "cannot write the receipt");
}

static bool
make(const struct invocation *in, struct wanted *w, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf out = { 0 };
	struct ledger *l = w->h->ledger;
	struct anchored under;

	return find(w, e) && ledger_anchor_best(l, w->n, a, &under, e) &&
	    (option_given(in, "tlog-proof") ?
	    tlog_proof_write(l, w->n, under.note, &out, e) :
	    receipt_write_anchored(l, w->n, &under, &out, e)) &&
	    put_out(in, buf_span(&out), e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	struct wanted w = { .h = &h };

	bool ok = read_digest(&w, in->arguments[0], e) &&
	    history_open(in, &h, e) && history_read(&h, e);
	if (ok)
		history_note(&h);
	ok = ok && make(in, &w, e);
	buf_done(&w.hex);
	return ok ? EXIT_YES : -1;
}

static const struct option_row options[] = {
	HISTORY_OPTIONS,
	{ "output", 'o', "FILE", "where the receipt goes (default: standard "
	    "output)", false },
	{ "tlog-proof", 0, NULL, "write it as a C2SP tlog-proof", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command receipt_command = {
	.name = "receipt",
	.summary = "make the receipt of a signed file anew, from the ledger",
	.arguments = "FILE|SHA256",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "Verifies the whole ledger of a clone, finds the newest "
	    "event that vouches for the file\n(or for an artifact that it was "
	    "signed in), and proves it under a\ncheckpoint: one that others "
	    "vouched for, or the newest. "
	    "Whoever has the receipt and the ledger's public key needs neither "
	    "the\nledger nor a network: tagseal verify --receipt, or tagseal "
	    "audit receipt.\n\n"
	    "A tlog-proof is the same proof in the form that other programs "
	    "know; it does not\nsay what was signed inside the file.",
	.example = "tagseal receipt acme-app-1.2.3.zip --repo ledger.git "
	    "--log-key ledger.vkey \\\n"
	    "    -o acme-app-1.2.3.zip.receipt.json",
	.run = run,
};

/*
 * audit_receipt - what a receipt proves, offline: that the ledger's key
 * vouches for a signed file.
 */
#include "base/limits.h"
#include "base/text.h"
#include "cli/file_hash.h"
#include "cli/history.h"
#include "cli/job.h"
#include "ledger/receipt.h"
#include "sys/file.h"

#define RECEIPT_SIZE	((size_t)1 << 20)
#define RECEIPT_MEMORY	((size_t)4 << 20)
#define TYPE		"artifact.verified"

enum { ARGUMENT_RECEIPT, ARGUMENT_FILE };

struct proven {
	struct receipt	 receipt;
	struct event	 event;
	struct json	*json;		/* that the event borrows from */
	bool		 compared;	/* with the file */
};

static bool
prove_by(struct arena *a, struct span bytes, struct span vkey,
    struct receipt *out, struct err *e)
{
	struct note_key key;

	return note_key_parse(a, vkey, &key, e) &&
	    receipt_check(a, bytes, &key, out, e);
}

/* By the key that was given, or the one of the pins that made it. */
static bool
prove(const struct history *h, struct arena *a, struct span bytes,
    struct receipt *out, struct err *e)
{
	bool ok = prove_by(a, bytes, h->trust.log_key, out, e);

	for (size_t i = 1; !ok && err_is(e, ERR_NOTE_UNSIGNED) &&
	    i < h->pins.count; i++)
		ok = prove_by(a, bytes, h->pins.items[i], out, e);
	return ok;
}

static bool
read_event(struct proven *p, struct err *e)
{
	if (!event_parse(p->receipt.event, p->receipt.n, &p->json, &p->event,
	    e))
		return false;
	struct span type = json_span(json_member(p->json, "type"));
	return span_is(type, TYPE) || err_set(e, ERR_RECEIPT, "event %llu is "
	    "%s, which vouches for no file", (unsigned long long)p->receipt.n,
	    text_show(type).text);
}

static bool
compare(struct proven *p, const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf hex = { 0 };
	struct digest digest;
	uint64_t size;

	if (path == NULL)
		return true;
	if (!file_hash(path, &digest, &size, e))
		return false;
	text_hex(digest_span(&digest), &hex);
	p->compared = true;
	return span_eq(buf_span(&hex), event_text(&p->event,
	    "artifact_sha256")) || err_set(e, ERR_RECEIPT_FILE, "'%s' is not "
	    "the file that the receipt vouches for: its SHA-256 is %s",
	    text_show(span_text(path)).text, buf_cstr(&hex));
}

static void
print(const struct proven *p, const struct palette *colours)
{
	const struct checkpoint *c = &p->receipt.checkpoint;

	printf("%sgood%s: event %llu of ", colours->green, colours->plain,
	    (unsigned long long)p->receipt.n);
	cli_show(c->origin);
	printf(", under a checkpoint of %llu events\n",
	    (unsigned long long)c->size);
	cli_member(p->json, "at", "at", 2);
	cli_member(p->json, "request", "request", 2);
	cli_member(p->json, "name", "artifact", 2);
	cli_member(p->json, "artifact_sha256", "sha256", 2);
	printf("  %-*s%llu, each accounted for\n", CLI_TITLE, "signatures",
	    (unsigned long long)event_integer(&p->event, "signatures"));
	printf("  %-*s%s\n", CLI_TITLE, "file", p->compared ?
	    "is the one" : "was not looked at: name it behind the receipt");
}

static void
answer_json(struct proven *p)
{
	struct json *v = json_map();

	json_put_span(v, "origin", p->receipt.checkpoint.origin);
	json_put_int(v, "checkpoint_size",
	    (int64_t)p->receipt.checkpoint.size);
	json_put_bool(v, "file_compared", p->compared);
	json_put(v, "event", TAKE(p->json));
	cli_answer(v);
}

static bool
examine(const struct invocation *in, struct arena *a, struct proven *p,
    struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	CLEANUP(buf_done) struct buf bytes = { 0 };
	const char *key;

	if (!history_keys(in, &h, e))
		return false;
	if (h.trust.log_key.len == 0 && !option_need(in, "log-key", &key, e))
		return err_hint(e, "or pin it in ~/.config/tagseal/"
		    "trust.yaml");
	return file_load(in->arguments[ARGUMENT_RECEIPT], RECEIPT_SIZE, &bytes,
	    e) && prove(&h, a, buf_span(&bytes), &p->receipt, e) &&
	    read_event(p, e) && compare(p, in->count > ARGUMENT_FILE ?
	    in->arguments[ARGUMENT_FILE] : NULL, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(RECEIPT_MEMORY);
	struct palette colours = palette_for(in->colour);
	struct proven p = { .json = NULL };
	bool ok = examine(in, a, &p, e);

	if (ok && in->json)
		answer_json(&p);
	else if (ok)
		print(&p, &colours);
	json_release(p.json);
	return ok ? EXIT_YES : -1;
}

static const struct option_row options[] = {
	{ "log-key", 0, "VKEY", "the ledger's verifier key, or a file with it",
	    false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_receipt_command = {
	.name = "audit receipt",
	.summary = "check the receipt of a signed file, offline",
	.arguments = "RECEIPT [FILE]",
	.least = 1,
	.most = 2,
	.options = options,
	.details = "A receipt proves, with the ledger's public key alone, "
	    "that the ledger has an event\nwhich names the SHA-256 of a "
	    "signed file. With FILE it is compared with that too.\nThe key is "
	    "that of --log-key, or one of the pins of "
	    "~/.config/tagseal/trust.yaml.",
	.example = "tagseal audit receipt --log-key ledger.vkey \\\n"
	    "    acme-app-1.2.3.zip.receipt.json acme-app-1.2.3.zip",
	.json = true,
	.run = run,
};

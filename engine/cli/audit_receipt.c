/*
 * audit_receipt - what a receipt proves, offline: that the ledger's key
 * vouches for a signed file.
 */
#include "cli/vouch.h"

enum { ARGUMENT_RECEIPT, ARGUMENT_FILE };

static bool
examine(const struct invocation *in, struct vouch *v, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };

	return vouch_keys(in, &h, e) &&
	    vouch_read(&h, in->arguments[ARGUMENT_RECEIPT], v, e) &&
	    (in->count <= ARGUMENT_FILE ||
	    vouch_compare(v, in->arguments[ARGUMENT_FILE], e));
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(vouch_done) struct vouch v = { .arena = NULL };
	struct palette colours = palette_for(in->colour);

	if (!examine(in, &v, e))
		return -1;
	if (in->json)
		cli_answer(vouch_json(&v));
	else
		vouch_print(&v, &colours, 0);
	return EXIT_YES;
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
	    "signed file. With FILE it is compared with that too:\nthe file "
	    "itself, or one that was signed inside it. Both forms of a "
	    "receipt are\nread (see tagseal receipt). The key is that of "
	    "--log-key, or one of the pins of\n"
	    "~/.config/tagseal/trust.yaml.",
	.example = "tagseal audit receipt --log-key ledger.vkey \\\n"
	    "    acme-app-1.2.3.zip.receipt.json acme-app-1.2.3.zip",
	.json = true,
	.run = run,
};

/*
 * write_ledger FOLDER COMMIT-KEY LOG-KEY [SHA256 TREE]: writes a small ledger
 * into FOLDER for other tools to judge: ledger.git, checkpoint (of all its
 * events), vkey, allowed_signers, and a receipt and a tlog-proof of the first
 * artifact.verified: of a file of that SHA-256, with TREE as what was signed
 * inside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/tlog_proof.h"
#include "ledger_maker.h"
#include "test.h"

static void
save(const char *name, struct span s)
{
	FILE *f = fopen(name, "wb");

	if (f == NULL || fwrite(s.ptr, 1, s.len, f) != s.len ||
	    fclose(f) != 0)
		exit(5);
}

int
main(int argc, char **argv)
{
	CLEANUP(buf_done) struct buf note = { 0 }, signers = { 0 };
	CLEANUP(buf_done) struct buf receipt = { 0 }, proof = { 0 };
	struct ledger_maker m;
	struct err e;

	if ((argc != 4 && argc != 6) || chdir(argv[1]) != 0)
		return 2;
	maker_init(&m, "ledger.git", argv[2], argv[3]);
	if (argc == 6) {
		m.result_sha256 = argv[4];
		m.tree = argv[5];
	}
	const char *id = maker_story(&m, "1");
	m.result_sha256 = m.tree = NULL;
	maker_story(&m, "2");
	maker_waiting(&m, "3");
	maker_checkpoint(&m, &note);
	save("checkpoint", buf_span(&note));
	save("vkey", m.trust.log_key);
	engines_allowed(ledger_engines(m.ledger), &signers);
	save("allowed_signers", buf_span(&signers));
	const struct fold_request *q = fold_request(m.fold, span_text(id));
	if (!receipt_write(m.ledger, q->artifacts[0].verified,
	    buf_span(&note), &receipt, &e) || !tlog_proof_write(m.ledger,
	    q->artifacts[0].verified, buf_span(&note), &proof, &e)) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	save("receipt", buf_span(&receipt));
	save("receipt.tlog-proof", buf_span(&proof));
	struct merkle_hash root = ledger_root(m.ledger,
	    ledger_size(m.ledger));
	printf("%llu ", (unsigned long long)ledger_size(m.ledger));
	for (size_t i = 0; i < MERKLE_SIZE; i++)
		printf("%02x", root.bytes[i]);
	printf("\n");
	maker_done(&m);
	return 0;
}

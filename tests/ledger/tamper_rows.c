/* tamper_rows - each way to tamper, and how it must be named: see tamper.c. */
#include "tamper.h"

#define IN(v)	(1U << (v))
#define ALL	(IN(KEPT) | IN(NONE) | IN(OTHER) | IN(COMMIT) | IN(BOTH))
#define FOREIGN	(IN(KEPT) | IN(NONE) | IN(OTHER))
#define SIGNED	(IN(COMMIT) | IN(BOTH))
#define A64	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define H64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/*
 * The story in the middle: commit 6 ref.seen, request.created, .waiting; 7 two
 * approval.counted, request.authorised; 8 keys.intended; 9 keys.used, keys.
 * intended; 10 keys.used, artifact.verified; 11 .published, .completed.
 */
const struct row tamper_rows[] = {
	{ "nothing", IN(COMMIT) | IN(BOTH), commit_touched, 7, 0, 0, 0,
	    "sound", NOWHERE, 0, 12 },

	/* events */
	{ "flip", FOREIGN, in_event, 7, 0, "person/bob", "person/bos",
	    "LEDGER-SIGNER", NOWHERE, 0, 0 },
	{ "flip", IN(COMMIT), in_event, 7, 0, "person/bob", "person/bos",
	    "LEDGER-CHECKPOINT", NOWHERE, "checkpoint", 1 },
	{ "flip", IN(BOTH), in_event, 7, 0, "person/bob", "person/bos",
	    "LEDGER-REWIND", NOWHERE, 0, 10 },
	{ "flip-form", ALL, in_event, 7, 0, "\"person\":", "\"person\": ",
	    "CANONICAL-JSON", 0, 0, 0 },
	{ "flip-member", ALL, in_event, 7, 0, "\"person\"", "\"persom\"",
	    "LEDGER-EVENT", 0, 0, 0 },
	{ "flip-type", ALL, in_event, 7, 0, "approval.counted",
	    "approval.coumted", "LEDGER-EVENT", 0, 0, 0 },
	{ "flip-body", ALL, in_event, 6, 1, "\"size\":4096", "\"size\":4097",
	    "LEDGER-EVENT", 0, 0, 0 },
	{ "cut", ALL, event_cut, 7, 0, 0, 0, "JSON-MALFORMED", 0, 0, 0 },
	{ "missing", SIGNED, event_missing, 7, 0, 0, 0, "LEDGER-ORDER",
	    NOWHERE, "*", 0 },
	{ "missing", FOREIGN, event_missing, 7, 0, 0, 0, "LEDGER-SIGNER",
	    NOWHERE, 0, 0 },
	{ "dropped-approval", SIGNED, event_dropped, 7, 1, 0, 0,
	    "LEDGER-STATE", 0, 0, 0 },
	{ "dropped-decision", SIGNED, event_dropped, 7, 2, 0, 0,
	    "LEDGER-STATE", 0, 0, 1 },
	/* Its list is one that nobody cites, then. */
	{ "dropped-intent", SIGNED, event_dropped, 9, 1, 0, 0,
	    "LEDGER-STATE", 0, 0, 0 },
	{ "dropped-use", SIGNED, event_dropped, 9, 0, 0, 0, "LEDGER-STATE",
	    0, 0, 0 },
	{ "inserted", IN(COMMIT), event_inserted, 7, 1, 0, 0,
	    "LEDGER-CHECKPOINT", NOWHERE, "checkpoint", 1 },
	{ "inserted", IN(BOTH), event_inserted, 17, 0, 0, 0, "LEDGER-REWIND",
	    NOWHERE, 0, 0 },
	{ "twice", SIGNED, event_twice, 7, 0, 0, 0, "LEDGER-STATE", 1, 0,
	    0 },
	{ "copied", SIGNED, event_copied, 7, 0, 0, 0, "LEDGER-EVENT", 1, 0,
	    0 },
	{ "swapped", ALL, events_swap, 7, 0, 0, 0, "LEDGER-EVENT", 0, 0, 0 },
	{ "reordered", SIGNED, events_reordered, 7, 1, 0, 0, "LEDGER-TIME",
	    1, 0, 0 },
	{ "clock-back", ALL, in_event, 7, 1, "\"at\":\"2026", "\"at\":\"2025",
	    "LEDGER-TIME", 0, 0, 0 },

	/* commits */
	{ "commit-dropped", FOREIGN, commit_dropped, 7, 0, 0, 0,
	    "LEDGER-SIGNER", NOWHERE, 0, 0 },
	{ "commit-dropped", IN(COMMIT), commit_dropped_well, 7, 0, 0, 0,
	    "LEDGER-STATE", 0, 0, 0 },
	{ "commit-dropped", IN(BOTH), commit_dropped_well, 7, 0, 0, 0,
	    "LEDGER-STATE", 0, 0, 0 },
	{ "commits-swapped", FOREIGN, commits_swap, 7, 0, 0, 0,
	    "LEDGER-SIGNER", NOWHERE, 0, 0 },
	{ "commits-swapped", SIGNED, commits_reordered, 7, 0, 0, 0,
	    "LEDGER-STATE", 0, 0, 0 },
	{ "commit-twice", IN(COMMIT), commit_twice, 7, 0, 0, 0,
	    "LEDGER-EVENT", 3, 0, 1 },
	{ "commit-stranger", IN(NONE) | IN(OTHER), commit_touched, 7, 0, 0, 0,
	    "LEDGER-SIGNER", NOWHERE, 0, 0 },
	{ "merge", SIGNED, commit_merge, 7, 0, 0, 0, "LEDGER-ORDER", NOWHERE,
	    0, -1 },
	{ "truncated", IN(KEPT), truncated, 9, 0, 0, 0, "LEDGER-REWIND",
	    NOWHERE, 0, 0 },

	/* checkpoints */
	{ "checkpoint-flipped", IN(COMMIT), checkpoint_flipped, 8, 0, 0, 0,
	    "SIGNATURE-BAD", NOWHERE, "checkpoint", 0 },
	{ "checkpoint-cut", IN(COMMIT), checkpoint_cut, 8, 0, 0, 0,
	    "NOTE-MALFORMED", NOWHERE, "checkpoint", 0 },
	{ "checkpoint-missing", IN(COMMIT), checkpoint_missing, 8, 0, 0, 0,
	    "LEDGER-CHECKPOINT", NOWHERE, "checkpoint", 0 },
	{ "checkpoint-old", IN(COMMIT), checkpoint_old, 8, 0, 0, 0,
	    "LEDGER-CHECKPOINT", NOWHERE, "checkpoint", 0 },
	{ "checkpoint-root", IN(COMMIT), checkpoint_other_root, 8, 0, 0, 0,
	    "LEDGER-CHECKPOINT", NOWHERE, "checkpoint", 0 },
	{ "checkpoint-key", IN(COMMIT), checkpoint_other_key, 8, 0, 0, 0,
	    "NOTE-UNSIGNED", NOWHERE, "checkpoint", 0 },

	/* The engine's clock was ahead: the token proves it, events are well. */
	{ "anchor", IN(COMMIT), anchor_good, 7, 0, 0, 0, "sound", NOWHERE, 0,
	    12 },
	{ "clock-ahead", IN(COMMIT), anchor_early, 7, 0, 0, 0, "LEDGER-TIME",
	    -1, "*", 0 },

	/* files */
	{ "file-foreign", SIGNED, file_added, 7, 0, "notes.txt", "x",
	    "LEDGER-LAYOUT", NOWHERE, "notes.txt", 0 },
	{ "file-readme", SIGNED, file_added, 7, 0, "README.md", "x",
	    "LEDGER-LAYOUT", NOWHERE, "README.md", 0 },
	{ "file-format", SIGNED, file_added, 7, 0, "format", "x",
	    "LEDGER-LAYOUT", NOWHERE, "format", 0 },
	{ "file-event", SIGNED, file_added, 7, 0, "events/00/00/05", "{}",
	    "LEDGER-LAYOUT", NOWHERE, "events/00/00/05", 0 },
	{ "file-event-gone", SIGNED, file_removed, 7, 0, "events/00/00/05",
	    0, "LEDGER-LAYOUT", NOWHERE, "events/00/00/05", 0 },
	{ "file-event-far", SIGNED, file_added, 7, 0, "events/ff/00/05",
	    "{}", "LEDGER-ORDER", NOWHERE, "events/ff/00/05", 0 },
	{ "file-event-name", SIGNED, file_added, 7, 0, "events/x", "{}",
	    "LEDGER-ORDER", NOWHERE, "events/x", 0 },
	{ "file-program", SIGNED, file_program, 7, 0, "anchors/5/x", "x",
	    "LEDGER-LAYOUT", NOWHERE, "anchors/5/x", 0 },
	{ "file-anchor", SIGNED, file_added, 7, 0, "anchors/999999/x", "x",
	    "LEDGER-LAYOUT", NOWHERE, "anchors/999999/x", 0 },
	{ "blob-missing", SIGNED, blobs_missing, 8, 0, 0, 0, "LEDGER-BLOB",
	    0, 0, 0 },
	{ "blob-uncited", SIGNED, file_added, 8, 0, "blobs/sha256/2d/71/1642b"
	    "726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "x",
	    "LEDGER-LAYOUT", NOWHERE, "blobs/sha256/2d/71/1642b"
	    "726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", 0 },
	{ "blob-other", SIGNED, blob_other, 8, 0, 0, 0, "LEDGER-BLOB",
	    NOWHERE, "*", 0 },

	/* what keys did, signed by who may: only the ledger itself tells */
	{ "list-root", IN(BOTH), digit, 8, 0, "\"root_sha256\":\"", 0,
	    "LEDGER-USES", 0, 0, 0 },
	{ "list-count", IN(BOTH), in_event, 8, 0, "\"count\":2",
	    "\"count\":1", "LEDGER-USES", 0, 0, 0 },
	{ "list-digest", IN(BOTH), in_blob, 8, 0, "\"digest\":\"",
	    "\"digest\":\"0", "LEDGER-USES", 0, "list_sha256", 0 },
	{ "list-number", IN(BOTH), in_blob, 8, 0, "\"i\":1", "\"i\":2",
	    "LEDGER-USES", 0, "list_sha256", 0 },
	{ "uses-file", IN(BOTH), in_blob, 9, 0, "0-0.exe", "0-9.exe",
	    "LEDGER-USES", 0, "uses_sha256", 0 },
	{ "uses-algorithm", IN(BOTH), in_blob, 9, 0, "rsa-pkcs1-sha256",
	    "rsa-pss-sha256", "LEDGER-USES", 0, "uses_sha256", 0 },
	{ "uses-digest", IN(BOTH), in_blob, 9, 0, "\"digest\":\"",
	    "\"digest\":\"0", "LEDGER-USES", 0, "uses_sha256", 0 },
	{ "uses-fewer", IN(BOTH), in_blob, 9, 0, "signature_sha256",
	    "timestamp_sha256", "LEDGER-USES", 0, "uses_sha256", 0 },
	{ "uses-line", IN(BOTH), in_blob, 9, 0, "}\n{", "}\n\n{",
	    "LEDGER-USES", 0, "uses_sha256", 0 },
	{ "uses-of-level-before", IN(BOTH), in_event, 10, 0, "\"made\":2",
	    "\"made\":1", "LEDGER-STATE", 0, 0, 0 },
	{ "tree-signature", IN(BOTH), in_blob, 10, 1,
	    "\"signature_sha256\":\"", "\"signature_sha256\":\"" A64
	    "\",\"was\":\"", "LEDGER-USES", 0, "tree_sha256", 0 },
	{ "tree-fewer", IN(BOTH), in_event, 10, 1, "\"signatures\":4",
	    "\"signatures\":3", "LEDGER-USES", 0, 0, 0 },
	{ "tree-copy", IN(BOTH), in_blob, 10, 1, "\"path\":",
	    "\"same_as\":\"x\",\"path\":", "LEDGER-USES", 0, "tree_sha256",
	    0 },
	{ "count-used", IN(BOTH), in_event, 9, 0, "\"signer_count\":",
	    "\"signer_count\":1", "LEDGER-COUNT", 0, 0, 0 },
	{ "count-before", IN(BOTH), in_event, 8, 0, "\"signer_count\":",
	    "\"signer_count\":1", "LEDGER-COUNT", 0, 0, 0 },
	{ "other-engine", IN(BOTH), in_event, 8, 0, "6f1c0d2e", "7f1c0d2e",
	    "LEDGER-ENGINE", 0, 0, 0 },
	{ "too-many", IN(BOTH), in_event, 7, 2, "\"signatures_max\":4",
	    "\"signatures_max\":3", "LEDGER-STATE", 3, 0, 2 },
	{ "attempt", IN(BOTH), in_event, 8, 0, "\"attempt\":1",
	    "\"attempt\":2", "LEDGER-STATE", 0, 0, 0 },

	/* files that were signed */
	{ "input-other", IN(BOTH), in_event, 10, 1, "\"input_sha256\":\"0",
	    "\"input_sha256\":\"1", "LEDGER-ARTIFACT", 0, 0, 0 },
	{ "input-name", IN(BOTH), in_event, 10, 1, "\"name\":\"app.zip\"",
	    "\"name\":\"bad.zip\"", "LEDGER-ARTIFACT", 0, 0, 0 },
	{ "published-other", IN(BOTH), in_event, 11, 0,
	    "\"artifact_sha256\":\"0", "\"artifact_sha256\":\"1",
	    "LEDGER-STATE", 0, 0, 0 },
	{ "completed-more", IN(BOTH), in_event, 11, 1, "\"artifacts\":1",
	    "\"artifacts\":2", "LEDGER-STATE", 0, 0, 0 },
};

const size_t tamper_row_count = COUNT(tamper_rows);

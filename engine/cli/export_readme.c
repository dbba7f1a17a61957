/* export_readme - what is in an export, and the commands that check it. */
#include <inttypes.h>

#include "base/text.h"
#include "cli/export.h"

static const char contents[] =
    "| file | holds |\n"
    "| --- | --- |\n"
    "| `events.jsonl` | the events of the period, one a line, as the ledger "
    "has them |\n"
    "| `requests.json` | what was asked for, and its last state in the whole "
    "ledger |\n"
    "| `approvals.csv` `key-uses.csv` `artifacts.csv` `alarms.csv` | the same "
    "events as tables; `n` is the event's number |\n"
    "| `evidence/` | what the events cite, named by its SHA-256; "
    "`evidence/index.csv` says which event cites it, what it is, and its "
    "name in Git |\n"
    "| `receipts/` | the proof for each file that was signed, by its "
    "SHA-256 |\n"
    "| `spdx.json` | what was signed, of what, and by whom, in SPDX 2.3 |\n"
    "| `ledger.bundle` | the whole ledger, as a Git bundle |\n"
    "| `ledger.vkey` `allowed_signers` | the keys of its checkpoints and "
    "of its commits |\n";

static const char anchors[] =
    "| `anchors/SIZE/` | timestamps and cosignatures of the checkpoint of so "
    "many events |\n";
static const char config[] =
    "| `config.bundle` | the config repo: `in-force/N` is the commit that "
    "event N put in force, HEAD the last one |\n";
static const char sources[] =
    "| `sources/` | branches of projects' repositories |\n";

static const char checks[] =
    "\n## Check it\n"
    "\n"
    "The key in `ledger.vkey` came with the folder: compare it with what "
    "others have. Then, with\n"
    "stock programs:\n"
    "\n"
    "```\n"
    "sha256sum --quiet -c SHA256SUMS\n"
    "git clone --bare ledger.bundle ledger.git\n"
    "git -C ledger.git -c gpg.ssh.allowedSignersFile=\"$PWD/allowed_signers\" "
    "log --show-signature tagseal/ledger\n"
    "```\n"
    "\n"
    "`git hash-object -t tag evidence/X` (or `-t commit`, `-t tree`) gives "
    "the name that the index has. Everything else\n"
    "about the ledger, its Merkle tree too, is in its own README.md "
    "(`git -C ledger.git show tagseal/ledger:README.md`).\n"
    "\n"
    "With Tagseal, offline:\n"
    "\n"
    "```\n"
    "tagseal audit verify --repo ledger.git --log-key ledger.vkey\n"
    "tagseal audit receipt --log-key ledger.vkey receipts/X FILE\n";

static const char check_config[] =
    "git clone --bare config.bundle config.git\n"
    "tagseal audit decisions --repo ledger.git --log-key ledger.vkey "
    "--config config.git\n";

static const char check_anchors[] =
    "\nA timestamp: `openssl ts -verify -data anchors/SIZE/checkpoint -in "
    "anchors/SIZE/X.tst -token_in -CAfile ROOTS`.\n";

static void
period(const struct export *x, struct buf *out)
{
	CLEANUP(buf_done) struct buf root = { 0 };
	struct ledger *l = x->h.ledger;
	struct span origin = ledger_format(l)->origin;
	struct merkle_hash hash = ledger_root(l, ledger_size(l));

	text_hex(merkle_span(&hash), &root);
	buf_printf(out, "# What %.*s signed\n\n"
	    "Events %" PRIu64 " to %" PRIu64 " of a ledger of %" PRIu64
	    " events, which was verified before this was\nwritten. "
	    "`%" PRIu64 ":%s` is its size and root: with `--at-least` the "
	    "next\nledger is held against it.\n\n",
	    (int)origin.len, (const char *)origin.ptr, x->from, x->to - 1,
	    ledger_size(l), ledger_size(l), buf_cstr(&root));
}

bool
export_readme(struct export *x, struct err *e)
{
	CLEANUP(buf_done) struct buf out = { 0 };

	period(x, &out);
	buf_text(&out, contents);
	buf_text(&out, x->anchors > 0 ? anchors : "");
	buf_text(&out, x->configs > 0 ? config : "");
	buf_text(&out, x->sources > 0 ? sources : "");
	if (x->uncovered > 0)
		buf_printf(&out, "\n%" PRIu64 " of the files signed have no "
		    "receipt here: the checkpoint that has them comes with "
		    "the\nengine's next commit.\n", x->uncovered);
	buf_text(&out, checks);
	buf_text(&out, x->configs > 0 ? check_config : "");
	buf_text(&out, "```\n");
	buf_text(&out, x->anchors > 0 ? check_anchors : "");
	return export_file_write(&x->folder, "README.md", buf_span(&out), e);
}

/* format - see format.h. */
#include <string.h>

#include "ledger/format.h"

#define FORMAT_MAX	((size_t)64 << 10)	/* bytes */

static const char first_line[] = "tagseal-ledger 1";
static const char leaf_line[] = "leaf rfc6962-sha256 file-bytes";

void
ledger_format_write(const struct ledger_format *f, struct buf *out)
{
	buf_printf(out, "%s\norigin ", first_line);
	buf_put(out, f->origin);
	buf_printf(out, "\n%s\n", leaf_line);
	buf_text(out, "log ");
	note_key_write(&f->log, out);
	buf_u8(out, '\n');
	buf_text(out, "commits ");
	ssh_key_line(&f->commits, "", out);
	buf_u8(out, '\n');
}

static bool
read_origin(struct arena *a, struct span s, struct ledger_format *f,
    struct err *e)
{
	return arena_copy(a, s, &f->origin) || err_budget(e, a);
}

static bool
read_leaf(struct arena *a, struct span s, struct ledger_format *f,
    struct err *e)
{
	(void)a;
	(void)f;
	return span_is(s, strchr(leaf_line, ' ') + 1) ||
	    err_set(e, ERR_LEDGER_FORMAT, "leaves of another kind");
}

static bool
read_log(struct arena *a, struct span s, struct ledger_format *f,
    struct err *e)
{
	return note_key_parse(a, s, &f->log, e);
}

static bool
read_commits(struct arena *a, struct span s, struct ledger_format *f,
    struct err *e)
{
	return ssh_key_parse_line(a, s, &f->commits, e);
}

static const struct {
	const char	*word;
	bool		(*read)(struct arena *, struct span,
			    struct ledger_format *, struct err *);
} words[] = {
	{ "origin ", read_origin },
	{ "leaf ", read_leaf },
	{ "log ", read_log },
	{ "commits ", read_commits },
};

static bool
read_line(struct arena *a, struct span line, struct ledger_format *f,
    struct err *e)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (span_starts(line, words[i].word))
			return words[i].read(a, span_from(line,
			    strlen(words[i].word)), f, e);
	return err_set(e, ERR_LEDGER_FORMAT, "a line begins with no word "
	    "that is known");
}

bool
ledger_format_parse(struct arena *a, struct span in,
    struct ledger_format *out, struct err *e)
{
	CLEANUP(buf_done) struct buf again = { 0 };
	struct ledger_format f = { 0 };
	struct span rest = in, line;

	if (in.len > FORMAT_MAX || !span_line(&rest, &line) ||
	    !span_is(line, first_line))
		return err_set(e, ERR_LEDGER_FORMAT, "format does not begin "
		    "with \"%s\"", first_line);
	while (span_line(&rest, &line))
		if (!read_line(a, line, &f, e))
			return err_at(e, "format");
	if (f.log.name.len == 0 || f.commits.blob.len == 0 ||
	    !span_eq(f.origin, f.log.name))
		return err_set(e, ERR_LEDGER_FORMAT, "format lacks origin, "
		    "log or commits, or the log has another name");
	ledger_format_write(&f, &again);
	if (!span_eq(buf_span(&again), in))
		return err_set(e, ERR_LEDGER_FORMAT, "format is not written "
		    "as ledgers write it");
	*out = f;
	return true;
}

/* What a stranger runs in a clone of the branch. */
static const char check[] =
	"    # who signed the commits\n"
	"    git grep -ho '\"commit_key\":\"[^\"]*' HEAD -- events |\n"
	"        sed 's/.*\"/engine namespaces=\"git\" /' > signers\n"
	"    git -c gpg.ssh.allowedSignersFile=signers log "
	"--show-signature HEAD\n"
	"    # what the log's key signed: a count and a root\n"
	"    git show HEAD:checkpoint | sed '/^$/,$d' > text\n"
	"    git show HEAD:checkpoint | sed '1,/^$/d; s/.* //; q' |\n"
	"        base64 -d | tail -c +5 > signature\n"
	"    key=$(git show HEAD:format | sed -n 's/^log [^+]*+[^+]*+//p' |\n"
	"        base64 -d | xxd -p -c 999)\n"
	"    case $key in\n"
	"    01*) digest=; key=302a300506032b6570032100${key#01} ;;\n"
	"    *) digest='-digest sha256'; key=${key#02} ;;\n"
	"    esac\n"
	"    echo $key | xxd -r -p > key\n"
	"    openssl pkeyutl -verify -rawin $digest -pubin -keyform DER \\\n"
	"        -inkey key -in text -sigfile signature\n"
	"    # the root of that many events\n"
	"    hash() { openssl dgst -sha256 -r | cut -c 1-64; }\n"
	"    i=0 n=$(sed -n 2p text) row=\n"
	"    while [ $i -lt $n ]; do\n"
	"        path=$(printf %06x $i | sed 's,..,/&,g')\n"
	"        x=$( (printf '\\0'; git show HEAD:events$path) | hash) k=$i\n"
	"        while [ $((k % 2)) = 1 ]; do\n"
	"            x=$(echo 01${row%% *}$x | xxd -r -p | hash)\n"
	"            row=${row#* } k=$((k / 2))\n"
	"        done\n"
	"        row=\"$x $row\" i=$((i + 1))\n"
	"    done\n"
	"    set -- $row; root=$1; shift\n"
	"    for x; do root=$(echo 01$x$root | xxd -r -p | hash); done\n"
	"    test $root = $(sed -n 3p text | base64 -d | xxd -p -c 64) &&\n"
	"        echo \"the root of $n events is the one that was signed\"\n";

void
ledger_readme_write(const struct ledger_format *f, struct buf *out)
{
	buf_text(out, "# Ledger of ");
	buf_put(out, f->origin);
	buf_text(out, "\n\n"
	    "An append-only record of what a Tagseal engine saw, decided and "
	    "signed.\n"
	    "Each file below `events/` is one event; its number is its path "
	    "in hex. Its\n"
	    "bytes are a leaf of a Merkle tree (RFC 6962, SHA-256). "
	    "`checkpoint` is the\n"
	    "signed root of all events before this commit; `blobs/` holds "
	    "what events cite,\n"
	    "each file named by its SHA-256. `format` names the keys.\n\n"
	    "To check it with git, openssl, xxd and a shell:\n\n");
	buf_text(out, check);
	buf_text(out, "\n"
	    "The root: SHA-256(00 || event) for each event, in order; pairs "
	    "are SHA-256(01 ||\n"
	    "left || right); a tree of n splits at the largest power of two "
	    "below n. The text\n"
	    "of `checkpoint` before its empty line is what the log's key "
	    "signs: after the\n"
	    "second `+` of the `log` line, base64 of a byte 01 and the Ed25519 "
	    "key, or 02 and a\n"
	    "P-256 key; behind the name in the signature line, base64 of four "
	    "bytes of key id\n"
	    "and the signature.\n");
}

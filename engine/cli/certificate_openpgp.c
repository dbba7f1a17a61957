/* certificate openpgp - an OpenPGP certificate for a key in a token. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/certificate_openpgp.h"
#include "crypto/ceremony.h"
#include "sys/file.h"

#define SECOND	1000	/* ms */

/* What is asked for besides the work. */
struct asked {
	const char		*output;
	const char		*revocation;	/* file */
	int64_t			 created;	/* ms */
	enum openpgp_reason	 reason;
	struct span		 why;
};

/* acme.asc has its revocation in acme.rev. */
static bool
revocation_path(const struct invocation *in, struct asked *q,
    struct arena *a, struct err *e)
{
	struct span base = span_text(q->output);

	q->revocation = option_text(in, "revocation");
	if (q->revocation != NULL)
		return true;
	if (span_ends(base, ".asc"))
		base.len -= sizeof(".asc") - 1;
	q->revocation = arena_printf(a, "%.*s.rev", (int)base.len,
	    (const char *)base.ptr);
	return q->revocation != NULL || err_budget(e, a);
}

/* Nothing is signed for a file that cannot be written. */
static bool
paths_free(const struct asked *q, struct err *e)
{
	const char *const paths[] = { q->output, q->revocation };

	if (strcmp(q->output, q->revocation) == 0)
		return err_set(e, ERR_USAGE, "the certificate and its "
		    "revocation are the same file");
	for (size_t i = 0; i < COUNT(paths); i++)
		if (access(paths[i], F_OK) == 0)
			return err_set(e, ERR_FILE_EXISTS, "%s", paths[i]);
	return true;
}

/* The record's time is the key's, and the key is the record's. */
static bool
record_read(const char *path, const struct token_key *key, int64_t *created,
    struct err *e)
{
	CLEANUP(json_done) struct json *record = NULL;
	CLEANUP(buf_done) struct buf b = { 0 }, hex = { 0 };
	struct digest d = digest_of(DIGEST_SHA256, key->spki);
	struct ceremony c;

	if (!file_load(path, CEREMONY_SIZE, &b, e))
		return false;
	if (!ceremony_read(buf_span(&b), &record, &c, e))
		return err_at(e, "%s", path);
	text_hex(digest_span(&d), &hex);
	if (!span_eq(buf_span(&hex), c.spki_sha256)) {
		err_set(e, ERR_CEREMONY_DIFFERS, "the record is of another "
		    "key than --key");
		return err_at(e, "%s", path);
	}
	if (!text_untime(c.at, created))
		return err_set(e, ERR_CEREMONY_MALFORMED, "no time");
	*created -= *created % SECOND;
	return true;
}

static bool
created_read(const struct invocation *in, const struct token_key *key,
    int64_t now, int64_t *out, struct err *e)
{
	const char *text = option_text(in, "created");
	const char *record = option_text(in, "record");

	*out = now;
	if (text != NULL && record != NULL)
		return err_set(e, ERR_USAGE, "--created and --record both say "
		    "when the key was created");
	if (record != NULL)
		return record_read(record, key, out, e);
	return text == NULL || text_untime(span_text(text), out) ||
	    err_set(e, ERR_USAGE, "--created '%s' is no time: write "
	    "2026-01-31 or 2026-01-31T12:00:00Z (UTC)",
	    text_show(span_text(text)).text);
}

static bool
asked_read(const struct invocation *in, struct asked *q, struct pgp_work *w,
    struct err *e)
{
	bool only = option_given(in, "certify-only");

	if (!option_need(in, "output", &q->output, e) ||
	    !pgp_begin(in, w, e) ||
	    !pgp_reason(in, "reason", &q->reason, &q->why, e) ||
	    !revocation_path(in, q, w->arena, e) || !paths_free(q, e))
		return false;
	if (!option_given(in, "name"))
		return err_set(e, ERR_USAGE, "--name says whose the key is: "
		    "'Acme Release <release@acme.example>'");
	if (only && !option_given(in, "subkey"))
		return err_set(e, ERR_USAGE, "--certify-only leaves the "
		    "signing to subkeys: give one by --subkey");
	w->terms.flags = only ? OPENPGP_MAY_CERTIFY :
	    OPENPGP_MAY_CERTIFY | OPENPGP_MAY_SIGN;
	return true;
}

static bool
make(const struct invocation *in, struct asked *q, struct pgp_work *w,
    struct err *e)
{
	struct token_key key;
	struct openpgp_v4_key primary;

	if (!pgp_open(in, w, &key, e) ||
	    !created_read(in, &key, w->now, &q->created, e) ||
	    !openpgp_key_make(key.spki, q->created, w->arena, &primary, e))
		return false;
	openpgp_make_begin(&primary, &w->c);
	return pgp_names(in, w, e) && pgp_subkeys(in, w, q->created, e) &&
	    pgp_sign(w, q->output, e);
}

/* It stands in a file of its own, and not in the certificate. */
static bool
revocation_make(const struct asked *q, struct pgp_work *w, struct err *e)
{
	CLEANUP(buf_done) struct buf file = { 0 };
	struct openpgp_draft d;
	struct span value, body;

	if (!openpgp_make_revocation(&w->c, 0, &w->terms, q->reason, q->why,
	    w->arena, &d, e) || !token_sign(w->token, &d.what, q->revocation,
	    &value, w->arena, e) || !openpgp_signature_finish(&d, value,
	    w->arena, &body, e))
		return false;
	openpgp_revocation_write(&w->c, body, &file);
	return file_replace_span(q->revocation, buf_span(&file),
	    FILE_PRIVATE | FILE_NEW, e);
}

static int
run_openpgp(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(PGP_ARENA);
	CLEANUP(pgp_work_done) struct pgp_work w = { .arena = a };
	struct asked q = { 0 };

	if (!asked_read(in, &q, &w, e) || !make(in, &q, &w, e) ||
	    !revocation_make(&q, &w, e) ||
	    !pgp_write(&w, q.output, FILE_NEW, e))
		return -1;
	pgp_answer(in, &w, q.output, q.revocation);
	return EXIT_YES;
}

static const struct option_row openpgp_options[] = {
	{ "key", 0, "URI", "the primary key: pkcs11:token=...;object=...",
	    false },
	{ "name", 0, "NAME", "a user id: 'Acme Release <release@acme.example>'"
	    "; the first is the primary one", true },
	{ "subkey", 0, "URI", "another key, which signs for the primary one",
	    true },
	{ "certify-only", 0, NULL, "the primary key signs no files: its "
	    "subkeys do", false },
	PGP_EXPIRES,
	{ "created", 0, "TIME", "when the key was created; with the key, it "
	    "makes the fingerprint (default: now)", false },
	{ "record", 0, "FILE", "take that time from the record of the key's "
	    "ceremony", false },
	PGP_DIGEST,
	{ "revocation", 0, "FILE", "where its revocation goes (default: as "
	    "the output, ending in .rev)", false },
	{ "reason", 0, "REASON", "what the revocation says: none (default), "
	    "superseded, compromised, retired", false },
	PGP_REASON,
	{ "output", 'o', "FILE", "where the certificate goes, armored",
	    false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command certificate_openpgp_command = {
	.name = "certificate openpgp",
	.summary = "make an OpenPGP certificate for a key in a token",
	.arguments = "",
	.options = openpgp_options,
	.details = "Version 4 (RFC 9580), as gpg of today reads it. The "
	    "fingerprint is made of the key and\nthe time of its creation: "
	    "the same key with another time is another certificate.\nThe "
	    "answer tells that time; give it by --created, or by --record, to "
	    "make the same\nfingerprint again. Each --subkey signs too that it "
	    "belongs to the primary key.\n\nA revocation is made at once, for "
	    "the day on which the token is lost: a new file of\nmode 0600, "
	    "with a colon before its armor, so that nobody imports it by "
	    "mistake. Take\nthe colon away to import it with gpg; "
	    "'certificate openpgp-revoke --revocation' takes\nthe file as it "
	    "is. Reasons none and compromised end the trust in all signatures "
	    "of the\nkey; superseded and retired leave those from before.",
	.example = "tagseal certificate openpgp --key 'pkcs11:token=acme;"
	    "object=release' \\\n    --name 'Acme Release "
	    "<release@acme.example>' --record ceremony.json \\\n    "
	    "--expires 730d -o certificates/release.asc",
	.json = true,
	.run = run_openpgp,
};

/* certificate openpgp-renew, openpgp-revoke - certificates that exist. */
#include <strings.h>

#include "base/text.h"
#include "cli/certificate_openpgp.h"
#include "sys/file.h"

/* ---- renewing ---- */

/* By the whole fingerprint, in hex of either case, as gpg shows it. */
static bool
subkey_find(const struct pgp_work *w, const char *text, size_t *out,
    struct err *e)
{
	for (size_t i = 1; i < w->c.count; i++) {
		const struct openpgp_part *p = &w->c.parts[i];
		CLEANUP(buf_done) struct buf hex = { 0 };

		text_hex(openpgp_fingerprint(&p->key), &hex);
		if (p->tag != OPENPGP_SUBKEY ||
		    strcasecmp(buf_cstr(&hex), text) != 0)
			continue;
		*out = i;
		return p->revoked == NULL || err_set(e, ERR_OPENPGP_SUBKEY,
		    "the subkey %s is revoked", buf_cstr(&hex));
	}
	return err_set(e, ERR_OPENPGP_SUBKEY, "there is no subkey %s",
	    text_show(span_text(text)).text);
}

static bool
subkeys_revoke(const struct invocation *in, struct pgp_work *w,
    bool ended[OPENPGP_PARTS], struct err *e)
{
	enum openpgp_reason reason;
	struct span why;
	const char *text;
	size_t part;

	if (!pgp_reason(in, "reason", &reason, &why, e))
		return false;
	if (!option_given(in, "revoke-subkey") &&
	    (option_given(in, "reason") || option_given(in, "reason-text")))
		return err_set(e, ERR_USAGE, "--reason and --reason-text go "
		    "with --revoke-subkey");
	for (size_t i = 0;
	    (text = option_nth(in, "revoke-subkey", i)) != NULL; i++) {
		if (!subkey_find(w, text, &part, e))
			return false;
		if (ended[part])
			return err_set(e, ERR_OPENPGP_SUBKEY, "the subkey %s "
			    "is named twice", text);
		ended[part] = true;
		if (!pgp_revoke(w, part, reason, why, e))
			return false;
	}
	return true;
}

static bool
renew(const struct invocation *in, struct pgp_work *w, struct err *e)
{
	bool ended[OPENPGP_PARTS] = { false };
	size_t before = w->c.count;

	if (!subkeys_revoke(in, w, ended, e))
		return false;
	for (size_t i = 0; i < before; i++)
		if (!ended[i] && openpgp_goes_on(&w->c, i) &&
		    !pgp_self(w, i, e))
			return false;
	return pgp_names(in, w, e) && pgp_subkeys(in, w, w->terms.at, e);
}

static bool
not_revoked(const struct pgp_work *w, const char *path, struct err *e)
{
	if (w->c.parts[0].revoked == NULL)
		return true;
	err_set(e, ERR_OPENPGP_REVOKED, "the certificate is revoked");
	return err_at(e, "%s", path);
}

static int
run_renew(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(PGP_ARENA);
	CLEANUP(pgp_work_done) struct pgp_work w = { .arena = a };
	const char *output;

	if (!option_need(in, "output", &output, e) || !pgp_begin(in, &w, e) ||
	    !pgp_load(in->arguments[0], &w, e) ||
	    !not_revoked(&w, in->arguments[0], e) ||
	    !pgp_open_same(in, &w, e) || !renew(in, &w, e) ||
	    !pgp_sign(&w, output, e) ||
	    !pgp_write(&w, output, FILE_PLAIN, e))
		return -1;
	pgp_answer(in, &w, output, NULL);
	return EXIT_YES;
}

/* ---- revoking ---- */

/* With the key, and a reason of today. */
static bool
revoke_now(const struct invocation *in, struct pgp_work *w,
    const char *output, struct err *e)
{
	enum openpgp_reason reason;
	const char *given;
	struct span why;

	return option_need(in, "reason", &given, e) &&
	    pgp_reason(in, "reason", &reason, &why, e) &&
	    pgp_open_same(in, w, e) && pgp_revoke(w, 0, reason, why, e) &&
	    pgp_sign(w, output, e);
}

/* With the file that was made beside the certificate: no token is needed. */
static bool
revoke_by_file(const struct invocation *in, struct pgp_work *w,
    const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span kept, body;

	if (option_given(in, "key") || option_given(in, "reason") ||
	    option_given(in, "reason-text"))
		return err_set(e, ERR_USAGE, "--revocation says it all: no "
		    "--key, no --reason");
	if (!file_load(path, OPENPGP_FILE, &b, e))
		return false;
	if (!arena_copy(w->arena, buf_span(&b), &kept))
		return err_budget(e, w->arena);
	return (openpgp_revocation_read(&w->c, kept, w->arena, &body, e) &&
	    openpgp_part_add(&w->c, 0, body, w->arena, e)) ||
	    err_at(e, "%s", path);
}

static int
run_revoke(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(PGP_ARENA);
	CLEANUP(pgp_work_done) struct pgp_work w = { .arena = a };
	const char *output, *file = option_text(in, "revocation");

	if (!option_need(in, "output", &output, e) || !pgp_begin(in, &w, e) ||
	    !pgp_load(in->arguments[0], &w, e) ||
	    !not_revoked(&w, in->arguments[0], e) ||
	    !(file != NULL ? revoke_by_file(in, &w, file, e) :
	    revoke_now(in, &w, output, e)) ||
	    !pgp_write(&w, output, FILE_PLAIN, e))
		return -1;
	pgp_answer(in, &w, output, NULL);
	return EXIT_YES;
}

static const struct option_row renew_options[] = {
	{ "key", 0, "URI", "the primary key: pkcs11:token=...;object=...",
	    false },
	PGP_EXPIRES,
	{ "name", 0, "NAME", "a further user id", true },
	{ "subkey", 0, "URI", "a further key, which signs for the primary "
	    "one", true },
	{ "revoke-subkey", 0, "FINGERPRINT", "a subkey that shall not sign "
	    "any more", true },
	{ "reason", 0, "REASON", "why it is revoked: none (default), "
	    "superseded, compromised, retired", false },
	PGP_REASON,
	PGP_DIGEST,
	{ "output", 'o', "FILE", "where the certificate goes: it may be FILE "
	    "itself", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command certificate_openpgp_renew_command = {
	.name = "certificate openpgp-renew",
	.summary = "give an OpenPGP certificate a later expiry, user ids, "
	    "subkeys",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.options = renew_options,
	.details = "The key and the time of its creation stay, so the "
	    "fingerprint does. What is not asked\nfor stays too: user ids, "
	    "preferences, what others signed. A subkey that expires\nbefore "
	    "the certificate is left alone. The key in the token must be the "
	    "primary key\nof FILE. Whoever has the old one imports the new "
	    "one: that puts them together.",
	.example = "tagseal certificate openpgp-renew release.asc "
	    "--key 'pkcs11:token=acme;object=release' \\\n    --expires "
	    "2030-12-31 -o release.asc",
	.json = true,
	.run = run_renew,
};

static const struct option_row revoke_options[] = {
	{ "key", 0, "URI", "the primary key: pkcs11:token=...;object=...",
	    false },
	{ "reason", 0, "REASON", "none, superseded, compromised, retired",
	    false },
	PGP_REASON,
	{ "revocation", 0, "FILE", "instead of the key: the revocation that "
	    "was made with the certificate", false },
	PGP_DIGEST,
	{ "output", 'o', "FILE", "where the revoked certificate goes: it may "
	    "be FILE itself", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command certificate_openpgp_revoke_command = {
	.name = "certificate openpgp-revoke",
	.summary = "revoke an OpenPGP certificate, and say why",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.options = revoke_options,
	.details = "By the reason others decide what becomes of signatures "
	    "from before (RFC 9580,\n5.2.3.31). compromised and none are "
	    "hard: no signature of the key counts any more,\nwhenever it was "
	    "made. superseded and retired are soft: those from before count. "
	    "If in\ndoubt, it is compromised. A revocation cannot be taken "
	    "back. Publish the output where\nthe certificate was published; "
	    "in the config repo also set state: revoked.",
	.example = "tagseal certificate openpgp-revoke release.asc --key "
	    "'pkcs11:token=acme;object=release' \\\n    --reason superseded "
	    "--reason-text 'Followed by the key of 2028' -o release.asc\n"
	    "tagseal certificate openpgp-revoke release.asc --revocation "
	    "release.rev -o release.asc",
	.json = true,
	.run = run_revoke,
};

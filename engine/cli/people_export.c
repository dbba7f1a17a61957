/*
 * people_export - the people of a config repo as the files that stock git,
 * ssh-keygen and gpg check signatures with.
 *
 * The files say less than the config repo does: those programs believe the
 * date that a signature claims. So what a thief could date back is left out,
 * unless it is asked for.
 */
#include <stdlib.h>

#include "base/text.h"
#include "cli/allowed_signers.h"
#include "cli/cli.h"
#include "cli/repo.h"
#include "crypto/openpgp.h"
#include "sys/clock.h"
#include "sys/file.h"

#define ARENA		((size_t)64 << 20)
#define NEVER		INT64_MAX

/* ssh-keygen takes a time of 0 for none, and wants whole seconds. */
#define LEAST		INT64_C(2000)	/* milliseconds */

struct people_export {
	const struct invocation	*in;
	struct arena		*arena;
	struct config		*config;
	struct object_id	 commit;
	int64_t			 now;		/* milliseconds */
	struct buf		 signers;
	struct buf		 keyring;
	size_t			 ssh;		/* keys in each */
	size_t			 openpgp;
	struct json		*left_out;
};

static void
export_done(struct people_export *x)
{
	buf_done(&x->signers);
	buf_done(&x->keyring);
	json_done(&x->left_out);
	config_free(x->config);
	arena_free(x->arena);
}

/* ---- one key ---- */
static void
leave_out(struct people_export *x, const struct person *p, size_t key,
    const char *why)
{
	struct json *v = json_map();

	json_put_span(v, "person", p->slug);
	json_put_int(v, "key", (int64_t)key + 1);
	json_put_text(v, "why", why);
	json_add(x->left_out, v);
}

/* Approvers sign statements too; a machine signs for git only. */
static const char *
name_spaces_of(const struct person *p)
{
	return p->kind == PERSON_HUMAN ? "git,approval@tagseal" : "git";
}

/* When a key ends by all that is said of it, in milliseconds. */
static int64_t
end_of(const struct person_key *k)
{
	int64_t end = k->valid_to == 0 ? NEVER : k->valid_to;

	if (k->revoked.at.file == NULL)
		return end;
	if (k->revoked.when < end)
		end = k->revoked.when;
	if (k->revoked.compromised_since != 0 &&
	    k->revoked.compromised_since < end)
		end = k->revoked.compromised_since;
	return end;
}

static bool
put_ssh(struct people_export *x, const struct person *p,
    const struct person_key *k, struct err *e)
{
	int64_t end = end_of(k);
	struct allowed_signer s = { .valid_from = k->valid_from,
	    .valid_to = end == NEVER ? 0 : end,
	    .email = allowed_signer_plain(p->email) ? p->email : p->slug,
	    .name_spaces = span_text(name_spaces_of(p)) };
	CLEANUP(buf_done) struct buf slug = { 0 };

	if (!ssh_key_parse(k->bytes, &s.key, e))
		return err_at(e, "people/%s.yaml", text_show(p->slug).text);
	buf_put(&slug, p->slug);
	allowed_signer_write(&s, buf_cstr(&slug), &x->signers);
	x->ssh++;
	return true;
}

/* Exactly this name, certified by any of the authorities. */
static bool
put_principal(struct people_export *x, const struct person *p,
    const struct person_key *k, struct err *e)
{
	const struct organization *o = &x->config->organization;
	int64_t end = end_of(k);
	struct allowed_signer s = { .valid_from = k->valid_from,
	    .valid_to = end == NEVER ? 0 : end, .email = k->ssh_principal,
	    .authority = true, .name_spaces = span_text(name_spaces_of(p)) };
	CLEANUP(buf_done) struct buf slug = { 0 };

	buf_put(&slug, p->slug);
	for (size_t i = 0; i < o->ssh_authorities.count; i++) {
		if (!ssh_key_parse(o->ssh_authorities.items[i].bytes, &s.key,
		    e))
			return err_at(e, "ssh-authorities");
		allowed_signer_write(&s, buf_cstr(&slug), &x->signers);
	}
	x->ssh++;
	return true;
}

static bool
put_openpgp(struct people_export *x, const struct person_key *k,
    struct err *e)
{
	struct openpgp_public *keys;
	size_t count;

	if (!openpgp_split(x->arena, k->bytes, &keys, &count, e))
		return err_at(e, "people/%s", text_show(k->openpgp).text);
	if (count != 1) {
		err_set(e, ERR_OPENPGP_KEY, "the file holds %zu keys, not one",
		    count);
		return err_at(e, "people/%s", text_show(k->openpgp).text);
	}
	buf_put(&x->keyring, keys[0].packets);
	x->openpgp++;
	return true;
}

/* A keyring says nothing of our times, so only what counts now is in it. */
static const char *
why_not(const struct people_export *x, const struct person *p,
    const struct person_key *k)
{
	int64_t end = end_of(k);

	if (p->disabled)
		return "the person is disabled";
	if (end < LEAST || end - LEAST < k->valid_from)
		return "the key counts at no time";
	if (k->x509.len > 0 || k->x509_name.len > 0)
		return "a certificate: neither file can hold it";
	if (option_given(x->in, "with-revoked"))
		return NULL;
	if (k->revoked.at.file != NULL)
		return "the key is revoked (--with-revoked exports it)";
	if (k->openpgp.len > 0 && (x->now < k->valid_from || x->now >= end))
		return "the key does not count today (--with-revoked exports "
		    "it)";
	return NULL;
}

static bool
export_key(struct people_export *x, const struct person *p, size_t i,
    struct err *e)
{
	const struct person_key *k = &p->keys.items[i];
	const char *why = why_not(x, p, k);

	if (why != NULL) {
		leave_out(x, p, i, why);
		return true;
	}
	if (k->ssh_principal.len > 0)
		return put_principal(x, p, k, e);
	return k->ssh.len > 0 ? put_ssh(x, p, k, e) : put_openpgp(x, k, e);
}

/* ---- all ---- */
static bool
read_config(struct people_export *x, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(repository_done) struct repository *repo = NULL;
	const char *folder = option_text(x->in, "repo");
	const char *name = option_text(x->in, "commit");
	struct object_id tree;

	if (!repository_find(folder == NULL ? "." : folder, &repo, e) ||
	    !repo_commit(repo, name == NULL ? "HEAD" : name, &x->commit, e) ||
	    !repo_tree(repo, &x->commit, &tree, e))
		return false;
	return config_load(repo, &tree, &x->config, &errors) ||
	    repo_errors(&errors, e);
}

static bool
gather(struct people_export *x, struct err *e)
{
	const struct config *c = x->config;

	buf_printf(&x->signers, "# people/ of %s, commit %s\n",
	    text_show(c->organization.id).text,
	    object_id_hex(&x->commit).text);
	for (size_t i = 0; i < c->people.count; i++)
		for (size_t k = 0; k < c->people.items[i].keys.count; k++)
			if (!export_key(x, &c->people.items[i], k, e))
				return false;
	return true;
}

static bool
write_files(const struct people_export *x, struct err *e)
{
	const char *signers = option_text(x->in, "allowed-signers");
	const char *keyring = option_text(x->in, "keyring");

	return (signers == NULL || file_replace_span(signers,
	    buf_span(&x->signers), FILE_PLAIN, e)) &&
	    (keyring == NULL || file_replace_span(keyring,
	    buf_span(&x->keyring), FILE_PLAIN, e));
}

static void
answer(struct people_export *x)
{
	struct json *v;

	if (x->in->json) {
		v = json_map();
		json_put_text(v, "commit", object_id_hex(&x->commit).text);
		json_put_int(v, "ssh", (int64_t)x->ssh);
		json_put_int(v, "openpgp", (int64_t)x->openpgp);
		json_put(v, "left_out", TAKE(x->left_out));
		cli_answer(v);
		return;
	}
	for (size_t i = 0; i < json_count(x->left_out); i++) {
		const struct json *one = json_item(x->left_out, i);

		fprintf(stderr, "left out: key %lld of %s: %s\n",
		    (long long)json_integer_of(json_member(one, "key")),
		    text_show(json_span(json_member(one, "person"))).text,
		    text_show(json_span(json_member(one, "why"))).text);
	}
	printf("people of commit %s: %zu SSH keys, %zu OpenPGP keys\n",
	    object_id_hex(&x->commit).text, x->ssh, x->openpgp);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(export_done) struct people_export x = { .in = in,
	    .arena = arena_new(ARENA), .left_out = json_list(),
	    .now = clock_now() };

	if (!option_given(in, "allowed-signers") &&
	    !option_given(in, "keyring")) {
		err_set(e, ERR_USAGE, "nothing to write is named");
		err_hint(e, "give --allowed-signers FILE, --keyring FILE or "
		    "both");
		return -1;
	}
	if (!read_config(&x, e) || !gather(&x, e) || !write_files(&x, e))
		return -1;
	answer(&x);
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "allowed-signers", 0, "FILE", "write SSH keys, for ssh-keygen and "
	    "gpg.ssh.allowedSignersFile of git", false },
	{ "keyring", 0, "FILE", "write OpenPGP keys, for gpg --import and "
	    "gpgv --keyring", false },
	{ "with-revoked", 0, NULL, "also keys that are revoked or do not "
	    "count today", false },
	{ "commit", 0, "NAME", "the state to export (default: HEAD)", false },
	{ "repo", 0, "DIR", "a clone of the config repo (default: the current "
	    "folder)", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command people_export_command = {
	.name = "people export",
	.summary = "write the declared keys as files for stock git and gpg",
	.arguments = "",
	.options = options,
	.details = "Anybody can then check signatures of commits, tags and "
	    "statements without\nTagseal. The files are what one commit of "
	    "the config repo says: 'tagseal check\n--range' tells whether an "
	    "engine would follow it. Times are in UTC.\nThese programs believe "
	    "the date that a signature claims, and do not know who\nmay sign "
	    "what, or whether a security key was touched. Revoked keys are "
	    "left out,\nas a thief can date back; with --with-revoked they "
	    "stay in, up to the time of\ntheir revocation.",
	.example = "tagseal people export --allowed-signers allowed_signers "
	    "\\\n    --keyring people.gpg\n"
	    "git -c gpg.ssh.allowedSignersFile=$PWD/allowed_signers "
	    "verify-tag v1.0.0\n"
	    "gpg --import people.gpg && git verify-commit HEAD",
	.json = true,
	.run = run,
};

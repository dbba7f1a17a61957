/* verify - see verify.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/sshcert.h"
#include "git/verify.h"

typedef bool verify_function(const struct object_signature *,
    const struct declared_key *, size_t count, const struct verify_rules *,
    struct signer *, struct err *);

static verify_function verify_unsigned, verify_openpgp, verify_ssh,
    verify_x509;

/* The kinds of signature, indexed by enum armor_kind. */
static verify_function *const all_signatures[ARMOR_KINDS] = {
	[ARMOR_NONE]	= verify_unsigned,
	[ARMOR_OPENPGP]	= verify_openpgp,
	[ARMOR_SSH]	= verify_ssh,
	[ARMOR_X509]	= verify_x509,
};

bool
signature_verify(const struct object_signature *s,
    const struct declared_key *keys, size_t count,
    const struct verify_rules *rules, struct signer *out, struct err *e)
{
	return all_signatures[s->armor](s, keys, count, rules, out, e);
}

static bool
verify_unsigned(const struct object_signature *s,
    const struct declared_key *keys, size_t count,
    const struct verify_rules *rules, struct signer *out, struct err *e)
{
	(void)s, (void)keys, (void)count, (void)rules, (void)out;
	return err_set(e, ERR_GIT_UNSIGNED, "no signature");
}

static bool
signer_set(const struct declared_key *keys, size_t key, struct span print,
    struct signer *out, struct err *e)
{
	struct signer s = { .key = key, .owner = keys[key].owner };

	if (print.len >= sizeof(s.fingerprint))
		return err_set(e, ERR_GIT_VERIFIER, "fingerprint is too long");
	memcpy(s.fingerprint, print.ptr, print.len);
	*out = s;
	return true;
}

/* A name that was withdrawn is not made good by another one. */
static size_t
name_better(const struct declared_key *keys, size_t count, size_t found,
    size_t i)
{
	return found == count || (keys[i].revoked && !keys[found].revoked) ?
	    i : found;
}

static size_t
ssh_key_find(const struct declared_key *keys, size_t count, struct span blob)
{
	size_t i = 0;

	while (i < count && (keys[i].kind != ARMOR_SSH ||
	    keys[i].ssh_principal || !span_eq(keys[i].bytes, blob)))
		i++;
	return i;
}

static bool
verify_plain(const struct object_signature *s, const struct sshsig *sig,
    const struct declared_key *keys, size_t count,
    const struct verify_rules *rules, struct signer *out, struct err *e)
{
	CLEANUP(buf_done) struct buf print = { 0 };
	struct sshsig_rules demands = { .name_space = rules->ssh_namespace };
	struct ssh_key key;

	if (!ssh_key_parse(sig->public_key, &key, e))
		return false;
	ssh_key_fingerprint(&key, &print);
	size_t i = ssh_key_find(keys, count, key.blob);
	if (i == count)
		return err_set(e, ERR_GIT_SIGNER_UNKNOWN,
		    "signed by the SSH key %s, which nobody has declared",
		    buf_cstr(&print));
	demands.user_verified = keys[i].user_verified;
	demands.user_absent = keys[i].user_absent;
	return sshsig_verify(sig, &key, &demands, s->payload, e) &&
	    signer_set(keys, i, buf_span(&print), out, e);
}

static bool
principal_is(const struct declared_key *k, const struct ssh_cert *c)
{
	return k->kind == ARMOR_SSH && k->ssh_principal &&
	    ssh_cert_names(c, span_from(k->bytes, strlen("principal:")));
}

/*
 * One person by the principals. A key that is declared besides stands for
 * itself, so that its revocation holds for certificates of it.
 */
static bool
principal_find(const struct declared_key *keys, size_t count,
    const struct ssh_cert *c, size_t *out, struct err *e)
{
	size_t found = count, own = ssh_key_find(keys, count, c->key.blob);

	for (size_t i = 0; i < count; i++) {
		if (!principal_is(&keys[i], c))
			continue;
		if ((found < count && keys[found].owner != keys[i].owner) ||
		    (own < count && keys[own].owner != keys[i].owner))
			return err_set(e, ERR_GIT_SIGNER_SEVERAL, "certificate "
			    "\"%s\" stands for several people",
			    text_show(c->key_id).text);
		found = name_better(keys, count, found, i);
	}
	if (found == count)
		return err_set(e, ERR_GIT_SIGNER_UNKNOWN, "signed with the SSH "
		    "certificate \"%s\", whose principals nobody has "
		    "declared", text_show(c->key_id).text);
	*out = own < count ? own : found;
	return true;
}

static bool
authority_known(const struct ssh_cert *c, const struct verify_rules *rules,
    struct err *e)
{
	CLEANUP(buf_done) struct buf print = { 0 };

	for (size_t i = 0; i < rules->ssh_authority_count; i++)
		if (span_eq(rules->ssh_authorities[i], c->authority.blob))
			return true;
	ssh_key_fingerprint(&c->authority, &print);
	return err_set(e, ERR_GIT_SIGNER_UNKNOWN, "signed with an SSH "
	    "certificate of %s, which is no declared authority",
	    buf_cstr(&print));
}

static bool
verify_certified(const struct object_signature *s, const struct sshsig *sig,
    const struct declared_key *keys, size_t count,
    const struct verify_rules *rules, struct arena *a, struct signer *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf print = { 0 };
	struct sshsig_rules demands = { .name_space = rules->ssh_namespace };
	struct ssh_cert c;
	size_t i;

	if (!ssh_cert_parse(a, sig->public_key, &c, e) ||
	    !authority_known(&c, rules, e) ||
	    !ssh_cert_check(&c, rules->seconds, e) ||
	    !principal_find(keys, count, &c, &i, e))
		return false;
	demands.user_verified = keys[i].user_verified;
	demands.user_absent = keys[i].user_absent;
	ssh_key_fingerprint(&c.key, &print);
	if (!sshsig_verify_certified(sig, &c, &demands, s->payload, e) ||
	    !signer_set(keys, i, buf_span(&print), out, e))
		return false;
	out->certified = true;
	return true;
}

static bool
verify_ssh(const struct object_signature *s, const struct declared_key *keys,
    size_t count, const struct verify_rules *rules, struct signer *out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct sshsig sig;

	if (!sshsig_parse_armor(a, s->text, &sig, e))
		return false;
	if (ssh_cert_is(sig.public_key))
		return verify_certified(s, &sig, keys, count, rules, a, out, e);
	return verify_plain(s, &sig, keys, count, rules, out, e);
}

static bool
has_name(const struct message_signer *m, struct span name)
{
	for (size_t i = 0; i < m->name_count; i++)
		if (span_eq(m->names[i], name))
			return true;
	return false;
}

/* The certificate itself goes before names in it. */
static bool
certificate_find(const struct declared_key *keys, size_t count,
    const struct message_signer *m, size_t *out, struct err *e)
{
	size_t found = count;

	for (size_t i = 0; i < count; i++)
		if (keys[i].kind == ARMOR_X509 && !keys[i].x509_name &&
		    span_eq(keys[i].bytes, m->certificate)) {
			*out = i;
			return true;
		}
	for (size_t i = 0; i < count; i++) {
		if (keys[i].kind != ARMOR_X509 || !keys[i].x509_name ||
		    !has_name(m, keys[i].bytes))
			continue;
		if (found < count && keys[found].owner != keys[i].owner)
			return err_set(e, ERR_GIT_SIGNER_SEVERAL, "certificate "
			    "\"%s\" has names of several people",
			    text_show(m->subject).text);
		found = name_better(keys, count, found, i);
	}
	*out = found;
	return found < count || err_set(e, ERR_GIT_SIGNER_UNKNOWN,
	    "signed with the certificate \"%s\", SHA-256 %s, which nobody has "
	    "declared", text_show(m->subject).text,
	    digest_hex(&m->thumbprint).text);
}

/* The declared certificates; free them. */
static struct span *
certificates_of(const struct declared_key *keys, size_t count, size_t *out)
{
	struct span *list = xcalloc(count + 1, sizeof(*list));

	*out = 0;
	for (size_t i = 0; i < count; i++)
		if (keys[i].kind == ARMOR_X509 && !keys[i].x509_name)
			list[(*out)++] = keys[i].bytes;
	return list;
}

static bool
verify_x509(const struct object_signature *s, const struct declared_key *keys,
    size_t count, const struct verify_rules *rules, struct signer *out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	size_t known, i;
	CLEANUP(free_done) struct span *list = certificates_of(keys, count,
	    &known);
	struct message_signer m;

	if (!signed_message_check(s->text, s->payload, list, known, a, &m,
	    e) ||
	    !certificate_find(keys, count, &m, &i, e))
		return false;
	if (keys[i].x509_name && rules->x509 == NULL)
		return err_set(e, ERR_GIT_SIGNATURE_KIND, "names in "
		    "certificates are not accepted here");
	return people_trust_check(rules->x509, &m, keys[i].x509_name,
	    rules->seconds * 1000, a, e) && signer_set(keys, i,
	    span_text(digest_hex(&m.thumbprint).text), out, e);
}

static bool
verify_openpgp(const struct object_signature *s,
    const struct declared_key *keys, size_t count,
    const struct verify_rules *rules, struct signer *out, struct err *e)
{
	const struct openpgp_question question = { s->payload, s->text,
	    rules->seconds };
	struct openpgp_signer found;

	if (rules->openpgp == NULL)
		return err_set(e, ERR_GIT_SIGNATURE_KIND,
		    "OpenPGP signatures are not accepted here");
	if (!verifier_ask(rules->openpgp, &question, &found, e))
		return false;
	if (found.index >= count || keys[found.index].kind != ARMOR_OPENPGP)
		return err_set(e, ERR_GIT_VERIFIER,
		    "verifier answered with a key that nobody has declared");
	return signer_set(keys, found.index, SPAN_TEXT(found.fingerprint),
	    out, e);
}

bool
signature_detached(struct span message, struct span armor,
    struct object_signature *out, struct err *e)
{
	struct object_signature s = { .text = armor, .payload = message };

	if (!armor_parse(armor, &s.armor, e))
		return false;
	s.payload_sha256 = digest_of(DIGEST_SHA256, message);
	*out = s;
	return true;
}

bool
verify_openpgp_keys(struct openpgp_asker *asker,
    const struct declared_key *keys, size_t count, struct err *e)
{
	CLEANUP(free_done) struct openpgp_key *chosen = xcalloc(count + 1,
	    sizeof(*chosen));
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (keys[i].kind == ARMOR_OPENPGP)
			chosen[n++] = (struct openpgp_key){ (uint32_t)i,
			    keys[i].bytes };
	return verifier_keys(asker, chosen, n, e);
}

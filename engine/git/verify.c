/* verify - see verify.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/sshsig.h"
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

static bool
verify_ssh(const struct object_signature *s, const struct declared_key *keys,
    size_t count, const struct verify_rules *rules, struct signer *out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf print = { 0 };
	struct sshsig_rules demands = { .name_space = rules->ssh_namespace };
	struct sshsig sig;
	struct ssh_key key;
	size_t i = 0;

	if (!sshsig_parse_armor(a, s->text, &sig, e) ||
	    !ssh_key_parse(sig.public_key, &key, e))
		return false;
	ssh_key_fingerprint(&key, &print);
	while (i < count && (keys[i].kind != ARMOR_SSH ||
	    !span_eq(keys[i].bytes, sig.public_key)))
		i++;
	if (i == count)
		return err_set(e, ERR_GIT_SIGNER_UNKNOWN,
		    "signed by the SSH key %s, which nobody has declared",
		    buf_cstr(&print));
	demands.user_verified = keys[i].user_verified;
	demands.user_absent = keys[i].user_absent;
	return sshsig_verify(&sig, &key, &demands, s->payload, e) &&
	    signer_set(keys, i, buf_span(&print), out, e);
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
		found = found < count ? found : i;
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
	struct openpgp_signer found;

	if (rules->openpgp == NULL)
		return err_set(e, ERR_GIT_SIGNATURE_KIND,
		    "OpenPGP signatures are not accepted here");
	if (!verifier_ask(rules->openpgp, s->payload, s->text, rules->seconds,
	    &found, e))
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
verify_openpgp_keys(const struct openpgp_carrier *carrier,
    const struct declared_key *keys, size_t count, struct err *e)
{
	CLEANUP(free_done) struct openpgp_key *chosen = xcalloc(count + 1,
	    sizeof(*chosen));
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (keys[i].kind == ARMOR_OPENPGP)
			chosen[n++] = (struct openpgp_key){ (uint32_t)i,
			    keys[i].bytes };
	return verifier_keys(carrier, chosen, n, e);
}

/* sshsig - SSH signatures: see sshsig.h. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/sshcert.h"
#include "crypto/sshkey.h"

#define MAGIC		"SSHSIG"
#define VERSION		1
#define BLOB_MAX	((size_t)64 << 10)	/* bytes of a signature */
#define LINE_WIDTH	70			/* as ssh-keygen writes */
#define LINE_WIDEST	76			/* as others do (RFC 2045) */
#define RSA_LEAST	3072			/* bits */
#define RSA_LEAST_OLD	2048

#define FLAG_USER_PRESENT	0x01	/* PROTOCOL.u2f */
#define FLAG_USER_VERIFIED	0x04

static const char armor_begin[] = "-----BEGIN SSH SIGNATURE-----";
static const char armor_end[] = "-----END SSH SIGNATURE-----";

static bool
malformed(struct err *e, const char *why)
{
	return err_set(e, ERR_SSHSIG, "%s", why);
}

static bool
hash_find(struct span name, enum digest_kind *out)
{
	for (enum digest_kind k = 0; k < DIGEST_KINDS; k++)
		if (digest_rows[k].ssh_name != NULL &&
		    span_is(name, digest_rows[k].ssh_name)) {
			*out = k;
			return true;
		}
	return false;
}

bool
sshsig_parse(struct span in, struct sshsig *out, struct err *e)
{
	struct reader r = rd_open(in);
	struct sshsig s;

	if (in.len > BLOB_MAX || !span_is(rd_take(&r, strlen(MAGIC)), MAGIC))
		return malformed(e, "no SSHSIG blob");
	uint32_t version = rd_u32be(&r);
	s.public_key = rd_str(&r);
	s.name_space = rd_str(&r);
	struct span reserved = rd_str(&r);
	struct span hash = rd_str(&r);
	s.signature = rd_str(&r);
	if (!rd_end(&r))
		return malformed(e, "the fields do not fill the blob exactly");
	if (version != VERSION)
		return err_set(e, ERR_SSHSIG, "version %u is not known",
		    version);
	if (reserved.len != 0)
		return malformed(e, "the reserved field is not empty");
	if (s.name_space.len == 0)
		return malformed(e, "the namespace is empty");
	if (!hash_find(hash, &s.hash))
		return err_set(e, ERR_SSHSIG, "hash \"%s\" is not taken",
		    text_show(hash).text);
	*out = s;
	return true;
}

bool
sshsig_parse_armor(struct arena *a, struct span in, struct sshsig *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf base64 = { 0 }, raw = { 0 };
	struct span rest = in, line, blob;

	if (in.len > 2 * BLOB_MAX || !span_line(&rest, &line) ||
	    !span_is(line, armor_begin))
		return malformed(e, "no SSH SIGNATURE armor");
	for (;;) {
		if (!span_line(&rest, &line))
			return malformed(e, "the armor has no end");
		if (span_is(line, armor_end))
			break;
		if (line.len == 0 || line.len > LINE_WIDEST)
			return malformed(e, "a line of the armor is empty or "
			    "too long");
		buf_put(&base64, line);
	}
	if (rest.len > 0)
		return malformed(e, "something follows the armor");
	if (!text_unbase64(buf_span(&base64), &raw))
		return malformed(e, "the armor holds no base64");
	if (!arena_copy(a, buf_span(&raw), &blob))
		return err_budget(e, a);
	return sshsig_parse(blob, out, e);
}

/* The bytes that are signed, whatever the key. */
static void
put_signed(struct span name_space, enum digest_kind hash, struct span message,
    struct buf *out)
{
	struct digest d = digest_of(hash, message);

	buf_text(out, MAGIC);
	buf_str(out, name_space);
	buf_str(out, span_text(""));
	buf_str(out, span_text(digest_rows[hash].ssh_name));
	buf_str(out, digest_span(&d));
}

/* The value of a signature in our form (crypto/signature.h) and back. */
struct algorithm {
	const char		*name;
	enum ssh_kind		 key;
	enum signature_kind	 kind;
	bool			(*read)(struct span in, const struct ssh_key *,
				    struct buf *value);
	void			(*write)(struct span value,
				    const struct ssh_key *, struct buf *out);
};

static bool
read_ed25519(struct span in, const struct ssh_key *k, struct buf *value)
{
	(void)k;
	buf_put(value, in);
	return in.len == 64;
}

static void
write_plain(struct span value, const struct ssh_key *k, struct buf *out)
{
	(void)k;
	buf_put(out, value);
}

/* Some signers drop leading zeros: RFC 8332, section 3, lets them. */
static bool
read_rsa(struct span in, const struct ssh_key *k, struct buf *value)
{
	if (in.len == 0 || in.len > k->modulus.len)
		return false;
	buf_zero(value, k->modulus.len - in.len);
	buf_put(value, in);
	return true;
}

/* RFC 5656, 3.1.2: mpint r, mpint s. */
static bool
read_ecdsa(struct span in, const struct ssh_key *k, struct buf *value)
{
	struct reader r = rd_open(in);
	size_t field = ssh_kinds[k->kind].field;
	struct span n;

	for (int i = 0; i < 2; i++) {
		if (!ssh_mpint(&r, field, &n))
			return false;
		buf_zero(value, field - n.len);
		buf_put(value, n);
	}
	return rd_end(&r);
}

static void
write_ecdsa(struct span value, const struct ssh_key *k, struct buf *out)
{
	struct span r = { value.ptr, value.len / 2 };

	(void)k;
	ssh_put_mpint(out, r);
	ssh_put_mpint(out, span_from(value, r.len));
}

/* The first row of a key's kind is how we sign with it. */
static const struct algorithm algorithms[] = {
	{ "ssh-ed25519", SSH_ED25519, SIGNATURE_ED25519,
	    read_ed25519, write_plain },
	{ "ecdsa-sha2-nistp256", SSH_ECDSA_P256, SIGNATURE_ECDSA_SHA256,
	    read_ecdsa, write_ecdsa },
	{ "ecdsa-sha2-nistp384", SSH_ECDSA_P384, SIGNATURE_ECDSA_SHA384,
	    read_ecdsa, write_ecdsa },
	{ "ecdsa-sha2-nistp521", SSH_ECDSA_P521, SIGNATURE_ECDSA_SHA512,
	    read_ecdsa, write_ecdsa },
	{ "rsa-sha2-512", SSH_RSA, SIGNATURE_RSA_PKCS1_SHA512,
	    read_rsa, write_plain },
	{ "rsa-sha2-256", SSH_RSA, SIGNATURE_RSA_PKCS1_SHA256,
	    read_rsa, write_plain },
	{ "sk-ssh-ed25519@openssh.com", SSH_SK_ED25519, SIGNATURE_ED25519,
	    read_ed25519, write_plain },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", SSH_SK_ECDSA_P256,
	    SIGNATURE_ECDSA_SHA256, read_ecdsa, write_ecdsa },
};

static const struct algorithm *
algorithm_find(struct span name, enum ssh_kind key)
{
	for (size_t i = 0; i < COUNT(algorithms); i++)
		if (algorithms[i].key == key &&
		    span_is(name, algorithms[i].name))
			return &algorithms[i];
	return NULL;
}

static const struct algorithm *
algorithm_for(enum ssh_kind key)
{
	for (size_t i = 0; i < COUNT(algorithms); i++)
		if (algorithms[i].key == key)
			return &algorithms[i];
	abort();
}

/* message borrows; what Ed25519 signs is not hashed before. */
static struct to_be_signed
to_sign(enum signature_kind kind, struct span message)
{
	struct to_be_signed t = { .kind = kind };

	if (signature_rows[kind].whole_message)
		t.message = message;
	else
		t.digest = digest_of(signature_rows[kind].digest, message);
	return t;
}

/*
 * What a security key signs (PROTOCOL.u2f): the hash of its application,
 * flags, counter, and the hash of what others sign.
 */
static bool
wrap_security_key(struct reader *r, const struct ssh_key *k,
    const struct sshsig_rules *rules, struct buf *message, struct err *e)
{
	struct digest application = digest_of(DIGEST_SHA256, k->application);
	struct digest inner = digest_of(DIGEST_SHA256, buf_span(message));
	uint8_t flags = rd_u8(r);
	uint32_t counter = rd_u32be(r);

	if (!rd_ok(r))
		return malformed(e, "flags and counter are missing");
	if (!rules->user_absent && !(flags & FLAG_USER_PRESENT))
		return err_set(e, ERR_SSHSIG_PRESENCE, "nobody touched the "
		    "security key");
	if (rules->user_verified && !(flags & FLAG_USER_VERIFIED))
		return err_set(e, ERR_SSHSIG_VERIFICATION, "the security key "
		    "was used without PIN or fingerprint");
	message->len = 0;
	buf_put(message, digest_span(&application));
	buf_u8(message, flags);
	buf_u32be(message, counter);
	buf_put(message, digest_span(&inner));
	return true;
}

static bool
strong_enough(const struct ssh_key *k, bool rsa_2048, struct err *e)
{
	size_t least = rsa_2048 ? RSA_LEAST_OLD : RSA_LEAST;
	size_t bits = k->modulus.len * 8;

	if (k->modulus.len == 0)
		return true;
	for (unsigned top = k->modulus.ptr[0]; top < 0x80; top <<= 1)
		bits--;
	return bits >= least || err_set(e, ERR_SSH_KEY_WEAK, "the RSA key has "
	    "%zu bits, %zu are the least", bits, least);
}

bool
ssh_signature_check(const struct ssh_key *k, struct span signature,
    const struct sshsig_rules *rules, struct span message, struct err *e)
{
	CLEANUP(buf_done) struct buf value = { 0 }, spki = { 0 }, m = { 0 };
	struct reader r = rd_open(signature);
	struct span name = rd_str(&r), blob = rd_str(&r);
	const struct algorithm *how = algorithm_find(name, k->kind);

	if (!strong_enough(k, rules->rsa_2048, e))
		return false;
	if (!rd_ok(&r))
		return malformed(e, "the signature is cut short");
	if (how == NULL)
		return err_set(e, ERR_SSHSIG, "algorithm \"%s\" is not taken "
		    "for a key of type %s", text_show(name).text,
		    ssh_kinds[k->kind].name);
	buf_put(&m, message);
	if (ssh_kinds[k->kind].security_key &&
	    !wrap_security_key(&r, k, rules, &m, e))
		return false;
	if (!rd_end(&r) || !how->read(blob, k, &value))
		return err_set(e, ERR_SSHSIG, "the signature is none of "
		    "algorithm %s", how->name);
	struct to_be_signed t = to_sign(how->kind, buf_span(&m));
	return ssh_key_spki(k, &spki, e) &&
	    signature_check(buf_span(&spki), &t, buf_span(&value), e);
}

/* public: what must stand in the signature; k: what it says who signed. */
static bool
verify_by(const struct sshsig *s, struct span public, const struct ssh_key *k,
    const struct sshsig_rules *rules, struct span message, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (!span_eq(s->public_key, public))
		return err_set(e, ERR_SSHSIG_KEY, "the signature was made by "
		    "another key");
	if (!span_is(s->name_space, rules->name_space))
		return err_set(e, ERR_SSHSIG_NAMESPACE, "the signature was "
		    "made for \"%s\", not for \"%s\"",
		    text_show(s->name_space).text, rules->name_space);
	put_signed(s->name_space, s->hash, message, &b);
	return ssh_signature_check(k, s->signature, rules, buf_span(&b), e);
}

bool
sshsig_verify(const struct sshsig *s, const struct ssh_key *k,
    const struct sshsig_rules *rules, struct span message, struct err *e)
{
	return verify_by(s, k->blob, k, rules, message, e);
}

bool
sshsig_verify_certified(const struct sshsig *s, const struct ssh_cert *c,
    const struct sshsig_rules *rules, struct span message, struct err *e)
{
	return verify_by(s, c->blob, &c->key, rules, message, e);
}

bool
sshsig_plan(struct arena *a, const struct ssh_key *k, const char *name_space,
    struct span message, struct sshsig_draft *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sshsig_draft d;
	struct span blob, to_be_signed;

	if (ssh_kinds[k->kind].security_key)
		return err_set(e, ERR_SSH_KEY_KIND, "a security key (%s) is a "
		    "person's: the engine cannot sign with it",
		    ssh_kinds[k->kind].name);
	if (!strong_enough(k, false, e))
		return false;
	put_signed(span_text(name_space), DIGEST_SHA512, message, &b);
	if (!arena_copy(a, k->blob, &blob) ||
	    !arena_copy(a, span_text(name_space), &d.name_space) ||
	    !arena_copy(a, buf_span(&b), &to_be_signed))
		return err_budget(e, a);
	if (!ssh_key_parse(blob, &d.key, e))
		return false;
	d.to_be_signed = to_sign(algorithm_for(k->kind)->kind, to_be_signed);
	*out = d;
	return true;
}

static void
put_armored(struct span blob, struct buf *out)
{
	CLEANUP(buf_done) struct buf base64 = { 0 };
	struct span line;

	text_base64(blob, &base64);
	buf_printf(out, "%s\n", armor_begin);
	for (size_t at = 0; at < base64.len; at += LINE_WIDTH) {
		size_t left = base64.len - at;

		if (!span_cut(buf_span(&base64), at,
		    left < LINE_WIDTH ? left : LINE_WIDTH, &line))
			abort();
		buf_put(out, line);
		buf_u8(out, '\n');
	}
	buf_printf(out, "%s\n", armor_end);
}

bool
sshsig_finish(const struct sshsig_draft *d, struct span value,
    struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf blob = { 0 }, inner = { 0 }, raw = { 0 };
	CLEANUP(buf_done) struct buf spki = { 0 };
	const struct algorithm *how = algorithm_for(d->key.kind);

	if (!ssh_key_spki(&d->key, &spki, e) ||
	    !signature_check(buf_span(&spki), &d->to_be_signed, value, e))
		return false;
	how->write(value, &d->key, &raw);
	buf_str(&inner, span_text(how->name));
	buf_str(&inner, buf_span(&raw));
	buf_text(&blob, MAGIC);
	buf_u32be(&blob, VERSION);
	buf_str(&blob, d->key.blob);
	buf_str(&blob, d->name_space);
	buf_str(&blob, span_text(""));
	buf_str(&blob, span_text(digest_rows[DIGEST_SHA512].ssh_name));
	buf_str(&blob, buf_span(&inner));
	put_armored(buf_span(&blob), out);
	return true;
}

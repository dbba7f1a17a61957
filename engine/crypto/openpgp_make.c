/* openpgp_make - see openpgp_make.h. */
#include <string.h>

#include "base/text.h"
#include "crypto/openpgp.h"
#include "crypto/openpgp_make.h"

#define SECOND	1000	/* ms */

/* What a signature says anew, whatever the one before it said. */
static const bool renewed[OPENPGP_SUBPACKETS] = {
	[OPENPGP_SIGNED_AT]	= true,
	[OPENPGP_SIGNATURE_ENDS] = true,
	[OPENPGP_KEY_ENDS]	= true,
	[OPENPGP_ISSUER_ID]	= true,
	[OPENPGP_ISSUER]	= true,
	[OPENPGP_EMBEDDED]	= true,
	[OPENPGP_PRIMARY_NAME]	= true,
};

/* ---- user ids ---- */
static bool
name_bad(struct err *e, const char *why)
{
	return err_set(e, ERR_OPENPGP_USER_ID, "%s", why);
}

static bool
is_visible(struct span s)
{
	CLEANUP(buf_done) struct buf shown = { 0 };

	text_visible(s, &shown);
	return span_eq(buf_span(&shown), s);
}

static size_t
count_of(struct span s, const char *characters)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != 0 && strchr(characters, s.ptr[i]) != NULL)
			n++;
	return n;
}

bool
openpgp_name_check(struct span name, struct err *e)
{
	size_t at = span_find(name, SPAN_TEXT(" <")), sign;
	struct span mail;

	if (name.len == 0 || name.len > OPENPGP_NAME)
		return name_bad(e, "a user id is empty, or has more than 255 "
		    "bytes");
	if (!text_utf8(name) || !is_visible(name))
		return name_bad(e, "a user id is no UTF-8, or has control "
		    "characters in it");
	if (at == SIZE_MAX || at == 0 || name.ptr[0] == ' ' ||
	    count_of(name, "<") != 1 || count_of(name, ">") != 1 ||
	    !span_ends(name, ">"))
		return name_bad(e, "a user id is not \"Name <mail>\"");
	mail = span_from(name, at + 2);
	mail.len--;
	sign = span_find(mail, SPAN_TEXT("@"));
	if (sign == SIZE_MAX || sign == 0 || sign + 1 == mail.len ||
	    count_of(mail, "@") != 1 || count_of(mail, " \"(),:;[]\\") > 0)
		return name_bad(e, "what stands between < and > in a user id "
		    "is no mail address");
	return true;
}

/* ---- parts ---- */
void
openpgp_make_begin(const struct openpgp_v4_key *k,
    struct openpgp_certificate *out)
{
	out->parts[0] = (struct openpgp_part){ .tag = OPENPGP_KEY,
	    .body = k->body, .key = *k };
	out->count = 1;
}

static bool
part_new(struct openpgp_certificate *c, struct openpgp_part part,
    size_t *out, struct err *e)
{
	if (c->count == OPENPGP_PARTS)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d user ids and "
		    "subkeys", OPENPGP_PARTS - 1);
	*out = c->count;
	c->parts[c->count++] = part;
	return true;
}

bool
openpgp_make_name(struct openpgp_certificate *c, struct span name,
    struct arena *a, size_t *part, struct err *e)
{
	struct openpgp_part p = { .tag = OPENPGP_USER_ID };

	if (!openpgp_name_check(name, e))
		return false;
	for (size_t i = 1; i < c->count; i++)
		if (c->parts[i].tag == OPENPGP_USER_ID &&
		    span_eq(c->parts[i].body, name))
			return name_bad(e, "a user id is there twice");
	if (!arena_copy(a, name, &p.body))
		return err_budget(e, a);
	return part_new(c, p, part, e);
}

bool
openpgp_make_subkey(struct openpgp_certificate *c,
    const struct openpgp_v4_key *k, size_t *part, struct err *e)
{
	const struct openpgp_part p = { .tag = OPENPGP_SUBKEY,
	    .body = k->body, .key = *k };

	for (size_t i = 0; i < c->count; i++)
		if (span_eq(c->parts[i].key.spki, k->spki))
			return err_set(e, ERR_OPENPGP_SUBKEY, "the subkey is "
			    "in the certificate already");
	return part_new(c, p, part, e);
}

/* ---- plans ---- */
static bool
plan(const struct openpgp_certificate *c, size_t part, uint8_t type,
    const struct openpgp_v4_key *by, const struct openpgp_terms *t,
    struct span subpackets, struct arena *a, struct openpgp_draft *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf object = { 0 };
	enum digest_kind digest;

	openpgp_part_object(c, part, &object);
	return openpgp_digest_for(by, t->digest, &digest, e) &&
	    openpgp_signature_plan(type, by, digest, t->at, subpackets,
	    buf_span(&object), a, out, e);
}

bool
openpgp_make_back(const struct openpgp_certificate *c, size_t part,
    const struct openpgp_terms *t, struct arena *a, struct openpgp_draft *out,
    struct err *e)
{
	return plan(c, part, OPENPGP_BACK, &c->parts[part].key, t,
	    (struct span){ 0 }, a, out, e);
}

/* RFC 9580, 9: SHA-512, SHA-384, SHA-256; AES of each size; nothing packed. */
static void
put_preferences(const struct openpgp_terms *t, struct buf *out)
{
	static const uint8_t ciphers[] = { 9, 8, 7 };
	static const uint8_t hashes[] = { 10, 9, 8 };
	static const uint8_t compressions[] = { 0 };
	static const uint8_t features[] = { 0x01 };	/* SEIPD, version 1 */
	static const uint8_t server[] = { 0x80 };	/* no-modify */

	openpgp_put_bytes(OPENPGP_FLAGS, (struct span){ &t->flags, 1 }, out);
	openpgp_put_bytes(OPENPGP_CIPHERS, SPAN(ciphers), out);
	openpgp_put_bytes(OPENPGP_HASHES, SPAN(hashes), out);
	openpgp_put_bytes(OPENPGP_COMPRESSIONS, SPAN(compressions), out);
	openpgp_put_bytes(OPENPGP_FEATURES, SPAN(features), out);
	openpgp_put_bytes(OPENPGP_SERVER, SPAN(server), out);
}

static bool
is_first_name(const struct openpgp_certificate *c, size_t part)
{
	for (size_t i = 1; i < part; i++)
		if (c->parts[i].tag == OPENPGP_USER_ID)
			return false;
	return openpgp_primary_name(c) == NULL;
}

static void
put_of_name(const struct openpgp_certificate *c, size_t part,
    const struct openpgp_terms *t, struct buf *out)
{
	static const uint8_t yes = 1;
	const struct openpgp_part *p = &c->parts[part];
	const struct openpgp_part *name = openpgp_primary_name(c);
	const struct openpgp_signature *like = p->self != NULL ? p->self :
	    name != NULL ? name->self : NULL;

	if (like != NULL)
		openpgp_put_others(like->subpackets, renewed, out);
	else
		put_preferences(t, out);
	if (p->self != NULL ? p->self->primary : is_first_name(c, part))
		openpgp_put_bytes(OPENPGP_PRIMARY_NAME,
		    (struct span){ &yes, 1 }, out);
}

static void
put_of_subkey(const struct openpgp_certificate *c, size_t part,
    const struct openpgp_terms *t, struct buf *out)
{
	static const uint8_t flags = OPENPGP_MAY_SIGN;
	const struct openpgp_part *p = &c->parts[part];
	struct span back = p->self != NULL ? p->self->embedded : t->back;

	if (p->self != NULL)
		openpgp_put_others(p->self->subpackets, renewed, out);
	else
		openpgp_put_bytes(OPENPGP_FLAGS, (struct span){ &flags, 1 },
		    out);
	if (back.len > 0)
		openpgp_put_bytes(OPENPGP_EMBEDDED, back, out);
}

/* What binds parts of each kind, and what else it says. */
static const struct {
	uint8_t	type;
	void	(*put)(const struct openpgp_certificate *, size_t part,
		    const struct openpgp_terms *, struct buf *);
} selves[OPENPGP_TAGS] = {
	[OPENPGP_USER_ID]	= { OPENPGP_POSITIVE, put_of_name },
	[OPENPGP_ATTRIBUTE]	= { OPENPGP_POSITIVE, put_of_name },
	[OPENPGP_SUBKEY]	= { OPENPGP_BINDING, put_of_subkey },
	[OPENPGP_KEY]		= { OPENPGP_DIRECT, put_of_name },
};

bool
openpgp_goes_on(const struct openpgp_certificate *c, size_t part)
{
	const struct openpgp_part *p = &c->parts[part];

	return p->self != NULL && p->revoked == NULL &&
	    (p->tag != OPENPGP_SUBKEY ||
	    openpgp_part_ends(c, part) >= openpgp_part_ends(c, 0));
}

/* Ends are written as seconds from the creation of the key they are for. */
bool
openpgp_make_self(const struct openpgp_certificate *c, size_t part,
    const struct openpgp_terms *t, struct arena *a, struct openpgp_draft *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf area = { 0 };
	const struct openpgp_part *p = &c->parts[part];
	int64_t from = p->tag == OPENPGP_SUBKEY ? p->key.created :
	    c->parts[0].key.created;
	int64_t seconds = (t->ends - from) / SECOND;

	if (t->ends <= t->at || seconds <= 0 || seconds > UINT32_MAX)
		return err_set(e, ERR_OPENPGP_DATE, "the certificate would "
		    "expire before it begins, or has no date in 32 bits");
	openpgp_put_seconds(OPENPGP_KEY_ENDS, seconds, &area);
	selves[p->tag].put(c, part, t, &area);
	return plan(c, part, selves[p->tag].type, &c->parts[0].key, t,
	    buf_span(&area), a, out, e);
}

bool
openpgp_make_revocation(const struct openpgp_certificate *c, size_t part,
    const struct openpgp_terms *t, enum openpgp_reason reason,
    struct span text, struct arena *a, struct openpgp_draft *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf why = { 0 }, area = { 0 };

	if (text.len > OPENPGP_WHY || !text_utf8(text) || !is_visible(text))
		return err_set(e, ERR_OPENPGP_REASON, "the text of the reason "
		    "has more than %d bytes, is no UTF-8, or has control "
		    "characters in it", OPENPGP_WHY);
	buf_u8(&why, (uint8_t)reason);
	buf_put(&why, text);
	openpgp_put_bytes(OPENPGP_REASON, buf_span(&why), &area);
	return plan(c, part, part == 0 ? OPENPGP_REVOKE_KEY :
	    OPENPGP_REVOKE_SUBKEY, &c->parts[0].key, t, buf_span(&area), a,
	    out, e);
}

/* ---- values ---- */

/* Those of other types, and by others, stay. */
static void
drop_older(struct openpgp_part *p, const struct openpgp_v4_key *primary,
    uint8_t type)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct openpgp_signature *s = &p->signatures[i];
		bool binds = type == OPENPGP_POSITIVE ?
		    s->type >= OPENPGP_CERTIFY && s->type <= OPENPGP_POSITIVE :
		    s->type == type;

		if (!binds || !openpgp_issued_by(s, primary))
			p->signatures[kept++] = *s;
	}
	p->count = kept;
}

bool
openpgp_make_put(struct openpgp_certificate *c, size_t part,
    const struct openpgp_draft *d, struct span value, struct arena *a,
    struct err *e)
{
	struct openpgp_part *p = &c->parts[part];
	struct span body;

	if (!openpgp_signature_finish(d, value, a, &body, e))
		return false;
	struct reader r = rd_open(body);
	rd_u8(&r);
	uint8_t type = rd_u8(&r);
	if (type == selves[p->tag].type)
		drop_older(p, &c->parts[0].key, type);
	return openpgp_part_add(c, part, body, a, e);
}

/* ---- revocations in a file of their own ---- */
static const char block[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

void
openpgp_revocation_write(const struct openpgp_certificate *c,
    struct span body, struct buf *out)
{
	CLEANUP(buf_done) struct buf packet = { 0 };
	const struct openpgp_part *name = openpgp_primary_name(c);

	buf_text(out, "This is a revocation certificate for the OpenPGP key\n"
	    "\n    ");
	text_hex(openpgp_fingerprint(&c->parts[0].key), out);
	buf_text(out, "\n    ");
	if (name != NULL)
		text_visible(name->body, out);
	buf_text(out, "\n\nWhoever publishes it ends that key for everybody, "
	    "and nothing takes it back.\nKeep it where few people reach it, "
	    "and apart from the token.\n\nAgainst use by mistake a colon "
	    "stands before the dashes below: take it away to\nimport the "
	    "certificate with gpg. 'tagseal certificate openpgp-revoke' takes "
	    "the\nfile as it is.\n\n:");
	openpgp_packet_put(OPENPGP_SIGNATURE, body, &packet);
	openpgp_armor_comment(buf_span(&packet), "This is a revocation "
	    "certificate", out);
}

bool
openpgp_revocation_read(const struct openpgp_certificate *c,
    struct span file, struct arena *a, struct span *body, struct err *e)
{
	CLEANUP(buf_done) struct buf object = { 0 };
	size_t at = span_find(file, SPAN_TEXT(block));
	const struct openpgp_v4_key *k = &c->parts[0].key;
	struct openpgp_packet packet;
	struct openpgp_signature s;
	struct span packets;

	if (!openpgp_unarmor(a, at == SIZE_MAX ? file : span_from(file, at),
	    &packets, e))
		return false;
	struct reader r = rd_open(packets);
	if (!openpgp_packet_read(&r, &packet, e))
		return false;
	if (packet.tag != OPENPGP_SIGNATURE || rd_left(&r) > 0)
		return openpgp_broken(e, "the file is not one revocation "
		    "certificate");
	openpgp_object_key(k, &object);
	if (!openpgp_signature_read(packet.body, &s, e))
		return false;
	if (s.type != OPENPGP_REVOKE_KEY || !openpgp_issued_by(&s, k))
		return err_set(e, ERR_OPENPGP_SIGNATURE, "it revokes another "
		    "key than the certificate's");
	*body = packet.body;
	return openpgp_signature_check(&s, k, buf_span(&object), e);
}

int64_t
openpgp_newest(const struct openpgp_certificate *c)
{
	int64_t newest = 0;

	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->parts[i].count; k++) {
			const struct openpgp_signature *s =
			    &c->parts[i].signatures[k];

			if (openpgp_issued_by(s, &c->parts[0].key) &&
			    s->created > newest)
				newest = s->created;
		}
	return newest;
}

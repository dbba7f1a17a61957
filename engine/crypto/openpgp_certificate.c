/* openpgp_certificate - see openpgp_certificate.h. */
#include "base/text.h"
#include "crypto/openpgp.h"
#include "crypto/openpgp_certificate.h"

#define SECOND	1000	/* ms */

/* Which signatures of its own a part may have. */
static const struct {
	uint8_t	least, most;	/* types that bind it */
	uint8_t	revokes;
} own[OPENPGP_TAGS] = {
	[OPENPGP_KEY]		= { OPENPGP_DIRECT, OPENPGP_DIRECT,
	    OPENPGP_REVOKE_KEY },
	[OPENPGP_USER_ID]	= { OPENPGP_CERTIFY, OPENPGP_POSITIVE,
	    OPENPGP_REVOKE_NAME },
	[OPENPGP_ATTRIBUTE]	= { OPENPGP_CERTIFY, OPENPGP_POSITIVE,
	    OPENPGP_REVOKE_NAME },
	[OPENPGP_SUBKEY]	= { OPENPGP_BINDING, OPENPGP_BINDING,
	    OPENPGP_REVOKE_SUBKEY },
};

static bool
is_key(const struct openpgp_part *p)
{
	return p->tag == OPENPGP_KEY || p->tag == OPENPGP_SUBKEY;
}

void
openpgp_part_object(const struct openpgp_certificate *c, size_t part,
    struct buf *out)
{
	const struct openpgp_part *p = &c->parts[part];

	openpgp_object_key(&c->parts[0].key, out);
	if (p->tag == OPENPGP_SUBKEY)
		openpgp_object_key(&p->key, out);
	else if (part > 0)
		openpgp_object_name(p->body, p->tag == OPENPGP_ATTRIBUTE, out);
}

/* ---- signatures of a part ---- */

/* The subkey says that it belongs to the primary key (RFC 9580, 10.1.5). */
static bool
back_check(const struct openpgp_part *p, const struct openpgp_signature *s,
    struct span object, struct err *e)
{
	struct openpgp_signature back;
	struct err broken;

	if (!openpgp_may_sign(s) || (!s->flagged && p->key.spki.len == 0))
		return true;
	if (s->embedded.len == 0)
		return err_set(e, ERR_OPENPGP_BACK, "it may sign, and its "
		    "binding holds no signature by the subkey");
	if (!openpgp_signature_read(s->embedded, &back, &broken) ||
	    back.type != OPENPGP_BACK || back.created < p->key.created ||
	    !openpgp_signature_check(&back, &p->key, object, &broken))
		return err_set(e, ERR_OPENPGP_BACK, "the signature by the "
		    "subkey in its binding is bad");
	return true;
}

bool
openpgp_is_hard(const struct openpgp_signature *s)
{
	return s->reason != OPENPGP_SUPERSEDED && s->reason != OPENPGP_RETIRED;
}

/*
 * Of revocations of a key a hard one counts most, then the earliest: it is for
 * good. A name may be certified again, so the last one counts.
 */
static bool
revokes_more(const struct openpgp_part *p, const struct openpgp_signature *s)
{
	if (p->revoked == NULL)
		return true;
	if (!is_key(p))
		return s->created > p->revoked->created;
	if (openpgp_is_hard(s) != openpgp_is_hard(p->revoked))
		return openpgp_is_hard(s);
	return s->created < p->revoked->created;
}

static void
part_judge(struct openpgp_part *p, const struct openpgp_v4_key *primary)
{
	p->self = p->revoked = NULL;
	for (size_t i = 0; i < p->count; i++) {
		const struct openpgp_signature *s = &p->signatures[i];

		if (!openpgp_issued_by(s, primary))
			continue;
		if (s->type != own[p->tag].revokes) {
			if (p->self == NULL || s->created >= p->self->created)
				p->self = s;
		} else if (revokes_more(p, s)) {
			p->revoked = s;
		}
	}
	if (!is_key(p) && p->self != NULL && p->revoked != NULL &&
	    p->self->created > p->revoked->created)
		p->revoked = NULL;
}

static bool
own_check(const struct openpgp_certificate *c, size_t part,
    const struct openpgp_signature *s, struct err *e)
{
	CLEANUP(buf_done) struct buf object = { 0 };
	const struct openpgp_part *p = &c->parts[part];
	bool revokes = s->type == own[p->tag].revokes;

	if (!revokes && (s->type < own[p->tag].least ||
	    s->type > own[p->tag].most))
		return openpgp_broken(e, "a signature of its own stands "
		    "where it has no place");
	if (s->created < c->parts[0].key.created)
		return err_set(e, ERR_OPENPGP_DATE, "a signature is older than "
		    "the key that made it");
	openpgp_part_object(c, part, &object);
	return openpgp_signature_check(s, &c->parts[0].key, buf_span(&object),
	    e) && (revokes || p->tag != OPENPGP_SUBKEY ||
	    back_check(p, s, buf_span(&object), e));
}

static bool
part_put(struct openpgp_part *p, const struct openpgp_signature *s,
    struct arena *a, struct err *e)
{
	struct openpgp_signature *grown = arena_grow(a, p->signatures,
	    p->count, sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, a);
	grown[p->count++] = *s;
	p->signatures = grown;
	return true;
}

bool
openpgp_part_add(struct openpgp_certificate *c, size_t part, struct span body,
    struct arena *a, struct err *e)
{
	struct openpgp_part *p = &c->parts[part];
	struct openpgp_signature s;

	if (!openpgp_signature_read(body, &s, e))
		return false;
	if (!openpgp_issued_by(&s, &c->parts[0].key))
		return err_set(e, ERR_OPENPGP_SIGNATURE, "it is not by the "
		    "primary key of this certificate");
	if (!own_check(c, part, &s, e) || !part_put(p, &s, a, e))
		return false;
	part_judge(p, &c->parts[0].key);
	return true;
}

/* ---- reading ---- */

/* One of two parts might be revoked, and the other not. */
static bool
is_there(const struct openpgp_certificate *c,
    const struct openpgp_packet *packet)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->parts[i].tag == packet->tag &&
		    span_eq(c->parts[i].body, packet->body))
			return true;
	return false;
}

static bool
part_begin(struct openpgp_certificate *c, const struct openpgp_packet *packet,
    struct arena *a, struct err *e)
{
	struct openpgp_part *p = &c->parts[c->count];

	if (c->count == OPENPGP_PARTS)
		return err_set(e, ERR_LIMIT_SIZE, "more than %d user ids and "
		    "subkeys", OPENPGP_PARTS - 1);
	if (is_there(c, packet))
		return openpgp_broken(e, "a user id or subkey is there twice");
	*p = (struct openpgp_part){ .tag = packet->tag, .body = packet->body };
	c->count++;
	return !is_key(p) || openpgp_key_read(p->body, a, &p->key, e);
}

static bool
packets_take(struct openpgp_certificate *c, struct span packets,
    struct arena *a, struct err *e)
{
	struct reader r = rd_open(packets);
	struct openpgp_packet packet;
	struct openpgp_signature s;

	while (rd_left(&r) > 0) {
		if (!openpgp_packet_read(&r, &packet, e))
			return false;
		if (packet.tag != OPENPGP_SIGNATURE) {
			if (!part_begin(c, &packet, a, e))
				return false;
		} else if (!openpgp_signature_read(packet.body, &s, e) ||
		    !part_put(&c->parts[c->count - 1], &s, a, e)) {
			return false;
		}
	}
	return true;
}

static struct shown
part_name(const struct openpgp_part *p)
{
	CLEANUP(buf_done) struct buf hex = { 0 };

	if (p->tag == OPENPGP_USER_ID)
		return text_show(p->body);
	if (p->tag == OPENPGP_ATTRIBUTE)
		return text_show(span_text("user attribute"));
	buf_text(&hex, p->tag == OPENPGP_KEY ? "key " : "subkey ");
	text_hex(openpgp_fingerprint(&p->key), &hex);
	return text_show(buf_span(&hex));
}

static bool
part_check(const struct openpgp_certificate *c, size_t part, size_t *left,
    struct err *e)
{
	const struct openpgp_part *p = &c->parts[part];

	for (size_t i = 0; i < p->count; i++) {
		const struct openpgp_signature *s = &p->signatures[i];

		if (!openpgp_issued_by(s, &c->parts[0].key))
			continue;
		if ((*left)-- == 0)
			return err_set(e, ERR_LIMIT_SIZE, "more than %d "
			    "signatures by its own key", OPENPGP_SELF);
		if (!own_check(c, part, s, e))
			return false;
	}
	return true;
}

static bool
parts_check(struct openpgp_certificate *c, struct err *e)
{
	size_t left = OPENPGP_SELF;

	if (c->parts[0].key.spki.len == 0)
		return err_set(e, ERR_ALGORITHM_UNKNOWN, "the primary key has "
		    "algorithm %u, which is not known here",
		    c->parts[0].key.algorithm);
	for (size_t i = 0; i < c->count; i++) {
		struct openpgp_part *p = &c->parts[i];

		if (!part_check(c, i, &left, e))
			return err_at(e, "%s", part_name(p).text);
		part_judge(p, &c->parts[0].key);
		if (i > 0 && p->self == NULL && p->revoked == NULL) {
			err_set(e, ERR_OPENPGP_SIGNATURE, "nothing signed by "
			    "the primary key binds it");
			return err_at(e, "%s", part_name(p).text);
		}
	}
	return openpgp_primary_name(c) != NULL || err_set(e,
	    ERR_OPENPGP_USER_ID, "no user id is in force");
}

bool
openpgp_certificate_read(struct arena *a, struct span file,
    struct openpgp_certificate *out, struct err *e)
{
	struct openpgp_public *keys;
	size_t count;

	if (!openpgp_split(a, file, &keys, &count, e))
		return false;
	if (count != 1)
		return err_set(e, ERR_OPENPGP_SEVERAL, "the file holds %zu "
		    "certificates, not one", count);
	out->count = 0;
	return packets_take(out, keys[0].packets, a, e) && parts_check(out, e);
}

/* ---- what it says ---- */
const struct openpgp_part *
openpgp_primary_name(const struct openpgp_certificate *c)
{
	const struct openpgp_part *best = NULL;

	for (size_t i = 1; i < c->count; i++) {
		const struct openpgp_part *p = &c->parts[i];

		if (p->tag != OPENPGP_USER_ID || p->self == NULL ||
		    p->revoked != NULL)
			continue;
		if (best == NULL || p->self->primary > best->self->primary ||
		    (p->self->primary == best->self->primary &&
		    p->self->created > best->self->created))
			best = p;
	}
	return best;
}

static int64_t
ends_by(const struct openpgp_v4_key *k, const struct openpgp_signature *s)
{
	int64_t key = s->key_ends == 0 ? OPENPGP_NEVER :
	    k->created + (int64_t)s->key_ends * SECOND;
	int64_t own_end = s->ends == 0 ? OPENPGP_NEVER :
	    s->created + (int64_t)s->ends * SECOND;

	return key < own_end ? key : own_end;
}

/* The primary key's end stands with its name, or with the key: the earlier. */
int64_t
openpgp_part_ends(const struct openpgp_certificate *c, size_t part)
{
	const struct openpgp_part *p = &c->parts[part];
	const struct openpgp_part *name = openpgp_primary_name(c);
	int64_t ends = 0, other;

	if (p->self != NULL)
		ends = ends_by(&p->key, p->self);
	if (part > 0 || name == NULL)
		return ends;
	other = ends_by(&p->key, name->self);
	return p->self == NULL || other < ends ? other : ends;
}

static bool
may_sign(const struct openpgp_certificate *c, const struct openpgp_part *p)
{
	const struct openpgp_part *name = openpgp_primary_name(c);
	const struct openpgp_signature *s = p->tag == OPENPGP_KEY ?
	    (name == NULL ? NULL : name->self) : p->self;

	return c->parts[0].revoked == NULL && p->revoked == NULL &&
	    s != NULL && openpgp_may_sign(s);
}

const struct openpgp_part *
openpgp_signing_key(const struct openpgp_certificate *c, struct span spki)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct openpgp_part *p = &c->parts[i];

		if (is_key(p) && p->key.spki.len > 0 &&
		    span_eq(p->key.spki, spki) && may_sign(c, p))
			return p;
	}
	return NULL;
}

/* ---- writing ---- */
static void
part_write(const struct openpgp_part *p, struct buf *out)
{
	openpgp_packet_put(p->tag, p->body, out);
	for (size_t i = 0; i < p->count; i++)
		openpgp_packet_put(OPENPGP_SIGNATURE, p->signatures[i].body,
		    out);
}

/* Subkeys come last, wherever they were put. */
void
openpgp_certificate_write(const struct openpgp_certificate *c,
    struct buf *out)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->parts[i].tag != OPENPGP_SUBKEY)
			part_write(&c->parts[i], out);
	for (size_t i = 0; i < c->count; i++)
		if (c->parts[i].tag == OPENPGP_SUBKEY)
			part_write(&c->parts[i], out);
}

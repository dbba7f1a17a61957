/* openpgp_ends - until when OpenPGP keys count: see ends.h. */
#include "crypto/ends.h"
#include "crypto/openpgp.h"
#include "crypto/openpgp_packet.h"
#include "crypto/openpgp_signature.h"

/* A key or subkey, with the newest of what its owner said of it. */
struct key {
	struct openpgp_v4_key		about;
	bool				primary;
	bool				revoked;
	bool				described;
	struct openpgp_signature	newest;
};

/* A key of a file, while its packets are gone through. */
struct going {
	struct key	 owner;
	struct key	 last;		/* the owner, or a subkey behind it */
	struct arena	*arena;
	struct ends	*list;
};

/* false: of another version, or no key that counts for anything here. */
static bool
key_read(struct going *g, struct span body, bool primary, struct key *out)
{
	struct err ignored;

	*out = (struct key){ .primary = primary };
	return openpgp_key_read(body, g->arena, &out->about, &ignored);
}

/* Is it the word of a key's owner about this key, and of which kind? */
static bool
describes(const struct key *k, uint8_t type)
{
	return k->primary ? (type >= OPENPGP_CERTIFY &&
	    type <= OPENPGP_POSITIVE) || type == OPENPGP_DIRECT :
	    type == OPENPGP_BINDING;
}

/* Signatures stand behind what they are about. */
static void
signature_take(struct going *g, struct span body)
{
	struct openpgp_signature s;
	struct key *k = &g->last;
	struct err ignored;

	if (!openpgp_signature_read(body, &s, &ignored) ||
	    !openpgp_issued_by(&s, &g->owner.about))
		return;
	if (s.type == (k->primary ? OPENPGP_REVOKE_KEY :
	    OPENPGP_REVOKE_SUBKEY))
		k->revoked = true;
	if (!describes(k, s.type) || (k->described &&
	    s.created < k->newest.created))
		return;
	k->newest = s;
	k->described = true;
}

static int64_t
end_of(const struct key *k)
{
	return k->newest.key_ends == 0 ? END_NEVER :
	    k->about.created + (int64_t)k->newest.key_ends * 1000;
}

static bool
key_add(struct going *g, const struct key *k, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	struct span id = openpgp_key_id(&k->about), kept;
	bool signs = k->primary || openpgp_may_sign(&k->newest);

	if (k->revoked || !k->described || !signs)
		return true;
	buf_text(&name, k->primary ? "key " : "subkey ");
	for (size_t i = 0; i < id.len; i++)
		buf_printf(&name, "%02X", id.ptr[i]);
	return (arena_copy(g->arena, buf_span(&name), &kept) ||
	    err_budget(e, g->arena)) &&
	    ends_add(g->list, g->arena, kept, end_of(k), e);
}

/* All that is said of the one before has been read. */
static bool
last_done(struct going *g, struct err *e)
{
	if (g->last.primary)
		g->owner = g->last;
	return g->owner.revoked || key_add(g, &g->last, e);
}

static bool
public_add(const struct openpgp_public *p, struct arena *a,
    struct ends *list, struct err *e)
{
	struct reader r = rd_open(p->packets);
	struct going g = { .arena = a, .list = list };
	struct openpgp_packet one;

	if (!openpgp_packet_read(&r, &one, e))
		return false;
	if (!key_read(&g, one.body, true, &g.owner))
		return true;
	g.last = g.owner;
	while (rd_left(&r) > 0) {
		if (!openpgp_packet_read(&r, &one, e))
			return false;
		if (one.tag == OPENPGP_SIGNATURE)
			signature_take(&g, one.body);
		if (one.tag != OPENPGP_SUBKEY)
			continue;
		if (!last_done(&g, e))
			return false;
		g.last.revoked = !key_read(&g, one.body, false, &g.last);
	}
	return last_done(&g, e);
}

bool
ends_of_openpgp(struct span bytes, struct arena *a, struct ends *out,
    struct err *e)
{
	struct ends list = { .count = 0 };
	struct openpgp_public *keys;
	size_t count;

	if (!openpgp_split(a, bytes, &keys, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!public_add(&keys[i], a, &list, e))
			return false;
	*out = list;
	return true;
}

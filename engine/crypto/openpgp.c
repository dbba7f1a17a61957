/* openpgp - see openpgp.h. */
#include "crypto/openpgp.h"
#include "crypto/openpgp_packet.h"

/* RFC 9580, 5: what a packet is, by its type. */
enum use {
	USE_NONE,	/* has no place among public keys */
	USE_KEY,	/* begins one */
	USE_PART,	/* belongs to the one before */
	USE_NAME,	/* so does this, and is a user id */
	USE_PADDING,	/* is dropped: marker, trust, padding, comment */
	USE_SECRET,
};
static const uint8_t uses[OPENPGP_TAGS] = {
	[OPENPGP_SIGNATURE]	= USE_PART,
	[OPENPGP_SECRET_KEY]	= USE_SECRET,
	[OPENPGP_KEY]		= USE_KEY,
	[OPENPGP_SECRET_SUBKEY]	= USE_SECRET,
	[OPENPGP_MARKER]	= USE_PADDING,
	[OPENPGP_TRUST]		= USE_PADDING,
	[OPENPGP_USER_ID]	= USE_NAME,
	[OPENPGP_SUBKEY]	= USE_PART,
	[OPENPGP_ATTRIBUTE]	= USE_PART,
	[OPENPGP_PADDING]	= USE_PADDING,
	[OPENPGP_COMMENT]	= USE_PADDING,
};

/* A key being put together; parts of it lie one behind the other. */
struct gathering {
	struct arena		*arena;
	struct openpgp_public	*all;
	size_t			 count;
	struct buf		 packets;	/* of the last one */
};

static bool
finish(struct gathering *g, struct err *e)
{
	if (g->count == 0)
		return true;
	if (!arena_copy(g->arena, buf_span(&g->packets),
	    &g->all[g->count - 1].packets))
		return err_budget(e, g->arena);
	g->packets.len = 0;
	return true;
}

static bool
begin(struct gathering *g, struct err *e)
{
	if (!finish(g, e))
		return false;
	struct openpgp_public *grown = arena_grow(g->arena, g->all, g->count,
	    sizeof(*grown));
	if (grown == NULL)
		return err_budget(e, g->arena);
	grown[g->count++] = (struct openpgp_public){ .name_count = 0 };
	g->all = grown;
	return true;
}

static bool
take(struct gathering *g, const struct openpgp_packet *p, struct err *e)
{
	enum use use = uses[p->tag];

	if (use == USE_SECRET)
		return err_set(e, ERR_OPENPGP_SECRET, "a secret key is among "
		    "the public ones");
	if (use == USE_PADDING)
		return true;
	if (use == USE_KEY && !begin(g, e))
		return false;
	if (use == USE_NONE || g->count == 0)
		return openpgp_broken(e, "a packet has no place among "
		    "public keys");
	struct openpgp_public *k = &g->all[g->count - 1];
	if (use == USE_NAME && k->name_count < OPENPGP_NAMES)
		k->names[k->name_count++] = p->body;
	buf_put(&g->packets, p->whole);
	return true;
}

static bool
gather(struct gathering *g, struct span packets, struct err *e)
{
	struct reader r = rd_open(packets);
	struct openpgp_packet p;

	while (rd_left(&r) > 0)
		if (!openpgp_packet_read(&r, &p, e) || !take(g, &p, e))
			return false;
	return finish(g, e);
}

bool
openpgp_split(struct arena *a, struct span file,
    struct openpgp_public **out, size_t *count, struct err *e)
{
	struct gathering g = { .arena = a };
	struct span packets;

	if (!openpgp_unarmor(a, file, &packets, e))
		return false;
	bool good = gather(&g, packets, e);
	buf_done(&g.packets);
	if (!good)
		return false;
	if (g.count == 0)
		return openpgp_broken(e, "the file holds no OpenPGP key");
	*out = g.all;
	*count = g.count;
	return true;
}

/*
 * cab - cabinets of Microsoft: Authenticode. containers/cab.c takes them apart
 * and puts them together.
 *
 * The signature stands behind the cabinet; the header's reserve tells where
 * it is and how long:
 *
 *	CFHEADER (36)  sizes of reserves (4)
 *	u16 0, u16 16, u32 offset, u32 size, 8 zeros [more zeros]
 *	CFFOLDERs, CFFILEs, data  |  message [zeros]
 *
 * A header without such a reserve gets one, which moves all the rest; what is
 * signed is the cabinet as it is then. A larger reserve is kept.
 *
 * Outside of the signature are the first reserved field, the sizes of reserves
 * and the header's reserve. Each has one value that is taken (cab_parse.c).
 */
#include "base/limits.h"
#include "containers/cab.h"
#include "crypto/der.h"
#include "formats/cab.h"
#include "formats/embedded.h"
#include "formats/known.h"
#include "formats/whole.h"

#define ALIGNMENT	8u		/* of the signature's length */

extern const struct container cab_container;

static int
cab_probe(struct span head)
{
	return cab_container.probe(head);
}

/* Whether a signature has its place in the header. */
static bool
room_check(const struct cabinet *c, struct err *e)
{
	uint64_t grown = (uint64_t)c->size + CAB_RESERVES_SIZE +
	    CAB_SIGNED_SIZE;

	if (!c->free)
		return err_set(e, ERR_CAB_RESERVE, "the header's "
		    "reserved bytes, %zu of them for the builder's use, are "
		    "no zeros", c->reserve.len);
	return grown <= UINT32_MAX || err_set(e, ERR_CAB_LIMIT, "the cabinet "
	    "would have %llu bytes", (unsigned long long)grown);
}

static bool
cab_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	struct cabinet *c = ARENA_NEW(s->arena, struct cabinet);
	struct authenticode_terms terms;
	enum digest_kind kind;

	if (c == NULL)
		return err_budget(e, s->arena);
	return embedded_terms(&cab_format, d, AUTHENTICODE_CAB, &terms, &kind,
	    e) && cabinet_parse(s, c, e) && room_check(c, e) &&
	    cabinet_digest(s, c, kind, &terms.digest, e) &&
	    embedded_plan(s, id, &terms, c, out, e);
}

/* The message without the zeros behind it. */
static struct span
message_of(const struct cabinet *c)
{
	struct der d = der_read(c->signature);

	return der_whole(&d, DER_SEQUENCE);
}

static bool
cab_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	CLEANUP(buf_done) struct buf head = { 0 }, tail = { 0 };
	const struct cabinet *c = embedded_own(plan);
	struct span der, bytes;

	(void)id;
	if (!embedded_message(s, plan, sealed, message_of(c), d->append, &der,
	    e))
		return false;
	buf_put(&tail, der);
	buf_zero(&tail, (ALIGNMENT - der.len % ALIGNMENT) % ALIGNMENT);
	if (tail.len > LIMIT_CAB_SIGNATURE)
		return err_set(e, ERR_LIMIT_SIZE, "the signatures would take "
		    "%zu bytes", tail.len);
	cabinet_head(c, cabinet_room(c), (uint32_t)tail.len, &head);
	return (arena_copy(s->arena, buf_span(&tail), &bytes) ||
	    err_budget(e, s->arena)) &&
	    cabinet_join(s, c, &head, bytes, out, e);
}

/* What authenticode_check asks about the file. */
struct question {
	const struct subject	*subject;
	struct cabinet		 cabinet;
};

static bool
answer_digest(void *arg, enum digest_kind kind, struct digest *out,
    struct err *e)
{
	struct question *q = arg;

	return cabinet_digest_known(q->subject, &q->cabinet, kind, out, e);
}

static bool
cab_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct question q = { .subject = s };
	const struct authenticode_file file = {
		.subject = AUTHENTICODE_CAB,
		.arg = &q,
		.digest = answer_digest,
	};

	if (!cabinet_parse(s, &q.cabinet, e))
		return false;
	return q.cabinet.signature.len == 0 || embedded_check(s,
	    q.cabinet.signature, true, &file, terms, out, e);
}

/* Most signatures are over this digest; others are made when asked for. */
static bool
cab_begin(const struct subject *s, struct err *e)
{
	struct cabinet c;

	return cabinet_parse(s, &c, e) && (c.signature.len == 0 ||
	    cabinet_digest_begin(s, &c, DIGEST_SHA256, e));
}

/*
 * A reserve as a signer adds it goes with the signature. Another one was there
 * before, or was made for folders or blocks too: it stays, and is empty.
 */
static bool
cab_strip(const struct subject *s, struct rope *out, bool *changed,
    struct err *e)
{
	CLEANUP(buf_done) struct buf head = { 0 };
	struct cabinet c;

	if (!cabinet_parse(s, &c, e))
		return false;
	*changed = c.signature.len > 0;
	*out = s->file;
	if (!*changed)
		return true;
	bool alone = c.reserve.len == CAB_SIGNED_SIZE &&
	    c.folder_reserve == 0 && c.block_reserve == 0;
	cabinet_head(&c, alone ? CABINET_BARE : c.reserve.len, 0, &head);
	return cabinet_join(s, &c, &head, (struct span){ 0 }, out, e);
}

/* The cabinet as it would be with a signature, but without one. */
static bool
with_room(const struct subject *s, const struct cabinet *c, struct rope *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf head = { 0 };

	cabinet_head(c, cabinet_room(c), 0, &head);
	return cabinet_join(s, c, &head, (struct span){ 0 }, out, e);
}

static bool
cab_same(const struct subject *before, const struct subject *after,
    struct err *e)
{
	struct cabinet c, d;
	struct rope a, b;
	bool same;

	if (!cabinet_parse(before, &c, e) || !cabinet_parse(after, &d, e))
		return false;
	if (!c.free || !d.free)
		return whole_same(before, after, e);
	if (!with_room(before, &c, &a, e) || !with_room(after, &d, &b, e) ||
	    !rope_same(&a, &b, &same, e))
		return false;
	if (!same)
		return err_set(e, ERR_FORMAT_DIFFERS,
		    "the cabinet was changed, not only its signature");
	return known_pass(before, after, e);
}

/* The digest that the new signature is over will be asked for. */
static bool
cab_foresee(const struct subject *s, const struct directive *d, struct err *e)
{
	enum digest_kind kind;
	struct digest digest;
	struct cabinet c;

	return s->memory == NULL || (format_allows(&cab_format, d, &kind, e) &&
	    cabinet_parse(s, &c, e) && (!c.free ||
	    cabinet_digest_known(s, &c, kind, &digest, e)));
}

/* A reserve that a signature would make larger has no digest yet. */
static bool
as_it_stands(const struct cabinet *c, struct err *e)
{
	bool reserve = (c->flags & CAB_FLAG_RESERVE) != 0;

	return !reserve || (c->free && cabinet_room(c) == c->reserve.len) ||
	    err_set(e, ERR_CAB_RESERVE, "the header's %zu reserved bytes are "
	    "not those of a signature", c->reserve.len);
}

static bool
cab_member(const struct subject *s, const enum digest_kind *pages,
    struct catalog_file *out, struct err *e)
{
	struct cabinet c;

	(void)pages;
	out->subject = CATALOG_CAB;
	return cabinet_parse(s, &c, e) && as_it_stands(&c, e) &&
	    cabinet_member_digest(s, &c, DIGEST_SHA1, &out->sha1, e) &&
	    cabinet_member_digest(s, &c, DIGEST_SHA256, &out->sha256, e);
}

const struct format cab_format = {
	.name		= "cab",
	.title		= "Windows cabinet",
	.suffixes	= "cab",
	.methods	= 1u << METHOD_AUTHENTICODE,
	.container	= &cab_container,
	.probe		= cab_probe,
	.plan		= cab_plan,
	.apply		= cab_apply,
	.begin		= cab_begin,
	.check		= cab_check,
	.strip		= cab_strip,
	.foresee	= cab_foresee,
	.same		= cab_same,
	.member		= cab_member,
	.facts		= whole_facts,
};

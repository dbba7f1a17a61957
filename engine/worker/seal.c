/* seal - see seal.h. */
#include <stdlib.h>

#include "artifact/match.h"
#include "base/text.h"
#include "crypto/timestamp.h"
#include "sys/clock.h"
#include "worker/seal.h"

/* A plan that waits for its signatures. */
struct pending {
	struct part	*part;
	struct plan	 plan;
};

/* What an authority gave for one item. */
struct stamp {
	struct span	token;
	int64_t		time;		/* ms since 1970, 0: none */
};

struct seal {
	struct part		*root;
	struct seal_terms	 terms;
	struct pending		*pending;
	size_t			 pending_count;
	uint32_t		 level;
	struct level_item	*items;		/* of this level */
	size_t			 item_count;
	struct stamp		*stamps;	/* of those that want one */
	struct seal_row		*rows;
	size_t			 row_count;
	struct digest		 output_sha256;
	bool			 output_hashed;	/* output_sha256 counts */
};

struct seal *
seal_new(struct part *root, const struct seal_terms *terms)
{
	struct seal *s = xcalloc(1, sizeof(*s));

	s->root = root;
	s->terms = *terms;
	return s;
}

void
seal_free(struct seal *s)
{
	free(s);
}

/* ---- what can be planned now */

/* New files come in the order of those that they belong to. */
static size_t
changes_beside(const struct part *p, const struct resolved *child,
    struct change *out)
{
	size_t n = 0;

	for (size_t i = 0; i < child->directive_count; i++) {
		const struct beside *b = part_beside(p, &child->directives[i]);

		if (b != NULL)
			out[n++] = (struct change){ .index = SIZE_MAX,
			    .path = b->path, .contents = b->contents };
	}
	return n;
}

static size_t
changes_list(const struct part *p, struct change *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->node->child_count; i++)
		if (p->parts[i].changed)
			out[n++] = (struct change){
				.index = (size_t)p->parts[i].node->entry,
				.contents = p->parts[i].now,
			};
	for (size_t i = 0; i < p->node->child_count; i++)
		n += changes_beside(p, p->parts[i].node, &out[n]);
	return n;
}

/* What is inside is done: the container is made again around it. */
static bool
part_rebuild(struct seal *s, struct part *p, struct err *e)
{
	struct change *changes = ARENA_ARRAY(s->terms.arena, struct change,
	    p->node->child_count + p->beside_count);

	if (changes == NULL)
		return err_budget(e, s->terms.arena);
	size_t n = changes_list(p, changes);
	if (n == 0)
		return true;
	if (!p->listing.container->rebuild(&p->listing, changes, n,
	    s->terms.arena, s->terms.scratch, &p->now, e))
		return err_at(e, "%s", text_show(p->node->display).text);
	p->changed = true;
	return true;
}

static bool
level_add(struct seal *s, const struct part *p, const struct plan_item *item,
    struct err *e)
{
	struct level_item *items = arena_grow(s->terms.arena, s->items,
	    s->item_count, sizeof(*items));

	if (items == NULL)
		return err_budget(e, s->terms.arena);
	items[s->item_count++] = (struct level_item){
		.path = p->node->display,
		.to_be_signed = item->to_be_signed,
		.timestamp = item->timestamp,
		.imprint = item->imprint,
	};
	s->items = items;
	return true;
}

static bool
part_plan(struct seal *s, struct part *p, struct err *e)
{
	struct subject subject = part_subject(p, p->now, s->terms.arena,
	    s->terms.scratch);
	struct pending *all = arena_grow(s->terms.arena, s->pending,
	    s->pending_count, sizeof(*all));
	struct pending *mine;

	if (all == NULL)
		return err_budget(e, s->terms.arena);
	s->pending = all;
	mine = &all[s->pending_count];
	*mine = (struct pending){ .part = p };
	if (!p->format->plan(&subject, &p->node->directives[p->done],
	    s->terms.identity, &mine->plan, e))
		return err_at(e, "%s", text_show(p->node->display).text);
	for (size_t i = 0; i < mine->plan.count; i++)
		if (!level_add(s, p, &mine->plan.items[i], e))
			return false;
	s->pending_count++;
	return true;
}

static bool	beside_add(struct seal *, struct part *,
		    const struct directive *, struct rope contents,
		    struct err *);
static bool	row_push(struct seal *, struct seal_row, struct err *);

/* Every signature is told for each file that has it. */
static bool
twin_rows(struct seal *s, struct part *p, struct err *e)
{
	const struct directive *of = p->twin->node->directives;
	size_t count = s->row_count;

	for (size_t i = 0; i < count; i++) {
		struct seal_row row = s->rows[i];

		if (row.part != p->twin)
			continue;
		row.directive = &p->node->directives[row.directive - of];
		row.part = p;
		if (!row_push(s, row, e))
			return false;
	}
	return true;
}

/* Takes over what was made for an equal file. */
static bool
twin_take(struct seal *s, struct part *p, struct err *e)
{
	const struct part *in = p->twin->parent;
	const struct resolved *of = p->twin->node;

	p->now = p->twin->now;
	p->changed = p->twin->changed;
	for (size_t i = 0; i < of->directive_count; i++) {
		const struct beside *b = part_beside(in, &of->directives[i]);

		if (b != NULL && !beside_add(s, p, &p->node->directives[i],
		    b->contents, e))
			return false;
	}
	p->sealed = true;
	return twin_rows(s, p, e);
}

static bool
part_advance_self(struct seal *s, struct part *p, struct err *e)
{
	if (p->twin != NULL)
		return !p->twin->sealed || twin_take(s, p, e);
	if (p->listed && !p->changed && !part_rebuild(s, p, e))
		return false;
	while (p->done < p->node->directive_count &&
	    !directive_signs(&p->node->directives[p->done]))
		p->done++;
	p->sealed = p->done == p->node->directive_count;
	return p->sealed || part_plan(s, p, e);
}

/* The recursion is as deep as containers are nested: limited on resolving. */
static bool
part_advance(struct seal *s, struct part *p, struct err *e)
{
	bool inside = true;

	if (p->sealed)
		return true;
	for (size_t i = 0; i < p->node->child_count; i++) {
		if (!part_advance(s, &p->parts[i], e))
			return false;
		inside = inside && p->parts[i].sealed;
	}
	return !inside || part_advance_self(s, p, e);
}

bool
seal_next(struct seal *s, struct level *out, struct err *e)
{
	s->pending_count = 0;
	s->item_count = 0;
	s->pending = NULL;
	s->items = NULL;
	if (!part_advance(s, s->root, e))
		return false;
	s->stamps = ARENA_ARRAY(s->terms.arena, struct stamp, s->item_count);
	if (s->stamps == NULL)
		return err_budget(e, s->terms.arena);
	*out = (struct level){ .number = s->level, .items = s->items,
	    .count = s->item_count };
	s->level++;
	return true;
}

/* ---- what came back */

bool
seal_stamp(const struct sealed_item *in, struct span value,
    const struct trust *roots, int64_t now, struct arena *a,
    struct span *token, struct timestamp *out, struct err *e)
{
	struct timestamp_request request;
	struct timestamp_terms terms = { .roots = roots, .request = &request,
	    .now = now, .skew = now == 0 ? 0 : TIMESTAMP_SKEW };

	if (in->reply.len == 0)
		return err_set(e, ERR_SEAL_TIMESTAMP, "no timestamp came for "
		    "the signature");
	return timestamp_request_parse(in->request, &request, e) &&
	    timestamp_reply_check(in->reply, &terms, a, token, out, e) &&
	    timestamp_check(*token, value, &terms, a, out, e);
}

/* A timestamp is over the signature as the file stores it: ECDSA in DER. */
static bool
stamp_check(struct seal *s, const struct level_item *item,
    const struct sealed_item *in, struct stamp *out, struct err *e)
{
	CLEANUP(buf_done) struct buf der = { 0 };
	struct span stored = in->signature, token;
	struct timestamp stamp;

	if (signature_rows[item->to_be_signed.kind].key == KEY_EC) {
		if (!signature_ecdsa_to_der(in->signature, &der))
			return err_set(e, ERR_SIGNATURE_BAD,
			    "the ECDSA value is malformed");
		stored = buf_span(&der);
	}
	if (!seal_stamp(in, stored, s->terms.timestamp_roots,
	    s->terms.ahead == 0 ? 0 : clock_monotonic() + s->terms.ahead,
	    s->terms.arena, &token, &stamp, e))
		return false;
	*out = (struct stamp){ token, stamp.time };
	return true;
}

static bool
bad_add(struct seal *s, struct bad_timestamp **bad, size_t *count, size_t i,
    const struct err *why, struct err *e)
{
	struct bad_timestamp *all = arena_grow(s->terms.arena, *bad, *count,
	    sizeof(*all));

	if (all == NULL)
		return err_budget(e, s->terms.arena);
	all[(*count)++] = (struct bad_timestamp){ .item = (uint32_t)i,
	    .err = *why };
	*bad = all;
	return true;
}

static bool
stamps_check(struct seal *s, const struct sealed_item *in,
    struct bad_timestamp **bad, size_t *count, struct err *e)
{
	struct err why = { 0 };

	*bad = NULL;
	*count = 0;
	for (size_t i = 0; i < s->item_count; i++) {
		if (!s->items[i].timestamp ||
		    stamp_check(s, &s->items[i], &in[i], &s->stamps[i], &why))
			continue;
		if (err_is(&why, ERR_LIMIT_MEMORY) ||
		    !bad_add(s, bad, count, i, &why, e))
			return err_budget(e, s->terms.arena);
	}
	return true;
}

static bool
row_push(struct seal *s, struct seal_row row, struct err *e)
{
	struct seal_row *rows = arena_grow(s->terms.arena, s->rows,
	    s->row_count, sizeof(*rows));

	if (rows == NULL)
		return err_budget(e, s->terms.arena);
	rows[s->row_count++] = row;
	s->rows = rows;
	return true;
}

static bool
row_add(struct seal *s, struct part *p, size_t item,
    const struct sealed_item *in, struct err *e)
{
	return row_push(s, (struct seal_row){
		.part = p,
		.directive = &p->node->directives[p->done],
		.to_be_signed = s->items[item].to_be_signed,
		.signature_sha256 = digest_of(DIGEST_SHA256, in->signature),
		.timestamp = s->stamps[item].time,
	}, e);
}

/* A detached signature stands beside its file, in the same container. */
static bool
beside_add(struct seal *s, struct part *p, const struct directive *d,
    struct rope contents, struct err *e)
{
	struct part *in = p->parent != NULL ? p->parent : p;
	struct beside b = { .contents = contents, .directive = d };
	struct beside *all = arena_grow(s->terms.arena, in->beside,
	    in->beside_count, sizeof(*all));

	if (all == NULL)
		return err_budget(e, s->terms.arena);
	if (p->parent != NULL && !output_path(p->node->path, d,
	    s->terms.arena, &b.path, e))
		return false;
	all[in->beside_count++] = b;
	in->beside = all;
	return true;
}

static bool
part_apply(struct seal *s, struct pending *one, const struct sealed_item *in,
    const struct stamp *stamps, struct err *e)
{
	struct part *p = one->part;
	const struct directive *d = &p->node->directives[p->done];
	struct subject subject = part_subject(p, p->now, s->terms.arena,
	    s->terms.scratch);
	struct sealed *sealed = ARENA_ARRAY(s->terms.arena, struct sealed,
	    one->plan.count);
	struct rope out;

	if (sealed == NULL)
		return err_budget(e, s->terms.arena);
	for (size_t i = 0; i < one->plan.count; i++)
		sealed[i] = (struct sealed){ .signature = in[i].signature,
		    .timestamp = stamps[i].token };
	if (!p->format->apply(&subject, d, s->terms.identity, &one->plan,
	    sealed, &out, e))
		return err_at(e, "%s", text_show(p->node->display).text);
	if (!one->plan.again)
		p->done++;
	if (directive_detached(d))
		return beside_add(s, p, d, out, e);
	p->now = out;
	p->changed = true;
	return true;
}

bool
seal_put(struct seal *s, const struct sealed_item *in, size_t count,
    struct bad_timestamp **bad, size_t *bad_count, struct err *e)
{
	size_t at = 0;

	if (count != s->item_count)
		return err_set(e, ERR_SEAL_COUNT, "%zu signatures came for a "
		    "level of %zu", count, s->item_count);
	for (size_t i = 0; i < count; i++)
		if (in[i].signature.len == 0)
			return err_set(e, ERR_SEAL_COUNT, "no signature came "
			    "for %s", text_show(s->items[i].path).text);
	if (!stamps_check(s, in, bad, bad_count, e))
		return false;
	if (*bad_count > 0)
		return true;
	for (size_t i = 0; i < s->pending_count; i++) {
		struct pending *one = &s->pending[i];

		for (size_t k = 0; k < one->plan.count; k++)
			if (!row_add(s, one->part, at + k, &in[at + k], e))
				return false;
		if (!part_apply(s, one, &in[at], &s->stamps[at], e))
			return false;
		at += one->plan.count;
	}
	return true;
}

/* ---- the result */

const struct part *
seal_root(const struct seal *s)
{
	return s->root;
}

const struct seal_terms *
seal_terms_of(const struct seal *s)
{
	return &s->terms;
}

struct rope
seal_output(const struct seal *s)
{
	const struct part *p = s->root;

	return !p->listed && p->beside_count > 0 ?
	    p->beside[p->beside_count - 1].contents : p->now;
}

bool
seal_output_sha256(struct seal *s, struct digest *out, struct err *e)
{
	struct rope output = seal_output(s);

	if (!s->output_hashed && !(s->terms.trail != NULL ?
	    digest_trail_rope(s->terms.trail, &output, &s->output_sha256, e) :
	    digest_rope(DIGEST_SHA256, &output, &s->output_sha256, e)))
		return false;
	s->output_hashed = true;
	*out = s->output_sha256;
	return true;
}

const struct seal_row *
seal_rows(const struct seal *s, size_t *count)
{
	*count = s->row_count;
	return s->rows;
}

/* part - see part.h. */
#include <string.h>

#include "artifact/match.h"
#include "base/limits.h"
#include "base/text.h"
#include "worker/demand.h"
#include "worker/twins.h"

struct resolver {
	const struct resolve_terms	*terms;
	struct container_limits		 left;
};

const struct beside *
part_beside(const struct part *in, const struct directive *d)
{
	for (size_t i = 0; i < in->beside_count; i++)
		if (in->beside[i].directive == d)
			return &in->beside[i];
	return NULL;
}

struct subject
part_subject(const struct part *p, struct rope file, struct arena *a,
    struct spool *scratch)
{
	struct span rest = p->node->path, name = rest, last;

	while (span_split(&rest, '/', &last))
		name = last;
	return (struct subject){ .file = file, .name = name, .arena = a,
	    .scratch = scratch, .memory = p->memory };
}

static bool
take_sign(const struct resolver *r, struct part *p, const struct subject *s,
    struct directive *d, struct err *e)
{
	enum digest_kind kind;

	if (!format_allows(p->format, d, &kind, e) || (d->keep &&
	    !demand_ours(p, s, r->terms->identity, &r->terms->judge, &d->met,
	    e)))
		return false;
	if (!d->met)
		p->node->state = NODE_SIGNED;
	else if (p->node->state != NODE_SIGNED)
		p->node->state = NODE_VERIFIED;
	return true;
}

static bool
take_verify(const struct resolver *r, struct part *p, const struct subject *s,
    struct directive *d, struct err *e)
{
	p->node->state = NODE_VERIFIED;
	return demand_signed(p, s, d, &r->terms->judge, e);
}

static bool
take_hash(const struct resolver *r, struct part *p, const struct subject *s,
    struct directive *d, struct err *e)
{
	struct digest digest;
	enum digest_kind kind;

	(void)r;
	if (!digest_find(d->digest, &kind))
		return err_set(e, ERR_FORMAT_DIGEST, "there is no digest "
		    "\"%s\"", text_show(d->digest).text);
	return digest_rope(kind, &p->before, &digest, e) &&
	    (arena_copy(s->arena, digest_span(&digest), &d->value) ||
	    err_budget(e, s->arena));
}

static bool	(*const takers[DIRECTIVE_VERBS])(const struct resolver *,
		    struct part *, const struct subject *, struct directive *,
		    struct err *) = {
	[DIRECTIVE_SIGN]	= take_sign,
	[DIRECTIVE_VERIFY]	= take_verify,
	[DIRECTIVE_HASH]	= take_hash,
};

/* The node's own directives, with the file's name filled in. */
static bool
part_directives(const struct resolver *r, struct part *p,
    const struct subject *s, struct err *e)
{
	const struct element *x = p->node->element;
	bool lone = x == NULL && p->node->parent == NULL &&
	    r->terms->directive != NULL;
	const struct directive *from = lone ? r->terms->directive :
	    x != NULL ? x->directives : NULL;
	size_t count = lone ? 1 : x != NULL ? x->directive_count : 0;

	p->node->directives = ARENA_ARRAY(s->arena, struct directive, count);
	if (p->node->directives == NULL)
		return err_budget(e, s->arena);
	p->node->directive_count = count;
	for (size_t i = 0; i < count; i++) {
		struct directive *d = &p->node->directives[i];

		if (!directive_expand(&from[i], s->name, s->arena, d, e) ||
		    !takers[d->verb](r, p, s, d, e))
			return false;
	}
	return true;
}

static const struct format *
any_file(void)
{
	return format_find(SPAN_TEXT("file"));
}

/* Without a configuration, a detached signature is one of any bytes. */
static bool
part_format(const struct resolver *r, struct part *p, const struct subject *s,
    struct err *e)
{
	const struct element *x = p->node->element;
	const struct directive *d = r->terms->directive;

	if (x == NULL && d != NULL && method_rows[d->method].detached) {
		p->format = any_file();
	} else if (x == NULL) {
		if (!format_probe(s, &p->format, e))
			return false;
	} else {
		p->format = format_find(span_text(x->kind->name));
		if (p->format == NULL)
			return err_set(e, ERR_FORMAT_NOT_SIGNABLE, "files of "
			    "the kind \"%s\" cannot be signed yet",
			    x->kind->name);
	}
	p->node->format = span_text(p->format->name);
	return true;
}

static bool	part_open(struct resolver *, struct part *, struct err *);

/* Trouble of our own, or what would hit every file, is no refusal of one. */
static bool
refusable(const struct err *e)
{
	return e->what->kind != ERR_KIND_SYSTEM && !err_is(e, ERR_LIMIT_MEMORY);
}

/* A plan goes on behind what is refused; signing ends there. */
static bool
refuse(const struct resolver *r, struct part *p, const struct err *why,
    struct err *e)
{
	if (!r->terms->lenient || !refusable(why)) {
		*e = *why;
		return false;
	}
	p->node->state = NODE_REFUSED;
	p->node->refused = why->what;
	return arena_copy(r->terms->arena, SPAN_TEXT(why->text),
	    &p->node->why) || err_budget(e, r->terms->arena);
}

struct sifting {
	const struct resolver	*resolver;
	const struct part	*part;
};

static bool
is_known(void *arg, struct span head)
{
	const struct sifting *g = arg;
	struct arena *a = g->resolver->terms->arena;
	const struct format *f;
	struct subject s;
	struct rope first;
	struct err why;

	if (!rope_bytes(a, head, &first, &why))
		return true;
	s = part_subject(g->part, first, a, NULL);
	return !format_probe(&s, &f, &why) || f != any_file();
}

/* Nobody signs it, and nobody will ask for its bytes. */
static void
child_pass(struct part *parent, struct part *p)
{
	const struct listing *l = &parent->listing;

	p->format = any_file();
	p->node->format = span_text(p->format->name);
	p->node->size = l->entries[p->node->entry].size;
	p->node->state = NODE_KEPT;
}

static bool
child_look(struct resolver *r, struct part *parent, struct part *p,
    struct err *e)
{
	const struct listing *l = &parent->listing;
	const struct resolve_terms *t = r->terms;
	struct sifting g = { r, p };
	const struct sift sift = { is_known, &g };
	bool wanted = true;

	if (t->sifts && t->element == NULL && t->directive == NULL &&
	    l->container->sift != NULL) {
		if (!l->container->sift(l, (size_t)p->node->entry, &sift,
		    t->arena, t->scratch, &p->before, &wanted, e))
			return false;
	} else if (!l->container->contents(l, (size_t)p->node->entry,
	    t->arena, t->scratch, &p->before, e)) {
		return false;
	}
	if (wanted)
		return part_open(r, p, e);
	child_pass(parent, p);
	return true;
}

/*
 * A link, a device or a sparse file has nothing that could be signed: it may
 * be met by an element that only says that it is there.
 */
static bool
only_named(const struct entry *entry, const struct element *x)
{
	return entry->opaque && (x == NULL || (!x->kind->contains &&
	    x->directive_count == 0 && x->where_count == 0));
}

/* What was unpacked for its digest alone is not kept. */
static bool
bystander_digest(const struct listing *l, size_t index, struct spool *scratch,
    struct digest *out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	uint64_t mark = scratch->len;
	struct rope contents;

	bool good = l->container->contents(l, index, a, scratch, &contents,
	    e) && digest_rope(DIGEST_SHA256, &contents, out, e);
	if (l->container->forgets)
		scratch->len = mark;
	return good;
}

/*
 * A file that stays as it is has a digest for those who are shown the tree.
 * One that is packed in a way that we do not know stays as it is too, without.
 */
static bool
bystander_hash(struct resolver *r, const struct part *parent, struct part *p,
    struct err *e)
{
	const struct listing *l = &parent->listing;
	size_t index = (size_t)p->node->entry;
	struct digest sha256;

	if (!r->terms->thorough || l->entries[index].opaque)
		return true;
	if (!bystander_digest(l, index, r->terms->scratch, &sha256, e))
		return e->what->kind == ERR_KIND_INPUT;
	memcpy(p->node->sha256, sha256.bytes, NODE_SHA256);
	return true;
}

/* An entry that no element names is not looked at. */
static bool
child_open(struct resolver *r, struct part *parent, struct part *p,
    struct err *e)
{
	const struct listing *l = &parent->listing;
	struct err why;

	if (!resolved_display(p->node, r->terms->arena, e))
		return false;
	if (p->node->state == NODE_REFUSED) {
		err_set(&why, ERR_ARTIFACT_UNEXPECTED, "no element names "
		    "\"%s\"", text_show(p->node->path).text);
		return refuse(r, p, &why, e);
	}
	p->node->state = NODE_OTHER;
	if ((p->node->element == NULL && r->terms->element != NULL) ||
	    only_named(&l->entries[p->node->entry], p->node->element))
		return bystander_hash(r, parent, p, e);
	if (!child_look(r, parent, p, &why) && !refuse(r, p, &why, e))
		return err_at(e, "%s", text_show(p->node->path).text);
	return true;
}

/* Which entry is which element's, and which ones none names. */
struct matches {
	const struct element	**elements;
	bool			*unexpected;	/* only if lenient */
};

static bool
entries_match(struct resolver *r, const struct part *p, struct matches *out,
    struct err *e)
{
	const struct listing *l = &p->listing;
	struct arena *a = r->terms->arena;
	struct match_entry *v = ARENA_ARRAY(a, struct match_entry, l->count);

	out->unexpected = r->terms->lenient ? ARENA_ARRAY(a, bool, l->count) :
	    NULL;
	if (v == NULL || (r->terms->lenient && out->unexpected == NULL))
		return err_budget(e, a);
	for (size_t i = 0; i < l->count; i++)
		v[i] = (struct match_entry){ l->entries[i].path,
		    l->entries[i].directory };
	if (p->node->element != NULL)
		return match_entries(p->node->element, v, l->count, a,
		    &out->elements, out->unexpected, e);
	out->elements = ARENA_ARRAY(a, const struct element *, l->count);
	return out->elements != NULL || err_budget(e, a);
}

static bool
children_make(struct resolver *r, struct part *p,
    const struct matches *matches, struct err *e)
{
	const struct listing *l = &p->listing;
	struct resolved *n = p->node;

	n->children = ARENA_ARRAY(r->terms->arena, struct resolved, l->count);
	p->parts = ARENA_ARRAY(r->terms->arena, struct part, l->count);
	if (n->children == NULL || p->parts == NULL)
		return err_budget(e, r->terms->arena);
	for (size_t i = 0; i < l->count; i++) {
		if (l->entries[i].directory)
			continue;
		p->parts[n->child_count] = (struct part){ .parent = p,
		    .node = &n->children[n->child_count] };
		n->children[n->child_count++] = (struct resolved){
			.path = l->entries[i].path,
			.element = matches->elements[i],
			.state = matches->unexpected != NULL &&
			    matches->unexpected[i] ? NODE_REFUSED : NODE_OTHER,
			.size = l->entries[i].size,
			.entry = i,
			.parent = n,
		};
	}
	return true;
}

/* Whether a part or what is inside it will be signed. */
static bool
signs_inside(const struct part *p)
{
	bool any = p->node->state == NODE_SIGNED;

	for (size_t i = 0; !any && i < p->node->child_count; i++)
		any = signs_inside(&p->parts[i]);
	return any;
}

/* What a rebuild changes is worth a word only where there will be one. */
static void
notes_take(struct part *p)
{
	bool any = false;

	for (size_t i = 0; !any && i < p->node->child_count; i++)
		any = signs_inside(&p->parts[i]);
	if (!any)
		return;
	p->node->notes = p->listing.notes;
	p->node->note_count = p->listing.note_count;
}

/* Something that is packed as a whole need not be an archive. */
static bool
no_container(const struct resolver *r, struct part *p, struct err *e)
{
	const struct subject s = part_subject(p, p->before, r->terms->arena,
	    r->terms->scratch);

	if (p->node->element != NULL || e->what->kind != ERR_KIND_INPUT ||
	    err_is(e, ERR_LIMIT_MEMORY) || !format_guessed(p->format, &s))
		return false;
	p->format = any_file();
	p->node->format = span_text(p->format->name);
	return true;
}

/* The limits are on the whole artifact: each level takes its part. */
static bool
part_list(struct resolver *r, struct part *p, struct err *e)
{
	struct matches matches;

	if (p->format->container == NULL || (p->node->element == NULL &&
	    r->terms->directive != NULL))
		return true;
	if (resolved_depth(p->node) >= r->terms->depth)
		return err_set(e, ERR_LIMIT_DEPTH, "containers are nested %u "
		    "deep, at most %u are allowed", resolved_depth(p->node) +
		    1, r->terms->depth);
	if (!p->format->container->list(&p->before, &r->left, r->terms->arena,
	    r->terms->scratch, &p->listing, e))
		return no_container(r, p, e);
	p->listed = true;
	if (p->memory != NULL)
		p->memory->listing = &p->listing;
	if (p->listing.count > r->left.entries)
		return err_set(e, ERR_LIMIT_ENTRIES, "there are %llu entries "
		    "in all, at most %llu are allowed",
		    (unsigned long long)(r->terms->limits.entries -
		    r->left.entries + p->listing.count),
		    (unsigned long long)r->terms->limits.entries);
	r->left.entries -= p->listing.count;
	if (!entries_match(r, p, &matches, e) ||
	    !children_make(r, p, &matches, e))
		return false;
	for (size_t i = 0; i < p->node->child_count; i++)
		if (!child_open(r, p, &p->parts[i], e))
			return false;
	notes_take(p);
	return true;
}

static bool
memory_make(const struct resolver *r, struct part *p, struct err *e)
{
	if (!r->terms->remembers)
		return true;
	p->memory = ARENA_NEW(r->terms->arena, struct memory);
	return p->memory != NULL || err_budget(e, r->terms->arena);
}

/* It only saves time: what is wrong with the artifact, check will say. */
static bool
part_begin(const struct resolver *r, struct part *p, struct err *e)
{
	struct subject s;
	struct err why;

	if (!r->terms->begins || p->parent != NULL || p->format->begin == NULL)
		return true;
	if (p->memory == NULL)
		p->memory = ARENA_NEW(r->terms->arena, struct memory);
	if (p->memory == NULL)
		return err_budget(e, r->terms->arena);
	s = part_subject(p, p->before, r->terms->arena, r->terms->scratch);
	if (!p->format->begin(&s, &why))
		why.what = NULL;
	return true;
}

/*
 * What is inside and to be signed is hashed in any case: equal files are found
 * by it. The signed artifact may begin as this one: its hash can go on.
 */
static bool
part_hash(const struct resolver *r, struct part *p, struct err *e)
{
	struct digest sha256;

	if (r->terms->unhashed && (p->parent == NULL ||
	    p->node->state != NODE_SIGNED))
		return true;
	if (!(p->parent == NULL && r->terms->trail != NULL ?
	    digest_trail_rope(r->terms->trail, &p->before, &sha256, e) :
	    digest_rope(DIGEST_SHA256, &p->before, &sha256, e)))
		return false;
	memcpy(p->node->sha256, sha256.bytes, NODE_SHA256);
	return true;
}

static bool
part_open(struct resolver *r, struct part *p, struct err *e)
{
	struct subject s = part_subject(p, p->before, r->terms->arena,
	    r->terms->scratch);

	if (!memory_make(r, p, e))
		return false;
	p->now = p->before;
	p->node->size = p->before.len;
	p->node->state = NODE_KEPT;
	return part_format(r, p, &s, e) && part_begin(r, p, e) &&
	    demand_where(p, &s, e) && part_directives(r, p, &s, e) &&
	    part_hash(r, p, e) && part_list(r, p, e);
}

bool
part_resolve(const struct rope *artifact, const struct resolve_terms *terms,
    struct part **out, struct err *e)
{
	struct resolver r = { .terms = terms, .left = terms->limits };
	struct part *p = ARENA_NEW(terms->arena, struct part);
	struct resolved *n = ARENA_NEW(terms->arena, struct resolved);

	if (p == NULL || n == NULL)
		return err_budget(e, terms->arena);
	*n = (struct resolved){ .path = terms->name, .element = terms->element,
	    .entry = NODE_NO_ENTRY };
	*p = (struct part){ .node = n, .before = *artifact };
	if ((terms->element != NULL &&
	    !match_root(terms->element, terms->name, e)) ||
	    !resolved_display(n, terms->arena, e) || !part_open(&r, p, e) ||
	    !twins_find(p, terms->arena, e))
		return err_at(e, "%s", text_show(terms->name).text);
	*out = p;
	return true;
}

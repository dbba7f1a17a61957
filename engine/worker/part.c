/* part - see part.h. */
#include <string.h>

#include "artifact/match.h"
#include "base/limits.h"
#include "base/text.h"
#include "worker/part.h"

struct resolver {
	const struct resolve_terms	*terms;
	struct container_limits		 left;
};

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
where_holds(const struct facts *facts, const struct where *w, struct err *e)
{
	const struct fact *f = fact_find(facts, span_text(w->key));

	if (f == NULL)
		return err_set(e, ERR_ARTIFACT_WHERE,
		    "this kind of file has no %s", w->key);
	if (f->absent != NULL)
		return err_set(e, ERR_ARTIFACT_WHERE, "%s should be \"%s\", "
		    "but %s", w->key, text_show(w->value).text, f->absent);
	if (!span_eq(f->value, w->value))
		return err_set(e, ERR_ARTIFACT_WHERE, "%s is \"%s\", not "
		    "\"%s\"", w->key, text_show(f->value).text,
		    text_show(w->value).text);
	return true;
}

static bool
part_where(const struct part *p, const struct subject *s, struct err *e)
{
	const struct element *x = p->node->element;
	struct facts facts = { 0 };

	if (x == NULL || x->where_count == 0)
		return true;
	if (!p->format->facts(s, &facts, e))
		return false;
	for (size_t i = 0; i < x->where_count; i++) {
		struct where w = x->where[i];
		struct directive named = { .description = w.value }, out;

		if (!directive_expand(&named, s->name, s->arena, &out, e))
			return false;
		w.value = out.description;
		if (!where_holds(&facts, &w, e))
			return false;
	}
	return true;
}

static bool
part_verify(const struct resolver *r, const struct part *p,
    const struct subject *s, struct err *e)
{
	struct check_terms terms = { .judge = r->terms->judge };
	struct findings found = { 0 };

	if (!p->format->check(s, &terms, &found, e))
		return false;
	if (found.count == 0)
		return err_set(e, ERR_ARTIFACT_VERIFY, "it carries no "
		    "signature, but the configuration demands a good one");
	for (size_t i = 0; i < found.count; i++)
		if (found.items[i].err.what != NULL)
			return err_set(e, ERR_ARTIFACT_VERIFY,
			    "its signature is not good: %s: %s",
			    found.items[i].err.what->code,
			    found.items[i].err.text);
	p->node->state = NODE_VERIFIED;
	return true;
}

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
		enum digest_kind kind;

		if (!directive_expand(&from[i], s->name, s->arena, d, e))
			return false;
		if (d->verb == DIRECTIVE_VERIFY) {
			if (!part_verify(r, p, s, e))
				return false;
			continue;
		}
		if (!format_allows(p->format, d, &kind, e))
			return false;
		p->node->state = NODE_SIGNED;
	}
	return true;
}

/* Without a configuration, a detached signature is one of any bytes. */
static bool
part_format(const struct resolver *r, struct part *p, const struct subject *s,
    struct err *e)
{
	const struct element *x = p->node->element;
	const struct directive *d = r->terms->directive;

	if (x == NULL && d != NULL && method_rows[d->method].detached) {
		p->format = format_find(SPAN_TEXT("file"));
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

/* An entry that no element names is neither unpacked nor looked at. */
static bool
child_open(struct resolver *r, struct part *parent, struct part *p,
    struct err *e)
{
	const struct listing *l = &parent->listing;
	struct arena *a = r->terms->arena;

	if (!resolved_display(p->node, a, e))
		return false;
	p->node->state = NODE_OTHER;
	if (p->node->element == NULL && r->terms->element != NULL)
		return true;
	if (!l->container->contents(l, (size_t)p->node->entry, a,
	    r->terms->scratch, &p->before, e) || !part_open(r, p, e))
		return err_at(e, "%s", text_show(p->node->path).text);
	return true;
}

static bool
entries_match(struct resolver *r, const struct part *p,
    const struct element ***out, struct err *e)
{
	const struct listing *l = &p->listing;
	struct arena *a = r->terms->arena;
	struct match_entry *v = ARENA_ARRAY(a, struct match_entry, l->count);

	if (v == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < l->count; i++)
		v[i] = (struct match_entry){ l->entries[i].path,
		    l->entries[i].directory };
	if (p->node->element != NULL)
		return match_entries(p->node->element, v, l->count, a, out,
		    e);
	*out = ARENA_ARRAY(a, const struct element *, l->count);
	return *out != NULL || err_budget(e, a);
}

static bool
children_make(struct resolver *r, struct part *p,
    const struct element *const *elements, struct err *e)
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
			.element = elements[i],
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

/* The limits are on the whole artifact: each level takes its part. */
static bool
part_list(struct resolver *r, struct part *p, struct err *e)
{
	const struct element **elements;

	if (p->format->container == NULL || (p->node->element == NULL &&
	    r->terms->directive != NULL))
		return true;
	if (resolved_depth(p->node) >= r->terms->depth)
		return err_set(e, ERR_LIMIT_DEPTH, "containers are nested %u "
		    "deep, at most %u are allowed", resolved_depth(p->node) +
		    1, r->terms->depth);
	if (!p->format->container->list(&p->before, &r->left, r->terms->arena,
	    r->terms->scratch, &p->listing, e))
		return false;
	p->listed = true;
	if (p->listing.count > r->left.entries)
		return err_set(e, ERR_LIMIT_ENTRIES, "there are more than "
		    "%llu entries in all",
		    (unsigned long long)r->terms->limits.entries);
	r->left.entries -= p->listing.count;
	if (!entries_match(r, p, &elements, e) ||
	    !children_make(r, p, elements, e))
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

/* The signed artifact may begin as this one: its hash can go on from there. */
static bool
part_hash(const struct resolver *r, const struct part *p, struct digest *out,
    struct err *e)
{
	if (p->parent == NULL && r->terms->trail != NULL)
		return digest_trail_rope(r->terms->trail, &p->before, out, e);
	return digest_rope(DIGEST_SHA256, &p->before, out, e);
}

static bool
part_open(struct resolver *r, struct part *p, struct err *e)
{
	struct subject s = part_subject(p, p->before, r->terms->arena,
	    r->terms->scratch);
	struct digest sha256 = { 0 };

	if (!memory_make(r, p, e))
		return false;
	p->now = p->before;
	p->node->size = p->before.len;
	p->node->state = NODE_KEPT;
	if (!r->terms->unhashed && !part_hash(r, p, &sha256, e))
		return false;
	memcpy(p->node->sha256, sha256.bytes, NODE_SHA256);
	return part_format(r, p, &s, e) && part_where(p, &s, e) &&
	    part_directives(r, p, &s, e) && part_list(r, p, e);
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
	    !resolved_display(n, terms->arena, e) || !part_open(&r, p, e))
		return err_at(e, "%s", text_show(terms->name).text);
	*out = p;
	return true;
}

/* check - see check.h. */
#include <stdlib.h>

#include "artifact/match.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/pem.h"
#include "worker/check.h"

/* A signature that must be in the file of this path. */
struct due {
	struct span			 path;
	const struct issued_item	*issued;
	bool				 met;
};

struct accountant {
	const struct account_terms	*terms;
	struct due			*dues;		/* by path */
	size_t				 due_count;
};

/* ---- what is due */

static int
due_order(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	return span_cmp(x->path, y->path);
}

static void
dues_sort(struct accountant *k)
{
	if (k->due_count > 0)
		qsort(k->dues, k->due_count, sizeof(*k->dues), due_order);
}

static bool
due_add(struct accountant *k, struct span path, const struct issued_item *x,
    struct err *e)
{
	struct due *all = arena_grow(k->terms->resolve.arena, k->dues,
	    k->due_count, sizeof(*all));

	if (all == NULL)
		return err_budget(e, k->terms->resolve.arena);
	k->dues = all;
	all[k->due_count++] = (struct due){ .path = path, .issued = x };
	return true;
}

/* The first of the sorted dues with this path, or behind it. */
static size_t
due_find(const struct due *dues, size_t count, struct span path)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_cmp(dues[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Equal files have the signatures that were issued for the first of them. */
static bool
twins_due(struct accountant *k, const struct part *p, size_t count,
    struct err *e)
{
	for (size_t i = 0; i < p->node->child_count; i++)
		if (!twins_due(k, &p->parts[i], count, e))
			return false;
	if (p->twin == NULL)
		return true;
	for (size_t i = due_find(k->dues, count, p->node->twin); i < count &&
	    span_eq(k->dues[i].path, p->node->twin); i++)
		if (!due_add(k, p->node->display, k->dues[i].issued, e))
			return false;
	return true;
}

static bool
dues_list(struct accountant *k, const struct part *root, struct err *e)
{
	for (size_t i = 0; i < k->terms->issued_count; i++)
		if (!due_add(k, k->terms->issued[i].path,
		    &k->terms->issued[i], e))
			return false;
	dues_sort(k);
	if (!twins_due(k, root, k->due_count, e))
		return false;
	dues_sort(k);
	return true;
}

static bool
dues_met(const struct accountant *k, struct err *e)
{
	for (size_t i = 0; i < k->due_count; i++)
		if (!k->dues[i].met)
			return err_set(e, ERR_CHECK_MISSING, "%s: a signature "
			    "was issued for it that is not in it",
			    text_show(k->dues[i].path).text);
	return true;
}

/* Takes one issued signature for a file off the list. */
static bool
issued_take(struct accountant *k, struct span path, const struct finding *f,
    struct err *e)
{
	for (size_t i = due_find(k->dues, k->due_count, path);
	    i < k->due_count && span_eq(k->dues[i].path, path); i++) {
		const struct issued_item *x = k->dues[i].issued;

		if (k->dues[i].met ||
		    x->to_be_signed.kind != f->signature_kind ||
		    !digest_eq(&x->signature_sha256, &f->signature_sha256))
			continue;
		k->dues[i].met = true;
		return true;
	}
	return err_set(e, ERR_CHECK_NOT_ISSUED, "a signature with SHA-256 %s "
	    "is in the file, but was not issued for it",
	    digest_hex(&f->signature_sha256).text);
}

/* ---- the signatures of one file */

static bool
same_extras(const struct cms_extras *a, const struct cms_extras *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = a->items[i].kind == b->items[i].kind &&
		    span_eq(a->items[i].bytes, b->items[i].bytes);
	return same;
}

/*
 * A signature that stays keeps what is not signed with it: its timestamp, and
 * whatever else came with it.
 */
static bool
same_finding(const struct finding *a, const struct finding *b)
{
	return digest_eq(&a->signature_sha256, &b->signature_sha256) &&
	    a->err.what == b->err.what &&
	    span_eq(a->certificate, b->certificate) &&
	    a->timestamped == b->timestamped &&
	    a->timestamp == b->timestamp &&
	    span_eq(a->authority, b->authority) &&
	    same_extras(&a->extras, &b->extras);
}

/* Whether a signature was in the file before; each may be met once. */
static bool
was_there(const struct findings *before, bool *met, const struct finding *f)
{
	for (size_t i = 0; i < before->count; i++)
		if (!met[i] && same_finding(&before->items[i], f)) {
			met[i] = true;
			return true;
		}
	return false;
}

static bool
ours(struct accountant *k, const struct part *p, const struct finding *f,
    struct err *e)
{
	if (f->err.what != NULL)
		return err_set(e, ERR_CHECK_SIGNATURE, "a new signature is "
		    "not good: %s: %s", f->err.what->code, f->err.text);
	if (!span_eq(f->certificate, k->terms->certificate))
		return err_set(e, ERR_CHECK_SIGNATURE, "a new signature is by "
		    "another certificate: %s", text_show(f->subject).text);
	return issued_take(k, p->node->display, f, e);
}

/* Nothing comes with a new signature but the certificates of its identity. */
static bool
pure(const struct signing_identity *id, const struct cms_extras *extras,
    struct err *e)
{
	for (size_t i = 0; i < extras->count; i++) {
		const struct cms_extra *x = &extras->items[i];
		bool known = false;

		for (size_t k = 0; id != NULL && k < id->chain_count; k++)
			known = known || span_eq(x->bytes, id->chain[k]);
		if (!known)
			return err_set(e, ERR_CHECK_SIGNATURE, "a new "
			    "signature comes with %zu bytes that nobody asked "
			    "for: %s %s", x->size, cms_extra_rows[x->kind].name,
			    text_show(x->what).text);
	}
	return true;
}

/*
 * The one that shaped the file chose the signed bytes: what they say besides
 * the file's digest must be what the directive says.
 */
static bool
as_asked(const struct accountant *k, const struct part *p,
    const struct directive *d, const struct finding *f, struct err *e)
{
	const struct signing_identity *id = k->terms->resolve.identity;
	enum digest_kind kind;

	if (!format_allows(p->format, d, &kind, e))
		return false;
	if (f->digest_kind != kind)
		return err_set(e, ERR_CHECK_SIGNATURE, "a new signature is "
		    "over a digest of the kind %s, not %s",
		    digest_rows[f->digest_kind].name, digest_rows[kind].name);
	if (!span_eq(f->description, d->description) ||
	    !span_eq(f->description_url, d->description_url))
		return err_set(e, ERR_CHECK_SIGNATURE, "a new signature calls "
		    "the file \"%s\" (%s)", text_show(f->description).text,
		    text_show(f->description_url).text);
	if (f->pages != d->page_hashes ||
	    (f->pages && f->page_kind != DIGEST_SHA256))
		return err_set(e, ERR_CHECK_SIGNATURE, "a new signature has "
		    "other page hashes than were asked for");
	if (!pure(id, &f->extras, e))
		return false;
	if (f->weak || f->timestamp_weak || f->timestamp_counter ||
	    f->countered)
		return err_set(e, ERR_CHECK_SIGNATURE, "a new signature or "
		    "its timestamp is of an old kind");
	return f->timestamped || id == NULL || !id->timestamp ||
	    err_set(e, ERR_CHECK_SIGNATURE, "a new signature has no "
	    "timestamp");
}

static bool
embeds(const struct directive *d)
{
	return directive_signs(d) && !directive_detached(d);
}

/* Each directive has one signature of its own; made: those that have. */
static bool
asked_take(const struct accountant *k, const struct part *p, bool *made,
    const struct finding *f, struct err *e)
{
	err_set(e, ERR_CHECK_SIGNATURE, "there are more new signatures than "
	    "the configuration asks for");
	for (size_t i = 0; i < p->node->directive_count; i++) {
		const struct directive *d = &p->node->directives[i];

		if (made[i] || !embeds(d) || !as_asked(k, p, d, f, e))
			continue;
		made[i] = true;
		return true;
	}
	return false;
}

static bool
all_made(const struct part *p, const bool *made, struct err *e)
{
	for (size_t i = 0; i < p->node->directive_count; i++)
		if (embeds(&p->node->directives[i]) && !made[i])
			return err_set(e, ERR_CHECK_MISSING, "a signature that "
			    "the configuration asks for is not in the file");
	return true;
}

static bool
signs_embedded(const struct part *p, bool *append)
{
	bool any = false;

	*append = true;
	for (size_t i = 0; i < p->node->directive_count; i++) {
		const struct directive *d = &p->node->directives[i];

		if (!embeds(d))
			continue;
		any = true;
		*append = *append && d->append;
	}
	return any;
}

/* Old signatures stay exactly if every directive appends. */
static bool
embedded(struct accountant *k, const struct part *p,
    const struct subject *before, const struct subject *after, bool append,
    struct err *e)
{
	struct check_terms terms = { .judge = k->terms->resolve.judge };
	struct findings old = { 0 }, now = { 0 };
	size_t kept = 0;

	if (!p->format->check(before, &terms, &old, e) ||
	    !p->format->check(after, &terms, &now, e))
		return false;
	bool *met = ARENA_ARRAY(after->arena, bool, old.count);
	bool *made = ARENA_ARRAY(after->arena, bool,
	    p->node->directive_count);
	if (met == NULL || made == NULL)
		return err_budget(e, after->arena);
	for (size_t i = 0; i < now.count; i++) {
		if (append && was_there(&old, met, &now.items[i]))
			kept++;
		else if (!ours(k, p, &now.items[i], e) ||
		    !asked_take(k, p, made, &now.items[i], e))
			return false;
	}
	if (append && kept != old.count)
		return err_set(e, ERR_CHECK_CHANGED, "%zu of the %zu "
		    "signatures that were there are left", kept, old.count);
	return all_made(p, made, e);
}

/* The file is one message or one PEM block: text around it is no part of it. */
static bool
detached_form(const struct directive *d, const struct rope *signature,
    struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf der = { 0 };
	CLEANUP(buf_done) struct buf pem = { 0 };
	struct span text, rest;
	bool found = false;

	if (signature->len > 2 * LIMIT_CMS_SIZE)
		return err_set(e, ERR_LIMIT_SIZE, "a detached signature of "
		    "%llu bytes is too large",
		    (unsigned long long)signature->len);
	if (!rope_view(a, signature, 0, signature->len, &text, e))
		return false;
	rest = text;
	if (span_starts(text, "-----BEGIN") != d->pem ||
	    (d->pem && !pem_next(&rest, "CMS", &der, &found, e)))
		return err_set(e, ERR_CHECK_SIGNATURE, "the detached "
		    "signature is not in the form that was asked for");
	if (d->pem)
		pem_write("CMS", buf_span(&der), &pem);
	return !d->pem || (found && span_eq(buf_span(&pem), text)) ||
	    err_set(e, ERR_CHECK_SIGNATURE, "the detached signature's file "
	    "holds more than the signature");
}

static bool
detached(struct accountant *k, const struct part *p,
    const struct directive *d, struct rope file, const struct rope *signature,
    struct err *e)
{
	struct subject s = part_subject(p, file, k->terms->resolve.arena,
	    k->terms->resolve.scratch);
	struct check_terms terms = { .judge = k->terms->resolve.judge,
	    .detached = signature };
	struct findings found = { 0 };

	if (!detached_form(d, signature, s.arena, e) ||
	    !p->format->check(&s, &terms, &found, e))
		return false;
	if (found.count != 1)
		return err_set(e, ERR_CHECK_SIGNATURE, "%zu signatures in a "
		    "file for one", found.count);
	return ours(k, p, &found.items[0], e) &&
	    as_asked(k, p, d, &found.items[0], e);
}

/* A container that was put together again has no signature but one of ours. */
static bool
none(const struct part *p, const struct subject *after,
    const struct account_terms *t, struct err *e)
{
	struct check_terms terms = { .judge = t->resolve.judge };
	struct findings now = { 0 };
	bool same;

	if (!p->format->check(after, &terms, &now, e) ||
	    !rope_same(&p->before, &after->file, &same, e))
		return false;
	return same || now.count == 0 || err_set(e, ERR_CHECK_NOT_ISSUED,
	    "the file has a signature that nothing asks for");
}

/* ---- what is inside a container */

static bool	file_account(struct accountant *, const struct part *,
		    const struct rope *after, struct err *);

/* Whether anything in a part, or inside it, may have changed. */
static bool
may_change(const struct part *p)
{
	bool append;

	if (signs_embedded(p, &append))
		return true;
	for (size_t i = 0; i < p->node->child_count; i++) {
		const struct part *c = &p->parts[i];

		for (size_t d = 0; d < c->node->directive_count; d++)
			if (directive_signs(&c->node->directives[d]))
				return true;
		if (may_change(c))
			return true;
	}
	return false;
}

static bool
entry_contents(struct accountant *k, const struct listing *l, size_t index,
    struct rope *out, struct err *e)
{
	return l->container->contents(l, index, k->terms->resolve.arena,
	    k->terms->resolve.scratch, out, e);
}

/* The new entries are the detached signatures, in the order of their files. */
static bool
beside_account(struct accountant *k, const struct part *c,
    const struct listing *after, size_t *next, struct err *e)
{
	struct arena *a = k->terms->resolve.arena;
	struct rope file, signature;
	struct span path;

	for (size_t i = 0; i < c->node->directive_count; i++) {
		const struct directive *d = &c->node->directives[i];

		if (!directive_detached(d))
			continue;
		if (!output_path(c->node->path, d, a, &path, e))
			return false;
		if (*next >= after->count ||
		    !span_eq(after->entries[*next].path, path))
			return err_set(e, ERR_CHECK_MISSING, "the detached "
			    "signature %s is not where it belongs",
			    text_show(path).text);
		if (!entry_contents(k, after, (size_t)c->node->entry, &file,
		    e) || !entry_contents(k, after, *next, &signature, e) ||
		    !detached(k, c, d, file, &signature, e))
			return err_at(e, "%s", text_show(path).text);
		++*next;
	}
	return true;
}

static bool
children_account(struct accountant *k, const struct part *p,
    const struct listing *after, struct err *e)
{
	struct arena *a = k->terms->resolve.arena;
	size_t *indices = ARENA_ARRAY(a, size_t, p->node->child_count);
	size_t count = 0, next = p->listing.count;
	struct rope contents;

	if (indices == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < p->node->child_count; i++)
		if (may_change(&p->parts[i]))
			indices[count++] = (size_t)p->parts[i].node->entry;
	if (!p->listing.container->kept(&p->listing, after, indices, count,
	    e))
		return false;
	for (size_t i = 0; i < p->node->child_count; i++) {
		const struct part *c = &p->parts[i];

		if (may_change(c) && (!entry_contents(k, after,
		    (size_t)c->node->entry, &contents, e) ||
		    !file_account(k, c, &contents, e)))
			return err_at(e, "%s", text_show(c->node->path).text);
		if (!beside_account(k, c, after, &next, e))
			return false;
	}
	if (next != after->count)
		return err_set(e, ERR_CHECK_CHANGED, "there are %zu entries, "
		    "where there should be %zu", after->count, next);
	return true;
}

/* ---- one file */

static bool
unchanged(const struct part *p, const struct rope *after, struct err *e)
{
	bool same;

	if (!rope_same(&p->before, after, &same, e))
		return false;
	return same || err_set(e, ERR_CHECK_CHANGED,
	    "the file was changed, though nothing in it is to be signed");
}

static bool
file_account(struct accountant *k, const struct part *p,
    const struct rope *after, struct err *e)
{
	const struct resolve_terms *t = &k->terms->resolve;
	struct subject before = part_subject(p, p->before, t->arena,
	    t->scratch), now = part_subject(p, *after, t->arena, t->scratch);
	struct listing listing;
	bool append;

	if (!may_change(p))
		return unchanged(p, after, e);
	if (p->listed && (!p->listing.container->list(after, &t->limits,
	    t->arena, t->scratch, &listing, e) ||
	    !children_account(k, p, &listing, e)))
		return false;
	if (!signs_embedded(p, &append))
		return !p->listed || none(p, &now, k->terms, e);
	return ((p->listed || p->format->same(&before, &now, e)) &&
	    embedded(k, p, &before, &now, append, e));
}

/* A lone detached signature is the output, beside an unchanged file. */
static bool
output_account(struct accountant *k, const struct part *root,
    const struct rope *output, struct err *e)
{
	const struct resolved *n = root->node;

	if (n->directive_count == 1 && directive_detached(&n->directives[0]))
		return detached(k, root, &n->directives[0], root->before,
		    output, e);
	return file_account(k, root, output, e);
}

/* What will be signed inside this file is read now, and remembered. */
static bool
file_foresee(const struct part *p, const struct resolve_terms *t,
    struct err *e)
{
	struct subject s = part_subject(p, p->before, t->arena, t->scratch);

	for (size_t i = 0; i < p->node->directive_count; i++) {
		const struct directive *d = &p->node->directives[i];

		if (directive_signs(d) && !directive_detached(d) &&
		    !p->format->foresee(&s, d, e))
			return err_at(e, "%s",
			    text_show(p->node->display).text);
	}
	return true;
}

/* A file with files inside may be another when it is signed. */
static bool
part_foresee(const struct part *p, const struct resolve_terms *t,
    struct err *e)
{
	if (!p->listed && !file_foresee(p, t, e))
		return false;
	for (size_t i = 0; i < p->node->child_count; i++)
		if (!part_foresee(&p->parts[i], t, e))
			return false;
	return true;
}

bool
account_foresee(const struct rope *input, const struct account_terms *terms,
    struct part **root, struct err *e)
{
	struct resolve_terms t = terms->resolve;

	t.remembers = true;
	return part_resolve(input, &t, root, e) && part_foresee(*root, &t, e);
}

bool
account_output(const struct part *root, const struct rope *output,
    const struct account_terms *terms, struct err *e)
{
	struct accountant k = { .terms = terms };

	if (!dues_list(&k, root, e))
		return false;
	if (!output_account(&k, root, output, e))
		return err_at(e, "%s", text_show(root->node->path).text);
	return dues_met(&k, e);
}

bool
account(const struct rope *input, const struct rope *output,
    const struct account_terms *terms, struct err *e)
{
	struct part *root;

	return account_foresee(input, terms, &root, e) &&
	    account_output(root, output, terms, e);
}

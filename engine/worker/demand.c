/* demand - see demand.h. */
#include <string.h>

#include "base/text.h"
#include "worker/demand.h"

/* ---- where */

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

static struct span
language_of(const struct element *x)
{
	for (size_t i = 0; i < x->where_count; i++)
		if (strcmp(x->where[i].key, ELEMENT_WHERE_LANGUAGE) == 0)
			return x->where[i].value;
	return (struct span){ 0 };
}

bool
demand_where(const struct part *p, const struct subject *s, struct err *e)
{
	const struct element *x = p->node->element;
	struct subject spoken = *s;
	struct facts facts = { 0 };

	if (x == NULL)
		return true;
	spoken.language = language_of(x);
	if (!p->format->facts(&spoken, &facts, e))
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

/* ---- verify */

/* The length of the first attribute of a subject: up to a bare comma. */
static size_t
attribute_len(struct span subject)
{
	size_t i = 0;

	for (; i < subject.len && subject.ptr[i] != ','; i++)
		if (subject.ptr[i] == '\\')
			i++;
	return i < subject.len ? i : subject.len;
}

/* A name is the whole subject (RFC 4514), or one of its attributes. */
static bool
subject_has(struct span subject, struct span name)
{
	struct span one;

	if (span_eq(subject, name))
		return true;
	while (subject.len > 0) {
		size_t len = attribute_len(subject);

		if (!span_cut(subject, 0, len, &one) || span_eq(one, name))
			return span_eq(one, name);
		subject = span_from(subject, len < subject.len ? len + 1 : len);
	}
	return false;
}

static bool
signer_named(const struct directive *d, const struct finding *f)
{
	struct digest_hex hex = digest_hex(&f->thumbprint);
	bool subject = d->subject_count == 0;
	bool thumbprint = d->thumbprint_count == 0;

	for (size_t i = 0; i < d->subject_count; i++)
		subject |= subject_has(f->subject, d->subjects[i]);
	for (size_t i = 0; i < d->thumbprint_count; i++)
		thumbprint |= span_is(d->thumbprints[i], hex.text);
	return subject && thumbprint;
}

static bool
all_good(const struct findings *found, struct err *e)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->items[i].err.what != NULL)
			return err_set(e, ERR_ARTIFACT_VERIFY,
			    "its signature is not good: %s: %s",
			    found->items[i].err.what->code,
			    found->items[i].err.text);
	return found->count > 0 || err_set(e, ERR_ARTIFACT_VERIFY, "it "
	    "carries no signature, but the configuration demands a good one");
}

static bool
one_named(const struct findings *found, const struct directive *d,
    struct err *e)
{
	const struct finding *named = NULL;

	for (size_t i = 0; i < found->count; i++) {
		if (!signer_named(d, &found->items[i]))
			continue;
		named = &found->items[i];
		if (named->timestamped || !d->timestamped)
			return true;
	}
	if (named != NULL)
		return err_set(e, ERR_ARTIFACT_VERIFY, "the signature of %s "
		    "has no timestamp, but the configuration demands one",
		    text_show(named->subject).text);
	return err_set(e, ERR_ARTIFACT_VERIFY, "it is signed by %s with the "
	    "certificate %s, whom the configuration does not name",
	    text_show(found->items[0].subject).text,
	    digest_hex(&found->items[0].thumbprint).text);
}

bool
demand_signed(const struct part *p, const struct subject *s,
    const struct directive *d, const struct judge_terms *judge, struct err *e)
{
	CLEANUP(trust_done) struct trust *own =
	    d->roots.len > 0 ? trust_new() : NULL;
	struct check_terms terms = { .judge = *judge };
	struct findings found = { 0 };

	if (own != NULL && !trust_add(own, d->roots, e))
		return err_at(e, "`roots` of `verify`");
	if (own != NULL)
		terms.judge.roots = own;
	/* Their timestamps are not by an authority that we would ask. */
	if (terms.judge.roots != NULL)
		terms.judge.timestamp_roots = terms.judge.roots;
	return p->format->check(s, &terms, &found, e) &&
	    all_good(&found, e) && one_named(&found, d, e);
}

/* ---- existing: keep */

bool
demand_ours(const struct part *p, const struct subject *s,
    const struct signing_identity *id, const struct judge_terms *judge,
    bool *ours, struct err *e)
{
	struct check_terms terms = { .judge = *judge };
	struct findings found = { 0 };

	*ours = false;
	if (id == NULL || id->certificate.len == 0)
		return true;
	if (!p->format->check(s, &terms, &found, e))
		return false;
	for (size_t i = 0; i < found.count; i++) {
		const struct finding *f = &found.items[i];

		*ours |= f->err.what == NULL &&
		    span_eq(f->certificate, id->certificate) &&
		    (f->timestamped || !id->timestamp);
	}
	return true;
}

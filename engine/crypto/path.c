/*
 * path - see path.h.
 *
 * The shortest way counts, found in breadth: each certificate is entered once,
 * so authorities that certify each other lead nowhere. First only over issuers
 * that may be ones, and whose signature holds; if that fails, over their names,
 * for the error that tells what is wrong.
 */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/decoded.h"
#include "crypto/path.h"

DEFINE_CLEANUP(X509, x509_done, X509_free);
DEFINE_CLEANUP(EVP_PKEY, pkey_done, EVP_PKEY_free);

bool
path_leaf(const struct certificate_bag *bag, struct span spki,
    const struct certificate **out, struct err *e)
{
	const struct certificate *found = NULL;

	for (size_t i = 0; i < bag->count; i++) {
		const struct certificate *c = &bag->items[i];

		if (span_eq(c->spki, spki) && (found == NULL ||
		    c->not_before > found->not_before))
			found = c;
	}
	if (found == NULL)
		return err_set(e, ERR_CERTIFICATE_KEY, "none of the %zu "
		    "certificates is for the key; the first is of \"%s\"",
		    bag->count, text_show(bag->items[0].subject).text);
	*out = found;
	return true;
}

/* The bag may have moved since. */
static bool
same(const struct certificate *a, const struct certificate *b)
{
	return a->der.ptr == b->der.ptr;
}

static const struct certificate *
issuer_of(const struct certificate *c, const struct certificate_bag *bag)
{
	for (size_t i = 0; i < bag->count; i++)
		if (!same(&bag->items[i], c) &&
		    span_eq(bag->items[i].subject_name, c->issuer_name))
			return &bag->items[i];
	return NULL;
}

const struct certificate *
path_end(const struct certificate *leaf, const struct certificate_bag *bag)
{
	const struct certificate *at = leaf;

	for (size_t steps = 0; steps <= bag->count; steps++) {
		const struct certificate *next = issuer_of(at, bag);

		if (at->self_issued)
			return NULL;
		if (next == NULL)
			return at;
		at = next;
	}
	return NULL;
}

/* Its own key signed it. */
static bool
signs_itself(const struct certificate *c)
{
	CLEANUP(x509_done) X509 *x = decoded_certificate(c->der);
	bool good = x != NULL && X509_self_signed(x, 1) == 1;

	ERR_clear_error();
	return good;
}

static bool
may_end(const struct certificate *c, const struct certificate *leaf,
    const struct certificate_bag *bag, const struct path_terms *t)
{
	if (c->self_issued)
		return (c->ca || same(c, leaf)) && signs_itself(c);
	return t->no_root && c->ca && !same(c, leaf) &&
	    issuer_of(c, bag) == NULL;
}

/* ---- the search */

struct step {
	const struct certificate	*at;
	size_t				 from;	/* the step before it */
};

struct search {
	const struct certificate	*leaf;
	const struct certificate_bag	*bag;
	const struct path_terms		*terms;
	bool				 names;	/* names only */
	struct step			*steps;
	size_t				 count;
	size_t				 checks; /* signatures, so far */
};

bool
path_signed_by(const struct certificate *c, const struct certificate *issuer)
{
	CLEANUP(x509_done) X509 *x = decoded_certificate(c->der);
	CLEANUP(pkey_done) EVP_PKEY *k = decoded_key(issuer->spki);
	bool good = x != NULL && k != NULL && X509_verify(x, k) == 1;

	ERR_clear_error();
	return good;
}

static bool
entered(const struct search *s, const struct certificate *c)
{
	for (size_t i = 0; i < s->count; i++)
		if (same(s->steps[i].at, c))
			return true;
	return false;
}

static bool
issued(struct search *s, const struct certificate *issuer,
    const struct certificate *c)
{
	if (!span_eq(issuer->subject_name, c->issuer_name) ||
	    entered(s, issuer))
		return false;
	if (s->names)
		return true;
	return issuer->ca && issuer->not_before <= s->terms->at &&
	    issuer->not_after >= s->terms->at &&
	    s->checks++ < LIMIT_TRUSTED && path_signed_by(c, issuer);
}

/* The steps lie in an array with a place for every certificate. */
static bool
search_run(struct search *s, size_t *end)
{
	s->steps[0] = (struct step){ s->leaf, 0 };
	s->count = 1;
	for (size_t i = 0; i < s->count; i++) {
		const struct certificate *c = s->steps[i].at;

		*end = i;
		if (may_end(c, s->leaf, s->bag, s->terms))
			return true;
		for (size_t k = 0; k < s->bag->count; k++)
			if (issued(s, &s->bag->items[k], c))
				s->steps[s->count++] = (struct step){
				    &s->bag->items[k], i };
	}
	return false;
}

static bool
search_judge(const struct search *s, size_t end, struct arena *a,
    struct chain *out, struct err *e)
{
	CLEANUP(trust_done) struct trust *trust = trust_new();
	struct chain_terms terms = { .trust = trust,
	    .purpose = s->terms->purpose, .at = s->terms->at };
	struct span *way = ARENA_ARRAY(a, struct span, s->count);
	size_t n = 0;

	if (way == NULL)
		return err_budget(e, a);
	for (size_t i = end; i != 0; i = s->steps[i].from)
		way[n++] = s->steps[i].at->der;
	return trust_add(trust, s->steps[end].at->der, e) &&
	    chain_check(s->leaf, way, n, &terms, a, out, e);
}

static bool
none_say(const struct certificate *leaf, const struct certificate_bag *bag,
    struct err *e)
{
	const struct certificate *end = path_end(leaf, bag);

	if (end != NULL)
		return err_set(e, ERR_CERTIFICATE_NO_PATH, "the certificate of "
		    "\"%s\" is missing: it issued \"%s\"",
		    text_show(end->issuer).text, text_show(end->subject).text);
	return err_set(e, ERR_CERTIFICATE_NO_PATH, "the issuers of \"%s\" "
	    "lead in a circle, or to a root that did not sign itself",
	    text_show(leaf->subject).text);
}

bool
path_build(const struct certificate *leaf, const struct certificate_bag *bag,
    const struct path_terms *t, struct arena *a, struct chain *out,
    struct err *e)
{
	struct search s = { .leaf = leaf, .bag = bag, .terms = t,
	    .steps = ARENA_ARRAY(a, struct step, bag->count + 1) };
	size_t end;

	if (s.steps == NULL)
		return err_budget(e, a);
	if (!certificate_purpose_check(leaf, t->purpose, e))
		return false;
	for (int names = 0; names <= 1; names++) {
		s.names = names != 0;
		if (search_run(&s, &end))
			return search_judge(&s, end, a, out, e);
	}
	return none_say(leaf, bag, e);
}

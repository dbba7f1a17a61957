/* suggest_treat - what one file of a sample is given; see suggest.h. */
#include <string.h>

#include "cli/suggest.h"

/*
 * What is asked of our own files, if they say it. What differs from file to
 * file (its name, its own version) is not.
 */
static const char *const asked[] = {
	"product-name", "company-name", "product-version", NULL
};

/* A value that the config file can carry as it is. */
static bool
value_serves(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
			return false;
	return value.len > 0 && span_find(value, SPAN_TEXT("${")) == SIZE_MAX;
}

static const char *
kind_key(const struct element_kind *kind, const char *name)
{
	for (size_t i = 0; kind->where[i] != NULL; i++)
		if (strcmp(kind->where[i], name) == 0)
			return kind->where[i];
	return NULL;
}

/* A version that is not ${version} would hold for this sample only. */
static bool
where_add(struct suggesting *s, struct span value, const char *key,
    struct element *x, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct where *w = &x->where[x->where_count];

	value_put(s, value, &text);
	if (strcmp(key, "product-version") == 0 &&
	    span_find(buf_span(&text), SPAN_TEXT("${version}")) == SIZE_MAX)
		return true;
	w->key = key;
	x->where_count++;
	return arena_copy(s->arena, buf_span(&text), &w->value) ||
	    err_budget(e, s->arena);
}

static bool
where_take(struct suggesting *s, const struct sample *f, struct element *x,
    struct err *e)
{
	x->where = ARENA_ARRAY(s->arena, struct where, COUNT(asked));
	if (x->where == NULL)
		return err_budget(e, s->arena);
	for (size_t i = 0; asked[i] != NULL; i++) {
		const char *key = kind_key(f->kind, asked[i]);
		struct span value = json_span(json_member(f->facts, asked[i]));

		if (key != NULL && value_serves(value) &&
		    !where_add(s, value, key, x, e))
			return false;
	}
	return true;
}

static struct directive *
directive_new(struct suggesting *s, struct element *x, enum method method,
    enum directive_verb verb, struct err *e)
{
	struct directive *d = ARENA_NEW(s->arena, struct directive);

	if (d == NULL) {
		err_budget(e, s->arena);
		return NULL;
	}
	*d = (struct directive){ .verb = verb, .method = method };
	x->directives = d;
	x->directive_count = 1;
	return d;
}

static bool
note_set(struct suggesting *s, struct draft *out, const char *text,
    struct span detail, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_text(&b, text);
	buf_put(&b, detail);
	return arena_copy(s->arena, buf_span(&b), &out->notes[0]) ||
	    err_budget(e, s->arena);
}

/* One name of a list in the arena, if there is one. */
static bool
list_set(struct suggesting *s, struct span name, const struct span **items,
    size_t *count, struct err *e)
{
	struct span *list = ARENA_NEW(s->arena, struct span);

	if (list == NULL)
		return err_budget(e, s->arena);
	*list = name;
	*items = list;
	*count = 1;
	return true;
}

/* A subject that the file cannot carry is named by its certificate. */
static bool
verify_take(struct suggesting *s, const struct sample *f, enum method method,
    struct draft *out, struct err *e)
{
	struct directive *d = directive_new(s, &out->x, method,
	    DIRECTIVE_VERIFY, e);

	if (d == NULL)
		return false;
	out->rank = DRAFT_VERIFIED;
	out->x.keep_others = f->kind->contains;
	s->verifies = true;
	d->timestamped = f->timestamped;
	return value_serves(f->signer) ? list_set(s, f->signer, &d->subjects,
	    &d->subject_count, e) : list_set(s, f->thumbprint,
	    &d->thumbprints, &d->thumbprint_count, e);
}

static bool
method_take(struct suggesting *s, const struct sample *f, enum method method,
    struct draft *out, struct err *e)
{
	if (sample_ours(s, f)) {
		out->rank = DRAFT_SIGNED;
		s->signs = true;
		return directive_new(s, &out->x, method, DIRECTIVE_SIGN, e) !=
		    NULL && where_take(s, f, &out->x, e);
	}
	if (f->state == SAMPLE_WHOLE)
		return verify_take(s, f, method, out, e);
	out->rank = DRAFT_KEPT;
	out->x.keep_others = f->kind->contains;
	return note_set(s, out, "kept as it is, look at it: somebody else's "
	    "signature is not good: ", f->error, e);
}

bool
treat(struct suggesting *s, const struct sample *f, struct draft *out,
    struct err *e)
{
	enum method method;

	*out = (struct draft){ .count = 1, .height = 1 };
	element_init(&out->x, f->kind);
	out->notes = ARENA_NEW(s->arena, struct span);
	if (out->notes == NULL)
		return err_budget(e, s->arena);
	if (kind_method(f->kind, &method))
		return method_take(s, f, method, out, e);
	out->rank = f->kind->contains ? DRAFT_SIGNED : DRAFT_PLAIN;
	return true;
}

bool
draft_key(const struct draft *d, bool where, struct arena *a,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct element x = d->x;

	if (!where)
		x.where_count = 0;
	buf_u8(&b, (uint8_t)d->rank);
	element_write(&x, &b);
	buf_put(&b, d->notes[0]);
	return arena_copy(a, buf_span(&b), out) || err_budget(e, a);
}

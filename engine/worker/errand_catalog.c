/*
 * errand_catalog - what catalogs say of files: member, catalog.
 */
#include <stdlib.h>

#include "base/text.h"
#include "formats/cat.h"
#include "worker/errand.h"

static struct subject
input_subject(struct errand *w)
{
	return (struct subject){ .file = w->input, .name = w->job.name,
	    .arena = w->arena, .scratch = &w->scratch };
}

/* ---- member */

static struct json *
member_json(const struct catalog_file *f)
{
	struct json *v = json_map();

	json_put_text(v, "subject", catalog_subject_names[f->subject]);
	json_put_hex(v, "sha1", digest_span(&f->sha1));
	json_put_hex(v, "sha256", digest_span(&f->sha256));
	if (f->page_hashes.len > 0)
		json_put_hex(v, "page_hashes", f->page_hashes);
	return v;
}

/* The kind of page hashes that are asked for, if any. */
static const enum digest_kind *
pages_of(const struct errand *w, enum digest_kind *kind)
{
	return w->directed && w->directive.page_hashes &&
	    digest_find(w->directive.digest, kind) ? kind : NULL;
}

/* What only begins as a program does is a file as any other. */
bool
errand_member(struct errand *w, struct outcome *out, struct err *e)
{
	struct subject s = input_subject(w);
	struct catalog_file file = { 0 };
	const struct format *f;
	enum digest_kind kind;

	if (!format_probe(&s, &f, e))
		return false;
	out->yes = f->member != NULL && format_certain(f, &s);
	out->nothing = !out->yes;
	if (out->yes && !f->member(&s, pages_of(w, &kind), &file, e))
		return err_at(e, "%s", text_show(w->job.name).text);
	out->json = out->yes ? member_json(&file) : json_map();
	return true;
}

/* ---- catalog */

struct wanted {
	struct digest	digest;
	size_t		number;		/* in the job */
	bool		found;
};

static int
by_digest(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return x->digest.kind != y->digest.kind ?
	    (x->digest.kind < y->digest.kind ? -1 : 1) :
	    span_cmp(digest_span(&x->digest), digest_span(&y->digest));
}

static struct wanted *
wanted_sorted(struct errand *w)
{
	size_t count = w->job.wanted_count;
	struct wanted *list = ARENA_ARRAY(w->arena, struct wanted, count);

	for (size_t i = 0; list != NULL && i < count; i++)
		list[i] = (struct wanted){ w->job.wanted[i], i, false };
	if (list != NULL && count > 0)
		qsort(list, count, sizeof(*list), by_digest);
	return list;
}

/* The first of those that want this digest: equal files want the same one. */
static size_t
first_of(const struct wanted *list, size_t count, const struct digest *d)
{
	struct wanted key = { .digest = *d };
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (by_digest(&list[middle], &key) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* One walk through the catalog for all files. */
static bool
members_find(struct errand *w, const struct catalog *c, struct json *numbers,
    struct err *e)
{
	struct wanted *list = wanted_sorted(w);
	size_t count = w->job.wanted_count;
	struct der members = c->members;
	struct catalog_member m;
	struct digest d;

	if (list == NULL)
		return err_budget(e, w->arena);
	while (catalog_next(&members, &m)) {
		if (!catalog_digest(&m, &d))
			continue;
		for (size_t i = first_of(list, count, &d); i < count &&
		    digest_eq(&list[i].digest, &d) && !list[i].found; i++) {
			list[i].found = true;
			json_add(numbers, json_int((int64_t)list[i].number));
		}
	}
	return true;
}

static void
outcome_judge(const struct findings *found, struct outcome *out)
{
	out->nothing = found->count == 0;
	out->yes = !out->nothing;
	for (size_t i = 0; i < found->count; i++)
		out->yes = out->yes && found->items[i].err.what == NULL;
}

bool
errand_catalog(struct errand *w, struct outcome *out, struct err *e)
{
	struct subject s = input_subject(w);
	struct check_terms terms = { .judge = errand_terms(w).judge };
	struct findings found = { 0 };
	struct json *numbers = json_list();
	struct catalog c;

	out->json = json_map();
	json_put(out->json, "found", numbers);
	if (!cat_list(&s, &c, e) ||
	    !cat_format.check(&s, &terms, &found, e) ||
	    !members_find(w, &c, numbers, e))
		return err_at(e, "%s", text_show(w->job.name).text);
	outcome_judge(&found, out);
	json_put_int(out->json, "version", c.version);
	json_put_int(out->json, "members", (int64_t)c.member_count);
	json_put(out->json, "signatures", findings_json(&found, w->arena));
	return true;
}

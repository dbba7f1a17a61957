/* embedded - see embedded.h. */
#include "formats/embedded.h"

/* What plan knows and apply needs. */
struct draft {
	struct cms_draft	*cms;
	void			*own;
};

bool
embedded_terms(const struct format *f, const struct directive *d,
    enum authenticode_subject subject, struct authenticode_terms *out,
    enum digest_kind *kind, struct err *e)
{
	*out = (struct authenticode_terms){
		.subject = subject,
		.page_kind = DIGEST_SHA256,
		.description = d->description,
		.description_url = d->description_url,
	};
	if (!format_allows(f, d, kind, e))
		return false;
	return !d->page_hashes || subject == AUTHENTICODE_PE ||
	    err_set(e, ERR_AUTHENTICODE_PAGES, "a %s has no page hashes",
	    f->title);
}

bool
embedded_plan(const struct subject *s, const struct signing_identity *id,
    const struct authenticode_terms *terms, void *own, struct plan *out,
    struct err *e)
{
	struct draft *draft = ARENA_NEW(s->arena, struct draft);
	struct plan_item *item = ARENA_NEW(s->arena, struct plan_item);

	if (draft == NULL || item == NULL)
		return err_budget(e, s->arena);
	if (!authenticode_plan(terms, id, s->arena, &draft->cms,
	    &item->to_be_signed, e))
		return false;
	draft->own = own;
	item->timestamp = id->timestamp;
	item->imprint = id->imprint;
	item->draft = draft;
	*out = (struct plan){ .items = item, .count = 1 };
	return true;
}

void *
embedded_own(const struct plan *plan)
{
	const struct draft *draft = plan->items[0].draft;

	return draft->own;
}

static bool
stamped(const struct subject *s, struct span old,
    const struct sealed *sealed, struct span *der, struct err *e)
{
	if (old.len == 0)
		return err_set(e, ERR_FORMAT_NOT_SIGNED,
		    "there is no signature to put a timestamp on");
	return authenticode_stamp(old, sealed->nested, sealed->timestamp,
	    s->arena, der, e);
}

bool
embedded_message(const struct subject *s, const struct plan *plan,
    const struct sealed *sealed, struct span old, bool append,
    struct span *der, struct err *e)
{
	const struct draft *draft = plan->items[0].draft;

	if (sealed->signature.len == 0)
		return stamped(s, old, sealed, der, e);
	return cms_finish(draft->cms, sealed->signature, sealed->timestamp,
	    s->arena, der, e) && (!append || old.len == 0 ||
	    authenticode_nest(old, *der, s->arena, der, e));
}

bool
embedded_unreadable(const struct subject *s, const struct err *why,
    struct findings *out, struct err *e)
{
	struct finding *f;

	if (why->what->kind == ERR_KIND_SYSTEM ||
	    err_is(why, ERR_LIMIT_MEMORY)) {
		*e = *why;
		return false;
	}
	f = findings_add(out, s->arena);
	if (f == NULL)
		return err_budget(e, s->arena);
	f->err = *why;
	f->method = method_rows[METHOD_AUTHENTICODE].name;
	return true;
}

bool
embedded_check(const struct subject *s, struct span message, bool padded,
    const struct authenticode_file *file, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	struct err why;

	return authenticode_check(message, padded, file, &terms->judge,
	    s->arena, out, &why) || embedded_unreadable(s, &why, out, e);
}

bool
embedded_same(const struct format *f, const struct subject *before,
    const struct subject *after, const char *differs, struct err *e)
{
	struct rope a, b;
	bool changed, same;

	if (!f->strip(before, &a, &changed, e) ||
	    !f->strip(after, &b, &changed, e) || !rope_same(&a, &b, &same, e))
		return false;
	return same || err_set(e, ERR_FORMAT_DIFFERS, "%s", differs);
}

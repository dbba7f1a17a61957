/* whole - see whole.h. */
#include "base/text.h"
#include "formats/whole.h"

bool
whole_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	(void)id;
	*out = (struct plan){ 0 };
	return err_set(e, ERR_FORMAT_METHOD, "\"%s\" cannot carry a signature "
	    "of the kind \"%s\"", text_show(s->name).text,
	    method_rows[d->method].name);
}

bool
whole_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	struct plan none;

	(void)plan;
	(void)sealed;
	*out = s->file;
	return whole_plan(s, d, id, &none, e);
}

bool
whole_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	(void)s;
	(void)terms;
	(void)out;
	(void)e;
	return true;
}

bool
whole_strip(const struct subject *s, struct rope *out, bool *changed,
    struct err *e)
{
	(void)e;
	*out = s->file;
	*changed = false;
	return true;
}

bool
whole_same(const struct subject *before, const struct subject *after,
    struct err *e)
{
	bool same;

	if (!rope_same(&before->file, &after->file, &same, e))
		return false;
	return same || err_set(e, ERR_FORMAT_DIFFERS,
	    "the file was changed, though its signature is not in it");
}

bool
whole_foresee(const struct subject *s, const struct directive *d,
    struct err *e)
{
	(void)s;
	(void)d;
	(void)e;
	return true;
}

bool
whole_facts(const struct subject *s, struct facts *out, struct err *e)
{
	(void)s;
	(void)out;
	(void)e;
	return true;
}

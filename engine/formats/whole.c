/* whole - see whole.h. */
#include "formats/whole.h"

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

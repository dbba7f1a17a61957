/*
 * zip - archives. They carry no signature of their own: what is inside them is
 * signed, and containers/zip.c takes them apart and puts them together.
 */
#include "containers/containers.h"
#include "formats/whole.h"

extern const struct container zip_container;
extern const struct format zip_format;

static int
zip_probe(struct span head)
{
	return zip_container.probe(head);
}

static bool
zip_plan(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, struct plan *out, struct err *e)
{
	enum digest_kind kind;

	(void)s;
	(void)id;
	*out = (struct plan){ 0 };
	return format_allows(&zip_format, d, &kind, e);
}

static bool
zip_apply(const struct subject *s, const struct directive *d,
    const struct signing_identity *id, const struct plan *plan,
    const struct sealed *sealed, struct rope *out, struct err *e)
{
	enum digest_kind kind;

	(void)id;
	(void)plan;
	(void)sealed;
	*out = s->file;
	return format_allows(&zip_format, d, &kind, e);
}

static bool
zip_check(const struct subject *s, const struct check_terms *terms,
    struct findings *out, struct err *e)
{
	(void)s;
	(void)terms;
	(void)out;
	(void)e;
	return true;
}

const struct format zip_format = {
	.name		= "zip",
	.title		= "ZIP archive",
	.suffixes	= "zip",
	.methods	= 0,
	.container	= &zip_container,
	.probe		= zip_probe,
	.plan		= zip_plan,
	.apply		= zip_apply,
	.check		= zip_check,
	.strip		= whole_strip,
	.foresee	= whole_foresee,
	.same		= whole_same,
	.facts		= whole_facts,
};

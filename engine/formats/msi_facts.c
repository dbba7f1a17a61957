/*
 * msi_facts - what the summary information of an installer says of it.
 *
 * A file whose summary is broken can still be signed; it has no facts.
 */
#include "base/text.h"
#include "containers/installer.h"
#include "formats/msi.h"

static const struct {
	const char	*key;
	uint32_t	 name;
} properties[] = {
	{ "title", 2 },
	{ "subject", 3 },
	{ "author", 4 },
	{ "keywords", 5 },
	{ "comments", 6 },
};

/* Why nothing can be said of any property, or NULL; false: budget. */
static bool
broken(const struct installer_summary *x, struct arena *a, const char **out,
    struct err *e)
{
	*out = x->there ? NULL : "it has no summary information";
	if (x->broken == NULL)
		return true;
	*out = arena_printf(a, "its summary information %s", x->broken);
	return *out != NULL || err_budget(e, a);
}

/* Text up to its NUL; NULL, or why it cannot be told. */
static const char *
text_read(const struct installer_summary *x, uint32_t name, struct buf *out)
{
	struct reader r = { 0 };
	struct span text, nul = { (const uint8_t *)"", 1 };
	struct err why;

	if (!installer_property(x, name, &r))
		return "its summary information does not say";
	if (rd_u32le(&r) != INSTALLER_TEXT)
		return "it is no text in its summary information";
	text = rd_take(&r, rd_u32le(&r));
	if (!rd_ok(&r))
		return "its summary information is malformed";
	if (span_find(text, nul) < text.len)
		text.len = span_find(text, nul);
	return installer_utf8(x->code_page, text, out, &why) ? NULL :
	    "its letters are of a code page that is not read";
}

static bool
fact_add(const struct installer_summary *x, size_t i, const char *why,
    struct arena *a, struct facts *out, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct fact f = { .key = properties[i].key, .absent = why };

	if (why == NULL)
		f.absent = text_read(x, properties[i].name, &text);
	return (arena_copy(a, buf_span(&text), &f.value) ||
	    err_budget(e, a)) && facts_add(out, a, f, e);
}

bool
msi_facts(const struct subject *s, struct facts *out, struct err *e)
{
	struct installer_summary x;
	struct msi_file m;
	const char *why;

	if (!msi_parse(s, &m, e) ||
	    !installer_summary(&m.compound, s->arena, &x, e) ||
	    !broken(&x, s->arena, &why, e))
		return false;
	if (!m.is_installer)
		return err_set(e, ERR_MSI_KIND, "\"%s\" is no file of Windows "
		    "Installer", text_show(s->name).text);
	for (size_t i = 0; i < COUNT(properties); i++)
		if (!fact_add(&x, i, why, s->arena, out, e))
			return false;
	return true;
}

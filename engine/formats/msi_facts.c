/*
 * msi_facts - the summary information of an installer database: a stream of
 * the root, a property set ([MS-OLEPS] 2.21).
 *
 *	u16 0xfffe, version and system 6 bytes, class 16, u32 number of sets,
 *	of each its name 16 bytes and u32 offset
 *	set: u32 size, u32 number of properties, of each u32 name and u32
 *	offset in the set
 *	property: u32 type, value; of text u32 size with NUL, bytes
 *
 * A file whose summary is broken can still be signed; it has no facts.
 */
#include "base/limits.h"
#include "base/text.h"
#include "containers/installer.h"
#include "formats/msi.h"

#define SUMMARY		"\5SummaryInformation"
#define SUMMARY_MAX	(64 * KIB)
#define SET_AT		44	/* offset of the first set */
#define CODE_PAGE	1	/* name of a property */
#define TYPE_I2		2
#define TYPE_TEXT	30
#define UTF8		65001

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

struct summary {
	struct span	set;
	uint32_t	count;
	unsigned	code_page;
	const char	*broken;	/* why nothing can be said */
};

/* The property of this name, at its type; false: there is none, or two. */
static bool
property(const struct summary *x, uint32_t name, struct reader *out)
{
	struct reader r = rd_open(x->set);
	unsigned found = 0;

	rd_seek(&r, 8);
	for (uint32_t i = 0; i < x->count; i++) {
		uint32_t is = rd_u32le(&r), at = rd_u32le(&r);

		if (is != name)
			continue;
		found++;
		*out = rd_open(x->set);
		rd_seek(out, at);
	}
	return found == 1;
}

static bool
broken(struct summary *x, const char *why)
{
	x->broken = why;
	return false;
}

static bool
summary_parse(struct span bytes, struct summary *x)
{
	struct reader r = rd_open(bytes);

	if (rd_u16le(&r) != 0xfffe)
		return broken(x, "its summary information is malformed");
	rd_seek(&r, SET_AT);
	x->set = span_from(bytes, rd_u32le(&r));
	r = rd_open(x->set);
	rd_skip(&r, 4);
	x->count = rd_u32le(&r);
	if (!rd_ok(&r) || x->count > rd_left(&r) / 8)
		return broken(x, "its summary information is malformed");
	x->code_page = 1252;
	if (property(x, CODE_PAGE, &r) && rd_u32le(&r) == TYPE_I2)
		x->code_page = rd_u16le(&r);
	return true;
}

/* Text up to its NUL; NULL, or why it cannot be told. */
static const char *
text_read(const struct summary *x, uint32_t name, struct span *out)
{
	struct reader r = { 0 };
	struct span nul = { (const uint8_t *)"", 1 };
	bool ascii = true;

	if (!property(x, name, &r))
		return "its summary information does not say";
	if (rd_u32le(&r) != TYPE_TEXT)
		return "it is no text in its summary information";
	*out = rd_take(&r, rd_u32le(&r));
	if (!rd_ok(&r))
		return "its summary information is malformed";
	if (span_find(*out, nul) < out->len)
		out->len = span_find(*out, nul);
	for (size_t i = 0; i < out->len; i++)
		ascii = ascii && out->ptr[i] < 0x80;
	if (!ascii && (x->code_page != UTF8 || !text_utf8(*out)))
		return "its letters are of a code page that is not read";
	return NULL;
}

static bool
summary_open(const struct subject *s, const struct msi_file *m,
    struct summary *x, struct err *e)
{
	size_t number = installer_find(&m->compound, SUMMARY);
	struct span bytes;

	if (number == SIZE_MAX)
		return broken(x, "it has no summary information") || true;
	if (compound_size(&m->compound, number) > SUMMARY_MAX)
		return broken(x, "its summary information is too large") ||
		    true;
	if (!rope_view(s->arena, compound_contents(&m->compound, number), 0,
	    compound_size(&m->compound, number), &bytes, e))
		return false;
	(void)summary_parse(bytes, x);
	return true;
}

bool
msi_facts(const struct subject *s, struct facts *out, struct err *e)
{
	struct summary x = { 0 };
	struct msi_file m;

	if (!msi_parse(s, &m, e) || !summary_open(s, &m, &x, e))
		return false;
	if (!m.is_installer)
		return err_set(e, ERR_MSI_KIND, "\"%s\" is no file of Windows "
		    "Installer", text_show(s->name).text);
	for (size_t i = 0; i < COUNT(properties); i++) {
		struct fact f = { .key = properties[i].key,
		    .absent = x.broken };

		if (f.absent == NULL)
			f.absent = text_read(&x, properties[i].name,
			    &f.value);
		if (!facts_add(out, s->arena, f, e))
			return false;
	}
	return true;
}

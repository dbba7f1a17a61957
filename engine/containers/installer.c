/* installer - see installer.h. */
#include "base/text.h"
#include "containers/installer.h"

/* {000C10xx-0000-0000-C000-000000000046}, as stored: xx comes first. */
static const struct {
	uint8_t			first;
	enum installer_kind	kind;
} kinds[] = {
	{ 0x84, INSTALLER_PACKAGE },
	{ 0x82, INSTALLER_TRANSFORM },
	{ 0x86, INSTALLER_PATCH },
};
static const uint8_t rest[COMPOUND_CLASS_SIZE - 1] = { 0x10, 0x0c, 0, 0, 0, 0,
	0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };

enum installer_kind
installer_kind(struct span class)
{
	struct reader r = rd_open(class);
	unsigned first = rd_u8(&r);

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (first == kinds[i].first &&
		    span_eq(span_from(class, 1), SPAN(rest)))
			return kinds[i].kind;
	return INSTALLER_NONE;
}

bool
installer_signature(const struct compound *file, size_t number)
{
	static const char *const names[] = { INSTALLER_SIGNATURE,
		INSTALLER_EXTENDED };
	const struct compound_entry *x = &file->entries[number];

	if (x->kind != COMPOUND_STREAM || x->parent != 0)
		return false;
	for (size_t i = 0; i < COUNT(names); i++) {
		CLEANUP(buf_done) struct buf wide = { 0 };

		if (text_to_utf16(SPAN_TEXT(names[i]), &wide) &&
		    span_eq(buf_span(&wide), x->name))
			return true;
	}
	return false;
}

size_t
installer_find(const struct compound *c, const char *name)
{
	CLEANUP(buf_done) struct buf wide = { 0 };

	return text_to_utf16(SPAN_TEXT(name), &wide) ?
	    compound_find(c, buf_span(&wide)) : SIZE_MAX;
}

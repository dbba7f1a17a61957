/* xml_parse on any bytes: it refuses, or the tree is what its header says. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/xml.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
walk(const struct xml_element *x, size_t lines, unsigned depth)
{
	size_t count = 0;

	if (depth > LIMIT_XML_DEPTH || x->name.len == 0 || x->line == 0 ||
	    x->line > lines || x->attribute_count > LIMIT_XML_ATTRIBUTES ||
	    !text_utf8(x->name) || !text_utf8(x->space) ||
	    !text_utf8(x->text))
		abort();
	for (size_t i = 0; i < x->attribute_count; i++)
		if (x->attributes[i].name.len == 0 ||
		    !text_utf8(x->attributes[i].value))
			abort();
	for (const struct xml_element *c = x->first; c != NULL; c = c->next) {
		walk(c, lines, depth + 1);
		count++;
	}
	if (count != x->count)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)16 << 20);
	struct span in = { bytes, len };
	struct xml_element *root;
	size_t lines = 1;
	struct err e = { 0 };

	for (size_t i = 0; i < len; i++)
		lines += bytes[i] == '\n' || bytes[i] == '\r';
	if (xml_parse("f.xml", in, a, &root, &e))
		walk(root, lines, 1);
	else if (e.what == NULL || !span_starts(span_text(e.text), "f.xml:"))
		abort();
	return 0;
}

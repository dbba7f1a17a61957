/* yaml_scalar - see yaml_scalar.h. */
#include <string.h>

#include "cli/yaml_scalar.h"
#include "config/yaml.h"

static bool
is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Few characters, so that flow and block style agree on them. */
static bool
plain_serves(struct span s)
{
	struct yaml_node scalar = { .kind = YAML_SCALAR, .text = s,
	    .plain = true };

	if (s.len == 0 || !is_letter(s.ptr[0]) || s.ptr[s.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!is_letter(s.ptr[i]) && (s.ptr[i] == 0 ||
		    strchr("0123456789 ._/+-", s.ptr[i]) == NULL))
			return false;
	return yaml_resolve(&scalar) == YAML_WORD_TEXT;
}

/* Characters of two and three bytes that are not shown as they are. */
static bool
is_hidden(uint32_t c)
{
	static const struct { uint32_t first, last; } hidden[] = {
		{ 0x00, 0x1f }, { 0x7f, 0xa0 }, { 0xad, 0xad },
		{ 0x061c, 0x061c }, { 0x180e, 0x180e }, { 0x2000, 0x200f },
		{ 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x3000, 0x3000 },
		{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xffff },
	};

	for (size_t i = 0; i < COUNT(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return false;
}

/* The character at, if it has at most three bytes; *len is its length. */
static uint32_t
character(struct span s, size_t at, size_t *len)
{
	uint8_t first = s.ptr[at];
	uint32_t c = first;

	*len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (*len > 1)
		c = first & (0xffU >> (*len + 1));
	for (size_t i = 1; i < *len && at + i < s.len; i++)
		c = c << 6 | (s.ptr[at + i] & 0x3fU);
	return c;
}

void
yaml_scalar(struct span s, struct buf *out)
{
	size_t len;

	if (plain_serves(s)) {
		buf_put(out, s);
		return;
	}
	buf_text(out, "\"");
	for (size_t at = 0; at < s.len; at += len) {
		uint32_t c = character(s, at, &len);
		struct span raw;

		if (is_hidden(c) && c != ' ')
			buf_printf(out, "\\u%04x", (unsigned)c);
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", (int)c);
		else if (span_cut(s, at, len, &raw))
			buf_put(out, raw);
	}
	buf_text(out, "\"");
}

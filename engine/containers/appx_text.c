/*
 * appx_text - XML files of which only some bytes change: the rest stays as its
 * maker wrote it. The files were read by xml_parse before, so they are well
 * formed and have no document type; here only tags need to be told from
 * comments, instructions and quoted values.
 */
#include "containers/appx.h"

/* Past what is no element: <!-- -->, <![CDATA[ ]]>, <? ?>. */
static const struct {
	const char	*begin;
	const char	*end;
} asides[] = {
	{ "<!--", "-->" },
	{ "<![CDATA[", "]]>" },
	{ "<?", "?>" },
};

/* What an aside at `at` takes, or 0: it is none. */
static size_t
aside_length(struct span text, size_t at)
{
	struct span rest = span_from(text, at);

	for (size_t i = 0; i < COUNT(asides); i++) {
		size_t begin = span_text(asides[i].begin).len, end;

		if (!span_starts(rest, asides[i].begin))
			continue;
		end = span_find(span_from(rest, begin),
		    span_text(asides[i].end));
		return end == SIZE_MAX ? rest.len :
		    begin + end + span_text(asides[i].end).len;
	}
	return 0;
}

/* Where the tag that begins at `at` ends; values may hold '>'. */
static size_t
tag_end(struct span text, size_t at)
{
	uint8_t quote = 0;

	for (; at < text.len; at++) {
		uint8_t c = text.ptr[at];

		if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return at + 1;
	}
	return at;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span
local_name(struct span text, size_t from, size_t to)
{
	size_t end = from;

	while (end < to && !is_space(text.ptr[end]) && text.ptr[end] != '/' &&
	    text.ptr[end] != '>') {
		if (text.ptr[end] == ':')
			from = end + 1;
		end++;
	}
	return (struct span){ span_from(text, from).ptr, end - from };
}

bool
appx_tag_next(struct span text, size_t *at, struct appx_tag *tag)
{
	while (*at < text.len) {
		size_t aside = text.ptr[*at] != '<' ? 1 :
		    aside_length(text, *at);

		if (aside == 0)
			break;
		*at += aside;
	}
	if (*at >= text.len)
		return false;
	*tag = (struct appx_tag){ .from = *at, .to = tag_end(text, *at) };
	tag->closing = span_starts(span_from(text, *at), "</");
	tag->empty = tag->to >= 2 && text.ptr[tag->to - 2] == '/';
	tag->name = local_name(text, *at + 1 + tag->closing, tag->to);
	*at = tag->to;
	return true;
}

bool
appx_element_next(struct span text, const char *name, size_t *at,
    struct appx_tag *tag, size_t *to)
{
	struct appx_tag next;
	size_t depth = 1;

	do {
		if (!appx_tag_next(text, at, tag))
			return false;
	} while (tag->closing || !span_is(tag->name, name));
	*to = tag->to;
	if (tag->empty)
		return true;
	while (depth > 0 && appx_tag_next(text, at, &next)) {
		depth = next.closing ? depth - 1 : depth + !next.empty;
		*to = next.to;
	}
	return depth == 0;
}

bool
appx_value(struct span text, const struct appx_tag *tag, const char *name,
    size_t *from, size_t *to)
{
	size_t at = tag->from, begin;

	while (at < tag->to && !is_space(text.ptr[at]))
		at++;
	while (at < tag->to) {
		while (at < tag->to && is_space(text.ptr[at]))
			at++;
		begin = at;
		while (at < tag->to && text.ptr[at] != '=' &&
		    !is_space(text.ptr[at]))
			at++;
		struct span found = { span_from(text, begin).ptr, at - begin };
		while (at < tag->to && text.ptr[at] != '"' &&
		    text.ptr[at] != '\'')
			at++;
		if (at >= tag->to)
			return false;
		uint8_t quote = text.ptr[at];
		*from = ++at;
		while (at < tag->to && text.ptr[at] != quote)
			at++;
		*to = at++;
		if (span_is(found, name))
			return true;
	}
	return false;
}

void
appx_edit(struct span text, const struct appx_edit *edits, size_t count,
    struct buf *out)
{
	struct reader r = rd_open(text);

	for (size_t i = 0; i < count; i++) {
		buf_put(out, rd_take(&r, edits[i].from - r.at));
		buf_put(out, edits[i].text);
		rd_skip(&r, edits[i].to - r.at);
	}
	buf_put(out, rd_take(&r, rd_left(&r)));
}

/* Elements nest no deeper than xml_parse lets them (LIMIT_XML_DEPTH). */
bool
appx_elements(const struct xml_element *x, const char *name, struct arena *a,
    const struct xml_element ***out, size_t *count, struct err *e)
{
	if (span_is(x->name, name)) {
		const struct xml_element **more = arena_grow(a, *out, *count,
		    sizeof(const struct xml_element *));

		if (more == NULL)
			return err_budget(e, a);
		*out = more;
		more[(*count)++] = x;
	}
	for (const struct xml_element *c = x->first; c != NULL; c = c->next)
		if (!appx_elements(c, name, a, out, count, e))
			return false;
	return true;
}

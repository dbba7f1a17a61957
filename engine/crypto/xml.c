/*
 * xml - see xml.h. Expat's events become a tree.
 *
 * Expat writes the namespace before each name that is in one, and does so for
 * all attributes of an element at once: namespaces are short, and number and
 * length of attributes are bounded before expat gets to see the bytes.
 */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/xml.h"

/* Stands between namespace and local name; no name holds it. */
#define SEPARATOR	'\n'

/* An open element. */
struct level {
	struct xml_element	*element;
	struct xml_element	**end;		/* where the next child goes */
	struct buf		 text;
};

struct parse {
	XML_Parser		 parser;
	const char		*name;
	struct span		 in;
	struct arena		*arena;
	struct err		*e;
	bool			 failed;
	struct xml_element	*root;
	struct level		 levels[LIMIT_XML_DEPTH];
	size_t			 depth;
	struct span		 space;		/* the last one */
	size_t			 spaces;	/* declared in scope */
};

/* The first error is the one that counts; no more events after it. */
static void
stop(struct parse *p)
{
	err_at(p->e, "%s:%lu", p->name,
	    (unsigned long)XML_GetCurrentLineNumber(p->parser));
	p->failed = true;
	XML_StopParser(p->parser, XML_FALSE);
}

static void
refuse_budget(struct parse *p)
{
	err_budget(p->e, p->arena);
	stop(p);
}

/* ---- elements ---- */
static void
name_split(const XML_Char *full, struct span *space, struct span *name)
{
	const char *mark = strrchr(full, SEPARATOR);

	*space = (struct span){ NULL, 0 };
	*name = span_text(mark == NULL ? full : mark + 1);
	if (mark != NULL)
		*space = (struct span){ (const uint8_t *)full,
		    (size_t)(mark - full) };
}

/* Nearly every name has the namespace of the one before it. */
static bool
space_copy(struct parse *p, struct span uri, struct span *out)
{
	if (uri.len > 0 && !span_eq(p->space, uri) &&
	    !arena_copy(p->arena, uri, &p->space))
		return false;
	*out = uri.len > 0 ? p->space : uri;
	return true;
}

static bool
attribute_copy(struct parse *p, const XML_Char **pair,
    struct xml_attribute *to)
{
	struct span space, name;

	name_split(pair[0], &space, &name);
	return arena_copy(p->arena, name, &to->name) &&
	    space_copy(p, space, &to->space) &&
	    arena_copy(p->arena, span_text(pair[1]), &to->value);
}

static bool
attributes_copy(struct parse *p, struct xml_element *x,
    const XML_Char **pairs)
{
	size_t count = 0;

	while (pairs[2 * count] != NULL)
		count++;
	x->attributes = ARENA_ARRAY(p->arena, struct xml_attribute, count);
	if (x->attributes == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!attribute_copy(p, pairs + 2 * i, &x->attributes[i]))
			return false;
	x->attribute_count = count;
	return true;
}

static bool
limits_check(struct parse *p)
{
	if (p->depth == LIMIT_XML_DEPTH)
		return err_set(p->e, ERR_XML_LIMIT, "elements are nested "
		    "deeper than %d levels", LIMIT_XML_DEPTH);
	if (p->spaces > LIMIT_XML_NAMESPACES)
		return err_set(p->e, ERR_XML_LIMIT, "more than %d namespace "
		    "declarations in scope", LIMIT_XML_NAMESPACES);
	return true;
}

static void
element_hang(struct parse *p, struct xml_element *x)
{
	if (p->depth == 0) {
		p->root = x;
	} else {
		struct level *around = &p->levels[p->depth - 1];

		*around->end = x;
		around->end = &x->next;
		around->element->count++;
	}
	p->levels[p->depth++] = (struct level){ .element = x,
	    .end = &x->first };
}

static void
on_start(void *arg, const XML_Char *full, const XML_Char **attributes)
{
	struct parse *p = arg;
	struct span space, name;

	if (p->failed)
		return;
	if (!limits_check(p)) {
		stop(p);
		return;
	}
	struct xml_element *x = ARENA_NEW(p->arena, struct xml_element);
	name_split(full, &space, &name);
	if (x == NULL || !arena_copy(p->arena, name, &x->name) ||
	    !space_copy(p, space, &x->space) ||
	    !attributes_copy(p, x, attributes)) {
		refuse_budget(p);
		return;
	}
	x->line = (unsigned)XML_GetCurrentLineNumber(p->parser);
	element_hang(p, x);
}

static void
on_end(void *arg, const XML_Char *full)
{
	struct parse *p = arg;

	(void)full;
	if (p->failed || p->depth == 0)
		return;
	struct level *l = &p->levels[--p->depth];
	bool kept = arena_copy(p->arena, buf_span(&l->text),
	    &l->element->text);
	buf_done(&l->text);
	if (!kept)
		refuse_budget(p);
}

static void
on_text(void *arg, const XML_Char *text, int len)
{
	struct parse *p = arg;

	if (!p->failed && p->depth > 0)
		buf_put(&p->levels[p->depth - 1].text,
		    (struct span){ (const uint8_t *)text, (size_t)len });
}

/* Comes before the element that it stands in. */
static void
on_space(void *arg, const XML_Char *prefix, const XML_Char *uri)
{
	struct parse *p = arg;

	(void)prefix;
	p->spaces++;
	if (p->failed || uri == NULL || strlen(uri) <= LIMIT_XML_NAMESPACE)
		return;
	err_set(p->e, ERR_XML_LIMIT, "the name of a namespace is longer than "
	    "%d bytes", LIMIT_XML_NAMESPACE);
	stop(p);
}

static void
on_space_end(void *arg, const XML_Char *prefix)
{
	struct parse *p = arg;

	(void)prefix;
	p->spaces--;
}

/* ---- what is refused ---- */
static void
on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int internal)
{
	struct parse *p = arg;

	(void)system_id, (void)public_id, (void)internal;
	if (p->failed)
		return;
	err_set(p->e, ERR_XML_DTD, "a document type declaration of \"%s\"",
	    text_show(span_text(name)).text);
	stop(p);
}

static bool
is_ascii(struct span in)
{
	for (size_t i = 0; i < in.len; i++)
		if (in.ptr[i] > 0x7f)
			return false;
	return true;
}

/* The bytes are UTF-8: a declaration that says otherwise makes two readings. */
static bool
encoding_true(struct parse *p, const XML_Char *encoding)
{
	return encoding == NULL || strcasecmp(encoding, "utf-8") == 0 ||
	    (strcasecmp(encoding, "us-ascii") == 0 && is_ascii(p->in)) ||
	    err_set(p->e, ERR_XML_ENCODING, "the file says that its encoding "
	    "is \"%s\"", text_show(span_text(encoding)).text);
}

/* So does another version: 1.1 has other ends of lines. Expat takes any. */
static bool
version_true(struct parse *p, const XML_Char *version)
{
	return version == NULL || strcmp(version, "1.0") == 0 ||
	    err_set(p->e, ERR_XML_MALFORMED, "no XML 1.0: the file says that "
	    "its version is \"%s\"", text_show(span_text(version)).text);
}

static void
on_declaration(void *arg, const XML_Char *version, const XML_Char *encoding,
    int standalone)
{
	struct parse *p = arg;

	(void)standalone;
	if (!p->failed && (!version_true(p, version) ||
	    !encoding_true(p, encoding)))
		stop(p);
}

/* Those that the standard has defined. */
static bool
is_defined(struct span entity)
{
	static const char *const names[] = { "lt", "gt", "amp", "quot",
	    "apos" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (span_is(entity, names[i]))
			return true;
	return span_starts(entity, "#");
}

/* The first reference that nobody has defined, from an event on. */
static struct span
entity_find(struct span in)
{
	struct span before, name;

	while (span_split(&in, '&', &before)) {
		struct span rest = in;

		if (span_split(&rest, ';', &name) && !is_defined(name))
			return name;
	}
	return (struct span){ NULL, 0 };
}

static void
refuse(struct parse *p)
{
	enum XML_Error code = XML_GetErrorCode(p->parser);
	XML_Index at = XML_GetCurrentByteIndex(p->parser);

	if (code == XML_ERROR_NO_MEMORY)
		abort();
	if (code == XML_ERROR_UNDEFINED_ENTITY)
		err_set(p->e, ERR_XML_ENTITY, "the entity \"&%s;\" is not "
		    "defined", text_show(entity_find(span_from(p->in,
		    at > 0 ? (size_t)at : 0))).text);
	else
		err_set(p->e, ERR_XML_MALFORMED, "no XML: %s",
		    XML_ErrorString(code));
	stop(p);
}

/* ---- before expat sees the bytes ---- */
static unsigned
line_at(struct span in, size_t at)
{
	unsigned line = 1;

	for (size_t i = 0; i < at && i < in.len; i++)
		line += in.ptr[i] == '\n';
	return line;
}

static bool
placed(struct parse *p, struct span in, size_t at)
{
	return err_at(p->e, "%s:%u", p->name, line_at(in, at));
}

static bool
encoding_check(struct parse *p, struct span in)
{
	struct span rest = in, line;
	size_t at = 0;

	while (span_line(&rest, &line)) {
		if (!text_utf8(line) || (line.len > 0 &&
		    memchr(line.ptr, 0, line.len) != NULL)) {
			err_set(p->e, ERR_XML_ENCODING,
			    "this line is no UTF-8, or holds a NUL");
			return placed(p, in, at);
		}
		at += line.len + 1;
	}
	return true;
}

/*
 * value_skip moves *at from a '=' to the end of the value in quotes behind it,
 * but to no '<'. false: there is none.
 */
static bool
value_skip(struct span in, size_t *at)
{
	size_t i = *at + 1;

	while (i < in.len && (in.ptr[i] == ' ' || in.ptr[i] == '\t' ||
	    in.ptr[i] == '\r' || in.ptr[i] == '\n'))
		i++;
	if (i == in.len || (in.ptr[i] != '"' && in.ptr[i] != '\''))
		return false;
	*at = i + 1;
	while (*at < in.len && in.ptr[*at] != in.ptr[i] &&
	    in.ptr[*at] != '<')
		++*at;
	if (*at < in.len && in.ptr[*at] == '<')
		--*at;
	return true;
}

static bool
attribute_check(struct parse *p, size_t number, size_t len)
{
	if (number > LIMIT_XML_ATTRIBUTES)
		return err_set(p->e, ERR_XML_LIMIT, "an element with more "
		    "than %d attributes", LIMIT_XML_ATTRIBUTES);
	return len <= LIMIT_XML_VALUE || err_set(p->e, ERR_XML_LIMIT, "the "
	    "value of an attribute has more than %d bytes", LIMIT_XML_VALUE);
}

/*
 * Between two '<' stands at most one start tag, and '>' ends it. Comments and
 * CDATA begin with "<!".
 */
static bool
attributes_check(struct parse *p, struct span in)
{
	size_t tag = 0, found = 0;
	bool inside = false;

	for (size_t i = 0; i < in.len; i++) {
		size_t from = i;

		if (in.ptr[i] == '<') {
			tag = i;
			found = 0;
			inside = i + 1 < in.len && in.ptr[i + 1] != '!';
		} else if (in.ptr[i] == '>') {
			inside = false;
		} else if (inside && in.ptr[i] == '=' &&
		    value_skip(in, &i) &&
		    !attribute_check(p, ++found, i - from)) {
			return placed(p, in, tag);
		}
	}
	return true;
}

static bool
bytes_check(struct parse *p, struct span in)
{
	if (in.len > LIMIT_XML_SIZE) {
		err_set(p->e, ERR_XML_LIMIT, "%zu bytes, more than %llu",
		    in.len, (unsigned long long)LIMIT_XML_SIZE);
		return placed(p, in, 0);
	}
	return encoding_check(p, in) && attributes_check(p, in);
}

static XML_Parser
parser_new(struct parse *p)
{
	XML_Parser parser = XML_ParserCreateNS("UTF-8", SEPARATOR);

	if (parser == NULL)
		abort();
	XML_SetUserData(parser, p);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetNamespaceDeclHandler(parser, on_space, on_space_end);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetXmlDeclHandler(parser, on_declaration);
	return parser;
}

static void
events_read(struct parse *p)
{
	p->parser = parser_new(p);
	if (XML_Parse(p->parser, p->in.len > 0 ? (const char *)p->in.ptr : "",
	    (int)p->in.len, XML_TRUE) != XML_STATUS_OK && !p->failed)
		refuse(p);
	XML_ParserFree(p->parser);
	while (p->depth > 0)
		buf_done(&p->levels[--p->depth].text);
}

bool
xml_parse(const char *name, struct span in, struct arena *arena,
    struct xml_element **out, struct err *e)
{
	struct parse p = { .name = name, .in = in, .arena = arena, .e = e };

	if (!bytes_check(&p, in))
		return false;
	events_read(&p);
	if (p.failed)
		return false;
	*out = p.root;
	return true;
}

bool
xml_is(const struct xml_element *x, const char *space, const char *name)
{
	return span_is(x->name, name) && span_is(x->space, space);
}

const struct xml_attribute *
xml_attribute(const struct xml_element *x, const char *name)
{
	for (size_t i = 0; i < x->attribute_count; i++)
		if (x->attributes[i].space.len == 0 &&
		    span_is(x->attributes[i].name, name))
			return &x->attributes[i];
	return NULL;
}

bool
xml_blank(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != ' ' && text.ptr[i] != '\t' &&
		    text.ptr[i] != '\r' && text.ptr[i] != '\n')
			return false;
	return true;
}

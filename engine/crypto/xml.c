/*
 * xml - see xml.h. libxml2's events become a tree.
 *
 * libxml2 compares each attribute of an element with all others, and looks a
 * prefix up in all declarations in scope: both numbers are bounded, the first
 * before libxml2 gets to see the bytes.
 */
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/xml.h"

/* An open element. */
struct level {
	struct xml_element	*element;
	struct xml_element	**end;		/* where the next child goes */
	struct buf		 text;
	size_t			 spaces;	/* declared in scope */
};

struct parse {
	xmlParserCtxtPtr	 ctxt;
	const char		*name;
	struct arena		*arena;
	struct err		*e;
	bool			 failed;
	struct xml_element	*root;
	struct level		 levels[LIMIT_XML_DEPTH];
	size_t			 depth;
};

static struct span
span_of(const xmlChar *text)
{
	return text == NULL ? (struct span){ NULL, 0 } :
	    span_text((const char *)text);
}

/* The first error is the one that counts; no more events after it. */
static void
stop(struct parse *p, int line)
{
	err_at(p->e, "%s:%d", p->name, line > 0 ? line : 1);
	p->failed = true;
	xmlStopParser(p->ctxt);
}

static int
line_now(const struct parse *p)
{
	return p->ctxt->input == NULL ? 0 : p->ctxt->input->line;
}

/* libxml2 is at the end of the start tag; '<' stands nowhere inside of one. */
static int
line_of_tag(const struct parse *p)
{
	const xmlParserInput *in = p->ctxt->input;
	struct span read = { in->base, (size_t)(in->cur - in->base) };
	int line = in->line;

	for (size_t i = read.len; i > 0 && read.ptr[i - 1] != '<'; i--)
		line -= read.ptr[i - 1] == '\n';
	return line;
}

static void
refuse_budget(struct parse *p)
{
	err_budget(p->e, p->arena);
	stop(p, line_now(p));
}

/* ---- elements ---- */
static bool
attributes_copy(struct parse *p, struct xml_element *x, size_t count,
    const xmlChar **from)
{
	x->attributes = ARENA_ARRAY(p->arena, struct xml_attribute, count);
	if (x->attributes == NULL)
		return false;
	/* Each is five pointers: name, prefix, URI, value, end of value. */
	for (size_t i = 0; i < count; i++, from += 5) {
		struct xml_attribute *to = &x->attributes[i];
		struct span value = { from[3], (size_t)(from[4] - from[3]) };

		if (!arena_copy(p->arena, span_of(from[0]), &to->name) ||
		    !arena_copy(p->arena, span_of(from[2]), &to->space) ||
		    !arena_copy(p->arena, value, &to->value))
			return false;
	}
	x->attribute_count = count;
	return true;
}

/* Nearly every element has the namespace of the one around it. */
static bool
space_copy(struct parse *p, struct span uri, struct span *out)
{
	const struct xml_element *around = p->depth == 0 ? NULL :
	    p->levels[p->depth - 1].element;

	if (around == NULL || !span_eq(around->space, uri))
		return arena_copy(p->arena, uri, out);
	*out = around->space;
	return true;
}

static bool
limits_check(struct parse *p, size_t spaces)
{
	if (p->depth == LIMIT_XML_DEPTH)
		return err_set(p->e, ERR_XML_LIMIT, "elements are nested "
		    "deeper than %d levels", LIMIT_XML_DEPTH);
	if (spaces > LIMIT_XML_NAMESPACES)
		return err_set(p->e, ERR_XML_LIMIT, "more than %d namespace "
		    "declarations in scope", LIMIT_XML_NAMESPACES);
	return true;
}

static void
element_hang(struct parse *p, struct xml_element *x, size_t spaces)
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
	    .end = &x->first, .spaces = spaces };
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int spaces, const xmlChar **declared, int attributes,
    int defaulted, const xmlChar **values)
{
	struct parse *p = arg;

	(void)prefix, (void)declared, (void)defaulted;
	if (p->failed)
		return;
	size_t in_scope = (size_t)spaces + (p->depth == 0 ? 0 :
	    p->levels[p->depth - 1].spaces);
	if (!limits_check(p, in_scope)) {
		stop(p, line_of_tag(p));
		return;
	}
	struct xml_element *x = ARENA_NEW(p->arena, struct xml_element);
	if (x == NULL || !arena_copy(p->arena, span_of(name), &x->name) ||
	    !space_copy(p, span_of(uri), &x->space) ||
	    !attributes_copy(p, x, (size_t)attributes, values)) {
		refuse_budget(p);
		return;
	}
	x->line = (unsigned)line_of_tag(p);
	element_hang(p, x, in_scope);
}

static void
on_end(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct parse *p = arg;

	(void)name, (void)prefix, (void)uri;
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
on_text(void *arg, const xmlChar *text, int len)
{
	struct parse *p = arg;

	if (!p->failed && p->depth > 0)
		buf_put(&p->levels[p->depth - 1].text,
		    (struct span){ text, (size_t)len });
}

/* ---- what is refused ---- */
static void
on_doctype(void *arg, const xmlChar *name, const xmlChar *public_id,
    const xmlChar *system_id)
{
	struct parse *p = arg;

	(void)public_id, (void)system_id;
	if (p->failed)
		return;
	err_set(p->e, ERR_XML_DTD, "a document type declaration of \"%s\"",
	    text_show(span_of(name)).text);
	stop(p, line_now(p));
}

/* The five of the standard do not come here. */
static xmlEntityPtr
on_entity(void *arg, const xmlChar *name)
{
	struct parse *p = arg;

	if (!p->failed) {
		err_set(p->e, ERR_XML_ENTITY, "the entity \"&%s;\" is not "
		    "defined", text_show(span_of(name)).text);
		stop(p, line_now(p));
	}
	return NULL;
}

/* The bytes are UTF-8: a declaration that says otherwise makes two readings. */
static void
on_document(void *arg)
{
	struct parse *p = arg;
	const xmlChar *said = p->ctxt->encoding != NULL ? p->ctxt->encoding :
	    p->ctxt->input->encoding;

	if (p->failed || said == NULL ||
	    xmlStrcasecmp(said, BAD_CAST "utf-8") == 0 ||
	    xmlStrcasecmp(said, BAD_CAST "us-ascii") == 0)
		return;
	err_set(p->e, ERR_XML_ENCODING, "the file says that its encoding is "
	    "\"%s\"", text_show(span_of(said)).text);
	stop(p, 1);
}

/* libxml2 itself sees that these cannot be true. */
static bool
is_of_encoding(int code)
{
	return code == XML_ERR_UNSUPPORTED_ENCODING ||
	    code == XML_ERR_UNKNOWN_ENCODING ||
	    code == XML_ERR_INVALID_ENCODING || code == XML_I18N_NO_HANDLER;
}

static void
on_error(void *arg, xmlErrorPtr error)
{
	struct parse *p = arg;
	struct span text, all = span_text(error->message != NULL ?
	    error->message : "the text cannot be read");

	if (p->failed || error->level < XML_ERR_ERROR)
		return;
	if (!span_line(&all, &text))
		text = all;
	err_set(p->e, is_of_encoding(error->code) ? ERR_XML_ENCODING :
	    ERR_XML_MALFORMED, "no XML: %s", text_show(text).text);
	stop(p, error->line);
}

/* ---- before libxml2 sees the bytes ---- */
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

/*
 * Between two '<' stands at most one start tag. Comments and CDATA begin with
 * "<!" and are not counted.
 */
static bool
attributes_check(struct parse *p, struct span in)
{
	size_t tag = 0, found = 0;
	bool counts = false;

	for (size_t i = 0; i < in.len; i++) {
		if (in.ptr[i] == '<') {
			tag = i;
			found = 0;
			counts = i + 1 < in.len && in.ptr[i + 1] != '!';
		} else if (counts && in.ptr[i] == '=' &&
		    value_skip(in, &i) && ++found > LIMIT_XML_ATTRIBUTES) {
			err_set(p->e, ERR_XML_LIMIT, "an element with more "
			    "than %d attributes", LIMIT_XML_ATTRIBUTES);
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

static const xmlSAXHandler handler = {
	.initialized		= XML_SAX2_MAGIC,
	.startDocument		= on_document,
	.startElementNs		= on_start,
	.endElementNs		= on_end,
	.characters		= on_text,
	.ignorableWhitespace	= on_text,
	.cdataBlock		= on_text,
	.internalSubset		= on_doctype,
	.getEntity		= on_entity,
	.serror			= on_error,
};

static void
events_read(struct parse *p, struct span in)
{
	p->ctxt = xmlNewParserCtxt();
	if (p->ctxt == NULL)
		abort();
	*p->ctxt->sax = handler;
	p->ctxt->userData = p;
	/* NOENT: values have their characters, not their names. */
	xmlDocPtr none = xmlCtxtReadMemory(p->ctxt, in.len > 0 ?
	    (const char *)in.ptr : "", (int)in.len, NULL, NULL,
	    XML_PARSE_NONET | XML_PARSE_NOENT);
	if (none != NULL)
		xmlFreeDoc(none);
	if (!p->failed && (!p->ctxt->wellFormed || p->root == NULL)) {
		err_set(p->e, ERR_XML_MALFORMED, "no XML: no document");
		stop(p, 1);
	}
	xmlFreeParserCtxt(p->ctxt);
	while (p->depth > 0)
		buf_done(&p->levels[--p->depth].text);
}

bool
xml_parse(const char *name, struct span in, struct arena *arena,
    struct xml_element **out, struct err *e)
{
	struct parse p = { .name = name, .arena = arena, .e = e };

	if (!bytes_check(&p, in))
		return false;
	events_read(&p, in);
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

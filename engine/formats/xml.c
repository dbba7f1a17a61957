/*
 * xml - XML documents: what their root element is, for `where`. Their signature
 * is a file of its own.
 */
#include "base/limits.h"
#include "base/text.h"
#include "crypto/xml.h"
#include "formats/detached.h"
#include "formats/whole.h"

extern const struct format xml_format;

/*
 * Many things are written in XML, and a document may hold what a strict reader
 * refuses: only who names one as `xml` wants it read.
 */
static int
xml_probe(struct span head)
{
	(void)head;
	return 0;
}

/* An empty value is one too: a root element in no namespace. */
static bool
xml_facts(const struct subject *s, struct facts *out, struct err *e)
{
	struct xml_element *root;
	struct span bytes;

	/* One byte too many is enough for the reader to refuse it. */
	if (!rope_view(s->arena, &s->file, 0, s->file.len <= LIMIT_XML_SIZE ?
	    s->file.len : LIMIT_XML_SIZE + 1, &bytes, e) ||
	    !xml_parse(text_show(s->name).text, bytes, s->arena, &root, e))
		return false;
	return facts_add(out, s->arena, (struct fact){
	    .key = "root-element-name", .value = root->name }, e) &&
	    facts_add(out, s->arena, (struct fact){
	    .key = "root-element-namespace", .value = root->space }, e);
}

const struct format xml_format = {
	.name		= "xml",
	.title		= "XML document",
	.suffixes	= "",
	.methods	= 1u << METHOD_CMS,
	.probe		= xml_probe,
	.plan		= detached_plan,
	.apply		= detached_apply,
	.check		= detached_check,
	.strip		= whole_strip,
	.foresee	= whole_foresee,
	.same		= whole_same,
	.facts		= xml_facts,
};

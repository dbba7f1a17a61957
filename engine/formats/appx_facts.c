/*
 * appx_facts - Identity in the manifest of a package or bundle: who it is, and
 * who says to have made it.
 */
#include "base/text.h"
#include "crypto/name.h"
#include "formats/appx.h"

static const struct {
	const char	*key;		/* for `where` */
	const char	*attribute;	/* of Identity */
	const char	*absent;	/* NULL: it must be there */
} wanted[] = {
	{ "identity-name", "Name", NULL },
	{ "publisher", "Publisher", NULL },
	{ "version", "Version", NULL },
	{ "architecture", "ProcessorArchitecture",
	    "the manifest names no architecture" },
};

static bool
identity_find(const struct appx *p, struct arena *a,
    const struct xml_element **out, struct err *e)
{
	enum appx_part part = p->is_bundle ? APPX_BUNDLE_MANIFEST :
	    APPX_MANIFEST;
	const char *root_name = p->is_bundle ? "Bundle" : "Package";
	struct xml_element *root;

	if (!xml_parse("manifest", p->text[part], a, &root, e))
		return false;
	if (!span_is(root->name, root_name))
		return err_set(e, ERR_APPX_MANIFEST, "the manifest is no %s",
		    root_name);
	*out = NULL;
	for (const struct xml_element *c = root->first; c != NULL;
	    c = c->next) {
		if (!span_is(c->name, "Identity") ||
		    !span_eq(c->space, root->space))
			continue;
		if (*out != NULL)
			return err_set(e, ERR_APPX_MANIFEST,
			    "the manifest has two identities");
		*out = c;
	}
	return *out != NULL || err_set(e, ERR_APPX_MANIFEST,
	    "the manifest has no Identity");
}

bool
appx_publisher_check(const struct appx *p, struct span certificate,
    struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf subject = { 0 };
	const struct xml_attribute *publisher;
	const struct xml_element *identity;
	struct certificate c;

	if (!identity_find(p, a, &identity, e) ||
	    !certificate_parse(certificate, a, &c, e))
		return false;
	publisher = xml_attribute(identity, "Publisher");
	if (publisher == NULL)
		return err_set(e, ERR_APPX_MANIFEST,
		    "the manifest names no Publisher");
	if (name_windows_is(publisher->value, c.subject_name))
		return true;
	if (!name_windows(c.subject_name, a, &subject))
		buf_text(&subject, "(unreadable)");
	return err_set(e, ERR_APPX_PUBLISHER, "the manifest's Publisher is "
	    "\"%s\", the certificate is that of \"%s\"",
	    text_show(publisher->value).text,
	    text_show(buf_span(&subject)).text);
}

bool
appx_facts(const struct subject *s, struct facts *out, struct err *e)
{
	const struct xml_element *identity;
	struct appx p;

	if (!appx_read_usual(&s->file, s->arena, s->scratch, &p, e) ||
	    !identity_find(&p, s->arena, &identity, e))
		return false;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		const struct xml_attribute *found = xml_attribute(identity,
		    wanted[i].attribute);
		struct fact fact = { .key = wanted[i].key };

		if (found == NULL && wanted[i].absent == NULL)
			return err_set(e, ERR_APPX_MANIFEST, "the manifest's "
			    "Identity has no %s", wanted[i].attribute);
		if (found != NULL)
			fact.value = found->value;
		else
			fact.absent = wanted[i].absent;
		if (!facts_add(out, s->arena, fact, e))
			return false;
	}
	return true;
}

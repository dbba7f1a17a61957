/* element - the table of kinds, defaults, names, numbers; see element.h. */
#include <stdio.h>

#include "artifact/element.h"
#include "base/text.h"

static const char *const no_keys[] = { NULL };
static const char *const pe_keys[] = {
	"product-name", "product-version", "file-version", "company-name",
	"copyright", "original-filename", ELEMENT_WHERE_LANGUAGE, NULL
};

static const char *const xml_keys[] = {
	"root-element-name", "root-element-namespace", NULL
};

static const char *const deb_keys[] = {
	"package", "version", "architecture", NULL
};

static const char *const appx_keys[] = {
	"identity-name", "publisher", "version", "architecture", NULL
};

static const char *const msi_keys[] = {
	"title", "subject", "author", "keywords", "comments", NULL
};

/* Each kind that is a file has a format of the same name. */
const struct element_kind element_kinds[] = {
	{ "pe", "Windows executable", .methods = 1u << METHOD_AUTHENTICODE,
	    .where = pe_keys },
	{ "zip", "ZIP archive", .contains = true, .ignore_case = true,
	    .where = no_keys },
	{ "appx", "Windows app package", .contains = true,
	    .ignore_case = true, .methods = 1u << METHOD_AUTHENTICODE,
	    .where = appx_keys },
	{ "tar", "tar archive", .contains = true, .where = no_keys },
	{ "deb", "Debian package", .contains = true, .where = deb_keys },
	{ "cab", "Windows cabinet", .contains = true, .ignore_case = true,
	    .moves = true, .methods = 1u << METHOD_AUTHENTICODE,
	    .where = no_keys },
	{ "cat", "Windows catalog", .methods = 1u << METHOD_AUTHENTICODE,
	    .where = no_keys },
	{ "navx", "Business Central app",
	    .methods = 1u << METHOD_AUTHENTICODE, .where = no_keys },
	{ "msi", "Windows Installer file", .contains = true,
	    .ignore_case = true, .methods = 1u << METHOD_AUTHENTICODE,
	    .where = msi_keys },
	{ "powershell", "PowerShell script",
	    .methods = 1u << METHOD_AUTHENTICODE, .where = no_keys },
	{ "windows-script", "Windows script", .seldom = true,
	    .methods = 1u << METHOD_AUTHENTICODE, .where = no_keys },
	{ "xml", "XML document", .methods = 1u << METHOD_CMS,
	    .where = xml_keys },
	{ "file", "file", .methods = 1u << METHOD_CMS, .where = no_keys },
	{ "directory", "folder", .contains = true, .folder = true,
	    .where = no_keys },
	{ .name = NULL }
};

const struct element_kind *
element_kind_find(struct span name)
{
	for (size_t i = 0; element_kinds[i].name != NULL; i++)
		if (span_is(name, element_kinds[i].name))
			return &element_kinds[i];
	return NULL;
}

bool
element_kind_moves(struct span name)
{
	const struct element_kind *kind = element_kind_find(name);

	return kind != NULL && kind->moves;
}

void
element_init(struct element *x, const struct element_kind *kind)
{
	*x = (struct element){ .kind = kind, .min = 1, .max = 1 };
}

const char *
element_name(const struct element *x, char *out, size_t size)
{
	if (x->path_count == 0)
		snprintf(out, size, "%s", x->kind->name);
	else
		snprintf(out, size, "%s \"%s\"%s", x->kind->name,
		    text_show(x->paths[0]).text,
		    x->path_count > 1 ? " ..." : "");
	return out;
}

/* number_find walks in order; *next counts the elements seen. */
static bool
number_find(const struct element *x, const struct element *want,
    uint32_t *next)
{
	if (x == want)
		return true;
	++*next;
	for (size_t i = 0; i < x->content_count; i++)
		if (number_find(&x->contents[i], want, next))
			return true;
	return false;
}

uint32_t
element_number(const struct element *root, const struct element *want)
{
	uint32_t number = 0;

	if (root == NULL || want == NULL || !number_find(root, want, &number))
		return ELEMENT_NONE;
	return number;
}

static const struct element *
at_number(const struct element *x, uint32_t *left)
{
	const struct element *found = NULL;

	if (*left == 0)
		return x;
	--*left;
	for (size_t i = 0; found == NULL && i < x->content_count; i++)
		found = at_number(&x->contents[i], left);
	return found;
}

const struct element *
element_at(const struct element *root, uint32_t number)
{
	if (root == NULL || number == ELEMENT_NONE)
		return NULL;
	return at_number(root, &number);
}

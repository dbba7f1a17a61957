/*
 * signpath_rows - every element, directive and attribute of SignPath's artifact
 * configurations, one row each. What is here and not in artifact/'s tables is
 * known, checked, and left out.
 */
#include <string.h>

#include "cli/signpath.h"

const struct signpath_kind signpath_kinds[] = {
	{ "pe-file", { "pe" }, .where = { "product-name", "product-version",
	    "file-version", "company-name", "copyright",
	    "original-filename" } },
	{ "powershell-file", { "powershell", "script" }, .holds = false },
	{ "windows-script-file", { "windows-script", "script" },
	    .holds = false },
	{ "catalog-file", { "cat", "catalog" }, .holds = false },
	{ "xml-file", { "xml" }, .where = { "root-element-name",
	    "root-element-namespace" } },
	{ "office-oxml-file", { "office-oxml", "office" }, .holds = false },
	{ "office-binary-file", { "office-binary", "office" }, .holds = false },
	{ "file", { "file" }, .zip_only = true },
	{ "msi-file", { "msi" }, .holds = true, .where = { "subject",
	    "author" } },
	{ "cab-file", { "cab" }, .holds = true },
	{ "appx-file", { "appx" }, .holds = true },
	{ "msix-file", { "msix", "appx" }, .holds = true },
	{ "opc-file", { "vsix", "opc" }, .holds = true },
	{ "nupkg-file", { "nupkg" }, .holds = true },
	{ "jar-file", { "jar" }, .holds = true },
	{ "rpm-file", { "rpm" }, .holds = true },
	{ "zip-file", { "zip" }, .holds = true, .upload = true },
	{ "directory", { "directory" }, .holds = true, .folder = true },
	{ .name = NULL }
};

/* ---- words ---- */
#define HASHES								\
	{ "sha256", "sha256", NULL }, { "sha384", "sha384", NULL },	\
	{ "sha512", "sha512", NULL }

static const struct signpath_word hashes[] = {
	HASHES, { NULL, NULL, NULL }
};
static const struct signpath_word authenticode_hashes[] = {
	HASHES,
	{ "sha1", NULL, "no new signature is made with it; this one will be "
	    "made with sha256" },
	{ NULL, NULL, NULL }
};
static const struct signpath_word paddings[] = {
	{ "pkcs1", "", NULL },
	{ "pss", NULL, "RSA keys sign with PKCS#1 v1.5 here" },
	{ NULL, NULL, NULL }
};
static const struct signpath_word switches[] = {
	{ "true", "true", NULL }, { "false", "", NULL },
	{ "1", "true", NULL }, { "0", "", NULL }, { NULL, NULL, NULL }
};
static const struct signpath_word encodings[] = {
	{ "pem", "pem", NULL }, { "der", "der", NULL }, { NULL, NULL, NULL }
};
static const struct signpath_word armors[] = {
	{ "ascii-armored", "ascii-armored", NULL },
	{ "binary", "binary", NULL }, { NULL, NULL, NULL }
};
static const struct signpath_word versions[] = {
	{ "4", "", NULL }, { NULL, NULL, NULL }
};
static const struct signpath_word chains[] = {
	{ "none", "none", NULL }, { "leaf", "leaf", NULL },
	{ "whole-chain", "whole-chain", NULL },
	{ "exclude-root", "exclude-root", NULL }, { NULL, NULL, NULL }
};

/* ---- attributes of directives ---- */
static const char *const appendable[] = { "pe-file", "cab-file",
	"catalog-file", NULL };

#define END	{ .name = NULL }
#define DIGEST(must)							\
	{ "hash-algorithm", SIGNPATH_WORD, "digest", must, hashes, NULL }
#define OUTPUT								\
	{ "output-file-name", SIGNPATH_FILE_NAME, "output", true, NULL, NULL }
#define PADDING								\
	{ "rsa-padding", SIGNPATH_WORD, "padding", false, paddings, NULL }

static const struct signpath_option none[] = { END };
static const struct signpath_option authenticode[] = {
	{ "hash-algorithm", SIGNPATH_WORD, "digest", false,
	    authenticode_hashes, NULL },
	{ "description", SIGNPATH_TEXT, "description", false, NULL, NULL },
	{ "description-url", SIGNPATH_URL, "description-url", false, NULL,
	    NULL },
	{ "append", SIGNPATH_WORD, "append", false, switches, appendable },
	END
};
static const struct signpath_option xml[] = {
	{ "key-info-x509-data", SIGNPATH_WORD, "certificates", false, chains,
	    NULL },
	END
};
static const struct signpath_option dsse[] = {
	OUTPUT,
	{ "payload-type", SIGNPATH_TEXT, "payload-type", true, NULL, NULL },
	DIGEST(false), PADDING, END
};
static const struct signpath_option cms[] = {
	OUTPUT,
	{ "output-encoding", SIGNPATH_WORD, "encoding", true, encodings,
	    NULL },
	DIGEST(false), PADDING, END
};
static const struct signpath_option gpg[] = {
	OUTPUT,
	{ "output-encoding", SIGNPATH_WORD, "encoding", false, armors, NULL },
	DIGEST(false),
	{ "version", SIGNPATH_WORD, "version", false, versions, NULL },
	END
};
static const struct signpath_option raw[] = {
	OUTPUT, DIGEST(true), PADDING, END
};

/* ---- directives ---- */
static const char *const windows[] = { "pe-file", "powershell-file",
	"windows-script-file", "msi-file", "cab-file", "catalog-file",
	"appx-file", "msix-file", NULL };
static const char *const in_file[] = { "file", NULL };
static const char *const in_opc[] = { "opc-file", NULL };
static const char *const in_nupkg[] = { "nupkg-file", NULL };
static const char *const in_jar[] = { "jar-file", "zip-file", NULL };
static const char *const in_rpm[] = { "rpm-file", NULL };
static const char *const in_office[] = { "office-oxml-file",
	"office-binary-file", NULL };
static const char *const in_xml[] = { "xml-file", NULL };
static const char *const in_directory[] = { "directory", NULL };

const struct signpath_verb signpath_verbs[] = {
	{ "authenticode-sign", DIRECTIVE_SIGN, { "authenticode" }, windows,
	    authenticode },
	{ "authenticode-verify", DIRECTIVE_VERIFY, { "authenticode" },
	    windows, none },
	{ "opc-sign", DIRECTIVE_SIGN, { "opc" }, in_opc, none },
	{ "nuget-sign", DIRECTIVE_SIGN, { "nuget" }, in_nupkg, none },
	{ "jar-sign", DIRECTIVE_SIGN, { "jar" }, in_jar, none },
	{ "rpm-sign", DIRECTIVE_SIGN, { "rpm", "openpgp" }, in_rpm, none },
	{ "office-macro-sign", DIRECTIVE_SIGN, { "office-macro" }, in_office,
	    none },
	{ "xml-sign", DIRECTIVE_SIGN, { "xml", "xmldsig" }, in_xml, xml },
	{ "clickonce-sign", DIRECTIVE_SIGN, { "clickonce" }, in_directory,
	    none },
	{ "dsse-sign", DIRECTIVE_SIGN, { "dsse" }, in_file, dsse },
	{ "create-cms-signature", DIRECTIVE_SIGN, { "cms" }, in_file, cms },
	{ "create-gpg-signature", DIRECTIVE_SIGN, { "openpgp", "gpg" },
	    in_file, gpg },
	{ "create-raw-signature", DIRECTIVE_SIGN, { "raw" }, in_file, raw },
	{ .name = NULL }
};

bool
signpath_among(const char *const *list, const char *name)
{
	while (*list != NULL && strcmp(*list, name) != 0)
		list++;
	return *list != NULL;
}

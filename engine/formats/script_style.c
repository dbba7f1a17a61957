/* script_style - the comment styles of the script formats; see script.h. */
#include <strings.h>

#include "base/text.h"
#include "formats/script.h"

/* Windows takes the marks as they are here: each blank counts. */
#define HASH	"# SIG # Begin signature block",			\
		"# SIG # End signature block", "# ", ""
#define XML	"<!-- SIG # Begin signature block -->",			\
		"<!-- SIG # End signature block -->", "<!-- ", " -->"
#define C	"/* SIG # Begin signature block */",			\
		"/* SIG # End signature block */", "/* ", " */"
#define JS	"// SIG // Begin signature block",			\
		"// SIG // End signature block", "// SIG // ", ""
#define VBS	"'' SIG '' Begin signature block",			\
		"'' SIG '' End signature block", "'' SIG '' ", ""
#define WSF	"<signature>", "</signature>", "** SIG ** ", ""

#define POWERSHELL	&powershell_format, AUTHENTICODE_POWERSHELL

/*
 * Without a byte order mark, Windows reads ps1xml, js and vbs as Windows-1252,
 * even if an editor wrote UTF-8.
 */
static const struct script_style styles[] = {
	{ "ps1", POWERSHELL, HASH, NULL, SCRIPT_UTF8, false },
	{ "psm1", POWERSHELL, HASH, NULL, SCRIPT_UTF8, false },
	{ "psd1", POWERSHELL, HASH, NULL, SCRIPT_UTF8, false },
	{ "ps1xml", POWERSHELL, XML, NULL, SCRIPT_WINDOWS_1252, false },
	{ "psc1", POWERSHELL, XML, NULL, SCRIPT_UTF8, false },
	{ "cdxml", POWERSHELL, XML, NULL, SCRIPT_UTF8, false },
	{ "mof", POWERSHELL, C, NULL, SCRIPT_UTF8, false },
	{ "js", &windows_script_format, AUTHENTICODE_JSCRIPT, JS, NULL,
	    SCRIPT_WINDOWS_1252, true },
	{ "vbs", &windows_script_format, AUTHENTICODE_VBSCRIPT, VBS, NULL,
	    SCRIPT_WINDOWS_1252, true },
	{ "wsf", &windows_script_format, AUTHENTICODE_WSF, WSF, "</job>",
	    SCRIPT_UTF8, true },
};

bool
script_style_find(struct span name, const struct script_style **out,
    struct err *e)
{
	struct span suffix = format_suffix(name);

	for (size_t i = 0; i < COUNT(styles); i++)
		if (SPAN_TEXT(styles[i].suffix).len == suffix.len &&
		    strncasecmp((const char *)suffix.ptr, styles[i].suffix,
		    suffix.len) == 0) {
			*out = &styles[i];
			return true;
		}
	return err_set(e, ERR_SCRIPT_NAME, "\"%s\" does not end as a script "
	    "that can be signed", text_show(name).text);
}

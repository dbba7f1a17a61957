/* directive - see directive.h. */
#include "artifact/directive.h"

const char *const directive_verb_names[DIRECTIVE_VERBS] = {
	[DIRECTIVE_SIGN]	= "sign",
	[DIRECTIVE_VERIFY]	= "verify",
	[DIRECTIVE_HASH]	= "hash",
};

const struct method_row method_rows[METHODS] = {
	[METHOD_AUTHENTICODE] = { "authenticode", "Authenticode", false },
	[METHOD_CMS] = { "cms", "detached CMS signature", true },
};

bool
directive_signs(const struct directive *d)
{
	return d->verb == DIRECTIVE_SIGN && !d->met;
}

bool
directive_detached(const struct directive *d)
{
	return d->verb == DIRECTIVE_SIGN && method_rows[d->method].detached;
}

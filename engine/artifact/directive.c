/* directive - see directive.h. */
#include "artifact/directive.h"

const struct method_row method_rows[METHODS] = {
	[METHOD_AUTHENTICODE] = { "authenticode", "Authenticode", false },
	[METHOD_CMS] = { "cms", "detached CMS signature", true },
};

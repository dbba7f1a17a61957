/* The first byte picks a kind of file; the rest is read as one. */
#include <stdlib.h>

#include "config/config.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct span all = { bytes, len };

	if (len == 0)
		return 0;
	struct config_file file = { "f.yaml", span_from(all, 1) };
	bool good = config_check_file((enum config_kind)(bytes[0] %
	    CONFIG_KINDS), &file, &errors);
	if (good != (errors.count == 0))
		abort();
	return 0;
}

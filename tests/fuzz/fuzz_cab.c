/* cab: cabinets of Microsoft; see container.h. */
#include "container.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	return container_try("cab", bytes, len);
}

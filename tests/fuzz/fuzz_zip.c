/* zip: archives of PKWARE; see container.h. */
#include "container.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	return container_try("zip", bytes, len);
}

/* deb: packages of Debian; see container.h. */
#include "container.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	return container_try("deb", bytes, len);
}

/* tar: archives of Unix, also packed ones; see container.h. */
#include "container.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	return container_try("tar", bytes, len);
}

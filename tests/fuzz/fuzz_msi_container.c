/* msi_container: packages of Windows Installer; see container.h. */
#include "container.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	return container_try("msi", bytes, len);
}

/* part - a small DLL; inputs.py writes another number over the mark each time. */
#include <stdint.h>

__declspec(dllexport) char mark[] = "0123456789abcdef0123456789abcdef";

__declspec(dllexport) uint32_t
checksum(const uint8_t *bytes, uint32_t count)
{
	uint32_t sum = 1;

	for (uint32_t i = 0; i < count; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

/*
 * random - bytes that nobody can guess.
 */
#ifndef SYS_RANDOM_H
#define SYS_RANDOM_H

#include <stddef.h>

/* random_bytes fills out from the kernel's generator; it cannot fail. */
void	random_bytes(void *out, size_t len);

/* random_uuid makes a version 4 UUID (RFC 9562) as text. */
#define UUID_SIZE	37
void	random_uuid(char out[UUID_SIZE]);

#endif

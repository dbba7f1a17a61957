/*
 * start - what OpenSSL would load when it is first needed, loaded now: its
 * settings, providers, algorithms and texts of errors.
 *
 * A process calls it before it gives up its right to open files.
 */
#ifndef CRYPTO_START_H
#define CRYPTO_START_H

#include <stdbool.h>

#include "base/own.h"

void	crypto_start(void);

/*
 * crypto_wipe_memory lets OpenSSL overwrite all memory that it gives back, for
 * a process that reads private keys: its decoders leave copies behind. It must
 * be called before anything of OpenSSL; false: it is too late.
 */
bool	crypto_wipe_memory(void) MUST_USE;

#endif

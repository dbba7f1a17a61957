/*
 * start - what OpenSSL would load when it is first needed, loaded now: its
 * settings, providers, algorithms and texts of errors.
 *
 * A process calls it before it gives up its right to open files.
 */
#ifndef CRYPTO_START_H
#define CRYPTO_START_H

void	crypto_start(void);

#endif

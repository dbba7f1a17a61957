/*
 * container - what fuzzing asks of every container: one that is read can be
 * rebuilt, without changes into the same bytes, with a changed entry and with
 * a new one into one that is read and kept.
 */
#ifndef FUZZ_CONTAINER_H
#define FUZZ_CONTAINER_H

#include "containers/containers.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* container_try ends the process if a promise of the container is broken. */
int	container_try(const char *name, const uint8_t *bytes, size_t len);

#endif

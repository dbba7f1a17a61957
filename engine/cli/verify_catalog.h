/* verify_catalog - files whose signature is that of a catalog. */
#ifndef CLI_VERIFY_CATALOG_H
#define CLI_VERIFY_CATALOG_H

#include "cli/cli.h"
#include "wire/worker.h"

/*
 * verify_catalog runs `verify --catalog`. trust puts into a job whom to trust.
 */
int	verify_catalog(const struct invocation *,
	    void (*trust)(const void *arg, struct job *), const void *arg,
	    struct err *);

#endif

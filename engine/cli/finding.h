/* finding - one signature, as a worker tells of it, for people. */
#ifndef CLI_FINDING_H
#define CLI_FINDING_H

#include "cli/cli.h"

void	finding_print(const struct json *, const struct palette *,
	    int indent);

#endif

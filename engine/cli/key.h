/* key - how keys of a token are shown. */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "base/json.h"
#include "cli/cli.h"

/* key_answer prints a key or a list of keys, and takes it over. */
void	key_answer(const struct invocation *, struct json *);

#endif

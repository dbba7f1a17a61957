/* commands - every command, in the order in which help shows them. */
#include "cli/cli.h"

const struct command *const all_commands[] = {
	&check_command,
	&errors_command,
	&print_command,
	&version_command,
	NULL
};

/*
 * commands - the program "tagseal-commands": every command, and the supervisor
 * of an engine. People start it as "tagseal" (main.c).
 */
#include <signal.h>

#include "cli/cli.h"

int
main(int argc, char **argv)
{
	signal(SIGXFSZ, SIG_IGN);
	return cli_main(argc, argv);
}

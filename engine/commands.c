/*
 * commands - the program "tagseal-commands": every command, and the supervisor
 * of an engine. People start it as "tagseal" (main.c).
 */
#include "cli/cli.h"
#include "sys/program.h"

int
main(int argc, char **argv)
{
	program_begin();
	return cli_main(argc, argv);
}

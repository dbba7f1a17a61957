/* main - see main.h: picks the mode. */
#include "signer/main.h"
#include "signer/modes.h"

int
signer_main(int argc, char **argv)
{
	/* No message changes it: without arguments there is a supervisor. */
	return argc == 2 ? signer_team() : signer_command(argc, argv);
}

/* main - see main.h: picks the mode. */
#include "signer/main.h"
#include "signer/modes.h"

int
signer_main(int argc, char **argv)
{
	return signer_command(argc, argv);
}

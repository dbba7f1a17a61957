/*
 * write_stories FOLDER COUNT: writes a ledger of that many releases into
 * FOLDER: ledger.git and vkey. Prints the number of events.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger_maker.h"
#include "test.h"

int
main(int argc, char **argv)
{
	struct ledger_maker m;

	if (argc != 3 || chdir(argv[1]) != 0)
		return 2;
	maker_init(&m, "ledger.git", "ed25519", "ed25519");
	FILE *f = fopen("vkey", "wb");
	if (f == NULL || fwrite(m.trust.log_key.ptr, 1, m.trust.log_key.len,
	    f) != m.trust.log_key.len || fclose(f) != 0)
		return 5;
	for (int i = 0; i < atoi(argv[2]); i++)
		maker_story(&m, arena_printf(m.arena, "%d", i));
	printf("%llu\n", (unsigned long long)ledger_size(m.ledger));
	maker_done(&m);
	return 0;
}

/*
 * main - the program "tagseal". The commands for local files are here: they
 * need few libraries, so they start at once. All others, and the help on all,
 * are in tagseal-commands beside it, which takes over.
 */
#include "cli/cli.h"
#include "sys/program.h"

static const struct command *const local[] = {
	&verify_command, &inspect_command, &strip_command, &sign_command,
	&timestamp_command, &catalog_command,
};

int
main(int argc, char **argv)
{
	struct err e = { 0 };

	program_begin();
	for (size_t i = 0; i < COUNT(local); i++) {
		int words = cli_words(local[i], argc - 1, argv + 1);

		if (words > 0)
			return cli_run(local[i], argc - 1 - words,
			    argv + 1 + words);
	}
	program_become("tagseal-commands", argv, &e);
	return cli_report(NULL, &e);
}

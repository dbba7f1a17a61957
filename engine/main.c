/*
 * main - the program "tagseal". The commands for local files are here: they
 * need few libraries, so they start at once. All others, the help on all, and
 * the options that need many libraries are in tagseal-commands beside it, which
 * takes over.
 */
#include <string.h>

#include "base/text.h"
#include "cli/more.h"
#include "sys/program.h"

static const struct {
	const struct command	*command;
	const char		*others[3];	/* options: see cli/more.h */
} local[] = {
	{ &verify_command,	{ "--receipt", "--log-key" } },
	{ &inspect_command,	{ "--suggest" } },
	{ &sign_command,	{ "--configuration" } },
	{ &strip_command,	{ NULL } },
	{ &timestamp_command,	{ NULL } },
	{ &catalog_command,	{ NULL } },
};

const struct more more = { NULL, NULL, NULL };

/* A word that is no option after all takes the longer way as well. */
static bool
any_given(const char *const *options, char **words)
{
	for (; *words != NULL; words++)
		for (size_t i = 0; options[i] != NULL; i++)
			if (span_starts(span_text(*words), options[i]))
				return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct err e = { 0 };

	program_begin();
	for (size_t i = 0; i < COUNT(local); i++) {
		int words = cli_words(local[i].command, argc - 1, argv + 1);

		if (words > 0 && !any_given(local[i].others, argv + 1))
			return cli_run(local[i].command, argc - 1 - words,
			    argv + 1 + words);
	}
	program_become("tagseal-commands", argv, &e);
	return cli_report(NULL, &e);
}

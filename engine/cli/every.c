/* every - finds the command among all. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"

static const struct command *
find_command(int argc, char **argv, int *words)
{
	for (size_t i = 0; all_commands[i] != NULL; i++) {
		*words = cli_words(all_commands[i], argc, argv);
		if (*words > 0)
			return all_commands[i];
	}
	return NULL;
}

/* "tagseal key" alone is the beginning of several commands. */
static bool
is_group(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; all_commands[i] != NULL; i++)
		if (strncmp(all_commands[i]->name, word, n) == 0 &&
		    all_commands[i]->name[n] == ' ')
			return true;
	return false;
}

static bool
unknown_command(int argc, char **argv, struct err *e)
{
	const char *names[128];
	size_t n = 0;

	if (is_group(argv[0])) {
		err_set(e, ERR_USAGE, argc > 1 ? "there is no command '%s %s'" :
		    "the command '%s' wants a second word%s",
		    text_show(span_text(argv[0])).text,
		    argc > 1 ? text_show(span_text(argv[1])).text : "");
		return err_hint(e, "tagseal --help lists all commands");
	}
	for (; all_commands[n] != NULL && n + 1 < COUNT(names); n++)
		names[n] = all_commands[n]->name;
	names[n] = NULL;
	const char *near = text_nearest(span_text(argv[0]), names);
	err_set(e, ERR_USAGE, "there is no command '%s'",
	    text_show(span_text(argv[0])).text);
	if (near != NULL)
		return err_hint(e, "did you mean 'tagseal %s'?", near);
	return err_hint(e, "tagseal --help lists all commands");
}

/* "tagseal key --help": of commands of two words. */
static bool
wants_help(int count, char **words)
{
	return count == 1 && (strcmp(words[0], "--help") == 0 ||
	    strcmp(words[0], "-h") == 0);
}

int
cli_main(int argc, char **argv)
{
	struct invocation in = { 0 };
	struct err e = { 0 };
	int words = 0;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		help_all(stdout, cli_may_colour(&in, STDOUT_FILENO));
		return argc < 2 ? err_exit_code(ERR_KIND_USAGE) : EXIT_YES;
	}
	in.command = find_command(argc - 1, argv + 1, &words);
	if (strcmp(argv[1], "--version") == 0) {
		in.command = &version_command;
		words = 1;
	}
	if (in.command == NULL && wants_help(argc - 2, argv + 2) &&
	    help_family(stdout, argv[1], cli_may_colour(&in, STDOUT_FILENO)))
		return EXIT_YES;
	if (in.command == NULL) {
		unknown_command(argc - 1, argv + 1, &e);
		return cli_report(NULL, &e);
	}
	return cli_run(in.command, argc - 1 - words, argv + 1 + words);
}

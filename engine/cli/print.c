/* print - prints what is made from the tables: man pages, completions, docs. */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "config/config.h"
#include "crypto/ceremony.h"
#include "ledger/papers.h"

static bool
print_errors(const char *what, struct err *e)
{
	(void)what;
	(void)e;
	help_errors(stdout);
	return true;
}

static bool
print_commands(const char *what, struct err *e)
{
	(void)what;
	(void)e;
	help_reference(stdout);
	return true;
}

static bool
print_completion(const char *shell, struct err *e)
{
	if (completion_print(stdout, shell))
		return true;
	return err_set(e, ERR_USAGE, "no completion for '%s': bash, zsh or "
	    "fish", text_show(span_text(shell)).text);
}

static bool
print_man(const char *name, struct err *e)
{
	if (strcmp(name, "tagseal") == 0) {
		help_man_overview(stdout);
		return true;
	}
	for (size_t i = 0; all_commands[i] != NULL; i++)
		if (strcmp(all_commands[i]->name, name) == 0) {
			help_man(stdout, all_commands[i]);
			return true;
		}
	return err_set(e, ERR_USAGE, "no man page for '%s'",
	    text_show(span_text(name)).text);
}

static bool
print_names(const char *what, struct err *e)
{
	(void)what;
	(void)e;
	for (size_t i = 0; all_commands[i] != NULL; i++)
		printf("%s\n", all_commands[i]->name);
	return true;
}

static bool
print_reference(const char *what, struct err *e)
{
	(void)what;
	(void)e;
	config_print_reference(stdout);
	return true;
}

static bool
print_kinds(const char *what, struct err *e)
{
	(void)what;
	(void)e;
	for (unsigned i = 0; i < CONFIG_KINDS; i++)
		printf("%s\n", config_kind_name((enum config_kind)i));
	return true;
}

static bool
print_schema(const char *kind, struct err *e)
{
	for (unsigned i = 0; i < CONFIG_KINDS; i++)
		if (strcmp(config_kind_name((enum config_kind)i), kind) == 0) {
			config_print_schema((enum config_kind)i, stdout);
			return true;
		}
	for (size_t i = 0; i < paper_count; i++)
		if (strcmp(papers[i].name, kind) == 0) {
			paper_schema(&papers[i], stdout);
			return true;
		}
	if (strcmp("ceremony", kind) == 0) {
		ceremony_schema(stdout);
		return true;
	}
	err_set(e, ERR_USAGE, "no kind of file is called '%s'",
	    text_show(span_text(kind)).text);
	return err_hint(e, "run 'tagseal print kinds' for the list");
}

static const struct {
	const char	*name;
	const char	*argument;	/* what is used if none is given */
	bool		(*print)(const char *, struct err *);
} things[] = {
	{ "errors",	"",		print_errors },
	{ "commands",	"",		print_commands },
	{ "reference",	"",		print_reference },
	{ "kinds",	"",		print_kinds },
	{ "schema",	"tagseal",	print_schema },
	{ "names",	"",		print_names },
	{ "man",	"tagseal",	print_man },
	{ "completion",	"bash",		print_completion },
};

static int
run(const struct invocation *in, struct err *e)
{
	for (size_t i = 0; i < COUNT(things); i++)
		if (strcmp(things[i].name, in->arguments[0]) == 0)
			return things[i].print(in->count > 1 ?
			    in->arguments[1] : things[i].argument, e) ?
			    EXIT_YES : -1;
	err_set(e, ERR_USAGE, "cannot print '%s': errors, commands, reference, "
	    "kinds, schema, names, man or completion",
	    text_show(span_text(in->arguments[0])).text);
	return -1;
}

const struct command print_command = {
	.name = "print",
	.summary = "print man pages, completions, schemas and reference pages",
	.arguments = "errors|commands|reference|kinds|schema|names|man|"
	    "completion [NAME]",
	.least = 1,
	.most = 2,
	.details = "What is printed is made from the tables that the program "
	    "itself runs on.\nschema prints the JSON Schema of a kind of "
	    "config file; kinds lists these;\nreference describes their keys. "
	    "Files that leave a ledger have schemas too:\nreceipt, "
	    "consistency; ceremony is the record of a key's.",
	.example = "tagseal print man sign | man -l -\n"
	    "tagseal print schema policy > policy.json\n"
	    "tagseal print completion bash > "
	    "~/.local/share/bash-completion/completions/tagseal",
	.run = run,
};

/* completion - scripts for shells, printed from the table of commands. */
#include <string.h>

#include "cli/cli.h"

static void
each_option(FILE *out, const struct command *c, const char *before,
    const char *after)
{
	for (const struct option_row *r = c->options;
	    r != NULL && r->name != NULL; r++)
		fprintf(out, "%s--%s%s", before, r->name, after);
	for (const struct option_row *r = common_options; r->name != NULL; r++)
		if (c->json || strcmp(r->name, "json") != 0)
			fprintf(out, "%s--%s%s", before, r->name, after);
}

static void
bash(FILE *out)
{
	fputs("# bash completion for tagseal\n_tagseal() {\n"
	    "\tlocal word=${COMP_WORDS[COMP_CWORD]} line=\"\" choices\n"
	    "\tlocal i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\t[[ ${COMP_WORDS[i]} == -* ]] || line+=\"${COMP_WORDS[i]} \"\n"
	    "\tdone\n"
	    "\tcase \"$line\" in\n", out);
	for (size_t i = 0; all_commands[i] != NULL; i++) {
		fprintf(out, "\t\"%s \"*) choices=\"", all_commands[i]->name);
		each_option(out, all_commands[i], "", " ");
		fputs("\" ;;\n", out);
	}
	fputs("\t*) choices=\"", out);
	for (size_t i = 0; all_commands[i] != NULL; i++)
		fprintf(out, "%s ", all_commands[i]->name);
	fputs("--help --version\" ;;\n\tesac\n"
	    "\tif [[ $word == -* || -z $line ]]; then\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -W \"$choices\" "
	    "-- \"$word\")\n"
	    "\telse\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -f -W \"$choices\" -- "
	    "\"$word\")\n"
	    "\tfi\n}\ncomplete -o filenames -F _tagseal tagseal\n", out);
}

static void
zsh(FILE *out)
{
	fputs("#compdef tagseal\n_tagseal() {\n"
	    "  local -a names\n  names=(\n", out);
	for (size_t i = 0; all_commands[i] != NULL; i++)
		fprintf(out, "    '%s:%s'\n", all_commands[i]->name,
		    all_commands[i]->summary);
	fputs("  )\n  if (( CURRENT == 2 )); then\n"
	    "    _describe command names\n    return\n  fi\n"
	    "  case \"${words[2]} ${words[3]}\" in\n", out);
	for (size_t i = 0; all_commands[i] != NULL; i++) {
		fprintf(out, "    '%s'*) compadd -- ", all_commands[i]->name);
		each_option(out, all_commands[i], "", " ");
		fputs("; _files ;;\n", out);
	}
	fputs("    *) _files ;;\n  esac\n}\n_tagseal \"$@\"\n", out);
}

static void
fish(FILE *out)
{
	fputs("# fish completion for tagseal\ncomplete -c tagseal\n", out);
	for (size_t i = 0; all_commands[i] != NULL; i++) {
		const struct command *c = all_commands[i];

		fprintf(out, "complete -c tagseal -n __fish_use_subcommand "
		    "-a '%s' -d '%s'\n", c->name, c->summary);
		for (const struct option_row *r = c->options;
		    r != NULL && r->name != NULL; r++)
			fprintf(out, "complete -c tagseal -n "
			    "'__fish_seen_subcommand_from %s' -l %s%s "
			    "-d '%s'\n",
			    c->name, r->name, option_may_stand_alone(r) ? "" :
			    " -r",
			    r->help);
	}
}

static const struct {
	const char	*shell;
	void		(*print)(FILE *);
} shells[] = {
	{ "bash", bash },
	{ "zsh", zsh },
	{ "fish", fish },
};

bool
completion_print(FILE *out, const char *shell)
{
	for (size_t i = 0; i < COUNT(shells); i++)
		if (strcmp(shells[i].shell, shell) == 0) {
			shells[i].print(out);
			return true;
		}
	return false;
}

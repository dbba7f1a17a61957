/* help_all - what people read about commands, printed from the tables. */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

static const struct {
	int		 code;
	const char	*meaning;
} exit_codes[] = {
	{ 0, "yes: done, good, approved" },
	{ 1, "no: refused, bad signature, denied" },
	{ 2, "the command line is wrong, or a file cannot be read as what it "
	    "should be" },
	{ 3, "nothing there: not signed, no such request, the wait ran out" },
	{ 4, "the config repo is unsound" },
	{ 5, "the system failed (disk, network, token): a retry may help" },
	{ 6, "alarm: history was rewound or tampered with" },
	{ 7, "it works, but somebody has to act: see 'status'" },
};

static bool
in_family(const struct command *c, const char *word)
{
	size_t len = strlen(word);

	return strncmp(c->name, word, len) == 0 && c->name[len] == ' ';
}

static void
command_line(FILE *out, const struct command *c, const struct palette *p)
{
	fprintf(out, "  %s%-24s%s %s\n", p->cyan, c->name, p->plain,
	    c->summary);
}

bool
help_family(FILE *out, const char *word, bool colour)
{
	struct palette p = palette_for(colour);
	bool any = false;

	for (size_t i = 0; all_commands[i] != NULL; i++) {
		if (!in_family(all_commands[i], word))
			continue;
		if (!any)
			fprintf(out, "usage: tagseal %s COMMAND [options] "
			    "[arguments]\n\n", word);
		command_line(out, all_commands[i], &p);
		any = true;
	}
	if (any)
		fprintf(out, "\n'tagseal %s COMMAND --help' explains one.\n",
		    word);
	return any;
}

void
help_all(FILE *out, bool colour)
{
	struct palette p = palette_for(colour);

	fprintf(out, "%stagseal%s - code signing driven by Git\n\n"
	    "usage: tagseal COMMAND [options] [arguments]\n\n", p.bold,
	    p.plain);
	for (size_t i = 0; all_commands[i] != NULL; i++)
		command_line(out, all_commands[i], &p);
	fprintf(out, "\nexit codes:\n");
	for (size_t i = 0; i < COUNT(exit_codes); i++)
		fprintf(out, "  %d  %s\n", exit_codes[i].code,
		    exit_codes[i].meaning);
	fprintf(out, "\n'tagseal COMMAND --help' explains a command and ends "
	    "with an example.\n");
}

/* roff: a leading dot or quote is a request, a backslash an escape. */
static void
roff_text(FILE *out, const char *text)
{
	bool line_start = true;

	for (; *text != '\0'; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
		line_start = *text == '\n';
	}
}

static void
roff_exit_codes(FILE *out)
{
	fputs(".SH EXIT STATUS\n", out);
	for (size_t i = 0; i < COUNT(exit_codes); i++) {
		fprintf(out, ".TP\n.B %d\n", exit_codes[i].code);
		roff_text(out, exit_codes[i].meaning);
		fputc('\n', out);
	}
}

static void
roff_option(FILE *out, const struct option_row *r)
{
	fputs(".TP\n.B ", out);
	if (r->letter != 0)
		fprintf(out, "\\-%c, ", r->letter);
	fputs("\\-\\-", out);
	roff_text(out, r->name);
	if (r->argument != NULL)
		fprintf(out, "%s\\fI%s\\fR", help_gap(r), r->argument);
	fputc('\n', out);
	roff_text(out, r->help);
	fputc('\n', out);
}

static void
roff_title(FILE *out, const char *name)
{
	fputs(".TH TAGSEAL", out);
	for (struct span rest = span_text(name), word;
	    span_split(&rest, ' ', &word); ) {
		fputc('-', out);
		for (size_t i = 0; i < word.len; i++)
			fputc(word.ptr[i] >= 'a' && word.ptr[i] <= 'z' ?
			    word.ptr[i] - 'a' + 'A' : word.ptr[i], out);
	}
	fprintf(out, " 1 \"\" \"tagseal %s\" \"Tagseal\"\n", TAGSEAL_VERSION);
}

void
help_man(FILE *out, const struct command *c)
{
	roff_title(out, c->name);
	fprintf(out, ".SH NAME\ntagseal %s \\- ", c->name);
	roff_text(out, c->summary);
	fprintf(out, "\n.SH SYNOPSIS\n.B tagseal %s\n[options] ", c->name);
	roff_text(out, c->arguments);
	fputc('\n', out);
	if (c->details[0] != '\0') {
		fputs(".SH DESCRIPTION\n.nf\n", out);
		roff_text(out, c->details);
		fputs("\n.fi\n", out);
	}
	fputs(".SH OPTIONS\n", out);
	for (const struct option_row *r = c->options;
	    r != NULL && r->name != NULL; r++)
		roff_option(out, r);
	for (const struct option_row *r = common_options; r->name != NULL; r++)
		if (help_shows(c, r))
			roff_option(out, r);
	roff_exit_codes(out);
	fputs(".SH EXAMPLES\n.nf\n", out);
	roff_text(out, c->example);
	fputs("\n.fi\n.SH SEE ALSO\n.BR tagseal (1)\n", out);
}

void
help_man_overview(FILE *out)
{
	fprintf(out, ".TH TAGSEAL 1 \"\" \"tagseal %s\" \"Tagseal\"\n"
	    ".SH NAME\ntagseal \\- code signing driven by Git\n"
	    ".SH SYNOPSIS\n.B tagseal\n.I command\n[options] [arguments]\n"
	    ".SH COMMANDS\n", TAGSEAL_VERSION);
	for (size_t i = 0; all_commands[i] != NULL; i++) {
		fprintf(out, ".TP\n.B %s\n", all_commands[i]->name);
		roff_text(out, all_commands[i]->summary);
		fputc('\n', out);
	}
	roff_exit_codes(out);
}

void
help_reference(FILE *out)
{
	fputs("# Commands\n\nPrinted by `tagseal print commands`.\n", out);
	for (size_t i = 0; all_commands[i] != NULL; i++) {
		fprintf(out, "\n## tagseal %s\n\n```\n",
		    all_commands[i]->name);
		help_command(out, all_commands[i], false);
		fputs("```\n", out);
	}
}

void
help_errors(FILE *out)
{
	fputs("# Errors\n\nEvery error has a code that never changes. Printed "
	    "by `tagseal print errors`; `tagseal errors CODE` explains one.\n\n"
	    "| code | exit | likely reason | what to do |\n"
	    "| --- | --- | --- | --- |\n", out);
	for (size_t i = 1; i < ERR_CODES; i++)
		fprintf(out, "| `%s` | %d | %s | %s |\n", err_rows[i].code,
		    err_exit_code(err_rows[i].kind), err_rows[i].reason,
		    err_rows[i].advice);
}

void
help_errors_row(FILE *out, const struct err_row *row, bool colour)
{
	struct palette p = palette_for(colour);

	fprintf(out, "%s%s%s\n", p.bold, row->code, p.plain);
	fprintf(out, "  kind:    %s (exit code %d)\n", err_kind_name(row->kind),
	    err_exit_code(row->kind));
	fprintf(out, "  reason:  %s\n", row->reason);
	fprintf(out, "  advice:  %s\n", row->advice);
}

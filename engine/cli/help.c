/* help - what people read about one command, printed from its row. */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

const char *
help_gap(const struct option_row *r)
{
	return option_may_stand_alone(r) ? "" : " ";
}

static int
width_of(const struct option_row *r)
{
	return (int)(strlen(r->name) + 2 + (r->letter != 0 ? 4 : 0) +
	    strlen(help_gap(r)) +
	    (r->argument != NULL ? strlen(r->argument) : 0));
}

static void
option_line(FILE *out, const struct option_row *r, int width)
{
	char names[128];

	snprintf(names, sizeof(names), "%s%.1s%s--%s%s%s",
	    r->letter != 0 ? "-" : "", r->letter != 0 ? &r->letter : "",
	    r->letter != 0 ? ", " : "", r->name,
	    help_gap(r),
	    r->argument != NULL ? r->argument : "");
	fprintf(out, "  %-*s  %s\n", width, names, r->help);
}

bool
help_shows(const struct command *c, const struct option_row *r)
{
	return c->json || strcmp(r->name, "json") != 0;
}

static void
option_lines(FILE *out, const struct command *c)
{
	const struct option_row *lists[] = { c->options, common_options };
	int width = 0;

	for (size_t i = 0; i < COUNT(lists); i++)
		for (const struct option_row *r = lists[i];
		    r != NULL && r->name != NULL; r++)
			if (width_of(r) > width)
				width = width_of(r);
	for (size_t i = 0; i < COUNT(lists); i++)
		for (const struct option_row *r = lists[i];
		    r != NULL && r->name != NULL; r++)
			if (help_shows(c, r))
				option_line(out, r, width);
}

/* Prints lines, each behind an indent. */
static void
indented(FILE *out, const char *text, const char *indent)
{
	struct span rest = span_text(text), line;

	while (span_line(&rest, &line))
		fprintf(out, "%s%.*s\n", line.len > 0 ? indent : "",
		    (int)line.len, (const char *)line.ptr);
}

void
help_command(FILE *out, const struct command *c, bool colour)
{
	struct palette p = palette_for(colour);

	fprintf(out, "%stagseal %s%s - %s\n\n", p.bold, c->name, p.plain,
	    c->summary);
	fprintf(out, "%susage%s: tagseal %s [options]%s%s\n\n", p.bold,
	    p.plain, c->name, c->arguments[0] != '\0' ? " " : "",
	    c->arguments);
	if (c->details[0] != '\0') {
		indented(out, c->details, "");
		fputc('\n', out);
	}
	fprintf(out, "%soptions%s:\n", p.bold, p.plain);
	option_lines(out, c);
	fprintf(out, "\n%sexample%s:\n", p.bold, p.plain);
	indented(out, c->example, "  ");
}

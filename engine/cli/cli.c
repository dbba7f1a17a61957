/* cli - reads the options of a command, runs it, prints the error. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"

const struct option_row common_options[] = {
	{ "help", 'h', NULL, "show this help", false },
	{ "json", 0, NULL, "answer in JSON", false },
	{ "no-color", 0, NULL, "no colours (NO_COLOR does the same)", false },
	{ NULL, 0, NULL, NULL, false },
};

#define PALETTE_COLOURS	{ "\033[1m", "\033[31m", "\033[32m", "\033[33m",\
	"\033[36m", "\033[2m", "\033[0m" }

struct palette
palette_for(bool colour)
{
	static const struct palette colours = PALETTE_COLOURS;
	static const struct palette none = { "", "", "", "", "", "", "" };

	return colour ? colours : none;
}

const char *
option_nth(const struct invocation *in, const char *name, size_t n)
{
	for (size_t i = 0; i < in->value_count; i++)
		if (strcmp(in->values[i].row->name, name) == 0 && n-- == 0)
			return in->values[i].text;
	return NULL;
}

const char *
option_text(const struct invocation *in, const char *name)
{
	const char *text = NULL;

	for (size_t i = 0; i < in->value_count; i++)
		if (strcmp(in->values[i].row->name, name) == 0)
			text = in->values[i].text;
	return text;
}

bool
option_given(const struct invocation *in, const char *name)
{
	for (size_t i = 0; i < in->value_count; i++)
		if (strcmp(in->values[i].row->name, name) == 0)
			return true;
	return false;
}

bool
option_need(const struct invocation *in, const char *name, const char **out,
    struct err *e)
{
	const char *text = option_text(in, name);

	if (text == NULL) {
		err_set(e, ERR_USAGE, "--%s is missing", name);
		return err_hint(e, "tagseal %s --help shows an example",
		    in->command->name);
	}
	*out = text;
	return true;
}

bool
option_name(const struct invocation *in, const char **out, struct err *e)
{
	const char *name = option_text(in, "name");

	if (name == NULL)
		name = getenv("USER");
	*out = name;
	return (name != NULL && text_slug(span_text(name))) || err_set(e,
	    ERR_USAGE, "'%s' cannot stand in a tag's name: give another with "
	    "--name", name == NULL ? "" : text_show(span_text(name)).text);
}

bool
option_time(const struct invocation *in, const char *name, struct arena *a,
    struct span *out, struct err *e)
{
	const char *text = option_text(in, name);
	char at[TEXT_TIME_SIZE];
	int64_t ms;

	if (text == NULL)
		return true;
	if (!text_untime(span_text(text), &ms))
		return err_set(e, ERR_USAGE, "--%s '%s' is no time: write "
		    "2026-01-31 or 2026-01-31T12:00:00Z (UTC)", name,
		    text_show(span_text(text)).text);
	text_time(ms, at);
	return arena_copy(a, span_text(at), out) || err_budget(e, a);
}

void
cli_answer(struct json *v)
{
	json_print(v, stdout);
	json_release(v);
}

static const struct option_row *
row_in(const struct option_row *rows, struct span name, char letter)
{
	for (; rows != NULL && rows->name != NULL; rows++)
		if (letter != 0 ? rows->letter == letter :
		    span_is(name, rows->name))
			return rows;
	return NULL;
}

static const struct option_row *
find_option(const struct command *c, struct span name, char letter)
{
	const struct option_row *row = row_in(c->options, name, letter);

	return row != NULL ? row : row_in(common_options, name, letter);
}

static bool
unknown_option(const struct command *c, const char *word, struct err *e)
{
	const struct option_row *lists[] = { c->options, common_options };
	const char *names[OPTIONS_MAX + 8];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(lists); i++)
		for (const struct option_row *r = lists[i]; r != NULL &&
		    r->name != NULL && n + 1 < COUNT(names); r++)
			names[n++] = r->name;
	names[n] = NULL;
	struct span name = span_text(word);
	while (span_starts(name, "-"))
		name = span_from(name, 1);
	const char *near = text_nearest(name, names);
	err_set(e, ERR_USAGE, "tagseal %s has no option '%s'", c->name,
	    text_show(span_text(word)).text);
	if (near != NULL)
		return err_hint(e, "did you mean --%s?", near);
	return err_hint(e, "tagseal %s --help lists its options", c->name);
}

struct words {
	char	**at;
	int	  left;
};

static char *
next_word(struct words *w)
{
	if (w->left == 0)
		return NULL;
	w->left--;
	return *w->at++;
}

static bool
already_given(const struct invocation *in, const struct option_row *row)
{
	return !row->repeats && option_given(in, row->name);
}

bool
option_may_stand_alone(const struct option_row *row)
{
	return row->argument == NULL || row->argument[0] == '[';
}

/* Reads --name, --name=VALUE, --name VALUE, -n, -n VALUE. */
static bool
read_option(struct invocation *in, char *word, struct words *w, struct err *e)
{
	struct span rest = span_text(word), name;
	char letter = word[1] != '-' ? word[1] : 0;

	rest = span_from(rest, 2);
	const char *equals = letter == 0 ? strchr(word, '=') : NULL;
	if (!span_split(&rest, '=', &name))
		name = rest;
	const struct option_row *row = letter != 0 && word[2] != '\0' ? NULL :
	    find_option(in->command, name, letter);
	if (row == NULL)
		return unknown_option(in->command, word, e);
	if (already_given(in, row))
		return err_set(e, ERR_USAGE, "--%s is given twice", row->name);
	if (row->argument == NULL && equals != NULL)
		return err_set(e, ERR_USAGE, "--%s takes no value", row->name);
	bool alone = option_may_stand_alone(row);
	const char *text = equals != NULL ? equals + 1 :
	    alone ? NULL : next_word(w);
	if (!alone && text == NULL)
		return err_set(e, ERR_USAGE, "--%s wants a value: %s",
		    row->name, row->argument);
	in->values[in->value_count++] = (struct option_value){ row, text };
	return true;
}

static bool
check_count(const struct invocation *in, struct err *e)
{
	const struct command *c = in->command;

	if (in->count >= c->least && (c->most < 0 || in->count <= c->most))
		return true;
	err_set(e, ERR_USAGE, in->count < c->least ?
	    "tagseal %s wants %s" : "tagseal %s takes no more than '%s'",
	    c->name, c->arguments[0] == '\0' ? "no arguments" : c->arguments);
	return err_hint(e, "tagseal %s --help shows an example", c->name);
}

static bool
read_words(struct invocation *in, struct words w, struct err *e)
{
	bool options = true;

	for (char *word; (word = next_word(&w)) != NULL; ) {
		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (!options || word[0] != '-' || word[1] == '\0')
			in->arguments[in->count++] = word;
		else if (!read_option(in, word, &w, e))
			return false;
	}
	return option_given(in, "help") || check_count(in, e);
}

bool
cli_may_colour(const struct invocation *in, int fd)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fd) && (no == NULL || no[0] == '\0') &&
	    !option_given(in, "no-color") &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

int
cli_report(const struct invocation *in, const struct err *e)
{
	if (in != NULL && in->json) {
		struct json *v = json_map();

		json_put_err(v, "error", e);
		cli_answer(v);
	} else {
		err_print(stderr, e, in != NULL &&
		    cli_may_colour(in, STDERR_FILENO));
	}
	return err_exit_code(e->what->kind);
}

static int
run_command(struct invocation *in, struct words w)
{
	struct err e = { 0 };

	if (!read_words(in, w, &e))
		return cli_report(in, &e);
	in->json = option_given(in, "json");
	in->colour = !in->json && cli_may_colour(in, STDOUT_FILENO);
	in->progress = !in->json && isatty(STDERR_FILENO);
	if (option_given(in, "help")) {
		help_command(stdout, in->command, in->colour);
		return EXIT_YES;
	}
	if (in->json && !in->command->json) {
		err_set(&e, ERR_USAGE, "tagseal %s has no JSON answer",
		    in->command->name);
		in->json = false;
		return cli_report(in, &e);
	}
	int code = in->command->run(in, &e);
	if (code >= 0 && fflush(stdout) != 0) {
		err_errno(&e, ERR_SYSTEM_WRITE, "cannot write the answer");
		code = -1;
	}
	return code >= 0 ? code : cli_report(in, &e);
}

int
cli_run(const struct command *c, int argc, char **argv)
{
	CLEANUP(free_done) struct option_value *values =
	    xcalloc((size_t)argc + 1, sizeof(*values));
	CLEANUP(free_done) char **arguments =
	    xcalloc((size_t)argc + 1, sizeof(*arguments));
	struct invocation in = { .command = c, .values = values,
	    .arguments = arguments };

	return run_command(&in, (struct words){ argv, argc });
}

int
cli_words(const struct command *c, int argc, char **argv)
{
	struct span rest = span_text(c->name), word;
	int n = 0;

	while (span_split(&rest, ' ', &word)) {
		if (n >= argc || !span_is(word, argv[n]))
			return 0;
		n++;
	}
	return n;
}

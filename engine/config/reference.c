/*
 * reference - the table of keys as a page for people.
 */
#include <string.h>

#include "artifact/element.h"
#include "config/keys.h"

static const char *
value_name(const struct config_key *key)
{
	return key->type == VALUE_MAP ? shape_rows[key->of].title :
	    type_rows[key->type].name;
}

/* In a Markdown table '|' would end the cell. */
static void
print_cell(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		fprintf(out, *text == '|' ? "\\%c" : "%c", *text);
}

static void
print_value(FILE *out, const struct config_key *key)
{
	static const char *const many[] = {
		[ONE] = "", [LIST] = "list of: ", [LIST_OR_EMPTY] =
		"list (may be empty) of: ", [BITS] = "list of: ",
		[DICTIONARY] = "map from names to: ",
	};

	fputs(many[key->many], out);
	if (key->words == NULL)
		print_cell(out, value_name(key));
	for (size_t i = 0; key->words != NULL && key->words[i] != NULL; i++)
		fprintf(out, "%s`%s`", i == 0 ? "" : ", ", key->words[i]);
}

/* Only files of the config repo have owners, and few keys are not theirs. */
static void
print_shape(FILE *out, enum shape shape)
{
	fputs("| key | value | needed | default | meaning |\n"
	    "| --- | --- | --- | --- | --- |\n", out);
	for (const struct config_key *k = shape_next(shape, NULL); k != NULL;
	    k = shape_next(shape, k)) {
		fprintf(out, "| `%s` | ", k->name);
		print_value(out, k);
		fprintf(out, " | %s | %s%s%s | ", k->required ? "yes" :
		    k->choice ? "one of these" : "",
		    k->fallback == NULL ? "" : "`",
		    k->fallback == NULL ? "" : k->fallback,
		    k->fallback == NULL ? "" : "`");
		print_cell(out, k->doc);
		if (k->owner == OWNER_PROJECT)
			fputs(" *(owners)*", out);
		fputs(" |\n", out);
	}
	fputc('\n', out);
}

/* Each shape once, below the first file that uses it. */
static void
print_below(FILE *out, enum shape shape, bool *done)
{
	for (const struct config_key *k = shape_next(shape, NULL); k != NULL;
	    k = shape_next(shape, k)) {
		if ((k->type != VALUE_MAP && k->type != VALUE_PATHS) ||
		    done[k->of])
			continue;
		done[k->of] = true;
		fprintf(out, "### `%s`: %s\n\n", k->name,
		    shape_rows[k->of].title);
		print_shape(out, k->of);
		print_below(out, k->of, done);
	}
}

static void
print_elements(FILE *out, bool *done)
{
	fputs("### Elements\n\nAn element is a map with one key, its kind: "
	    "`{pe: {path: \"*.exe\", sign: authenticode}}`.\n\n"
	    "| kind | what it is | methods | conditions of `where` |\n"
	    "| --- | --- | --- | --- |\n", out);
	for (const struct element_kind *e = element_kinds; e->name != NULL;
	    e++) {
		fprintf(out, "| `%s` | %s |", e->name, e->title);
		for (unsigned i = 0; i < METHODS; i++)
			if ((e->methods & 1u << i) != 0)
				fprintf(out, " `%s`", method_rows[i].name);
		fputs(" |", out);
		for (size_t i = 0; e->where != NULL && e->where[i] != NULL;
		    i++)
			fprintf(out, " `%s`", e->where[i]);
		fputs(" |\n", out);
	}
	fputs("\nEach kind has these keys:\n\n", out);
	print_shape(out, SHAPE_ELEMENT);
	print_below(out, SHAPE_ELEMENT, done);
	fputs("### Options of `verify`\n\n", out);
	print_shape(out, SHAPE_DEMAND);
	for (unsigned i = 0; i < METHODS; i++) {
		fprintf(out, "### Method `%s`\n\n", method_rows[i].name);
		print_shape(out, method_shapes[i]);
	}
}

void
config_print_reference(FILE *out)
{
	bool done[SHAPES] = { false };

	fputs("# Config files: every key\n\nPrinted from the table in "
	    "`engine/config/keys.c`; do not edit. The same table reads the "
	    "files and prints\n`schemas/`.\n\n"
	    "The administrators own all keys of the config repo but those "
	    "marked *(owners)*,\nwhich a project's owners may change.\n\n",
	    out);
	for (unsigned i = 0; i < CONFIG_KINDS; i++) {
		const struct kind_row *row = &kind_rows[i];

		fprintf(out, "## %s%s%s%s\n\nSchema: `schemas/%s.json`\n\n",
		    row->title, row->path == NULL ? "" : ": `",
		    row->path == NULL ? "" : row->path,
		    row->path == NULL ? "" : "`", row->name);
		print_shape(out, row->shape);
		print_below(out, row->shape, done);
		if (row->shape == SHAPE_ARTIFACT)
			print_elements(out, done);
	}
}

/* configuration_write - see configuration_write.h. */
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "cli/configuration_write.h"
#include "cli/yaml_scalar.h"

static void
flow_list(const struct span *items, size_t count, struct buf *out)
{
	buf_text(out, "[");
	for (size_t i = 0; i < count; i++) {
		buf_text(out, i > 0 ? ", " : "");
		yaml_scalar(items[i], out);
	}
	buf_text(out, "]");
}

/* ---- directives */

enum option_form {
	OPTION_TEXT,		/* a span, if it is not empty */
	OPTION_WORD,		/* a bool: the word, if it is true */
	OPTION_LIST,		/* spans, if there are any */
};

#define AT(member)	offsetof(struct directive, member)

static const struct option {
	const char		*key;
	enum option_form	 form;
	size_t			 at;
	size_t			 count;		/* OPTION_LIST */
	const char		*word;		/* OPTION_WORD: if it is true;
						 * OPTION_TEXT: the default */
} options[] = {
	{ "roots", OPTION_TEXT, AT(roots), 0, NULL },
	{ "subjects", OPTION_LIST, AT(subjects), AT(subject_count), NULL },
	{ "thumbprints", OPTION_LIST, AT(thumbprints), AT(thumbprint_count),
	    NULL },
	{ "timestamp", OPTION_WORD, AT(timestamped), 0, "required" },
	{ "digest", OPTION_TEXT, AT(digest), 0, "sha256" },
	{ "description", OPTION_TEXT, AT(description), 0, NULL },
	{ "description-url", OPTION_TEXT, AT(description_url), 0, NULL },
	{ "append", OPTION_WORD, AT(append), 0, "true" },
	{ "existing", OPTION_WORD, AT(keep), 0, "keep" },
	{ "page-hashes", OPTION_WORD, AT(page_hashes), 0, "true" },
	{ "output", OPTION_TEXT, AT(output), 0, NULL },
	{ "encoding", OPTION_WORD, AT(pem), 0, "pem" },
};

static void
text_put(const struct option *o, const char *field, const char *base,
    struct buf *out)
{
	struct span text;

	(void)base;
	memcpy(&text, field, sizeof(text));
	if (text.len > 0 && (o->word == NULL || !span_is(text, o->word)))
		yaml_scalar(text, out);
}

static void
word_put(const struct option *o, const char *field, const char *base,
    struct buf *out)
{
	bool on;

	(void)base;
	memcpy(&on, field, sizeof(on));
	if (on)
		buf_text(out, o->word);
}

static void
list_put(const struct option *o, const char *field, const char *base,
    struct buf *out)
{
	const struct span *items;
	size_t count;

	memcpy(&items, field, sizeof(items));
	memcpy(&count, base + o->count, sizeof(count));
	if (count > 0)
		flow_list(items, count, out);
}

static void	(*const option_puts[])(const struct option *,
		    const char *field, const char *base, struct buf *) = {
	[OPTION_TEXT]	= text_put,
	[OPTION_WORD]	= word_put,
	[OPTION_LIST]	= list_put,
};

/* The method, and below it what is not as it would be by itself. */
static void
directive_put(const struct directive *d, int indent, struct buf *out)
{
	size_t count = 0;

	buf_text(out, method_rows[d->method].name);
	for (size_t i = 0; i < COUNT(options); i++) {
		const struct option *o = &options[i];
		CLEANUP(buf_done) struct buf value = { 0 };

		option_puts[o->form](o, (const char *)d + o->at,
		    (const char *)d, &value);
		if (value.len == 0)
			continue;
		buf_printf(out, "%s%*s%s: %s\n", count++ == 0 ? ":\n" : "",
		    indent, "", o->key, buf_cstr(&value));
	}
	if (count == 0)
		buf_text(out, "\n");
}

static bool
has_options(const struct directive *d)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	directive_put(d, 0, &b);
	return span_find(buf_span(&b), SPAN_TEXT(":")) != SIZE_MAX;
}

static void
verb_put(const struct element *x, enum directive_verb verb, int indent,
    struct buf *out)
{
	const struct directive *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < x->directive_count; i++)
		if (x->directives[i].verb == verb) {
			last = &x->directives[i];
			count++;
		}
	if (count == 0)
		return;
	buf_printf(out, "%*s%s:", indent, "", directive_verb_names[verb]);
	if (count == 1) {
		if (has_options(last))
			buf_printf(out, "\n%*s", indent + 2, "");
		else
			buf_text(out, " ");
		directive_put(last, indent + 4, out);
		return;
	}
	buf_text(out, "\n");
	for (size_t i = 0; i < x->directive_count; i++)
		if (x->directives[i].verb == verb) {
			buf_printf(out, "%*s- ", indent + 2, "");
			directive_put(&x->directives[i], indent + 6, out);
		}
}

static void
hashes_put(const struct element *x, int indent, struct buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < x->directive_count; i++) {
		if (x->directives[i].verb != DIRECTIVE_HASH)
			continue;
		if (count++ == 0)
			buf_printf(out, "%*shash: [", indent, "");
		else
			buf_text(out, ", ");
		yaml_scalar(x->directives[i].digest, out);
	}
	if (count > 0)
		buf_text(out, "]\n");
}

/* ---- elements */

#define FLOW_PATHS	4	/* in one line */
#define INDENT		6	/* from an element to one inside of it */

struct writing {
	const struct span	*notes;
	uint32_t		 number;	/* of the next element */
	struct buf		*out;
};

static void
lines_put(struct span text, int indent, struct buf *out)
{
	struct span line;

	while (span_line(&text, &line)) {
		buf_printf(out, "%*s#%s", indent, "", line.len > 0 ? " " : "");
		buf_put(out, line);
		buf_text(out, "\n");
	}
}

static void
paths_put(const struct element *x, int indent, struct buf *out)
{
	if (x->path_count == 0)
		return;
	buf_printf(out, "%*s%s", indent, "", x->path_count == 1 ? "path: " :
	    "paths:");
	if (x->path_count == 1) {
		yaml_scalar(x->paths[0], out);
		buf_text(out, "\n");
		return;
	}
	if (x->path_count <= FLOW_PATHS) {
		buf_text(out, " ");
		flow_list(x->paths, x->path_count, out);
		buf_text(out, "\n");
		return;
	}
	buf_text(out, "\n");
	for (size_t i = 0; i < x->path_count; i++) {
		buf_printf(out, "%*s- ", indent + 2, "");
		yaml_scalar(x->paths[i], out);
		buf_text(out, "\n");
	}
}

static void
matches_put(const struct element *x, int indent, struct buf *out)
{
	if (x->min == 1 && x->max == 1)
		return;
	buf_printf(out, "%*smatches: {min: %u, max: ", indent, "", x->min);
	if (x->max == ELEMENT_UNBOUNDED)
		buf_text(out, "unbounded}\n");
	else
		buf_printf(out, "%u}\n", x->max);
}

static void
where_put(const struct element *x, int indent, struct buf *out)
{
	for (size_t i = 0; i < x->where_count; i++) {
		if (i == 0)
			buf_printf(out, "%*swhere: {", indent, "");
		buf_printf(out, "%s%s: ", i == 0 ? "" : ", ",
		    x->where[i].key);
		yaml_scalar(x->where[i].value, out);
	}
	if (x->where_count > 0)
		buf_text(out, "}\n");
}

/* indent: of the kind's name. As deep as elements are nested. */
static void
element_put(struct writing *w, const struct element *x, int indent)
{
	struct buf *out = w->out;
	int inner = indent + 2;

	w->number++;
	buf_printf(out, "%s:\n", x->kind->name);
	size_t empty = out->len;
	paths_put(x, inner, out);
	matches_put(x, inner, out);
	where_put(x, inner, out);
	verb_put(x, DIRECTIVE_VERIFY, inner, out);
	verb_put(x, DIRECTIVE_SIGN, inner, out);
	hashes_put(x, inner, out);
	if (x->content_count > 0)
		buf_printf(out, "%*scontents:\n", inner, "");
	for (size_t i = 0; i < x->content_count; i++) {
		if (w->notes != NULL)
			lines_put(w->notes[w->number], inner + 2, out);
		buf_printf(out, "%*s- ", inner + 2, "");
		element_put(w, &x->contents[i], inner + 4);
	}
	if (x->keep_others)
		buf_printf(out, "%*sother-files: keep\n", inner, "");
	if (out->len == empty) {
		out->len--;
		buf_text(out, " {}\n");
	}
}

size_t
configuration_length(const struct element *x, unsigned depth)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct writing w = { .out = &b };

	int indent = (int)depth * INDENT + 2;

	element_put(&w, x, indent);
	return b.len + (size_t)indent;
}

/* ---- the file */

static void
parameter_put(const struct artifact_parameter *p, struct buf *out)
{
	const char *between = "";

	buf_text(out, "  ");
	yaml_scalar(p->name, out);
	buf_text(out, ": {");
	if (p->required) {
		buf_text(out, "required: true");
		between = ", ";
	}
	if (p->fallback.len > 0) {
		buf_printf(out, "%sdefault: ", between);
		yaml_scalar(p->fallback, out);
		between = ", ";
	}
	if (p->pattern.len > 0) {
		buf_printf(out, "%spattern: ", between);
		yaml_scalar(p->pattern, out);
	}
	buf_text(out, "}\n");
}

void
configuration_write(const struct configuration_text *t, struct buf *out)
{
	struct writing w = { .notes = t->notes, .out = out };

	lines_put(t->head, 0, out);
	if (t->parameter_count > 0)
		buf_text(out, "parameters:\n");
	for (size_t i = 0; i < t->parameter_count; i++)
		parameter_put(&t->parameters[i], out);
	buf_text(out, "artifact:\n");
	if (t->notes != NULL)
		lines_put(t->notes[0], 2, out);
	buf_text(out, "  ");
	element_put(&w, t->root, 2);
}

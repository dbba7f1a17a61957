/* suggest_text - what people and machines are told; see suggest.h. */
#include <stddef.h>
#include <string.h>

#include "artifact/resolved.h"
#include "base/text.h"
#include "cli/configuration_write.h"
#include "cli/suggest.h"
#include "cli/yaml_scalar.h"

#define TEXT_OF_(x)	#x
#define TEXT_OF(x)	TEXT_OF_(x)

/* ---- the head of the file */

/* A line for each thing that the suggestion rests on, where it does. */
static const struct {
	size_t		 flag;		/* of struct suggesting */
	const char	*text;
} head_rows[] = {
	{ offsetof(struct suggesting, verifies),
	    "- verify: somebody else signed these. Put the roots of their "
	    "certificates into trust/.\n" },
	{ offsetof(struct suggesting, sets),
	    "- Patterns stand for files that are alike in the sample. Any "
	    "number of them matches, new ones too.\n" },
	{ offsetof(struct suggesting, keeps),
	    "- other-files: keep, where more than " TEXT_OF(PLAIN_MOST)
	    " files have no place for a signature. It keeps new files as\n"
	    "  they are, programs too; without it they are refused.\n" },
	{ offsetof(struct suggesting, flat),
	    "- Containers inside are taken as they are: there is too much in "
	    "them.\n" },
};

static void
whose_put(const struct suggesting *s, struct buf *out)
{
	if (!s->signs) {
		buf_text(out, "- Nothing in it is to be signed inside.\n");
	} else if (s->ours.len > 0) {
		buf_text(out, "- sign: most files are signed by ");
		yaml_scalar(s->ours, out);
		buf_text(out, ",\n  taken for you: these and unsigned ones are "
		    "signed anew.\n");
	} else {
		buf_text(out, "- sign: nobody signed these, so they are "
		    "taken for your own.\n");
	}
}

void
head_put(const struct suggesting *s, const struct sample *root,
    struct buf *out)
{
	size_t files = sample_count(root) - 1;

	buf_text(out, "Suggested by 'tagseal inspect --suggest' for ");
	yaml_scalar(root->path, out);
	if (files > 0)
		buf_printf(out, " (%zu file%s inside)", files, files == 1 ?
		    "" : "s");
	buf_text(out, ". Check before use:\n");
	whose_put(s, out);
	for (size_t i = 0; i < COUNT(head_rows); i++)
		if (*((const bool *)((const char *)s + head_rows[i].flag)))
			buf_text(out, head_rows[i].text);
	if (s->version.len > 0) {
		buf_text(out, "- ${version} is ");
		yaml_scalar(s->version, out);
		buf_text(out, " in the sample.\n");
	}
}

/* ---- the summary */

static struct json *
where_json(const struct element *x)
{
	struct json *v = x->where_count > 0 ? json_map() : NULL;

	for (size_t i = 0; i < x->where_count; i++)
		json_put_span(v, x->where[i].key, x->where[i].value);
	return v;
}

/* As deep as elements are nested. */
static struct json *
element_json(const struct element *x)
{
	struct json *v = json_map(), *list = json_list();

	json_put_text(v, "kind", x->kind->name);
	for (size_t i = 0; i < x->path_count; i++)
		json_add(list, json_text(x->paths[i]));
	json_put(v, "paths", list);
	json_put_int(v, "min", x->min);
	if (x->max != ELEMENT_UNBOUNDED)
		json_put_int(v, "max", x->max);
	json_put(v, "where", where_json(x));
	list = x->directive_count > 0 ? json_list() : NULL;
	for (size_t i = 0; i < x->directive_count; i++)
		json_add(list, directive_json(&x->directives[i]));
	json_put(v, "directives", list);
	list = x->kind->contains ? json_list() : NULL;
	for (size_t i = 0; i < x->content_count; i++)
		json_add(list, element_json(&x->contents[i]));
	json_put(v, "contents", list);
	if (x->kind->contains)
		json_put_text(v, "other_files", x->keep_others ? "keep" :
		    "refuse");
	return v;
}

struct json *
suggestion_json(const struct suggesting *s, const struct draft *d,
    struct span yaml)
{
	struct json *v = json_map(), *parameters = json_map();

	if (s->version.len > 0)
		json_put_span(parameters, "version", s->version);
	json_put(v, "parameters", parameters);
	json_put_int(v, "elements", d->count);
	json_put(v, "artifact", element_json(&d->x));
	json_put_span(v, "configuration", yaml);
	return v;
}

/* ---- the command */

void
command_put(const struct suggesting *s, const char *configuration,
    const char *artifact, struct buf *out)
{
	buf_text(out, "tagseal plan --configuration ");
	text_shell(span_text(configuration), out);
	if (s->version.len > 0) {
		buf_text(out, " --parameter version=");
		buf_put(out, s->version);
	}
	buf_text(out, artifact[0] == '-' ? " -- " : " ");
	text_shell(span_text(artifact), out);
}

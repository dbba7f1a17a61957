/*
 * suggest: any tree of files. What is suggested is read again without an error
 * and matches the tree: each file by an element of its own kind, and those of
 * ours by one that signs.
 *
 * A line is a file: a letter for what it is (see kinds), then its path. '('
 * opens an archive, and a line ')' closes it.
 */
#include <stdlib.h>

#include "artifact/match.h"
#include "base/limits.h"
#include "cli/configuration_write.h"
#include "cli/suggest.h"
#include "config/config.h"
#include "containers/names.h"

#define FILES_MOST	400
#define DEPTH_MOST	3

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct {
	char		 letter;
	const char	*format;
	const char	*facts;
	const char	*signatures;
} kinds[] = {
	{ 'f', "file", NULL, NULL },
	{ 'u', "pe", NULL, NULL },
	{ 'o', "pe", "{\"product-name\":\"A ${x}\",\"company-name\":\"1.10\","
	    "\"product-version\":\"1.2.0\"}", NULL },
	{ 'p', "pe", "{\"product-name\":\"B 1.2\",\"product-version\":"
	    "\"1.2\"}", NULL },
	{ 's', "pe", NULL, "[{\"good\":true,\"signer\":\"CN=S,O=a: b\","
	    "\"thumbprint\":\"00\",\"timestamp\":{}}]" },
	{ 'b', "pe", NULL, "[{\"good\":false,\"signer\":\"CN=B\","
	    "\"error\":{\"code\":\"PE-X\"}}]" },
};

static struct json *
parsed(const char *text)
{
	struct json *v;
	struct err e;

	if (text == NULL)
		return NULL;
	if (!json_parse(span_text(text), &v, &e))
		abort();
	return v;
}

static struct json *
node(const struct json *parent, struct span path, const char *format)
{
	CLEANUP(buf_done) struct buf display = { 0 };
	struct json *v = json_map();

	if (parent != NULL) {
		buf_put(&display, json_span(json_member(parent, "path")));
		buf_text(&display, "!/");
	}
	buf_put(&display, path);
	json_put_span(v, "path", buf_span(&display));
	json_put_text(v, "format", format);
	return v;
}

/* As deep as DEPTH_MOST. */
static struct json *
tree(const struct json *parent, struct span path, struct span *rest,
    unsigned depth)
{
	struct json *v = node(parent, path, "zip"), *list = json_list();
	struct span line;
	struct err e;

	while (span_line(rest, &line) && !span_is(line, ")")) {
		struct span name = span_from(line, 1);

		if (line.len == 0 || !name_check(name, ERR_ZIP_NAME, &e) ||
		    span_ends(name, "/"))
			continue;
		if (line.ptr[0] == '(' && depth < DEPTH_MOST) {
			json_add(list, tree(v, name, rest, depth + 1));
			continue;
		}
		size_t k = line.ptr[0] % COUNT(kinds);
		for (size_t i = 0; i < COUNT(kinds); i++)
			if (kinds[i].letter == (char)line.ptr[0])
				k = i;
		struct json *file = node(v, name, kinds[k].format);
		json_put(file, "facts", parsed(kinds[k].facts));
		json_put(file, "signatures", parsed(kinds[k].signatures));
		json_add(list, file);
	}
	json_put(v, "contents", list);
	return v;
}

/* No container with twice the same name gets this far. */
static bool
names_good(const struct sample *f, struct arena *a)
{
	const struct names_terms terms = { .ignore_case = true,
	    .twice = ERR_ZIP_NAME };
	struct span *names = ARENA_ARRAY(a, struct span, f->count);
	struct err e;

	if (names == NULL)
		abort();
	for (size_t i = 0; i < f->count; i++) {
		names[i] = f->contents[i].path;
		if (!names_good(&f->contents[i], a))
			return false;
	}
	return names_check(names, f->count, &terms, a, &e);
}

static void
holds(const struct suggesting *s, const struct sample *f,
    const struct element *x, struct arena *a)
{
	struct match_entry *v = ARENA_ARRAY(a, struct match_entry, f->count);
	const struct element **found;
	struct err e;

	if (v == NULL || x->kind != f->kind)
		abort();
	if (sample_ours(s, f) && (x->directive_count != 1 ||
	    x->directives[0].verb != DIRECTIVE_SIGN))
		abort();
	if (f->count == 0)
		return;
	for (size_t i = 0; i < f->count; i++)
		v[i].path = f->contents[i].path;
	if (!match_entries(x, v, f->count, a, &found, NULL, &e))
		abort();
	for (size_t i = 0; i < f->count; i++)
		if (found[i] != NULL)
			holds(s, &f->contents[i], found[i], a);
		else if (!x->keep_others || (sample_ours(s, &f->contents[i]) &&
		    f->contents[i].path.len < LIMIT_GLOB / 4))
			abort();
}

static void
read_again(const struct suggesting *s, const struct sample *root,
    const struct buf *yaml, struct arena *a)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	const struct config_file file = { "f", buf_span(yaml) };
	const struct parameter version = { SPAN_TEXT("version"), s->version };
	struct artifact_configuration c;
	struct element *x;
	struct err e;

	if (!artifact_file_parse(&file, NULL, 0, a, &c, &errors) ||
	    !element_expand(c.root, &version, s->version.len > 0, a, &x, &e))
		abort();
	holds(s, root, x, a);
}

static const struct artifact_parameter declared = {
	.name = { (const uint8_t *)"version", 7 },
};

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)256 << 20);
	CLEANUP(json_done) struct json *v = NULL;
	CLEANUP(buf_done) struct buf head = { 0 };
	CLEANUP(buf_done) struct buf yaml = { 0 };
	struct span rest = { bytes, len };
	struct suggesting s = { .arena = a };
	struct sample root;
	struct draft draft;
	struct err e;

	if (len > 16384)
		return 0;
	v = tree(NULL, SPAN_TEXT("a-1.2.zip"), &rest, 0);
	if (!sample_read(v, a, &root, &e))
		abort();
	if (!names_good(&root, a) || sample_count(&root) > FILES_MOST)
		return 0;
	if (!sample_majority(&root, a, &s.ours, &e) ||
	    !version_find(&s, &root, &s.version, &e) ||
	    !compose(&s, &root, 0, &draft, &e))
		abort();
	head_put(&s, &root, &head);
	configuration_write(&(struct configuration_text){ .root = &draft.x,
	    .head = buf_span(&head),
	    .parameters = &declared, .parameter_count = s.version.len > 0,
	    .notes = draft.notes }, &yaml);
	read_again(&s, &root, &yaml, a);
	return 0;
}

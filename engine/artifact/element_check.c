/* element_check - what is wrong in a configuration, before any artifact. */
#include "artifact/element.h"
#include "artifact/glob.h"
#include "artifact/match.h"
#include "base/limits.h"
#include "base/text.h"

/* What the walk over one tree carries along. */
struct check {
	const struct element	**at;
	size_t			  left;		/* elements still allowed */
	struct arena		 *arena;	/* of this check */
};

static bool
paths_check(const struct element *x, bool root, struct err *e)
{
	if (root && x->path_count > 1)
		return err_set(e, ERR_ARTIFACT_ELEMENT,
		    "the artifact is one file: it has one path");
	if (!root && x->path_count == 0)
		return err_set(e, ERR_ARTIFACT_ELEMENT, "no path is given");
	for (size_t i = 0; i < x->path_count; i++) {
		if (!glob_check(x->paths[i], e))
			return false;
		if (root && span_find(x->paths[i], SPAN_TEXT("/")) != SIZE_MAX)
			return err_set(e, ERR_ARTIFACT_ELEMENT, "the "
			    "artifact's own path \"%s\" names a folder",
			    text_show(x->paths[i]).text);
	}
	if (x->max == 0 || x->min > x->max)
		return err_set(e, ERR_ARTIFACT_ELEMENT,
		    "no number of matches is between %u and %u", x->min,
		    x->max);
	if (root && (x->min != 1 || x->max != 1))
		return err_set(e, ERR_ARTIFACT_ELEMENT,
		    "the artifact itself matches exactly once");
	return true;
}

static bool
where_check(const struct element *x, struct err *e)
{
	for (size_t i = 0; i < x->where_count; i++) {
		const char *const *key = x->kind->where;

		while (*key != NULL && !span_is(SPAN_TEXT(x->where[i].key),
		    *key))
			key++;
		if (*key == NULL)
			return err_set(e, ERR_ARTIFACT_ELEMENT,
			    "a %s has no \"%s\" to ask for", x->kind->title,
			    text_show(SPAN_TEXT(x->where[i].key)).text);
	}
	return true;
}

static bool
kind_check(const struct element *x, bool root, struct err *e)
{
	if (root && x->kind->folder)
		return err_set(e, ERR_ARTIFACT_ELEMENT,
		    "the artifact is a file, not a folder");
	if (x->content_count > 0 && !x->kind->contains)
		return err_set(e, ERR_ARTIFACT_ELEMENT,
		    "a %s cannot have contents", x->kind->title);
	if (x->keep_others && !x->kind->contains)
		return err_set(e, ERR_ARTIFACT_ELEMENT,
		    "a %s cannot have other files", x->kind->title);
	return where_check(x, e);
}

static bool
output_check(const struct element *x, size_t index, struct err *e)
{
	const struct directive *d = &x->directives[index];

	if (d->output.len == 0)
		return err_set(e, ERR_ARTIFACT_OUTPUT, "the detached signature "
		    "\"%s\" has no `output`", method_rows[d->method].name);
	if (span_find(d->output, SPAN_TEXT("/")) != SIZE_MAX ||
	    span_find(d->output, SPAN_TEXT("\\")) != SIZE_MAX ||
	    span_is(d->output, ".") || span_is(d->output, ".."))
		return err_set(e, ERR_ARTIFACT_OUTPUT, "the output \"%s\" is "
		    "no file name", text_show(d->output).text);
	if (span_is(d->output, "${file.name}"))
		return err_set(e, ERR_ARTIFACT_OUTPUT,
		    "the output has the name of the file that is signed");
	for (size_t i = 0; i < index; i++)
		if (directive_detached(&x->directives[i]) &&
		    glob_same(x->directives[i].output, d->output,
		    GLOB_IGNORE_CASE))
			return err_set(e, ERR_ARTIFACT_OUTPUT,
			    "two signatures have the output \"%s\"",
			    text_show(d->output).text);
	return true;
}

static bool
sign_check(const struct element *x, size_t index, bool root, struct err *e)
{
	const struct directive *d = &x->directives[index];

	if (!directive_detached(d))
		return true;
	if (root)
		return err_set(e, ERR_ARTIFACT_DETACHED_ROOT,
		    "the signature \"%s\" of the artifact itself needs a "
		    "container around it", method_rows[d->method].name);
	if (d->keep)
		return err_set(e, ERR_ARTIFACT_ELEMENT, "`existing: keep` is "
		    "for signatures inside the file");
	return output_check(x, index, e);
}

/* Demands are on the file as it came: they stand before signatures. */
static bool
verify_check(const struct element *x, size_t index, bool root, struct err *e)
{
	const struct method_row *method =
	    &method_rows[x->directives[index].method];

	(void)root;
	if (method->detached)
		return err_set(e, ERR_ARTIFACT_ELEMENT, "a signature \"%s\" "
		    "lies beside the file: `verify` looks into it",
		    method->name);
	for (size_t i = 0; i < index; i++)
		if (x->directives[i].verb == DIRECTIVE_SIGN)
			return err_set(e, ERR_ARTIFACT_ORDER, "`verify: %s` "
			    "comes after `sign`", method->name);
	return true;
}

static bool
hash_check(const struct element *x, size_t index, bool root, struct err *e)
{
	(void)root;
	return x->directives[index].digest.len > 0 || err_set(e,
	    ERR_ARTIFACT_ELEMENT, "`hash` names no digest");
}

static bool	(*const verb_checks[DIRECTIVE_VERBS])(const struct element *,
		    size_t index, bool root, struct err *) = {
	[DIRECTIVE_SIGN]	= sign_check,
	[DIRECTIVE_VERIFY]	= verify_check,
	[DIRECTIVE_HASH]	= hash_check,
};

static bool
directives_check(const struct element *x, bool root, struct err *e)
{
	for (size_t i = 0; i < x->directive_count; i++) {
		const struct directive *d = &x->directives[i];

		if (x->kind->folder)
			return err_set(e, ERR_ARTIFACT_ELEMENT, "a folder has "
			    "no bytes for `%s`",
			    directive_verb_names[d->verb]);
		if (d->verb != DIRECTIVE_HASH &&
		    (x->kind->methods & 1u << d->method) == 0)
			return err_set(e, ERR_ARTIFACT_ELEMENT,
			    "a %s cannot carry the signature \"%s\"",
			    x->kind->title, method_rows[d->method].name);
		if (!verb_checks[d->verb](x, i, root, e))
			return false;
	}
	return true;
}

/* Two elements of one container name the same file for sure. */
static bool
paths_collide(struct span a, struct span b, unsigned flags)
{
	return glob_same(a, b, flags) ||
	    (glob_literal(a) && glob_match(b, a, flags)) ||
	    (glob_literal(b) && glob_match(a, b, flags));
}

static bool
pair_check(const struct element *a, const struct element *b, unsigned flags,
    struct err *e)
{
	if (a->kind->folder != b->kind->folder)
		return true;
	for (size_t i = 0; i < a->path_count; i++)
		for (size_t k = 0; k < b->path_count; k++)
			if (paths_collide(a->paths[i], b->paths[k], flags))
				return err_set(e, ERR_ARTIFACT_OVERLAP,
				    "\"%s\" and \"%s\" name the same file",
				    text_show(a->paths[i]).text,
				    text_show(b->paths[k]).text);
	return true;
}

static bool
output_free(const struct element *parent, struct span out, unsigned flags,
    struct err *e)
{
	for (size_t n = 0; n < parent->content_count; n++) {
		const struct element *x = &parent->contents[n];

		for (size_t m = 0; m < x->path_count; m++)
			if (glob_same(out, x->paths[m], flags))
				return err_set(e, ERR_ARTIFACT_OUTPUT,
				    "\"%s\" is a file of the artifact",
				    text_show(out).text);
	}
	return true;
}

/* outputs_check asks whether a known output is the path of an element. */
static bool
outputs_check(struct check *c, const struct element *parent,
    const struct element *x, unsigned flags, struct err *e)
{
	struct span out;

	for (size_t i = 0; i < x->path_count; i++)
		for (size_t k = 0; k < x->directive_count; k++) {
			const struct directive *d = &x->directives[k];

			if (!directive_detached(d) ||
			    !glob_literal(x->paths[i]) ||
			    span_find(x->paths[i], SPAN_TEXT("${")) != SIZE_MAX)
				continue;
			if (!output_path(x->paths[i], d, c->arena, &out, e) ||
			    !output_free(parent, out, flags, e))
				return false;
		}
	return true;
}

static bool
siblings_check(struct check *c, const struct element *x, unsigned flags,
    struct err *e)
{
	for (size_t i = 0; i < x->content_count; i++) {
		*c->at = &x->contents[i];
		for (size_t k = 0; k < i; k++)
			if (!pair_check(&x->contents[k], &x->contents[i],
			    flags, e))
				return false;
		if (!outputs_check(c, x, &x->contents[i], flags, e))
			return err_at(e, "%s", ELEMENT_NAME(&x->contents[i]));
	}
	return true;
}

static bool
signs_inside(const struct element *x)
{
	for (size_t i = 0; i < x->content_count; i++) {
		const struct element *inner = &x->contents[i];

		for (size_t k = 0; k < inner->directive_count; k++)
			if (directive_signs(&inner->directives[k]))
				return true;
		if (signs_inside(inner))
			return true;
	}
	return false;
}

/* Called once the depth below is known to be within the limit. */
static bool
append_check(const struct element *x, struct err *e)
{
	bool append = false;

	for (size_t i = 0; i < x->directive_count; i++)
		append = append || x->directives[i].append;
	return !append || !signs_inside(x) || err_set(e, ERR_ARTIFACT_APPEND,
	    "`append: true` keeps the signatures that are there, but signing "
	    "the files inside breaks them");
}

static bool
tree_check(struct check *c, const struct element *x, unsigned flags,
    unsigned depth, struct err *e)
{
	bool root = depth == 0;

	*c->at = x;
	if (depth > LIMIT_ELEMENT_DEPTH)
		return err_set(e, ERR_ARTIFACT_ELEMENT, "elements are nested "
		    "deeper than %d levels", LIMIT_ELEMENT_DEPTH);
	if (c->left-- == 0)
		return err_set(e, ERR_ARTIFACT_ELEMENT,
		    "there are more than %d elements", LIMIT_ELEMENTS);
	if (!kind_check(x, root, e) || !paths_check(x, root, e) ||
	    !directives_check(x, root, e))
		return err_at(e, "%s", ELEMENT_NAME(x));
	if (!x->kind->folder)
		flags = x->kind->ignore_case ? GLOB_IGNORE_CASE : 0;
	for (size_t i = 0; i < x->content_count; i++)
		if (!tree_check(c, &x->contents[i], flags, depth + 1, e))
			return false;
	if (!siblings_check(c, x, flags, e))
		return false;
	*c->at = x;
	return append_check(x, e) || err_at(e, "%s", ELEMENT_NAME(x));
}

bool
element_check(const struct element *root, const struct element **at,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)16 << 20);
	struct check c = { .at = at, .left = LIMIT_ELEMENTS, .arena = a };

	return tree_check(&c, root, 0, 0, e);
}

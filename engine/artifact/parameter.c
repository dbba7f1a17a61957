/* parameter - `${name}` in artifact configurations; see element.h. */
#include "artifact/element.h"
#include "base/text.h"

#define MAX_NAMES	64	/* that a hint for a misspelt name looks at */

bool
parameter_value_check(struct span name, struct span value, struct err *e)
{
	bool bad = value.len == 0 || !text_utf8(value) ||
	    span_find(value, SPAN_TEXT("..")) != SIZE_MAX ||
	    span_find(value, SPAN_TEXT("${")) != SIZE_MAX;

	for (size_t i = 0; i < value.len; i++)
		bad |= value.ptr[i] < 0x20 || value.ptr[i] == 0x7f ||
		    span_find(SPAN_TEXT("/\\*?[]"),
		    (struct span){ &value.ptr[i], 1 }) != SIZE_MAX;
	if (bad)
		return err_set(e, ERR_ARTIFACT_PARAMETER_VALUE,
		    "the parameter \"%s\" cannot have the value \"%s\"",
		    text_show(name).text, text_show(value).text);
	return true;
}

/* Outside of patterns '/' is harmless: refs and URLs hold it. */
static bool
plain_value_check(const struct parameter *p, struct err *e)
{
	struct buf visible = { 0 };

	text_visible(p->value, &visible);
	bool plain = span_eq(buf_span(&visible), p->value) &&
	    span_find(p->value, SPAN_TEXT("${")) == SIZE_MAX;
	buf_done(&visible);
	if (!plain)
		return err_set(e, ERR_ARTIFACT_PARAMETER_VALUE,
		    "the parameter \"%s\" cannot have the value \"%s\"",
		    text_show(p->name).text, text_show(p->value).text);
	return true;
}

static bool
unknown_name(struct span name, const struct parameter *p, size_t count,
    struct err *e)
{
	struct shown shown[MAX_NAMES];
	const char *names[MAX_NAMES + 1] = { NULL };

	for (size_t i = 0; i < count && i < MAX_NAMES; i++) {
		shown[i] = text_show(p[i].name);
		names[i] = shown[i].text;
	}
	const char *near = text_nearest(name, names);
	err_set(e, ERR_ARTIFACT_PARAMETER, "no parameter is named \"%s\"",
	    text_show(name).text);
	if (near != NULL)
		err_hint(e, "write ${%s}, or declare \"%s\" under `parameters`",
		    near, text_show(name).text);
	return false;
}

static bool
put_value(struct span name, const struct parameter *p, size_t count,
    bool pattern, struct buf *out, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		if (!span_eq(p[i].name, name))
			continue;
		if (p[i].value.ptr == NULL) {
			buf_text(out, "${");
			buf_put(out, name);
			buf_text(out, "}");
			return true;
		}
		if (pattern ? !parameter_value_check(name, p[i].value, e) :
		    !plain_value_check(&p[i], e))
			return false;
		buf_put(out, p[i].value);
		return true;
	}
	return unknown_name(name, p, count, e);
}

bool
parameter_expand(struct span text, const struct parameter *p, size_t count,
    bool pattern, struct arena *a, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span rest = text, piece, name;
	size_t at;

	while ((at = span_find(rest, SPAN_TEXT("${"))) != SIZE_MAX) {
		if (!span_cut(rest, 0, at, &piece))
			return err_budget(e, a);
		buf_put(&b, piece);
		rest = span_from(rest, at + 2);
		size_t end = span_find(rest, SPAN_TEXT("}"));
		if (end == SIZE_MAX || !span_cut(rest, 0, end, &name))
			return err_set(e, ERR_ARTIFACT_PARAMETER,
			    "\"%s\" has a ${ without }", text_show(text).text);
		if (!put_value(name, p, count, pattern, &b, e))
			return err_at(e, "\"%s\"", text_show(text).text);
		rest = span_from(rest, end + 1);
	}
	buf_put(&b, rest);
	if (!arena_copy(a, buf_span(&b), out))
		return err_budget(e, a);
	return true;
}

bool
directive_expand(const struct directive *d, struct span file_name,
    struct arena *a, struct directive *out, struct err *e)
{
	const struct parameter p = { SPAN_TEXT("file.name"), file_name };

	*out = *d;
	return parameter_expand(d->description, &p, 1, false, a,
	    &out->description, e) &&
	    parameter_expand(d->description_url, &p, 1, false, a,
	    &out->description_url, e) &&
	    parameter_expand(d->output, &p, 1, false, a, &out->output, e);
}

/* What element_expand hands down. */
struct expansion {
	struct parameter	*known;	/* and ${file.name}, known later */
	size_t			 count;
	struct arena		*arena;
};

static bool
expand_subjects(const struct expansion *x, struct directive *d,
    struct err *e)
{
	struct span *subjects = ARENA_ARRAY(x->arena, struct span,
	    d->subject_count);

	if (subjects == NULL)
		return err_budget(e, x->arena);
	for (size_t i = 0; i < d->subject_count; i++)
		if (!parameter_expand(d->subjects[i], x->known, x->count - 1,
		    false, x->arena, &subjects[i], e))
			return false;
	d->subjects = subjects;
	return true;
}

static bool
expand_lists(const struct expansion *x, const struct element *in,
    struct element *out, struct err *e)
{
	for (size_t i = 0; i < in->path_count; i++)
		if (!parameter_expand(in->paths[i], x->known, x->count - 1,
		    true, x->arena, &out->paths[i], e))
			return false;
	for (size_t i = 0; i < in->where_count; i++) {
		out->where[i].key = in->where[i].key;
		if (!parameter_expand(in->where[i].value, x->known, x->count,
		    false, x->arena, &out->where[i].value, e))
			return false;
	}
	for (size_t i = 0; i < in->directive_count; i++) {
		const struct directive *from = &in->directives[i];
		struct directive *to = &out->directives[i];

		*to = *from;
		if (!expand_subjects(x, to, e))
			return false;
		if (!parameter_expand(from->description, x->known, x->count,
		    false, x->arena, &to->description, e) ||
		    !parameter_expand(from->description_url, x->known,
		    x->count, false, x->arena, &to->description_url, e) ||
		    !parameter_expand(from->output, x->known, x->count, true,
		    x->arena, &to->output, e))
			return false;
	}
	return true;
}

static bool
expand(const struct expansion *x, const struct element *in,
    struct element *out, struct err *e)
{
	struct arena *a = x->arena;

	*out = *in;
	out->paths = ARENA_ARRAY(a, struct span, in->path_count);
	out->where = ARENA_ARRAY(a, struct where, in->where_count);
	out->directives = ARENA_ARRAY(a, struct directive,
	    in->directive_count);
	out->contents = ARENA_ARRAY(a, struct element, in->content_count);
	if (out->paths == NULL || out->where == NULL ||
	    out->directives == NULL || out->contents == NULL)
		return err_budget(e, a);
	if (!expand_lists(x, in, out, e))
		return err_at(e, "%s", ELEMENT_NAME(in));
	for (size_t i = 0; i < in->content_count; i++)
		if (!expand(x, &in->contents[i], &out->contents[i], e))
			return false;
	return true;
}

bool
element_expand(const struct element *root, const struct parameter *p,
    size_t count, struct arena *a, struct element **out, struct err *e)
{
	struct expansion x = { .count = count + 1, .arena = a };
	struct element *copy = ARENA_NEW(a, struct element);
	const struct element *at;

	x.known = ARENA_ARRAY(a, struct parameter, x.count);
	if (copy == NULL || x.known == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		x.known[i] = p[i];
	x.known[count] = (struct parameter){ SPAN_TEXT("file.name"),
	    { NULL, 0 } };
	if (!expand(&x, root, copy, e) || !element_check(copy, &at, e))
		return false;
	*out = copy;
	return true;
}

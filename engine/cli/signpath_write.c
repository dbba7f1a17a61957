/*
 * signpath_write - the model of signpath.h as an artifact configuration of
 * ours, in the style of the pages: what is small stands in one line.
 */
#include <string.h>

#include "base/text.h"
#include "cli/signpath_yaml.h"

/* Ours for one of theirs: the first that there is. */
static const struct element_kind *
kind_ours(const struct signpath_kind *kind)
{
	const struct element_kind *found = NULL;

	for (size_t i = 0; i < SIGNPATH_NAMES && found == NULL &&
	    kind->ours[i] != NULL; i++)
		found = element_kind_find(span_text(kind->ours[i]));
	return found;
}

static const char *
kind_title(const struct signpath_kind *kind)
{
	const struct element_kind *ours = kind_ours(kind);

	return ours == NULL ? kind->name : ours->name;
}

/* The row of a method that the kind has; *any: there is such a method. */
static const struct method_row *
method_ours(const struct signpath_verb *verb, const struct element_kind *kind,
    bool *any)
{
	*any = false;
	for (size_t i = 0; i < SIGNPATH_NAMES && verb->ours[i] != NULL; i++)
		for (unsigned m = 0; m < METHODS; m++) {
			if (strcmp(verb->ours[i], method_rows[m].name) != 0)
				continue;
			*any = true;
			if ((kind->methods & 1u << m) != 0)
				return &method_rows[m];
		}
	return NULL;
}

/* ---- where, matches, paths ---- */
static void
where_items(struct yaml_out *w, const struct signpath_element *x,
    const struct signpath_condition *list, int column, struct yaml_items *out)
{
	const struct element_kind *kind = kind_ours(x->kind);

	for (; list != NULL; list = list->next) {
		if (kind->where != NULL &&
		    signpath_among(kind->where, list->key))
			yaml_item(w, out, list->key, list->value);
		else
			yaml_note(w, x->line, true, column, "%s of %s: %s has "
			    "no such condition yet", list->key,
			    SIGNPATH_SHOW(x), kind->name);
	}
}

static const char *
matches_flow(struct yaml_out *w, const struct signpath_path *p)
{
	return p->max == ELEMENT_UNBOUNDED ? yaml_printf(w,
	    "{min: %u, max: unbounded}", p->min) : yaml_printf(w,
	    "{min: %u, max: %u}", p->min, p->max);
}

static void
path_one(struct yaml_out *w, const struct signpath_element *x, int column)
{
	const struct signpath_path *p = x->paths;
	struct yaml_items where = { .count = 0 };

	if (p->path.len > 0)
		yaml_line(w, column, "path", yaml_text(w, p->path));
	if (p->min != 1 || p->max != 1)
		yaml_line(w, column, "matches", matches_flow(w, p));
	where_items(w, x, p->where, column, &where);
	if (where.count > 0)
		yaml_map(w, column, "where", &where);
}

/* An include with conditions of its own: then each says all of its own. */
static bool
own_where(const struct signpath_element *x)
{
	const struct signpath_path *p = x->paths;

	while (p != NULL && !p->own_where)
		p = p->next;
	return p != NULL;
}

/* SignPath counts the matches of each include: so each says its numbers. */
static void
path_several(struct yaml_out *w, const struct signpath_element *x, int column)
{
	bool own = own_where(x);
	struct yaml_items where = { .count = 0 };

	yaml_open(w, column, "paths");
	for (const struct signpath_path *p = x->paths; p != NULL;
	    p = p->next) {
		struct yaml_items item = { .count = 0 };
		struct yaml_items its = { .count = 0 };

		yaml_item(w, &item, "path", p->path);
		yaml_item_flow(w, &item, "matches", matches_flow(w, p));
		if (own)
			where_items(w, x, p->where, column + 2, &its);
		if (its.count > 0)
			yaml_item_flow(w, &item, "where", yaml_flow(w, &its));
		yaml_map(w, column + 2, NULL, &item);
	}
	if (!own)
		where_items(w, x, x->where, column, &where);
	if (where.count > 0)
		yaml_map(w, column, "where", &where);
}

/* ---- directives ---- */
/* As config/types.c has it, for what is found in practice. */
static bool
is_url(struct span text)
{
	struct span host;

	if (span_starts(text, "https://"))
		text = span_from(text, strlen("https://"));
	else if (span_starts(text, "http://"))
		text = span_from(text, strlen("http://"));
	else
		return false;
	if (span_find(text, SPAN_TEXT(" ")) != SIZE_MAX ||
	    !span_split(&text, '/', &host) || host.len == 0)
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (host.ptr[i] == 0 || strchr("abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-",
		    host.ptr[i]) == NULL)
			return false;
	return true;
}

/* Our word for theirs, or NULL with the reason; "": nothing to say. */
static const char *
word_ours(const struct signpath_value *v, const char **why)
{
	*why = "a parameter decides it, which is not possible here";
	for (const struct signpath_word *x = v->option->words;
	    x->theirs != NULL; x++)
		if (span_is(v->text, x->theirs)) {
			*why = x->why;
			return x->ours;
		}
	return NULL;
}

/* value_why tells why an option cannot stand in our file, or gives NULL. */
static const char *
value_why(const struct signpath_value *v, const char **word)
{
	const char *why = NULL;

	*word = NULL;
	if (v->option->type == SIGNPATH_WORD) {
		*word = word_ours(v, &why);
		return *word == NULL ? why : NULL;
	}
	if (v->option->type == SIGNPATH_URL && !is_url(v->text))
		return "this is no http or https address";
	if (v->option->type == SIGNPATH_FILE_NAME && (span_is(v->text,
	    "${file.name}") || span_is(v->text, ".") || span_is(v->text,
	    "..") || span_find(v->text, SPAN_TEXT("/")) != SIZE_MAX ||
	    span_find(v->text, SPAN_TEXT("\\")) != SIZE_MAX))
		return "a signature lies beside its file, under a name of "
		    "its own";
	return NULL;
}

/* false: without this option the directive makes no sense. */
static bool
option_put(struct yaml_out *w, const struct signpath_directive *d,
    const struct signpath_value *v, int column, struct yaml_items *out)
{
	const char *word, *why = value_why(v, &word);

	if (why != NULL) {
		yaml_note(w, d->line, true, column, "%s=\"%s\" of %s: %s",
		    v->option->name, text_show(v->text).text, d->verb->name,
		    why);
		return v->option->type != SIGNPATH_FILE_NAME;
	}
	if (word == NULL)
		yaml_item(w, out, v->option->key, v->text);
	else if (word[0] != '\0')
		yaml_item_flow(w, out, v->option->key, word);
	return true;
}

static struct span
value_of(const struct signpath_directive *d, const char *name)
{
	for (const struct signpath_value *v = d->values; v != NULL;
	    v = v->next)
		if (strcmp(v->option->name, name) == 0)
			return v->text;
	return (struct span){ NULL, 0 };
}

static bool
appends(const struct signpath_directive *d)
{
	struct span value = value_of(d, "append");

	return span_is(value, "true") || span_is(value, "1");
}

/* A SHA-1 signature for old systems, with a better one behind it. */
static bool
has_successor(const struct signpath_directive *d)
{
	const struct signpath_directive *next = d->next;

	while (next != NULL && next->verb != d->verb)
		next = next->next;
	return next != NULL && span_is(value_of(d, "hash-algorithm"), "sha1");
}

/* What becomes of the directives of one element. */
struct step {
	enum directive_verb	 verb;
	const char		*method;
	struct yaml_items	 options;
};
struct steps {
	struct step	*list;
	size_t		 count;
	bool		 first_gone;	/* it would have replaced what was
					 * there: so does the next */
};

static bool
step_make(struct yaml_out *w, const struct signpath_element *x,
    const struct signpath_directive *d, int column, bool replaces,
    struct step *out)
{
	const struct element_kind *kind = kind_ours(x->kind);
	bool any;
	const struct method_row *method = method_ours(d->verb, kind, &any);

	if (method == NULL && any)
		yaml_note(w, d->line, true, column, "%s of %s: %s cannot be "
		    "signed so yet", d->verb->name, SIGNPATH_SHOW(x),
		    kind->name);
	else if (method == NULL)
		yaml_note(w, d->line, true, column, "%s of %s: there is no "
		    "such signature yet", d->verb->name, SIGNPATH_SHOW(x));
	if (method == NULL)
		return false;
	*out = (struct step){ .verb = d->verb->verb, .method = method->name };
	for (const struct signpath_value *v = d->values; v != NULL;
	    v = v->next)
		if (!(replaces && strcmp(v->option->name, "append") == 0) &&
		    !option_put(w, d, v, column, &out->options))
			return false;
	return true;
}

static void
step_add(struct yaml_out *w, const struct signpath_element *x,
    const struct signpath_directive *d, int column, struct steps *s)
{
	struct step *next = &s->list[s->count];

	if (has_successor(d)) {
		yaml_note(w, d->line, true, column, "%s with sha1: no new "
		    "signature is made with it; the next one stands alone",
		    d->verb->name);
		s->first_gone |= s->count == 0 && !appends(d);
		return;
	}
	if (!step_make(w, x, d, column, s->first_gone, next))
		return;
	s->first_gone = false;
	if (next->verb == DIRECTIVE_VERIFY)
		yaml_line(w, column, "verify", next->method);
	else
		s->count++;
}

static void
sign_put(struct yaml_out *w, const struct step *s, size_t count, int column)
{
	if (count == 1 && s->options.count == 0) {
		yaml_line(w, column, "sign", s->method);
	} else if (count == 1) {
		yaml_map_in(w, column, "sign", s->method, &s->options);
	} else if (count > 1) {
		yaml_open(w, column, "sign");
		for (size_t i = 0; i < count; i++)
			yaml_choice(w, column + 2, s[i].method,
			    &s[i].options);
	}
}

static void
directives_put(struct yaml_out *w, const struct signpath_element *x,
    int column)
{
	struct steps s = { .count = 0 };
	size_t room = 0;

	for (const struct signpath_directive *d = x->directives; d != NULL;
	    d = d->next)
		room++;
	s.list = ARENA_ARRAY(w->arena, struct step, room);
	if (s.list == NULL) {
		w->full = true;
		return;
	}
	for (const struct signpath_directive *d = x->directives; d != NULL;
	    d = d->next)
		step_add(w, x, d, column, &s);
	sign_put(w, s.list, s.count, column);
}

/* ---- elements ---- */
static bool	element_put(struct yaml_out *, const struct signpath_element *,
		    int column);

/* The container itself: what stands in it stands here. */
static bool
is_here(const struct signpath_element *x)
{
	return x->kind->folder && x->paths->next == NULL &&
	    x->paths->path.len == 0;
}

static bool
has_here(const struct signpath_element *x)
{
	const struct signpath_path *p = x->paths;

	while (p != NULL && p->path.len > 0)
		p = p->next;
	return p != NULL && x->kind->folder;
}

/* contents_put gives the number of elements that were written. */
static size_t
contents_put(struct yaml_out *w, const struct signpath_element *list,
    int column)
{
	size_t count = 0;

	for (const struct signpath_element *x = list; x != NULL; x = x->next) {
		if (is_here(x)) {
			for (const struct signpath_directive *d =
			    x->directives; d != NULL; d = d->next)
				yaml_note(w, d->line, true, column, "%s of "
				    "the folder \".\": there is no such "
				    "signature yet", d->verb->name);
			count += contents_put(w, x->contents, column);
		} else if (has_here(x)) {
			yaml_note(w, x->line, true, column, "%s with \".\" "
			    "among others, and all that is in it: write its "
			    "elements once for each folder", x->name);
		} else {
			count += element_put(w, x, column);
		}
	}
	return count;
}

/* Without any element there is no list, but there may be comments. */
static void
list_put(struct yaml_out *w, const struct signpath_element *list, int column)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct yaml_out inner = *w;

	inner.out = &text;
	if (contents_put(&inner, list, column + 2) > 0) {
		yaml_open(w, column, "contents");
	} else {
		text.len = 0;
		inner = *w;
		inner.out = &text;
		contents_put(&inner, list, column);
	}
	w->end = inner.end;
	w->full |= inner.full;
	buf_put(w->out, buf_span(&text));
}

static void
inside_put(struct yaml_out *w, const struct signpath_element *x,
    const struct element_kind *kind, int column)
{
	if (!kind->contains) {
		for (const struct signpath_element *c = x->contents;
		    c != NULL; c = c->next)
			yaml_note(w, c->line, true, column, "%s: %s is not "
			    "looked into yet", SIGNPATH_SHOW(c), kind->name);
		return;
	}
	if (x->contents != NULL && !kind->ignore_case && !kind->folder)
		yaml_note(w, x->line, false, column, "%s: upper and lower "
		    "case count for the paths in it", SIGNPATH_SHOW(x));
	list_put(w, x->contents, column);
	yaml_line(w, column, "other-files", "keep");
}

static void
body_put(struct yaml_out *w, const struct signpath_element *x, int column)
{
	(x->paths->next == NULL ? path_one : path_several)(w, x, column);
	directives_put(w, x, column);
	inside_put(w, x, kind_ours(x->kind), column);
}

/* The kind with all keys below it; column is that of the kind. */
static void
kind_put(struct yaml_out *w, const struct signpath_element *x, int column)
{
	struct yaml_out inner = *w;
	CLEANUP(buf_done) struct buf text = { 0 };

	inner.out = &text;
	inner.keys = 0;
	body_put(&inner, x, column + 2);
	w->end = inner.end;
	w->full |= inner.full;
	buf_printf(w->out, "%s:%s\n", kind_title(x->kind),
	    inner.keys > 0 ? "" : " {}");
	buf_put(w->out, buf_span(&text));
}

/* As deep as SIGNPATH_DEPTH. */
static bool
element_put(struct yaml_out *w, const struct signpath_element *x, int column)
{
	if (kind_ours(x->kind) == NULL) {
		yaml_note(w, x->line, true, column, "%s%s: there is no such "
		    "kind of element yet", SIGNPATH_SHOW(x), x->contents !=
		    NULL ? ", and all that is in it" : "");
		return false;
	}
	buf_printf(w->out, "%*s- ", column, "");
	kind_put(w, x, column + 2);
	return true;
}

/* ---- parameters ---- */
/* As config/types.c has it: printable ASCII without / \ * ? [ ], no "..". */
static bool
default_is_good(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < ' ' || value.ptr[i] > '~' ||
		    strchr("/\\*?[]", value.ptr[i]) != NULL)
			return false;
	return span_find(value, SPAN_TEXT("..")) == SIZE_MAX;
}

static void
parameter_put(struct yaml_out *w, const struct signpath_parameter *p)
{
	struct yaml_items items = { .count = 0 };
	const char *name = arena_text(w->arena, p->name);

	if (name == NULL) {
		w->full = true;
		return;
	}
	if (!span_eq(p->name, p->theirs))
		yaml_note(w, p->line, false, 2, "the parameter \"%s\" is "
		    "named \"%s\" here", text_show(p->theirs).text, name);
	if (p->required)
		yaml_item_flow(w, &items, "required", "true");
	if (p->fallback.len > 0 && default_is_good(p->fallback))
		yaml_item(w, &items, "default", p->fallback);
	else if (p->fallback.len > 0)
		yaml_note(w, p->line, true, 2, "default-value=\"%s\" of the "
		    "parameter \"%s\": no value may hold / \\ * ? [ ] or ..",
		    text_show(p->fallback).text, name);
	yaml_map(w, 2, name, &items);
}

static void
parameters_put(struct yaml_out *w, const struct signpath *s)
{
	if (s->parameters == NULL)
		return;
	buf_text(w->out, "# Policies of purpose release want a pattern for "
	    "each, such as \"[0-9.]+\".\n");
	yaml_open(w, 0, "parameters");
	for (const struct signpath_parameter *p = s->parameters; p != NULL;
	    p = p->next)
		parameter_put(w, p);
}

/* ---- the file ---- */
static void
notes_list(struct buf *out, const struct signpath_note *n, bool left_out,
    const char *title)
{
	bool first = true;

	for (; n != NULL; n = n->next) {
		CLEANUP(buf_done) struct buf text = { 0 };

		if (n->left_out != left_out)
			continue;
		if (first)
			buf_printf(out, "#\n# %s:\n", title);
		first = false;
		buf_printf(&text, "line %u: %s", n->line, n->text);
		yaml_comment(out, 0, "  ", buf_cstr(&text));
	}
}

bool
signpath_write(const char *name, const struct signpath *s, struct arena *a,
    struct buf *out, struct signpath_note **notes, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, from = { 0 };
	struct yaml_out w = { .out = &body, .arena = a, .end = notes };

	*notes = NULL;
	if (kind_ours(s->root->kind) == NULL)
		return err_set(e, ERR_IMPORT_NOTHING, "%s:%u: there is no "
		    "kind of element for %s yet", name, s->root->line,
		    s->root->name);
	parameters_put(&w, s);
	if (s->upload > 0)
		yaml_note(&w, s->upload, false, 0, "ui-multifile-upload is "
		    "about SignPath's web page only");
	buf_text(&body, "artifact:\n  ");
	kind_put(&w, s->root, 2);
	if (w.full)
		return err_budget(e, a);
	text_visible(span_text(name), &from);
	buf_printf(out, "# From SignPath's %s, by 'tagseal import "
	    "signpath'.\n", buf_cstr(&from));
	notes_list(out, *notes, true, "Not carried over");
	notes_list(out, *notes, false, "To know");
	buf_u8(out, '\n');
	buf_put(out, buf_span(&body));
	return true;
}

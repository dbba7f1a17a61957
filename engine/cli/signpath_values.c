/* signpath_values - see signpath_values.h. */
#include <string.h>

#include "artifact/glob.h"
#include "base/text.h"
#include "cli/signpath_values.h"
#include "config/parameters.h"

#define NAMES_MAX	64	/* candidates for a misspelt name */
#define NAME_MAX_BYTES	63	/* of a parameter here */

bool
signpath_at(const struct signpath_reading *r, unsigned line)
{
	return err_at(r->e, "%s:%u", r->name, line);
}

static bool
refuse(const struct signpath_reading *r, unsigned line,
    const struct xml_attribute *a, const char *why)
{
	err_set(r->e, ERR_IMPORT_VALUE, "%s=\"%s\" %s",
	    text_show(a->name).text, text_show(a->value).text, why);
	return signpath_at(r, line);
}

/* ---- parameters ---- */
static void
put_lower(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		buf_u8(out, c >= 'A' && c <= 'Z' ?
		    (uint8_t)(c + ('a' - 'A')) : c);
	}
}

/* As config/keys.h has it: ^[a-z][a-z0-9_-]{0,62}$ */
static bool
name_is_good(struct span name)
{
	static const char more[] = "0123456789_-";

	if (name.len == 0 || name.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];

		if ((c < 'a' || c > 'z') &&
		    (i == 0 || c == 0 || strchr(more, c) == NULL))
			return false;
	}
	return true;
}

bool
signpath_name(const struct signpath_reading *r, struct signpath_parameter *p)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct signpath_parameter *other = r->out->parameters;
	struct release_names known = { .ref = { NULL, 0 } };
	const char *why = NULL;

	put_lower(p->theirs, &b);
	if (release_name_find(&known, buf_span(&b)) != NULL) {
		b.len = 0;
		buf_text(&b, "signpath-");
		put_lower(p->theirs, &b);
	}
	if (!arena_copy(r->arena, buf_span(&b), &p->name))
		return err_budget(r->e, r->arena);
	if (!name_is_good(p->name))
		why = "is no name of a-z, 0-9, _ and - that begins with a "
		    "letter";
	for (; other != NULL && why == NULL; other = other->next)
		if (span_eq(other->name, p->name))
			why = "is declared twice (upper and lower case are "
			    "one here)";
	if (why == NULL)
		return true;
	err_set(r->e, ERR_IMPORT_VALUE, "the parameter \"%s\" %s",
	    text_show(p->theirs).text, why);
	return signpath_at(r, p->line);
}

static bool
refuse_name(const struct signpath_reading *r, unsigned line, struct span name)
{
	struct shown shown[NAMES_MAX];
	const char *names[NAMES_MAX + 2] = { "file.name" };
	const struct signpath_parameter *p = r->out->parameters;

	for (size_t n = 0; p != NULL && n < NAMES_MAX; p = p->next, n++) {
		shown[n] = text_show(p->theirs);
		names[n + 1] = shown[n].text;
	}
	const char *near = text_nearest(name, names);
	err_set(r->e, ERR_IMPORT_UNKNOWN, "no parameter is named \"%s\"",
	    text_show(name).text);
	if (near != NULL)
		err_hint(r->e, "did you mean ${%s}?", near);
	return signpath_at(r, line);
}

static bool
name_put(const struct signpath_reading *r, unsigned line, struct span name,
    struct buf *out)
{
	const struct signpath_parameter *p = r->out->parameters;

	while (p != NULL && !span_eq(p->theirs, name))
		p = p->next;
	if (p == NULL && !span_is(name, "file.name"))
		return refuse_name(r, line, name);
	buf_text(out, "${");
	buf_put(out, p == NULL ? name : p->name);
	buf_text(out, "}");
	return true;
}

/* What a person cannot see may not stand in a file that they will sign. */
static bool
visible(struct span text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	text_visible(text, &b);
	return span_eq(buf_span(&b), text);
}

bool
signpath_text(const struct signpath_reading *r, unsigned line,
    const struct xml_attribute *a, struct span *out)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span rest = a->value, piece, name;
	size_t at, end;

	if (a->value.len == 0)
		return refuse(r, line, a, "is empty");
	if (!visible(a->value))
		return refuse(r, line, a, "has characters that nobody sees");
	while ((at = span_find(rest, SPAN_TEXT("${"))) != SIZE_MAX) {
		if (!span_cut(rest, 0, at, &piece))
			return refuse(r, line, a, "cannot be read");
		buf_put(&b, piece);
		rest = span_from(rest, at + 2);
		end = span_find(rest, SPAN_TEXT("}"));
		if (end == SIZE_MAX || !span_cut(rest, 0, end, &name))
			return refuse(r, line, a, "has a ${ without }");
		if (!name_put(r, line, name, &b))
			return false;
		rest = span_from(rest, end + 1);
	}
	buf_put(&b, rest);
	return arena_copy(r->arena, buf_span(&b), out) ||
	    err_budget(r->e, r->arena);
}

/* ---- paths ---- */
/* '\' separates too, and "." is where we are already. */
static void
separators(struct span path, bool folder, struct buf *out)
{
	CLEANUP(buf_done) struct buf slashes = { 0 };

	for (size_t i = 0; i < path.len; i++)
		buf_u8(&slashes, path.ptr[i] == '\\' ? '/' : path.ptr[i]);
	struct span rest = buf_span(&slashes), part;
	if (folder && rest.len > 1 && span_ends(rest, "/"))
		rest.len--;
	for (size_t n = 0; span_split(&rest, '/', &part); ) {
		if (span_is(part, "."))
			continue;
		if (n++ > 0)
			buf_u8(out, '/');
		buf_put(out, part);
	}
	bool ends = span_ends(buf_span(&slashes), "/");
	if (ends && (!folder || slashes.len == 1))
		buf_u8(out, '/');
}

bool
signpath_path(const struct signpath_reading *r, unsigned line,
    const struct xml_attribute *a, const struct signpath_kind *kind,
    bool root, struct span *out)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span text;
	struct err why;

	if (!signpath_text(r, line, a, &text))
		return false;
	separators(text, kind->folder, &b);
	text = buf_span(&b);
	if (text.len == 0)
		return kind->folder || refuse(r, line, a, "is the container "
		    "itself, not a file in it");
	if (span_find(text, SPAN_TEXT("${file.name}")) != SIZE_MAX)
		return refuse(r, line, a, "asks for the name that it is to "
		    "find");
	if (root && span_find(text, SPAN_TEXT("/")) != SIZE_MAX)
		return refuse(r, line, a, "names a folder, but the artifact "
		    "lies in none");
	if (!glob_check(text, &why)) {
		err_set(r->e, ERR_IMPORT_VALUE, "%s", why.text);
		return signpath_at(r, line);
	}
	return arena_copy(r->arena, text, out) ||
	    err_budget(r->e, r->arena);
}

/* ---- numbers ---- */
static bool
bound(const struct signpath_reading *r, const struct xml_element *x,
    const char *name, bool unbounded, uint32_t *out)
{
	const struct xml_attribute *a = xml_attribute(x, name);
	uint64_t n;

	*out = 1;
	if (a == NULL)
		return true;
	*out = ELEMENT_UNBOUNDED;
	if (unbounded && span_is(a->value, "unbounded"))
		return true;
	if (!text_u64(a->value, &n) || n >= ELEMENT_UNBOUNDED)
		return refuse(r, x->line, a, unbounded ? "is no whole number, "
		    "and not \"unbounded\"" : "is no whole number");
	*out = (uint32_t)n;
	return true;
}

bool
signpath_bounds(const struct signpath_reading *r, const struct xml_element *x,
    bool root, struct signpath_path *p)
{
	if (!bound(r, x, "min-matches", false, &p->min) ||
	    !bound(r, x, "max-matches", true, &p->max))
		return false;
	if (p->max == 0 || p->min > p->max)
		err_set(r->e, ERR_IMPORT_VALUE, "no number of matches is "
		    "between %u and %u (both are 1 if nothing is said)",
		    p->min, p->max);
	else if (root && (p->min != 1 || p->max != 1))
		err_set(r->e, ERR_IMPORT_VALUE, "the artifact itself matches "
		    "exactly once");
	else
		return true;
	return signpath_at(r, x->line);
}

/* ---- words ---- */
bool
signpath_option_check(const struct signpath_reading *r, unsigned line,
    const struct signpath_value *v)
{
	CLEANUP(buf_done) struct buf list = { 0 };
	const struct signpath_word *w = v->option->words;

	if (w == NULL || span_find(v->text, SPAN_TEXT("${")) != SIZE_MAX)
		return true;
	for (; w->theirs != NULL; w++) {
		if (span_is(v->text, w->theirs))
			return true;
		buf_printf(&list, "%s%s", list.len == 0 ? "" : ", ",
		    w->theirs);
	}
	err_set(r->e, ERR_IMPORT_VALUE, "%s=\"%s\" is none of: %s",
	    v->option->name, text_show(v->text).text, buf_cstr(&list));
	return signpath_at(r, line);
}

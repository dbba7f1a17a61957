/* signpath_yaml - see signpath_yaml.h. */
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "cli/signpath_yaml.h"
#include "cli/yaml_scalar.h"

#define WIDTH	80	/* columns of a line, where it can be broken */

const char *
yaml_printf(struct yaml_out *w, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	const char *kept = arena_text(w->arena, span_text(text));
	w->full |= kept == NULL;
	return kept == NULL ? "" : kept;
}

static const char *
kept(struct yaml_out *w, struct span text)
{
	const char *copy = arena_text(w->arena, text);

	w->full |= copy == NULL;
	return copy == NULL ? "" : copy;
}

const char *
yaml_text(struct yaml_out *w, struct span text)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	yaml_scalar(text, &b);
	return kept(w, buf_span(&b));
}

/* ---- members ---- */
void
yaml_item_flow(struct yaml_out *w, struct yaml_items *list, const char *key,
    const char *yaml)
{
	struct yaml_item *i = ARENA_NEW(w->arena, struct yaml_item);
	const char *text = arena_printf(w->arena, "%s: %s", key, yaml);

	if (i == NULL || text == NULL) {
		w->full = true;
		return;
	}
	i->text = text;
	if (list->last != NULL)
		list->last->next = i;
	else
		list->first = i;
	list->last = i;
	list->count++;
}

void
yaml_item(struct yaml_out *w, struct yaml_items *list, const char *key,
    struct span value)
{
	yaml_item_flow(w, list, key, yaml_text(w, value));
}

const char *
yaml_flow(struct yaml_out *w, const struct yaml_items *list)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_u8(&b, '{');
	for (const struct yaml_item *i = list->first; i != NULL; i = i->next)
		buf_printf(&b, "%s%s", i == list->first ? "" : ", ", i->text);
	buf_u8(&b, '}');
	return kept(w, buf_span(&b));
}

/* ---- lines ---- */
void
yaml_line(struct yaml_out *w, int column, const char *key, const char *yaml)
{
	buf_printf(w->out, "%*s%s: %s\n", column, "", key, yaml);
	w->keys++;
}

void
yaml_open(struct yaml_out *w, int column, const char *key)
{
	buf_printf(w->out, "%*s%s:\n", column, "", key);
	w->keys++;
}

static bool
fits(int column, const char *head, const char *flow)
{
	return (size_t)column + strlen(head) + strlen(flow) <= WIDTH;
}

/* One member a line; the first may stand behind what is there already. */
static void
members(struct yaml_out *w, int column, const struct yaml_items *list,
    bool first_here)
{
	for (const struct yaml_item *i = list->first; i != NULL; i = i->next)
		buf_printf(w->out, "%*s%s\n", i == list->first && first_here ?
		    0 : column, "", i->text);
}

/* "head{a: b}", or "head" with the members below, further in by inset. */
static void
map_after(struct yaml_out *w, int column, const char *head, int inset,
    const struct yaml_items *list)
{
	const char *flow = yaml_flow(w, list);
	struct span bare = span_text(head);

	if (list->count == 0 || fits(column, head, flow)) {
		buf_printf(w->out, "%*s%s%s\n", column, "", head, flow);
	} else {
		while (span_ends(bare, " "))
			bare.len--;
		buf_printf(w->out, "%*s%.*s\n", column, "", (int)bare.len,
		    (const char *)bare.ptr);
		members(w, column + inset, list, false);
	}
	w->keys++;
}

void
yaml_map(struct yaml_out *w, int column, const char *key,
    const struct yaml_items *list)
{
	const char *flow = yaml_flow(w, list);

	if (key != NULL) {
		map_after(w, column, yaml_printf(w, "%s: ", key), 2, list);
	} else if (fits(column, "- ", flow)) {
		buf_printf(w->out, "%*s- %s\n", column, "", flow);
	} else {
		buf_printf(w->out, "%*s- ", column, "");
		members(w, column + 2, list, true);
	}
}

void
yaml_map_in(struct yaml_out *w, int column, const char *key,
    const char *name, const struct yaml_items *list)
{
	struct yaml_items one = { .count = 0 };

	yaml_item_flow(w, &one, name, yaml_flow(w, list));
	if (fits(column + 2, key, yaml_flow(w, &one))) {
		map_after(w, column, yaml_printf(w, "%s: ", key), 2, &one);
		return;
	}
	yaml_open(w, column, key);
	map_after(w, column + 2, yaml_printf(w, "%s: ", name), 2, list);
}

void
yaml_choice(struct yaml_out *w, int column, const char *name,
    const struct yaml_items *list)
{
	if (list->count == 0)
		buf_printf(w->out, "%*s- %s\n", column, "", name);
	else
		map_after(w, column, yaml_printf(w, "- %s: ", name), 4, list);
}

/* ---- comments ---- */
void
yaml_comment(struct buf *out, int column, const char *lead, const char *text)
{
	struct span rest = span_text(text), word;
	size_t width = 0;

	while (span_split(&rest, ' ', &word)) {
		bool fresh = width == 0 || width + 1 + word.len > WIDTH;

		if (fresh) {
			buf_printf(out, "%s%*s# %s%s", width == 0 ? "" : "\n",
			    column, "", lead, width == 0 ? "" : "  ");
			width = (size_t)column + 2 + strlen(lead) +
			    (width == 0 ? 0 : 2);
		} else {
			buf_u8(out, ' ');
			width++;
		}
		buf_put(out, word);
		width += word.len;
	}
	buf_u8(out, '\n');
}

void
yaml_note(struct yaml_out *w, unsigned line, bool left_out, int column,
    const char *fmt, ...)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct signpath_note *n = ARENA_NEW(w->arena, struct signpath_note);
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n == NULL) {
		w->full = true;
		return;
	}
	*n = (struct signpath_note){ line, left_out, kept(w,
	    span_text(text)), NULL };
	*w->end = n;
	w->end = &n->next;
	buf_printf(&b, "line %u%s: %s", line, left_out ? ", not carried over" :
	    "", text);
	yaml_comment(w->out, column, "", buf_cstr(&b));
}

const char *
signpath_show(const struct signpath_element *x, char *out, size_t size)
{
	if (x->paths->path.len == 0)
		snprintf(out, size, "%s", x->name);
	else
		snprintf(out, size, "%s \"%s\"%s", x->name,
		    text_show(x->paths->path).text,
		    x->paths->next != NULL ? " ..." : "");
	return out;
}

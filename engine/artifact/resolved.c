/* resolved - see resolved.h. */
#include "artifact/resolved.h"

static const char *const state_names[NODE_STATES] = {
	[NODE_OTHER]	= "other",
	[NODE_KEPT]	= "kept",
	[NODE_VERIFIED]	= "verified",
	[NODE_SIGNED]	= "signed",
	[NODE_REFUSED]	= "refused",
};

const char *
node_state_name(enum node_state state)
{
	return state_names[state];
}

bool
resolved_display(struct resolved *n, struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (n->parent != NULL) {
		buf_put(&b, n->parent->display);
		buf_text(&b, "!/");
	}
	buf_put(&b, n->path);
	if (!arena_copy(a, buf_span(&b), &n->display))
		return err_budget(e, a);
	return true;
}

unsigned
resolved_depth(const struct resolved *n)
{
	unsigned depth = 0;

	for (; n->parent != NULL; n = n->parent)
		depth++;
	return depth;
}

bool
resolved_each(struct resolved *n, bool (*visit)(void *, struct resolved *,
    struct err *), void *arg, struct err *e)
{
	for (size_t i = 0; i < n->child_count; i++)
		if (!resolved_each(&n->children[i], visit, arg, e))
			return false;
	return visit(arg, n, e);
}

uint64_t
resolved_count(const struct resolved *n)
{
	uint64_t count = 1;

	for (size_t i = 0; i < n->child_count; i++)
		count += resolved_count(&n->children[i]);
	return count;
}

static void
put_text(struct json *v, const char *key, struct span text)
{
	if (text.len > 0)
		json_put_span(v, key, text);
}

static void
put_texts(struct json *v, const char *key, const struct span *items,
    size_t count)
{
	if (count > 0)
		json_put(v, key, json_texts(items, count));
}

/* What is not said is left out: an option of its default value, too. */
struct json *
directive_json(const struct directive *d)
{
	struct json *v = json_map();

	if (d->verb == DIRECTIVE_HASH) {
		json_put_span(v, "hash", d->digest);
	} else {
		json_put_text(v, directive_verb_names[d->verb],
		    method_rows[d->method].name);
		put_text(v, "digest", d->digest);
	}
	put_text(v, "output", d->output);
	put_text(v, "description", d->description);
	put_text(v, "description_url", d->description_url);
	put_texts(v, "subjects", d->subjects, d->subject_count);
	put_texts(v, "thumbprints", d->thumbprints, d->thumbprint_count);
	if (d->timestamped)
		json_put_bool(v, "timestamped", true);
	if (d->append)
		json_put_bool(v, "append", true);
	if (d->met)
		json_put_bool(v, "met", true);
	if (d->value.len > 0)
		json_put_hex(v, "value", d->value);
	return v;
}

struct json *
resolved_json(const struct resolved *n)
{
	struct json *v = json_map(), *list;

	json_put_span(v, n->parent == NULL ? "name" : "path", n->path);
	if (n->format.len > 0)
		json_put_span(v, "format", n->format);
	json_put_int(v, "size", (int64_t)n->size);
	json_put_hex(v, "sha256", (struct span){ n->sha256, NODE_SHA256 });
	json_put_text(v, "state", node_state_name(n->state));
	if (n->element != NULL)
		json_put_text(v, "element", ELEMENT_NAME(n->element));
	if (n->directive_count > 0) {
		list = json_list();
		for (size_t i = 0; i < n->directive_count; i++)
			json_add(list, directive_json(&n->directives[i]));
		json_put(v, "directives", list);
	}
	put_text(v, "same_as", n->twin);
	if (n->refused != NULL)
		json_put_text(v, "refused", n->refused->code);
	put_text(v, "why", n->why);
	put_texts(v, "notes", n->notes, n->note_count);
	if (n->child_count > 0) {
		list = json_list();
		for (size_t i = 0; i < n->child_count; i++)
			json_add(list, resolved_json(&n->children[i]));
		json_put(v, "contents", list);
	}
	return v;
}

/* story - see story.h. */
#include <string.h>

#include "base/text.h"
#include "git/object.h"
#include "ledger/story.h"

#define REQUEST_SHOWN	15	/* "sr-" and 12 digits */
#define OBJECT_SHOWN	12	/* digits */
#define CUT		"..."

/* ---- one event */

static const struct event_member *
member_of(const struct event *ev, const char *name)
{
	for (const struct event_member *m = ev->type->members;
	    m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

/* "refs/tags/v1" is "v1" to people. */
static struct span
ref_short(struct span s)
{
	static const char *const heads[] = { "refs/tags/", "refs/heads/" };

	for (size_t i = 0; i < COUNT(heads); i++)
		if (span_starts(s, heads[i]))
			return span_from(s, strlen(heads[i]));
	return s;
}

static struct span
shortened(const struct event *ev, const char *name, struct span s)
{
	const struct event_member *m = member_of(ev, name);
	size_t most = m == NULL ? s.len : m->kind == MEMBER_REQUEST ?
	    REQUEST_SHOWN : m->kind == MEMBER_OBJECT ? OBJECT_SHOWN : s.len;

	if (strcmp(name, "ref") == 0 || strcmp(name, "body.ref") == 0)
		return ref_short(s);
	s.len = s.len < most ? s.len : most;
	return s;
}

static void
put_value(const struct event *ev, const char *name, const struct json *v,
    struct buf *out)
{
	struct span s = json_span(v);

	if (json_kind(v) == JSON_KIND_LIST) {
		put_value(ev, name, json_item(v, 0), out);
		if (json_count(v) > 1)
			buf_printf(out, " (and %zu more)", json_count(v) - 1);
	} else if (json_kind(v) == JSON_KIND_MAP) {
		put_value(ev, name, json_member(v, "code"), out);
	} else if (json_kind(v) == JSON_KIND_INTEGER) {
		buf_printf(out, "%lld", (long long)json_integer_of(v));
	} else if (s.len > 0) {
		buf_text(out, text_show(shortened(ev, name, s)).text);
	} else {
		buf_text(out, "somebody");
	}
}

/*
 * A name is that of a member, "body.ref" that of a member's own; "list#" is
 * how many there are in a list.
 */
static void
put_named(const struct event *ev, char *name, struct buf *out)
{
	char *hash = strchr(name, '#'), *dot = strchr(name, '.');
	const struct json *v = ev->json;

	if (hash != NULL) {
		*hash = '\0';
		buf_printf(out, "%zu", json_count(json_member(v, name)));
		return;
	}
	if (dot != NULL) {
		*dot = '\0';
		v = json_member(v, name);
		*dot = '.';
	}
	put_value(ev, name, json_member(v, dot != NULL ? dot + 1 : name),
	    out);
}

void
event_summary(const struct event *ev, struct buf *out)
{
	struct span rest = span_text(ev->type->summary), part;
	bool name = false;

	/* What stands between braces is a member's name. */
	while (rest.len > 0) {
		const char *end = name ? "}" : "{";
		size_t n = span_find(rest, span_text(end));
		bool last = n == SIZE_MAX;
		char word[64];

		if (!span_cut(rest, 0, last ? rest.len : n, &part))
			return;
		snprintf(word, sizeof(word), "%.*s", (int)part.len,
		    (const char *)part.ptr);
		if (name)
			put_named(ev, word, out);
		else
			buf_put(out, part);
		rest = span_from(rest, last ? rest.len : n + 1);
		name = !name;
	}
}

/* ---- one commit */

void
story_done(struct story *s)
{
	buf_done(&s->others);
	buf_done(&s->last);
}

void
story_add(struct story *s, const struct event *ev)
{
	if (s->count++ > 0) {
		buf_put(&s->others, buf_span(&s->last));
		buf_u8(&s->others, '\n');
	}
	s->last.len = 0;
	event_summary(ev, &s->last);
}

/* Not in the middle of a character. */
static size_t
cut_at(struct span line)
{
	size_t n = STORY_SUBJECT - strlen(CUT);

	while (n > 0 && (line.ptr[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void
story_write(const struct story *s, uint64_t size, struct buf *out)
{
	struct span line = buf_span(&s->last);
	bool cut = line.len > STORY_SUBJECT;

	if (s->count == 0) {
		buf_printf(out, "checkpoint of %llu events\n",
		    (unsigned long long)size);
		return;
	}
	buf_put(out, cut ? (struct span){ line.ptr, cut_at(line) } : line);
	buf_text(out, cut ? CUT "\n" : "\n");
	if (cut || s->others.len > 0)
		buf_u8(out, '\n');
	buf_put(out, buf_span(&s->others));
	if (cut) {
		buf_put(out, line);
		buf_u8(out, '\n');
	}
}

/* "Name <address> SECONDS +0000", as the engine writes it. */
static bool
date_of(struct span ident, uint64_t *seconds, struct err *e)
{
	static const char head[] = STORY_AUTHOR " <" STORY_EMAIL "> ";
	struct span rest = ident, number;

	if (span_starts(ident, head))
		rest = span_from(ident, strlen(head));
	return (rest.len < ident.len && span_split(&rest, ' ', &number) &&
	    text_u64(number, seconds) && span_is(rest, "+0000")) ||
	    err_set(e, ERR_LEDGER_STORY, "it says that \"%s\" wrote it",
	    text_show(ident).text);
}

bool
story_check(const struct story *s, const struct commit_object *c,
    uint64_t size, int64_t last, struct err *e)
{
	CLEANUP(buf_done) struct buf want = { 0 };
	uint64_t seconds;

	story_write(s, size, &want);
	if (!span_eq(c->message, buf_span(&want)))
		return err_set(e, ERR_LEDGER_STORY, "it says \"%s\", its "
		    "events say \"%s\"",
		    text_show(message_subject(c->message)).text,
		    text_show(message_subject(buf_span(&want))).text);
	if (!date_of(c->author, &seconds, e) ||
	    !date_of(c->committer, &seconds, e))
		return false;
	if (!span_eq(c->author, c->committer))
		return err_set(e, ERR_LEDGER_STORY, "it has two dates");
	return last / 1000 <= (int64_t)seconds || err_set(e, ERR_LEDGER_TIME,
	    "it was made before the time of its last event");
}

/* audit_show - one event, or all that a view has of one request. */
#include "base/text.h"
#include "cli/event_line.h"
#include "cli/job.h"
#include "cli/views.h"

struct showing {
	const char	*what;
	uint64_t	 n;		/* of an event */
	struct json	*out;		/* what is to be shown */
	struct json	*list;		/* that rows are added to; NULL:
					 * the row is the request's own */
	uint64_t	 told;		/* stays 0: all is shown at the end */
};

static bool
keep(void *showing, const struct json *row, struct err *e)
{
	struct showing *s = showing;

	(void)e;
	if (s->list != NULL)
		json_add(s->list, json_clone(row));
	else
		json_put(s->out, view_part_name(VIEW_REQUEST),
		    json_clone(row));
	return true;
}

/* ---- an event, by its number */

static bool
ask_event(struct views *v, void *showing, struct err *e)
{
	struct showing *s = showing;
	CLEANUP(buf_done) struct buf bytes = { 0 };

	return view_event(v->view, v->h.repo, s->n, &bytes, e) &&
	    json_parse(buf_span(&bytes), &s->out, e);
}

static void
print_event(const struct showing *s)
{
	json_print(s->out, stdout);
}

/* ---- a request, by its id or the beginning of it */

static bool
only_request(struct showing *s, struct span *id, struct err *e)
{
	const struct json *first = json_item(s->list, 0);

	*id = json_span(json_member(first, "request"));
	for (size_t i = 0; i < json_count(s->list); i++)
		if (!span_eq(*id, json_span(json_member(json_item(s->list, i),
		    "request"))))
			return err_set(e, ERR_REQUEST_UNKNOWN, "several "
			    "requests begin with '%s'", s->what);
	return id->len > 0 || err_set(e, ERR_REQUEST_UNKNOWN, "no request "
	    "begins with '%s'", s->what);
}

static bool
add_parts(struct view *v, struct showing *s, struct span id, struct err *e)
{
	const struct view_reader r = { keep, s };

	s->list = NULL;
	if (!view_part(v, VIEW_REQUEST, id, &r, e))
		return false;
	for (enum view_part part = VIEW_REQUEST + 1; part < VIEW_PARTS;
	    part++) {
		s->list = json_list();
		json_put(s->out, view_part_name(part), s->list);
		if (!view_part(v, part, id, &r, e))
			return false;
	}
	return true;
}

static bool
ask_request(struct views *v, void *showing, struct err *e)
{
	struct showing *s = showing;
	const struct view_filter f = { .request = span_text(s->what) };
	CLEANUP(json_done) struct json *events = json_list();
	struct span id;

	s->list = events;
	if (!view_events(v->view, &f, &(struct view_reader){ keep, s }, e) ||
	    !only_request(s, &id, e))
		return false;
	json_release(s->out);
	s->out = json_map();
	if (!add_parts(v->view, s, id, e))
		return false;
	json_put(s->out, "events", TAKE(events));
	return true;
}

static void
print_value(const struct json *v)
{
	if (json_kind(v) == JSON_KIND_INTEGER)
		printf("  %lld", (long long)json_integer_of(v));
	else if (json_kind(v) == JSON_KIND_TEXT) {
		printf("  ");
		cli_show(json_span(v));
	}
}

/* What people see of the rows of each part, behind the event's number. */
static const struct {
	enum view_part	part;
	const char	*title;
	const char	*columns[6];
} shown[] = {
	{ VIEW_APPROVALS, "approvals", { "type", "person", "rule" } },
	{ VIEW_ARTIFACTS, "files", { "sha256", "role", "path" } },
	{ VIEW_KEY_USES, "key uses", { "outcome", "intended",
	    "certificate", "serial", "session" } },
	{ VIEW_LINKS, "links", { "kind", "value" } },
};

static void
print_part(const struct json *list, size_t which)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *row = json_item(list, i);

		printf("  %-*s%5lld", CLI_TITLE, i == 0 ?
		    shown[which].title : "", (long long)json_integer_of(
		    json_member(row, "n")));
		for (size_t k = 0; shown[which].columns[k] != NULL; k++)
			print_value(json_member(row,
			    shown[which].columns[k]));
		putchar('\n');
	}
}

static void
print_request(const struct showing *s, const struct palette *p)
{
	const struct json *q = json_member(s->out, "request");
	static const char *const members[] = { "state", "changed", "project",
	    "policy", "repo", "ref", "tag_id" };

	cli_show(json_span(json_member(q, "id")));
	putchar('\n');
	for (size_t i = 0; i < COUNT(members); i++)
		cli_member(q, members[i], members[i], 2);
	for (size_t i = 0; i < COUNT(shown); i++)
		print_part(json_member(s->out,
		    view_part_name(shown[i].part)), i);
	const struct json *events = json_member(s->out, "events");
	for (size_t i = 0; i < json_count(events); i++)
		event_line(json_item(events, i), p);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(views_done) struct views v = { 0 };
	struct showing s = { .what = in->arguments[0] };
	struct palette p = palette_for(in->colour);
	bool number = text_u64(span_text(s.what), &s.n);

	if (!number && !event_request_prefix(s.what)) {
		err_set(e, ERR_USAGE, "'%s' is neither the number of an event "
		    "nor the id of a request",
		    text_show(span_text(s.what)).text);
		return -1;
	}
	if (!views_open(in, &v, e) || !views_ask(&v, number ? ask_event :
	    ask_request, &s, &s.told, e)) {
		json_release(s.out);
		return -1;
	}
	history_note(&v.h);
	if (in->json)
		cli_answer(TAKE(s.out));
	else if (number)
		print_event(&s);
	else
		print_request(&s, &p);
	json_release(s.out);
	return EXIT_YES;
}

static const struct option_row options[] = {
	VIEWS_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_show_command = {
	.name = "audit show",
	.summary = "show one event of the ledger, or all rows of a request",
	.arguments = "NUMBER|REQUEST",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "An event is shown as it stands in the ledger: its bytes "
	    "are those that were verified. Of a\nrequest, which may be "
	    "shortened, its state, approvals, files, key uses and events are "
	    "shown,\neach with the number of the event that it comes from.",
	.example = "tagseal audit show 42 --repo ledger.git\n"
	    "tagseal audit show sr-3f9a --repo ledger.git --json",
	.json = true,
	.run = run,
};

/*
 * account_print - an account in words: see account.h. All that comes from the
 * ledger goes through cli_show: strangers wrote it.
 */
#include "base/text.h"
#include "cli/account.h"
#include "cli/account_parts.h"
#include "cli/job.h"
#include "ledger/story.h"

static void
texts(const struct json *v, const char *member, const char *title, int indent)
{
	const struct json *list = json_member(v, member);

	for (size_t i = 0; i < json_count(list); i++) {
		printf("%*s%-*s", indent, "", CLI_TITLE, i == 0 ? title : "");
		cli_show(json_span(json_item(list, i)));
		putchar('\n');
	}
}

static void
artifact(const struct json *v)
{
	const struct json *files = json_member(v, "files");

	cli_member(v, "name", "artifact", ACCOUNT_INDENT);
	printf("%*s%s, configuration ", ACCOUNT_INDENT + CLI_TITLE, "",
	    text_show_size((uint64_t)json_integer_of(json_member(v, "size")))
	    .text);
	cli_show(json_span(json_member(v, "configuration")));
	putchar('\n');
	if (files != NULL)
		printf("%*s%lld files in it, %lld signatures to make\n",
		    ACCOUNT_INDENT + CLI_TITLE, "",
		    (long long)json_integer_of(files), (long long)
		    json_integer_of(json_member(v, "signatures_planned")));
	printf("%*ssha256 ", ACCOUNT_INDENT + CLI_TITLE, "");
	cli_show(json_span(json_member(v, "sha256")));
	putchar('\n');
	account_print_tree(json_member(v, "tree"));
}

static void
result(const struct json *v)
{
	struct span sha256 = json_span(json_member(v, "signed_sha256"));

	if (sha256.len == 0)
		return;
	cli_member(v, "name", "signed", ACCOUNT_INDENT);
	printf("%*ssha256 ", ACCOUNT_INDENT + CLI_TITLE, "");
	cli_show(sha256);
	putchar('\n');
	texts(v, "published", "published", ACCOUNT_INDENT);
}

static void
each(const struct json *v, const char *member,
    void (*print)(const struct json *))
{
	const struct json *list = json_member(v, member);

	for (size_t i = 0; i < json_count(list); i++)
		print(json_item(list, i));
}

static void
findings(const struct json *v, const struct palette *p)
{
	const struct json *list = json_member(v, "findings");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *f = json_item(list, i);

		printf("%*s%s", ACCOUNT_INDENT, "", p->red);
		cli_show(json_span(json_member(f, "code")));
		printf("%s: ", p->plain);
		cli_show(json_span(json_member(f, "text")));
		putchar('\n');
		cli_member(f, "cause", "  cause", ACCOUNT_INDENT);
		cli_member(f, "reason", "  why", ACCOUNT_INDENT);
		cli_member(f, "advice", "  hint", ACCOUNT_INDENT);
	}
}

static void
why(const struct json *v, const struct palette *p)
{
	cli_member(v, "person", "ended by", ACCOUNT_INDENT);
	findings(v, p);
	if (json_count(json_member(v, "findings")) == 0)
		cli_member(v, "reason", "reason", ACCOUNT_INDENT);
}

static const char *
state_colour(const struct json *v, const struct palette *p)
{
	struct span state = json_span(json_member(v, "state"));

	return span_is(state, request_state_name(REQUEST_COMPLETED)) ?
	    p->green : json_member(v, "findings") != NULL ? p->red :
	    p->yellow;
}

void
account_outcome(const struct json *v, const struct palette *p)
{
	static const char *const words[] = { "project", "ref" };

	printf("%s", state_colour(v, p));
	cli_show(json_span(json_member(v, "state")));
	printf("%s:", p->plain);
	for (size_t i = 0; i < COUNT(words); i++) {
		struct span text = json_span(json_member(v, words[i]));

		if (text.len > 0)
			putchar(' ');
		cli_show(text);
	}
	putchar('\n');
	cli_member(v, "id", "request", ACCOUNT_INDENT);
	cli_member(v, "object_id", "object", ACCOUNT_INDENT);
	cli_member(v, "earlier", "earlier", ACCOUNT_INDENT);
	each(v, "artifacts", result);
	why(v, p);
}

static const struct {
	const char	*member;
	const char	*title;
} rows[] = {
	{ "state",		"state" },
	{ "project",		"project" },
	{ "repo",		"origin" },
	{ "ref",		"ref" },
	{ "object_id",		"object" },
	{ "earlier",		"earlier" },
	{ "commit",		"commit" },
	{ "submitter",		"submitter" },
	{ "policy",		"policy" },
	{ "certificate",	"certificate" },
	{ "created",		"created" },
	{ "expires",		"until" },
};

static void
event_line(const struct json *v, const struct palette *p)
{
	struct event event = { .json = v,
	    .type = event_type_find(json_span(json_member(v, "type"))) };
	CLEANUP(buf_done) struct buf line = { 0 };

	event_summary(&event, &line);
	printf("%*s%s%6llu  %.19s%s  ", ACCOUNT_INDENT, "", p->dim,
	    (unsigned long long)json_integer_of(json_member(v, "n")),
	    (const char *)event_text(&event, "at").ptr, p->plain);
	cli_show(buf_span(&line));
	putchar('\n');
}

void
account_print(const struct json *v, const struct palette *p)
{
	const struct json *events = json_member(v, "events");

	printf("%s", p->bold);
	cli_show(json_span(json_member(v, json_member(v, "id") != NULL ?
	    "id" : "ref")));
	printf("%s\n", p->plain);
	for (size_t i = 0; i < COUNT(rows); i++)
		cli_member(v, rows[i].member, rows[i].title, ACCOUNT_INDENT);
	texts(v, "missing", "waits for", ACCOUNT_INDENT);
	texts(v, "approved_by", "approved by", ACCOUNT_INDENT);
	texts(v, "withdrawn", "withdrawn", ACCOUNT_INDENT);
	each(v, "artifacts", artifact);
	account_print_change(v);
	account_print_commits(v);
	each(v, "artifacts", result);
	why(v, p);
	printf("  what happened:\n");
	for (size_t i = 0; i < json_count(events); i++)
		event_line(json_item(events, i), p);
}

/*
 * status_print - a status in words: see status.h. What comes from the ledger
 * and the config repo goes through cli_show.
 */
#include "base/text.h"
#include "cli/job.h"
#include "cli/status.h"

#define TIME_SHOWN	19	/* to the second */
#define DAY_SHOWN	10	/* the day */
#define ID_SHOWN	15	/* "sr-" and 12 digits */
#define COMMIT_SHOWN	12
#define NEAR		14	/* days: nearer is red */

static void
title(const char *text)
{
	printf("%-*s", CLI_TITLE, text);
}

static void
show_cut(struct span s, size_t most)
{
	cli_show((struct span){ s.ptr, s.len < most ? s.len : most });
}

static struct span
text_of(const struct json *v, const char *member)
{
	return json_span(json_member(v, member));
}

/* " (3 days ago)" */
static void
show_ago(const struct json *status, struct span then)
{
	int64_t now, at;

	if (!text_untime(text_of(status, "at"), &now) ||
	    !text_untime(then, &at) || at > now)
		return;
	printf(" (%s ago)", text_show_duration((uint64_t)(now - at) /
	    1000).text);
}

static void
print_ledger(const struct json *v)
{
	const struct json *l = json_member(v, "ledger");

	title("ledger");
	cli_show(text_of(l, "origin"));
	printf(", %lld events, the last ", (long long)json_integer_of(
	    json_member(l, "events")));
	show_cut(text_of(l, "at"), TIME_SHOWN);
	show_ago(v, text_of(l, "at"));
	printf(": ");
	cli_show(text_of(l, "type"));
	putchar('\n');
	title("config");
	show_cut(text_of(json_member(v, "config"), "commit"), COMMIT_SHOWN);
	putchar('\n');
}

static void
print_engine(const struct json *v, const struct json *n)
{
	struct span seen = text_of(n, "seen");

	cli_show(text_of(n, "id"));
	printf(seen.len > 0 ? ", last heard of " : ", never heard of");
	show_cut(seen, TIME_SHOWN);
	show_ago(v, seen);
	if (text_of(n, "version").len > 0) {
		printf(", version ");
		cli_show(text_of(n, "version"));
	}
	if (text_of(n, "stopped").len > 0) {
		printf(", stopped: ");
		cli_show(text_of(n, "stopped"));
	}
	printf("%s\n", json_truth(json_member(n, "retired")) ? ", retired" :
	    "");
}

static void
print_engines(const struct json *v)
{
	const struct json *list = json_member(v, "engines");

	for (size_t i = 0; i < json_count(list); i++) {
		title(i == 0 ? "engines" : "");
		print_engine(v, json_item(list, i));
	}
}

static void
print_waiting(const struct json *v, const struct palette *p)
{
	const struct json *list = json_member(v, "waiting");

	title("waiting");
	printf("%zu requests\n", json_count(list));
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *q = json_item(list, i);
		const struct json *missing = json_member(q, "missing");

		printf("%*s%s", CLI_TITLE, "", p->bold);
		show_cut(text_of(q, "id"), ID_SHOWN);
		printf("%s ", p->plain);
		cli_show(text_of(q, "project"));
		putchar(' ');
		cli_show(text_of(q, "ref"));
		if (json_count(missing) > 0) {
			printf(", for ");
			cli_show(json_span(json_item(missing, 0)));
		}
		printf("%s\n", json_count(missing) > 1 ? ", and more" : "");
	}
}

static void
print_alarms(const struct json *v, const struct palette *p)
{
	const struct json *list = json_member(v, "alarms");

	title("alarms");
	printf("%s%zu open%s\n", json_count(list) > 0 ? p->red : "",
	    json_count(list), p->plain);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *a = json_item(list, i);

		printf("%*s%s", CLI_TITLE, "", p->red);
		cli_show(text_of(a, "code"));
		printf("%s%s: ", p->plain, json_truth(json_member(a,
		    "stops")) ? " (stops signing)" : "");
		cli_show(text_of(a, "text"));
		putchar('\n');
	}
}

/* ---- what ends ---- */

static const char *
end_colour(const struct json *x, const struct palette *p)
{
	int64_t days = json_integer_of(json_member(x, "days"));

	if (json_truth(json_member(x, "covered")))
		return p->dim;
	return days < NEAR ? p->red : days <= 90 ? p->yellow : "";
}

static void
print_end(const struct json *x, const struct palette *p)
{
	long long days = json_integer_of(json_member(x, "days"));

	printf("%s", end_colour(x, p));
	show_cut(text_of(x, "ends"), DAY_SHOWN);
	if (json_truth(json_member(x, "ended")))
		printf("  has ended");
	else
		printf("  %4lld %s", days, days == 1 ? "day " : "days");
	printf("%s  ", p->plain);
	cli_show(text_of(x, "thing"));
	printf("  ");
	cli_show(text_of(x, "element"));
	putchar('\n');
	if (text_of(x, "successor").len == 0)
		return;
	printf("%*s", CLI_TITLE + DAY_SHOWN + 2, "");
	cli_show(text_of(x, "successor"));
	printf(" takes over on ");
	show_cut(text_of(x, "takes_over"), DAY_SHOWN);
	printf("%s\n", json_truth(json_member(x, "covered")) ? "" :
	    ": too late, or it is not active");
}

static void
print_unread(const struct json *x)
{
	cli_show(text_of(x, "thing"));
	putchar(' ');
	cli_show(text_of(x, "file"));
	printf(" cannot be read: ");
	cli_show(text_of(x, "why"));
	putchar('\n');
}

static void
print_ends(const struct json *v, const struct palette *p)
{
	const struct json *ends = json_member(v, "ends");
	const struct json *unread = json_member(v, "unread");
	size_t line = 0;

	for (size_t i = 0; i < json_count(ends); i++) {
		title(line++ == 0 ? "ends" : "");
		print_end(json_item(ends, i), p);
	}
	for (size_t i = 0; i < json_count(unread); i++) {
		title(line++ == 0 ? "ends" : "");
		print_unread(json_item(unread, i));
	}
}

void
status_print(const struct json *v, const struct palette *p)
{
	print_ledger(v);
	print_engines(v);
	print_waiting(v, p);
	print_alarms(v, p);
	print_ends(v, p);
}

/*
 * account_release - what is in a release, in words: the files, what differs
 * from the last one, the commits. Long lists end in a count; --json has all.
 */
#include "base/text.h"
#include "cli/account_parts.h"
#include "cli/job.h"

#define SHOWN_MAX	60	/* lines of one list */
#define COLUMN		(ACCOUNT_INDENT + CLI_TITLE)

static void
title(const char *text)
{
	printf("%*s%-*s", ACCOUNT_INDENT, "", CLI_TITLE, text);
}

static void
show(const struct json *v, const char *member)
{
	cli_show(json_span(json_member(v, member)));
}

static void
print_more(size_t count)
{
	if (count > SHOWN_MAX)
		printf("%*sand %zu more: --json tells all\n", COLUMN, "",
		    count - SHOWN_MAX);
}

/* ---- the tree ---- */

/* As deep as the parser of JSON goes. */
static void
print_node(const struct json *node, const struct buf *outer, size_t *count)
{
	const struct json *contents = json_member(node, "contents");
	CLEANUP(buf_done) struct buf path = { 0 };

	buf_put(&path, buf_span(outer));
	buf_put(&path, json_span(json_member(node, "path")));
	if (path.len > 0 && ++*count <= SHOWN_MAX) {
		struct span state = json_span(json_member(node, "state"));

		printf("%*s", COLUMN, "");
		cli_show(state);
		printf("%*s ", state.len < 9 ? (int)(9 - state.len) : 0, "");
		if (account_hash(node).len > 0)
			show(node, "sha256");
		else
			printf("not hashed");
		printf("  ");
		cli_show(buf_span(&path));
		putchar('\n');
	}
	if (path.len > 0)
		buf_text(&path, "!/");
	for (size_t i = 0; i < json_count(contents); i++)
		print_node(json_item(contents, i), &path, count);
}

void
account_print_tree(const struct json *tree)
{
	const struct buf outer = { 0 };
	size_t count = 0;

	if (tree == NULL)
		return;
	print_node(tree, &outer, &count);
	print_more(count);
}

/* ---- what changed ---- */
static void
print_arrow(const struct json *v)
{
	static const char *const members[] = { "before", "now" };

	for (size_t i = 0; i < COUNT(members); i++) {
		fputs(i > 0 ? " -> " : "", stdout);
		if (json_member(v, members[i]) != NULL)
			show(v, members[i]);
		else
			printf("nothing");
	}
	putchar('\n');
}

/* A rule is a file: its name says enough. */
static void
print_rules(const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		title("changed");
		printf("rules: ");
		show(json_item(list, i), "name");
		putchar('\n');
	}
}

static void
print_parameters(const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		title("changed");
		printf("parameter ");
		show(json_item(list, i), "name");
		printf(": ");
		print_arrow(json_item(list, i));
	}
}

static void
print_file(const struct json *v)
{
	printf("%*s", COLUMN, "");
	show(v, "what");
	printf(" ");
	show(v, "path");
	if (span_is(json_span(json_member(v, "what")), "treated")) {
		printf(": ");
		print_arrow(v);
		return;
	}
	putchar('\n');
}

static void
print_artifact(const struct json *v)
{
	const struct json *files = json_member(v, "files");

	title("changed");
	if (json_member(v, "name") == NULL) {
		show(v, "before");
		printf(" is gone\n");
		return;
	}
	show(v, "name");
	if (json_member(v, "before") == NULL) {
		printf(" is new\n");
		return;
	}
	printf(", was ");
	show(v, "before");
	if (files != NULL)
		printf(": %zu files differ, %lld are the same",
		    json_count(files), (long long)json_integer_of(
		    json_member(v, "same")));
	if (json_integer_of(json_member(v, "unknown")) > 0)
		printf(", %lld not hashed", (long long)json_integer_of(
		    json_member(v, "unknown")));
	putchar('\n');
	for (size_t i = 0; i < json_count(files) && i < SHOWN_MAX; i++)
		print_file(json_item(files, i));
	print_more(json_count(files));
}

void
account_print_change(const struct json *account)
{
	const struct json *last = json_member(account, "last_release");
	const struct json *v = json_member(account, "changes");
	const struct json *list = json_member(v, "artifacts");

	if (last == NULL)
		return;
	title("since");
	show(last, "ref");
	printf(", completed ");
	show(last, "completed");
	printf("\n%*s", COLUMN, "");
	show(last, "id");
	putchar('\n');
	print_rules(json_member(v, "rules"));
	print_parameters(json_member(v, "parameters"));
	if (json_member(v, "certificate") != NULL) {
		title("changed");
		printf("certificate ");
		print_arrow(json_member(v, "certificate"));
	}
	for (size_t i = 0; i < json_count(list); i++)
		if (!json_truth(json_member(json_item(list, i), "equal")))
			print_artifact(json_item(list, i));
}

/* ---- commits ---- */
static void
print_commit(const struct json *v, bool verified)
{
	printf("%*s%.12s  ", COLUMN, "",
	    (const char *)json_span(json_member(v, "id")).ptr);
	if (!verified) {
		show(v, "claims");
	} else if (json_member(v, "signer") == NULL) {
		printf("nobody known");
	} else {
		show(v, "signer");
	}
	if (json_member(v, "reviewer") != NULL) {
		printf(", reviewed by ");
		show(v, "reviewer");
	}
	printf("  ");
	show(v, "subject");
	putchar('\n');
}

void
account_print_commits(const struct json *account)
{
	const struct json *list = json_member(account, "commits");
	bool verified = json_truth(json_member(account, "commits_verified"));

	if (list == NULL)
		return;
	title("commits");
	printf("%zu%s%s\n", json_count(list),
	    json_member(account, "last_release") == NULL ?
	    ", all that there are: no release was completed before" :
	    " since then",
	    verified ? "" : "; unverified: names as the commits claim them");
	for (size_t i = 0; i < json_count(list) && i < SHOWN_MAX; i++)
		print_commit(json_item(list, i), verified);
	print_more(json_count(list));
}

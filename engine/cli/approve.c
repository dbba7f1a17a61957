/*
 * approve - says yes or no to a request of the ledger, or takes a yes back, as
 * a signed tag of the config repo or a statement for a detached signature.
 *
 * The ledger is verified before anything is composed: what is shown is what
 * the id stands for, and the statement names the whole id. Stock git or
 * ssh-keygen makes the signature with the person's own key; who approves is
 * who signed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/history.h"
#include "cli/job.h"
#include "cli/message.h"
#include "config/config.h"
#include "sys/file.h"

#define ID_START	3	/* "sr-" */
#define ID_SHORT	12	/* hex digits in the name of a tag */
#define NAME_SPACE	"approval@tagseal"

struct word_row {
	enum decision_word	 word;
	const char		*name;
	const char		*title;		/* first line of the tag */
	const char		*suffix;	/* of the tag's name */
};

static const struct word_row approve_row = { WORD_APPROVE, "approve",
	"Approve", "" };
static const struct word_row deny_row = { WORD_DENY, "deny", "Deny",
	"-deny" };
static const struct word_row withdraw_row = { WORD_WITHDRAW, "withdraw",
	"Withdraw", "-withdraw" };

static const bool is_open[REQUEST_STATES] = {
	[REQUEST_CREATED]	= true,
	[REQUEST_WAITING]	= true,
};

/* ---- what would be signed */

static void
show(struct buf *out, const char *title, const struct json *v,
    const char *member)
{
	buf_printf(out, "  %-*s", CLI_TITLE, title);
	text_visible(json_span(json_member(v, member)), out);
	buf_text(out, "\n");
}

static void
show_artifact(struct buf *out, const struct json *v)
{
	show(out, "artifact", v, "name");
	buf_printf(out, "  %-*s  %s, configuration ", CLI_TITLE, "",
	    text_show_size((uint64_t)json_integer_of(json_member(v,
	    "size"))).text);
	text_visible(json_span(json_member(v, "configuration")), out);
	buf_printf(out, "\n  %-*s  sha256 ", CLI_TITLE, "");
	text_visible(json_span(json_member(v, "sha256")), out);
	buf_text(out, "\n");
}

static bool
show_parameter(void *out, const char *key, const struct json *value,
    struct err *e)
{
	(void)e;
	buf_printf(out, "  %-*s", CLI_TITLE, "parameter");
	text_visible(span_text(key), out);
	buf_text(out, " = ");
	text_visible(json_span(value), out);
	buf_text(out, "\n");
	return true;
}

static bool
show_body(struct buf *out, const struct json *body, struct err *e)
{
	const struct json *artifacts = json_member(body, "artifacts");

	show(out, "project", body, "project");
	show(out, "policy", body, "policy");
	show(out, "certificate", json_member(body, "certificate"), "slug");
	show(out, "origin", body, "repo");
	show(out, "ref", body, "ref");
	show(out, "commit", body, "commit");
	show(out, "until", body, "expires");
	for (size_t i = 0; i < json_count(artifacts); i++)
		show_artifact(out, json_item(artifacts, i));
	return json_each(json_member(body, "parameters"), show_parameter, out,
	    e);
}

static bool
show_request(const struct invocation *in, struct history *h,
    const struct fold_request *q, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 }, out = { 0 };
	struct event event;

	if (!history_event(h, q->created, &bytes, &json, &event, e))
		return false;
	buf_put(&out, q->id);
	buf_printf(&out, " (%s)\n", request_state_name(q->state));
	if (!show_body(&out, json_member(event.json, "body"), e))
		return false;
	fwrite(out.ptr, 1, out.len, in->json || option_given(in, "dry-run") ?
	    stderr : stdout);
	return true;
}

/* ---- the statement */

/* Reads back what was composed: it says this of this request, or nothing. */
static bool
check(const struct word_row *row, struct span message, struct span id,
    struct span *yaml, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	struct statement s;

	if (!manifest_cut(message, yaml, e) ||
	    !statement_parse(*yaml, arena, &s, e))
		return false;
	if (s.decision == row->word && span_eq(s.request, id))
		return true;
	return err_set(e, ERR_APPROVAL_STATEMENT, "the statement would not "
	    "say what it should");
}

static bool
compose(const struct invocation *in, const struct word_row *row,
    struct span id, struct buf *message, struct span *yaml, struct err *e)
{
	const char *reason = option_text(in, "reason");

	if (row->word == WORD_DENY && !option_need(in, "reason", &reason, e))
		return false;
	buf_printf(message, "%s ", row->title);
	buf_put(message, id);
	buf_text(message, "\n\n---\ntagseal: 1\nrequest: ");
	buf_put(message, id);
	buf_text(message, "\n");
	message_member(message, "decision", row->name);
	if (reason != NULL)
		message_member(message, "reason", reason);
	return check(row, buf_span(message), id, yaml, e);
}

/* ---- the carriers */

static bool
tag_name(const struct invocation *in, const struct word_row *row,
    struct span id, struct buf *out, struct err *e)
{
	const char *name;
	struct span digits;

	if (!option_name(in, &name, e))
		return false;
	if (!span_cut(id, ID_START, ID_SHORT, &digits))
		return err_set(e, ERR_REQUEST_UNKNOWN, "the request's id is "
		    "too short");
	buf_text(out, "approve/");
	buf_put(out, digits);
	buf_printf(out, "/%s%s", name, row->suffix);
	return true;
}

static void
answer(const struct word_row *row, struct span id, const char *carrier,
    const char *name)
{
	struct json *v = json_map();

	json_put_span(v, "request", id);
	json_put_text(v, "decision", row->name);
	json_put_text(v, carrier, name);
	cli_answer(v);
}

static bool
make_tag(const struct invocation *in, const struct word_row *row,
    struct span id, struct span message, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	const char *folder = option_text(in, "config");

	if (folder == NULL)
		folder = option_text(in, "repo");
	if (!tag_name(in, row, id, &name, e) ||
	    !message_tag(folder, buf_cstr(&name), message, e))
		return false;
	if (in->json)
		answer(row, id, "tag", buf_cstr(&name));
	else
		printf("made tag %s: git push origin refs/tags/%s\n",
		    buf_cstr(&name), buf_cstr(&name));
	return true;
}

static bool
write_statement(const struct invocation *in, const struct word_row *row,
    struct span id, const char *path, struct span yaml, struct err *e)
{
	if (!file_replace_span(path, yaml, FILE_NEW, e))
		return false;
	if (in->json)
		answer(row, id, "statement", path);
	else
		printf("wrote %s: ssh-keygen -Y sign -n " NAME_SPACE
		    " -f KEY %s\nthen commit it and %s.sig to the approvals "
		    "branch, below approvals/%.*s/\n", path, path, path,
		    (int)id.len, (const char *)id.ptr);
	return true;
}

static bool
carry(const struct invocation *in, const struct word_row *row, struct span id,
    struct err *e)
{
	CLEANUP(buf_done) struct buf message = { 0 };
	const char *path = option_text(in, "statement");
	struct span yaml;

	if (!compose(in, row, id, &message, &yaml, e))
		return false;
	if (option_given(in, "dry-run"))
		return fwrite(yaml.ptr, 1, yaml.len, stdout) == yaml.len ||
		    err_errno(e, ERR_SYSTEM_WRITE, "the statement");
	return path != NULL ? write_statement(in, row, id, path, yaml, e) :
	    make_tag(in, row, id, buf_span(&message), e);
}

static int
decide(const struct invocation *in, const struct word_row *row, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	const struct fold_request *q;

	if (!history_open(in, &h, e) || !history_read(&h, e) ||
	    (q = history_request(&h, in->arguments[0], e)) == NULL)
		return -1;
	history_note(&h);
	if (!is_open[q->state]) {
		err_set(e, ERR_REQUEST_STATE, "the request %s is %s",
		    text_show(q->id).text, request_state_name(q->state));
		return -1;
	}
	if (!show_request(in, &h, q, e))
		return -1;
	fflush(stdout);		/* before git and its questions */
	return carry(in, row, q->id, e) ? EXIT_YES : -1;
}

static int
run_approve(const struct invocation *in, struct err *e)
{
	return decide(in, &approve_row, e);
}

static int
run_deny(const struct invocation *in, struct err *e)
{
	return decide(in, &deny_row, e);
}

static int
run_withdraw(const struct invocation *in, struct err *e)
{
	return decide(in, &withdraw_row, e);
}

static const struct option_row options[] = {
	{ "reason", 0, "TEXT", "why, for others to read", false },
	{ "name", 0, "SLUG", "end of the tag's name (default: $USER)", false },
	{ "config", 0, "DIR", "the clone of the config repo that gets the tag "
	    "(default: that of --repo)", false },
	{ "statement", 0, "FILE", "write the statement for ssh-keygen instead, "
	    "make no tag", false },
	{ "dry-run", 0, NULL, "print the statement, make no tag", false },
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

#define DETAILS							\
	"Verifies the ledger, shows what would be signed, and has 'git tag "\
	"-s' sign a statement\nwith the full id of the request: git and your "\
	"own key make the signature. The\nrequest may be shortened. The "\
	"ledger's key is that of --log-key, or one of the pins\nof "	\
	"~/.config/tagseal/trust.yaml; without either, the first line says "\
	"unverified."

const struct command approve_command = {
	.name = "approve",
	.summary = "approve a request that waits, with a signed tag",
	.arguments = "REQUEST",
	.least = 1,
	.most = 1,
	.options = options,
	.details = DETAILS,
	.example = "tagseal approve sr-3f9a --repo config",
	.json = true,
	.run = run_approve,
};

const struct command deny_command = {
	.name = "deny",
	.summary = "deny a request that waits, with a signed tag",
	.arguments = "REQUEST",
	.least = 1,
	.most = 1,
	.options = options,
	.details = DETAILS,
	.example = "tagseal deny sr-3f9a --repo config --reason "
	    "'built from the wrong branch'",
	.json = true,
	.run = run_deny,
};

const struct command withdraw_command = {
	.name = "withdraw",
	.summary = "take back your approval of a request, with a signed tag",
	.arguments = "REQUEST",
	.least = 1,
	.most = 1,
	.options = options,
	.details = DETAILS "\nAll your approvals of the request are taken "
	    "back; once it is authorised, it is too\nlate for that.",
	.example = "tagseal withdraw sr-3f9a --repo config --reason "
	    "'wrong build'",
	.json = true,
	.run = run_withdraw,
};

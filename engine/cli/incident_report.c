/* incident_report - a plan as Markdown: see incident.h. */
#include "base/text.h"
#include "cli/incident.h"

/* A cell of a table: no bar and no line end may end it. */
static void
put_cell(struct buf *out, struct span text)
{
	CLEANUP(buf_done) struct buf visible = { 0 };

	text_visible(text, &visible);
	for (size_t i = 0; i < visible.len; i++) {
		if (visible.ptr[i] == '|' || visible.ptr[i] == '\\' ||
		    visible.ptr[i] == '<')
			buf_u8(out, '\\');
		buf_u8(out, visible.ptr[i]);
	}
}

static void
put_member(struct buf *out, const struct json *v, const char *name)
{
	struct span text = json_span(json_member(v, name));

	if (text.len > 0)
		put_cell(out, text);
	else
		buf_text(out, "-");
}

static long long
number(const struct json *plan, const char *of, const char *fate)
{
	return json_integer_of(json_member(json_member(json_member(plan,
	    "count"), of), fate));
}

static void
put_head(const struct json *plan, struct buf *out)
{
	const struct json *ledger = json_member(plan, "ledger");

	buf_text(out, "# Incident plan\n\n| | |\n| --- | --- |\n");
	buf_text(out, "| certificate | ");
	put_member(out, plan, "certificate");
	buf_text(out, " |\n| in other hands since | ");
	put_member(out, plan, "since");
	buf_text(out, " |\n| revocation takes effect | ");
	put_member(out, plan, "revoke_at");
	buf_printf(out, " |\n| ledger | %lld events, root `",
	    (long long)json_integer_of(json_member(ledger, "size")));
	put_member(out, ledger, "root_sha256");
	buf_printf(out, "` |\n| releases | %lld survive, %lld die |\n"
	    "| signatures | %lld survive, %lld die, %lld of nothing that was "
	    "released |\n", number(plan, "releases", "survives"),
	    number(plan, "releases", "dies"),
	    number(plan, "signatures", "survives"),
	    number(plan, "signatures", "dies"),
	    (long long)json_integer_of(json_member(json_member(plan, "count"),
	    "unreleased")));
}

/* Files with dying signatures that its input came with. */
static void
put_carried(const struct json *release, struct buf *out)
{
	const struct json *list = json_member(release, "carries");

	if (json_count(list) > 0)
		buf_text(out, "\n| carries a file that dies | signed for |\n"
		    "| --- | --- |\n");
	for (size_t i = 0; i < json_count(list); i++) {
		buf_text(out, "| ");
		put_member(out, json_item(list, i), "path");
		buf_text(out, " | ");
		put_member(out, json_item(list, i), "request");
		buf_text(out, " |\n");
	}
}

static void
put_signature(const struct json *s, struct buf *out)
{
	static const char *const members[] = { "path", "method", "timestamp",
	    "why" };

	buf_printf(out, "| %s", incident_survives(s) ? "survives" :
	    "**dies**");
	for (size_t i = 0; i < COUNT(members); i++) {
		buf_text(out, " | ");
		put_member(out, s, members[i]);
	}
	buf_text(out, " |\n");
}

static void
put_artifact(const struct json *a, struct buf *out)
{
	const struct json *list = json_member(a, "signatures");

	buf_text(out, "\n`");
	put_member(out, a, "name");
	buf_text(out, "`, SHA-256 `");
	put_member(out, a, "artifact_sha256");
	buf_text(out, "`\n");
	if (json_count(list) > 0)
		buf_text(out, "\n| | file | signature | timestamp | why |\n"
		    "| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < json_count(list); i++)
		put_signature(json_item(list, i), out);
}

static void
put_releases(const struct json *plan, bool survive, struct buf *out)
{
	const struct json *list = json_member(plan, "releases");

	buf_printf(out, "\n## Releases that %s\n", survive ? "survive" :
	    "die");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *r = json_item(list, i);
		const struct json *artifacts = json_member(r, "artifacts");

		if (incident_survives(r) != survive)
			continue;
		buf_text(out, "\n### ");
		put_member(out, r, "project");
		buf_u8(out, ' ');
		put_member(out, r, "ref");
		buf_text(out, "\n\n`");
		put_member(out, r, "request");
		buf_text(out, "`, ");
		put_member(out, r, "state");
		buf_text(out, ", commit `");
		put_member(out, r, "commit");
		buf_text(out, "`\n");
		for (size_t k = 0; k < json_count(artifacts); k++)
			put_artifact(json_item(artifacts, k), out);
		put_carried(r, out);
	}
}

static void
put_unreleased(const struct json *plan, struct buf *out)
{
	const struct json *list = json_member(plan, "unreleased");

	if (json_count(list) == 0)
		return;
	buf_text(out, "\n## Signatures of nothing that was released\n\n"
	    "| event | request | outcome | signatures |\n"
	    "| --- | --- | --- | --- |\n");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_item(list, i);

		buf_printf(out, "| %lld | ", (long long)json_integer_of(
		    json_member(v, "n")));
		put_member(out, v, "request");
		buf_text(out, " | ");
		put_member(out, v, "outcome");
		buf_printf(out, " | %lld |\n", (long long)json_integer_of(
		    json_member(v, "signatures")));
	}
}

void
incident_report(const struct json *plan, struct buf *out)
{
	put_head(plan, out);
	put_releases(plan, false, out);
	put_releases(plan, true, out);
	put_unreleased(plan, out);
}

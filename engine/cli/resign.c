/*
 * resign - release tags that have the engine sign again what an incident kills.
 *
 * Nothing is signed here: each release that dies becomes the message of a tag
 * on the same commit, with the same inputs, and the commands that sign and
 * push it. Policies and approvals then hold as for any other release; which
 * certificate signs is for the policy to say.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/incident.h"
#include "cli/job.h"
#include "cli/message.h"
#include "config/config.h"
#include "sys/file.h"

#define SUFFIX		"-resigned"
#define MEMORY		((size_t)1 << 20)	/* bytes for one release */
#define LIMIT_PLAN	((uint64_t)256 << 20)	/* bytes */

struct resigning {
	const struct invocation	*in;
	const char		*folder;
	struct json		*prepared;
	struct json		*left;
};

static const char *
text_of(struct arena *a, const struct json *v, const char *member)
{
	const char *text = arena_text(a, json_span(json_member(v, member)));

	return text == NULL ? "" : text;
}

/* ---- the message of a tag */

static bool
put_artifact(struct arena *a, const struct json *artifact, struct buf *out,
    struct err *e)
{
	const char *source = text_of(a, artifact, "source");
	bool url = strstr(source, "://") != NULL;
	const struct message_artifact m = {
		.name = text_of(a, artifact, "name"),
		.sha256 = json_span(json_member(artifact, "input_sha256")),
		.size = (uint64_t)json_integer_of(json_member(artifact,
		    "input_size")),
		.from = url ? source : NULL,
		.path = url ? NULL : source,
		.configuration = text_of(a, artifact, "configuration"),
	};

	if (source[0] == '\0')
		return err_set(e, ERR_INCIDENT_PLAN, "the plan does not say "
		    "where %s came from", text_show(span_text(m.name)).text);
	message_artifact(out, &m);
	return true;
}

static bool
put_parameter(void *out, const char *name, const struct json *value,
    struct err *e)
{
	struct buf *b = out;

	(void)e;
	buf_text(b, "  ");
	message_text(b, span_text(name));
	buf_text(b, ": ");
	message_text(b, json_span(value));
	buf_u8(b, '\n');
	return true;
}

static bool
compose(const struct resigning *r, struct arena *a, const struct json *release,
    const char *tag, struct buf *out, struct err *e)
{
	const char *policy = option_text(r->in, "policy");
	const struct json *artifacts = json_member(release, "artifacts");
	const struct json *parameters = json_member(release, "parameters");
	struct manifest unused;
	struct span yaml;

	buf_printf(out, "%s\n\nSigned again: %s.\n\n---\ntagseal: 1\n", tag,
	    text_of(a, release, "request"));
	message_member(out, "project", text_of(a, release, "project"));
	message_member(out, "policy", policy != NULL ? policy :
	    text_of(a, release, "policy"));
	buf_text(out, "artifacts:\n");
	for (size_t i = 0; i < json_count(artifacts); i++)
		if (!put_artifact(a, json_item(artifacts, i), out, e))
			return false;
	if (json_count(parameters) > 0)
		buf_text(out, "parameters:\n");
	return json_each(parameters, put_parameter, out, e) &&
	    manifest_cut(buf_span(out), &yaml, e) &&
	    manifest_parse(yaml, a, &unused, e);
}

/* ---- one release */

/* "v1.2.3-resigned" of "refs/tags/v1.2.3". */
static const char *
tag_name(const struct resigning *r, struct arena *a, const struct json *release,
    struct err *e)
{
	const char *suffix = option_text(r->in, "suffix");
	struct span ref = json_span(json_member(release, "ref"));
	static const char *const roots[] = { "refs/tags/", "refs/heads/" };

	for (size_t i = 0; i < COUNT(roots); i++)
		if (span_starts(ref, roots[i]))
			ref = span_from(ref, strlen(roots[i]));
	const char *name = arena_printf(a, "%.*s%s", (int)ref.len,
	    (const char *)ref.ptr, suffix == NULL ? SUFFIX : suffix);
	if (name == NULL)
		err_budget(e, a);
	return name;
}

/* A file's name has no folders of a ref's in it. */
static char *
file_name(const struct resigning *r, struct arena *a, const char *project,
    const char *tag)
{
	char *path = arena_printf(a, "%s/%s-%s.txt", r->folder, project, tag);

	for (char *c = path == NULL ? NULL : path + strlen(r->folder) + 1;
	    c != NULL && (c = strchr(c, '/')) != NULL; c++)
		*c = '_';
	return path;
}

static bool
prepare(struct resigning *r, struct arena *a, const struct json *release,
    struct err *e)
{
	CLEANUP(buf_done) struct buf message = { 0 };
	const char *tag = tag_name(r, a, release, e);
	const char *project = text_of(a, release, "project");
	const char *file = tag == NULL ? NULL : file_name(r, a, project, tag);
	struct json *v;

	if (tag == NULL)
		return false;
	if (file == NULL)
		return err_budget(e, a);
	if (!compose(r, a, release, tag, &message, e) ||
	    !file_replace_span(file, buf_span(&message), FILE_PLAIN, e))
		return err_at(e, "%s %s", project, tag);
	json_add(r->prepared, v = json_map());
	json_put(v, "request", json_clone(json_member(release, "request")));
	json_put_text(v, "project", project);
	json_put_text(v, "tag", tag);
	json_put(v, "commit", json_clone(json_member(release, "commit")));
	json_put_text(v, "message", file);
	return true;
}

/* What it came with dies: no signature of ours can mend that. */
static void
leave(struct resigning *r, const struct json *release)
{
	static const char *const members[] = { "request", "project", "ref",
	    "carries" };
	struct json *v = json_map();

	for (size_t i = 0; i < COUNT(members); i++)
		json_put(v, members[i], json_clone(json_member(release,
		    members[i])));
	json_add(r->left, v);
}

static bool
go_through(struct resigning *r, const struct json *plan, struct err *e)
{
	const struct json *releases = json_member(plan, "releases");

	for (size_t i = 0; i < json_count(releases); i++) {
		CLEANUP(arena_done) struct arena *a =
		    arena_new(LIMIT_OBJECT_MEMORY);
		const struct json *release = json_item(releases, i);

		if (incident_survives(release))
			continue;
		if (json_count(json_member(release, "carries")) > 0)
			leave(r, release);
		else if (!prepare(r, a, release, e))
			return false;
	}
	return true;
}

/* ---- what is printed */

static void
print_words(const char *const *words, struct buf *out)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		buf_text(out, i == 0 ? "" : " ");
		text_shell(span_text(words[i]), out);
	}
	buf_u8(out, '\n');
}

static void
print_commands(const struct json *v, struct arena *a, struct buf *out)
{
	const char *clone = text_of(a, v, "project");
	const char *tag = text_of(a, v, "tag");
	const char *const make[] = { "git", "-C", clone, "tag", "-s",
	    "--cleanup=verbatim", "-F", text_of(a, v, "message"), "--", tag,
	    text_of(a, v, "commit"), NULL };
	const char *const push[] = { "git", "-C", clone, "push", "origin",
	    "--", tag, NULL };

	print_words(make, out);
	print_words(push, out);
}

static bool
print_all(const struct resigning *r, struct err *e)
{
	CLEANUP(buf_done) struct buf out = { 0 };

	for (size_t i = 0; i < json_count(r->prepared); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(MEMORY);

		print_commands(json_item(r->prepared, i), a, &out);
	}
	fwrite(out.ptr, 1, out.len, stdout);
	for (size_t i = 0; i < json_count(r->left); i++) {
		const struct json *v = json_item(r->left, i);

		fprintf(stderr, "%s %s: its input holds a file that dies: "
		    "build it anew\n",
		    text_show(json_span(json_member(v, "project"))).text,
		    text_show(json_span(json_member(v, "ref"))).text);
	}
	return fflush(stdout) == 0 || err_errno(e, ERR_SYSTEM_WRITE,
	    "standard output");
}

static int
tell(struct resigning *r, struct err *e)
{
	size_t count = json_count(r->prepared) + json_count(r->left);

	if (r->in->json) {
		struct json *v = json_map();

		json_put(v, "prepared", json_clone(r->prepared));
		json_put(v, "left", json_clone(r->left));
		cli_answer(v);
	} else if (!print_all(r, e)) {
		return -1;
	}
	return count > 0 ? EXIT_YES : EXIT_NOTHING;
}

/* ---- */

static bool
plan_load(const char *path, struct json **out, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	if (!file_load(path, LIMIT_PLAN, &bytes, e) ||
	    !json_parse(buf_span(&bytes), out, e))
		return false;
	return span_is(json_span(json_member(*out, "kind")), INCIDENT_KIND) ||
	    err_set(e, ERR_INCIDENT_PLAN, "%s is not what 'tagseal incident "
	    "plan --output' writes", text_show(span_text(path)).text);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(json_done) struct json *plan = NULL, *prepared = json_list(),
	    *left = json_list();
	CLEANUP(free_done) char *folder = NULL;
	struct resigning r = { .in = in, .prepared = prepared, .left = left };
	const char *from, *output;

	if (!option_need(in, "from", &from, e) ||
	    !option_need(in, "output", &output, e) ||
	    !plan_load(from, &plan, e) || !folder_make(output, 0777, e))
		return -1;
	folder = realpath(output, NULL);
	if (folder == NULL) {
		err_errno(e, ERR_SYSTEM_READ, "%s",
		    text_show(span_text(output)).text);
		return -1;
	}
	r.folder = folder;
	return go_through(&r, plan, e) ? tell(&r, e) : -1;
}

static const struct option_row options[] = {
	{ "from", 0, "FILE", "the plan, from 'tagseal incident plan -o'",
	    false },
	{ "output", 'o', "DIR", "the messages of the tags go there", false },
	{ "policy", 0, "SLUG", "signing policy (default: each release's own)",
	    false },
	{ "suffix", 0, "TEXT", "put behind each tag's name (default "
	    SUFFIX ")", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command resign_command = {
	.name = "resign",
	.summary = "prepare tags that sign again what an incident kills",
	.arguments = "",
	.options = options,
	.details = "Each release of the plan that dies gets a tag's message, "
	    "with the same inputs under the\nsame policy, and two commands "
	    "are printed: git signs the tag on the same commit, and\npushes "
	    "it. They are to be run where each project's clone lies under the "
	    "project's name.\nNothing goes around policies and approvals; "
	    "name the new certificate in the policy first.\nA release whose "
	    "input came with a signature that dies must be built anew.",
	.example = "tagseal resign --from plan.json -o resign > commands.sh",
	.json = true,
	.run = run,
};

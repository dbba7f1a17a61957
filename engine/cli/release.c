/*
 * release - composes the manifest of a release and has stock git sign the tag.
 *
 * The keys are the person's own, and git knows how to use them: nothing is
 * signed here. What is composed is read back by the engine's own reader.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/file_hash.h"
#include "cli/message.h"
#include "config/config.h"
#include "sys/file.h"

static const struct option_row options[] = {
	{ "project", 0, "SLUG", "the project", false },
	{ "policy", 0, "SLUG", "the signing policy", false },
	{ "from", 0, "URL", "where the files can be fetched: their names are "
	    "put behind it", false },
	{ "in-tree", 0, NULL, "the files are in the tagged commit, under the "
	    "paths given", false },
	{ "configuration", 0, "SLUG", "artifact configuration (default: "
	    "default)", false },
	{ "parameter", 0, "NAME=VALUE", "of the artifact configuration", true },
	{ "message", 'm', "TEXT", "first line of the tag", false },
	{ "repo", 0, "DIR", "the repository (default: the current folder)",
	    false },
	{ "dry-run", 0, NULL, "print the tag's message, make no tag", false },
	{ NULL, 0, NULL, NULL, false },
};

static bool
put_artifact(const struct invocation *in, const char *path, struct buf *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf url = { 0 };
	const char *configuration = option_text(in, "configuration");
	const char *from = option_text(in, "from");
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	struct digest d;

	struct message_artifact m = {
		.name = name, .path = from == NULL ? path : NULL,
		.configuration = configuration == NULL ? "default" :
		    configuration,
	};
	if (!file_hash(path, &d, &m.size, e))
		return false;
	struct digest_hex hex = digest_hex(&d);
	m.sha256 = span_text(hex.text);
	if (from != NULL) {
		buf_printf(&url, "%s%s%s", from,
		    span_ends(span_text(from), "/") ? "" : "/", name);
		m.from = buf_cstr(&url);
	}
	message_artifact(out, &m);
	return true;
}

static bool
put_parameters(const struct invocation *in, struct buf *out, struct err *e)
{
	const char *text;

	if (option_text(in, "parameter") != NULL)
		buf_text(out, "parameters:\n");
	for (size_t i = 0; (text = option_nth(in, "parameter", i)) != NULL;
	    i++) {
		struct span value = span_text(text), name;

		if (strchr(text, '=') == NULL ||
		    !span_split(&value, '=', &name) || name.len == 0)
			return err_set(e, ERR_USAGE, "--parameter wants "
			    "NAME=VALUE, not '%s'",
			    text_show(span_text(text)).text);
		buf_text(out, "  ");
		message_text(out, name);
		buf_text(out, ": ");
		message_text(out, value);
		buf_text(out, "\n");
	}
	return true;
}

static bool
compose(const struct invocation *in, struct buf *message, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	const char *first = option_text(in, "message");
	const char *project, *policy;
	struct manifest manifest;
	struct span yaml;

	if (!option_need(in, "project", &project, e) ||
	    !option_need(in, "policy", &policy, e))
		return false;
	if ((option_text(in, "from") != NULL) == option_given(in, "in-tree"))
		return err_set(e, ERR_USAGE, "either --from or --in-tree says "
		    "where the files are");
	buf_printf(message, "%s\n\n---\ntagseal: 1\n", first == NULL ?
	    in->arguments[0] : first);
	message_member(message, "project", project);
	message_member(message, "policy", policy);
	buf_text(message, "artifacts:\n");
	for (int i = 1; i < in->count; i++)
		if (!put_artifact(in, in->arguments[i], message, e))
			return false;
	return put_parameters(in, message, e) &&
	    manifest_cut(buf_span(message), &yaml, e) &&
	    manifest_parse(yaml, arena, &manifest, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(buf_done) struct buf message = { 0 };

	if (!compose(in, &message, e))
		return -1;
	if (option_given(in, "dry-run")) {
		fwrite(message.ptr, 1, message.len, stdout);
		return EXIT_YES;
	}
	if (!message_tag(option_text(in, "repo"), in->arguments[0],
	    buf_span(&message), e))
		return -1;
	if (in->json) {
		struct json *v = json_map();

		json_put_text(v, "tag", in->arguments[0]);
		json_put_span(v, "message", buf_span(&message));
		cli_answer(v);
	} else {
		printf("made tag %s: git push origin %s\n", in->arguments[0],
		    in->arguments[0]);
	}
	return EXIT_YES;
}

const struct command release_command = {
	.name = "release",
	.summary = "make a signed release tag that names artifacts",
	.arguments = "TAG FILE...",
	.least = 2,
	.most = -1,
	.options = options,
	.details = "Writes the manifest with the SHA-256 and size of each "
	    "file, and calls 'git tag -s'\nwith it: git and your own key make "
	    "the signature.",
	.example = "tagseal release --project acme-app --policy "
	    "release-signing \\\n    --from https://ci.acme.example/builds/ "
	    "v1.2.3 acme-app-1.2.3.zip",
	.json = true,
	.run = run,
};

/*
 * heartbeat - an administrator's signed word that the commit of the config
 * repo that is checked out is the newest (judge/heartbeat.h).
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/message.h"
#include "cli/repo.h"
#include "judge/chain.h"
#include "judge/heartbeat.h"
#include "sys/clock.h"

#define TAGS	"refs/tags/"

struct saying {
	struct repository	*repo;
	struct config		*config;
	struct heartbeat	 heartbeat;
	struct buf		 name;		/* of the tag */
	struct buf		 message;
};

static void
saying_done(struct saying *s)
{
	buf_done(&s->name);
	buf_done(&s->message);
	config_free(s->config);
	repository_free(s->repo);
}

static bool
read_head(const struct invocation *in, struct saying *s, struct err *e)
{
	struct chain_pin pin;

	if (!repo_head(in, &s->repo, &s->config, &pin, e))
		return false;
	s->heartbeat.commit = pin.commit;
	s->heartbeat.said = clock_now();
	for (size_t i = 0; i < sizeof(pin.manifest_sha256); i++)
		s->heartbeat.manifest_sha256[i] = pin.manifest_sha256[i];
	return true;
}

/* One more than the highest that the clone knows. */
static bool
name_make(struct saying *s, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	const struct ref *refs;
	uint64_t highest = 0, n;
	size_t count;

	if (!refs_list(s->repo, HEARTBEAT_REFS, LIMIT_FETCH_REFS, a, &refs,
	    &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (heartbeat_number(refs[i].name, &n) && n > highest)
			highest = n;
	s->heartbeat.number = highest + 1;
	buf_printf(&s->name, "%s%llu", &HEARTBEAT_REFS[sizeof(TAGS) - 1],
	    (unsigned long long)s->heartbeat.number);
	return true;
}

static void
answer(const struct invocation *in, struct saying *s)
{
	const char *commit = object_id_hex(&s->heartbeat.commit).text;
	struct json *v;

	if (!in->json) {
		printf("says that commit %s is the newest\nmade tag %s: "
		    "git push origin refs/tags/%s\n", commit,
		    buf_cstr(&s->name), buf_cstr(&s->name));
		return;
	}
	v = json_map();
	json_put_text(v, "commit", commit);
	json_put_hex(v, "manifest_sha256", SPAN(s->heartbeat.manifest_sha256));
	json_put_span(v, "tag", buf_span(&s->name));
	cli_answer(v);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(saying_done) struct saying s = { .repo = NULL };

	if (!read_head(in, &s, e) || !name_make(&s, e))
		return -1;
	heartbeat_write(&s.heartbeat, s.config->organization.id, &s.message);
	if (option_given(in, "dry-run")) {
		fwrite(s.message.ptr, 1, s.message.len, stdout);
		return EXIT_YES;
	}
	if (!message_tag(option_text(in, "repo"), buf_cstr(&s.name),
	    buf_span(&s.message), e))
		return -1;
	answer(in, &s);
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "repo", 0, "DIR", "a clone of the config repo (default: the current "
	    "folder)", false },
	{ "dry-run", 0, NULL, "print the tag's message, make no tag", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command heartbeat_command = {
	.name = "heartbeat",
	.summary = "say that the config repo's commit here is the newest",
	.arguments = "",
	.options = options,
	.details = "An engine signs no release by a config repo of which it "
	    "has heard nothing for longer\nthan freshness.stop: its host might "
	    "keep a revocation back. Where nothing changes, an\nadministrator "
	    "says so: 'git tag -s' signs the commit's id, the SHA-256 of its "
	    "files\nand the time, under the next number.",
	.example = "git pull\ntagseal heartbeat\ngit push origin --tags",
	.json = true,
	.run = run,
};

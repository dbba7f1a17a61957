/*
 * endorse - a second administrator's signed word for a commit of the config
 * repo: it names the commit and all of its files, and fits nothing else.
 */
#include <stdlib.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/job.h"
#include "cli/message.h"
#include "cli/repo.h"
#include "config/model.h"
#include "judge/chain.h"

#define TAGS		"refs/tags/"
#define ID_SHORT	12	/* hex digits in the name of a tag */

struct endorsement {
	struct repository	*repo;
	struct config		*config;
	struct chain_pin	 pin;		/* of the commit */
	struct buf		 manifest;	/* its SHA-256 in hex */
	struct buf		 name;		/* of the tag */
	struct buf		 message;
};

static void
endorsement_done(struct endorsement *n)
{
	buf_done(&n->manifest);
	buf_done(&n->name);
	buf_done(&n->message);
	config_free(n->config);
	repository_free(n->repo);
}

/* The prefix is the config repo's own: engines look for tags below it. */
static bool
name_make(const struct invocation *in, struct endorsement *n, struct err *e)
{
	struct span prefix = n->config->organization.endorsements.ref_prefix;
	const char *name;

	if (!option_name(in, &name, e))
		return false;
	if (!span_starts(prefix, TAGS))
		return err_set(e, ERR_USAGE, "endorsements.ref-prefix of "
		    "tagseal.yaml names no tags");
	buf_put(&n->name, span_from(prefix, sizeof(TAGS) - 1));
	buf_printf(&n->name, "%s-%.*s", name, ID_SHORT,
	    object_id_hex(&n->pin.commit).text);
	return true;
}

static void
compose(struct endorsement *n)
{
	text_hex(SPAN(n->pin.manifest_sha256), &n->manifest);
	buf_printf(&n->message, "Endorse\n\ncommit: %s\nmanifest-sha256: %s\n",
	    object_id_hex(&n->pin.commit).text, buf_cstr(&n->manifest));
}

static void
answer(const struct invocation *in, struct endorsement *n)
{
	const char *commit = object_id_hex(&n->pin.commit).text;
	struct json *v;

	if (!in->json) {
		printf("endorses commit %s\nmade tag %s: git push origin "
		    "refs/tags/%s\n", commit, buf_cstr(&n->name),
		    buf_cstr(&n->name));
		return;
	}
	v = json_map();
	json_put_text(v, "commit", commit);
	json_put_span(v, "manifest_sha256", buf_span(&n->manifest));
	json_put_span(v, "tag", buf_span(&n->name));
	cli_answer(v);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(endorsement_done) struct endorsement n = { .repo = NULL };

	/* What is not sound as a whole is not endorsed. */
	if (!repo_head(in, &n.repo, &n.config, &n.pin, e) ||
	    !name_make(in, &n, e))
		return -1;
	compose(&n);
	if (option_given(in, "dry-run")) {
		fwrite(n.message.ptr, 1, n.message.len, stdout);
		return EXIT_YES;
	}
	if (!message_tag(option_text(in, "repo"), buf_cstr(&n.name),
	    buf_span(&n.message), e))
		return -1;
	answer(in, &n);
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "name", 0, "SLUG", "part of the tag's name (default: $USER)",
	    false },
	{ "repo", 0, "DIR", "a clone of the config repo (default: the current "
	    "folder)", false },
	{ "dry-run", 0, NULL, "print the tag's message, make no tag", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command endorse_command = {
	.name = "endorse",
	.summary = "endorse the commit of the config repo that is checked out",
	.arguments = "",
	.options = options,
	.details = "Where a change needs several administrators, one makes the "
	    "commit and the others\nendorse it: 'git tag -s' signs a message "
	    "with the commit's id and the SHA-256 of\nall its files. Read the "
	    "change first, and ask 'tagseal check --range' what it needs.\nA "
	    "signed merge of a colleague's commit says the same.",
	.example = "git pull && git show HEAD\ntagseal endorse\n"
	    "git push origin --tags",
	.json = true,
	.run = run,
};

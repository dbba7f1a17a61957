/* check - is a config repo sound, and would an engine follow its commits. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/check.h"
#include "cli/repo.h"
#include "cli/walk.h"
#include "judge/chain.h"
#include "judge/heartbeat.h"
#include "sys/clock.h"

static const struct option_row options[] = {
	{ "range", 0, "A..B", "judge the commits after A up to B as the engine "
	    "would; without A, all after the pinned root", false },
	WALK_OPTIONS,
	{ "endorsement", 0, "TAG", "an endorsing tag, by its object id where "
	    "no ref names it yet", true },
	{ "allow-pending", 0, NULL, "say yes to a last commit that only waits "
	    "for more signatures", false },
	{ "repo", 0, "DIR", "the repository (default: the current folder)",
	    false },
	{ "folder", 0, NULL, "look at the files of a working folder, not at "
	    "the last commit", false },
	{ NULL, 0, NULL, NULL, false },
};

/* ---- one state ---- */
struct json *
check_errors(const struct config_errors *errors)
{
	struct json *list = json_list();

	for (size_t i = 0; i < errors->count; i++) {
		const struct config_error *one = &errors->items[i];
		struct json *v = json_map();

		json_put_text(v, "file", one->at.file);
		json_put_int(v, "line", one->at.line);
		json_put_int(v, "column", one->at.column);
		json_put_err(v, "error", &one->e);
		json_add(list, v);
	}
	return list;
}

static struct json *
heartbeat_json(const struct heartbeat *h)
{
	struct json *v = json_map();
	char at[TEXT_TIME_SIZE];

	if (h->number > 0) {
		text_time(h->said, at);
		json_put_int(v, "number", (int64_t)h->number);
		json_put_span(v, "signer", h->signer);
		json_put_text(v, "said", at);
	}
	return v;
}

static void
heartbeat_print(const struct heartbeat *h)
{
	int64_t age = clock_now() - h->said;

	if (h->number == 0)
		printf("heartbeat: none of this commit\n");
	else
		printf("heartbeat: number %llu by %s, %s ago\n",
		    (unsigned long long)h->number, text_show(h->signer).text,
		    text_show_duration(age > 0 ? (uint64_t)age / 1000 : 0).
		    text);
}

int
check_state(const struct invocation *in, const char *what,
    const struct config *c, const struct config_errors *errors,
    const struct heartbeat *h)
{
	if (in->json) {
		struct json *v = json_map();

		json_put_bool(v, "sound", c != NULL);
		json_put(v, "errors", check_errors(errors));
		if (h != NULL)
			json_put(v, "heartbeat", heartbeat_json(h));
		cli_answer(v);
	} else if (c != NULL) {
		printf("sound: %s (%zu people, %zu projects)\n", what,
		    c->people.count, c->projects.count);
		if (h != NULL)
			heartbeat_print(h);
	} else {
		config_errors_print(stdout, errors, in->colour);
		printf("unsound: %s (%zu errors)\n", what, errors->count);
	}
	return c != NULL ? EXIT_YES : err_exit_code(ERR_KIND_CONFIG);
}

static int
check_folder(const struct invocation *in, const char *folder, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config *c = NULL;

	if (!repo_folder(folder, &c, &errors, e) && errors.count == 0)
		return -1;
	int code = check_state(in, folder, c, &errors, NULL);
	config_free(c);
	return code;
}

/* The last heartbeat of the commit that is looked at; number 0: none. */
static bool
find_heartbeat(struct repository *r, const struct config *c,
    const struct object_id *commit, struct arena *a, struct heartbeat *out,
    struct err *e)
{
	CLEANUP(openpgp_done) struct openpgp openpgp = OPENPGP_NONE;
	struct verifier_source source = { openpgp_open, &openpgp };
	struct heartbeat_look look = { .repository = r, .now = clock_now() };
	struct signers signers;
	struct chain_pin pin;
	bool found;

	if (!refs_list(r, HEARTBEAT_REFS, LIMIT_FETCH_REFS, a, &look.refs,
	    &look.count, e) || !chain_pin_of(r, commit, &pin, e))
		return false;
	signers_init(&signers, c, &source);
	look.signers = &signers;
	look.commit = commit;
	look.manifest = pin.manifest_sha256;
	bool ok = heartbeat_find(&look, a, out, &found, e);
	signers_done(&signers);
	if (ok && !found)
		out->number = 0;
	return ok;
}

static int
check_head(const struct invocation *in, struct repository *r, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	CLEANUP(config_done) struct config *c = NULL;
	struct object_id commit, tree;
	struct heartbeat h = { .number = 0 };

	if (!repo_commit(r, "HEAD", &commit, e) ||
	    !repo_tree(r, &commit, &tree, e))
		return -1;
	if (config_load(r, &tree, &c, &errors) &&
	    !find_heartbeat(r, c, &commit, a, &h, e))
		return -1;
	return check_state(in, object_id_hex(&commit).text, c, &errors, &h);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(repository_done) struct repository *r = NULL;
	const char *range = option_text(in, "range");
	const char *repo = option_text(in, "repo");
	const char *folder = in->count > 0 ? in->arguments[0] :
	    repo != NULL ? repo : ".";

	if (in->count > 0 && repo != NULL) {
		err_set(e, ERR_USAGE, "--repo and DIR both name a folder");
		return -1;
	}
	if (option_given(in, "folder") && range != NULL) {
		err_set(e, ERR_USAGE, "--range judges commits, --folder files");
		return -1;
	}
	if (option_given(in, "folder"))
		return check_folder(in, folder, e);
	if (!repository_find_environment(folder, &r, e))
		return -1;
	return range != NULL ? check_range(in, r, range, e) :
	    check_head(in, r, e);
}

const struct command check_command = {
	.name = "check",
	.summary = "check a config repo, or the commits of one",
	.arguments = "[DIR]",
	.least = 0,
	.most = 1,
	.options = options,
	.details = "Reads the config repo as its last commit has it and lists "
	    "every error of every file.\nWith --range, each commit is judged "
	    "by the state before it, as the engine does it: who\nsigned it, "
	    "which files it changes, and by which rule that is allowed or not. "
	    "The walk\nbegins at the pinned root, so A must be a state that an "
	    "engine would have come to;\nwithout pins A is taken as it is. It "
	    "ends at the first commit that is not allowed, and\nsays which "
	    "ones were not judged. With --ledger the answer is the same years "
	    "later,\nalso if endorsing tags were deleted meanwhile.\nIn a "
	    "hook, what is being pushed is seen as well.\nExit code 0: sound "
	    "(and followed to the end), 1: a commit is refused or waits for\n"
	    "more signatures, 4: unsound, 6: the branch was rewritten.",
	.example = "tagseal check\n"
	    "tagseal check --folder .\n"
	    "tagseal check --range origin/main..HEAD\n"
	    "tagseal check --range ..main --trust trust.yaml --ledger "
	    "../ledger",
	.json = true,
	.run = run,
};

/* check - is a config repo sound, and would an engine follow its commits. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/openpgp.h"
#include "cli/repo.h"
#include "judge/chain.h"
#include "judge/heartbeat.h"
#include "sys/clock.h"

static const struct option_row options[] = {
	{ "range", 0, "A..B", "judge the commits after A up to B as the engine "
	    "would, A being trusted", false },
	{ "repo", 0, "DIR", "the repository (default: the current folder)",
	    false },
	{ "folder", 0, NULL, "look at the files of a working folder, not at "
	    "the last commit", false },
	{ NULL, 0, NULL, NULL, false },
};

/* ---- one state ---- */
static struct json *
errors_json(const struct config_errors *errors)
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

/* Folders have no heartbeat: NULL. */
static int
answer_state(const struct invocation *in, const char *what,
    const struct config *c, const struct config_errors *errors,
    const struct heartbeat *h)
{
	if (in->json) {
		struct json *v = json_map();

		json_put_bool(v, "sound", c != NULL);
		json_put(v, "errors", errors_json(errors));
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
	int code = answer_state(in, folder, c, &errors, NULL);
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
	return answer_state(in, object_id_hex(&commit).text, c, &errors, &h);
}

/* ---- a chain ---- */
static void
print_verdict(const struct chain_verdict *v)
{
	printf("%-8s %.12s  %s  %s\n", chain_outcome_name(v->outcome),
	    object_id_hex(&v->commit).text, v->signer.len > 0 ?
	    text_show(v->signer).text : "-", text_show(v->subject).text);
	for (size_t i = 0; i < v->decision.findings.count; i++) {
		const struct finding *f = &v->decision.findings.items[i];

		printf("  %-6s %s%s%s%s\n", f->met ? "met" : "unmet",
		    text_show(f->text).text, f->met ? "" : " (",
		    f->met ? "" : f->row->code, f->met ? "" : ")");
	}
	if (v->error != NULL)
		err_print(stdout, v->error, false);
}

static struct json *
verdict_json(const struct chain_verdict *v)
{
	struct json *map = json_map(), *list = json_list();

	json_put_text(map, "commit", object_id_hex(&v->commit).text);
	json_put_text(map, "outcome", chain_outcome_name(v->outcome));
	json_put_span(map, "signer", v->signer);
	json_put_hex(map, "manifest_sha256", SPAN(v->manifest_sha256));
	for (size_t i = 0; i < v->decision.findings.count; i++) {
		const struct finding *f = &v->decision.findings.items[i];
		struct json *one = json_map();

		json_put_text(one, "rule", f->rule);
		json_put_bool(one, "met", f->met);
		if (f->row != NULL)
			json_put_text(one, "code", f->row->code);
		json_put_span(one, "text", f->text);
		json_add(list, one);
	}
	json_put(map, "findings", list);
	if (v->error != NULL)
		json_put_err(map, "error", v->error);
	return map;
}

static int
answer_chain(const struct invocation *in, const struct chain *c)
{
	const struct config_errors *errors = chain_errors(c);
	struct json *list = json_list();
	bool good = true;
	size_t count;

	const struct chain_verdict *all = chain_verdicts(c, &count);
	for (size_t i = 0; i < count; i++) {
		good = good && all[i].outcome == CHAIN_ALLOWED;
		if (!in->json)
			print_verdict(&all[i]);
		json_add(list, verdict_json(&all[i]));
	}
	if (in->json) {
		struct json *v = json_map();

		json_put_bool(v, "allowed", good);
		json_put(v, "commits", list);
		json_put(v, "errors", errors_json(errors));
		cli_answer(v);
	} else {
		json_release(list);
		config_errors_print(stdout, errors, in->colour);
		printf("the engine would follow this to %.12s\n",
		    object_id_hex(chain_commit(c)).text);
	}
	if (errors->count > 0)
		return err_exit_code(ERR_KIND_CONFIG);
	return good ? EXIT_YES : EXIT_NO;
}

/* All endorsing tags of the repository. */
static bool
find_endorsements(struct repository *r, const struct config *c,
    struct arena *arena, struct chain_look *look, struct err *e)
{
	const char *prefix = arena_text(arena,
	    c->organization.endorsements.ref_prefix);
	const struct ref *refs;
	size_t count;

	if (prefix == NULL)
		return err_budget(e, arena);
	if (!refs_list(r, prefix, LIMIT_ENDORSEMENTS, arena, &refs, &count, e))
		return false;
	struct object_id *ids = ARENA_ARRAY(arena, struct object_id, count + 1);
	if (ids == NULL)
		return err_budget(e, arena);
	for (size_t i = 0; i < count; i++)
		ids[i] = refs[i].id;
	look->endorsements = ids;
	look->endorsement_count = count;
	return true;
}

static bool
range_ends(struct repository *r, const char *range, struct arena *arena,
    struct object_id *from, struct object_id *to, struct err *e)
{
	struct span text = span_text(range);
	size_t dots = span_find(text, SPAN_TEXT(".."));
	const char *a, *b;

	if (dots == SIZE_MAX || dots == 0 || dots + 2 >= text.len)
		return err_set(e, ERR_USAGE, "--range wants A..B, not '%s'",
		    text_show(text).text);
	a = arena_text(arena, (struct span){ text.ptr, dots });
	b = arena_text(arena, span_from(text, dots + 2));
	if (a == NULL || b == NULL)
		return err_budget(e, arena);
	return repo_commit(r, a, from, e) && repo_commit(r, b, to, e);
}

static int
check_range(const struct invocation *in, struct repository *r,
    const char *range, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(arena_done) struct arena *arena = arena_new(LIMIT_TREE_MEMORY);
	CLEANUP(openpgp_done) struct openpgp openpgp = OPENPGP_NONE;
	CLEANUP(chain_done) struct chain *c = NULL;
	struct verifier_source source = { openpgp_open, &openpgp };
	struct chain_look look = { .now = clock_now() };
	struct object_id from;
	struct chain_pin pin;

	if (!range_ends(r, range, arena, &from, &look.head, e) ||
	    !chain_pin_of(r, &from, &pin, e))
		return -1;
	if (!chain_open(r, &pin, &source, &c, &errors, e)) {
		if (errors.count == 0)
			return -1;
		return answer_state(in, object_id_hex(&from).text, NULL,
		    &errors, NULL);
	}
	if (!find_endorsements(r, chain_config(c), arena, &look, e) ||
	    !chain_advance(c, &look, e))
		return -1;
	return answer_chain(in, c);
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
	    "by the state before it, as the engine does it.\nExit code 0: "
	    "sound (and followed to the end), 1: a commit is refused or waits "
	    "for\nmore signatures, 4: unsound.",
	.example = "tagseal check\n"
	    "tagseal check --folder .\n"
	    "tagseal check --range origin/main..HEAD",
	.json = true,
	.run = run,
};

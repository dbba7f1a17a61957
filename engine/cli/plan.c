/*
 * plan - what the engine would say to a release ref, or do to one artifact
 * (plan_artifact.c); no key is touched.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/configuration.h"
#include "cli/plan.h"
#include "cli/repo.h"
#include "cli/walk.h"
#include "judge/refs.h"
#include "sys/clock.h"

#define BRANCHES_MAX	LIMIT_FETCH_REFS

static const struct option_row options[] = {
	{ "config", 0, "DIR", "a clone of the config repo; without pins its "
	    "last commit is taken as it is", false },
	{ "repo", 0, "DIR", "the project's repository (default: the current "
	    "folder)", false },
	{ "project", 0, "SLUG", "whose repository it is (default: the only "
	    "project there is)", false },
	{ "since", 0, "REF", "the last release: commits up to it are not "
	    "looked at", false },
	{ "as-is", 0, NULL, "try the config repo's last commit, even if it "
	    "does not count yet", false },
	WALK_OPTIONS,
	CONFIGURATION_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

struct planning {
	const struct invocation	*in;
	struct repository	*config_repo;
	struct repository	*repo;
	struct walk		 walk;		/* with pins */
	const struct chain_verdict *pending;	/* it does not count yet */
	struct config		*taken;		/* without */
	struct signers		 taken_signers;
	struct object_id	 commit;	/* whose state it is: */
	const struct config	*config;
	struct signers		*signers;
	struct arena		*arena;
	struct release		 release;
	struct decision		 decision;	/* about the ref */
	struct decision		 approvals;	/* if it is a request */
};

static void
planning_done(struct planning *p)
{
	signers_done(&p->taken_signers);
	config_free(p->taken);
	walk_done(&p->walk);
	repository_free(p->repo);
	repository_free(p->config_repo);
	arena_free(p->arena);
}

/* ---- the config repo ---- */

/* Nobody vouches for its last commit. */
static bool
config_take(struct planning *p, const char *folder, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct walk *w = &p->walk;
	struct object_id tree;

	if (w->timed)
		return err_set(e, ERR_USAGE, "--ledger is for a config repo "
		    "whose root is pinned, and not taken as it is");
	if (!repo_tree(p->config_repo, &p->commit, &tree, e))
		return false;
	if (!config_load(p->config_repo, &tree, &p->taken, &errors)) {
		err_set(e, ERR_CHAIN_UNSOUND, "%zu errors: %s", errors.count,
		    errors.items[0].e.text);
		return err_hint(e, "tagseal check %s lists them all", folder);
	}
	w->source = (struct verifier_source){ openpgp_open, &w->openpgp };
	signers_init(&p->taken_signers, p->taken, &w->source);
	p->config = p->taken;
	p->signers = &p->taken_signers;
	return walk_check_id(w, p->config->organization.id, e);
}

/* Why an engine does not go on behind the last good state. */
static bool
config_refused(const struct planning *p, const struct chain_verdict *v,
    struct err *e)
{
	const struct finding *f = v->decision.findings.items;
	const struct finding *end = f + v->decision.findings.count;

	while (v->error == NULL && f < end && f->met)
		f++;
	assert(v->error != NULL || f < end);
	if (v->error != NULL)
		*e = *v->error;
	else
		err_set(e, err_code_of(f->row), "%s", text_show(f->text).text);
	err_at(e, "commit %.12s", object_id_hex(&v->commit).text);
	return err_hint(e, "no engine follows it: 'tagseal check --range "
	    "..HEAD' there says more%s", p->walk.timed ? "" : "; keys were "
	    "judged by today's clock: with --ledger, by when the engine saw "
	    "the commit");
}

/* As far as an engine would follow: what only waits does not count yet. */
static bool
config_follow(struct planning *p, struct err *e)
{
	struct walk *w = &p->walk;
	const struct chain_verdict *all, *last;
	const struct fold_recovery *recovered;
	size_t count;

	if (!walk_begin_pinned(w, e) ||
	    !walk_recover(w, &p->commit, &recovered, e))
		return false;
	w->look.head = p->commit;
	if (!chain_advance(w->chain, &w->look, e))
		return false;
	all = chain_verdicts(w->chain, &count);
	last = count == 0 ? NULL : &all[count - 1];
	if (last != NULL && last->outcome == CHAIN_REFUSED)
		return config_refused(p, last, e);
	if (last != NULL && last->outcome == CHAIN_PENDING)
		p->pending = last;
	p->commit = *chain_commit(w->chain);
	p->config = chain_config(w->chain);
	p->signers = chain_signers(w->chain);
	return true;
}

static bool
config_find(struct planning *p, const char *folder, struct err *e)
{
	if (!repository_find(folder, &p->config_repo, e) ||
	    !repo_commit(p->config_repo, "HEAD", &p->commit, e) ||
	    !walk_read(&p->walk, p->in, p->config_repo, e) ||
	    !(p->walk.pinned && !option_given(p->in, "as-is") ?
	    config_follow(p, e) : config_take(p, folder, e)))
		return err_at(e, "%s", folder);
	return true;
}

/* ---- the release ---- */

static bool
find_project(const struct planning *p, struct span *slug, struct err *e)
{
	const char *named = option_text(p->in, "project");

	if (named == NULL && p->config->projects.count != 1)
		return err_set(e, ERR_USAGE, "there are %zu projects: name "
		    "one with --project", p->config->projects.count);
	*slug = named != NULL ? span_text(named) :
	    p->config->projects.items[0].slug;
	if (config_project(p->config, *slug) != NULL)
		return true;
	return err_set(e, ERR_REF_PROJECT_UNKNOWN, "there is no project "
	    "\"%s\"", text_show(*slug).text);
}

/* A full name, or that of a tag or branch. */
static bool
find_ref(struct planning *p, const char *name, struct release_look *look,
    struct err *e)
{
	static const char *const prefixes[] = { "", "refs/tags/",
		"refs/heads/" };

	for (size_t i = 0; i < COUNT(prefixes); i++) {
		char *full = arena_printf(p->arena, "%s%s", prefixes[i], name);

		if (full == NULL)
			return err_budget(e, p->arena);
		look->ref = span_text(full);
		if ((i > 0 || strncmp(name, "refs/", 5) == 0) &&
		    ref_read(p->repo, full, &look->object, e))
			return true;
	}
	return err_set(e, ERR_GIT_REF_MISSING, "there is no tag or branch "
	    "\"%s\"", text_show(span_text(name)).text);
}

static bool
read_release(struct planning *p, const char *ref, struct err *e)
{
	struct release_look look = { .seen = clock_now() };
	const char *since = option_text(p->in, "since");
	const char *folder = option_text(p->in, "repo");
	struct object_id base;

	if (!find_project(p, &look.project, e) ||
	    !repository_find(folder == NULL ? "." : folder, &p->repo, e) ||
	    !find_ref(p, ref, &look, e) ||
	    !refs_list(p->repo, "refs/heads/", BRANCHES_MAX, p->arena,
	    &look.branches, &look.branch_count, e))
		return false;
	if (since != NULL) {
		if (!repo_commit(p->repo, since, &base, e))
			return false;
		look.base = &base;
	}
	if (!release_read(p->repo, p->signers, &look, p->arena,
	    &p->release, e))
		return false;
	p->release.facts.now = look.seen;
	p->release.facts.provenance_later = true;
	return release_decide(p->config, &p->release.facts, p->arena,
	    &p->decision, e);
}

/* What would sign; NULL: no policy was found. */
static const struct certificate *
certificate_now(const struct planning *p)
{
	return p->decision.policy == NULL ? NULL : policy_certificate(
	    p->config, p->decision.policy, p->release.facts.now);
}

/* Who would have to approve: the same decision that the engine makes. */
static bool
ask_approvals(struct planning *p, struct err *e)
{
	struct request_facts f = { .now = clock_now() };

	if (p->decision.outcome == OUTCOME_REFUSED)
		return true;
	f.project = p->decision.project->slug;
	f.policy = p->decision.policy->slug;
	f.submitter = p->decision.submitter;
	f.authors = p->release.authors;
	f.created = f.now;
	f.certificate = certificate_now(p)->slug;
	return request_decide(p->config, &f, p->arena, &p->approvals, e);
}

static void
print_config(const struct planning *p)
{
	struct object_id_hex hex = object_id_hex(&p->commit);

	if (p->taken != NULL) {
		printf("unverified: the config repo is taken as it is%s\n",
		    p->walk.pinned ? "" : ", no root of it is pinned");
		return;
	}
	printf("verified: the config repo up to %.12s\n", hex.text);
	if (p->pending != NULL)
		printf("not in force: %.12s, which waits for more "
		    "signatures\n", object_id_hex(&p->pending->commit).text);
}

static void
print_plan(const struct planning *p)
{
	CLEANUP(buf_done) struct buf out = { 0 };
	const struct manifest *m = p->release.facts.manifest;
	bool refused = p->decision.outcome == OUTCOME_REFUSED;

	print_config(p);
	printf("%s: ", text_show(p->release.facts.ref).text);
	if (refused)
		buf_text(&out, "refused\n");
	else
		decision_print(&p->approvals, &out);
	for (size_t i = 0; m != NULL && i < m->artifacts.count; i++)
		buf_printf(&out, "  signs  %s (%s), configuration %s\n",
		    text_show(m->artifacts.items[i].name).text,
		    text_show_size(m->artifacts.items[i].size).text,
		    text_show(m->artifacts.items[i].configuration).text);
	fwrite(out.ptr, 1, out.len, stdout);
	out.len = 0;
	if (certificate_now(p) != NULL)
		plan_certificate_print(certificate_now(p),
		    p->release.facts.now);
	decision_print(&p->decision, &out);
	struct span rest = buf_span(&out), line;
	for (bool first = true; span_line(&rest, &line); first = false)
		if (!first)
			printf("%.*s\n", (int)line.len,
			    (const char *)line.ptr);
}

static int
answer(const struct planning *p)
{
	bool refused = p->decision.outcome == OUTCOME_REFUSED;
	struct json *v;

	if (!p->in->json) {
		print_plan(p);
		return refused ? EXIT_NO : EXIT_YES;
	}
	v = json_map();
	json_put_bool(v, "verified", p->taken == NULL);
	json_put_text(v, "config", object_id_hex(&p->commit).text);
	if (p->pending != NULL)
		json_put_text(v, "pending",
		    object_id_hex(&p->pending->commit).text);
	json_put_span(v, "ref", p->release.facts.ref);
	json_put_text(v, "outcome", outcome_name(refused ? OUTCOME_REFUSED :
	    p->approvals.outcome));
	if (certificate_now(p) != NULL)
		json_put(v, "certificate", plan_certificate_json(
		    certificate_now(p), p->release.facts.now));
	json_put(v, "release", decision_json(&p->decision));
	if (!refused)
		json_put(v, "approvals", decision_json(&p->approvals));
	cli_answer(v);
	return refused ? EXIT_NO : EXIT_YES;
}

static int
plan_ref(const struct invocation *in, struct err *e)
{
	CLEANUP(planning_done) struct planning p = { .in = in,
	    .walk = WALK_NONE, .arena = arena_new(LIMIT_CHAIN_MEMORY) };
	const char *config;

	if (!option_need(in, "config", &config, e) ||
	    !config_find(&p, config, e) ||
	    !read_release(&p, in->arguments[0], e) || !ask_approvals(&p, e))
		return -1;
	return answer(&p);
}

static int
run(const struct invocation *in, struct err *e)
{
	if (!option_given(in, "configuration"))
		return plan_ref(in, e);
	if (!option_given(in, "config"))
		return plan_artifact(in, e);
	err_set(e, ERR_USAGE, "--config is for a ref, --configuration for an "
	    "artifact: give one of them");
	return -1;
}

const struct command plan_command = {
	.name = "plan",
	.summary = "tell what the engine would do to a release tag or a file",
	.arguments = "REF|ARTIFACT",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "With --config: judges a tag or release branch by all rules "
	    "of its policy, as the\nengine does, and says who would have to "
	    "approve. Where its root is pinned, the config\nrepo is followed "
	    "from there as far as an engine would; with --ledger, by the times "
	    "at\nwhich the engine saw its commits. With --configuration: shows "
	    "each file inside an\nartifact, the element that it matches, and "
	    "what would be signed with what. Nothing is\nsigned, pushed or "
	    "written.\nExit code 0: it would be accepted, 1: refused; 6: the "
	    "config repo is not the pinned one.",
	.example = "tagseal plan --config ../config --project acme-app v1.2.3\n"
	    "tagseal plan --configuration default.yaml --parameter "
	    "version=1.2.3 \\\n    acme-app-1.2.3.zip",
	.json = true,
	.run = run,
};

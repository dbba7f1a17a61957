/*
 * release - the rules of a release ref, in their order. All are asked, so that
 * a person mends everything at once; a rule that rests on another one that was
 * not met is left out.
 */
#include <string.h>

#include "artifact/glob.h"
#include "base/limits.h"
#include "base/text.h"
#include "policy/certificates.h"
#include "policy/provenance.h"

struct release {
	struct judging			 j;
	const struct release_facts	*f;
	const struct person		*signer;
	const struct project		*project;
	const struct policy		*policy;
	const struct certificate	*certificate;	/* that signs now */
};

/* ---- the ref itself ---- */
static void
rule_kind(struct release *r, const char *rule)
{
	static const char *const words[] = {
		[REF_ANNOTATED_TAG] = "an annotated tag",
		[REF_SIGNED_COMMIT] = "a branch whose head is signed",
		[REF_LIGHTWEIGHT_TAG] = "a lightweight tag",
		[REF_TAG_OF_TAG] = "a tag of another tag",
	};
	struct shown ref = text_show(r->f->ref);

	if (r->f->kind == REF_ANNOTATED_TAG || r->f->kind == REF_SIGNED_COMMIT)
		finding_met(&r->j, rule, "\"%s\" is %s", ref.text,
		    words[r->f->kind]);
	else
		finding_unmet(&r->j, rule, ERR_REF_KIND, "\"%s\" is %s",
		    ref.text, words[r->f->kind]);
}

/* A tag object can be pushed under any name: only its own one counts. */
static void
rule_name(struct release *r, const char *rule)
{
	struct span own = span_starts(r->f->ref, "refs/tags/") ?
	    span_from(r->f->ref, strlen("refs/tags/")) : r->f->ref;

	if (r->f->kind != REF_SIGNED_COMMIT && r->f->header_name.len == 0)
		return;		/* no tag: other rules say so */
	if (r->f->kind == REF_SIGNED_COMMIT ||
	    span_eq(own, r->f->header_name))
		finding_met(&r->j, rule, "the signed name is the ref's");
	else
		finding_unmet(&r->j, rule, ERR_REF_NAME, "the ref is called "
		    "\"%s\", but \"%s\" was signed", text_show(own).text,
		    text_show(r->f->header_name).text);
}

static void
rule_size(struct release *r, const char *rule)
{
	if (r->f->size <= LIMIT_SIGNED_OBJECT)
		finding_met(&r->j, rule, "the object has %llu bytes",
		    (unsigned long long)r->f->size);
	else
		finding_unmet(&r->j, rule, ERR_REF_SIZE, "the object has "
		    "%llu bytes, more than %llu",
		    (unsigned long long)r->f->size,
		    (unsigned long long)LIMIT_SIGNED_OBJECT);
}

static void
rule_signer(struct release *r, const char *rule)
{
	r->signer = signature_judge(&r->j, rule, &r->f->signature);
	if (r->signer == NULL)
		return;
	r->j.decision->submitter = r->signer->slug;
	finding_met(&r->j, rule, "signed by %s (%s)",
	    text_show(r->signer->slug).text, text_show(r->signer->name).text);
}

static void
rule_manifest(struct release *r, const char *rule)
{
	if (r->f->manifest != NULL)
		finding_met(&r->j, rule, "the manifest names %zu artifacts",
		    r->f->manifest->artifacts.count);
	else if (r->f->manifest_error == NULL)
		finding_unmet(&r->j, rule, ERR_REF_MANIFEST,
		    "there is no manifest");
	else {
		finding_unmet(&r->j, rule, ERR_REF_MANIFEST, "%s",
		    r->f->manifest_error->text);
		finding_cause(&r->j, r->f->manifest_error->what);
	}
}

/* ---- what the manifest asks for ---- */
static void
rule_project(struct release *r, const char *rule)
{
	const struct project *p = config_project(r->j.config, r->f->project);
	struct span named = r->f->manifest->project;

	if (p == NULL) {
		finding_unmet(&r->j, rule, ERR_REF_PROJECT_UNKNOWN,
		    "there is no project \"%s\"",
		    text_show(r->f->project).text);
		return;
	}
	if (!span_eq(named, p->slug)) {
		finding_unmet(&r->j, rule, ERR_REF_PROJECT, "the manifest is "
		    "for project \"%s\", this repository is \"%s\"'s",
		    text_show(named).text, text_show(p->slug).text);
		return;
	}
	r->project = r->j.decision->project = p;
	finding_met(&r->j, rule, "the manifest is for project \"%s\"",
	    text_show(p->slug).text);
}

static void
rule_policy(struct release *r, const char *rule)
{
	struct shown name = text_show(r->f->manifest->policy);
	const struct policy *p = project_policy(r->project,
	    r->f->manifest->policy);

	if (p == NULL) {
		finding_unmet(&r->j, rule, ERR_REF_POLICY_UNKNOWN,
		    "project \"%s\" has no policy \"%s\"",
		    text_show(r->project->slug).text, name.text);
		return;
	}
	r->policy = r->j.decision->policy = p;
	for (size_t i = 0; i < p->refs.count; i++)
		if (glob_match(p->refs.items[i], r->f->ref, 0)) {
			finding_met(&r->j, rule, "policy \"%s\" takes \"%s\"",
			    name.text, text_show(p->refs.items[i]).text);
			return;
		}
	finding_unmet(&r->j, rule, ERR_REF_PATTERN, "policy \"%s\" takes no "
	    "ref \"%s\"", name.text, text_show(r->f->ref).text);
	finding_hint(&r->j, "it takes: %s", p->refs.count > 0 ?
	    text_show(p->refs.items[0]).text : "none");
}

static void
rule_submitter(struct release *r, const char *rule)
{
	struct shown slug = text_show(r->signer->slug);
	struct shown policy = text_show(r->policy->slug);

	if (principals_hold(r->j.config, &r->policy->submitters, r->signer))
		finding_met(&r->j, rule, "%s may submit to policy \"%s\"",
		    slug.text, policy.text);
	else
		finding_unmet(&r->j, rule, ERR_REF_SUBMITTER, "%s may not "
		    "submit to policy \"%s\"", slug.text, policy.text);
}

/* ---- origin ---- */
static void
rule_branch(struct release *r, const char *rule)
{
	const struct text_list *allowed = &r->policy->origin.branches;

	if (allowed->count == 0) {
		finding_met(&r->j, rule, "the policy allows any branch");
		return;
	}
	for (size_t i = 0; i < r->f->branches.count; i++)
		for (size_t k = 0; k < allowed->count; k++)
			if (glob_match(allowed->items[k],
			    r->f->branches.items[i], 0)) {
				finding_met(&r->j, rule, "the commit is "
				    "reachable from \"%s\"", text_show(
				    r->f->branches.items[i]).text);
				return;
			}
	finding_unmet(&r->j, rule, ERR_REF_BRANCH, "commit %.12s is not "
	    "reachable from a branch that the policy allows",
	    text_show(r->f->commit).text);
	finding_hint(&r->j, "merge the commit into \"%s\", push, and make the "
	    "tag again", text_show(allowed->items[0]).text);
}

static bool
is_declared(const struct project *p, struct span path)
{
	for (size_t i = 0; i < p->submodules.count; i++)
		if (span_eq(p->submodules.items[i], path))
			return true;
	return false;
}

/* Their contents are no commits of this repository: nobody signed for them. */
static void
rule_submodules(struct release *r, const char *rule)
{
	const struct err *why = r->f->tree_error;
	bool good = why == NULL;

	if (!good) {
		finding_unmet(&r->j, rule, ERR_REF_SUBMODULE, "the tree "
		    "cannot be looked through: %s", why->text);
		finding_cause(&r->j, why->what);
	}
	for (size_t i = 0; i < r->f->submodules.count; i++) {
		struct span path = r->f->submodules.items[i];

		if (!is_declared(r->project, path))
			good = finding_unmet(&r->j, rule, ERR_REF_SUBMODULE,
			    "\"%s\" is a submodule, which project \"%s\" "
			    "does not declare", text_show(path).text,
			    text_show(r->project->slug).text);
	}
	if (good)
		finding_met(&r->j, rule, "all of its %zu submodules are "
		    "declared", r->f->submodules.count);
}

static void
rule_commits(struct release *r, const char *rule)
{
	bool good = true;

	/* The loader couples them; a request may be older than that. */
	if (!r->policy->origin.signed_commits &&
	    !policy_needs_authors(r->policy)) {
		finding_met(&r->j, rule,
		    "the policy does not ask for signed commits");
		return;
	}
	for (size_t i = 0; i < r->f->commits.count; i++) {
		const struct commit_fact *c = &r->f->commits.items[i];
		size_t before = r->j.decision->findings.count;

		if (signature_judge(&r->j, rule, &c->signature) != NULL)
			continue;
		good = false;
		if (r->j.decision->findings.count > before)
			finding_hint(&r->j, "commit %.12s: make the branch "
			    "anew with signed commits, and tag that; merging "
			    "it by a signed merge does not sign it",
			    text_show(c->id).text);
	}
	if (good)
		finding_met(&r->j, rule, "known people signed all %zu commits "
		    "since the last release", r->f->commits.count);
}

/*
 * Of two people the first must be known: whoever made an unsigned commit might
 * be the second.
 */
static bool
is_reviewed(struct release *r, const char *rule, const struct commit_fact *c)
{
	const struct person *first = c->signature.good ?
	    config_key_holder(r->j.config, c->signature.key, NULL) : NULL;
	const struct person *second;

	if (first == NULL)
		return finding_unmet(&r->j, rule, ERR_ORIGIN_REVIEW,
		    "nobody knows who made commit %.12s",
		    text_show(c->id).text);
	/* What it brings in is judged commit by commit. */
	if (c->clean)
		return true;
	second = c->review.good ? signature_judge(&r->j, rule, &c->review) :
	    NULL;
	if (second == NULL || second->kind != PERSON_HUMAN || second == first)
		return finding_unmet(&r->j, rule, ERR_ORIGIN_REVIEW,
		    "no second person signed for commit %.12s",
		    text_show(c->id).text);
	return true;
}

static void
rule_review(struct release *r, const char *rule)
{
	bool good = true;

	if (!r->policy->origin.reviewed) {
		finding_met(&r->j, rule,
		    "the policy does not ask for a second person");
		return;
	}
	for (size_t i = 0; i < r->f->commits.count; i++)
		good = is_reviewed(r, rule, &r->f->commits.items[i]) && good;
	if (good)
		finding_met(&r->j, rule, "a second person signed for all %zu "
		    "commits", r->f->commits.count);
}

static void
rule_provenance(struct release *r, const char *rule)
{
	provenance_judge(&r->j, rule, r->f, r->project, r->policy);
}

/* ---- what is signed ---- */
static void
rule_replay(struct release *r, const char *rule)
{
	if (r->f->seen_object.len == 0 ||
	    span_eq(r->f->seen_object, r->f->object))
		finding_met(&r->j, rule, "the ref was never another object");
	else
		finding_unmet(&r->j, rule, ERR_REF_MOVED, "\"%s\" was %.12s "
		    "before and is %.12s now", text_show(r->f->ref).text,
		    text_show(r->f->seen_object).text,
		    text_show(r->f->object).text);
}

/* Whoever can push can bring a signed object back, under any ref. */
static void
rule_once(struct release *r, const char *rule)
{
	if (r->f->asked.len == 0)
		finding_met(&r->j, rule, "nothing was asked for by these "
		    "signed bytes before");
	else
		finding_unmet(&r->j, rule, ERR_REF_AGAIN, "what was signed "
		    "here was judged before: %s", text_show(r->f->asked).text);
}

/* Nobody fetches them yet: what cannot be done is not passed over. */
static void
rule_resubmit(struct release *r, const char *rule)
{
	if (r->f->manifest->resubmit.len > 0)
		finding_unmet(&r->j, rule, ERR_REF_RESUBMIT, "the manifest "
		    "asks for the artifacts of %.15s again",
		    text_show(r->f->manifest->resubmit).text);
}

static void
rule_scan(struct release *r, const char *rule)
{
	if (r->policy->malware_scan == DEMAND_REQUIRED)
		finding_unmet(&r->j, rule, ERR_REF_SCAN, "policy \"%s\" "
		    "demands a malware scan",
		    text_show(r->policy->slug).text);
	else
		finding_met(&r->j, rule, "the policy does not ask for a "
		    "malware scan");
}

static bool
artifact_is_unique(struct release *r, const char *rule, size_t i)
{
	const struct manifest_artifact *all = r->f->manifest->artifacts.items;

	for (size_t k = 0; k < i; k++)
		if (glob_same(all[k].name, all[i].name, GLOB_IGNORE_CASE) ||
		    memcmp(all[k].sha256, all[i].sha256, 32) == 0)
			return finding_unmet(&r->j, rule,
			    ERR_REF_ARTIFACT_TWICE, "\"%s\" and \"%s\" are the "
			    "same artifact", text_show(all[k].name).text,
			    text_show(all[i].name).text);
	return true;
}

static void
rule_artifacts(struct release *r, const char *rule)
{
	bool good = true;

	for (size_t i = 0; i < r->f->manifest->artifacts.count; i++)
		good = artifact_is_unique(r, rule, i) && good;
	if (good)
		finding_met(&r->j, rule, "each artifact is named once");
}

static void
rule_configuration(struct release *r, const char *rule)
{
	const struct text_list *allowed = &r->policy->artifact_configurations;
	bool good = true;

	for (size_t i = 0; i < r->f->manifest->artifacts.count; i++) {
		const struct manifest_artifact *a =
		    &r->f->manifest->artifacts.items[i];
		bool found = false;

		for (size_t k = 0; k < allowed->count; k++)
			found |= span_eq(allowed->items[k], a->configuration);
		if (!found)
			good = finding_unmet(&r->j, rule,
			    ERR_REF_CONFIGURATION, "\"%s\" asks for artifact "
			    "configuration \"%s\", which policy \"%s\" does "
			    "not allow", text_show(a->name).text,
			    text_show(a->configuration).text,
			    text_show(r->policy->slug).text);
	}
	if (good)
		finding_met(&r->j, rule,
		    "the policy allows the artifact configurations");
}

/* The loader holds this too; a request may be older than the state. */
static void
rule_purpose(struct release *r, const char *rule)
{
	const struct certificate *c = policy_certificate(r->j.config,
	    r->policy, r->f->now);

	if (c != NULL && c->purpose == r->policy->purpose) {
		r->certificate = c;
		finding_met(&r->j, rule, "certificate \"%s\" is for purpose "
		    "%s", text_show(c->slug).text, purpose_name(c->purpose));
	} else
		finding_unmet(&r->j, rule, ERR_REF_PURPOSE, "certificate "
		    "\"%s\" is not for purpose %s",
		    text_show(r->policy->certificate).text,
		    purpose_name(r->policy->purpose));
}

/* What a policy names may sign nothing before its successor takes over. */
static void
rule_state(struct release *r, const char *rule)
{
	certificate_judge_state(&r->j, rule, r->certificate, r->policy);
}

/* What a rule needs to have been met before: bits. */
enum {
	NEEDS_MANIFEST	= 1,
	NEEDS_PROJECT	= 2,
	NEEDS_POLICY	= 4,
	NEEDS_SIGNER	= 8,
	NEEDS_CERTIFICATE = 16,
};

static const struct {
	const char	*name;
	void		(*judge)(struct release *, const char *rule);
	unsigned	 needs;
} rules[] = {
	{ "ref-kind", rule_kind, 0 },
	{ "ref-name", rule_name, 0 },
	{ "ref-size", rule_size, 0 },
	{ "signer-known", rule_signer, 0 },
	{ "manifest", rule_manifest, 0 },
	{ "project", rule_project, NEEDS_MANIFEST },
	{ "policy", rule_policy, NEEDS_MANIFEST | NEEDS_PROJECT },
	{ "submitter", rule_submitter, NEEDS_POLICY | NEEDS_SIGNER },
	{ "branch", rule_branch, NEEDS_POLICY | NEEDS_SIGNER },
	{ "submodules", rule_submodules, NEEDS_POLICY | NEEDS_SIGNER },
	{ "signed-commits", rule_commits, NEEDS_POLICY | NEEDS_SIGNER },
	{ "reviewed-by-second-person", rule_review,
	    NEEDS_POLICY | NEEDS_SIGNER },
	{ "provenance", rule_provenance, NEEDS_POLICY | NEEDS_MANIFEST },
	{ "replay", rule_replay, 0 },
	{ "once", rule_once, 0 },
	{ "resubmit", rule_resubmit, NEEDS_MANIFEST },
	{ "malware-scan", rule_scan, NEEDS_POLICY },
	{ "artifacts", rule_artifacts, NEEDS_MANIFEST },
	{ "configuration", rule_configuration, NEEDS_POLICY },
	{ "purpose", rule_purpose, NEEDS_POLICY },
	{ "certificate-state", rule_state, NEEDS_CERTIFICATE },
};

static unsigned
known(const struct release *r)
{
	return (r->f->manifest != NULL ? NEEDS_MANIFEST : 0u) |
	    (r->project != NULL ? NEEDS_PROJECT : 0u) |
	    (r->policy != NULL ? NEEDS_POLICY : 0u) |
	    (r->signer != NULL ? NEEDS_SIGNER : 0u) |
	    (r->certificate != NULL ? NEEDS_CERTIFICATE : 0u);
}

bool
release_decide(const struct config *c, const struct release_facts *f,
    struct arena *arena, struct decision *out, struct err *e)
{
	struct decision d = { .outcome = OUTCOME_WAITING };
	struct release r = { .j = { c, arena, &d, false }, .f = f };

	for (size_t i = 0; i < COUNT(rules); i++)
		if ((rules[i].needs & ~known(&r)) == 0)
			rules[i].judge(&r, rules[i].name);
	if (r.j.no_memory)
		return err_budget(e, arena);
	for (size_t i = 0; i < d.findings.count; i++)
		if (!d.findings.items[i].met)
			d.outcome = OUTCOME_REFUSED;
	*out = d;
	return true;
}

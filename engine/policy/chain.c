/*
 * chain - see chain.h.
 */
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "policy/chain.h"
#include "policy/own_keys.h"

#define SIGNERS_MAX	64

struct chain {
	struct judging			 j;
	const struct chain_facts	*f;
	const struct person		*signers[SIGNERS_MAX];	/* each once */
	size_t				 count;	/* [0] signed the commit */
};

/* What a path asks of its signers. */
struct demand_row {
	const char	*rule;
	bool		(*concerns)(const struct chain *,
			    const struct changed_path *,
			    const struct project **);
	enum chain_outcome (*judge)(const struct chain *,
			    const struct project *);
	const char	*who;	/* may change it, in words */
};

static void
add_signer(struct chain *c, const struct signature_fact *s)
{
	const struct person *p = signature_judge(&c->j, "signature", s);

	if (p == NULL || c->count == SIGNERS_MAX)
		return;
	for (size_t i = 0; i < c->count; i++)
		if (c->signers[i] == p)
			return;
	c->signers[c->count++] = p;
}

static bool
is_owner(const struct chain *c, const struct project *project,
    const struct person *p)
{
	return p->kind == PERSON_HUMAN &&
	    principals_hold(c->j.config, &project->owners, p);
}

static size_t
administrators(const struct chain *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += administrators_hold(c->j.config, c->signers[i]) ? 1 : 0;
	return n;
}

/* ---- what signers suffice ---- */
static enum chain_outcome
judge_administrators(const struct chain *c, const struct project *project)
{
	(void)project;
	if (administrators(c) >= c->j.config->organization.
	    administrators.threshold)
		return CHAIN_ALLOWED;
	return administrators_hold(c->j.config, c->signers[0]) ?
	    CHAIN_PENDING : CHAIN_REFUSED;
}

static enum chain_outcome
judge_owner(const struct chain *c, const struct project *project)
{
	return is_owner(c, project, c->signers[0]) ? CHAIN_ALLOWED :
	    judge_administrators(c, project);
}

/* Two owners, or an owner and an administrator. */
static enum chain_outcome
judge_two(const struct chain *c, const struct project *project)
{
	size_t owners = 0, allowed = 0;

	for (size_t i = 0; i < c->count; i++) {
		bool owner = is_owner(c, project, c->signers[i]);

		owners += owner ? 1 : 0;
		allowed += owner || administrators_hold(c->j.config,
		    c->signers[i]) ? 1 : 0;
	}
	if (owners >= 1 && allowed >= 2)
		return CHAIN_ALLOWED;
	if (is_owner(c, project, c->signers[0]))
		return CHAIN_PENDING;
	return judge_administrators(c, project);
}

/* ---- which paths ---- */
static const struct project *
project_of(const struct chain *c, struct span path, struct span *rest)
{
	struct span part, slug;

	*rest = path;
	if (!span_split(rest, '/', &part) || !span_is(part, "projects") ||
	    !span_split(rest, '/', &slug))
		return NULL;
	return config_project(c->j.config, slug);
}

static bool
is_description(const struct chain *c, const struct changed_path *p,
    const struct project **project)
{
	struct span rest;

	*project = project_of(c, p->path, &rest);
	if (*project == NULL || !span_is(rest, "project.yaml") ||
	    p->keys.count == 0)
		return false;
	for (size_t i = 0; i < p->keys.count; i++)
		if (!config_key_is_owners(p->keys.items[i]))
			return false;
	return true;
}

static bool
is_artifact(const struct chain *c, const struct changed_path *p,
    const struct project **project)
{
	struct span rest;

	*project = project_of(c, p->path, &rest);
	return *project != NULL && span_starts(rest, "artifacts/");
}

static bool
release_uses(const struct project *project, struct span file)
{
	for (size_t i = 0; i < project->policies.count; i++) {
		const struct policy *p = &project->policies.items[i];

		for (size_t k = 0; p->purpose == PURPOSE_RELEASE &&
		    k < p->artifact_configurations.count; k++) {
			struct span slug = p->artifact_configurations.items[k];

			if (file.len == slug.len + strlen(".yaml") &&
			    span_eq((struct span){ file.ptr, slug.len }, slug))
				return true;
		}
	}
	return false;
}

static bool
is_release_artifact(const struct chain *c, const struct changed_path *p,
    const struct project **project)
{
	struct span rest;

	if (!is_artifact(c, p, project))
		return false;
	project_of(c, p->path, &rest);
	return release_uses(*project, span_from(rest, strlen("artifacts/")));
}

static bool
is_anything(const struct chain *c, const struct changed_path *p,
    const struct project **project)
{
	(void)c, (void)p;
	*project = NULL;
	return true;
}

/* The first row that concerns a path decides. */
static const struct demand_row demands[] = {
	{ "project-description", is_description, judge_owner,
	    "an owner of the project" },
	{ "release-artifacts", is_release_artifact, judge_two,
	    "two owners, or an owner and an administrator" },
	{ "project-artifacts", is_artifact, judge_owner,
	    "an owner of the project" },
	{ "administrators", is_anything, judge_administrators,
	    "the administrators' threshold" },
};

static enum chain_outcome
judge_path(struct chain *c, const struct changed_path *p)
{
	const struct demand_row *row = demands;
	const struct project *project = NULL;
	struct shown path = text_show(p->path);
	struct shown who = text_show(c->signers[0]->slug);

	while (!row->concerns(c, p, &project))
		row++;
	enum chain_outcome outcome = row->judge(c, project);
	switch (outcome) {
	case CHAIN_ALLOWED:
		finding_met(&c->j, row->rule, "%s may change %s", who.text,
		    path.text);
		break;
	case CHAIN_PENDING:
		finding_unmet(&c->j, row->rule, ERR_CHAIN_PENDING, "%s lacks "
		    "a signature beside that of %s: it needs %s", path.text,
		    who.text, row->who);
		break;
	case CHAIN_REFUSED:
		finding_unmet(&c->j, row->rule, ERR_CHAIN_PATH, "%s may not "
		    "change %s: only %s may", who.text, path.text, row->who);
		break;
	}
	return outcome;
}

static enum chain_outcome
judge_paths(struct chain *c)
{
	enum chain_outcome worst = CHAIN_ALLOWED;

	for (size_t i = 0; i < c->f->paths.count; i++) {
		enum chain_outcome one = judge_path(c, &c->f->paths.items[i]);

		worst = one > worst ? one : worst;
	}
	return worst;
}

/*
 * All that a sealing commit leaves is the administrators' word, whatever the
 * paths: it also says that what was refused before it may stand in history.
 */
static enum chain_outcome
judge_seal(struct chain *c)
{
	static const char rule[] = "sealed";
	enum chain_outcome outcome = judge_administrators(c, NULL);
	struct shown who = text_show(c->signers[0]->slug);

	switch (outcome) {
	case CHAIN_ALLOWED:
		finding_met(&c->j, rule, "%s and others seal what was refused "
		    "before", who.text);
		break;
	case CHAIN_PENDING:
		finding_unmet(&c->j, rule, ERR_CHAIN_PENDING, "the seal lacks "
		    "an endorsement beside the signature of %s", who.text);
		break;
	case CHAIN_REFUSED:
		finding_unmet(&c->j, rule, ERR_CHAIN_PATH, "%s may not seal: "
		    "only the administrators' threshold may", who.text);
		break;
	}
	return outcome;
}

/* ---- keys ---- */

/*
 * Who may sign for it depends on what becomes of the keys, and that is only
 * looked at when nothing else lets the commit pass.
 */
static bool
judge_keys(struct chain *c, struct chain_decision *out)
{
	const struct person *owner = keys_owner(c->j.config, c->f);
	struct shown who = text_show(c->signers[0]->slug);
	bool own = owner == c->signers[0];

	if (owner == NULL ||
	    judge_administrators(c, NULL) == CHAIN_ALLOWED ||
	    !(own || administrators_hold(c->j.config, c->signers[0])))
		return false;
	out->wants_next = c->f->next == NULL;
	if (out->wants_next)
		return false;
	if (administrators_hold(c->j.config, c->signers[0]) &&
	    keys_restored(owner, c->f)) {
		finding_met(&c->j, "restored-keys", "%s takes back how %s "
		    "changed the own keys", who.text,
		    text_show(owner->slug).text);
		return out->restores = true;
	}
	if (!own || !keys_replaced(&c->j, owner, c->f))
		return false;
	finding_met(&c->j, "own-keys", "%s may replace own keys", who.text);
	return out->delayed = true;
}

/* The decision may outlive the state that it was made by. */
static bool
administrators_list(const struct chain *c, struct chain_decision *out)
{
	struct span *list = ARENA_ARRAY(c->j.arena, struct span, c->count + 1);
	size_t n = 0;

	for (size_t i = 0; list != NULL && i < c->count; i++)
		if (administrators_hold(c->j.config, c->signers[i]) &&
		    !arena_copy(c->j.arena, c->signers[i]->slug, &list[n++]))
			return false;
	out->administrators.items = list;
	out->administrators.count = n;
	return list != NULL;
}

bool
chain_decide(const struct config *parent, const struct chain_facts *f,
    struct arena *arena, struct chain_decision *out, struct err *e)
{
	struct decision d = { .outcome = OUTCOME_REFUSED };
	struct chain c = { .j = { parent, arena, &d, false }, .f = f };

	*out = (struct chain_decision){ .outcome = CHAIN_REFUSED };
	add_signer(&c, &f->signature);
	bool known = c.count > 0;
	for (size_t i = 0; known && i < f->others.count; i++)
		add_signer(&c, &f->others.items[i]);
	out->seals = f->seals;
	if (known && f->seals)
		out->outcome = judge_seal(&c);
	else if (known)
		out->outcome = judge_keys(&c, out) ? CHAIN_ALLOWED :
		    judge_paths(&c);
	if (c.j.no_memory || !administrators_list(&c, out))
		return err_budget(e, arena);
	out->findings.items = d.findings.items;
	out->findings.count = d.findings.count;
	return true;
}

bool
administrator_signed(const struct config *config,
    const struct signature_fact *s, struct arena *arena,
    const struct person **out, struct err *e)
{
	struct decision d = { .outcome = OUTCOME_REFUSED };
	struct judging j = { config, arena, &d, false };
	const struct person *p = signature_judge(&j, "signature", s);

	*out = p != NULL && administrators_hold(config, p) ? p : NULL;
	return !j.no_memory || err_budget(e, arena);
}

const char *
chain_outcome_name(enum chain_outcome outcome)
{
	static const char *const names[] = {
		[CHAIN_ALLOWED] = "allowed",
		[CHAIN_PENDING] = "pending",
		[CHAIN_REFUSED] = "refused",
	};

	return names[outcome];
}

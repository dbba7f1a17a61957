/* provenance - see provenance.h. */
#include <string.h>

#include "base/text.h"
#include "policy/provenance.h"

#define TOLD_MOST	16	/* attestations of one artifact that are told */

/* One attestation, judged for one artifact. */
struct weighing {
	struct judging			*j;
	const char			*rule;
	const struct release_facts	*f;
	const struct project		*project;
	const struct policy		*policy;
	const struct manifest_artifact	*artifact;
	const struct provenance_fact	*p;
	bool				 tell;	/* note what does not hold */
};

/* unmet notes a finding if it is to be told, with where it was found. */
#define unmet(w, code, fmt, ...)					\
	((w)->tell ? finding_unmet((w)->j, (w)->rule, code,		\
	    "\"%s\": %s: " fmt, text_show((w)->artifact->name).text,	\
	    text_show((w)->p->place).text, __VA_ARGS__) : false)

/* ---- the repository ---- */

/* What stands before the last of a mark in the path of an address. */
static struct span
before_last(struct span uri, char mark)
{
	size_t scheme = span_find(uri, SPAN_TEXT("://"));
	struct span out = uri;
	bool in_path = false;

	if (scheme == SIZE_MAX)
		return uri;
	for (size_t i = scheme + strlen("://"); i < uri.len; i++) {
		in_path = in_path || uri.ptr[i] == '/';
		if (in_path && uri.ptr[i] == (uint8_t)mark)
			out.len = i;
	}
	return out;
}

/*
 * An address of a repository as it can be compared: without "git+" in front,
 * and without the fragment, revision (@...), "/" and ".git" at the end, as
 * SPDX's download locations have them.
 */
static struct span
address(struct span uri)
{
	struct span s = span_starts(uri, "git+") ?
	    span_from(uri, strlen("git+")) : uri;

	s = before_last(before_last(s, '#'), '@');
	while (span_ends(s, "/"))
		s.len--;
	if (span_ends(s, ".git"))
		s.len -= strlen(".git");
	return s;
}

static bool
is_here(const struct weighing *w, struct span uri)
{
	const struct text_list *own = w->policy->origin.provenance.sources.
	    count > 0 ? &w->policy->origin.provenance.sources :
	    &w->project->repository;

	for (size_t i = 0; uri.len > 0 && i < own->count; i++)
		if (span_eq(address(uri), address(own->items[i])))
			return true;
	return false;
}

static bool
source_holds(const struct weighing *w)
{
	const struct attestation *s = w->p->attestation;

	if (s->sources.count == 0)
		return unmet(w, ERR_ORIGIN_PROVENANCE_REPOSITORY, "%s",
		    "it does not say what was built");
	if (!is_here(w, s->sources.items[0].uri))
		return unmet(w, ERR_ORIGIN_PROVENANCE_REPOSITORY, "it was "
		    "built from \"%s\"",
		    text_show(s->sources.items[0].uri).text);
	return true;
}

static bool
commit_holds(const struct weighing *w)
{
	const struct attestation *s = w->p->attestation;

	for (size_t i = 0; i < s->sources.count; i++)
		if (is_here(w, s->sources.items[i].uri) &&
		    !span_eq(s->sources.items[i].commit, w->f->commit))
			return unmet(w, ERR_ORIGIN_PROVENANCE_COMMIT, "it was "
			    "built from commit \"%s\", %.12s is released",
			    text_show(s->sources.items[i].commit).text,
			    text_show(w->f->commit).text);
	return true;
}

/* ---- the build ---- */

static const struct build_system *
system_of(const struct weighing *w)
{
	return config_build_system(w->j->config, w->p->build_system);
}

static bool
builder_holds(const struct weighing *w)
{
	const struct build_system *b = system_of(w);
	struct span id = w->p->attestation->builder;

	return (b != NULL && text_list_has(&b->builders, id)) ||
	    unmet(w, ERR_ORIGIN_PROVENANCE_BUILDER, "\"%s\" is no builder of "
	    "build system \"%s\"", text_show(id).text,
	    text_show(w->p->build_system).text);
}

static bool
type_holds(const struct weighing *w)
{
	const struct build_system *b = system_of(w);
	struct span type = w->p->attestation->build_type;

	return b == NULL || b->build_types.count == 0 ||
	    text_list_has(&b->build_types, type) ||
	    unmet(w, ERR_ORIGIN_PROVENANCE_TYPE, "\"%s\" is no build type of "
	    "build system \"%s\"", text_show(type).text,
	    text_show(w->p->build_system).text);
}

/* ---- its parameters ---- */

static bool
parameter_holds(const struct weighing *w,
    const struct provenance_parameter *wanted)
{
	const struct attestation *s = w->p->attestation;

	for (size_t i = 0; i < s->parameters.count; i++) {
		const struct attested_parameter *p = &s->parameters.items[i];

		if (!span_eq(p->pointer, wanted->pointer))
			continue;
		return text_list_has(&wanted->values, p->value) ||
		    unmet(w, ERR_ORIGIN_PROVENANCE_PARAMETER, "%s is \"%s\"",
		    text_show(p->pointer).text, text_show(p->value).text);
	}
	return unmet(w, ERR_ORIGIN_PROVENANCE_PARAMETER, "there is no "
	    "parameter %s", text_show(wanted->pointer).text);
}

static bool
is_listed(const struct provenance *rules, const struct attested_parameter *p)
{
	for (size_t i = 0; i < rules->parameters.count; i++)
		if (span_eq(rules->parameters.items[i].pointer, p->pointer))
			return true;
	return false;
}

static bool
parameters_hold(const struct weighing *w)
{
	const struct provenance *rules = &w->policy->origin.provenance;
	const struct attestation *s = w->p->attestation;
	bool good = true;

	for (size_t i = 0; i < rules->parameters.count; i++)
		good = parameter_holds(w, &rules->parameters.items[i]) && good;
	for (size_t i = 0; i < s->parameters.count &&
	    rules->other_parameters == PARAMETERS_REFUSE; i++)
		if (!is_listed(rules, &s->parameters.items[i]))
			good = unmet(w, ERR_ORIGIN_PROVENANCE_PARAMETER,
			    "parameter %s is not one that the policy lists",
			    text_show(s->parameters.items[i].pointer).text);
	return good;
}

/* ---- one attestation ---- */

enum worth {
	SAYS_NOTHING,		/* of these bytes, or nobody trusted says it */
	HOLDS_NOT,
	HOLDS,
};

static bool
is_about(const struct weighing *w)
{
	const struct attestation *s = w->p->attestation;

	for (size_t i = 0; i < s->subjects.count; i++)
		if (memcmp(s->subjects.items[i].sha256, w->artifact->sha256,
		    32) == 0)
			return true;
	return unmet(w, ERR_ORIGIN_PROVENANCE_SUBJECT, "%s", "it is about "
	    "other files");
}

/* A key that the policy does not name is none that the judge tries. */
static bool
is_trusted(const struct weighing *w)
{
	return text_list_has(&w->policy->origin.provenance.build_systems,
	    w->p->build_system) || unmet(w,
	    ERR_ORIGIN_PROVENANCE_SIGNATURE, "policy \"%s\" does not trust "
	    "\"%s\"", text_show(w->policy->slug).text,
	    text_show(w->p->build_system).text);
}

static bool
is_readable(const struct weighing *w)
{
	const struct err *why = w->p->error;

	if (w->p->attestation != NULL)
		return true;
	unmet(w, why != NULL && err_is(why, ERR_DSSE_SIGNER) ?
	    ERR_ORIGIN_PROVENANCE_SIGNATURE : ERR_ORIGIN_PROVENANCE_FORMAT,
	    "%s", why != NULL ? why->text : "it cannot be read");
	if (w->tell && why != NULL)
		finding_cause(w->j, why->what);
	return false;
}

static bool (*const asked[])(const struct weighing *) = {
	builder_holds, type_holds, source_holds, commit_holds, parameters_hold,
};

static enum worth
weigh(const struct weighing *w)
{
	enum worth worth = HOLDS;

	if (!is_readable(w) || !is_trusted(w) || !is_about(w))
		return SAYS_NOTHING;
	for (size_t i = 0; i < COUNT(asked); i++)
		if (!asked[i](w))
			worth = HOLDS_NOT;
	return worth;
}

/* ---- one artifact ---- */

/* The first of each worth; and all of them, told, if none holds. */
struct tally {
	const struct provenance_fact	*first[HOLDS + 1];
	size_t				 count;
};

static struct tally
tally(struct weighing *w, size_t artifact)
{
	struct tally t = { .count = 0 };

	for (size_t i = 0; i < w->f->provenance.count; i++) {
		w->p = &w->f->provenance.items[i];
		if (w->p->artifact != artifact || (w->tell &&
		    t.count == TOLD_MOST))
			continue;
		enum worth worth = weigh(w);
		if (t.first[worth] == NULL)
			t.first[worth] = w->p;
		t.count++;
	}
	return t;
}

static bool
artifact_judge(struct weighing *w, size_t artifact)
{
	struct tally t;

	w->artifact = &w->f->manifest->artifacts.items[artifact];
	w->tell = false;
	t = tally(w, artifact);
	if (t.first[HOLDS] != NULL && t.first[HOLDS_NOT] != NULL)
		return finding_unmet(w->j, w->rule,
		    ERR_ORIGIN_PROVENANCE_CONFLICT, "\"%s\": what %s says "
		    "holds, what %s says of the same bytes does not",
		    text_show(w->artifact->name).text,
		    text_show(t.first[HOLDS]->place).text,
		    text_show(t.first[HOLDS_NOT]->place).text);
	if (t.first[HOLDS] != NULL)
		return true;
	w->tell = true;
	if (t.count > 0) {
		tally(w, artifact);
		return false;
	}
	return finding_unmet(w->j, w->rule, ERR_ORIGIN_PROVENANCE,
	    "nobody attests how \"%s\" was built",
	    text_show(w->artifact->name).text);
}

void
provenance_judge(struct judging *j, const char *rule,
    const struct release_facts *f, const struct project *project,
    const struct policy *policy)
{
	struct weighing w = { .j = j, .rule = rule, .f = f,
	    .project = project, .policy = policy };
	bool good = true;

	if (!policy->origin.provenance.required) {
		finding_met(j, rule,
		    "the policy does not ask for provenance");
		return;
	}
	if (f->provenance_later) {
		finding_met(j, rule, "provenance is judged when the artifacts "
		    "are fetched");
		return;
	}
	for (size_t i = 0; i < f->manifest->artifacts.count; i++)
		good = artifact_judge(&w, i) && good;
	if (good)
		finding_met(j, rule, "trusted build systems made each artifact "
		    "of commit %.12s", text_show(f->commit).text);
}

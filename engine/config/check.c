/*
 * check - what must be right between the files: names exist, quorums can be
 * met, nobody is locked out, purposes agree.
 */
#include <string.h>

#include "base/text.h"
#include "config/parameters.h"
#include "config/quorum.h"
#include "config/reading.h"
#include "crypto/dsse.h"
#include "crypto/signed_message.h"

/* ---- references ---- */
static bool
certificate_exists(const struct config *c, const struct pending *p)
{
	return config_certificate(c, p->name) != NULL;
}

static bool
build_system_exists(const struct config *c, const struct pending *p)
{
	return config_build_system(c, p->name) != NULL;
}

static bool
configuration_exists(const struct config *c, const struct pending *p)
{
	const struct project *project = config_project(c, p->project);

	return project != NULL &&
	    project_configuration(project, p->name) != NULL;
}

static bool
project_exists(const struct config *c, const struct pending *p)
{
	return config_project(c, p->name) != NULL;
}

static bool
principal_exists(const struct config *c, const struct pending *p)
{
	struct span rest = p->name, kind;

	span_split(&rest, '/', &kind);
	return span_is(kind, "person") ? config_person(c, rest) != NULL :
	    config_group(c, rest) != NULL;
}

static const struct {
	bool		(*exists)(const struct config *,
			    const struct pending *);
	const char	*what;
} references[] = {
	[REFERS_TO_CERTIFICATE] = { certificate_exists, "certificate" },
	[REFERS_TO_BUILD_SYSTEM] = { build_system_exists, "build system" },
	[REFERS_TO_CONFIGURATION] = { configuration_exists,
	    "artifact configuration of this project" },
	[REFERS_TO_PROJECT] = { project_exists, "project" },
	[REFERS_TO_PRINCIPAL] = { principal_exists, "person or group" },
};

void
check_references(struct reading *r, const struct config *c,
    const struct pending *pending, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct pending *p = &pending[i];

		if (!references[p->reference].exists(c, p))
			complain(r, p->at, ERR_CONFIG_REFERENCE,
			    "there is no %s \"%s\"",
			    references[p->reference].what,
			    text_show(p->name).text);
	}
}

/* ---- people ---- */
static bool
can_sign(const struct person *p)
{
	for (size_t i = 0; i < p->keys.count; i++)
		if (p->keys.items[i].revoked.at.file == NULL)
			return !p->disabled;
	return false;
}

static void
check_administrators(struct reading *r, const struct config *c)
{
	const struct administrators *a = &c->organization.administrators;
	size_t able = 0;

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];

		if (p->kind != PERSON_HUMAN && principal_holds(c, a->of, p))
			complain(r, a->at, ERR_CONFIG_MACHINE, "\"%s\" is a "
			    "machine among the administrators",
			    text_show(p->slug).text);
		able += administrators_hold(c, p) && can_sign(p);
	}
	if (able < a->threshold)
		complain(r, a->at, ERR_CONFIG_LOCKOUT, "%llu administrators "
		    "must sign, but only %zu could",
		    (unsigned long long)a->threshold, able);
}

static void
check_keys_of(struct reading *r, const struct person *a,
    const struct person *b)
{
	for (size_t i = 0; i < a->keys.count; i++)
		for (size_t k = 0; k < b->keys.count; k++)
			if (&a->keys.items[i] != &b->keys.items[k] &&
			    span_eq(a->keys.items[i].bytes,
			    b->keys.items[k].bytes))
				complain(r, b->keys.items[k].at,
				    a == b ? ERR_CONFIG_TWICE :
				    ERR_CONFIG_KEY_SHARED,
				    "this key is also %s's",
				    text_show(a->slug).text);
}

static void
check_keys(struct reading *r, const struct config *c)
{
	for (size_t i = 0; i < c->people.count; i++)
		for (size_t k = i + 1; k < c->people.count; k++)
			check_keys_of(r, &c->people.items[i],
			    &c->people.items[k]);
}

/* Who certifies keys is nobody's own key: it could be everybody's. */
static void
check_ssh_authorities(struct reading *r, const struct config *c)
{
	const struct organization *o = &c->organization;
	const struct person *p;

	for (size_t i = 0; i < o->ssh_authorities.count; i++) {
		p = config_key_holder(c, o->ssh_authorities.items[i].bytes,
		    NULL);
		if (p != NULL)
			complain(r, o->ssh_authorities.items[i].at,
			    ERR_CONFIG_SSH_AUTHORITY, "the authority's key is "
			    "%s's", text_show(p->slug).text);
	}
	for (size_t i = 0; o->ssh_authorities.count == 0 &&
	    i < c->people.count; i++)
		for (size_t k = 0; k < c->people.items[i].keys.count; k++) {
			const struct person_key *key =
			    &c->people.items[i].keys.items[k];

			if (key->ssh_principal.len > 0)
				complain(r, key->at, ERR_CONFIG_SSH_AUTHORITY,
				    "ssh-principal, but tagseal.yaml has no "
				    "ssh-authorities");
		}
}

/* What vouches for people's certificates can be read, and is there. */
static void
check_authorities(struct reading *r, const struct config *c)
{
	const struct organization *o = &c->organization;
	CLEANUP(people_trust_done) struct people_trust *trust = NULL;
	struct err e;

	if (o->x509_roots.len > 0) {
		if (!config_people_trust(c, &trust, &e))
			complain(r, o->at, ERR_CONFIG_X509, "x509-roots: %s",
			    e.text);
		return;
	}
	if (o->x509_crls.count > 0)
		complain(r, o->x509_crls.items[0].at, ERR_CONFIG_X509,
		    "x509-crls without x509-roots");
	for (size_t i = 0; i < c->people.count; i++)
		for (size_t k = 0; k < c->people.items[i].keys.count; k++)
			if (c->people.items[i].keys.items[k].x509_name.len > 0)
				complain(r, c->people.items[i].keys.items[k].at,
				    ERR_CONFIG_X509, "x509-name, but "
				    "tagseal.yaml has no x509-roots");
}

/* Who cosigns checkpoints. */
static void
check_witnesses(struct reading *r, const struct config *c)
{
	const struct ledger_config *l = &c->organization.ledger;
	struct span keys[WITNESSES_MOST];

	for (size_t i = 0; i < l->witnesses.count && i < COUNT(keys); i++) {
		keys[i] = l->witnesses.items[i].key;
		check_witness(r, l->witnesses.items[i].at, keys[i], keys, i);
	}
	check_witness_quorum(r, l->at, l->quorum, l->witnesses.count);
}

/* Persons must stand where people decide. */
static void
refuse_machines(struct reading *r, const struct config *c,
    const struct text_list *list, struct place at, const char *role)
{
	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];

		for (size_t k = 0; p->kind != PERSON_HUMAN &&
		    k < list->count; k++)
			if (principal_holds(c, list->items[k], p))
				complain(r, at, ERR_CONFIG_MACHINE,
				    "the machine \"%s\" is among the %s",
				    text_show(p->slug).text, role);
	}
}

/* ---- build systems ---- */
static void
check_build_system_key(struct reading *r, const struct build_system_key *k)
{
	const struct dsse_trust t = { .key = k->bytes,
	    .roots = k->roots_bytes, .names = k->names.items,
	    .name_count = k->names.count };
	struct err e;

	if ((k->roots.len > 0) != (k->names.count > 0))
		complain(r, k->at, ERR_CONFIG_VALUE, "\"roots\" and "
		    "\"names\" go together");
	else if ((k->bytes.len > 0 || k->roots_bytes.len > 0) &&
	    !dsse_trust_check(&t, &e)) {
		err_at(&e, "%s:%u:%u", k->at.file, k->at.line, k->at.column);
		config_errors_add(r->errors, k->at, &e);
	}
}

void
check_build_system(struct reading *r, const void *read)
{
	const struct build_system *b = read;

	for (size_t i = 0; i < b->keys.count; i++)
		check_build_system_key(r, &b->keys.items[i]);
}

/* ---- policies ---- */
static void
check_quorum(struct reading *r, const struct config *c,
    const struct policy *p)
{
	const struct policy_approvals *a = &p->approvals;
	CLEANUP(free_done) const struct person **able =
	    xcalloc(c->people.count, sizeof(struct person *));
	struct quorum_result result;
	uint64_t places = 0;
	size_t n = 0;

	for (size_t i = 0; i < a->quorum.count; i++) {
		const struct quorum *q = &a->quorum.items[i];

		refuse_machines(r, c, &q->of, q->at, "approvers");
		if (q->count > QUORUM_PLACES || places > QUORUM_PLACES)
			places = QUORUM_PLACES + 1;
		else
			places += q->count;
	}
	for (size_t i = 0; i < c->people.count; i++)
		if (c->people.items[i].kind == PERSON_HUMAN &&
		    can_sign(&c->people.items[i]))
			able[n++] = &c->people.items[i];
	if (places > QUORUM_PLACES)
		complain(r, a->at, ERR_CONFIG_QUORUM, "more than %d approvals",
		    QUORUM_PLACES);
	else if (!quorum_match(c, a, able, n, &result))
		complain(r, a->at, ERR_CONFIG_QUORUM, "%zu approvals are asked "
		    "for, but only %zu could be given by different people",
		    result.places, result.filled);
}

/* Every ${name} that a configuration uses is known. */
void
check_configuration(struct reading *r, const void *read)
{
	const struct artifact_configuration *a = read;
	struct err e;

	if (a->root == NULL || parameters_check(a, r->arena, &e))
		return;
	err_at(&e, "%s:%u:%u", a->at.file, a->at.line, a->at.column);
	config_errors_add(r->errors, a->at, &e);
}

static void
check_parameters(struct reading *r, const struct project *project,
    const struct policy *p)
{
	for (size_t i = 0; i < p->artifact_configurations.count; i++) {
		const struct artifact_configuration *a =
		    project_configuration(project,
		    p->artifact_configurations.items[i]);

		for (size_t k = 0; k < a->parameters.count; k++)
			if (a->parameters.items[k].pattern.len == 0)
				complain(r, a->parameters.items[k].at,
				    ERR_CONFIG_PARAMETER, "parameter \"%s\" "
				    "has no pattern, and policy \"%s\" has "
				    "purpose release", text_show(
				    a->parameters.items[k].name).text,
				    text_show(p->slug).text);
	}
}

static void
check_release(struct reading *r, const struct project *project,
    const struct policy *p)
{
	if (p->timestamp != DEMAND_REQUIRED)
		complain(r, p->at, ERR_CONFIG_TIMESTAMP,
		    "purpose release, but timestamp: none");
	if (p->origin.branches.count > 0 && !p->origin.signed_commits)
		complain(r, p->origin.at, ERR_POLICY_ORIGIN_UNPROVEN,
		    "branches are demanded, but not signed-commits");
	check_parameters(r, project, p);
}

/* Who made an unsigned commit nobody knows: it might be the second person. */
static void
check_authors(struct reading *r, const struct policy *p)
{
	if (p->origin.signed_commits)
		return;
	if (p->origin.reviewed)
		complain(r, p->origin.at, ERR_POLICY_AUTHORS_UNPROVEN,
		    "reviewed-by-second-person is demanded, but not "
		    "signed-commits");
	if (policy_needs_authors(p))
		complain(r, p->at, ERR_POLICY_AUTHORS_UNPROVEN,
		    "authors may not approve, but signed-commits are not "
		    "demanded");
}

static void
check_policy(struct reading *r, const struct config *c,
    const struct project *project, const struct policy *p)
{
	check_quorum(r, c, p);
	check_certificate_of(r, c, project, p);
	check_authors(r, p);
	if (p->timestamp == DEMAND_REQUIRED &&
	    c->organization.timestamp_authorities.count == 0)
		complain(r, p->at, ERR_CONFIG_TIMESTAMP, "timestamps are "
		    "required, but tagseal.yaml has no timestamp-authorities");
	if (p->purpose == PURPOSE_RELEASE)
		check_release(r, project, p);
}

void
check_soundness(struct reading *r, const struct config *c)
{
	check_administrators(r, c);
	check_keys(r, c);
	check_ssh_authorities(r, c);
	check_authorities(r, c);
	check_witnesses(r, c);
	check_certificates(r, c);
	for (size_t i = 0; i < c->projects.count; i++) {
		const struct project *p = &c->projects.items[i];

		refuse_machines(r, c, &p->owners, p->at, "owners");
		for (size_t k = 0; k < p->policies.count; k++)
			check_policy(r, c, p, &p->policies.items[k]);
	}
}

/*
 * people - who belongs to which group, and what a principal stands for.
 */
#include <string.h>

#include "base/text.h"
#include "config/reading.h"
#include "crypto/signed_message.h"

#define PERSON	"person/"
#define GROUP	"group/"

/* The person or group that a principal names; the other is NULL. */
static void
principal_find(const struct config *c, struct span principal,
    const struct person **person, const struct group **group)
{
	*person = span_starts(principal, PERSON) ? config_person(c,
	    span_from(principal, strlen(PERSON))) : NULL;
	*group = span_starts(principal, GROUP) ? config_group(c,
	    span_from(principal, strlen(GROUP))) : NULL;
}

/* A walk through a group and the groups in it, without recursion on names. */
struct walk {
	struct reading		*r;
	const struct config	*config;
	unsigned char		*state;	/* of each group: 0, open 1, done 2 */
	struct group		*groups;
};

static void
people_add(struct walk *w, struct group *g, const struct person *p)
{
	struct config_list *list = (struct config_list *)(void *)&g->people;

	for (size_t i = 0; i < g->people.count; i++)
		if (g->people.items[i] == p)
			return;
	const struct person **item = list_push(w->r, list, sizeof(*item));
	if (item == NULL)
		complain_budget(w->r, g->at);
	else
		*item = p;
}

static void group_resolve(struct walk *, size_t index, unsigned depth);

static void
member_resolve(struct walk *w, struct group *g, struct span member,
    unsigned depth)
{
	const struct person *person;
	const struct group *inner;

	principal_find(w->config, member, &person, &inner);
	if (person != NULL)
		people_add(w, g, person);
	if (inner == NULL)
		return;
	size_t index = (size_t)(inner - w->groups);
	if (w->state[index] == 1) {
		complain(w->r, g->at, ERR_CONFIG_GROUP_CYCLE, "group \"%s\" "
		    "holds \"%s\", which holds it in turn",
		    text_show(g->slug).text, text_show(inner->slug).text);
		return;
	}
	group_resolve(w, index, depth + 1);
	for (size_t i = 0; i < inner->people.count; i++)
		people_add(w, g, inner->people.items[i]);
}

/* Groups in groups in groups: nobody needs more, and the stack is finite. */
#define GROUP_DEPTH	16

static void
group_resolve(struct walk *w, size_t index, unsigned depth)
{
	struct group *g = &w->groups[index];

	if (w->state[index] != 0)
		return;
	if (depth > GROUP_DEPTH) {
		complain(w->r, g->at, ERR_CONFIG_DEPTH,
		    "groups nest deeper than %d levels", GROUP_DEPTH);
		return;
	}
	w->state[index] = 1;
	for (size_t i = 0; i < g->members.count; i++)
		member_resolve(w, g, g->members.items[i], depth);
	w->state[index] = 2;
}

void
groups_resolve(struct reading *r, struct config *c)
{
	CLEANUP(free_done) unsigned char *state = xcalloc(c->groups.count, 1);
	struct walk w = { r, c, state,
	    (struct group *)(uintptr_t)c->groups.items };

	for (size_t i = 0; i < c->groups.count; i++)
		group_resolve(&w, i, 0);
}

const struct person *
config_key_holder(const struct config *c, struct span bytes,
    const struct person_key **key)
{
	for (size_t i = 0; bytes.len > 0 && i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];

		for (size_t k = 0; k < p->keys.count; k++) {
			if (!span_eq(p->keys.items[k].bytes, bytes))
				continue;
			if (key != NULL)
				*key = &p->keys.items[k];
			return p;
		}
	}
	return NULL;
}

/* The administrators' say, both: an owner alone may change `keys` only. */
struct security_keys
person_security_keys(const struct config *c, const struct person *p)
{
	struct security_keys demands = c->organization.security_keys;

	if (p->presence_given)
		demands.presence = p->security_keys.presence;
	if (p->verification_given)
		demands.verification = p->security_keys.verification;
	return demands;
}

bool
config_people_trust(const struct config *c, struct people_trust **out,
    struct err *e)
{
	const struct organization *o = &c->organization;
	CLEANUP(free_done) struct span *lists = xcalloc(o->x509_crls.count + 1,
	    sizeof(*lists));

	*out = NULL;
	if (o->x509_roots.len == 0)
		return true;
	for (size_t i = 0; i < o->x509_crls.count; i++)
		lists[i] = o->x509_crls.items[i].bytes;
	return people_trust_make(o->x509_roots_bytes, lists,
	    o->x509_crls.count, out, e);
}

static bool
group_has(const struct group *g, const struct person *p)
{
	for (size_t i = 0; i < g->people.count; i++)
		if (g->people.items[i] == p)
			return true;
	return false;
}

bool
principal_holds(const struct config *c, struct span principal,
    const struct person *p)
{
	const struct person *person;
	const struct group *group;

	principal_find(c, principal, &person, &group);
	return p != NULL && (person == p ||
	    (group != NULL && group_has(group, p)));
}

bool
principals_hold(const struct config *c, const struct text_list *list,
    const struct person *p)
{
	for (size_t i = 0; i < list->count; i++) {
		struct span principal = list->items[i];

		if (p->kind != PERSON_HUMAN && span_starts(principal, GROUP))
			continue;
		if (principal_holds(c, principal, p))
			return true;
	}
	return false;
}

bool
administrators_hold(const struct config *c, const struct person *p)
{
	return p->kind == PERSON_HUMAN && principal_holds(c,
	    c->organization.administrators.of, p);
}

unsigned
policy_excludes(const struct policy *p)
{
	if (p->approvals.exclude_given || p->purpose != PURPOSE_RELEASE)
		return p->approvals.exclude;
	return EXCLUDE_SUBMITTER | EXCLUDE_AUTHORS;
}

bool
policy_needs_authors(const struct policy *p)
{
	return p->approvals.quorum.count > 0 &&
	    (policy_excludes(p) & EXCLUDE_AUTHORS) != 0;
}

const char *
purpose_name(enum purpose purpose)
{
	static const char *const names[] = {
		[PURPOSE_TEST] = "test",
		[PURPOSE_RELEASE] = "release",
		[PURPOSE_LEDGER] = "ledger",
	};

	return names[purpose];
}

/*
 * certificates - what certificates/ says as a whole: who follows whom, when
 * each may be used, and that ledger and policies keep to it.
 */
#include <string.h>

#include "base/text.h"
#include "config/reading.h"
#include "crypto/identity.h"

#define MINUTE	INT64_C(60000)		/* ms */
#define DAY	(24 * 60 * MINUTE)
#define WEEK	7			/* days */
#define THURSDAY 3			/* 1970-01-01; monday is 0 */

const char *
certificate_kind_name(enum certificate_kind kind)
{
	static const char *const names[] = {
		[CERTIFICATE_X509] = "x509",
		[CERTIFICATE_SSH] = "ssh",
		[CERTIFICATE_OPENPGP] = "openpgp",
		[CERTIFICATE_LOG] = "log",
	};

	return names[kind];
}

const char *
certificate_state_name(enum certificate_state state)
{
	static const char *const names[] = {
		[CERTIFICATE_ACTIVE] = "active",
		[CERTIFICATE_STANDBY] = "standby",
		[CERTIFICATE_RETIRED] = "retired",
		[CERTIFICATE_REVOKED] = "revoked",
	};

	return names[state];
}

/* ---- at a time ---- */

const struct certificate *
certificate_next(const struct config *c, const struct certificate *x,
    int64_t at)
{
	return x->successor.at.file == NULL || at < x->successor.from ? NULL :
	    config_certificate(c, x->successor.certificate);
}

const struct certificate *
policy_certificate(const struct config *c, const struct policy *p,
    int64_t at)
{
	const struct certificate *x = config_certificate(c, p->certificate);
	const struct certificate *next = x;

	for (size_t i = 0; next != NULL && i < c->certificates.count; i++) {
		x = next;
		next = certificate_next(c, x, at);
	}
	return x;
}

/* When these hours come next, or go on, from a time on. */
static int64_t
hours_next(const struct certificate_hours *h, int64_t at)
{
	for (int64_t day = at / DAY; day <= at / DAY + WEEK; day++) {
		unsigned bit = 1u << (day + THURSDAY) % WEEK;
		int64_t from = day * DAY + (int64_t)h->from * MINUTE;
		int64_t to = day * DAY + (int64_t)h->to * MINUTE;

		if ((h->days == 0 || (h->days & bit) != 0) && at < to)
			return at < from ? from : at;
	}
	return INT64_MAX;
}

int64_t
certificate_opens(const struct certificate *x, int64_t at)
{
	int64_t next = x->rules.hours.count == 0 ? at : INT64_MAX;

	for (size_t i = 0; i < x->rules.hours.count; i++) {
		int64_t one = hours_next(&x->rules.hours.items[i], at);

		next = one < next ? one : next;
	}
	return next;
}

/* ---- one file ---- */

void
check_certificate(struct reading *r, const void *read)
{
	const struct certificate *x = read;
	const struct certificate_rules *rules = &x->rules;

	if ((x->state == CERTIFICATE_REVOKED) != (x->revoked.at.file != NULL))
		complain(r, x->revoked.at.file != NULL ? x->revoked.at : x->at,
		    ERR_CONFIG_VALUE, "\"state: revoked\" and \"revoked\" go "
		    "together");
	if (rules->minimum_key_size > 0 && x->kind != CERTIFICATE_X509 &&
	    x->kind != CERTIFICATE_OPENPGP)
		complain(r, rules->at, ERR_CONFIG_VALUE, "minimum-key-size is "
		    "a rule for kinds x509 and openpgp only");
	for (size_t i = 0; i < rules->hours.count; i++) {
		const struct certificate_hours *h = &rules->hours.items[i];

		if (h->from >= h->to)
			complain(r, h->at, ERR_CONFIG_VALUE, "the hours end "
			    "before they begin: what goes over midnight is "
			    "written as two");
		if (h->days_given && h->days == 0)
			complain(r, h->at, ERR_CONFIG_VALUE, "the hours are "
			    "on no day");
	}
}

/* ---- all of them ---- */

static void
certificate_serves(struct reading *r, const struct config *c,
    struct span slug, enum certificate_kind kind, const char *use)
{
	const struct certificate *found = config_certificate(c, slug);

	if (found->kind != kind || found->purpose != PURPOSE_LEDGER)
		complain(r, found->at, ERR_CONFIG_PURPOSE, "the ledger uses "
		    "it for %s, which needs kind %s and purpose ledger", use,
		    kind == CERTIFICATE_SSH ? "ssh" : "log");
}

/* Each engine is known by a key of its own. */
static void
check_engines(struct reading *r, const struct config *c,
    const struct ledger_config *l)
{
	for (size_t i = 0; i < l->engines.count; i++) {
		const struct ledger_engine_config *a = &l->engines.items[i];

		certificate_serves(r, c, a->commits, CERTIFICATE_SSH,
		    "commits");
		for (size_t k = 0; k < i; k++) {
			const struct ledger_engine_config *b =
			    &l->engines.items[k];

			if (span_eq(a->id, b->id) ||
			    span_eq(a->commits, b->commits))
				complain(r, a->at, ERR_CONFIG_TWICE,
				    "two engines have one id or one key");
		}
	}
}

/* What the engine signs the ledger with is not in the hands of policies. */
static void
check_ledgers(struct reading *r, const struct certificate *x)
{
	if (x->purpose == PURPOSE_LEDGER && (x->rules.at.file != NULL ||
	    x->state != CERTIFICATE_ACTIVE || x->successor.at.file != NULL))
		complain(r, x->at, ERR_CONFIG_PURPOSE, "purpose ledger has no "
		    "rules, states and successors");
}

static void
check_size(struct reading *r, const struct certificate *x)
{
	struct signing_identity identity;
	struct public_key key;
	struct span spki;
	struct err e;

	if (x->rules.minimum_key_size == 0)
		return;
	if (!identity_read(x->bytes, DIGEST_SHA256, r->arena, &identity, &spki,
	    &e) || !public_key_parse(spki, &key, &e))
		complain(r, x->at, ERR_CONFIG_X509, "minimum-key-size cannot "
		    "be judged: %s", e.text);
	else if (key.bits < x->rules.minimum_key_size)
		complain(r, x->rules.at, ERR_CONFIG_CERTIFICATE_RULES,
		    "its key has %u bits, less than %llu", key.bits,
		    (unsigned long long)x->rules.minimum_key_size);
}

/* Whoever follows the successors comes to an end. */
static bool
has_end(const struct config *c, const struct certificate *x)
{
	for (size_t i = 0; x != NULL && i < c->certificates.count; i++)
		x = certificate_next(c, x, INT64_MAX);
	return x == NULL;
}

static void
check_successor(struct reading *r, const struct config *c,
    const struct certificate *x)
{
	const struct certificate *next = certificate_next(c, x, INT64_MAX);

	if (next == NULL)
		return;
	if (next->kind != x->kind || next->purpose != x->purpose)
		complain(r, x->successor.at, ERR_CONFIG_SUCCESSOR, "\"%s\" has "
		    "kind %s and purpose %s, its successor \"%s\" %s and %s",
		    text_show(x->slug).text, certificate_kind_name(x->kind),
		    purpose_name(x->purpose), text_show(next->slug).text,
		    certificate_kind_name(next->kind),
		    purpose_name(next->purpose));
	if (!has_end(c, x))
		complain(r, x->successor.at, ERR_CONFIG_SUCCESSOR, "the "
		    "successors of \"%s\" have no end",
		    text_show(x->slug).text);
}

void
check_certificates(struct reading *r, const struct config *c)
{
	const struct ledger_config *l = &c->organization.ledger;

	certificate_serves(r, c, l->commits, CERTIFICATE_SSH, "commits");
	certificate_serves(r, c, l->checkpoints, CERTIFICATE_LOG,
	    "checkpoints");
	check_engines(r, c, l);
	for (size_t i = 0; i < c->certificates.count; i++) {
		const struct certificate *x = &c->certificates.items[i];
		bool file = x->kind == CERTIFICATE_X509 ||
		    x->kind == CERTIFICATE_OPENPGP;

		if (file != (x->file.len > 0))
			complain(r, x->at, ERR_CONFIG_VALUE, "kinds x509 and "
			    "openpgp have a key \"certificate\", kinds ssh "
			    "and log a key \"public\"");
		check_ledgers(r, x);
		check_successor(r, c, x);
		if (file && x->file.len > 0)
			(x->kind == CERTIFICATE_OPENPGP ? check_openpgp :
			    check_size)(r, x);
		if (x->ceremony_bytes.len > 0)
			check_ceremony(r, x);
	}
}

/* ---- policies ---- */

/* A policy, and a certificate that it names or will use later. */
struct use {
	struct reading			*r;
	const struct project		*project;
	const struct policy		*policy;
	const struct certificate	*x;
};

static uint64_t
approvals_asked(const struct policy *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->approvals.quorum.count; i++)
		n += p->approvals.quorum.items[i].count;
	return n;
}

static bool
is_signed(const struct element *x)
{
	for (size_t i = 0; i < x->directive_count; i++)
		if (directive_signs(&x->directives[i]))
			return true;
	return false;
}

static void
check_formats(const struct use *u, const struct artifact_configuration *a,
    const struct element *x)
{
	const struct place at = { a->at.file, x->line, x->column };

	if (is_signed(x) && !text_list_has(&u->x->rules.formats,
	    span_text(x->kind->name)))
		complain(u->r, at, ERR_CONFIG_CERTIFICATE_RULES, "%s is "
		    "signed, policy \"%s\" uses certificate \"%s\", and its "
		    "formats do not name that kind", ELEMENT_NAME(x),
		    text_show(u->policy->slug).text,
		    text_show(u->x->slug).text);
	for (size_t i = 0; i < x->content_count; i++)
		check_formats(u, a, &x->contents[i]);
}

static void
check_configurations(const struct use *u)
{
	const struct text_list *names = &u->policy->artifact_configurations;

	for (size_t i = 0; i < names->count &&
	    u->x->rules.formats.count > 0; i++) {
		const struct artifact_configuration *a =
		    project_configuration(u->project, names->items[i]);

		if (a->root != NULL)
			check_formats(u, a, a->root);
	}
}

static void
check_rules(const struct use *u)
{
	const struct certificate_rules *rules = &u->x->rules;
	uint64_t asked = approvals_asked(u->policy);

	if (asked < rules->approvals)
		complain(u->r, u->policy->at, ERR_CONFIG_CERTIFICATE_RULES,
		    "certificate \"%s\" demands %llu approvals, the policy "
		    "asks for %llu", text_show(u->x->slug).text,
		    (unsigned long long)rules->approvals,
		    (unsigned long long)asked);
	if (rules->projects.count > 0 &&
	    !text_list_has(&rules->projects, u->project->slug))
		complain(u->r, u->policy->at, ERR_CONFIG_CERTIFICATE_RULES,
		    "certificate \"%s\" is not for project \"%s\"",
		    text_show(u->x->slug).text,
		    text_show(u->project->slug).text);
	check_configurations(u);
}

/*
 * What signs nothing may only be named if another takes its place. That one
 * may still be standby: it is made active when all is ready.
 */
static void
check_state(const struct use *u, bool named)
{
	enum certificate_state s = u->x->state;
	bool ended = s == CERTIFICATE_RETIRED || s == CERTIFICATE_REVOKED;
	bool early = s == CERTIFICATE_STANDBY && named &&
	    u->policy->purpose == PURPOSE_RELEASE;

	if (early || (ended && u->x->successor.at.file == NULL))
		complain(u->r, u->policy->at, ERR_CONFIG_CERTIFICATE_STATE,
		    "certificate \"%s\" is %s", text_show(u->x->slug).text,
		    certificate_state_name(s));
}

void
check_certificate_of(struct reading *r, const struct config *c,
    const struct project *project, const struct policy *p)
{
	struct use u = { r, project, p, config_certificate(c,
	    p->certificate) };

	if (u.x->purpose != p->purpose)
		complain(r, p->at, ERR_CONFIG_PURPOSE, "purpose %s, but the "
		    "certificate \"%s\" is for %s", purpose_name(p->purpose),
		    text_show(u.x->slug).text, purpose_name(u.x->purpose));
	for (size_t i = 0; u.x != NULL && i < c->certificates.count; i++) {
		check_rules(&u);
		check_state(&u, i == 0);
		u.x = certificate_next(c, u.x, INT64_MAX);
	}
}

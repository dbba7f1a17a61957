/*
 * findings - see findings.h; and what holds for every signature.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/findings.h"

bool
judging_push(struct judging *j, void *list, const void *item, size_t size)
{
	struct config_list *l = list;
	uint8_t *grown = arena_grow(j->arena, l->items, l->count, size);

	if (grown == NULL) {
		j->no_memory = true;
		return false;
	}
	memcpy(grown + l->count++ * size, item, size);
	l->items = grown;
	return true;
}

static void note(struct judging *, const char *rule, const struct err_row *,
    const char *fmt, va_list) PRINTF(4, 0);

static void
note(struct judging *j, const char *rule, const struct err_row *row,
    const char *fmt, va_list ap)
{
	char text[900];
	struct finding f = { .rule = rule, .met = row == NULL, .row = row };

	vsnprintf(text, sizeof(text), fmt, ap);
	if (!arena_copy(j->arena, SPAN_TEXT(text), &f.text))
		j->no_memory = true;
	judging_push(j, &j->decision->findings, &f, sizeof(f));
}

void
finding_met(struct judging *j, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(j, rule, NULL, fmt, ap);
	va_end(ap);
}

bool
finding_unmet(struct judging *j, const char *rule, enum err_code code,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(j, rule, &err_rows[code], fmt, ap);
	va_end(ap);
	return false;
}

void
finding_hint(struct judging *j, const char *fmt, ...)
{
	struct config_list *l = (void *)&j->decision->findings;
	struct finding *all = l->items;
	char text[400];
	va_list ap;

	if (l->count == 0)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!arena_copy(j->arena, SPAN_TEXT(text), &all[l->count - 1].hint))
		j->no_memory = true;
}

void
finding_cause(struct judging *j, const struct err_row *cause)
{
	struct config_list *l = (void *)&j->decision->findings;
	struct finding *all = l->items;

	if (l->count > 0)
		all[l->count - 1].cause = cause;
}

/* A time as people write it. */
struct day { char text[TEXT_TIME_SIZE]; };

static struct day
day_of(int64_t ms)
{
	struct day d;

	text_time(ms, d.text);
	return d;
}

/*
 * A revoked key counts nothing from the day on since which it may have been in
 * other hands; without such a day, from the day of its withdrawal.
 */
static bool
key_is_valid(struct judging *j, const char *rule, const struct person *p,
    const struct person_key *key, int64_t seen)
{
	const struct revocation *r = &key->revoked;
	int64_t ends = r->compromised_since != 0 &&
	    r->compromised_since < r->when ? r->compromised_since : r->when;
	struct shown slug = text_show(p->slug);

	if (r->at.file != NULL && seen >= ends)
		return finding_unmet(j, rule, ERR_SIGNER_KEY_REVOKED,
		    "the key of \"%s\" is revoked since %s: %s", slug.text,
		    day_of(ends).text, text_show(r->reason).text);
	if (key->valid_from != 0 && seen < key->valid_from)
		return finding_unmet(j, rule, ERR_SIGNER_KEY_EXPIRED,
		    "the key of \"%s\" is valid from %s only", slug.text,
		    day_of(key->valid_from).text);
	if (key->valid_to != 0 && seen >= key->valid_to)
		return finding_unmet(j, rule, ERR_SIGNER_KEY_EXPIRED,
		    "the key of \"%s\" was valid until %s", slug.text,
		    day_of(key->valid_to).text);
	return true;
}

/* What a refusal of a signature is called here, if it says more than "bad". */
static const enum err_code signature_codes[][2] = {
	{ ERR_GIT_UNSIGNED, ERR_SIGNER_UNSIGNED },
	{ ERR_GIT_SIGNER_UNKNOWN, ERR_SIGNER_UNKNOWN },
	{ ERR_CERTIFICATE_UNTRUSTED, ERR_SIGNER_UNKNOWN },
	{ ERR_CERTIFICATE_NO_PATH, ERR_SIGNER_UNKNOWN },
	{ ERR_CERTIFICATE_EXPIRED, ERR_SIGNER_KEY_EXPIRED },
	{ ERR_CERTIFICATE_NOT_YET, ERR_SIGNER_KEY_EXPIRED },
	{ ERR_CERTIFICATE_REVOKED, ERR_SIGNER_KEY_REVOKED },
	{ ERR_CRL_MISSING, ERR_SIGNER_CRL },
	{ ERR_CRL_STALE, ERR_SIGNER_CRL },
	{ ERR_SSHCERT_TIME, ERR_SIGNER_KEY_EXPIRED },
	{ ERR_SSHSIG_PRESENCE, ERR_SIGNER_PRESENCE },
	{ ERR_SSHSIG_VERIFICATION, ERR_SIGNER_VERIFICATION },
};

static enum err_code
bad_signature(const struct signature_fact *s)
{
	for (size_t i = 0; i < COUNT(signature_codes); i++)
		if (s->cause == &err_rows[signature_codes[i][0]])
			return signature_codes[i][1];
	return ERR_SIGNER_SIGNATURE;
}

const struct person *
signature_judge(struct judging *j, const char *rule,
    const struct signature_fact *s)
{
	const struct person_key *key = NULL;
	const struct person *p;

	if (!s->good) {
		finding_unmet(j, rule, bad_signature(s), "the signature is "
		    "not good: %s", s->why != NULL ? s->why : "no reason");
		finding_cause(j, s->cause);
		return NULL;
	}
	p = config_key_holder(j->config, s->key, &key);
	if (p == NULL) {
		finding_unmet(j, rule, ERR_SIGNER_UNKNOWN,
		    "the key that signed belongs to nobody in people/");
		return NULL;
	}
	if (p->disabled) {
		finding_unmet(j, rule, ERR_SIGNER_DISABLED,
		    "\"%s\" is disabled", text_show(p->slug).text);
		return NULL;
	}
	return key_is_valid(j, rule, p, key, s->first_seen) ? p : NULL;
}

/*
 * certificates - what a certificate's own rules say to a release and, when
 * keys are about to be used, to a request.
 */
#include "base/text.h"
#include "policy/certificates.h"

#define DAY	INT64_C(86400000)	/* ms */

/* ---- a release ---- */

static const enum err_code states[] = {
	[CERTIFICATE_ACTIVE] = ERR_NONE,
	[CERTIFICATE_STANDBY] = ERR_REF_CERTIFICATE_STANDBY,
	[CERTIFICATE_RETIRED] = ERR_REF_CERTIFICATE_RETIRED,
	[CERTIFICATE_REVOKED] = ERR_REF_CERTIFICATE_REVOKED,
};

void
certificate_judge_state(struct judging *j, const char *rule,
    const struct certificate *x, const struct policy *p)
{
	bool tried = x->state == CERTIFICATE_STANDBY &&
	    p->purpose == PURPOSE_TEST;
	char since[TEXT_TIME_SIZE];

	if (x->state == CERTIFICATE_ACTIVE || tried) {
		finding_met(j, rule, "certificate \"%s\" is %s",
		    text_show(x->slug).text, certificate_state_name(x->state));
		return;
	}
	text_time(x->revoked.when, since);
	finding_unmet(j, rule, states[x->state], "certificate \"%s\" is %s%s%s",
	    text_show(x->slug).text, certificate_state_name(x->state),
	    x->state == CERTIFICATE_REVOKED ? " since " : "",
	    x->state == CERTIFICATE_REVOKED ? since : "");
}

/* ---- a request ---- */

/* It goes on by itself, at a time. */
static bool
wait_for(struct judging *j, const char *what, const struct certificate *x,
    int64_t until)
{
	const char *text = arena_printf(j->arena, "%s of certificate %s",
	    what, text_show(x->slug).text);

	j->no_memory = j->no_memory || text == NULL;
	j->decision->not_before = until;
	j->decision->until = text == NULL ? (struct span){ 0 } :
	    span_text(text);
	return false;
}

static bool
hours_allow(struct judging *j, const struct request_facts *f,
    const struct certificate *x)
{
	int64_t opens = certificate_opens(x, f->now);
	char at[TEXT_TIME_SIZE];

	if (opens <= f->now)
		return true;
	text_time(opens, at);
	finding_unmet(j, "hours", ERR_REQUEST_HOURS, "certificate \"%s\" may "
	    "not be used at this time, but from %s on",
	    text_show(x->slug).text, at);
	return wait_for(j, "the hours", x, opens);
}

static bool
number_allows(struct judging *j, const struct request_facts *f,
    const struct certificate *x)
{
	uint64_t most = x->rules.signatures_per_day;

	if (most == 0 || (f->used <= most && f->signatures <= most - f->used))
		return true;
	finding_unmet(j, "signatures-per-day", ERR_REQUEST_DAILY_LIMIT,
	    "certificate \"%s\" may make %llu signatures a day, %llu are made "
	    "or authorised today, and the request needs %llu",
	    text_show(x->slug).text, (unsigned long long)most,
	    (unsigned long long)f->used, (unsigned long long)f->signatures);
	return wait_for(j, "the signatures of the next day", x,
	    policy_day(f->now) + DAY);
}

int64_t
policy_day(int64_t at)
{
	return at / DAY * DAY;
}

bool
certificate_judge_use(struct judging *j, const struct request_facts *f,
    const struct certificate *x)
{
	bool hours = hours_allow(j, f, x);
	bool number = number_allows(j, f, x);

	if (hours && number)
		finding_met(j, "certificate-rules", "certificate \"%s\" may be "
		    "used now", text_show(x->slug).text);
	return hours && number;
}

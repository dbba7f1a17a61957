/*
 * replay_certificates - what was told of certificates, once more: their files
 * in the config commit in force say so (see certificates.h).
 */
#include "base/text.h"
#include "judge/certificates.h"
#include "judge/replay_state.h"

/* What it was is what the events before it told. */
bool
replay_removed(struct replay *r, const struct event *ev, struct err *e)
{
	struct span slug = event_text(ev, "certificate");
	const struct memory_certificate *told = table_find(
	    &r->memory.certificates, slug);

	(void)e;
	if (!replay_rests(r, ev))
		return true;
	if (config_certificate(chain_config(r->chain), slug) != NULL)
		replay_note(r, REPLAY_DIFFERENT, "it is there");
	if (told == NULL || told->sha256.len == 0)
		replay_note(r, REPLAY_DIFFERENT, "it was not there before");
	else if (!span_eq(told->sha256, event_text(ev,
	    "certificate_sha256")) || !span_eq(told->state, event_text(ev,
	    "state")))
		replay_note(r, REPLAY_DIFFERENT, "another certificate or "
		    "state was told of before");
	return true;
}

bool
replay_certificate(struct replay *r, const struct event *ev, struct err *e)
{
	CLEANUP(json_done) struct json *again = json_map();
	const struct certificate *x;

	if (!replay_rests(r, ev))
		return true;
	x = config_certificate(chain_config(r->chain),
	    event_text(ev, "certificate"));
	if (x == NULL) {
		replay_note(r, REPLAY_DIFFERENT, "there is no such "
		    "certificate");
		return true;
	}
	if (event_text(ev, "since").len > 0 &&
	    x->state != CERTIFICATE_REVOKED) {
		replay_note(r, REPLAY_DIFFERENT, "it is not revoked");
		return true;
	}
	return certificate_members(ev->type->name, x, r->scratch, again) &&
	    replay_same(r, ev, again, e);
}

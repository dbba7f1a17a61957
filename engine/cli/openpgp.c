/* openpgp - see openpgp.h. */
#include "cli/openpgp.h"
#include "judge/openpgp.h"

#define PATIENCE	60000	/* ms for one answer of gpg */

void
openpgp_done(struct openpgp *o)
{
	struct err e;

	/* It cleans its home up by itself; only what hangs is killed. */
	if (o->process.process.pid > 0 &&
	    !local_end(&o->process, PATIENCE, &e))
		err_print(stderr, &e, false);
	local_done(&o->process);
	*o = (struct openpgp)OPENPGP_NONE;
}

bool
openpgp_open(void *arg, const struct openpgp_carrier **out, struct err *e)
{
	static const char *const arguments[] = { "where-possible", NULL };
	struct openpgp *o = arg;

	openpgp_done(o);
	if (!local_start(&(struct local_terms){ .role = "verifier",
	    .arguments = arguments, .rows = verifier_answers,
	    .row_count = verifier_answer_count }, &o->process, e))
		return false;
	o->asker = (struct blob_asker){ &o->process.channel, PATIENCE };
	o->carrier = (struct openpgp_carrier){ blob_ask, blob_hear,
	    &o->asker };
	*out = &o->carrier;
	return true;
}

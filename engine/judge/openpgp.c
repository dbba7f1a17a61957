/* openpgp - see openpgp.h. */
#include "git/openpgp_protocol.h"
#include "judge/openpgp.h"

const struct message_row verifier_answers[] = {
	{ VERIFIER_READY, "ready", CHANNEL_ANY, 0 },
	{ VERIFIER_SIGNER, "signer", CHANNEL_ANY, 0 },
	{ VERIFIER_REFUSED, "refused", CHANNEL_ANY, 0 },
};
const size_t verifier_answer_count = COUNT(verifier_answers);

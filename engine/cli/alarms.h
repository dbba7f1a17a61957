/* alarms - what `alarms` and `acknowledge` share. */
#ifndef CLI_ALARMS_H
#define CLI_ALARMS_H

#include "cli/history.h"
#include "crypto/digest.h"

/* alarm_hash is the SHA-256 of an alarm's event: acknowledgements name it. */
bool	alarm_hash(struct history *, const struct fold_alarm *,
	    struct digest_hex *out, struct err *) MUST_USE;

#endif

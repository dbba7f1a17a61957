/*
 * recover - the engine's part of recoveries (recovery.h): those of the ledger
 * are followed again, and what the operator has put into the engine's folder
 * is taken up.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_RECOVER_H
#define JUDGE_RECOVER_H

#include "judge/desk.h"

/*
 * recover_again takes a chain that begins at the root, or lags behind another
 * engine, through the recoveries that the ledger tells of.
 */
bool	recover_again(struct desk *, const struct chain_pin *root,
	    const struct chain_look *, struct err *) MUST_USE;

/*
 * recover_follow looks for a statement that is new. One that counts is in the
 * ledger with an alarm, and the chain stands on its commit; one that does not
 * is told in the log. false: what stops the machine; then the chain is not
 * what the ledger says, and has to be made anew.
 */
bool	recover_follow(struct desk *, const struct chain_pin *root,
	    struct err *) MUST_USE;

#endif

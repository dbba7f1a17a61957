/*
 * key_checks - what the token says of the keys that the config in force names.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_KEY_CHECKS_H
#define JUDGE_KEY_CHECKS_H

#include "judge/desk.h"

/*
 * key_checks_follow asks the signer when the engine starts, each day, and when
 * the config has changed. An engine that stays writes key.checked for each key
 * once, and when the token says something else than before. A key that may
 * leave its token is an alarm (KEY-EXPORTABLE), and the signer does not use it.
 * A key that this engine does not have is no error.
 */
bool	key_checks_follow(struct desk *, struct err *) MUST_USE;

#endif

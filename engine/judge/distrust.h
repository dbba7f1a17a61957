/*
 * distrust - what was accepted with a key that has been in other hands since.
 *
 * A revocation with compromised-since reaches back: signatures that counted
 * when they came would not count now. Nothing that happened is undone by that,
 * and nothing is silently believed either: people are told what to look at.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_DISTRUST_H
#define JUDGE_DISTRUST_H

#include "judge/desk.h"

/*
 * distrust_follow lists, once for each key that the state in force calls
 * compromised, the events since then that rest on its signatures:
 * key.distrusted, and an alarm if there are any.
 */
bool	distrust_follow(struct desk *, struct err *) MUST_USE;

#endif

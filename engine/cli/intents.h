/*
 * intents - uses of keys that began and of which nobody knows the end.
 */
#ifndef CLI_INTENTS_H
#define CLI_INTENTS_H

#include <stdint.h>

/*
 * intents_note says on standard error that an intent is open for more than a
 * day, and what to do; since: the time of the oldest, ms, or 0.
 */
void	intents_note(int64_t since);

#endif

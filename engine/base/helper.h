/*
 * helper - one more thread, for work on bytes that can be done beside other
 * work. A process that may start no threads later starts it before: then its
 * sandbox holds for both. Without it, all is done where it is asked for.
 *
 * What the helper runs touches nothing that others change meanwhile: no arena,
 * no error queue, only what it was handed.
 */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <stdbool.h>

/* helper_start starts it, if that can be; once for each process. */
void	helper_start(void);

/* helper_begin hands it work; false: it is not there, or has work already. */
bool	helper_begin(void (*run)(void *), void *arg);

/* helper_idle tells that it is there and has no work. */
bool	helper_idle(void);

/* helper_wait returns when it has no work with this argument any more. */
void	helper_wait(const void *arg);

/* helper_drop waits for work, if there is any, that nobody wants any more. */
void	helper_drop(void);

/* helper_dropped tells the work itself that it may as well end. */
bool	helper_dropped(void);

#endif

/*
 * lookout - a thread that notices when a module does not return (inside of
 * signer/).
 *
 * A call that hangs cannot be taken back, and its thread cannot be ended: the
 * process tells what happened and ends. A thread that is made before the
 * sandbox would stay outside of it, so each one is short.
 */
#ifndef SIGNER_LOOKOUT_H
#define SIGNER_LOOKOUT_H

#include <pthread.h>

#include "base/err.h"

struct lookout {
	pthread_t	 thread;
	pthread_mutex_t	 lock;
	pthread_cond_t	 change;
	bool		 runs;
	bool		 over;
	/* late is told TOKEN-HANGS, then the process ends. */
	void		(*late)(void *arg, const struct err *);
	void		*arg;
};

/* lookout_begin: without a thread nobody looks, and work goes on. */
void	lookout_begin(struct lookout *,
	    void (*late)(void *, const struct err *), void *arg);

/* lookout_end waits for it; from then on late is not called any more. */
void	lookout_end(struct lookout *);

#endif

/* lookout - see lookout.h. */
#include <time.h>
#include <unistd.h>

#include "keys/keys.h"
#include "signer/lookout.h"
#include "sys/clock.h"

#define STEP	200	/* ms between two looks */

static void
step_wait(struct lookout *w)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += STEP * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&w->change, &w->lock, &until);
}

/* Holds the lock: whoever comes back from the module now waits for the end. */
static void
give_up(struct lookout *w, const struct keystore_pulse *p)
{
	struct err e;

	err_set(&e, ERR_TOKEN_HANGS, "%s did not return from a call within "
	    "%lld ms", p->module, (long long)p->limit);
	w->late(w->arg, &e);
	_exit(err_exit_code(e.what->kind));
}

static void *
lookout_work(void *arg)
{
	struct lookout *w = arg;
	struct keystore_pulse last = keystore_pulse();
	int64_t since = clock_monotonic();

	pthread_mutex_lock(&w->lock);
	while (!w->over) {
		step_wait(w);
		struct keystore_pulse now = keystore_pulse();
		if (now.beats != last.beats || now.module == NULL)
			since = clock_monotonic();
		else if (!w->over && clock_monotonic() - since > now.limit)
			give_up(w, &now);
		last = now;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

void
lookout_begin(struct lookout *w,
    void (*late)(void *, const struct err *), void *arg)
{
	pthread_condattr_t monotonic;

	*w = (struct lookout){ .late = late, .arg = arg };
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->change, &monotonic);
	pthread_condattr_destroy(&monotonic);
	w->runs = pthread_create(&w->thread, NULL, lookout_work, w) == 0;
}

void
lookout_end(struct lookout *w)
{
	pthread_mutex_lock(&w->lock);
	w->over = true;
	pthread_cond_signal(&w->change);
	pthread_mutex_unlock(&w->lock);
	if (w->runs)
		pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->change);
	pthread_mutex_destroy(&w->lock);
}

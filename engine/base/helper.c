/* helper - see helper.h. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/helper.h"

#define STACK	((size_t)1 << 20)	/* bytes: of the address space */

static struct {
	pthread_mutex_t	 lock;		/* over what follows */
	pthread_cond_t	 changed;
	bool		 there;
	void		(*run)(void *);	/* NULL: it has no work */
	void		*arg;
} helper = { .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER };

static atomic_bool dropped;

static void *
serve(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&helper.lock);
	for (;;) {
		while (helper.run == NULL)
			pthread_cond_wait(&helper.changed, &helper.lock);
		pthread_mutex_unlock(&helper.lock);
		helper.run(helper.arg);
		pthread_mutex_lock(&helper.lock);
		helper.run = NULL;
		pthread_cond_broadcast(&helper.changed);
	}
	return NULL;
}

static bool
start(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	bool done = pthread_attr_setstacksize(&attributes, STACK) == 0 &&
	    pthread_attr_setdetachstate(&attributes,
	    PTHREAD_CREATE_DETACHED) == 0 &&
	    pthread_create(&thread, &attributes, serve, NULL) == 0;
	pthread_attr_destroy(&attributes);
	return done;
}

/* Signals are for the thread that was there before. */
void
helper_start(void)
{
	sigset_t all, before;

	if (helper.there)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	helper.there = start();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool
helper_begin(void (*run)(void *), void *arg)
{
	pthread_mutex_lock(&helper.lock);
	bool takes = helper.there && helper.run == NULL;
	if (takes) {
		helper.run = run;
		helper.arg = arg;
		pthread_cond_broadcast(&helper.changed);
	}
	pthread_mutex_unlock(&helper.lock);
	return takes;
}

bool
helper_idle(void)
{
	pthread_mutex_lock(&helper.lock);
	bool idle = helper.there && helper.run == NULL;
	pthread_mutex_unlock(&helper.lock);
	return idle;
}

void
helper_wait(const void *arg)
{
	pthread_mutex_lock(&helper.lock);
	while (helper.run != NULL && helper.arg == arg)
		pthread_cond_wait(&helper.changed, &helper.lock);
	pthread_mutex_unlock(&helper.lock);
}

void
helper_drop(void)
{
	atomic_store(&dropped, true);
	pthread_mutex_lock(&helper.lock);
	while (helper.run != NULL)
		pthread_cond_wait(&helper.changed, &helper.lock);
	pthread_mutex_unlock(&helper.lock);
	atomic_store(&dropped, false);
}

bool
helper_dropped(void)
{
	return atomic_load(&dropped);
}

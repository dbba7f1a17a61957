/* ahead - see ahead.h; sync_file_range(2). */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/rope.h"
#include "sys/ahead.h"

#define PIECE		(8 * MIB)	/* bytes copied between two looks */
#define LOOK		2000000		/* ns between looks at a file's size */

struct ahead {
	pthread_t	 thread;
	pthread_mutex_t	 lock;		/* over what follows */
	pthread_cond_t	 changed;
	bool		 copied;	/* the copy is done, well or not */
	bool		 stop;
	struct err	 err;		/* of the copy; what == NULL: good */

	int		 from, to;	/* the caller's */
	int		 own;		/* to, with a position of our own */
	uint64_t	 len;
	uint64_t	 sent;		/* bytes on their way to the disk */
};

static bool
stopped(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	bool stop = a->stop;
	pthread_mutex_unlock(&a->lock);
	return stop;
}

/* It is only advice: a file system that cannot do it syncs in the end. */
static void
send_to_disk(struct ahead *a, uint64_t end)
{
	if (sync_file_range(a->to, (off64_t)a->sent,
	    (off64_t)(end - a->sent), SYNC_FILE_RANGE_WRITE) == 0)
		a->sent = end;
}

static bool
copy_all(struct ahead *a, struct err *e)
{
	for (uint64_t at = 0; at < a->len && !stopped(a); ) {
		uint64_t left = a->len - at;
		struct extent x = { .fd = a->from, .off = at,
		    .len = left < PIECE ? left : PIECE };
		struct rope r = { &x, 1, x.len };

		if (!rope_write(&r, a->own, e))
			return err_at(e, "output");
		at += x.len;
		send_to_disk(a, at);
	}
	return true;
}

static void
next_look(struct timespec *t)
{
	clock_gettime(CLOCK_MONOTONIC, t);
	t->tv_nsec += LOOK;
	if (t->tv_nsec >= 1000000000) {
		t->tv_nsec -= 1000000000;
		t->tv_sec++;
	}
}

/* Sends what others append, piece by piece, until it is told to stop. */
static void
follow(struct ahead *a)
{
	struct timespec until;
	struct stat st;

	pthread_mutex_lock(&a->lock);
	while (!a->stop) {
		next_look(&until);
		pthread_cond_timedwait(&a->changed, &a->lock, &until);
		pthread_mutex_unlock(&a->lock);
		if (fstat(a->to, &st) == 0 && st.st_size > 0 &&
		    (uint64_t)st.st_size >= a->sent + PIECE)
			send_to_disk(a, (uint64_t)st.st_size);
		pthread_mutex_lock(&a->lock);
	}
	pthread_mutex_unlock(&a->lock);
}

static void *
run(void *arg)
{
	struct ahead *a = arg;
	struct err e = { 0 };

	if (copy_all(a, &e))
		e.what = NULL;
	pthread_mutex_lock(&a->lock);
	a->err = e;
	a->copied = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	follow(a);
	return NULL;
}

static bool
own_position(int fd, int *out, struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	*out = open(path, O_WRONLY | O_CLOEXEC);
	return *out >= 0 || err_errno(e, ERR_SYSTEM_WRITE,
	    "cannot open the output once more");
}

/* The condition's clock must not jump when somebody sets the time. */
static void
condition_init(pthread_cond_t *c)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attributes);
	pthread_condattr_destroy(&attributes);
}

bool
ahead_start(int from, uint64_t len, int to, struct ahead **out,
    struct err *e)
{
	int own;

	if (!own_position(to, &own, e))
		return false;
	struct ahead *a = xcalloc(1, sizeof(*a));
	*a = (struct ahead){ .from = from, .to = to, .own = own, .len = len };
	pthread_mutex_init(&a->lock, NULL);
	condition_init(&a->changed);
	errno = pthread_create(&a->thread, NULL, run, a);
	if (errno != 0) {
		err_errno(e, ERR_PROCESS_START, "cannot start a thread");
		close(own);
		free(a);
		return false;
	}
	*out = a;
	return true;
}

bool
ahead_copied(struct ahead *a, struct err *e)
{
	pthread_mutex_lock(&a->lock);
	while (!a->copied)
		pthread_cond_wait(&a->changed, &a->lock);
	bool good = a->err.what == NULL;
	if (!good)
		*e = a->err;
	pthread_mutex_unlock(&a->lock);
	return good;
}

void
ahead_end(struct ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->changed);
	close(a->own);
	free(a);
}

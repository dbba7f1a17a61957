/* file_ahead - see file_ahead.h. A ring of pieces between two threads. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file_ahead.h"
#include "base/helper.h"
#include "base/own.h"

#define PIECE	((size_t)1 << 20)	/* bytes: to hand one over takes time */
#define PIECES	2
#define LEAST	(4 * PIECE)		/* of a range: less is no gain */

struct file_ahead {
	int		 fd;
	uint64_t	 off, len;
	uint64_t	 next;		/* piece that is asked for next */

	pthread_mutex_t	 lock;		/* over what follows */
	pthread_cond_t	 changed;
	uint64_t	 there;		/* pieces that were read */
	uint64_t	 done;		/* pieces that nobody needs any more */
	bool		 stop;
	bool		 failed;
	struct err	 err;

	uint8_t		 room[PIECES][PIECE];
};

bool
file_read_at(int fd, uint64_t off, uint8_t *out, size_t len, struct err *e)
{
	while (len > 0) {
		ssize_t n = pread(fd, out, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_SYSTEM_READ,
			    "cannot read %zu bytes at %llu", len,
			    (unsigned long long)off);
		if (n == 0)
			return err_set(e, ERR_FILE_TRUNCATED,
			    "the file ends at %llu, %zu bytes early",
			    (unsigned long long)off, len);
		out += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

/* Of the n-th piece; 0 behind the last one. */
static size_t
piece_size(const struct file_ahead *h, uint64_t n)
{
	uint64_t at = n * PIECE;

	return at >= h->len ? 0 :
	    h->len - at < PIECE ? (size_t)(h->len - at) : PIECE;
}

/* ---- the helper ---- */

static bool
room_wait(struct file_ahead *h, uint64_t n)
{
	pthread_mutex_lock(&h->lock);
	while (!h->stop && n >= h->done + PIECES)
		pthread_cond_wait(&h->changed, &h->lock);
	bool goes_on = !h->stop;
	pthread_mutex_unlock(&h->lock);
	return goes_on;
}

static void
run(void *arg)
{
	struct file_ahead *h = arg;
	bool good = true;
	struct err e;
	size_t size;

	for (uint64_t n = 0; good && (size = piece_size(h, n)) > 0 &&
	    room_wait(h, n); n++) {
		good = file_read_at(h->fd, h->off + n * PIECE,
		    h->room[n % PIECES], size, &e);
		pthread_mutex_lock(&h->lock);
		h->there += good;
		h->failed = !good;
		if (!good)
			h->err = e;
		pthread_cond_signal(&h->changed);
		pthread_mutex_unlock(&h->lock);
	}
}

/* ---- whoever asks ---- */

static void
free_all(struct file_ahead *h)
{
	pthread_mutex_destroy(&h->lock);
	pthread_cond_destroy(&h->changed);
	free(h);
}

struct file_ahead *
file_ahead_begin(int fd, uint64_t off, uint64_t len)
{
	if (len < LEAST || !helper_idle())
		return NULL;
	struct file_ahead *h = xcalloc(1, sizeof(*h));
	h->fd = fd;
	h->off = off;
	h->len = len;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	if (helper_begin(run, h))
		return h;
	free_all(h);
	return NULL;
}

bool
file_ahead_next(struct file_ahead *h, struct span *piece, struct err *e)
{
	uint64_t n = h->next++;
	size_t size = piece_size(h, n);

	pthread_mutex_lock(&h->lock);
	h->done = n;
	pthread_cond_signal(&h->changed);
	while (size > 0 && h->there <= n && !h->failed)
		pthread_cond_wait(&h->changed, &h->lock);
	bool good = size == 0 || h->there > n;
	if (!good)
		*e = h->err;
	pthread_mutex_unlock(&h->lock);
	*piece = (struct span){ h->room[n % PIECES], size };
	return good;
}

void
file_ahead_end(struct file_ahead *h)
{
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_signal(&h->changed);
	pthread_mutex_unlock(&h->lock);
	helper_wait(h);
	free_all(h);
}

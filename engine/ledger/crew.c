/* crew - see crew.h. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "ledger/crew.h"

#define THREADS_MOST	64
#define WINDOW		64	/* commits that are read and not taken */
#define WORTH_IT	16	/* commits for which threads are started */
#define STACK		((size_t)1 << 20)	/* bytes */

enum slot_state { SLOT_FREE, SLOT_READING, SLOT_READY };

struct crew {
	struct ledger		*ledger;
	const struct buf	*names;
	size_t			 count;
	struct object_id	 before;	/* tree before the first */
	pthread_mutex_t		 lock;		/* over what follows */
	pthread_cond_t		 changed;
	size_t			 claimed;	/* to be read next */
	size_t			 taken;		/* to be taken next */
	bool			 stop;
	enum slot_state		 states[WINDOW];
	struct reading		 slots[WINDOW];
	pthread_t		 threads[THREADS_MOST];
	struct repository	*repos[THREADS_MOST];
	size_t			 thread_count;
};

struct hand {
	struct crew		*crew;
	struct repository	*repo;
};

const struct commit_name *
ledger_name_at(const struct buf *names, size_t i)
{
	return (const struct commit_name *)(const void *)names->ptr + i;
}

/* The i-th commit in the order of the ledger. */
static const struct commit_name *
name_of(const struct crew *c, size_t i)
{
	return ledger_name_at(c->names, c->count - 1 - i);
}

static void
begin(struct crew *c, size_t i, struct repository *repo)
{
	const struct ledger *l = c->ledger;
	const struct commit_name *name = name_of(c, i);

	c->slots[i % WINDOW] = (struct reading){ .repo = repo,
	    .format = &l->format, .id = name->id,
	    .before = i == 0 ? c->before : name_of(c, i - 1)->tree,
	    .survey = l->survey.fault != NULL,
	    .uses = l->survey.event != NULL };
	c->states[i % WINDOW] = SLOT_READING;
}

static bool
may_claim(const struct crew *c)
{
	return c->claimed < c->count && c->claimed < c->taken + WINDOW;
}

/* Reads the next commit that nobody reads yet; the lock is held. */
static void
read_one(struct crew *c, struct repository *repo)
{
	size_t i = c->claimed++;

	begin(c, i, repo);
	pthread_mutex_unlock(&c->lock);
	reading_make(&c->slots[i % WINDOW]);
	pthread_mutex_lock(&c->lock);
	c->states[i % WINDOW] = SLOT_READY;
	pthread_cond_broadcast(&c->changed);
}

static void *
work(void *arg)
{
	struct hand *h = arg;
	struct crew *c = h->crew;

	pthread_mutex_lock(&c->lock);
	while (!c->stop && c->claimed < c->count) {
		if (may_claim(c))
			read_one(c, h->repo);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	free(h);
	return NULL;
}

/* Each has the repository open for itself. */
static bool
thread_start(struct crew *c, const pthread_attr_t *attributes)
{
	struct repository **repo = &c->repos[c->thread_count];
	struct err unused;

	if (!repository_again(c->ledger->repo, repo, &unused))
		return false;
	struct hand *h = xcalloc(1, sizeof(*h));
	*h = (struct hand){ c, *repo };
	if (pthread_create(&c->threads[c->thread_count], attributes, work,
	    h) == 0) {
		c->thread_count++;
		return true;
	}
	repository_free(TAKE(*repo));
	free(h);
	return false;
}

/* Signals are for the thread that was there before, which reads as well. */
static void
threads_start(struct crew *c)
{
	pthread_attr_t attributes;
	sigset_t all, before;

	if (c->count < WORTH_IT || pthread_attr_init(&attributes) != 0)
		return;
	pthread_attr_setstacksize(&attributes, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (c->thread_count + 1 < c->ledger->threads &&
	    c->thread_count < THREADS_MOST && thread_start(c, &attributes))
		continue;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
}

struct crew *
crew_new(struct ledger *l, const struct buf *names, size_t count)
{
	struct crew *c = xcalloc(1, sizeof(*c));

	c->ledger = l;
	c->names = names;
	c->count = count;
	c->before = l->tree_id;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	threads_start(c);
	return c;
}

void
crew_free(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < c->thread_count; i++)
		pthread_join(c->threads[i], NULL);
	for (size_t i = 0; i < c->thread_count; i++)
		repository_free(c->repos[i]);
	for (size_t i = 0; i < WINDOW; i++)
		if (c->states[i] != SLOT_FREE)
			reading_end(&c->slots[i]);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	free(c);
}

struct reading *
crew_next(struct crew *c)
{
	size_t i = c->taken % WINDOW;

	pthread_mutex_lock(&c->lock);
	while (c->states[i] != SLOT_READY) {
		if (may_claim(c))
			read_one(c, c->ledger->repo);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return &c->slots[i];
}

void
crew_release(struct crew *c, struct reading *r)
{
	reading_end(r);
	pthread_mutex_lock(&c->lock);
	c->states[c->taken % WINDOW] = SLOT_FREE;
	c->taken++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

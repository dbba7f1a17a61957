/*
 * record_race: two engines, a process each with a signer and a courier of its
 * own, write thousands of events to one host at the same time. What is there in
 * the end has all of them, each once, and verifies.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "git/repository.h"
#include "ledger/log.h"
#include "record_world.h"
#include "sys/clock.h"
#include "test.h"

#define WRITERS		2
#define EVENTS		5000	/* of all together */
#define EACH		(EVENTS / WRITERS)
#define BATCH_MOST	39	/* events of one commit: 1 to so many */

/* What the writers tell each other, and the test. */
struct shared {
	atomic_uint	ready;
	atomic_uint	commits, conflicts;
};

/* ---- a writer ---- */

/* Puts the events from `from` on aside, and commits them. */
static bool
batch(struct engine *n, size_t who, unsigned from, unsigned count,
    struct err *e)
{
	char reason[64];

	for (unsigned k = from; k < from + count; k++) {
		snprintf(reason, sizeof(reason), "writer %zu event %u", who,
		    k);
		if (!add(n, reason, e)) {
			record_drop(n->record);
			return false;
		}
	}
	return record_commit(n->record, e);
}

static unsigned
batch_size(unsigned done, unsigned turn)
{
	unsigned size = 1 + turn % BATCH_MOST;

	return size < EACH - done ? size : EACH - done;
}

/* Another one may be faster any number of times; nothing else may go wrong. */
static void
write_all(struct engine *n, size_t who, struct shared *s)
{
	struct err e;

	for (unsigned done = 0, turn = 0; done < EACH; turn++) {
		unsigned size = batch_size(done, turn);

		if (batch(n, who, done, size, &e)) {
			done += size;
			atomic_fetch_add(&s->commits, 1);
		} else {
			assert_err(&e, ERR_RECORD_CONFLICT);
			atomic_fetch_add(&s->conflicts, 1);
		}
	}
}

static pid_t
writer_start(struct world *w, size_t who, struct shared *s)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	/* One by one: SoftHSM writes its token's file at each login. */
	while (atomic_load(&s->ready) < who)
		usleep(1000);
	struct engine *n = engine_open(w, who);
	atomic_fetch_add(&s->ready, 1);
	while (atomic_load(&s->ready) < WRITERS)
		usleep(1000);
	write_all(n, who, s);
	engine_stop(n);
	_exit(0);
}

/* ---- what is there then ---- */

struct reading {
	unsigned	next[WRITERS];	/* event that comes next of each */
	uint64_t	other;
};

static bool
on_read(void *arg, const struct event *ev, struct err *e)
{
	struct reading *r = arg;
	char text[64];
	unsigned k;
	size_t who;

	(void)e;
	snprintf(text, sizeof(text), "%.*s", (int)event_text(ev,
	    "reason").len, (const char *)event_text(ev, "reason").ptr);
	if (sscanf(text, "writer %zu event %u", &who, &k) != 2) {
		r->other++;
		return true;
	}
	assert_true(who < WRITERS);
	assert_int_equal(k, r->next[who]++);
	return true;
}

/* Read from the host as anybody would, from the first commit on. */
static void
assert_whole(struct world *w)
{
	CLEANUP(repository_done) struct repository *host = NULL;
	CLEANUP(ledger_done) struct ledger *l = NULL;
	struct reading r = { .other = 0 };
	const struct ledger_reader reader = { on_read, &r };
	const struct ledger_trust trust = { .log_key = { NULL, 0 } };
	struct object_id head;
	struct err e;

	assert_ok(repository_open(w->engines[0].url, &host, &e) &&
	    ref_read(host, BRANCH, &head, &e), &e);
	l = ledger_new(host, &trust, &reader);
	assert_ok(ledger_advance(l, &head, &e), &e);
	assert_int_equal(ledger_size(l), EVENTS + 2);
	assert_int_equal(r.other, 2);
	for (size_t i = 0; i < WRITERS; i++)
		assert_int_equal(r.next[i], EACH);
	/* And git alone says so. */
	run_ok("cd %s && git fsck --strict && test $(git rev-list --merges "
	    BRANCH " | wc -l) = 0 && test $(git ls-tree -r " BRANCH " events "
	    "| awk '{ print $3 }' | git cat-file --batch --buffer | grep -o "
	    "'writer [01] event [0-9]*' | sort -u | wc -l) = %d",
	    w->engines[0].url, EVENTS);
}

static void
nothing_is_lost_and_nothing_doubled(void **state)
{
	struct world *w = *state;
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[WRITERS];
	int status;

	assert_ptr_not_equal(s, MAP_FAILED);
	struct engine *first = engine_open(w, 0);
	engine_stop(engine_join(w, first, 1));
	engine_stop(first);
	int64_t start = clock_monotonic();
	for (size_t i = 0; i < WRITERS; i++)
		pids[i] = writer_start(w, i, s);
	for (size_t i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	int64_t took = clock_monotonic() - start;
	print_message("%d events in %u commits, %u conflicts, %d s\n", EVENTS,
	    atomic_load(&s->commits), atomic_load(&s->conflicts),
	    (int)(took / 1000));
	assert_true(atomic_load(&s->conflicts) > 0);
	munmap(s, sizeof(*s));
	assert_whole(w);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    nothing_is_lost_and_nothing_doubled, world_open,
		    world_close),
	};
	int code;

	if (world_role(argc, argv, &code))
		return code;
	return cmocka_run_group_tests_name("record_race", tests, NULL, NULL);
}

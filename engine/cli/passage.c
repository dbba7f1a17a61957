/* passage - see passage.h. */
#include <unistd.h>

#include "base/text.h"
#include "cli/passage.h"
#include "sys/clock.h"

#define ENDING		10000	/* ms for a process that is done */
#define JOBS		8	/* at once, if nobody says how many */

struct passages {
	const struct passage_plan *plan;
	struct report		*report;
	struct passage		 all[PASSAGES_MOST];
	size_t			 jobs;
	size_t			 next;		/* argument to begin with */
	bool			 launched, ready;
};

bool
passage_jobs(const struct invocation *in, size_t *out, struct err *e)
{
	const char *text = option_text(in, "jobs");
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t jobs = processors < JOBS / 2 ? JOBS :
	    2 * (uint64_t)processors;

	if (text == NULL && jobs > PASSAGES_MOST)
		jobs = PASSAGES_MOST;
	if ((text != NULL && !text_u64(span_text(text), &jobs)) || jobs == 0 ||
	    jobs > PASSAGES_MOST)
		return err_set(e, ERR_USAGE, "--jobs '%s' is not a number "
		    "from 1 to %d", text_show(span_text(text)).text,
		    PASSAGES_MOST);
	*out = (size_t)jobs;
	return true;
}

/* ---- the end of one file */

static void
leave(struct passages *t, struct passage *p)
{
	local_done(&p->worker);
	local_done(&p->second);
	t->plan->verbs->done(p);
	cli_job_done(&p->work);
	json_release(TAKE(p->passed_over));
	p->stage = PASSAGE_NONE;
}

static void
fail(struct passages *t, struct passage *p, const struct err *e)
{
	report_failed(t->report, p->number, e);
	leave(t, p);
}

static bool
finish(struct passages *t, struct passage *p, struct err *e)
{
	struct done_file done = { .output = p->output,
	    .size = p->result.size };

	if (!t->plan->verbs->judged(p, e) ||
	    !cli_job_place(&p->work, &p->result, p->output, e) ||
	    !t->plan->verbs->answer(p, &done.answer, e))
		return false;
	if (p->passed_over != NULL)
		json_put(done.answer, "passed_over", TAKE(p->passed_over));
	report_file(t->report, p->number, &done);
	leave(t, p);
	return true;
}

/* ---- the beginning */

static void
open_one(struct passages *t, struct passage *p)
{
	const struct passage_plan *plan = t->plan;
	struct err e;

	*p = (struct passage){ .stage = PASSAGE_OPENED, .number = t->next,
	    .file = plan->in->arguments[t->next],
	    .output = plan->outputs[t->next], .work = CLI_JOB_NONE,
	    .worker = LOCAL_NONE, .second = LOCAL_NONE,
	    .shared = plan->shared };
	t->next++;
	if (!plan->verbs->open(p, &e))
		fail(t, p, &e);
}

/* Gives each that was opened the next verb. */
static void
each_opened(struct passages *t, bool (*verb)(struct passage *, struct err *))
{
	struct err e;

	for (size_t i = 0; i < t->jobs; i++)
		if (t->all[i].stage == PASSAGE_OPENED &&
		    !verb(&t->all[i], &e))
			fail(t, &t->all[i], &e);
}

static bool
send(struct passages *t, struct passage *p, struct err *e)
{
	p->left = job_wait(p->work.size);
	p->terms.worker = &p->worker.channel;
	p->terms.worker_patience = p->left;
	p->stage = PASSAGE_SEALING;
	return t->plan->verbs->send(p, e) && seal_begin(&p->terms,
	    &p->work.job, p->work.fds, p->work.arena, &p->result,
	    &p->sealing, e);
}

static void
send_all(struct passages *t)
{
	struct err e;

	for (size_t i = 0; i < t->jobs; i++)
		if (t->all[i].stage == PASSAGE_OPENED &&
		    !send(t, &t->all[i], &e)) {
			local_failed(&t->all[i].worker, &e);
			fail(t, &t->all[i], &e);
		}
}

/* Only what all files share can be false here. */
static bool
fill(struct passages *t, struct err *e)
{
	const struct passage_plan *plan = t->plan;
	size_t count = (size_t)plan->in->count, opened = 0;

	for (size_t i = 0; i < t->jobs && t->next < count; i++)
		while (t->all[i].stage == PASSAGE_NONE && t->next < count &&
		    !report_stopped(t->report))
			open_one(t, &t->all[i]);
	for (size_t i = 0; i < t->jobs; i++)
		opened += t->all[i].stage == PASSAGE_OPENED;
	if (opened == 0)
		return true;
	if (!t->launched && !plan->launch(plan->shared, e))
		return false;
	t->launched = true;
	each_opened(t, plan->verbs->start);
	if (!t->ready && !plan->ready(plan->shared, e))
		return false;
	t->ready = true;
	send_all(t);
	return true;
}

/* ---- on the way */

/* The worker is gone before anybody looks at what it wrote. */
static bool
judge_begin(struct passages *t, struct passage *p, struct err *e)
{
	if (!local_end(&p->worker, ENDING, e))
		return false;
	p->stage = PASSAGE_JUDGING;
	p->left = job_wait(p->work.size);
	return t->plan->verbs->sealed(p, e);
}

static bool
worker_failed(struct passages *t, struct passage *p, struct err *e)
{
	seal_failed(p->sealing, e);
	local_failed(&p->worker, e);
	if (t->plan->verbs->advise != NULL)
		t->plan->verbs->advise(p, e);
	return false;
}

/* The worker said something, or what it wanted was got for it. */
static void
step(struct passages *t, struct passage *p)
{
	struct err e;
	bool ok = true;

	if (p->stage == PASSAGE_JUDGING) {
		ok = finish(t, p, &e);
	} else {
		enum seal_state state = seal_state(p->sealing);

		if (state == SEAL_DONE)
			ok = judge_begin(t, p, &e);
		else if (state == SEAL_FAILED)
			ok = worker_failed(t, p, &e);
	}
	if (!ok)
		fail(t, p, &e);
}

static bool
listens(const struct passage *p)
{
	return p->stage == PASSAGE_JUDGING || (p->stage == PASSAGE_SEALING &&
	    seal_state(p->sealing) == SEAL_HEARS);
}

static bool
wants(const struct passage *p)
{
	return p->stage == PASSAGE_SEALING &&
	    seal_state(p->sealing) == SEAL_WANTS;
}

/* It waits for timestamps. */
static bool
asked(const struct passage *p)
{
	return p->stage == PASSAGE_SEALING &&
	    seal_state(p->sealing) == SEAL_STAMPS;
}

static bool
any(const struct passages *t, bool (*is)(const struct passage *))
{
	for (size_t i = 0; i < t->jobs; i++)
		if (is(&t->all[i]))
			return true;
	return false;
}

/* Those that are so, in their order; how many. */
static size_t
which(struct passages *t, bool (*is)(const struct passage *),
    struct passage **who, struct sealing **list)
{
	size_t n = 0;

	for (size_t i = 0; i < t->jobs; i++)
		if (is(&t->all[i])) {
			who[n] = &t->all[i];
			list[n++] = t->all[i].sealing;
		}
	return n;
}

static void
waited(struct passages *t, struct passage *p, int64_t time)
{
	struct err e;

	p->left -= time;
	if (p->left > 0)
		return;
	err_set(&e, ERR_WORKER_LOST, "the %s did not answer in time",
	    p->stage == PASSAGE_JUDGING ? p->second.process.role :
	    p->worker.process.role);
	fail(t, p, &e);
}

static void
heard(struct passages *t, struct passage *p)
{
	if (p->stage == PASSAGE_SEALING)
		seal_hear(p->sealing);
	step(t, p);
}

/* The channel of the one that is waited for, or NULL. */
static const struct channel *
expected(const struct passage *p)
{
	return asked(p) ? p->terms.courier : !listens(p) ? NULL :
	    p->stage == PASSAGE_JUDGING ? &p->second.channel :
	    &p->worker.channel;
}

/* How long to wait for those that work, from now on. */
static int64_t
patience(const struct passages *t)
{
	int64_t least = INT64_MAX, now = clock_monotonic();

	for (size_t i = 0; i < t->jobs; i++) {
		const struct passage *p = &t->all[i];
		int64_t left = asked(p) ? seal_due(p->sealing) - now :
		    listens(p) ? p->left : INT64_MAX;

		if (left < least)
			least = left;
	}
	return least < 0 ? 0 : least;
}

static void
all_stamped(struct passages *t)
{
	struct sealing *list[PASSAGES_MOST];
	struct passage *who[PASSAGES_MOST];
	size_t n = which(t, asked, who, list);

	seal_stamped(list, n);
	for (size_t i = 0; i < n; i++)
		step(t, who[i]);
}

/* Whoever waited for stamps is told with the others, all at once. */
static void
courier_waited(struct passages *t, const struct passage *p, bool ready)
{
	if (asked(p) && (ready ||
	    seal_due(p->sealing) <= clock_monotonic()))
		all_stamped(t);
}

/* Waits until somebody says something, and hears all who do. */
static bool
hear_all(struct passages *t, struct err *e)
{
	struct watch watch[PASSAGES_MOST];
	bool stamps[PASSAGES_MOST];
	int64_t began = clock_monotonic();
	size_t ready;

	for (size_t i = 0; i < t->jobs; i++) {
		const struct channel *c = expected(&t->all[i]);

		stamps[i] = asked(&t->all[i]);
		watch[i] = (struct watch){ .fd = c == NULL ? -1 : c->fd };
	}
	if (!watch_wait(watch, t->jobs, clock_in(patience(t)), &ready, e))
		return false;
	int64_t time = clock_monotonic() - began;
	for (size_t i = 0; i < t->jobs; i++) {
		if (stamps[i])
			courier_waited(t, &t->all[i], watch[i].ready);
		else if (watch[i].ready)
			heard(t, &t->all[i]);
		else if (watch[i].fd >= 0)
			waited(t, &t->all[i], time);
	}
	return true;
}

/* After a failure of the system, no key is used for another file. */
static void
drop_unreached(struct passages *t)
{
	for (size_t i = 0; i < t->jobs; i++) {
		struct passage *p = &t->all[i];

		if (p->stage == PASSAGE_SEALING && !seal_used(p->sealing))
			leave(t, p);
	}
}

static void
serve(struct passages *t)
{
	struct sealing *list[PASSAGES_MOST];
	struct passage *who[PASSAGES_MOST];
	size_t n = which(t, wants, who, list);

	if (n > 0)
		seal_serve(list, n);
	for (size_t i = 0; i < n; i++)
		step(t, who[i]);
}

static bool
all_begun(const struct passages *t)
{
	return report_stopped(t->report) ||
	    t->next == (size_t)t->plan->in->count;
}

/* Whoever wants something while the courier is asked waits for the next. */
static bool
go_on(struct passages *t, struct err *e)
{
	for (;;) {
		if (report_stopped(t->report))
			drop_unreached(t);
		else if (!fill(t, e))
			return false;
		if (!any(t, asked))
			serve(t);
		if (any(t, asked) || any(t, listens)) {
			if (!hear_all(t, e))
				return false;
		} else if (!any(t, wants) && all_begun(t)) {
			return true;
		}
	}
}

bool
passage_run(const struct passage_plan *plan, struct report *report,
    struct err *e)
{
	size_t count = (size_t)plan->in->count;
	struct passages t = { .plan = plan, .report = report,
	    .jobs = count < plan->jobs ? count : plan->jobs };

	bool ok = go_on(&t, e);
	for (size_t i = 0; i < t.jobs; i++)
		if (t.all[i].stage != PASSAGE_NONE)
			leave(&t, &t.all[i]);
	return ok;
}

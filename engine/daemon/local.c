/* local - see local.h. */
#include <assert.h>

#include "base/text.h"
#include "daemon/local.h"
#include "sys/clock.h"
#include "wire/worker.h"

#define INHERIT		8	/* descriptors besides the channel */
#define DYING		2000	/* ms from the channel's end to the process's */

static bool
start(const struct local_terms *t, int theirs, struct process *out,
    struct err *e)
{
	struct inherit all[INHERIT + 1] = { { theirs, PROCESS_CHANNEL } };
	struct process_plan plan = {
		.role = t->role,
		.inherit = all,
		.count = t->inherit_count + 1,
		.arguments = t->arguments,
		.keep = t->keep,
	};

	assert(t->inherit_count <= INHERIT);
	for (size_t i = 0; i < t->inherit_count; i++)
		all[i + 1] = t->inherit[i];
	return process_start(&plan, out, e);
}

bool
local_start(const struct local_terms *t, struct local *out, struct err *e)
{
	struct process p = { 0 };
	int ends[2];

	if (!channel_pair(ends, e))
		return err_at(e, "%s", t->role);
	bool ok = start(t, ends[1], &p, e);
	fd_done(&ends[1]);
	if (!ok) {
		fd_done(&ends[0]);
		return false;
	}
	*out = (struct local){ .process = p, .channel = channel_open(ends[0],
	    t->role, t->rows, t->row_count) };
	return true;
}

static bool
died(const struct local *l, const struct process_end *end, struct err *e)
{
	return worker_died(l->process.role, end, e);
}

bool
local_failed(struct local *l, struct err *e)
{
	struct process_end end;
	struct err slow;

	if (!err_is(e, ERR_CHANNEL_CLOSED) || l->process.pid <= 0 ||
	    !process_wait(&l->process, clock_in(DYING), &end, &slow))
		return false;
	return died(l, &end, e);
}

bool
local_end(struct local *l, int64_t patience, struct err *e)
{
	struct process_end end;

	assert(l->process.pid > 0);
	channel_done(&l->channel);
	if (!process_wait(&l->process, clock_in(patience), &end, e)) {
		process_kill(&l->process);
		return false;
	}
	return end.code == 0 || died(l, &end, e);
}

void
local_done(struct local *l)
{
	channel_done(&l->channel);
	process_kill(&l->process);
}

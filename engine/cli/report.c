/* report - see report.h. */
#include <stdlib.h>

#include "base/text.h"
#include "cli/job.h"
#include "cli/report.h"

struct row {
	bool		 told;
	enum outcome	 outcome;
	struct done_file done;
	struct err	 err;
};

struct report {
	const struct invocation	*in;
	void			(*print)(const struct invocation *,
				    const struct done_file *);
	struct row		*rows;
	size_t			 count;
	size_t			 told;
	size_t			 shown;		/* rows before are printed */
	bool			 stopped;
	enum err_kind		 worst;
};

static const char *const outcome_names[OUTCOMES] = {
	[OUTCOME_DONE]		= "done",
	[OUTCOME_NOTHING]	= "nothing to do",
	[OUTCOME_FAILED]	= "failed",
	[OUTCOME_NOT_REACHED]	= "not reached",
};

/* The worst last. */
static const enum err_kind severity[] = {
	ERR_KIND_NONE, ERR_KIND_NOTHING, ERR_KIND_REFUSED, ERR_KIND_INPUT,
	ERR_KIND_USAGE, ERR_KIND_CONFIG, ERR_KIND_SYSTEM, ERR_KIND_ALARM,
};

/* Errors of the system's kind that a file can bring about by itself. */
static const enum err_code own_doing[] = { ERR_WORKER_LOST,
    ERR_FILE_CHANGED };

struct report *
report_new(const struct invocation *in, void (*print)(
    const struct invocation *, const struct done_file *))
{
	struct report *r = xcalloc(1, sizeof(*r));

	*r = (struct report){ .in = in, .print = print,
	    .count = (size_t)in->count,
	    .rows = xcalloc((size_t)in->count, sizeof(*r->rows)) };
	return r;
}

void
report_free(struct report *r)
{
	for (size_t i = 0; i < r->count; i++)
		json_release(r->rows[i].done.answer);
	free(r->rows);
	free(r);
}

/* ---- for people */

static void
progress(const struct report *r)
{
	if (r->in->progress && r->count > 1 && r->told < r->count)
		fprintf(stderr, "\r%zu of %zu files ", r->told, r->count);
}

static void
progress_clear(const struct report *r)
{
	if (r->in->progress && r->count > 1)
		fprintf(stderr, "\r%40s\r", "");
}

static void
row_print(const struct report *r, const struct row *row)
{
	const struct palette p = palette_for(r->in->colour);

	if (row->outcome == OUTCOME_FAILED) {
		fflush(stdout);
		err_print(stderr, &row->err, r->in->colour);
	}
	if (row->outcome < OUTCOME_FAILED) {
		r->print(r->in, &row->done);
		return;
	}
	cli_show(span_text(row->done.file));
	printf(": %s%s%s\n", p.red, outcome_names[row->outcome], p.plain);
}

/* In order: what is done early waits until those before it are. */
static void
show(struct report *r)
{
	if (r->in->json || r->count == 1)
		return;
	progress_clear(r);
	while (r->shown < r->count && r->rows[r->shown].told)
		row_print(r, &r->rows[r->shown++]);
	fflush(stdout);
	progress(r);
}

/* ---- what became of a file */

static bool
is_own_doing(const struct err *e)
{
	bool own = false;

	for (size_t i = 0; i < COUNT(own_doing); i++)
		own = own || err_is(e, own_doing[i]);
	return own;
}

static size_t
rank(enum err_kind kind)
{
	size_t n = 0;

	while (severity[n] != kind)
		n++;
	return n;
}

static void
tell(struct report *r, size_t number, enum outcome outcome,
    enum err_kind kind)
{
	struct row *row = &r->rows[number];

	row->told = true;
	row->outcome = outcome;
	row->done.file = r->in->arguments[number];
	r->told++;
	if (rank(kind) > rank(r->worst))
		r->worst = kind;
	show(r);
}

void
report_file(struct report *r, size_t number, const struct done_file *done)
{
	r->rows[number].done = *done;
	tell(r, number, done->outcome, done->outcome == OUTCOME_NOTHING ?
	    ERR_KIND_NOTHING : ERR_KIND_NONE);
}

void
report_failed(struct report *r, size_t number, const struct err *why)
{
	struct err *e = &r->rows[number].err;

	*e = *why;
	if (r->count > 1)
		err_at(e, "%s",
		    text_show(span_text(r->in->arguments[number])).text);
	if (e->what->kind == ERR_KIND_SYSTEM && !is_own_doing(e))
		r->stopped = true;
	tell(r, number, OUTCOME_FAILED, e->what->kind);
}

bool
report_stopped(const struct report *r)
{
	return r->stopped;
}

/* ---- the end */

static void
row_json(struct row *row, struct json *list)
{
	struct json *v = json_map();

	json_put_text(v, "file", text_show(span_text(row->done.file)).text);
	json_put_text(v, "outcome", outcome_names[row->outcome]);
	if (row->done.answer != NULL)
		json_put(v, "answer", TAKE(row->done.answer));
	if (row->outcome == OUTCOME_FAILED)
		json_put_err(v, "error", &row->err);
	json_add(list, v);
}

static void
answer_all(struct report *r)
{
	struct json *list = json_list(), *v = json_map();
	enum outcome worst = OUTCOME_DONE;

	for (size_t i = 0; i < r->count; i++) {
		if (r->rows[i].outcome > worst)
			worst = r->rows[i].outcome;
		row_json(&r->rows[i], list);
	}
	json_put_text(v, "outcome", outcome_names[worst]);
	json_put(v, "artifacts", list);
	cli_answer(v);
}

/* One file by itself: the answer is the command's own. */
static int
end_one(struct report *r, struct err *e)
{
	struct row *row = &r->rows[0];

	if (row->outcome == OUTCOME_FAILED) {
		*e = row->err;
		return -1;
	}
	if (r->in->json)
		cli_answer(TAKE(row->done.answer));
	else
		r->print(r->in, &row->done);
	return err_exit_code(r->worst);
}

int
report_end(struct report *r, struct err *e)
{
	for (size_t i = 0; i < r->count; i++)
		if (!r->rows[i].told)
			tell(r, i, OUTCOME_NOT_REACHED, ERR_KIND_NONE);
	if (r->count == 1)
		return end_one(r, e);
	progress_clear(r);
	if (r->in->json)
		answer_all(r);
	return err_exit_code(r->worst);
}

/* sign_file - see sign_file.h. */
#include <stdlib.h>

#include "base/text.h"
#include "cli/sign_file.h"
#include "cli/sign_progress.h"
#include "daemon/local_job.h"
#include "sys/ahead.h"
#include "sys/clock.h"
#include "sys/file.h"

#define ENDING		10000	/* ms for a checker that is done */

/* What one file needs besides. */
struct signing_file {
	int			 scratch;	/* the checker's own */
	bool			 told;		/* the checker was told all */
	struct ahead		*ahead;		/* writes the output */
	struct issued_item	*issued;	/* for the checker */
	size_t			 issued_count;
	int64_t			 token_time;	/* ms that the token took */
	struct sign_progress	 progress;
};

static void
done(struct passage *p)
{
	struct signing_file *f = p->own;

	if (f == NULL)
		return;
	ahead_end(f->ahead);
	fd_done(&f->scratch);
	free(f);
}

/* ---- the beginning */

static bool
open_file(struct passage *p, struct err *e)
{
	const struct signing *s = p->shared;
	const struct job *common = &s->common.job;
	struct signing_file *f = xcalloc(1, sizeof(*f));

	f->scratch = -1;
	f->progress.shown = s->in->progress && s->in->count == 1;
	p->own = f;
	if (!cli_job_open(p->file, JOB_SIGN, &p->work, e) ||
	    !cli_job_output(&p->work, p->output, e))
		return false;
	p->work.job.configuration = common->configuration;
	p->work.job.directive = common->directive;
	p->work.job.timestamp_roots = common->timestamp_roots;
	p->work.job.timestamp_root_count = common->timestamp_root_count;
	p->work.job.undigested = !s->in->json;
	return true;
}

static bool
start(struct passage *p, struct err *e)
{
	return local_worker(JOB_SIGN, &p->worker, e) &&
	    local_worker(JOB_CHECK, &p->second, e);
}

/*
 * Most lone files keep their bytes in their places when a signature is
 * embedded; what is inside an archive moves.
 */
static bool
output_begin(struct passage *p, const struct resolved *root, struct err *e)
{
	struct signing_file *f = p->own;
	bool stays = p->work.job.copied && !element_kind_moves(root->format);

	return ahead_start(p->work.fds[JOB_INPUT], stays ? p->work.size : 0,
	    p->work.fds[JOB_OUTPUT], &f->ahead, e);
}

static bool
checker_begin(struct passage *p, struct err *e)
{
	struct signing_file *f = p->own;
	int fds[JOB_FDS] = { p->work.fds[JOB_INPUT], p->work.fds[JOB_OUTPUT],
	    -1 };

	if (!cli_job_scratch(&f->scratch, e))
		return false;
	fds[JOB_SCRATCH] = f->scratch;
	return seal_foresee(&p->second.channel, &p->work.job, fds,
	    job_wait(p->work.size), e) || local_failed(&p->second, e);
}

/* ---- while the worker works */

/* Keeps what was signed, so that the checker can account for it. */
static bool
issued_keep(struct passage *p, const struct level *l,
    const struct span *values, struct err *e)
{
	struct signing_file *f = p->own;
	struct arena *a = p->work.arena;

	for (size_t i = 0; i < l->count; i++) {
		struct issued_item *v = arena_grow(a, f->issued,
		    f->issued_count, sizeof(*v));

		if (v == NULL)
			return err_budget(e, a);
		v[f->issued_count++] = (struct issued_item){
		    l->items[i].path, l->items[i].to_be_signed,
		    digest_of(DIGEST_SHA256, values[i]) };
		f->issued = v;
	}
	return true;
}

static bool
on_sign(void *arg, const struct level *l, struct span *values,
    struct arena *a, struct err *e)
{
	struct passage *p = arg;
	const struct signing *s = p->shared;
	struct signing_file *f = p->own;
	struct sign_item *items = ARENA_ARRAY(a, struct sign_item, l->count);

	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < l->count; i++)
		items[i] = (struct sign_item){ l->items[i].path,
		    l->items[i].to_be_signed };
	sign_progress_level(&f->progress, l);
	int64_t began = clock_monotonic();
	if (!token_sign_items(s->token, items, l->count, values, a, e))
		return false;
	f->token_time += clock_monotonic() - began;
	/* The worker relies on the copy from when it has the signatures. */
	return issued_keep(p, l, values, e) && ahead_copied(f->ahead, e);
}

static void
on_progress(void *arg, const struct seal_progress *now)
{
	const struct passage *p = arg;
	const struct signing_file *f = p->own;

	sign_progress_show(&f->progress, now);
}

static void
on_passed(void *arg, struct span url, const struct err *why)
{
	struct passage *p = arg;
	struct signing *s = p->shared;

	authorities_passed(&s->authorities, &p->passed_over, url, why);
}

static bool
on_resolved(void *arg, struct span tree, struct err *e)
{
	struct passage *p = arg;
	const struct signing *s = p->shared;
	struct signing_file *f = p->own;
	struct resolved *root;

	if (!p->work.job.copied && !f->progress.shown)
		return output_begin(p, NULL, e);
	return resolved_read(tree, s->elements, p->work.arena, &root, e) &&
	    output_begin(p, root, e) && sign_progress_tree(&f->progress,
	    root, p->work.arena, e);
}

static bool
send_file(struct passage *p, struct err *e)
{
	struct signing *s = p->shared;

	p->work.job.identity = s->common.job.identity;
	p->terms.hooks = (struct seal_hooks){ .resolved = on_resolved,
	    .sign = on_sign, .progress = on_progress,
	    .passed = on_passed, .arg = p };
	authorities_terms(&s->authorities, &p->terms);
	p->work.job.copied = p->work.job.configuration.len == 0 &&
	    !method_rows[s->method].detached;
	return checker_begin(p, e);
}

static void
advise(const struct passage *p, struct err *e)
{
	const struct signing_file *f = p->own;

	sign_progress_end(&f->progress);
	if (err_is(e, ERR_FORMAT_METHOD) &&
	    p->work.job.configuration.len == 0)
		err_hint(e, "--method cms makes a detached signature of any "
		    "file; --configuration signs files inside an archive");
}

/* ---- what the checker says */

static bool
sealed(struct passage *p, struct err *e)
{
	struct signing_file *f = p->own;
	struct err deaf;

	(void)e;
	sign_progress_end(&f->progress);
	f->told = seal_account(&p->second.channel, f->issued,
	    f->issued_count, job_wait(p->work.size), &deaf);
	return true;
}

static bool
checker_says(struct passage *p, struct err *e)
{
	const struct signing_file *f = p->own;
	struct job_result result;

	if (!seal_answer(&p->second.channel, job_wait(p->work.size),
	    p->work.arena, &result, e))
		return local_failed(&p->second, e);
	if (!f->told)
		return err_set(e, ERR_ARTIFACT_WIRE, "the checker answered "
		    "before it was asked");
	return local_end(&p->second, ENDING, e);
}

static bool
judged(struct passage *p, struct err *e)
{
	struct signing_file *f = p->own;
	bool good = checker_says(p, e);

	ahead_end(TAKE(f->ahead));
	return good || err_at(e, "the signed file was not accepted");
}

/* ---- the answer */

static bool
answer(const struct passage *p, struct json **out, struct err *e)
{
	const struct signing_file *f = p->own;
	struct json *v = NULL;

	if (!json_parse(p->result.json, &v, e))
		return false;
	json_put_text(v, "output", p->output);
	json_put_hex(v, "sha256", digest_span(&p->result.sha256));
	json_put_int(v, "token_ms", f->token_time);
	*out = v;
	return true;
}

/* What else changed in the archives that were made again. */
static void
print_notes(const struct json *rebuilt)
{
	for (size_t i = 0; i < json_count(rebuilt); i++) {
		const struct json *one = json_item(rebuilt, i);
		const struct json *notes = json_member(one, "notes");

		for (size_t k = 0; k < json_count(notes); k++) {
			printf("besides ");
			cli_show(json_span(json_member(one, "path")));
			printf(": ");
			cli_show(json_span(json_item(notes, k)));
			putchar('\n');
		}
	}
}

void
sign_print(const struct invocation *in, const struct done_file *d)
{
	const struct json *list = json_member(d->answer, "signatures");
	struct palette p = palette_for(in->colour);

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_item(list, i);
		struct span time = json_span(json_member(one, "timestamp"));

		printf("%ssigned%s ", p.green, p.plain);
		cli_show(json_span(json_member(one, "path")));
		if (time.len > 0)
			printf("  %s%.*s%s", p.dim, (int)time.len,
			    (const char *)time.ptr, p.plain);
		putchar('\n');
	}
	print_notes(json_member(d->answer, "rebuilt"));
	printf("wrote %s (%s)\n", d->output, text_show_size(d->size).text);
}

const struct passage_verbs sign_verbs = {
	.open		= open_file,
	.start		= start,
	.send		= send_file,
	.sealed		= sealed,
	.judged		= judged,
	.answer		= answer,
	.advise		= advise,
	.done		= done,
};

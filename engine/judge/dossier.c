/* dossier - see dossier.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "judge/dossier.h"
#include "judge/urls.h"
#include "sys/clock.h"

#define PAUSE_FIRST	1000	/* ms after the first failure, doubling */
#define PAUSE_MOST	300000
#define ACTOR		"person/"

static void
dossier_free(struct dossier *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++) {
		errand_drop(f->desk, &f->inputs[i].download);
		attesting_drop(f->desk, &f->inputs[i].attesting);
		fd_done(&f->inputs[i].scratch);
		fd_done(&f->inputs[i].fd);
	}
	json_release(f->event);
	arena_free(f->arena);
	free(f);
}

DEFINE_CLEANUP(struct dossier, dossier_done, dossier_free);

static bool
event_load(struct desk *d, const struct fold_request *q, struct dossier *f,
    struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;

	if (!arena_copy(f->arena, q->id, &f->id))
		return err_budget(e, f->arena);
	if (!ledger_event_read(record_ledger(d->record), q->created, &bytes,
	    &f->event, &ev, e))
		return false;
	f->body = json_member(f->event, "body");
	f->certificate = json_span(json_member(json_member(f->body,
	    "certificate"), "slug"));
	f->created = ev.at;
	f->submitter = event_text(&ev, "actor");
	if (span_starts(f->submitter, ACTOR))
		f->submitter = span_from(f->submitter, strlen(ACTOR));
	return true;
}

static bool
ref_find(struct desk *d, const struct fold_request *q, struct dossier *f,
    struct err *e)
{
	f->ref = (struct release_ref){ .project = q->project, .name = q->ref,
	    .provenance_later = true,
	    .site = urls_site(d, q->project, q->repo) };
	if (!object_id_parse(q->tag_id, &f->ref.object))
		return err_set(e, ERR_LEDGER_EVENT, "a request names no tag");
	return site_open(d, f->ref.site, e);
}

bool
dossier_judge(struct desk *d, struct dossier *f, struct err *e)
{
	return release_judge(d, &f->ref, f->arena, &f->release, &f->decision,
	    e);
}

/* What was read of the manifest is what the request names: one by one. */
static bool
inputs_make(struct dossier *f, struct err *e)
{
	const struct manifest *m = &f->release.manifest;

	if (f->release.facts.manifest == NULL)
		return err_set(e, ERR_GIT_OBJECT_CORRUPT, "the signed tag has "
		    "no manifest any more");
	f->inputs = ARENA_ARRAY(f->arena, struct input,
	    m->artifacts.count + 1);
	if (f->inputs == NULL)
		return err_budget(e, f->arena);
	for (size_t i = 0; i < m->artifacts.count; i++)
		f->inputs[i] = (struct input){ .fd = -1, .scratch = -1,
		    .download = ERRAND_NONE, .attesting = ATTESTING_NONE,
		    .artifact = &m->artifacts.items[i] };
	f->count = m->artifacts.count;
	return true;
}

uint64_t
dossier_signatures(const struct dossier *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->count; i++)
		n += f->inputs[i].signatures;
	return n;
}

/* One that is ready does not keep the others waiting. */
bool
dossier_busy(const struct dossier *f)
{
	bool busy = false;

	for (size_t i = 0; i < f->count; i++) {
		const struct errand *x = &f->inputs[i].download;
		const struct errand *y = &f->inputs[i].attesting.download;

		if (errand_ready(x) || errand_ready(y))
			return false;
		busy = busy || x->busy || y->busy;
	}
	return busy;
}

bool
dossier_of(struct desk *d, const struct fold_request *q,
    struct dossier **out, struct err *e)
{
	CLEANUP(dossier_done) struct dossier *f = NULL;

	for (struct dossier *old = d->dossiers; old != NULL; old = old->next)
		if (span_eq(old->id, q->id)) {
			*out = old;
			return true;
		}
	f = xcalloc(1, sizeof(*f));
	f->desk = d;
	f->arena = arena_new(LIMIT_CHAIN_MEMORY);
	if (!event_load(d, q, f, e) || !ref_find(d, q, f, e) ||
	    !dossier_judge(d, f, e) || !inputs_make(f, e))
		return false;
	f->next = d->dossiers;
	*out = d->dossiers = f;
	f = NULL;
	return true;
}

void
dossier_close(struct desk *d, struct span id)
{
	struct dossier **at = &d->dossiers;

	while (*at != NULL && !span_eq((*at)->id, id))
		at = &(*at)->next;
	if (*at == NULL)
		return;
	struct dossier *f = *at;
	*at = f->next;
	dossier_free(f);
}

void
dossiers_free(struct desk *d)
{
	while (d->dossiers != NULL)
		dossier_close(d, d->dossiers->id);
}

void
dossier_failed(struct dossier *f, const struct err *why, bool for_good)
{
	f->failure = *why;
	f->broken = for_good;
	f->pause = f->pause == 0 ? PAUSE_FIRST : f->pause * 2;
	if (f->pause > PAUSE_MOST)
		f->pause = PAUSE_MOST;
	f->retry_at = clock_in(f->pause);
}

void
dossier_elsewhere(struct dossier *f, const struct fold_request *q)
{
	if (f->elsewhere)
		return;
	f->elsewhere = true;
	LOG(&f->desk->log, LOG_LEVEL_INFO, "request.elsewhere",
	    { "request", text_show(f->id).text },
	    { "engine", text_show(q->engine).text });
}

void
dossier_later(struct dossier *f, const struct decision *d)
{
	char until[TEXT_TIME_SIZE];

	if (f->later == d->not_before)
		return;
	f->later = d->not_before;
	text_time(d->not_before, until);
	LOG(&f->desk->log, LOG_LEVEL_INFO, "request.later",
	    { "request", text_show(f->id).text },
	    { "for", text_show(d->until).text }, { "until", until });
}

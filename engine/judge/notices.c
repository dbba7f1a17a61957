/* notices - see notices.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "judge/errand.h"
#include "judge/notices.h"
#include "judge/told.h"
#include "ledger/story.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/random.h"

#define FILE_LIMIT	(1 * MIB)	/* bytes of notices.json */
#define PATIENCE	INT64_C(60000)	/* ms for one answer */
#define CROWDED		1000	/* ms until there may be a courier again */
#define SCAN_MOST	500	/* events that are looked at in one go */
#define MEMORY		((size_t)1 << 20)
#define DIGITS		24

struct hook {
	struct told	told;
	struct errand	errand;
};

struct notices {
	struct hook	*hooks[NOTICES_MOST];
	size_t		 count;
	bool		 changed;	/* since the file was written */
};

/* The query may hold what only the receiver should know. */
static struct shown
hook_shown(const struct hook *h)
{
	return text_show((struct span){ (const uint8_t *)h->told.url,
	    strcspn(h->told.url, "?") });
}

static void
hook_log(const struct desk *d, const struct hook *h, const char *fact,
    struct err *why)
{
	err_at(why, "event %llu, %s", (unsigned long long)h->told.next,
	    hook_shown(h).text);
	log_err(&d->log, fact, why);
}

/* ---- the file ---- */

static const char *
state_path(const struct desk *d, struct arena *a)
{
	return arena_printf(a, "%.*s/notices.json", (int)d->given.state.len,
	    (const char *)d->given.state.ptr);
}

/* NULL: there is none yet, or none that can be read. */
static struct json *
state_load(const struct desk *d)
{
	CLEANUP(arena_done) struct arena *a = arena_new(MEMORY);
	CLEANUP(buf_done) struct buf text = { 0 };
	const char *path = state_path(d, a);
	struct json *file = NULL;
	struct err e;

	if (path == NULL)
		return NULL;
	bool loaded = file_load(path, FILE_LIMIT, &text, &e);
	if (!loaded && err_is(&e, ERR_FILE_MISSING))
		return NULL;
	if (loaded && told_read(buf_span(&text), &file, &e))
		return file;
	err_at(&e, "%s", path);
	log_err(&d->log, "notice.state", &e);
	return NULL;
}

static void
state_save(struct desk *d)
{
	CLEANUP(arena_done) struct arena *a = arena_new(MEMORY);
	CLEANUP(buf_done) struct buf text = { 0 };
	struct json *list = json_list();
	const char *path = state_path(d, a);
	struct notices *all = d->notices;
	struct err e;

	for (size_t i = 0; i < all->count; i++)
		json_add(list, told_write(&all->hooks[i]->told));
	told_file(list, &text);
	if (path != NULL && file_replace_span(path, buf_span(&text),
	    FILE_PRIVATE, &e)) {
		all->changed = false;
		return;
	}
	/* What is told twice has the same id: better than not at all. */
	if (path != NULL)
		log_err(&d->log, "notice.not-kept", &e);
}

/* ---- whom there is to tell ---- */

static const struct notice *
notice_of(const struct desk *d, const char *url)
{
	const struct organization *o = &chain_config(d->chain)->organization;

	for (size_t i = 0; i < o->notify.count; i++)
		if (span_is(o->notify.items[i].webhook.url, url))
			return &o->notify.items[i];
	return NULL;
}

static struct hook *
hook_find(const struct notices *all, struct span url)
{
	for (size_t i = 0; i < all->count; i++)
		if (span_is(url, all->hooks[i]->told.url))
			return all->hooks[i];
	return NULL;
}

static void
hook_free(struct desk *d, struct hook *h)
{
	errand_drop(d, &h->errand);
	free(h->told.url);
	free(h);
}

/* What no config names any more is forgotten. */
static void
hooks_drop(struct desk *d)
{
	struct notices *all = d->notices;
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++) {
		if (notice_of(d, all->hooks[i]->told.url) != NULL) {
			all->hooks[kept++] = all->hooks[i];
			continue;
		}
		hook_free(d, all->hooks[i]);
		all->changed = true;
	}
	all->count = kept;
}

static void
hook_add(struct desk *d, const struct json *file, struct span url)
{
	CLEANUP(buf_done) struct buf copy = { 0 };
	struct hook *h = xcalloc(1, sizeof(*h));
	uint64_t size = ledger_size(record_ledger(d->record));
	struct err why;

	h->errand = (struct errand)ERRAND_NONE;
	h->errand.aside = h->errand.stays = true;
	buf_put(&copy, url);
	h->told.url = xstrdup(buf_cstr(&copy));
	h->told.next = size;
	if (file != NULL && told_find(file, url, &h->told) &&
	    h->told.next > size) {
		err_set(&why, ERR_NOTICE_STATE, "it was told of %llu events, "
		    "the ledger has %llu", (unsigned long long)h->told.next,
		    (unsigned long long)size);
		h->told.next = size;
		hook_log(d, h, "notice.state", &why);
	}
	d->notices->hooks[d->notices->count++] = h;
	d->notices->changed = true;
}

void
notices_plan(struct desk *d)
{
	const struct organization *o = &chain_config(d->chain)->organization;
	CLEANUP(json_done) struct json *file = NULL;

	if (d->notices == NULL) {
		d->notices = xcalloc(1, sizeof(*d->notices));
		file = state_load(d);
	}
	hooks_drop(d);
	for (size_t i = 0; i < o->notify.count &&
	    d->notices->count < NOTICES_MOST; i++)
		if (hook_find(d->notices, o->notify.items[i].webhook.url) ==
		    NULL)
			hook_add(d, file, o->notify.items[i].webhook.url);
	if (d->notices->changed)
		state_save(d);
}

void
notices_free(struct desk *d)
{
	for (size_t i = 0; d->notices != NULL && i < d->notices->count; i++)
		hook_free(d, d->notices->hooks[i]);
	free_done(&d->notices);
}

/* ---- what is told ---- */

/* Who reads of a project: persons, each once. */
static bool
readers_of(const struct desk *d, struct span project, struct arena *a,
    struct notice_request *q, struct err *e)
{
	const struct config *c = chain_config(d->chain);
	const struct project *p = config_project(c, project);

	q->readers = ARENA_ARRAY(a, struct notice_reader, NOTICE_READERS);
	if (q->readers == NULL)
		return err_budget(e, a);
	for (size_t i = 0; p != NULL && i < c->people.count &&
	    q->reader_count < NOTICE_READERS; i++) {
		const struct person *one = &c->people.items[i];
		const char *name;

		if (one->disabled || !principals_hold(c, &p->readers, one))
			continue;
		name = arena_printf(a, "person/%.*s", (int)one->slug.len,
		    (const char *)one->slug.ptr);
		if (name == NULL)
			return err_budget(e, a);
		q->readers[q->reader_count++] = (struct notice_reader){
		    span_text(name), one->name, one->email };
	}
	return true;
}

static bool
body_of(const struct desk *d, const struct notice *n, const struct event *ev,
    struct buf *out, struct err *e)
{
	const struct organization *o = &chain_config(d->chain)->organization;
	CLEANUP(arena_done) struct arena *a = arena_new(MEMORY);
	CLEANUP(buf_done) struct buf summary = { 0 };
	struct notice_request q = { .channel = SPAN_TEXT("webhook"),
	    .url = n->webhook.url, .credential = n->webhook.secret.name,
	    .organization = o->name, .ledger = o->ledger.id,
	    .event = ev->bytes,
	    .private_addresses = n->webhook.private_address };

	if (!readers_of(d, event_text(ev, "project"), a, &q, e))
		return false;
	event_summary(ev, &summary);
	q.summary = buf_span(&summary);
	notice_write(&q, out);
	return true;
}

static void
hook_failed(struct desk *d, struct hook *h, struct err *why,
    uint32_t retry_after)
{
	uint32_t chance;

	/* No process waits out the pause. */
	errand_drop(d, &h->errand);
	random_bytes(&chance, sizeof(chance));
	int64_t pause = told_bad(&h->told, why->what, clock_now(),
	    retry_after, chance);
	/* A single pass does not wait for it, whoever else is told still. */
	h->told.due = d->given.once ? CLOCK_NEVER : clock_in(pause);
	d->notices->changed = true;
	hook_log(d, h, "notice.failed", why);
}

/* What it was not told for so long is told now. */
static void
hook_told(struct desk *d, struct hook *h)
{
	char n[DIGITS], tries[DIGITS];

	if (h->told.tries > 0) {
		snprintf(n, sizeof(n), "%llu",
		    (unsigned long long)h->told.next);
		snprintf(tries, sizeof(tries), "%u", h->told.tries + 1);
		LOG(&d->log, LOG_LEVEL_INFO, "notice.told",
		    { "n", n }, { "tries", tries },
		    { "url", hook_shown(h).text });
	}
	told_good(&h->told);
	d->notices->changed = true;
}

static void
hook_refused(struct desk *d, struct hook *h, const struct noticed *said)
{
	enum told_answer answer = told_answer(said->status);
	struct err why;

	err_set(&why, ERR_NOTICE_ANSWER, "the receiver answers HTTP %u",
	    (unsigned)said->status);
	hook_failed(d, h, &why, said->retry_after);
	if (!told_hopeless(&h->told, answer))
		return;
	err_set(&why, ERR_NOTICE_SKIPPED, "HTTP %u, %u times: it is not told",
	    (unsigned)said->status, h->told.tries);
	hook_log(d, h, "notice.skipped", &why);
	told_good(&h->told);
}

static void
hook_settle(struct desk *d, struct hook *h)
{
	CLEANUP(buf_done) struct buf answer = { 0 };
	struct noticed said;
	struct err why;

	if (!errand_ready(&h->errand))
		return;
	if (!errand_take(d, &h->errand, &answer, &why) ||
	    !noticed_read(buf_span(&answer), &said, &why))
		hook_failed(d, h, &why, 0);
	else if (told_answer(said.status) == TOLD_TAKEN)
		hook_told(d, h);
	else
		hook_refused(d, h, &said);
}

static bool
hook_start(struct desk *d, struct hook *h, const struct notice *n,
    const struct event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	if (!body_of(d, n, ev, &body, e) || !errand_start(d, &h->errand,
	    COURIER_NOTICE, COURIER_NOTICED, buf_span(&body), -1, PATIENCE,
	    e))
		return false;
	if (!h->errand.busy)
		h->told.due = clock_in(CROWDED);
	return true;
}

/* One event: told if it is ours and wanted, else passed over. */
static bool
event_look(struct desk *d, struct hook *h, const struct notice *n,
    bool *passed, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;

	if (!ledger_event_read(record_ledger(d->record), h->told.next, &bytes,
	    &json, &ev, e))
		return false;
	*passed = !span_eq(event_text(&ev, "engine"), d->given.engine) ||
	    !notice_wants(n, span_text(ev.type->name));
	if (!*passed)
		return hook_start(d, h, n, &ev, e);
	told_good(&h->told);
	d->notices->changed = true;
	return true;
}

static bool
is_behind(const struct desk *d, const struct hook *h)
{
	return h->told.next < ledger_size(record_ledger(d->record));
}

static void
hook_advance(struct desk *d, struct hook *h)
{
	const struct notice *n = notice_of(d, h->told.url);
	bool passed = true;
	struct err why;

	if (n == NULL || h->errand.busy || clock_left(h->told.due) != 0)
		return;
	for (int i = 0; i < SCAN_MOST && passed && is_behind(d, h); i++)
		if (!event_look(d, h, n, &passed, &why)) {
			hook_failed(d, h, &why, 0);
			break;
		}
	/* Nothing is left: its courier may go. */
	if (!h->errand.busy && !is_behind(d, h))
		errand_drop(d, &h->errand);
}

void
notices_advance(struct desk *d)
{
	struct notices *all = d->notices;

	if (all == NULL || d->record == NULL)
		return;
	hooks_drop(d);
	for (size_t i = 0; i < all->count; i++) {
		hook_settle(d, all->hooks[i]);
		/* What was told is kept before the next is. */
		if (all->changed && !all->hooks[i]->errand.busy)
			state_save(d);
		hook_advance(d, all->hooks[i]);
	}
	if (all->changed)
		state_save(d);
}

int64_t
notices_due(const struct desk *d)
{
	const struct notices *all = d->notices;
	int64_t due = CLOCK_NEVER;

	for (size_t i = 0; all != NULL && d->record != NULL &&
	    i < all->count; i++) {
		const struct hook *h = all->hooks[i];

		if (!h->errand.busy && is_behind(d, h) && h->told.due < due)
			due = h->told.due;
	}
	return due;
}

bool
notices_ready(const struct desk *d)
{
	const struct notices *all = d->notices;

	for (size_t i = 0; all != NULL && i < all->count; i++)
		if (errand_ready(&all->hooks[i]->errand))
			return true;
	return clock_left(notices_due(d)) == 0;
}

bool
notices_busy(const struct desk *d)
{
	const struct notices *all = d->notices;

	for (size_t i = 0; all != NULL && i < all->count; i++)
		if (all->hooks[i]->errand.busy)
			return true;
	return clock_left(notices_due(d)) == 0;
}

/* views - see views.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cache.h"
#include "cli/views.h"
#include "sys/file.h"

/* ---- where it is */

static bool
begin(const struct invocation *in, struct views *v, struct err *e)
{
	const char *path = option_text(in, "view");

	if (!history_open(in, &v->h, e))
		return false;
	if (path == NULL)
		return cache_path(in, &v->h, "view", "sqlite", &v->path, e);
	buf_text(&v->path, path);
	return true;
}

void
views_done(struct views *v)
{
	view_free(v->view);
	buf_done(&v->path);
	history_done(&v->h);
}

/* ---- making one */

struct temporary {
	char	*name;
};

static void
temporary_done(struct temporary *t)
{
	if (t->name != NULL)
		unlink(t->name);
	free(t->name);
}

static bool
temporary_make(const char *path, struct temporary *t, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };

	buf_printf(&name, "%s.XXXXXX", path);
	t->name = xstrdup(buf_cstr(&name));
	int fd = mkstemp(t->name);
	if (fd >= 0)
		return close(fd) == 0 || err_errno(e, ERR_SYSTEM_WRITE, "%s",
		    text_show(span_text(t->name)).text);
	free(TAKE(t->name));
	return err_errno(e, ERR_FILE_ACCESS, "cannot make a file beside %s",
	    text_show(span_text(path)).text);
}

/* Synced before it gets the name. */
static bool
place(const struct temporary *t, const char *path, struct err *e)
{
	uint64_t size;
	int fd;

	if (!file_open(t->name, &fd, &size, e))
		return false;
	bool good = file_place(path, fd, size, FILE_PRIVATE, e);
	close(fd);
	return good;
}

static bool
make(struct views *v, struct view *older, struct err *e)
{
	CLEANUP(temporary_done) struct temporary t = { NULL };
	const char *path = buf_cstr(&v->path);

	return temporary_make(path, &t, e) && view_fill(t.name, older,
	    v->h.ledger, v->h.fold, &v->h.trust, e) && place(&t, path, e);
}

static bool
read_ledger(struct history *h, struct ledger_reader reader, struct err *e)
{
	ledger_free(TAKE(h->ledger));
	h->ledger = ledger_new(h->repo, &h->trust, &reader);
	ledger_threads(h->ledger, 0);
	return ledger_advance(h->ledger, &h->head, e);
}

static bool
read_all(struct history *h, struct err *e)
{
	fold_free(TAKE(h->fold));
	h->fold = fold_new();
	return read_ledger(h, (struct ledger_reader){ fold_event, h->fold },
	    e);
}

/* What was there: NULL where there is none that can be used. */
static bool
find_older(struct views *v, struct view **out, struct err *e)
{
	*out = NULL;
	return view_open(buf_cstr(&v->path), out, e) ||
	    err_is(e, ERR_FILE_MISSING) || err_is(e, ERR_VIEW_DAMAGED);
}

static bool
same_key(const struct view *view, const struct history *h)
{
	return span_eq(view_state(view)->log_key, h->trust.log_key);
}

static bool
is_fresh(const struct view *view, const struct history *h)
{
	const struct view_state *s = view_state(view);

	return same_key(view, h) && object_id_eq(&s->head, &h->head) &&
	    s->pin.size == h->trust.pin.size &&
	    merkle_eq(&s->pin.root, &h->trust.pin.root);
}

static bool
open_by_key(struct history *h, void *views, struct err *e)
{
	struct views *v = views;
	CLEANUP(view_done) struct view *older = NULL;

	if (!find_older(v, &older, e))
		return false;
	if (older != NULL && is_fresh(older, h)) {
		v->view = TAKE(older);
		return true;
	}
	if (!read_all(h, e))
		return false;
	bool goes_on = older != NULL && same_key(older, h) &&
	    view_follows(older, h->ledger);
	if (!make(v, goes_on ? older : NULL, e) && !(goes_on &&
	    err_is(e, ERR_VIEW_DAMAGED) && make(v, NULL, e)))
		return false;
	return view_open(buf_cstr(&v->path), &v->view, e);
}

bool
views_open(const struct invocation *in, struct views *v, struct err *e)
{
	return begin(in, v, e) && history_try(&v->h, open_by_key, v, e);
}

static bool
make_anew(struct views *v, struct err *e)
{
	view_free(TAKE(v->view));
	return read_all(&v->h, e) && make(v, NULL, e) &&
	    view_open(buf_cstr(&v->path), &v->view, e);
}

bool
views_ask(struct views *v, bool (*question)(struct views *, void *,
    struct err *), void *arg, const uint64_t *told, struct err *e)
{
	if (question(v, arg, e))
		return true;
	return err_is(e, ERR_VIEW_DAMAGED) && *told == 0 &&
	    make_anew(v, e) && question(v, arg, e);
}

/* ---- made anew, and compared */

struct rebuild {
	struct views		*v;
	bool			 compare;
	void			(*difference)(void *, const char *,
				    const char *, const struct json *);
	void			*arg;
	struct views_found	*found;
	struct fold		*whole, *part;	/* part: what older has */
	uint64_t		 part_size;
};

static bool
both_folds(void *rebuild, const struct event *ev, struct err *e)
{
	struct rebuild *r = rebuild;

	return fold_event(r->whole, ev, e) && (ev->n >= r->part_size ||
	    fold_event(r->part, ev, e));
}

static bool
compare(struct rebuild *r, const char *path, struct err *e)
{
	CLEANUP(temporary_done) struct temporary t = { NULL };
	struct history *h = &r->v->h;

	return temporary_make(path, &t, e) && view_fill(t.name, NULL,
	    h->ledger, r->part, &h->trust, e) && view_compare(t.name, path,
	    r->difference, r->arg, &r->found->differences, e);
}

/* It opens, and turns out to be damaged only when all of it is read. */
static bool
compare_found(struct rebuild *r, const struct view *older, struct err *e)
{
	r->found->size = r->part_size;
	r->found->follows = view_follows(older, r->v->h.ledger);
	if (!r->compare || !r->found->follows ||
	    compare(r, buf_cstr(&r->v->path), e))
		return true;
	if (!err_is(e, ERR_VIEW_DAMAGED))
		return false;
	r->found->readable = false;
	r->found->why = *e;
	return true;
}

static bool
rebuild_read(struct rebuild *r, const struct view *older, struct err *e)
{
	struct history *h = &r->v->h;

	r->part_size = older == NULL ? 0 : view_state(older)->size;
	if (!read_ledger(h, (struct ledger_reader){ both_folds, r }, e))
		return false;
	fold_free(h->fold);
	h->fold = TAKE(r->whole);
	return older == NULL || compare_found(r, older, e);
}

static bool
rebuild_by_key(struct history *h, void *rebuild, struct err *e)
{
	CLEANUP(view_done) struct view *older = NULL;
	struct rebuild *r = rebuild;

	(void)h;
	*r->found = (struct views_found){ .readable = true };
	if (!find_older(r->v, &older, e))
		return false;
	r->found->there = older != NULL || err_is(e, ERR_VIEW_DAMAGED);
	r->found->readable = older != NULL;
	if (older == NULL)
		r->found->why = *e;
	r->whole = fold_new();
	r->part = fold_new();
	bool good = rebuild_read(r, older, e) && make(r->v, NULL, e) &&
	    view_open(buf_cstr(&r->v->path), &r->v->view, e);
	fold_free(TAKE(r->whole));
	fold_free(TAKE(r->part));
	return good;
}

bool
views_rebuild(const struct invocation *in, struct views *v, bool compare_it,
    void (*difference)(void *, const char *, const char *,
    const struct json *), void *arg, struct views_found *found,
    struct err *e)
{
	struct rebuild r = { .v = v, .compare = compare_it,
	    .difference = difference, .arg = arg, .found = found };

	return begin(in, v, e) && history_try(&v->h, rebuild_by_key, &r, e);
}

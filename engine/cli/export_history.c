/*
 * export_history - what proves the events: the ledger's whole history, its
 * keys, what others said of it, and the history of other repositories.
 */
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/export.h"
#include "git/bundle.h"
#include "ledger/anchor.h"

#define REFS_MOST	100000	/* branches of one repository */
#define HEADS		"refs/heads/"
#define REFS_ARENA	((size_t)64 << 20)

static bool
bundle_put(struct export *x, const char *name, struct repository *r,
    const struct ref *refs, size_t count, struct err *e)
{
	CLEANUP(export_file_drop) struct export_file file = { 0 };

	return export_file_open(&x->folder, name, &file, e) &&
	    bundle_write(r, refs, count, &(struct bundle_sink){
	    export_file_put, &file }, e) && export_file_close(&file, e);
}

/* ---- the ledger */

/* Under the name that is looked for, whatever it has in this clone. */
static bool
ledger_put(struct export *x, struct err *e)
{
	const struct ref ref = { span_text(HEADS HISTORY_BRANCH), x->h.head };

	return bundle_put(x, "ledger.bundle", x->h.repo, &ref, 1, e);
}

static bool
keys_put(struct export *x, struct err *e)
{
	const struct ledger_format *f = ledger_format(x->h.ledger);
	CLEANUP(buf_done) struct buf key = { 0 }, signers = { 0 };

	note_key_write(&f->log, &key);
	buf_u8(&key, '\n');
	engines_allowed(ledger_engines(x->h.ledger), &signers);
	return export_file_write(&x->folder, "ledger.vkey", buf_span(&key),
	    e) && export_file_write(&x->folder, "allowed_signers",
	    buf_span(&signers), e);
}

static bool
anchor_put(void *export, uint64_t size, struct span name, struct span bytes,
    struct err *e)
{
	struct export *x = export;
	char path[LEDGER_PATH_SIZE];

	snprintf(path, sizeof(path), "anchors/%" PRIu64 "/%.*s", size,
	    (int)name.len, (const char *)name.ptr);
	x->anchors++;
	return export_file_write(&x->folder, path, bytes, e);
}

/* ---- the config repo */

/* Commits in force: each that came in the period, and the one before. */
struct in_force {
	struct export	*x;
	struct arena	*arena;
	struct ref	*refs;
	size_t		 count;
	uint64_t	 before;	/* events; valid if there is one */
	uint64_t	 last;
	struct object_id before_id, last_id;
	bool		 is_before;
};

static bool
ref_add(struct in_force *f, const char *name, const struct object_id *id,
    struct err *e)
{
	struct ref *grown = arena_grow(f->arena, f->refs, f->count,
	    sizeof(*grown));

	if (name == NULL || grown == NULL)
		return err_budget(e, f->arena);
	f->refs = grown;
	grown[f->count++] = (struct ref){ span_text(name), *id };
	return true;
}

static bool
in_force_at(struct in_force *f, uint64_t n, const struct object_id *id,
    struct err *e)
{
	return ref_add(f, arena_printf(f->arena, HEADS "in-force/%" PRIu64,
	    n), id, e);
}

static bool
in_force_take(struct in_force *f, const struct event *ev, struct err *e)
{
	struct object_id id;

	if (!object_id_parse(event_text(ev, "commit_id"), &id))
		return err_set(e, ERR_GIT_OBJECT_FORMAT, "event %" PRIu64
		    " names a commit by another hash than SHA-1", ev->n);
	if (ev->n >= f->last) {
		f->last = ev->n;
		f->last_id = id;
	}
	if (ev->n >= f->x->from)
		return in_force_at(f, ev->n, &id, e);
	if (!f->is_before || ev->n > f->before) {
		f->before = ev->n;
		f->before_id = id;
	}
	f->is_before = true;
	return true;
}

static bool
in_force_event(void *in_force, const struct json *row, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct in_force *f = in_force;
	uint64_t n = (uint64_t)json_integer_of(json_member(row, "n"));
	struct event ev;

	return n >= f->x->to || (ledger_event_read(f->x->h.ledger, n, &bytes,
	    &json, &ev, e) && in_force_take(f, &ev, e));
}

/* By acceptance and by recovery; HEAD is the last of them. */
static bool
in_force_find(struct in_force *f, struct err *e)
{
	static const char *const types[] = { "config.accepted",
	    "config.recovered" };

	for (size_t i = 0; i < COUNT(types); i++)
		if (!view_events(f->x->view, &(struct view_filter){
		    .type = span_text(types[i]) }, &(struct view_reader){
		    in_force_event, f }, e))
			return false;
	if (f->is_before && !in_force_at(f, f->before, &f->before_id, e))
		return false;
	f->x->configs = f->count;
	return f->count == 0 || ref_add(f, "HEAD", &f->last_id, e);
}

static bool
config_put(struct export *x, const char *folder, struct err *e)
{
	CLEANUP(repository_done) struct repository *r = NULL;
	CLEANUP(arena_done) struct arena *a = arena_new(REFS_ARENA);
	struct in_force f = { .x = x, .arena = a };

	if (!repository_find(folder, &r, e) || !in_force_find(&f, e))
		return false;
	return f.count == 0 || bundle_put(x, "config.bundle", r, f.refs,
	    f.count, e);
}

/* ---- repositories of projects */

/* The branches of a clone, or those of where it came from. */
static bool
source_put(struct export *x, const char *folder, struct err *e)
{
	static const char *const places[] = { HEADS, "refs/remotes/origin/" };
	CLEANUP(repository_done) struct repository *r = NULL;
	CLEANUP(arena_done) struct arena *a = arena_new(REFS_ARENA);
	struct in_force list = { .x = x, .arena = a };
	char name[64];

	if (!repository_find(folder, &r, e))
		return false;
	for (size_t i = 0; list.count == 0 && i < COUNT(places); i++) {
		const struct ref *refs;
		size_t count;

		if (!refs_list(r, places[i], REFS_MOST, a, &refs, &count, e))
			return false;
		for (size_t k = 0; k < count; k++)
			if (!ref_add(&list, arena_printf(a, HEADS "%s",
			    (const char *)refs[k].name.ptr +
			    strlen(places[i])), &refs[k].id, e))
				return false;
	}
	snprintf(name, sizeof(name), "sources/%" PRIu64 ".bundle",
	    ++x->sources);
	return bundle_put(x, name, r, list.refs, list.count, e);
}

static bool
others_put(struct export *x, struct err *e)
{
	const char *config = option_text(x->in, "config"), *source;

	if (config != NULL && !config_put(x, config, e))
		return err_at(e, "--config %s", config);
	for (size_t i = 0; (source = option_nth(x->in, "source", i)) != NULL;
	    i++)
		if (!source_put(x, source, e))
			return err_at(e, "--source %s", source);
	return true;
}

bool
export_history(struct export *x, struct err *e)
{
	return ledger_put(x, e) && keys_put(x, e) &&
	    ledger_anchors_each(x->h.ledger, x->from, anchor_put, x, e) &&
	    others_put(x, e);
}

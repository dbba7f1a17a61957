/* reading - see reading.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "ledger/reading.h"
#include "ledger/state.h"
#include "ledger/uses.h"

struct ledger_fault
reading_fault(const struct reading *r)
{
	return (struct ledger_fault){ .in_commit = true, .commit = r->id };
}

static void
spend(struct reading *r)
{
	r->spent = r->stopped = true;
}

/* Room for one part more; NULL: the budget is spent, and that is told. */
static struct part *
part_add(struct reading *r)
{
	struct part *more = arena_grow(r->arena, r->parts, r->count,
	    sizeof(*more));

	if (more == NULL) {
		spend(r);
		return NULL;
	}
	r->parts = more;
	r->parts[r->count] = (struct part){ .kind = PART_FAULT };
	return &r->parts[r->count++];
}

static struct ledger_fault *
fault_keep(struct reading *r, const struct ledger_fault *f)
{
	struct ledger_fault *copy = ARENA_NEW(r->arena, struct ledger_fault);

	if (copy == NULL)
		spend(r);
	else
		*copy = *f;
	return copy;
}

bool
reading_note(struct reading *r, const struct ledger_fault *f)
{
	struct part *p = part_add(r);

	if (p != NULL)
		p->fault = fault_keep(r, f);
	if (!r->survey)
		r->stopped = true;
	return !r->stopped;
}

bool
reading_commit(struct repository *repo, const struct object_id *id,
    struct arena *a, struct commit_object *out, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct span copy;

	if (!object_read(repo, id, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT, &raw,
	    e))
		return false;
	if (!arena_copy(a, buf_span(&raw), &copy))
		return err_budget(e, a);
	return commit_parse(copy, a, out, e);
}

bool
reading_event_number(struct span path, uint64_t *n)
{
	struct span rest = path, part;
	uint8_t byte;

	*n = 0;
	if (!span_split(&rest, '/', &part))
		return false;
	for (int i = 0; i < 3; i++) {
		if (!span_split(&rest, '/', &part) || part.len != 2 ||
		    !text_unhex(part, &byte, 1))
			return false;
		*n = *n << 8 | byte;
	}
	return rest.len == 0;
}

/* ---- what a commit changes, file by file */

static bool
layout(struct ledger_fault *f, struct span path, const char *why)
{
	fault_path(f, path);
	return err_set(&f->err, ERR_LEDGER_LAYOUT, "%s %s",
	    text_show(path).text, why);
}

static void
on_genesis_file(struct reading *r, const struct tree_difference *d)
{
	struct ledger_fault f = reading_fault(r);

	if (r->genesis)
		return;
	layout(&f, d->path, "may not change");
	reading_note(r, &f);
}

static void
on_checkpoint(struct reading *r, const struct tree_difference *d)
{
	struct ledger_fault f = reading_fault(r);
	CLEANUP(buf_done) struct buf note = { 0 };

	if (r->genesis) {
		layout(&f, d->path, "cannot be there at genesis");
		reading_note(r, &f);
		return;
	}
	fault_path(&f, d->path);
	struct part *p = part_add(r);
	if (p == NULL)
		return;
	p->kind = PART_CHECKPOINT;
	if (!object_read(r->repo, &d->new_id, OBJECT_BLOB, LIMIT_EVENT, &note,
	    &f.err) || !checkpoint_verify(buf_span(&note), &r->format->log,
	    &p->checkpoint, &f.err))
		p->fault = fault_keep(r, &f);
	else if (!arena_copy(r->arena, buf_span(&note), &p->note))
		spend(r);
	r->stopped = r->stopped || (p->fault != NULL && !r->survey);
}

static void
on_blob(struct reading *r, const struct tree_difference *d)
{
	struct ledger_fault f = reading_fault(r);
	CLEANUP(buf_done) struct buf bytes = { 0 };
	char want[LEDGER_PATH_SIZE];

	fault_path(&f, d->path);
	if (!object_read(r->repo, &d->new_id, OBJECT_BLOB, LIMIT_LEDGER_BLOB,
	    &bytes, &f.err)) {
		err_at(&f.err, "%s", text_show(d->path).text);
		reading_note(r, &f);
		return;
	}
	struct digest sum = digest_of(DIGEST_SHA256, buf_span(&bytes));
	ledger_blob_path(span_text(digest_hex(&sum).text), want);
	if (span_is(d->path, want))
		return;
	err_set(&f.err, ERR_LEDGER_BLOB, "%s holds other bytes than its name "
	    "says", text_show(d->path).text);
	fault_expected(&f, d->path, span_text(want));
	reading_note(r, &f);
}

static void
on_anchor(struct reading *r, const struct tree_difference *d)
{
	struct part *p = part_add(r);

	if (p == NULL)
		return;
	p->kind = PART_ANCHOR;
	p->path = d->path;
	p->file = d->new_id;
}

/* ---- events */

/* The blob of that path is one that the commit adds, and is cited. */
static bool
added_here(struct reading *r, const char *path)
{
	size_t low = 0, high = r->change_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = span_cmp(r->changes[middle].path,
		    span_text(path));

		if (order == 0) {
			r->cited[middle] = true;
			return r->changes[middle].new_mode != 0;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* What an event cites, while it is read. */
struct citing {
	struct reading		*reading;
	const struct event	*event;
};

static struct ledger_fault
event_fault(const struct reading *r, uint64_t n)
{
	struct ledger_fault f = reading_fault(r);

	f.of_event = true;
	f.n = n;
	return f;
}

/* A cited blob must be in the tree of the commit that cites it. */
static bool
cited(void *arg, const char *where, struct span hex)
{
	const struct citing *c = arg;
	struct reading *r = c->reading;
	struct ledger_fault f = event_fault(r, c->event->n);
	char path[LEDGER_PATH_SIZE];
	struct tree_entry entry;

	ledger_blob_path(hex, path);
	if (added_here(r, path) || tree_lookup(r->repo, &r->tree,
	    span_text(path), &entry, &f.err))
		return true;
	fault_path(&f, span_text(path));
	err_set(&f.err, ERR_LEDGER_BLOB, "%s is cited and not there", path);
	err_at(&f.err, "%s", where);
	return reading_note(r, &f);
}

static bool
cited_are_there(struct reading *r, const struct event *ev)
{
	struct citing c = { r, ev };

	return event_cites(ev, cited, &c);
}

/* The bytes, which live on, their leaf, and what they say. */
static bool
event_take(struct reading *r, const struct tree_difference *d,
    struct part *p, struct ledger_fault *f)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct span copy;

	if (!object_read(r->repo, &d->new_id, OBJECT_BLOB, LIMIT_EVENT,
	    &bytes, &f->err))
		return false;
	if (!arena_copy(r->arena, buf_span(&bytes), &copy))
		return err_budget(&f->err, r->arena);
	p->leaf = merkle_leaf(copy);
	p->hashed = true;
	return event_parse(copy, p->n, &p->json, &p->event, &f->err);
}

static void
on_event(struct reading *r, const struct tree_difference *d)
{
	struct part *p = part_add(r);

	if (p == NULL)
		return;
	p->kind = PART_EVENT;
	p->path = d->path;
	p->numbered = reading_event_number(d->path, &p->n);
	if (!p->numbered)
		return;
	struct ledger_fault f = event_fault(r, p->n);
	fault_path(&f, d->path);
	if (!event_take(r, d, p, &f)) {
		p->fault = fault_keep(r, &f);
		r->stopped = r->stopped || !r->survey;
		return;
	}
	size_t at = r->count - 1;
	if (!cited_are_there(r, &p->event) || !r->uses)
		return;
	p = &r->parts[at];
	f = event_fault(r, p->n);
	if (!uses_of(r, &p->event, &p->uses, &f))
		reading_note(r, &f);
}

/*
 * What may stand in the branch. Rows are in the order in which paths are
 * checked, so that blobs are good before events cite them, and the checkpoint
 * is compared before events come after it.
 */
static const struct place {
	const char	*path;		/* or its beginning, if it ends in / */
	bool		 replaced;	/* may change; else only be added */
	void		(*check)(struct reading *,
			    const struct tree_difference *);
} places[] = {
	{ "README.md", false, on_genesis_file },
	{ "format", false, on_genesis_file },
	{ "checkpoint", true, on_checkpoint },
	{ "blobs/sha256/", false, on_blob },
	{ "anchors/", false, on_anchor },
	{ "events/", false, on_event },
};

static bool
is_at(const struct place *p, struct span path)
{
	return p->path[strlen(p->path) - 1] == '/' ?
	    span_starts(path, p->path) : span_is(path, p->path);
}

static bool
place_known(const struct tree_difference *d, struct ledger_fault *f)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		if (!is_at(&places[i], d->path))
			continue;
		if (d->new_mode == 0)
			return layout(f, d->path, "was removed");
		if (d->old_mode != 0 && !places[i].replaced)
			return layout(f, d->path, "was changed");
		if (d->new_mode != TREE_FILE)
			return layout(f, d->path, "is no plain file");
		return true;
	}
	return layout(f, d->path, "has no place in a ledger");
}

/* A file that was there is told by what it was and what it is. */
static void
tell_objects(const struct tree_difference *d, struct ledger_fault *f)
{
	f->of_event = span_starts(d->path, "events/") &&
	    reading_event_number(d->path, &f->n);
	fault_expected(f, span_text(d->old_mode == 0 ? "" :
	    object_id_hex(&d->old_id).text), span_text(d->new_mode == 0 ? "" :
	    object_id_hex(&d->new_id).text));
}

/* skip: those that have no place, or not the one where they are. */
static void
check_places(struct reading *r, bool *skip)
{
	for (size_t i = 0; i < r->change_count && !r->stopped; i++) {
		struct ledger_fault f = reading_fault(r);

		if (place_known(&r->changes[i], &f))
			continue;
		skip[i] = true;
		tell_objects(&r->changes[i], &f);
		reading_note(r, &f);
	}
}

static bool
all_events_read(const struct reading *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->parts[i].kind == PART_EVENT && r->parts[i].json == NULL)
			return false;
	return true;
}

/*
 * A blob is proven by the event that cites it: what none cites could be
 * anything. Where an event could not be read, it may be the one.
 */
static void
check_uncited(struct reading *r, const bool *skip)
{
	if (!all_events_read(r))
		return;
	for (size_t i = 0; i < r->change_count && !r->stopped; i++) {
		struct ledger_fault f = reading_fault(r);

		if (skip[i] || r->cited[i] ||
		    !span_starts(r->changes[i].path, "blobs/"))
			continue;
		layout(&f, r->changes[i].path, "is cited by no event of its "
		    "commit");
		reading_note(r, &f);
	}
}

static void
check_changes(struct reading *r)
{
	struct ledger_fault f = reading_fault(r);

	if (!tree_compare(r->repo, r->genesis ? NULL : &r->before, &r->tree,
	    r->arena, &r->changes, &r->change_count, &f.err)) {
		reading_note(r, &f);
		return;
	}
	bool *skip = ARENA_ARRAY(r->arena, bool, r->change_count + 1);
	r->cited = ARENA_ARRAY(r->arena, bool, r->change_count + 1);
	if (skip == NULL || r->cited == NULL) {
		spend(r);
		return;
	}
	check_places(r, skip);
	for (size_t p = 0; p < COUNT(places); p++)
		for (size_t i = 0; i < r->change_count && !r->stopped; i++)
			if (!skip[i] && is_at(&places[p], r->changes[i].path))
				places[p].check(r, &r->changes[i]);
	if (!r->stopped)
		check_uncited(r, skip);
}

/* ---- the commit */

/*
 * Whatever is wrong with a signature: the engine did not sign this commit.
 * Whether the key is an engine's, those before tell.
 */
static bool
check_signature(struct reading *r, struct err *e)
{
	static const struct sshsig_rules rules = { .name_space = "git" };
	const struct commit_object *c = &r->commit;
	struct ssh_key key;
	struct sshsig sig;
	struct err why;

	if (c->signature.armor != ARMOR_SSH)
		return err_set(e, ERR_LEDGER_SIGNER, "not signed by SSH");
	if (!sshsig_parse_armor(r->arena, c->signature.text, &sig, &why) ||
	    !ssh_key_parse(sig.public_key, &key, &why) ||
	    !sshsig_verify(&sig, &key, &rules, c->signature.payload, &why))
		return err_set(e, ERR_LEDGER_SIGNER, "%s", why.text);
	r->signer = key.blob;
	return true;
}

void
reading_make(struct reading *r)
{
	struct ledger_fault f = reading_fault(r);

	r->arena = arena_new(READING_ARENA);
	r->parsed = reading_commit(r->repo, &r->id, r->arena, &r->commit,
	    &f.err);
	if (!r->parsed) {
		reading_note(r, &f);
		r->stopped = true;
		return;
	}
	r->tree = r->commit.tree;
	if (check_signature(r, &f.err) || reading_note(r, &f))
		check_changes(r);
}

void
reading_end(struct reading *r)
{
	for (size_t i = 0; i < r->count; i++)
		json_release(r->parts[i].json);
	arena_free(r->arena);
	r->arena = NULL;
	r->parts = NULL;
	r->count = 0;
}

/* commit - one commit of a ledger, checked in all its parts: see log.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "git/tree.h"
#include "ledger/state.h"
#include "ledger/story.h"

struct taken {
	struct event	 event;
	struct json	*json;
};

/* A commit while it is being checked. */
struct step {
	struct ledger		*ledger;
	struct arena		*arena;
	struct object_id	 tree_id;
	struct object_id	 before;	/* tree of the parent */
	bool			 genesis;
	uint64_t		 size;		/* before this commit */
	struct taken		*taken;		/* its events */
	size_t			 count;
};

static bool
blob_exists(struct ledger *l, const struct object_id *tree, struct span hex,
    struct err *e)
{
	char path[LEDGER_PATH_SIZE];
	struct tree_entry entry;

	ledger_blob_path(hex, path);
	return tree_lookup(l->repo, tree, span_text(path), &entry, e) ||
	    err_set(e, ERR_LEDGER_BLOB, "%s is cited and not there", path);
}

/* A cited blob must be in the tree of the commit that cites it. */
static bool
cited_are_there(struct step *s, const struct event *ev, struct err *e)
{
	const struct json *list = json_member(ev->json, "evidence");

	for (const struct event_member *m = ev->type->members;
	    m->name != NULL; m++)
		if (m->kind == MEMBER_BLOB && json_member(ev->json, m->name) !=
		    NULL && !blob_exists(s->ledger, &s->tree_id,
		    event_text(ev, m->name), e))
			return err_at(e, "%s", m->name);
	for (size_t i = 0; list != NULL && i < json_count(list); i++)
		if (!blob_exists(s->ledger, &s->tree_id, json_span(
		    json_member(json_item(list, i), "raw_sha256")), e))
			return err_at(e, "evidence[%zu]", i);
	return true;
}

/* Genesis tells the keys again, so that checkpoints cover them. */
static bool
created_as_format(const struct ledger_format *f, const struct event *ev,
    struct err *e)
{
	CLEANUP(buf_done) struct buf key = { 0 };
	const struct json *keys = json_member(ev->json, "commit_keys");
	bool same = span_is(json_span(json_member(ev->json, "type")),
	    "ledger.created") && json_count(keys) == f->commit_count;

	note_key_write(&f->log, &key);
	same = same && span_eq(event_text(ev, "origin"), f->origin) &&
	    span_eq(event_text(ev, "log_key"), buf_span(&key));
	for (size_t i = 0; same && i < f->commit_count; i++) {
		key.len = 0;
		ssh_key_line(&f->commits[i], "", &key);
		same = span_eq(json_span(json_item(keys, i)), buf_span(&key));
	}
	return same || err_set(e, ERR_LEDGER_FORMAT, "event 0 is not "
	    "ledger.created with the keys that format names");
}

/* Keeps an event for the reader until the whole commit was found good. */
static bool
keep(struct step *s, const struct event *ev, struct json **json,
    struct err *e)
{
	s->taken = arena_grow(s->arena, s->taken, s->count,
	    sizeof(*s->taken));
	if (s->taken == NULL)
		return err_budget(e, s->arena);
	struct taken *t = &s->taken[s->count];
	t->event = *ev;
	if (!arena_copy(s->arena, ev->bytes, &t->event.bytes))
		return err_budget(e, s->arena);
	t->json = TAKE(*json);
	s->count++;
	return true;
}

static bool
take_event(struct step *s, struct span bytes, struct err *e)
{
	struct ledger *l = s->ledger;
	CLEANUP(json_done) struct json *json = NULL;
	struct event ev;

	if (!event_parse(bytes, l->tree.size, &json, &ev, e))
		return false;
	if (ev.n > 0 && ev.at < l->last_time)
		return err_set(e, ERR_LEDGER_TIME, "its time is before that "
		    "of the event before it");
	if (ev.n == 0 && !created_as_format(&l->format, &ev, e))
		return false;
	if (!cited_are_there(s, &ev, e))
		return false;
	struct merkle_hash leaf = merkle_leaf(bytes);
	merkle_tree_append(&l->tree, &leaf);
	l->last_time = ev.at;
	return keep(s, &ev, &json, e);
}

static bool
layout(struct err *e, struct span path, const char *why)
{
	return err_set(e, ERR_LEDGER_LAYOUT, "%s %s", text_show(path).text,
	    why);
}

static bool
on_event(struct step *s, const struct tree_difference *d, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	char want[LEDGER_PATH_SIZE];
	uint64_t n = s->ledger->tree.size;

	if (!ledger_event_path(n, want))
		return layout(e, d->path, "is one event more than fits");
	if (!span_is(d->path, want))
		return err_set(e, ERR_LEDGER_ORDER, "the next event would be "
		    "%s, not %s", want, text_show(d->path).text);
	if (!object_read(s->ledger->repo, &d->new_id, OBJECT_BLOB, LIMIT_EVENT,
	    &bytes, e) || !take_event(s, buf_span(&bytes), e))
		return err_at(e, "event %llu", (unsigned long long)n);
	return true;
}

static bool
on_blob(struct step *s, const struct tree_difference *d, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	char want[LEDGER_PATH_SIZE];

	if (!object_read(s->ledger->repo, &d->new_id, OBJECT_BLOB,
	    LIMIT_LEDGER_BLOB, &bytes, e))
		return err_at(e, "%s", text_show(d->path).text);
	struct digest sum = digest_of(DIGEST_SHA256, buf_span(&bytes));
	ledger_blob_path(span_text(digest_hex(&sum).text), want);
	return span_is(d->path, want) || err_set(e, ERR_LEDGER_BLOB,
	    "%s holds other bytes than its name says",
	    text_show(d->path).text);
}

static bool
on_anchor(struct step *s, const struct tree_difference *d, struct err *e)
{
	return ledger_anchor_take(s->ledger, &s->tree_id, d->path, &d->new_id,
	    e);
}

static bool
on_genesis_file(struct step *s, const struct tree_difference *d,
    struct err *e)
{
	return s->genesis || layout(e, d->path, "may not change");
}

static bool
on_checkpoint(struct step *s, const struct tree_difference *d, struct err *e)
{
	struct ledger *l = s->ledger;
	struct checkpoint c;

	if (s->genesis)
		return layout(e, d->path, "cannot be there at genesis");
	l->checkpoint.len = 0;
	if (!object_read(l->repo, &d->new_id, OBJECT_BLOB, LIMIT_EVENT,
	    &l->checkpoint, e) || !checkpoint_verify(buf_span(&l->checkpoint),
	    &l->format.log, &c, e))
		return false;
	struct merkle_hash root = c.size == s->size ?
	    merkle_tree_root(&l->tree, s->size) : merkle_empty();
	if (c.size != s->size || !merkle_eq(&c.root, &root))
		return err_set(e, ERR_LEDGER_CHECKPOINT, "the checkpoint says "
		    "%llu events; its size or its root is not that of the "
		    "%llu events before it", (unsigned long long)c.size,
		    (unsigned long long)s->size);
	l->checkpoint_size = c.size;
	return true;
}

/*
 * What may stand in the branch. Rows are in the order in which paths are
 * checked, so that blobs are good before events cite them, and the checkpoint
 * is compared before events come after it.
 */
static const struct place {
	const char	*path;		/* or its beginning, if it ends in / */
	bool		 replaced;	/* may change; else only be added */
	bool		(*check)(struct step *, const struct tree_difference *,
			    struct err *);
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
place_known(const struct tree_difference *d, struct err *e)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		if (!is_at(&places[i], d->path))
			continue;
		if (d->new_mode == 0)
			return layout(e, d->path, "was removed");
		if (d->old_mode != 0 && !places[i].replaced)
			return layout(e, d->path, "was changed");
		if (d->new_mode != TREE_FILE)
			return layout(e, d->path, "is no plain file");
		return true;
	}
	return layout(e, d->path, "has no place in a ledger");
}

static bool
check_changes(struct step *s, struct err *e)
{
	const struct tree_difference *d;
	size_t count;

	if (!tree_compare(s->ledger->repo, s->genesis ? NULL : &s->before,
	    &s->tree_id, s->arena, &d, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!place_known(&d[i], e))
			return false;
	for (size_t p = 0; p < COUNT(places); p++)
		for (size_t i = 0; i < count; i++)
			if (is_at(&places[p], d[i].path) &&
			    !places[p].check(s, &d[i], e))
				return false;
	if (!s->genesis && s->ledger->checkpoint_size != s->size)
		return err_set(e, ERR_LEDGER_CHECKPOINT, "the checkpoint is "
		    "of %llu events, the commit adds to %llu",
		    (unsigned long long)s->ledger->checkpoint_size,
		    (unsigned long long)s->size);
	return true;
}

static bool
read_format(struct ledger *l, const struct object_id *tree, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 }, key = { 0 };

	if (!ledger_read_file(l, tree, "format", LIMIT_EVENT, &bytes, e) ||
	    !ledger_format_parse(l->arena, buf_span(&bytes), &l->format, e))
		return false;
	note_key_write(&l->format.log, &key);
	if (l->trust.log_key.len > 0 &&
	    !span_eq(buf_span(&key), l->trust.log_key))
		return err_set(e, ERR_LEDGER_FORMAT, "the log's key is %s, "
		    "trusted is another", text_show(buf_span(&key)).text);
	return true;
}

/* Whatever is wrong with a signature: the engine did not sign this commit. */
static bool
check_signature(const struct ledger_format *f, const struct commit_object *c,
    struct arena *a, struct err *e)
{
	static const struct sshsig_rules rules = { .name_space = "git" };
	struct sshsig sig;
	struct err why;

	if (c->signature.armor != ARMOR_SSH)
		return err_set(e, ERR_LEDGER_SIGNER, "not signed by SSH");
	if (!sshsig_parse_armor(a, c->signature.text, &sig, &why))
		return err_set(e, ERR_LEDGER_SIGNER, "%s", why.text);
	for (size_t i = 0; i < f->commit_count; i++)
		if (span_eq(f->commits[i].blob, sig.public_key))
			return sshsig_verify(&sig, &f->commits[i], &rules,
			    c->signature.payload, &why) ||
			    err_set(e, ERR_LEDGER_SIGNER, "%s", why.text);
	return err_set(e, ERR_LEDGER_SIGNER, "signed by a key that format "
	    "does not name");
}

/* Pinned size reached: what was seen then must be there now. */
static bool
check_pin(struct ledger *l, struct err *e)
{
	const struct ledger_pin *pin = &l->trust.pin;

	if (l->pin_met || pin->size > l->tree.size)
		return true;
	struct merkle_hash root = merkle_tree_root(&l->tree, pin->size);
	if (pin->size > 0 && !merkle_eq(&root, &pin->root))
		return err_set(e, ERR_LEDGER_REWIND, "the first %llu events "
		    "are not those that were seen before",
		    (unsigned long long)pin->size);
	l->pin_met = true;
	return true;
}

bool
ledger_commit_read(struct ledger *l, const struct object_id *id,
    struct arena *a, struct commit_object *out, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct span copy;

	if (!object_read(l->repo, id, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT, &raw,
	    e))
		return false;
	if (!arena_copy(a, buf_span(&raw), &copy))
		return err_budget(e, a);
	return commit_parse(copy, a, out, e);
}

/* A step is all or nothing: on error the ledger stands where it stood. */
static void
step_back(struct ledger *l, const struct ledger *was, struct span checkpoint)
{
	for (size_t level = 0; level < MERKLE_LEVELS; level++)
		l->tree.levels[level].len = was->tree.levels[level].len;
	l->tree.size = was->tree.size;
	l->last_time = was->last_time;
	l->anchored = was->anchored;
	l->checkpoint_size = was->checkpoint_size;
	l->checkpoint.len = 0;
	buf_put(&l->checkpoint, checkpoint);
}

static bool
tell_reader(struct step *s, struct err *e)
{
	const struct ledger_reader *r = &s->ledger->reader;

	for (size_t i = 0; r->event != NULL && i < s->count; i++)
		if (!r->event(r->arg, &s->taken[i].event, e))
			return err_at(e, "event %llu", (unsigned long long)
			    s->taken[i].event.n);
	return true;
}

/* Who reads messages only must not be told another story. */
static bool
check_story(const struct step *s, const struct commit_object *c,
    struct err *e)
{
	CLEANUP(story_done) struct story story = { .count = 0 };

	for (size_t i = 0; i < s->count; i++)
		story_add(&story, &s->taken[i].event);
	return story_check(&story, c, s->size, s->ledger->last_time, e);
}

static bool
check_parts(struct step *s, const struct object_id *id, struct err *e)
{
	struct ledger *l = s->ledger;
	struct commit_object c;

	if (!ledger_commit_read(l, id, s->arena, &c, e))
		return false;
	s->tree_id = c.tree;
	if (s->genesis && !read_format(l, &c.tree, e))
		return false;
	if (!check_signature(&l->format, &c, s->arena, e) ||
	    !check_changes(s, e) || !check_pin(l, e))
		return false;
	if (s->genesis && l->tree.size != 1)
		return err_set(e, ERR_LEDGER_ORDER, "genesis holds %llu "
		    "events, not one", (unsigned long long)l->tree.size);
	return check_story(s, &c, e) && tell_reader(s, e);
}

bool
ledger_commit_check(struct ledger *l, const struct object_id *id,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(COMMIT_ARENA);
	CLEANUP(buf_done) struct buf checkpoint = { 0 };
	const struct ledger was = *l;
	struct step s = { .ledger = l, .arena = a, .before = l->tree_id,
	    .genesis = l->commits == 0, .size = l->tree.size };

	buf_put(&checkpoint, buf_span(&l->checkpoint));
	bool good = check_parts(&s, id, e);
	for (size_t i = 0; i < s.count; i++)
		json_release(s.taken[i].json);
	if (!good) {
		step_back(l, &was, buf_span(&checkpoint));
		return err_at(e, "commit %s", object_id_hex(id).text);
	}
	l->tree_id = s.tree_id;
	l->head = *id;
	l->commits++;
	return true;
}

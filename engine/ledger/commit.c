/*
 * commit - the next commit of a ledger, as it was read, put behind those before
 * it: order, time, roots. See log.h and reading.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "ledger/state.h"
#include "ledger/story.h"

#define GAP_MOST	4096	/* events that may be missing at one place */
#define NOBODY		SIZE_MAX	/* signed it: surveys go on */

/* A commit while it is taken. */
struct step {
	struct ledger		*ledger;
	const struct reading	*reading;
	uint64_t		 size;		/* before this commit */
	bool			 checkpointed;
	size_t			 signer;	/* number of the engine */
};

/* Genesis tells the keys again, so that checkpoints cover them. */
static bool
created_as_format(const struct ledger_format *f, const struct event *ev,
    struct err *e)
{
	CLEANUP(buf_done) struct buf log = { 0 }, commits = { 0 };

	note_key_write(&f->log, &log);
	ssh_key_line(&f->commits, "", &commits);
	return (span_is(event_text(ev, "type"), "ledger.created") &&
	    span_eq(event_text(ev, "origin"), f->origin) &&
	    span_eq(event_text(ev, "log_key"), buf_span(&log)) &&
	    span_eq(event_text(ev, "commit_key"),
	    buf_span(&commits))) || err_set(e, ERR_LEDGER_FORMAT,
	    "event 0 is not ledger.created with the keys that format names");
}

bool
ledger_fault(struct ledger *l, const struct ledger_fault *f, struct err *e)
{
	if (l->survey.fault == NULL)
		return fault_tell(f, e);
	l->faults++;
	l->survey.fault(l->survey.arg, f);
	return true;
}

static struct ledger_fault
event_fault(const struct step *s, uint64_t n)
{
	struct ledger_fault f = reading_fault(s->reading);
	char path[LEDGER_PATH_SIZE];

	f.of_event = true;
	f.n = n;
	if (ledger_event_path(n, path))
		fault_path(&f, span_text(path));
	return f;
}

/* "SIZE:ROOT", as audits print it. */
static void
size_and_root(uint64_t size, const struct merkle_hash *root, struct buf *out)
{
	buf_printf(out, "%" PRIu64 ":", size);
	text_hex(merkle_span(root), out);
}

/* ---- parts */

static bool
on_fault(struct step *s, const struct part *p, struct err *e)
{
	return ledger_fault(s->ledger, p->fault, e);
}

static bool
wrong_checkpoint(struct step *s, const struct checkpoint *c,
    const struct merkle_hash *root, struct err *e)
{
	struct ledger_fault f = reading_fault(s->reading);
	CLEANUP(buf_done) struct buf expected = { 0 }, found = { 0 };

	size_and_root(s->size, root, &expected);
	size_and_root(c->size, &c->root, &found);
	fault_path(&f, span_text("checkpoint"));
	fault_expected(&f, buf_span(&expected), buf_span(&found));
	err_set(&f.err, ERR_LEDGER_CHECKPOINT, "the checkpoint says %" PRIu64
	    " events; its size or its root is not that of the %" PRIu64
	    " events before it", c->size, s->size);
	return ledger_fault(s->ledger, &f, e);
}

static bool
on_checkpoint(struct step *s, const struct part *p, struct err *e)
{
	struct ledger *l = s->ledger;

	s->checkpointed = true;
	if (p->fault != NULL)
		return on_fault(s, p, e);
	struct merkle_hash root = merkle_tree_root(&l->tree, s->size);
	if ((p->checkpoint.size != s->size ||
	    (!l->lost && !merkle_eq(&p->checkpoint.root, &root))) &&
	    !wrong_checkpoint(s, &p->checkpoint, &root, e))
		return false;
	l->checkpoint.len = 0;
	buf_put(&l->checkpoint, p->note);
	l->checkpoint_size = p->checkpoint.size;
	return true;
}

static bool
on_anchor(struct step *s, const struct part *p, struct err *e)
{
	struct ledger_fault f = reading_fault(s->reading);

	if (ledger_anchor_take(s->ledger, &s->reading->tree, p->path, &p->file,
	    &f))
		return true;
	fault_path(&f, p->path);
	return ledger_fault(s->ledger, &f, e);
}

static void
append(struct ledger *l, const struct merkle_hash *leaf)
{
	merkle_tree_append(&l->tree, leaf);
}

/* For a survey: as if what is missing had been there, unknown as it is. */
static void
go_past(struct ledger *l, uint64_t n)
{
	struct merkle_hash unknown = merkle_empty();

	l->lost = true;
	while (l->tree.size < n && n - l->tree.size <= GAP_MOST)
		append(l, &unknown);
}

/* Whether the event is the next one. *next is for surveys, which go on. */
static bool
in_order(struct step *s, const struct part *p, bool *next, struct err *e)
{
	struct ledger *l = s->ledger;
	struct ledger_fault f = event_fault(s, p->numbered ? p->n :
	    l->tree.size);
	char want[LEDGER_PATH_SIZE];

	*next = true;
	f.of_event = p->numbered;
	f.path[0] = '\0';
	fault_path(&f, p->path);
	if (!ledger_event_path(l->tree.size, want)) {
		*next = false;
		f.of_event = false;
		err_set(&f.err, ERR_LEDGER_LAYOUT, "%s is one event more than "
		    "fits", text_show(p->path).text);
		return ledger_fault(l, &f, e);
	}
	if (span_is(p->path, want))
		return true;
	f.of_event = false;
	fault_expected(&f, span_text(want), p->path);
	err_set(&f.err, ERR_LEDGER_ORDER, "the next event would be %s, not %s",
	    want, text_show(p->path).text);
	if (!ledger_fault(l, &f, e))
		return false;
	if (p->numbered && p->n > l->tree.size)
		go_past(l, p->n);
	*next = p->numbered && p->n == l->tree.size;
	return true;
}

static bool
check_time(struct step *s, const struct event *ev, struct err *e)
{
	struct ledger *l = s->ledger;
	struct ledger_fault f = event_fault(s, ev->n);
	char least[TEXT_TIME_SIZE];

	if (ev->n == 0 || ev->at >= l->last_time)
		return true;
	text_time(l->last_time, least);
	fault_expected(&f, span_text(least), event_text(ev, "at"));
	err_set(&f.err, ERR_LEDGER_TIME, "its time is before that of the event "
	    "before it");
	return ledger_fault(l, &f, e);
}

static bool
check_created(struct step *s, const struct event *ev, struct err *e)
{
	struct ledger_fault f = event_fault(s, ev->n);

	return ev->n != 0 || created_as_format(&s->ledger->format, ev,
	    &f.err) || ledger_fault(s->ledger, &f, e);
}

/* Of a commit that nobody signed, what it says of engines does not count. */
static bool
check_engine(struct step *s, const struct event *ev, struct err *e)
{
	struct ledger *l = s->ledger;
	struct ledger_fault f = event_fault(s, ev->n);

	return s->signer == NOBODY || engines_take(&l->engines, l->arena,
	    s->signer, ev, &f.err) || ledger_fault(l, &f, e);
}

/* Without its bytes there is no leaf, and no root any more. */
static bool
unread(struct step *s, const struct part *p, struct err *e)
{
	if (!on_fault(s, p, e))
		return false;
	if (p->hashed)
		append(s->ledger, &p->leaf);
	else
		go_past(s->ledger, p->n + 1);
	return true;
}

static bool
on_event(struct step *s, const struct part *p, struct err *e)
{
	bool next;

	if (!in_order(s, p, &next, e))
		return false;
	if (!next)
		return true;
	if (p->fault != NULL)
		return unread(s, p, e);
	if (!check_time(s, &p->event, e) ||
	    !check_created(s, &p->event, e) ||
	    !check_engine(s, &p->event, e))
		return false;
	append(s->ledger, &p->leaf);
	s->ledger->last_time = p->event.at;
	return true;
}

static bool
take_parts(struct step *s, struct err *e)
{
	static bool (*const takes[])(struct step *, const struct part *,
	    struct err *) = {
		[PART_FAULT] = on_fault,
		[PART_CHECKPOINT] = on_checkpoint,
		[PART_ANCHOR] = on_anchor,
		[PART_EVENT] = on_event,
	};
	const struct reading *r = s->reading;

	for (size_t i = 0; i < r->count; i++)
		if (!takes[r->parts[i].kind](s, &r->parts[i], e))
			return false;
	return !r->spent || err_budget(e, r->arena);
}

/* A commit without a checkpoint of its own rests on the one before. */
static bool
covered(struct step *s, struct err *e)
{
	struct ledger *l = s->ledger;
	struct ledger_fault f = reading_fault(s->reading);

	if (s->reading->genesis || s->checkpointed ||
	    l->checkpoint_size == s->size)
		return true;
	fault_path(&f, span_text("checkpoint"));
	fault_numbers(&f, s->size, l->checkpoint_size);
	err_set(&f.err, ERR_LEDGER_CHECKPOINT, "the checkpoint is of %" PRIu64
	    " events, the commit adds to %" PRIu64, l->checkpoint_size,
	    s->size);
	return ledger_fault(l, &f, e);
}

/* ---- the whole commit */

bool
ledger_genesis_format(struct ledger *l, const struct object_id *tree,
    struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 }, key = { 0 };

	if (!ledger_read_file(l, tree, "format", LIMIT_EVENT, &bytes, e) ||
	    !ledger_format_parse(l->arena, buf_span(&bytes), &l->format, e))
		return false;
	engines_begin(&l->engines, &l->format.commits);
	note_key_write(&l->format.log, &key);
	if (l->trust.log_key.len > 0 &&
	    !span_eq(buf_span(&key), l->trust.log_key))
		return err_set(e, ERR_LEDGER_FORMAT, "the log's key is %s, "
		    "trusted is another", text_show(buf_span(&key)).text);
	return true;
}

/* Whose key signed it, of the engines that there are before this commit. */
static bool
check_signer(struct step *s, struct err *e)
{
	const struct engines *all = &s->ledger->engines;
	struct ledger_fault f = reading_fault(s->reading);
	const struct ledger_engine *by;

	s->signer = NOBODY;
	if (s->reading->signer.len == 0)
		return true;
	if (!engines_signer(all, s->reading->signer, &by, &f.err))
		return ledger_fault(s->ledger, &f, e);
	s->signer = (size_t)(by - all->list);
	return true;
}

/* Pinned size reached: what was seen then must be there now. */
static bool
check_pin(struct step *s, struct err *e)
{
	struct ledger *l = s->ledger;
	const struct ledger_pin *pin = &l->trust.pin;
	struct ledger_fault f = reading_fault(s->reading);
	CLEANUP(buf_done) struct buf expected = { 0 }, found = { 0 };

	if (l->pin_met || pin->size > l->tree.size)
		return true;
	l->pin_met = l->survey.fault != NULL;
	struct merkle_hash root = merkle_tree_root(&l->tree, pin->size);
	if (pin->size == 0 || merkle_eq(&root, &pin->root)) {
		l->pin_met = true;
		return true;
	}
	size_and_root(pin->size, &pin->root, &expected);
	size_and_root(pin->size, &root, &found);
	fault_expected(&f, buf_span(&expected), buf_span(&found));
	err_set(&f.err, ERR_LEDGER_REWIND, "the first %" PRIu64 " events are "
	    "not those that were seen before", pin->size);
	return ledger_fault(l, &f, e);
}

static bool
check_genesis(struct step *s, struct err *e)
{
	struct ledger *l = s->ledger;
	struct ledger_fault f = reading_fault(s->reading);

	if (!s->reading->genesis || l->tree.size == 1)
		return true;
	fault_numbers(&f, 1, l->tree.size);
	err_set(&f.err, ERR_LEDGER_ORDER, "genesis holds %" PRIu64 " events, "
	    "not one", l->tree.size);
	return ledger_fault(l, &f, e);
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
	l->engines = was->engines;
	l->checkpoint_size = was->checkpoint_size;
	l->checkpoint.len = 0;
	buf_put(&l->checkpoint, checkpoint);
}

static bool
tell_survey(struct step *s, const struct part *p, struct err *e)
{
	struct ledger *l = s->ledger;
	struct ledger_fault f = event_fault(s, p->event.n);

	return l->survey.event == NULL || l->survey.event(l->survey.arg,
	    &p->event, p->uses, &f) || ledger_fault(l, &f, e);
}

static bool
tell_reader(struct step *s, const struct part *p, struct err *e)
{
	const struct ledger_reader *r = &s->ledger->reader;

	return r->event == NULL || r->event(r->arg, &p->event, e) ||
	    (err_at(e, "event %" PRIu64, p->event.n),
	    err_at(e, "commit %s", object_id_hex(&s->reading->id).text));
}

static bool
tell_events(struct step *s, struct err *e)
{
	bool survey = s->ledger->survey.fault != NULL;
	const struct reading *r = s->reading;

	for (size_t i = 0; i < r->count; i++)
		if (r->parts[i].kind == PART_EVENT &&
		    r->parts[i].json != NULL &&
		    !(survey ? tell_survey : tell_reader)(s, &r->parts[i], e))
			return false;
	return true;
}

/*
 * Who reads messages only must not be told another story. Where an event could
 * not be read, it cannot be compared.
 */
static bool
check_story(struct step *s, struct err *e)
{
	CLEANUP(story_done) struct story story = { .count = 0 };
	struct ledger_fault f = reading_fault(s->reading);
	const struct reading *r = s->reading;

	for (size_t i = 0; i < r->count; i++) {
		if (r->parts[i].kind != PART_EVENT)
			continue;
		if (r->parts[i].json == NULL)
			return true;
		story_add(&story, &r->parts[i].event);
	}
	return !r->parsed || story_check(&story, &r->commit, s->size,
	    s->ledger->last_time, &f.err) || ledger_fault(s->ledger, &f, e);
}

bool
ledger_commit_take(struct ledger *l, struct reading *r, struct err *e)
{
	CLEANUP(buf_done) struct buf checkpoint = { 0 };
	const struct ledger was = *l;
	struct step s = { .ledger = l, .reading = r, .size = l->tree.size };

	buf_put(&checkpoint, buf_span(&l->checkpoint));
	if (!check_signer(&s, e) || !take_parts(&s, e) || !covered(&s, e) ||
	    !check_pin(&s, e) || !check_genesis(&s, e) ||
	    !check_story(&s, e) || !tell_events(&s, e)) {
		step_back(l, &was, buf_span(&checkpoint));
		return false;
	}
	l->tree_id = r->tree;
	l->head = r->id;
	l->commits++;
	if (l->faults == 0) {
		l->sound_commits = l->commits;
		l->sound_size = l->tree.size;
	}
	return true;
}

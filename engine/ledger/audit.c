/* audit - see audit.h. */
#include "base/text.h"
#include "git/object.h"
#include "ledger/audit.h"
#include "ledger/snapshot.h"
#include "ledger/state.h"

#define AUDIT_ARENA	((size_t)1 << 30)	/* bytes: ids of requests */

/* An audit at work. */
struct auditor {
	struct audit		*audit;
	struct err		*first;
	struct fold		*fold;
	struct reckoning	*reckoning;
	struct arena		*arena;		/* of what follows */
	struct table		 tainted;	/* requests that had a fault */
};

static void
tell(void *auditor, const struct ledger_fault *f)
{
	struct auditor *a = auditor;

	if (a->audit->fault_count++ == 0)
		fault_tell(f, a->first);
	if (a->audit->fault_count <= AUDIT_FAULTS)
		json_add(a->audit->faults, fault_json(f));
}

/* After its first fault, what a request says is only a consequence. */
static bool
taint(struct auditor *a, struct span request, struct err *e)
{
	struct span key;

	if (request.len == 0 || table_find(&a->tainted, request) != NULL)
		return true;
	if (!arena_copy(a->arena, request, &key))
		return err_budget(e, a->arena);
	table_put(&a->tainted, key, a);
	return true;
}

static bool
take(void *auditor, const struct event *ev, const struct event_uses *u,
    struct ledger_fault *f)
{
	struct auditor *a = auditor;
	struct span request = event_text(ev, "request");
	struct err why;

	if (ev->n < fold_size(a->fold))
		return true;
	fold_pass(a->fold, ev->n);
	if (table_find(&a->tainted, request) != NULL) {
		fold_pass(a->fold, ev->n + 1);
		return true;
	}
	if (fold_event(a->fold, ev, &f->err))
		return reckoning_event(a->reckoning, ev, u, f);
	fold_pass(a->fold, ev->n + 1);
	if (!taint(a, request, &why))
		f->err = why;
	return false;
}

static void
measure(struct audit *out, const struct ledger *l, const struct auditor *a)
{
	out->commits = ledger_commits(l);
	out->size = ledger_size(l);
	out->root = ledger_root(l, ledger_size(l));
	out->covered = ledger_checkpoint_size(l);
	out->anchored = ledger_anchored(l);
	out->key_uses = fold_key_uses(a->fold);
	out->open_intents = fold_open_intents(a->fold);
	out->open_since = fold_open_since(a->fold);
	out->open_alarms = fold_open_alarms(a->fold);
	out->new_signers = reckoning_new_signers(a->reckoning);
	out->sound = ledger_sound(l);
}

static bool
advance(struct auditor *a, struct ledger *l, const struct object_id *head,
    struct audit_memory *memory, struct err *e)
{
	const struct ledger_survey survey = { tell, take, a };
	struct ledger_fault last = { .n = 0 };

	ledger_threads(l, 0);
	ledger_survey_with(l, &survey);
	if (!ledger_advance(l, head, &last.err))
		tell(a, &last);
	measure(a->audit, l, a);
	if (a->audit->fault_count > 0) {
		*e = *a->first;
		return false;
	}
	if (memory != NULL)
		snapshot_write(l, a->fold, a->reckoning, &memory->after);
	return true;
}

/* ---- what was verified before */

static bool
comes_after(struct repository *repo, const struct object_id *head,
    const struct object_id *before)
{
	struct object_id id = *head;

	while (!object_id_eq(&id, before)) {
		CLEANUP(arena_done) struct arena *a = arena_new(COMMIT_ARENA);
		struct commit_object c;
		struct err unused;

		if (!reading_commit(repo, &id, a, &c, &unused) ||
		    c.parent_count != 1)
			return false;
		id = c.parents[0];
	}
	return true;
}

/* What was pinned and verified is the same, or the pin comes later. */
static bool
pin_fits(const struct ledger_pin *pin, const struct merkle_tree *tree)
{
	if (pin->size > tree->size)
		return true;
	struct merkle_hash root = merkle_tree_root(tree, pin->size);
	return pin->size == 0 || merkle_eq(&pin->root, &root);
}

static bool
resume(struct auditor *a, struct ledger *l, const struct object_id *head,
    struct snapshot *s)
{
	struct err unused;

	if (!pin_fits(&l->trust.pin, &s->tree) ||
	    !comes_after(l->repo, head, &s->head) ||
	    !snapshot_resume(l, s, &unused))
		return false;
	a->audit->resumed = ledger_size(l);
	fold_free(a->fold);
	reckoning_free(a->reckoning);
	a->fold = TAKE(s->fold);
	a->reckoning = TAKE(s->reckoning);
	return true;
}

/* A ledger that left what was seen is read from the beginning, with a pin. */
static void
remember(struct auditor *a, struct ledger *l, const struct object_id *head,
    struct span before)
{
	CLEANUP(buf_done) struct buf trust = { 0 };
	struct snapshot s;

	if (before.len == 0 || !snapshot_read(before, &s))
		return;
	snapshot_trust(&l->trust, &trust);
	if (span_eq(s.trust, buf_span(&trust)) && !resume(a, l, head, &s) &&
	    l->trust.pin.size == 0)
		l->trust.pin = (struct ledger_pin){ s.tree.size,
		    merkle_tree_root(&s.tree, s.tree.size) };
	snapshot_done(&s);
}

bool
audit_run(struct repository *repo, const struct object_id *head,
    const struct ledger_trust *trust, struct audit_memory *memory,
    struct audit *out, struct err *e)
{
	CLEANUP(ledger_done) struct ledger *l = ledger_new(repo, trust, NULL);
	struct err first;
	struct auditor a = { .audit = out, .first = &first,
	    .fold = fold_new(), .reckoning = reckoning_new(),
	    .arena = arena_new(AUDIT_ARENA) };

	audit_done(out);
	*out = (struct audit){ .trusted = trust->log_key.len > 0,
	    .faults = json_list() };
	if (memory != NULL)
		remember(&a, l, head, memory->before);
	bool good = advance(&a, l, head, memory, e);
	table_done(&a.tainted);
	fold_free(a.fold);
	reckoning_free(a.reckoning);
	arena_free(a.arena);
	return good;
}

void
audit_done(struct audit *a)
{
	json_release(a->faults);
	a->faults = NULL;
}

static struct json *
sound_json(const struct ledger_sound *s)
{
	struct json *v = json_map();

	json_put_int(v, "commits", (int64_t)s->commits);
	json_put_int(v, "events", (int64_t)s->size);
	json_put_hex(v, "root_sha256", merkle_span(&s->root));
	return v;
}

static struct json *
faults_json(const struct audit *a)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct json *copy = NULL;
	struct err unused;

	json_write(a->faults, &text);
	return json_parse(buf_span(&text), &copy, &unused) ? copy : NULL;
}

static void
put_anchored(struct json *v, const struct ledger_anchored *s)
{
	json_put_int(v, "stamped", (int64_t)s->stamped);
	json_put_int(v, "cosigned", (int64_t)s->cosigned);
	if (s->stamped == 0)
		return;
	json_put_time(v, "stamped_at", s->time);
}

struct json *
audit_json(const struct audit *a)
{
	struct json *v = json_map();
	char since[TEXT_TIME_SIZE];

	json_put_int(v, "commits", (int64_t)a->commits);
	json_put_int(v, "events", (int64_t)a->size);
	json_put_hex(v, "root_sha256", merkle_span(&a->root));
	json_put_int(v, "covered", (int64_t)a->covered);
	put_anchored(v, &a->anchored);
	json_put_int(v, "key_uses", (int64_t)a->key_uses);
	json_put_int(v, "open_intents", (int64_t)a->open_intents);
	text_time(a->open_since, since);
	if (a->open_since > 0)
		json_put_text(v, "open_intents_since", since);
	json_put_int(v, "open_alarms", (int64_t)a->open_alarms);
	json_put_int(v, "new_signers", (int64_t)a->new_signers);
	json_put_bool(v, "trusted", a->trusted);
	json_put_int(v, "verified_before", (int64_t)a->resumed);
	json_put(v, "sound", sound_json(&a->sound));
	json_put_int(v, "fault_count", (int64_t)a->fault_count);
	json_put(v, "faults", faults_json(a));
	return v;
}

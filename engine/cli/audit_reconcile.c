/*
 * audit_reconcile - holds what a signer counted by itself against what the
 * ledger says that its engine used keys for.
 */
#include <string.h>

#include "base/text.h"
#include "cli/engine_file.h"
#include "cli/history.h"
#include "daemon/counts.h"

/* What the ledger says of one engine's signer: between two numbers. */
struct told {
	uint64_t	event;		/* the last one that has a count */
	const char	*type;		/* NULL: there is none */
	uint64_t	least;
	uint64_t	most;		/* more, while an intent is open */
};

struct reconciling {
	struct arena		*arena;
	struct engine_file	 file;
	struct history		 h;
	struct signer_counts	 before, counts;	/* around the look */
	struct told		 told;
};

static void
reconciling_done(struct reconciling *r)
{
	history_done(&r->h);
	arena_free(r->arena);
}

/* Each says what the signer's count is, or was before what may be under way. */
static const struct {
	const char	*type;
	bool		 open;		/* count: so many more may come */
} counting[] = {
	{ "keys.used", false },
	{ "keys.unknown", false },
	{ "keys.intended", true },
};

static void
event_take(const struct reconciling *r, const struct event *ev,
    struct told *out)
{
	if (!span_eq(event_text(ev, "engine"), r->file.engine))
		return;
	for (size_t i = 0; i < COUNT(counting); i++) {
		uint64_t count = event_integer(ev, "signer_count");

		if (strcmp(counting[i].type, ev->type->name) == 0)
			*out = (struct told){ ev->n, counting[i].type, count,
			    counting[i].open ? count +
			    event_integer(ev, "count") : count };
	}
}

/* The last word counts: events behind one another, so from the end. */
static bool
ledger_ask(struct reconciling *r, struct err *e)
{
	uint64_t n = ledger_size(r->h.ledger);

	while (n-- > 0 && r->told.type == NULL) {
		CLEANUP(json_done) struct json *json = NULL;
		CLEANUP(buf_done) struct buf bytes = { 0 };
		struct event ev;

		if (!history_event(&r->h, n, &bytes, &json, &ev, e))
			return false;
		event_take(r, &ev, &r->told);
	}
	return true;
}

/* What the signer signed last must be on the way of this ledger. */
static bool
checkpoint_compare(const struct reconciling *r, struct err *e)
{
	const struct signer_counts *c = &r->before;
	uint64_t size = ledger_size(r->h.ledger);
	struct merkle_hash root;

	if (c->size > size)
		return err_set(e, ERR_AUDIT_RECONCILE, "the signer signed a "
		    "checkpoint of %llu events, the ledger here has %llu",
		    (unsigned long long)c->size, (unsigned long long)size);
	root = ledger_root(r->h.ledger, c->size);
	return merkle_eq(&root, &c->root) || err_set(e, ERR_AUDIT_RECONCILE,
	    "the signer signed a checkpoint of %llu events that are not those "
	    "of the ledger here", (unsigned long long)c->size);
}

static bool
compare(const struct reconciling *r, struct err *e)
{
	const struct told *t = &r->told;

	if (!checkpoint_compare(r, e))
		return false;
	return (r->counts.signatures >= t->least &&
	    r->before.signatures <= t->most) || err_set(e,
	    ERR_AUDIT_RECONCILE, "the signer let %llu signatures through to "
	    "its keys, the ledger accounts for %llu%s",
	    (unsigned long long)r->counts.signatures,
	    (unsigned long long)t->least,
	    t->most > t->least ? ", and an intent is open" : "");
}

/* ---- the answer ---- */

static void
answer_json(const struct reconciling *r, const struct err *why)
{
	struct json *v = json_map();

	json_put_span(v, "engine", r->file.engine);
	json_put_bool(v, "reconciled", why == NULL);
	json_put_int(v, "signatures", (int64_t)r->counts.signatures);
	json_put_int(v, "told_least", (int64_t)r->told.least);
	json_put_int(v, "told_most", (int64_t)r->told.most);
	if (r->told.type != NULL)
		json_put_int(v, "told_by", (int64_t)r->told.event);
	json_put_int(v, "checkpoints", (int64_t)r->counts.checkpoints);
	json_put_int(v, "commits", (int64_t)r->counts.commits);
	json_put_int(v, "checkpoint_size", (int64_t)r->counts.size);
	json_put_int(v, "events", (int64_t)ledger_size(r->h.ledger));
	if (why != NULL)
		json_put_err(v, "error", why);
	cli_answer(v);
}

static void
answer_text(const struct reconciling *r, const struct palette *p)
{
	const struct signer_counts *c = &r->counts;

	printf("%sreconciled%s: the signer let %llu signatures through to its "
	    "keys\n", p->green, p->plain, (unsigned long long)c->signatures);
	if (r->told.type == NULL)
		printf("  the ledger tells of no use by this engine\n");
	else
		printf("  the ledger accounts for them up to event %llu (%s)\n",
		    (unsigned long long)r->told.event, r->told.type);
	if (r->told.most > r->told.least)
		printf("  an intent is open, for %llu of them\n",
		    (unsigned long long)(r->told.most - r->told.least));
	printf("  its %llu checkpoints and %llu commits need no intent; the "
	    "checkpoint signed last\n  is of %llu events, and they are those "
	    "here\n",
	    (unsigned long long)c->checkpoints, (unsigned long long)c->commits,
	    (unsigned long long)r->before.size);
}

/* An engine that runs may go on while we look: the count is read twice. */
static bool
read_both(const struct invocation *in, struct reconciling *r, struct err *e)
{
	const char *path = option_text(in, "engine");

	return engine_file_load(path == NULL ? ENGINE_FILE_DEFAULT : path,
	    r->arena, &r->file, e) && counts_of(&r->file, &r->before, e) &&
	    history_open(in, &r->h, e) && history_read(&r->h, e) &&
	    ledger_ask(r, e) && counts_of(&r->file, &r->counts, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(reconciling_done) struct reconciling r = {
	    .arena = arena_new(ENGINE_FILE_MEMORY) };
	struct palette p = palette_for(in->colour);

	if (!read_both(in, &r, e))
		return -1;
	history_note(&r.h);
	bool good = compare(&r, e);
	if (in->json)
		answer_json(&r, good ? NULL : e);
	else if (good)
		answer_text(&r, &p);
	if (good)
		return EXIT_YES;
	return in->json ? err_exit_code(e->what->kind) : -1;
}

static const struct option_row options[] = {
	HISTORY_OPTIONS,
	{ "engine", 0, "FILE", "engine.yaml (default: "
	    ENGINE_FILE_DEFAULT ")", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_reconcile_command = {
	.name = "audit reconcile",
	.summary = "compare the signer's own count with the ledger",
	.arguments = "",
	.options = options,
	.details = "The signer counts each signature that it lets through to "
	    "a key, on its own disk, before\nit is made. The ledger must "
	    "account for just as many, and for the checkpoint that was\n"
	    "signed last. On the engine's machine, as the signer's user or "
	    "root, with a clone of the\nledger that is up to date. While an "
	    "intent is open, some of it may be made. Exit code 6:\na key was "
	    "used that the ledger does not tell of, or a signer lost its "
	    "memory.",
	.example = "git clone -q --bare https://git.acme.example/ledger.git\n"
	    "tagseal audit reconcile --repo ledger.git",
	.json = true,
	.run = run,
};

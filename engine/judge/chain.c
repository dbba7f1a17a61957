/* chain - see chain.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/history.h"
#include "git/listing.h"
#include "git/object.h"
#include "judge/chain_facts.h"
#include "judge/chain_keys.h"
#include "judge/chain_pin.h"

/* The state in force, and what became of the commits after it. */
struct chain {
	struct repository		*repository;
	const struct verifier_source	*source;
	struct config			*config;
	struct signers			 signers;
	struct chain_pin		 at;	/* the accepted commit */
	struct tree_listing		 files;	/* of it */
	struct key_changes		 keys;
	uint64_t			 epoch;	/* of the last recovery */
	struct arena			*arena;	/* of the verdicts */
	struct chain_verdict		*verdicts;
	size_t				 count;
	struct config_errors		 errors;
};

/* ---- the state in force ---- */

/* Takes model and files over; its people sign from here on. */
static void
state_put(struct chain *c, struct config *config, const struct chain_pin *at,
    struct tree_listing *files)
{
	struct signers before = c->signers;
	struct config *left = c->config;

	c->config = config;
	c->at = *at;
	tree_listing_done(&c->files);
	c->files = *files;
	*files = (struct tree_listing){ 0 };
	signers_init(&c->signers, config, c->source);
	c->signers.delays = c->keys.delays;
	c->signers.delay_count = c->keys.delay_count;
	signers_inherit(&c->signers, &before);
	signers_done(&before);
	config_free(left);
}

static bool
open_root(struct chain *c, const struct chain_pin *pin,
    struct config_errors *errors, struct err *e)
{
	CLEANUP(read_commit_done) struct read_commit r = { 0 };
	CLEANUP(tree_listing_done) struct tree_listing files = { 0 };
	struct config *config;
	struct chain_pin found;

	if (!object_exists(c->repository, &pin->commit))
		return err_set(e, ERR_CHAIN_ROOT, "the pinned commit is not "
		    "there");
	if (!commit_load(c->repository, &pin->commit, &r, e) ||
	    !pin_fill(c->repository, &pin->commit, &r.object, NULL, &found,
	    &files, e))
		return false;
	if (!pin_same(&found, pin))
		return err_set(e, ERR_CHAIN_ROOT, "its bytes are not those "
		    "that are pinned");
	if (!config_load_listed(c->repository, &files, NULL, &config, errors))
		return err_set(e, ERR_CHAIN_UNSOUND, "%zu errors in its files",
		    errors->count);
	state_put(c, config, pin, &files);
	return true;
}

bool
chain_open(struct repository *repository, const struct chain_pin *pin,
    const struct verifier_source *source, struct chain **out,
    struct config_errors *errors, struct err *e)
{
	CLEANUP(chain_done) struct chain *c = xcalloc(1, sizeof(*c));

	c->repository = repository;
	c->source = source;
	if (!open_root(c, pin, errors, e))
		return err_at(e, "root %.12s of the config repo",
		    object_id_hex(&pin->commit).text);
	*out = TAKE(c);
	return true;
}

void
chain_free(struct chain *c)
{
	if (c == NULL)
		return;
	signers_done(&c->signers);
	config_free(c->config);
	tree_listing_done(&c->files);
	config_errors_done(&c->errors);
	arena_free(c->arena);
	key_changes_done(&c->keys);
	free(c);
}

/* ---- one commit ---- */

/*
 * What is ours to mend. That a host holds back what a commit is made of is no
 * reason to stop: the last good state stays in force.
 */
static bool
is_trouble(const struct err *why)
{
	return why->what->kind == ERR_KIND_SYSTEM &&
	    !err_is(why, ERR_GIT_OBJECT_MISSING);
}

/* An error that says no ends the walk there; others are no verdict. */
static bool
refuse(struct chain *c, struct chain_verdict *v, const struct err *why,
    struct err *e)
{
	struct err *copy;

	if (is_trouble(why)) {
		*e = *why;
		return err_at(e, "commit %.12s",
		    object_id_hex(&v->commit).text);
	}
	copy = ARENA_NEW(c->arena, struct err);
	if (copy == NULL)
		return err_budget(e, c->arena);
	*copy = *why;
	v->error = copy;
	v->outcome = CHAIN_REFUSED;
	return true;
}

/* What git reads and what we read must be the same history. */
static bool
check_parents(const struct chain *c, const struct commit_object *commit,
    struct err *e)
{
	if (commit->parent_count == 0 ||
	    !object_id_eq(&commit->parents[0], &c->at.commit))
		return err_set(e, ERR_CHAIN_MERGE, "its first parent is not "
		    "the accepted commit %.12s",
		    object_id_hex(&c->at.commit).text);
	if (commit->parent_count > 2)
		return err_set(e, ERR_CHAIN_MERGE, "it merges %zu branches at "
		    "once", commit->parent_count - 1);
	return true;
}

/* What the commit that is judged leaves; zero-initialise, then done. */
struct next_state {
	struct chain_pin	 pin;
	struct tree_listing	 files;
	struct config		*config;	/* NULL: not loaded */
};

static void
next_state_done(struct next_state *n)
{
	tree_listing_done(&n->files);
	config_free(n->config);
}

static bool
load_next(struct chain *c, struct next_state *next, struct err *e)
{
	if (next->config != NULL)
		return true;
	if (!config_load_listed(c->repository, &next->files, c->config,
	    &next->config, &c->errors))
		return err_set(e, ERR_CHAIN_UNSOUND, "%zu errors in its files: "
		    "%s", c->errors.count, c->errors.items[0].e.text);
	return true;
}

/* The files are read only if the signer may change something of them. */
static bool
decide_next(struct chain *c, struct chain_facts *f, struct chain_verdict *v,
    struct next_state *next, struct err *e)
{
	if (!chain_decide(c->config, f, c->arena, &v->decision, e))
		return false;
	if (!v->decision.wants_next)
		return true;
	v->decision = (struct chain_decision){ .outcome = CHAIN_REFUSED };
	if (!load_next(c, next, e) ||
	    !key_changes_facts(&c->keys, c->config, v->first_seen, c->arena, f,
	    e))
		return false;
	f->next = next->config;
	return chain_decide(c->config, f, c->arena, &v->decision, e);
}

static bool
decide(struct chain *c, const struct chain_look *look,
    const struct commit_object *commit, bool seals, struct chain_verdict *v,
    struct next_state *next, struct err *e)
{
	struct chain_context context = { c->repository, &c->signers,
	    &c->at.commit, &c->files.tree, look, c->arena, v, seals };
	struct chain_facts f;

	if (!chain_facts_of(&context, &v->commit, commit, v->manifest_sha256,
	    &f, e))
		return false;
	v->paths.items = f.paths.items;
	v->paths.count = f.paths.count;
	const struct person *signer = f.signature.good ?
	    config_key_holder(c->config, f.signature.key, NULL) : NULL;
	if (signer != NULL && !arena_copy(c->arena, signer->slug, &v->signer))
		return err_budget(e, c->arena);
	if (!decide_next(c, &f, v, next, e))
		return false;
	v->outcome = v->decision.outcome;
	return true;
}

static bool
check_state(struct chain *c, const struct chain_verdict *v,
    struct next_state *next, struct err *e)
{
	if (v->outcome != CHAIN_ALLOWED)
		return true;
	if (!load_next(c, next, e) ||
	    !key_changes_note(&c->keys, c->config, next->config, &v->decision,
	    v->first_seen, e))
		return false;
	state_put(c, TAKE(next->config), &next->pin, &next->files);
	return true;
}

static bool
judge_commit(struct chain *c, const struct chain_look *look,
    const struct object_id *id, bool seals, struct chain_verdict *v,
    struct err *e)
{
	CLEANUP(read_commit_done) struct read_commit r = { 0 };
	CLEANUP(next_state_done) struct next_state next = { .config = NULL };
	struct err why = { 0 };

	*v = (struct chain_verdict){ .commit = *id,
	    .first_seen = chain_seen(look, id), .outcome = CHAIN_REFUSED };
	if (!commit_load(c->repository, id, &r, &why) ||
	    (!seals && !check_parents(c, &r.object, &why)) ||
	    !pin_fill(c->repository, id, &r.object, &c->files, &next.pin,
	    &next.files, &why))
		return refuse(c, v, &why, e);
	memcpy(v->payload_sha256, next.pin.payload_sha256, 32);
	memcpy(v->manifest_sha256, next.pin.manifest_sha256, 32);
	if (!arena_copy(c->arena, message_subject(r.object.message),
	    &v->subject))
		return err_budget(e, c->arena);
	if (!decide(c, look, &r.object, seals, v, &next, &why) ||
	    !check_state(c, v, &next, &why))
		return refuse(c, v, &why, e);
	return true;
}

/* ---- seals ---- */

/* A chain that is walked, and where on it we are. */
struct path {
	const struct chain_look	*look;
	const struct object_id	*ids;
	size_t			 count;
	size_t			 at;
	size_t			 known;	/* index after the last one that was
					   accepted before */
};

/* Does a commit say that it seals all from the accepted one to its parent? */
static bool
is_seal(struct chain *c, const struct object_id *id,
    const struct object_id *parent)
{
	CLEANUP(read_commit_done) struct read_commit r = { 0 };
	CLEANUP(buf_done) struct buf range = { 0 };
	struct span said;
	struct err none;

	buf_printf(&range, "%s..", object_id_hex(&c->at.commit).text);
	buf_text(&range, object_id_hex(parent).text);
	return commit_load(c->repository, id, &r, &none) &&
	    r.object.parent_count == 1 &&
	    message_value(r.object.message, "Accept-Range: ", &said) &&
	    span_eq(said, buf_span(&range));
}

static bool
was_accepted(const struct path *p, size_t i)
{
	return p->look->accepted != NULL &&
	    p->look->accepted(p->look->arg, &p->ids[i]);
}

/*
 * The first seal of what begins here that counts is the next commit; *found.
 * What administrators said that does not count (yet) is told at the end, as
 * others might say so too. known: only one that was accepted before.
 */
static bool
seal_take(struct chain *c, struct path *p, bool known, bool *found,
    struct err *e)
{
	struct chain_verdict *v = &c->verdicts[c->count], told;
	bool tell = false;

	*found = false;
	for (size_t i = p->at + 1; i < p->count && !*found; i++) {
		if ((known && !was_accepted(p, i)) ||
		    !is_seal(c, &p->ids[i], &p->ids[i - 1]))
			continue;
		if (!judge_commit(c, p->look, &p->ids[i], true, v, e))
			return false;
		*found = v->outcome == CHAIN_ALLOWED;
		if (*found) {
			p->at = i;
		} else if (v->decision.outcome != CHAIN_REFUSED) {
			told = *v;
			tell = true;
		}
	}
	if (!*found && tell && !known)
		*v = told;
	c->count += *found || (tell && !known) ? 1 : 0;
	return true;
}

/* ---- the walk ---- */
static void
errors_reset(struct chain *c)
{
	config_errors_done(&c->errors);
	c->errors = (struct config_errors){ 0 };
}

static void
verdicts_reset(struct chain *c)
{
	errors_reset(c);
	arena_free(c->arena);
	c->arena = arena_new(LIMIT_CHAIN_MEMORY);
	c->verdicts = NULL;
	c->count = 0;
}

/* One step on the chain; *on: there may be another one. */
static bool
step(struct chain *c, struct path *p, bool *on, struct err *e)
{
	struct chain_verdict *v = &c->verdicts[c->count];
	bool sealed = false;

	*on = true;
	if (p->at < p->known && !was_accepted(p, p->at) &&
	    !seal_take(c, p, true, &sealed, e))
		return false;
	if (sealed)
		return true;
	if (!judge_commit(c, p->look, &p->ids[p->at], false, v, e))
		return false;
	c->count++;
	if (v->outcome == CHAIN_ALLOWED)
		return true;
	if (!seal_take(c, p, false, on, e))
		return false;
	if (*on)
		errors_reset(c);
	return true;
}

/* A head whose history cannot be read is refused as a whole. */
static bool
head_refuse(struct chain *c, const struct chain_look *look,
    const struct err *why, struct err *e)
{
	c->verdicts = ARENA_NEW(c->arena, struct chain_verdict);
	if (c->verdicts == NULL)
		return err_budget(e, c->arena);
	*c->verdicts = (struct chain_verdict){ .commit = look->head,
	    .first_seen = chain_seen(look, &look->head) };
	c->count = 1;
	return refuse(c, c->verdicts, why, e);
}

/* Of what comes on a path. */
struct coming {
	struct chain		*chain;
	const struct path	*path;
};

static void
tell_ahead(void *arg, size_t i)
{
	const struct coming *a = arg;

	chain_ahead(a->chain->repository, &a->chain->signers, a->path->look,
	    &a->path->ids[i]);
}

static bool
walk(struct chain *c, struct path *p, struct err *e)
{
	struct coming coming = { c, p };
	struct lookahead ahead = { tell_ahead, &coming, p->count, 0 };
	bool on = true;

	for (; p->at < p->count && on; p->at++) {
		signers_look_ahead(&c->signers, &ahead, p->at);
		if (!step(c, p, &on, e))
			return false;
	}
	return true;
}

bool
chain_advance(struct chain *c, const struct chain_look *look, struct err *e)
{
	struct path p = { .look = look };
	struct err why;

	verdicts_reset(c);
	if (!history_chain(c->repository, &c->at.commit, &look->head,
	    LIMIT_CHAIN, c->arena, &p.ids, &p.count, &why)) {
		if (why.what->kind != ERR_KIND_ALARM && !is_trouble(&why))
			return head_refuse(c, look, &why, e);
		*e = why;
		return err_at(e, "config repo");
	}
	c->verdicts = ARENA_ARRAY(c->arena, struct chain_verdict,
	    p.count + 1);
	if (c->verdicts == NULL)
		return err_budget(e, c->arena);
	for (size_t i = 0; i < p.count; i++)
		if (was_accepted(&p, i))
			p.known = i + 1;
	return walk(c, &p, e);
}

/* ---- recovery ---- */

/* It is there, it is what it should be, and its files are new ones. */
static bool
tip_load(struct chain *c, const struct chain_pin *to, struct read_commit *r,
    struct tree_listing *files, struct err *e)
{
	struct chain_pin found;
	bool older;

	if (!object_exists(c->repository, &to->commit))
		return err_set(e, ERR_RECOVERY_MISSING, "no host shows it");
	if (!commit_load(c->repository, &to->commit, r, e) ||
	    !pin_fill(c->repository, &to->commit, &r->object, NULL, &found,
	    files, e))
		return false;
	if (!pin_same(&found, to))
		return err_set(e, ERR_RECOVERY_TIP, "its bytes are not those "
		    "that the statement names");
	if (!history_reaches(c->repository, &c->at.commit, &to->commit, &older,
	    e))
		return false;
	return !older || err_set(e, ERR_RECOVERY_TIP, "it is what the chain "
	    "leaves, or stands before it");
}

static bool
tip_take(struct chain *c, const struct chain_pin *to, int64_t seen,
    struct config_errors *errors, struct err *e)
{
	CLEANUP(read_commit_done) struct read_commit r = { 0 };
	CLEANUP(tree_listing_done) struct tree_listing files = { 0 };
	CLEANUP(config_done) struct config *next = NULL;
	const struct chain_decision all = { .outcome = CHAIN_ALLOWED };

	/* Nothing of the state that is left is relied on. */
	if (!tip_load(c, to, &r, &files, e))
		return false;
	if (!config_load_listed(c->repository, &files, NULL, &next, errors))
		return err_set(e, ERR_CHAIN_UNSOUND, "%zu errors in its files: "
		    "%s", errors->count, errors->items[0].e.text);
	if (!span_eq(next->organization.id, c->config->organization.id))
		return err_set(e, ERR_RECOVERY_TIP, "it is of config repo %s",
		    text_show(next->organization.id).text);
	if (!key_changes_note(&c->keys, c->config, next, &all, seen, e))
		return false;
	state_put(c, TAKE(next), to, &files);
	return true;
}

bool
chain_recover(struct chain *c, const struct chain_step *s, int64_t seen,
    struct config_errors *errors, struct err *e)
{
	if (!pin_same(&c->at, &s->leaves))
		return err_set(e, ERR_RECOVERY_LEAVES, "commit %.12s is in "
		    "force, the statement leaves %.12s",
		    object_id_hex(&c->at.commit).text,
		    object_id_hex(&s->leaves.commit).text);
	verdicts_reset(c);
	if (!tip_take(c, &s->to, seen, errors, e))
		return err_at(e, "commit %.12s",
		    object_id_hex(&s->to.commit).text);
	c->epoch = s->epoch;
	return true;
}

uint64_t
chain_epoch(const struct chain *c)
{
	return c->epoch;
}

/* ---- what others may know ---- */
const struct config *
chain_config(const struct chain *c)
{
	return c->config;
}

const struct object_id *
chain_commit(const struct chain *c)
{
	return &c->at.commit;
}

const struct object_id *
chain_tree(const struct chain *c)
{
	return &c->files.tree;
}

const uint8_t *
chain_manifest(const struct chain *c)
{
	return c->at.manifest_sha256;
}

struct signers *
chain_signers(struct chain *c)
{
	return &c->signers;
}

const struct chain_verdict *
chain_verdicts(const struct chain *c, size_t *count)
{
	*count = c->count;
	return c->verdicts;
}

const struct config_errors *
chain_errors(const struct chain *c)
{
	return &c->errors;
}

/* The findings of the paths are the last ones, in the order of the paths. */
const char *
chain_rule(const struct chain_verdict *v, size_t path)
{
	size_t findings = v->decision.findings.count;

	if (findings == 0)
		return "signature";
	if (v->decision.delayed || v->decision.restores ||
	    v->decision.seals || findings < v->paths.count)
		return v->decision.findings.items[findings - 1].rule;
	return v->decision.findings.items[findings - v->paths.count +
	    path].rule;
}

/* follow - see follow.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/history.h"
#include "git/object.h"
#include "judge/alarms.h"
#include "judge/ceremonies.h"
#include "judge/certificates.h"
#include "judge/declare.h"
#include "judge/copy.h"
#include "judge/deliver.h"
#include "judge/distrust.h"
#include "judge/expiring.h"
#include "judge/follow.h"
#include "judge/fresh.h"
#include "judge/key_checks.h"
#include "judge/mirrors.h"
#include "judge/recover.h"
#include "sys/clock.h"
#include "sys/file.h"

#define LEDGER_MIRROR	"ledger"
#define PINNED		"engine.yaml"	/* who vouches for the root */

/* ---- the first time ---- */

static bool
pin_of(const struct desk *d, struct chain_pin *out, struct err *e)
{
	const struct judge_settings *s = &d->given;

	if (!object_id_parse(s->root_commit, &out->commit))
		return err_set(e, ERR_CHAIN_ROOT, "config.root.commit of "
		    "engine.yaml is no full id: '%s'",
		    text_show(s->root_commit).text);
	memcpy(out->payload_sha256, s->root_payload.ptr, 32);
	memcpy(out->manifest_sha256, s->root_manifest.ptr, 32);
	return true;
}

/* What a state that cannot be used has wrong, each with its place. */
static void
errors_log(const struct desk *d, const struct config_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		log_err(&d->log, "config.error", &errors->items[i].e);
}

/* What we kept of it ourselves, and the mirrors' objects. */
static bool
repo_open(struct desk *d, struct err *e)
{
	CLEANUP(repository_done) struct repository *r = NULL, *store = NULL;

	if (!repository_init(d->store, &store, e) ||
	    !repository_open_objects(d->store, &r, e))
		return false;
	repository_free(d->config_repo);
	d->config_repo = TAKE(r);
	for (size_t i = 0; i < d->given.url_count; i++)
		d->mirrors[i].borrowed = false;
	return mirrors_borrow(d, e);
}

static bool
chain_begin(struct desk *d, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(chain_done) struct chain *c = NULL;
	struct chain_pin pin;

	if (!pin_of(d, &pin, e))
		return false;
	if (!chain_open(d->config_repo, &pin, &d->source, &c, &errors, e)) {
		errors_log(d, &errors);
		return false;
	}
	struct span id = chain_config(c)->organization.id;
	if (!span_eq(id, d->given.config_repo))
		return err_set(e, ERR_CHAIN_ROOT, "the config repo has id %s, "
		    "engine.yaml names %s", text_show(id).text,
		    text_show(d->given.config_repo).text);
	d->chain = TAKE(c);
	return true;
}

/* The state may be replaced: what the record needs of it is copied. */
static bool
key_uri(struct desk *d, struct span slug, struct span *out, struct err *e)
{
	const struct certificate *c =
	    config_certificate(chain_config(d->chain), slug);

	if (c == NULL)
		return err_set(e, ERR_CHAIN_UNSOUND, "there is no certificate "
		    "'%s' for the ledger", text_show(slug).text);
	return arena_copy(d->arena, c->key, out) || err_budget(e, d->arena);
}

static bool
terms_make(struct desk *d, struct err *e)
{
	const struct ledger_config *l =
	    &chain_config(d->chain)->organization.ledger;
	bool apart = l->url.len > 0;
	struct record_terms *t = &d->terms;

	*t = (struct record_terms){ .store = d->store,
	    .signer = &d->signer, .courier = &d->courier,
	    .reader = { memory_event, &d->memory },
	    .alarmed = alarms_keep, .alarmed_arg = d,
	    .common = event_common, .common_arg = d,
	    .patience = DESK_PATIENCE, .begins = d->given.begins };
	t->engine = arena_text(d->arena, d->given.engine);
	t->ref = arena_printf(d->arena, "refs/heads/%.*s",
	    (int)l->branch.len, (const char *)l->branch.ptr);
	if (t->engine == NULL || t->ref == NULL || !arena_copy(d->arena,
	    apart ? l->url : d->given.urls[0], &t->url))
		return err_budget(e, d->arena);
	/* In the config repo itself it is reached as that one is. */
	t->credential = d->given.ledger_credential;
	if (!apart && t->credential.len == 0)
		t->credential = d->given.config_credential;
	const char *mirror = apart ? LEDGER_MIRROR : DESK_MIRROR;
	t->mirror_name = span_text(mirror);
	t->mirror = desk_mirror(d, d->arena, mirror, e);
	if (d->given.log_key_count > 0)
		t->trust.log_key = d->given.log_keys[0];
	t->trust.pin.size = d->given.least_size;
	if (d->given.least_root.len == 32)
		memcpy(t->trust.pin.root.bytes, d->given.least_root.ptr, 32);
	return t->mirror != NULL &&
	    key_uri(d, l->checkpoints, &t->log_key, e) &&
	    key_uri(d, declare_own(d), &t->commit_key, e);
}

/* What a failed start has read of the ledger is forgotten: all comes again. */
static bool
ledger_begin(struct desk *d, struct err *e)
{
	memory_done(&d->memory);
	memory_init(&d->memory);
	d->terms.fold = d->memory.fold;
	d->terms.about = memory_about;
	if (!record_open(&d->terms, &d->record, e))
		return false;
	results_sweep(d);
	d->memory.log = &d->log;	/* from now on, what is new is told */
	d->signer_is_new = false;
	return true;
}

bool
follow_start(struct desk *d, struct err *e)
{
	if (d->record != NULL)
		return true;
	if (!folder_make(d->results, 0700, e) ||
	    !folder_make(d->scratch, 0700, e) || !mirrors_fetch(d, e))
		return false;
	if (d->chain == NULL && (!repo_open(d, e) || !chain_begin(d, e) ||
	    !terms_make(d, e)))
		return false;
	return ledger_begin(d, e);
}

/* ---- from then on ---- */

static struct json *
accepted(const struct object_id *commit, const uint8_t payload[32],
    const uint8_t manifest[32], int64_t seen)
{
	struct json *v = json_map();
	char at[TEXT_TIME_SIZE];

	text_time(seen, at);
	json_put_text(v, "commit_id", object_id_hex(commit).text);
	json_put_hex(v, "payload_sha256", (struct span){ payload, 32 });
	json_put_hex(v, "manifest_sha256", (struct span){ manifest, 32 });
	json_put_text(v, "first_seen", at);
	return v;
}

static struct json *
changes(const struct chain_verdict *v)
{
	struct event_list list = { .json = json_list() };
	struct json *one;
	size_t i = 0;

	do {
		if (i == v->paths.count)
			break;
		one = json_map();
		json_put_span(one, "path", v->paths.items[i].path);
		json_put_text(one, "rule", chain_rule(v, i++));
	} while (event_list_add(&list, one));
	return list.json;
}

static bool
raw_evidence(struct desk *d, struct json *event, const char *what,
    enum object_kind kind, const struct object_id *id, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	return object_read(d->config_repo, id, kind, LIMIT_SIGNED_OBJECT, &raw,
	    e) && event_evidence(d, event, what, id, buf_span(&raw), e);
}

/* Only tags that counted: anybody can push one that names the commit. */
static bool
endorsement_evidence(struct desk *d, struct json *event,
    const struct chain_verdict *v, struct err *e)
{
	CLEANUP(repository_done) struct repository *store = NULL;

	if (!repository_open(d->store, &store, e))
		return false;
	for (size_t i = 0; i < v->endorsements.count; i++) {
		const struct object_id *id = &v->endorsements.items[i];

		if (!copy_tag(d->config_repo, store, id, e) ||
		    !raw_evidence(d, event, "endorsement", OBJECT_TAG, id, e))
			return false;
	}
	return true;
}

/*
 * The commits that a verdict rests on stay with us, merged ones too. Of what
 * was sealed, that it was there is all that counts.
 */
static bool
keep(struct desk *d, const struct object_id *from, const struct object_id *to,
    bool seals, struct err *e)
{
	bool (*copy)(struct repository *, struct repository *,
	    const struct object_id *, struct err *) =
	    seals ? copy_history : copy_commit;
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_CHAIN_MEMORY);
	CLEANUP(repository_done) struct repository *store = NULL;
	const struct object_id *ids;
	size_t count;

	if (!repository_open(d->store, &store, e))
		return false;
	if (from == NULL)
		return copy_commit(d->config_repo, store, to, e);
	if (!history_between(d->config_repo, from, to, LIMIT_CHAIN, a, &ids,
	    &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!object_id_eq(&ids[i], to) &&
		    !copy(d->config_repo, store, &ids[i], e))
			return false;
	return copy_commit(d->config_repo, store, to, e);
}

static bool
said(const struct desk *d, const char *type, const struct object_id *commit)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	buf_printf(&what, "%s %s", type, object_id_hex(commit).text);
	return memory_said(&d->memory, buf_span(&what));
}

/* What was refused may be accepted one day: a host can hold a file back. */
static bool
said_verdict(const struct desk *d, const struct chain_verdict *v)
{
	return said(d, "config.accepted", &v->commit) ||
	    (v->outcome != CHAIN_ALLOWED &&
	    said(d, "config.refused", &v->commit));
}

/* The root is accepted because the operator pinned it. */
static bool
root_record(struct desk *d, struct err *e)
{
	struct chain_pin pin;

	if (!pin_of(d, &pin, e))
		return false;
	if (said(d, "config.accepted", &pin.commit))
		return true;
	if (!keep(d, NULL, &pin.commit, false, e))
		return false;
	struct json *v = accepted(&pin.commit, pin.payload_sha256,
	    pin.manifest_sha256, clock_now());
	json_put_text(v, "signer", PINNED);
	if (raw_evidence(d, v, "commit", OBJECT_COMMIT, &pin.commit, e))
		return record_add(d->record, "config.accepted", v, NULL, e) &&
		    record_commit(d->record, e);
	json_release(v);
	return false;
}

static bool
accepted_record(struct desk *d, const struct object_id *before,
    const struct chain_verdict *v, struct err *e)
{
	CLEANUP(json_done) struct json *event = accepted(&v->commit,
	    v->payload_sha256, v->manifest_sha256, v->first_seen);

	event_person(event, "signer", v->signer);
	json_put(event, "changes", changes(v));
	return keep(d, before, &v->commit, v->decision.seals, e) &&
	    raw_evidence(d, event, "commit", OBJECT_COMMIT, &v->commit, e) &&
	    endorsement_evidence(d, event, v, e) &&
	    record_add(d->record, "config.accepted", TAKE(event), NULL, e);
}

/* Every reason of a refusal, from the rules and from what stopped them. */
static struct json *
refusal(const struct desk *d, const struct chain_verdict *v)
{
	const struct decision reasons = { .findings = {
	    v->decision.findings.items, v->decision.findings.count } };
	const struct config_errors *errors = chain_errors(d->chain);
	struct event_list list = { 0 };

	event_unmet(&reasons, &list);
	if (v->error != NULL)
		event_list_add(&list, event_finding(v->error->what->code,
		    span_text(v->error->text)));
	for (size_t i = 0; i < errors->count; i++)
		if (!event_list_add(&list,
		    event_finding(errors->items[i].e.what->code,
		    span_text(errors->items[i].e.text))))
			break;
	return list.json;
}

static bool
refused_record(struct desk *d, const struct chain_verdict *v, struct err *e)
{
	char at[TEXT_TIME_SIZE];
	struct json *event = json_map();

	text_time(v->first_seen, at);
	json_put_text(event, "commit_id", object_id_hex(&v->commit).text);
	json_put_text(event, "first_seen", at);
	json_put(event, "findings", refusal(d, v));
	return record_add(d->record, "config.refused", event, NULL, e);
}

/* A commit that only lacks endorsements may still get them: no event. */
static bool
verdict_record(struct desk *d, const struct object_id *before,
    const struct chain_verdict *v, struct err *e)
{
	if (v->outcome == CHAIN_PENDING)
		LOG(&d->log, LOG_LEVEL_WARN, "config.pending",
		    { "commit", object_id_hex(&v->commit).text },
		    { "text", "it waits for another administrator" });
	if (v->outcome == CHAIN_PENDING || said_verdict(d, v))
		return true;
	return v->outcome == CHAIN_ALLOWED ?
	    accepted_record(d, before, v, e) : refused_record(d, v, e);
}

static bool
verdicts_record(struct desk *d, struct object_id before, struct err *e)
{
	const struct chain_verdict *v;
	size_t count;

	v = chain_verdicts(d->chain, &count);
	for (size_t i = 0; i < count; i++) {
		if (!verdict_record(d, &before, &v[i], e)) {
			record_drop(d->record);
			return false;
		}
		if (v[i].outcome == CHAIN_ALLOWED)
			before = v[i].commit;
	}
	if (!alarms_acknowledge(d, v, count, e) ||
	    !ceremonies_add(d, e)) {
		record_drop(d->record);
		return false;
	}
	return record_pending(d->record) == 0 || record_commit(d->record, e);
}

/* Endorsing tags that are there, and those that the ledger tells of. */
static bool
look_make(struct desk *d, struct arena *a, struct chain_look *out,
    struct err *e)
{
	const struct organization *o = &chain_config(d->chain)->organization;
	const struct memory *m = &d->memory;
	struct object_id *ids;
	struct ref_list tags;

	if (!refs_below(&d->config_refs, o->endorsements.ref_prefix, a, &tags,
	    e))
		return false;
	size_t known = m->endorsement_count;
	ids = ARENA_ARRAY(a, struct object_id, tags.count + known + 1);
	if (ids == NULL)
		return err_budget(e, a);
	if (known > 0)
		memcpy(ids, m->endorsements, known * sizeof(*ids));
	for (size_t i = 0; i < tags.count && i < LIMIT_ENDORSEMENTS; i++)
		ids[known++] = tags.items[i].id;
	*out = (struct chain_look){ .endorsements = ids,
	    .endorsement_count = known, .now = clock_now(),
	    .first_seen = memory_seen, .arg = &d->memory,
	    .accepted = memory_accepted };
	return true;
}

static bool
head_find(struct desk *d, struct object_id *out, enum mirrors_head *found,
    struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };

	buf_text(&name, "refs/heads/");
	buf_put(&name, chain_config(d->chain)->organization.branch);
	return mirrors_head(d, buf_span(&name), out, found, e);
}

/* Why the chain does not get to the state that the ledger names. */
static bool
ends_before(const struct desk *d, struct span accepted, struct err *e)
{
	size_t count;
	const struct chain_verdict *all = chain_verdicts(d->chain, &count);

	if (count > 0 && all[count - 1].error != NULL) {
		*e = *all[count - 1].error;
		return err_at(e, "the state that the ledger names");
	}
	return err_set(e, ERR_GIT_HISTORY_APART, "the ledger says that commit "
	    "%s of the config repo was accepted, but the chain ends before it",
	    text_show(accepted).text);
}

/* Our own copy is gone too: nothing is left that could be followed. */
static bool
history_lost(struct desk *d, struct span accepted, struct err *e)
{
	err_set(e, ERR_GIT_HISTORY_APART, "the ledger says that commit %s of "
	    "the config repo was accepted, and no host shows it any more",
	    text_show(accepted).text);
	struct err why = *e;
	return stop_raise(d, why.what->code, span_text(why.text), e) &&
	    (*e = why, false);
}

/*
 * A chain that was made anew begins at the root; what the ledger says was
 * accepted is in force, whatever the host shows by now. We have kept all of it.
 */
static bool
catch_up(struct desk *d, const struct chain_look *look, struct err *e)
{
	struct span accepted = fold_config_commit(d->memory.fold);
	struct chain_look known = *look;
	struct chain_pin root;

	if (!object_id_parse(accepted, &known.head) ||
	    object_id_eq(&known.head, chain_commit(d->chain)))
		return true;
	if (!object_exists(d->config_repo, &known.head))
		return history_lost(d, accepted, e);
	if (!pin_of(d, &root, e) || !recover_again(d, &root, look, e) ||
	    (!object_id_eq(&known.head, chain_commit(d->chain)) &&
	    !chain_advance(d->chain, &known, e)))
		return err_at(e, "the state that the ledger names");
	return object_id_eq(&known.head, chain_commit(d->chain)) ||
	    ends_before(d, accepted, e);
}

static bool
recovery_look(struct desk *d, struct err *e)
{
	struct chain_pin root;

	return pin_of(d, &root, e) && recover_follow(d, &root, e);
}

/* A head that does not descend from the accepted state is not followed. */
static bool
rewind_tell(struct desk *d, const struct err *why, struct err *e)
{
	log_err(&d->log, "config.rewind", why);
	return stop_raise(d, why->what->code, span_text(why->text), e);
}

/* Paths that engine.yaml does not allow are refused by the courier: say so. */
static void
host_check(struct desk *d)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct engine_file host = {
		.repositories = { d->given.repositories,
		    d->given.repository_count },
		.outputs = { d->given.outputs, d->given.output_count },
	};

	if (!config_check_host(chain_config(d->chain), &host, &errors))
		errors_log(d, &errors);
}

/*
 * The ledger is the one that the pinned root names: a state in between cannot
 * send the engine to another one, and should not seem to.
 */
static void
ledger_check(const struct desk *d)
{
	const struct config *c = chain_config(d->chain);
	const struct ledger_config *l = &c->organization.ledger;
	const struct certificate *log = config_certificate(c, l->checkpoints);
	const struct certificate *commits = config_certificate(c,
	    declare_own(d));
	struct span url = l->url.len > 0 ? l->url : d->given.urls[0];
	struct err e;

	if (span_eq(url, d->terms.url) &&
	    log != NULL && span_eq(log->key, d->terms.log_key) &&
	    commits != NULL && span_eq(commits->key, d->terms.commit_key))
		return;
	err_set(&e, ERR_CHAIN_LEDGER, "the engine goes on with the ledger at "
	    "%s", text_show(d->terms.url).text);
	log_err(&d->log, "config.ledger", &e);
}

static bool
walk(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	struct object_id before, start = *chain_commit(d->chain);
	enum mirrors_head found;
	struct chain_look look;
	struct err why;

	if (!look_make(d, a, &look, e))
		return false;
	if (!catch_up(d, &look, e) || !recovery_look(d, e)) {
		chain_free(TAKE(d->chain));
		return false;
	}
	before = *chain_commit(d->chain);
	if (!head_find(d, &look.head, &found, e))
		return false;
	if (found == HEAD_FORKED)
		return true;
	if (found == HEAD_NONE) {
		err_set(&why, ERR_GIT_HISTORY_APART,
		    "the config repo has lost its branch");
		return rewind_tell(d, &why, e);
	}
	if (!chain_advance(d->chain, &look, &why)) {
		if (err_is(&why, ERR_GIT_HISTORY_APART))
			return rewind_tell(d, &why, e);
		*e = why;
		return false;
	}
	if (!verdicts_record(d, before, e)) {
		/* What was not recorded has to be judged anew. */
		chain_free(TAKE(d->chain));
		return false;
	}
	if (!object_id_eq(&start, chain_commit(d->chain))) {
		host_check(d);
		ledger_check(d);
	}
	return true;
}

bool
follow_config(struct desk *d, struct err *e)
{
	struct err why;

	if (!mirrors_fetch(d, &why))
		log_err(&d->log, "config.unreachable", &why);
	if (!repository_refresh(d->config_repo, e) ||
	    (d->chain == NULL && !chain_begin(d, e)) || !root_record(d, e) ||
	    !walk(d, e))
		return false;
	d->followed = true;
	return declare_follow(d, e) && certificates_follow(d, e) &&
	    ceremonies_follow(d, e) && expiring_follow(d, e) &&
	    key_checks_follow(d, e) && fresh_follow(d, e) &&
	    distrust_follow(d, e);
}

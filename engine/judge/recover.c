/* recover - see recover.h. */
#include "base/limits.h"
#include "base/text.h"
#include "git/history.h"
#include "git/object.h"
#include "judge/copy.h"
#include "judge/recover.h"
#include "judge/recovery.h"
#include "sys/clock.h"
#include "sys/file.h"

#define REASON_MOST	1000	/* bytes in the event */

static struct recovery_trust
trust_of(const struct desk *d, const struct chain_pin *root)
{
	return (struct recovery_trust){ .keys = d->given.recovery_keys,
	    .count = d->given.recovery_key_count,
	    .threshold = d->given.recovery_threshold,
	    .config = d->given.config_repo, .root = *root };
}

bool
recover_again(struct desk *d, const struct chain_pin *root,
    const struct chain_look *look, struct err *e)
{
	const struct recovery_past past = { d->memory.fold,
	    record_ledger(d->record), trust_of(d, root) };

	return recoveries_follow(d->chain, d->config_repo, &past, look,
	    SIZE_MAX, e);
}

/* ---- one that is new ---- */

/* What is about to be recorded. */
struct recovering {
	struct span		 all;		/* bytes of the file */
	struct recovery_said	 said;
	int64_t			 seen;
};

static bool
is_newer(const struct desk *d, const struct recovery_said *s, struct err *e)
{
	uint64_t last = fold_epoch(d->memory.fold);

	if (s->step.epoch <= last)
		return err_set(e, ERR_RECOVERY_EPOCH, "the statement has epoch "
		    "%llu, the last one had %llu",
		    (unsigned long long)s->step.epoch,
		    (unsigned long long)last);
	return !memory_accepted((void *)(uintptr_t)&d->memory,
	    &s->step.to.commit) || err_set(e, ERR_RECOVERY_TIP, "commit %.12s "
	    "was in force before", object_id_hex(&s->step.to.commit).text);
}

/* The commits in between stay with us too: the history has no hole. */
static bool
keep(struct desk *d, const struct recovering *r, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_CHAIN_MEMORY);
	CLEANUP(repository_done) struct repository *store = NULL;
	const struct object_id *to = &r->said.step.to.commit, *ids;
	size_t count;

	if (!object_exists(d->config_repo, to))
		return err_set(e, ERR_RECOVERY_MISSING, "no host shows commit "
		    "%.12s", object_id_hex(to).text);
	if (!repository_open(d->store, &store, e) || !history_between(
	    d->config_repo, chain_commit(d->chain), to, LIMIT_CHAIN, a, &ids,
	    &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!object_id_eq(&ids[i], to) &&
		    !copy_history(d->config_repo, store, &ids[i], e))
			return false;
	return copy_commit(d->config_repo, store, to, e);
}

static bool
take_up(struct desk *d, const struct chain_pin *root, struct arena *a,
    struct recovering *r, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	const struct recovery_trust trust = trust_of(d, root);

	r->seen = clock_now();
	return recovery_read(r->all, &trust, d->given.engine, r->seen, a,
	    &r->said, e) && is_newer(d, &r->said, e) && keep(d, r, e) &&
	    chain_recover(d->chain, &r->said.step, r->seen, &errors, e);
}

static bool
evidence_put(struct desk *d, const struct recovering *r, struct json *v,
    struct err *e)
{
	const struct object_id *to = &r->said.step.to.commit;
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct digest_hex sha256;

	if (!record_evidence(d->record, r->all, &sha256, e) ||
	    !object_read(d->config_repo, to, OBJECT_COMMIT,
	    LIMIT_SIGNED_OBJECT, &raw, e))
		return false;
	json_put_text(v, "statement_sha256", sha256.text);
	return event_evidence(d, v, "commit", to, buf_span(&raw), e);
}

/* An event has 64 KiB; the statement has all of it. */
static void
reason_put(struct span reason, struct buf *out)
{
	if (reason.len > REASON_MOST)
		reason.len = REASON_MOST;
	text_visible(reason, out);
}

static struct json *
event_of(const struct recovering *r)
{
	const struct chain_step *s = &r->said.step;
	struct json *v = json_map(), *keys = json_list();
	CLEANUP(buf_done) struct buf reason = { 0 };
	char at[TEXT_TIME_SIZE];

	text_time(r->seen, at);
	reason_put(r->said.statement.reason, &reason);
	json_put_int(v, "epoch", (int64_t)s->epoch);
	json_put_text(v, "leaves", object_id_hex(&s->leaves.commit).text);
	json_put_text(v, "commit_id", object_id_hex(&s->to.commit).text);
	json_put_hex(v, "payload_sha256", SPAN(s->to.payload_sha256));
	json_put_hex(v, "manifest_sha256", SPAN(s->to.manifest_sha256));
	json_put_text(v, "first_seen", at);
	for (size_t i = 0; i < r->said.signer_count; i++)
		json_add(keys, json_text(r->said.signers[i]));
	json_put(v, "keys", keys);
	json_put_span(v, "reason", buf_span(&reason));
	return v;
}

/* Event and alarm are one commit of the ledger. */
static bool
tell(struct desk *d, const struct recovering *r, struct err *e)
{
	const struct chain_step *s = &r->said.step;
	CLEANUP(json_done) struct json *v = event_of(r);
	CLEANUP(buf_done) struct buf text = { 0 };

	buf_printf(&text, "recovery %llu: %zu holders of recovery keys set the "
	    "config repo's chain from commit %.12s on %.12s",
	    (unsigned long long)s->epoch, r->said.signer_count,
	    object_id_hex(&s->leaves.commit).text,
	    object_id_hex(&s->to.commit).text);
	return evidence_put(d, r, v, e) &&
	    record_add(d->record, "config.recovered", TAKE(v), NULL, e) &&
	    alarm_raise(d, err_rows[ERR_CHAIN_RECOVERED].code,
	    buf_span(&text), e);
}

/* ---- the folder ---- */

static bool
statement_load(struct desk *d, struct buf *out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	const char *path = arena_printf(a, "%.*s/" RECOVERY_FILE,
	    (int)d->given.recovery.len, (const char *)d->given.recovery.ptr);

	if (path == NULL)
		return err_budget(e, a);
	return file_load(path, RECOVERY_LIMIT, out, e);
}

/* The last one stays where it is; it was taken up once. */
static bool
is_done(const struct desk *d, const struct digest *file)
{
	const struct digest_hex sha256 = digest_hex(file);
	const struct fold_recovery *r;

	for (size_t i = 0; (r = fold_recovery_at(d->memory.fold, i)) != NULL;
	    i++)
		if (span_is(r->statement, sha256.text))
			return true;
	return false;
}

/* Told once of a file and a reason: it is looked at in every pass. */
static void
refusal_tell(struct desk *d, const struct digest *file, const struct err *why)
{
	if (digest_eq(&d->recovery_told, file) &&
	    d->recovery_refused == why->what)
		return;
	d->recovery_told = *file;
	d->recovery_refused = why->what;
	log_err(&d->log, "config.recovery", why);
}

bool
recover_follow(struct desk *d, const struct chain_pin *root, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_CONFIG_ARENA);
	CLEANUP(buf_done) struct buf all = { 0 };
	struct recovering r = { .said = { .signers = NULL } };
	struct err why;

	if (d->given.recovery.len == 0)
		return true;
	bool there = statement_load(d, &all, &why);
	struct digest file = digest_of(DIGEST_SHA256, buf_span(&all));
	r.all = buf_span(&all);
	if (there ? is_done(d, &file) : err_is(&why, ERR_FILE_MISSING))
		return true;
	if (!there || !take_up(d, root, a, &r, &why)) {
		refusal_tell(d, &file, &why);
		return true;
	}
	if (tell(d, &r, e))
		return true;
	record_drop(d->record);
	return false;
}

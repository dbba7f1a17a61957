/* seal_request - see seal_request.h. */
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "judge/alarms.h"
#include "judge/provenance.h"
#include "judge/request_build.h"
#include "judge/retrieve.h"
#include "judge/seal.h"
#include "judge/seal_request.h"
#include "sys/file.h"

#define CONFLICTS	20	/* with other engines, for one commit */

/*
 * The level that was signed last; its uses are not recorded yet. Of its values
 * some may be errors: those are known, too.
 */
struct level_used {
	bool			 known;		/* here are its values */
	struct record_intent	 intent;
	struct record_leave	 leave;
	struct signature_item	*values;
	struct span		*timestamps;
};

/* What came of one artifact. */
struct sealed_file {
	struct job_result	result;		/* what the worker says */
	uint64_t		size;		/* bytes */
	struct digest		sha256;
	size_t			signatures;	/* issued for it */
};

struct sealing {
	struct desk		*desk;
	const struct fold_request *request;
	struct dossier		*dossier;
	const struct input	*input;		/* the one being signed */
	struct arena		*arena;		/* of the whole request */
	const char		*id;
	const struct certificate *certificate;
	struct signing_identity	 identity;
	struct span		 spki;
	struct record_key	 key;		/* as the signer has it */
	struct stamp_circle	 circle;	/* timestamp authorities */
	struct level_used	 last;
	struct issued_item	*issued;	/* of one artifact */
	size_t			 issued_count;
	struct sealed_file	*results;	/* beside dossier->inputs */
};

static void
sealing_done(struct sealing *s)
{
	record_leave_done(&s->last.leave);
	arena_free(s->arena);
}

/* ---- the ledger's part ---- */

/* Puts the uses of the last level aside. */
static bool
used_add(struct sealing *s, struct err *e)
{
	struct level_used *l = &s->last;

	return !l->known || record_used(s->desk->record, &l->intent,
	    &l->leave, l->values, l->timestamps, e);
}

static void
level_forget(struct sealing *s)
{
	record_leave_done(&s->last.leave);
	s->last = (struct level_used){ .known = false };
}

static bool
items_of(struct sealing *s, const struct level *level,
    struct record_intent *out, struct err *e)
{
	struct sign_item *items = ARENA_ARRAY(s->arena, struct sign_item,
	    level->count);

	if (items == NULL)
		return err_budget(e, s->arena);
	for (size_t i = 0; i < level->count; i++)
		if (!arena_copy(s->arena, level->items[i].path,
		    &items[i].file))
			return err_budget(e, s->arena);
		else
			items[i].to_be_signed = level->items[i].to_be_signed;
	*out = (struct record_intent){ .request = s->id,
	    .attempt = s->request->attempt, .level = level->number,
	    .certificate_sha256 = digest_of(DIGEST_SHA256,
	    s->identity.certificate), .key = &s->key, .items = items,
	    .count = level->count };
	out->certificate = arena_text(s->arena, s->certificate->slug);
	return out->certificate != NULL || err_budget(e, s->arena);
}

/*
 * What other engines write in the meantime does not concern this request, or
 * it is decided again from the beginning.
 */
static bool
commit(struct sealing *s, bool (*put)(struct sealing *, void *, struct err *),
    void *arg, struct err *e)
{
	uint64_t before = s->request->last;

	for (unsigned i = 0; i < CONFLICTS; i++) {
		if (put(s, arg, e) && record_commit(s->desk->record, e))
			return true;
		record_drop(s->desk->record);
		if (!err_is(e, ERR_RECORD_CONFLICT) ||
		    s->request->last != before)
			return false;
	}
	return false;
}

static bool
intend_put(struct sealing *s, void *arg, struct err *e)
{
	struct level_used *next = arg;

	record_leave_done(&next->leave);
	next->leave = (struct record_leave){ .n = 0 };
	return alarms_may_sign(s->desk, e) &&
	    clockwatch_may_sign(s->desk->record, e) && used_add(s, e) &&
	    record_intend(s->desk->record, &next->intent, &next->leave, e);
}

/*
 * What the ledger would refuse must not get into it: nobody could read on. So
 * a worker that wants more signed than was authorised is found out before.
 */
static bool
may_intend(const struct sealing *s, const struct level *level, struct err *e)
{
	const struct fold_request *q = s->request;
	uint64_t so_far = fold_key_spent(q) +
	    (s->last.known ? s->last.intent.count : 0);
	uint64_t left = q->signatures_max > so_far ?
	    q->signatures_max - so_far : 0;

	return level->count <= left || err_set(e, ERR_ARTIFACT_WIRE,
	    "the worker wants %zu signatures, %llu are authorised yet",
	    level->count, (unsigned long long)left);
}

/* The uses of the level before share a commit with the intent of this one. */
static bool
intend(struct sealing *s, const struct level *level, struct err *e)
{
	struct level_used next = { .known = false };

	if (!may_intend(s, level, e) ||
	    !items_of(s, level, &next.intent, e))
		return false;
	if (!commit(s, intend_put, &next, e)) {
		record_leave_done(&next.leave);
		return false;
	}
	level_forget(s);
	s->last = next;
	return true;
}

static bool
values_take(struct sealing *s, struct span *values, size_t count,
    struct err *e)
{
	struct signature_item *items;
	size_t n;

	if (!record_sign(s->desk->record, &s->last.leave, s->arena, &items, &n,
	    e))
		return false;
	if (n != count)
		return wire_malformed(e, "signed");
	s->last.values = items;
	s->last.known = true;
	return signed_values(items, n, count, values, e);
}

static bool
issued_keep(struct sealing *s, const struct level *l, struct err *e)
{
	for (size_t i = 0; i < l->count; i++) {
		struct issued_item *v = arena_grow(s->arena, s->issued,
		    s->issued_count, sizeof(*v));

		if (v == NULL)
			return err_budget(e, s->arena);
		v[s->issued_count++] = (struct issued_item){
		    s->last.intent.items[i].file, l->items[i].to_be_signed,
		    digest_of(DIGEST_SHA256, s->last.values[i].value) };
		s->issued = v;
	}
	return true;
}

/* What was approved is what is signed: the same files, and the same in them. */
static bool
on_resolved(void *arg, struct span tree, struct err *e)
{
	const struct sealing *s = arg;

	return input_is_resolved(s->input, tree, e);
}

static bool
on_sign(void *arg, const struct level *level, struct span *values,
    struct arena *a, struct err *e)
{
	struct sealing *s = arg;

	(void)a;
	return intend(s, level, e) &&
	    values_take(s, values, level->count, e) &&
	    issued_keep(s, level, e);
}

static bool
on_sealed(void *arg, const struct level *level,
    const struct sealed_item *items, struct err *e)
{
	struct sealing *s = arg;
	struct span *replies = ARENA_ARRAY(s->arena, struct span,
	    level->count);

	if (replies == NULL)
		return err_budget(e, s->arena);
	for (size_t i = 0; i < level->count; i++)
		replies[i] = items[i].reply;
	s->last.timestamps = replies;
	return true;
}

static void
on_passed(void *arg, struct span url, const struct err *why)
{
	const struct sealing *s = arg;

	s->circle.passed(s->circle.arg, url, why);
}

/* ---- one artifact ---- */

static struct seal_terms
terms_of(struct sealing *s)
{
	return (struct seal_terms){
	    .courier = s->identity.timestamp ? &s->desk->courier : NULL,
	    .authorities = s->circle.authorities,
	    .authority_count = s->circle.count,
	    .memory = s->circle.memory,
	    .policies = s->circle.policies,
	    .hooks = { .resolved = on_resolved, .sign = on_sign,
		.sealed = on_sealed, .passed = on_passed, .arg = s },
	    .patience = DESK_PATIENCE,
	    .worker_patience = s->input == NULL ? 0 :
		job_wait(s->input->size) };
}

static bool
run(struct sealing *s, struct servant *w, const struct job *job,
    const int fds[JOB_FDS], struct job_result *out, struct err *e)
{
	struct seal_terms terms = terms_of(s);

	terms.worker = &w->channel;
	return seal_run(&terms, job, fds, s->arena, out, e);
}

static bool
shape(struct sealing *s, struct job *job, const int fds[JOB_FDS],
    struct job_result *out, struct err *e)
{
	struct servant w;

	job->verb = JOB_SIGN;
	return desk_spawn(s->desk, "worker", worker_answers,
	    worker_answer_count, &w, e) &&
	    servant_end(s->desk, &w, "worker", run(s, &w, job, fds, out, e),
	    e);
}

/*
 * A fresh process accounts for every signature and every byte. It parses what
 * the worker wrote, and has no way to write to it.
 */
static bool
account(struct sealing *s, struct job *job, const int shaped[JOB_FDS],
    struct err *e)
{
	CLEANUP(fd_done) int reader = -1;
	struct job_result result;
	struct servant w;

	if (!file_reader(shaped[1], &reader, e))
		return false;
	const int fds[JOB_FDS] = { shaped[0], reader, shaped[2] };
	job->verb = JOB_CHECK;
	job->issued = s->issued;
	job->issued_count = s->issued_count;
	return desk_spawn(s->desk, "checker", worker_answers,
	    worker_answer_count, &w, e) &&
	    servant_end(s->desk, &w, "checker", seal_ask(&w.channel, job, fds,
	    job_wait(s->input->size), s->arena, &result, e), e) &&
	    input_is_shown(s->input, &result.sha256, e);
}

/*
 * Size and digest of the whole file as it lies there and was accounted for: the
 * word of a process that parsed hostile bytes is not taken for them.
 */
static bool
result_measure(struct sealing *s, int fd, struct sealed_file *out,
    struct err *e)
{
	struct rope rope;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "the signed file");
	if (!rope_file(s->arena, fd, 0, (uint64_t)st.st_size, &rope, e) ||
	    !digest_rope(DIGEST_SHA256, &rope, &out->sha256, e))
		return false;
	out->size = rope.len;
	out->signatures = s->issued_count;
	return true;
}

static bool
artifact_seal(struct sealing *s, const struct input *in,
    struct sealed_file *out, struct err *e)
{
	CLEANUP(fd_done) int output = -1, scratch = -1;
	const char *path = result_path(s->desk, s->request,
	    in->artifact->name, s->arena, e);
	struct job job;

	s->input = in;
	s->issued_count = 0;
	s->issued = NULL;
	if (path == NULL || !input_job(s->desk, in, s->arena, &job, e) ||
	    !file_scratch_beside(path, &output, e) ||
	    !file_scratch(s->desk->scratch, &scratch, e))
		return false;
	job.identity = s->identity;
	const int fds[JOB_FDS] = { in->fd, output, scratch };
	return shape(s, &job, fds, &out->result, e) &&
	    account(s, &job, fds, e) && result_measure(s, output, out, e) &&
	    file_place(path, output, out->size, FILE_PLAIN, e);
}

/* ---- all of them ---- */

static bool
verified_add(struct sealing *s, const struct input *in,
    const struct sealed_file *r, struct err *e)
{
	CLEANUP(json_done) struct json *manifest = NULL, *v = json_map();
	CLEANUP(buf_done) struct buf text = { 0 };
	struct digest_hex tree;

	if (!json_parse(r->result.json, &manifest, e) ||
	    !canonical_write(manifest, &text, e) ||
	    !record_evidence(s->desk->record, buf_span(&text), &tree, e))
		return false;
	json_put_text(v, "request", s->id);
	json_put_span(v, "name", in->artifact->name);
	json_put_hex(v, "artifact_sha256", digest_span(&r->sha256));
	json_put_hex(v, "input_sha256", SPAN(in->artifact->sha256));
	json_put_int(v, "size", (int64_t)r->size);
	json_put_int(v, "signatures", (int64_t)r->signatures);
	json_put_text(v, "tree_sha256", tree.text);
	provenance_builds(s->dossier, in, v);
	return record_add(s->desk->record, "artifact.verified", TAKE(v), NULL,
	    e);
}

static bool
verified_put(struct sealing *s, void *unused, struct err *e)
{
	const struct dossier *f = s->dossier;

	(void)unused;
	if (!used_add(s, e))
		return false;
	for (size_t i = 0; i < f->count; i++)
		if (!verified_add(s, &f->inputs[i], &s->results[i], e))
			return false;
	return true;
}

static bool
verified_record(struct sealing *s, struct err *e)
{
	if (!commit(s, verified_put, NULL, e))
		return false;
	level_forget(s);
	return true;
}

static bool
artifacts_seal(struct sealing *s, struct err *e)
{
	const struct dossier *f = s->dossier;

	s->results = ARENA_ARRAY(s->arena, struct sealed_file,
	    f->count + 1);
	if (s->results == NULL)
		return err_budget(e, s->arena);
	for (size_t i = 0; i < f->count; i++)
		if (!artifact_seal(s, &f->inputs[i], &s->results[i], e))
			return err_at(e, "%s",
			    text_show(f->inputs[i].artifact->name).text);
	return verified_record(s, e);
}

static bool
key_open(struct sealing *s, struct err *e)
{
	if (!identity_of(s->certificate, s->arena, &s->identity, &s->spki,
	    e) || !record_key(s->desk->record, s->certificate->key, s->arena,
	    &s->key, e))
		return err_at(e, "certificate %s",
		    text_show(s->certificate->slug).text);
	if (!span_eq(s->key.public_key, s->spki))
		return err_set(e, ERR_CERTIFICATE_KEY, "the key of certificate "
		    "%s in the token is another one than the certificate's",
		    text_show(s->certificate->slug).text);
	struct digest key = digest_of(DIGEST_SHA256, s->spki);
	return span_is(s->request->spki_sha256, digest_hex(&key).text) ||
	    err_set(e, ERR_CERTIFICATE_KEY, "certificate %s has another key "
	    "than the one authorised", text_show(s->certificate->slug).text);
}

/* An authority that is away must not cost the request a use of its key. */
static bool
authorities_answer(struct sealing *s, struct err *e)
{
	const struct seal_terms terms = terms_of(s);

	return !s->identity.timestamp || seal_reachable(&terms, s->arena, e);
}

static bool
prepare(struct sealing *s, struct err *e)
{
	const struct config *c = chain_config(s->desk->chain);
	const struct project *project = config_project(c, s->request->project);
	const struct policy *p = project == NULL ? NULL :
	    project_policy(project, s->request->policy);

	s->id = arena_text(s->arena, s->request->id);
	if (s->id == NULL)
		return err_budget(e, s->arena);
	s->certificate = p == NULL ? NULL :
	    config_certificate(c, s->request->certificate);
	if (s->certificate == NULL)
		return err_set(e, ERR_REQUEST_CONFIG_CHANGED, "the policy or "
		    "its certificate is not there any more");
	if (!key_open(s, e))
		return false;
	s->identity.timestamp = p->timestamp == DEMAND_REQUIRED;
	if (!desk_circle(s->desk, s->arena, &s->circle, e))
		return false;
	const char *folder = result_path(s->desk, s->request,
	    (struct span){ 0 }, s->arena, e);
	return folder != NULL && folder_make(folder, 0700, e) &&
	    authorities_answer(s, e);
}

static const struct fold_intent *
intent_open(const struct fold_request *q)
{
	for (size_t i = 0; i < q->intent_count; i++)
		if (q->intents[i].state == INTENT_OPEN)
			return &q->intents[i];
	return NULL;
}

/*
 * After a failure: what is known is recorded as used, what is not as unknown.
 * Which intent is open, the ledger says: a commit that failed may have arrived
 * all the same. If even this fails, the next start owns up to it.
 */
static void
settle(struct sealing *s, const struct err *why)
{
	struct desk *d = s->desk;
	const struct fold_intent *open = intent_open(s->request);
	struct err e;

	record_drop(d->record);
	if (open == NULL)
		return;
	bool ok = s->last.known && s->last.leave.n == open->n ?
	    used_add(s, &e) && record_commit(d->record, &e) :
	    unknown_record(d, s->request, why->what->code, &e);
	if (!ok)
		log_err(&d->log, "keys.unsettled", &e);
}

bool
seal_request(struct desk *d, const struct fold_request *q, struct dossier *f,
    struct err *e)
{
	CLEANUP(sealing_done) struct sealing s = { .desk = d, .request = q,
	    .dossier = f, .arena = arena_new(2 * LIMIT_WORKER_ARENA) };

	bool ok = prepare(&s, e) && artifacts_seal(&s, e);
	if (!ok)
		settle(&s, e);
	return ok;
}

bool
unknown_record(struct desk *d, const struct fold_request *q,
    const char *reason, struct err *e)
{
	const struct fold_intent *open = intent_open(q);

	return open == NULL || (record_unknown(d->record, q->id, open->n,
	    open->count, reason, e) && record_commit(d->record, e));
}

const char *
result_path(const struct desk *d, const struct fold_request *q,
    struct span name, struct arena *a, struct err *e)
{
	const char *path = arena_printf(a, "%s/%.*s%s%.*s", d->results,
	    (int)q->id.len, (const char *)q->id.ptr, name.len > 0 ? "/" : "",
	    (int)name.len, (const char *)name.ptr);

	if (path == NULL)
		err_budget(e, a);
	return path;
}

/* provenance - see provenance.h. */
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/dsse.h"
#include "git/notes.h"
#include "judge/dossier.h"
#include "judge/provenance.h"
#include "judge/retrieve.h"
#include "sys/file.h"

#define RULE		"provenance"
#define REASONS_MOST	40	/* of one event: it has 64 KiB */
#define EVIDENCE_MOST	100	/* files of one event */
#define DOWNLOAD_TIME	((int64_t)LIMIT_HTTP_TOTAL * 10 * 1000)	/* ms */

void
attesting_drop(struct desk *d, struct attesting *a)
{
	errand_drop(d, &a->download);
	fd_done(&a->scratch);
	a->scratch = -1;
}

static const struct provenance *
rules_of(const struct dossier *f, const struct project *p)
{
	const struct policy *policy = project_policy(p,
	    f->release.manifest.policy);

	return policy == NULL ? NULL : &policy->origin.provenance;
}

static bool
file_add(struct dossier *f, struct attesting *t, struct span place,
    struct span bytes, struct err *e)
{
	struct attested_file *grown = arena_grow(f->arena, t->files, t->count,
	    sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, f->arena);
	t->files = grown;
	if (!arena_copy(f->arena, place, &grown[t->count].place) ||
	    !arena_copy(f->arena, bytes, &grown[t->count].bytes))
		return err_budget(e, f->arena);
	t->count++;
	return true;
}

/* ---- tags and notes in the repository ---- */

/* What is no file, or too large, has no bytes. */
static bool
blob_load(struct dossier *f, struct attesting *t, struct span place,
    const struct object_id *id, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct repository *r = f->ref.site->repository;
	enum object_kind kind;
	uint64_t size;

	if (!object_stat(r, id, &kind, &size, e))
		return false;
	if (kind == OBJECT_BLOB && size <= LIMIT_ATTESTATION &&
	    !object_read(r, id, kind, LIMIT_ATTESTATION, &bytes, e))
		return false;
	return file_add(f, t, place, buf_span(&bytes), e);
}

static bool
refs_load(struct dossier *f, const struct project *p, struct input *in,
    struct err *e)
{
	const struct ref_list *all = &f->ref.site->refs;
	CLEANUP(buf_done) struct buf prefix = { 0 };

	if (p->artifacts.attestation_refs.len == 0)
		return true;
	buf_put(&prefix, p->artifacts.attestation_refs);
	text_hex(SPAN(in->artifact->sha256), &prefix);
	buf_text(&prefix, "/");
	for (size_t i = 0; i < all->count; i++)
		if (in->attesting.count < LIMIT_ENVELOPES &&
		    span_starts(all->items[i].name, buf_cstr(&prefix)) &&
		    !blob_load(f, &in->attesting, all->items[i].name,
		    &all->items[i].id, e))
			return false;
	return true;
}

static bool
note_load(struct dossier *f, const struct project *p, struct input *in,
    struct err *e)
{
	const struct ref *notes = refs_find(&f->ref.site->refs,
	    SPAN_TEXT(NOTES_ATTESTATIONS));
	struct object_id blob;
	bool there;

	if (!p->artifacts.attestation_notes || notes == NULL)
		return true;
	if (!note_find(f->ref.site->repository, &notes->id,
	    &f->release.commit, &blob, &there, e))
		return err_at(e, NOTES_ATTESTATIONS);
	return !there || blob_load(f, &in->attesting,
	    SPAN_TEXT(NOTES_ATTESTATIONS), &blob, e);
}

/* Tags come first: they are about this artifact. */
static bool
repository_load(struct dossier *f, const struct project *p, struct input *in,
    struct err *e)
{
	return refs_load(f, p, in, e) &&
	    (in->attesting.count > 0 || note_load(f, p, in, e));
}

/* ---- downloads ---- */

/* The address of a file of attestations, or nothing. */
static void
url_of(const struct project *p, const struct input *in, struct buf *out)
{
	const struct manifest_artifact *a = in->artifact;

	if (a->attestation.at.file != NULL) {
		buf_put(out, a->attestation.from);
		return;
	}
	if (a->from.len == 0 || p->artifacts.attestation_suffix.len == 0)
		return;
	buf_put(out, a->from);
	buf_put(out, p->artifacts.attestation_suffix);
}

static bool
is_named(const struct input *in, struct span bytes, struct err *e)
{
	struct digest d = digest_of(DIGEST_SHA256, bytes);

	return in->artifact->attestation.at.file == NULL ||
	    memcmp(d.bytes, in->artifact->attestation.sha256, 32) == 0 ||
	    err_set(e, ERR_ORIGIN_PROVENANCE_DIGEST, "the attestation has "
	    "SHA-256 %s, not the one that the manifest names",
	    digest_hex(&d).text);
}

static bool
download_take(struct desk *d, struct dossier *f, struct input *in,
    struct span url, struct err *e)
{
	struct attesting *t = &in->attesting;
	CLEANUP(buf_done) struct buf answer = { 0 };
	CLEANUP(buf_done) struct buf bytes = { 0 };

	if (!errand_take(d, &t->download, &answer, e))
		return false;
	if (lseek(t->scratch, 0, SEEK_SET) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "cannot read what was "
		    "downloaded");
	return file_load_fd(t->scratch, "attestation", LIMIT_ATTESTATION,
	    &bytes, e) && is_named(in, buf_span(&bytes), e) &&
	    file_add(f, t, url, buf_span(&bytes), e);
}

static bool
download(struct desk *d, struct dossier *f, const struct project *p,
    struct input *in, struct span url, struct err *e)
{
	struct attesting *t = &in->attesting;
	bool ok = true;

	if (errand_ready(&t->download)) {
		ok = download_take(d, f, in, url, e);
		t->done = ok;
	} else if (!t->download.busy)
		ok = download_start(d, p, &(struct download){ url,
		    LIMIT_ATTESTATION, DOWNLOAD_TIME }, &t->download,
		    &t->scratch, e);
	if (t->download.busy)
		return true;
	fd_done(&t->scratch);
	t->scratch = -1;
	return ok || err_at(e, "%s: attestation",
	    text_show(in->artifact->name).text);
}

/* ---- places, in their order ---- */

/* Is something to come by a push? Then *e says what. */
static bool
awaits(const struct project *p, const struct input *in, struct err *e)
{
	const struct artifact_sources *s = &p->artifacts;
	bool tags = s->attestation_refs.len > 0;

	if (!tags && !s->attestation_notes)
		return false;
	err_set(e, ERR_ATTESTATION_AWAITED, "%s: there is no %s%s%s%s",
	    text_show(in->artifact->name).text,
	    tags ? "tag below " : "", text_show(s->attestation_refs).text,
	    tags ? " and its SHA-256" : "", !s->attestation_notes ? "" :
	    tags ? ", and no note on the commit" : "note on the commit");
	return true;
}

static bool
look(struct desk *d, struct dossier *f, const struct project *p,
    struct input *in, struct err *e)
{
	struct attesting *t = &in->attesting;
	CLEANUP(buf_done) struct buf url = { 0 };

	url_of(p, in, &url);
	if (in->artifact->attestation.at.file == NULL && !t->download.busy) {
		if (!repository_load(f, p, in, e))
			return false;
		t->done = t->count > 0;
	}
	if (t->done)
		return true;
	if (url.len > 0)
		return download(d, f, p, in, buf_span(&url), e);
	t->done = !awaits(p, in, e);
	return t->done;
}

bool
provenance_get(struct desk *d, struct dossier *f, const struct project *p,
    struct input *in, struct err *e)
{
	const struct provenance *rules = rules_of(f, p);

	if (rules == NULL || !rules->required)
		in->attesting.done = true;
	return in->attesting.done || look(d, f, p, in, e);
}

/* ---- whose they are, and what they say ---- */

/* What facts are made of: one artifact, one file of it. */
struct facts {
	const struct config	*config;
	const struct provenance	*rules;
	struct arena		*arena;
	int64_t			 time;		/* certificates count then */
	size_t			 artifact;
	struct provenance_facts	*out;
	struct span		 place;
	struct digest		 file;		/* SHA-256 */
};

static struct provenance_fact *
fact_add(struct facts *x, struct err *e)
{
	struct provenance_facts *l = x->out;
	struct provenance_fact *grown = arena_grow(x->arena, l->items,
	    l->count, sizeof(*grown));

	if (grown == NULL) {
		err_budget(e, x->arena);
		return NULL;
	}
	l->items = grown;
	grown[l->count] = (struct provenance_fact){ .artifact = x->artifact,
	    .place = x->place };
	memcpy(grown[l->count].sha256, x->file.bytes, 32);
	return &grown[l->count++];
}

static bool
fact_bad(struct facts *x, const struct err *why, struct err *e)
{
	struct provenance_fact *p = fact_add(x, e);
	struct err *copy = ARENA_NEW(x->arena, struct err);

	if (p == NULL)
		return false;
	if (copy == NULL)
		return err_budget(e, x->arena);
	*copy = *why;
	p->error = copy;
	return true;
}

static bool
system_signed(const struct facts *x, const struct build_system *b,
    const struct dsse *d)
{
	for (size_t i = 0; i < b->keys.count; i++) {
		const struct build_system_key *k = &b->keys.items[i];
		const struct dsse_trust t = { .key = k->bytes,
		    .roots = k->roots_bytes, .names = k->names.items,
		    .name_count = k->names.count };
		struct err why;

		if (dsse_verify(d, &t, x->time, x->arena, &why))
			return true;
	}
	return false;
}

static const struct build_system *
signer_find(const struct facts *x, const struct dsse *d)
{
	for (size_t i = 0; i < x->rules->build_systems.count; i++) {
		const struct build_system *b = config_build_system(x->config,
		    x->rules->build_systems.items[i]);

		if (b != NULL && system_signed(x, b, d))
			return b;
	}
	return NULL;
}

/* Nobody reads a statement before he knows who signed it. */
static bool
envelope_take(struct facts *x, const struct dsse *d, struct err *e)
{
	struct arena *a = x->arena;
	struct attestation *said = ARENA_NEW(a, struct attestation);
	struct provenance_fact *p;
	struct err why;

	if (said == NULL)
		return err_budget(e, a);
	const struct build_system *b = signer_find(x, d);
	if (b == NULL)
		err_set(&why, ERR_DSSE_SIGNER, "none of its %zu signatures is "
		    "by a build system that the policy names", d->count);
	if (b == NULL || !attestation_parse(d->payload, a, said, &why))
		return fact_bad(x, &why, e);
	p = fact_add(x, e);
	if (p == NULL)
		return false;
	p->attestation = said;
	/* The state that it stands in may be gone before the dossier is. */
	return arena_copy(a, b->slug, &p->build_system) || err_budget(e, a);
}

/* One of several in a file is told by its number. */
static bool
place_set(struct facts *x, struct span place, size_t n, size_t count,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_put(&b, place);
	if (count > 1)
		buf_printf(&b, " (%zu of %zu)", n + 1, count);
	return arena_copy(x->arena, buf_span(&b), &x->place) ||
	    err_budget(e, x->arena);
}

static bool
file_take(struct facts *x, const struct attested_file *file, struct err *e)
{
	struct dsse *list;
	struct err why;
	size_t count;

	x->place = file->place;
	x->file = digest_of(DIGEST_SHA256, file->bytes);
	if (!dsse_parse(file->bytes, x->arena, &list, &count, &why))
		return fact_bad(x, &why, e);
	for (size_t i = 0; i < count; i++)
		if (!place_set(x, file->place, i, count, e) ||
		    !envelope_take(x, &list[i], e))
			return false;
	return true;
}

bool
provenance_read(const struct config *c, const struct provenance *rules,
    size_t artifact, const struct attested_file *files, size_t count,
    int64_t time, struct arena *a, struct provenance_facts *out,
    struct err *e)
{
	struct facts x = { .config = c, .rules = rules, .arena = a,
	    .time = time, .artifact = artifact, .out = out };

	for (size_t i = 0; i < count; i++)
		if (!file_take(&x, &files[i], e))
			return false;
	return true;
}

/* Certificates count as of when the request was made: a restart is no later. */
static bool
facts_gather(const struct config *c, const struct provenance *rules,
    struct dossier *f, struct err *e)
{
	struct provenance_facts all = { 0 };

	for (size_t i = 0; i < f->count; i++)
		if (!provenance_read(c, rules, i, f->inputs[i].attesting.files,
		    f->inputs[i].attesting.count, f->created, f->arena, &all,
		    e))
			return false;
	f->ref.provenance.items = all.items;
	f->ref.provenance.count = all.count;
	f->ref.provenance_later = false;
	return true;
}

static const struct finding *
reason_next(const struct decision *d, size_t *at)
{
	while (*at < d->findings.count) {
		const struct finding *f = &d->findings.items[(*at)++];

		if (!f->met && strcmp(f->rule, RULE) == 0)
			return f;
	}
	return NULL;
}

bool
provenance_reasons(const struct decision *d, struct json *findings)
{
	const struct finding *f;
	size_t at = 0, told = 0;

	while (told < REASONS_MOST && (f = reason_next(d, &at)) != NULL) {
		json_add(findings, event_reason(f));
		told++;
	}
	return told > 0;
}

bool
provenance_hold(struct desk *d, struct dossier *f, struct err *e)
{
	const struct config *c = chain_config(d->chain);
	const struct project *p = config_project(c, f->ref.project);
	const struct provenance *rules = p == NULL ? NULL : rules_of(f, p);
	const struct finding *first;
	size_t at = 0;

	if (rules == NULL || !rules->required)
		return true;
	if (!facts_gather(c, rules, f, e) || !dossier_judge(d, f, e)) {
		f->ref.provenance_later = true;
		return false;
	}
	first = reason_next(&f->decision, &at);
	return first == NULL || err_set(e, err_code_of(first->row), "%s",
	    text_show(first->text).text);
}

/* Of what was said of these bytes all holds, or nothing was decided. */
static bool
is_build_of(const struct provenance_fact *p, const struct input *in)
{
	const struct attestation *s = p->attestation;

	for (size_t i = 0; s != NULL && i < s->subjects.count; i++)
		if (memcmp(s->subjects.items[i].sha256, in->artifact->sha256,
		    32) == 0)
			return true;
	return false;
}

static struct json *
build_describe(const struct provenance_fact *p)
{
	const struct attestation *s = p->attestation;
	struct json *v = json_map();

	json_put_hex(v, "attestation_sha256", SPAN(p->sha256));
	json_put_span(v, "build_system", p->build_system);
	json_put_span(v, "builder", s->builder);
	if (s->invocation.len > 0)
		json_put_span(v, "invocation", s->invocation);
	return v;
}

void
provenance_builds(const struct dossier *f, const struct input *in,
    struct json *v)
{
	struct event_list builds = { 0 };

	for (size_t i = 0; i < f->ref.provenance.count; i++) {
		const struct provenance_fact *p = &f->ref.provenance.items[i];

		if (&f->inputs[p->artifact] == in && is_build_of(p, in) &&
		    !event_list_add(&builds, build_describe(p)))
			break;
	}
	if (builds.json != NULL)
		json_put(v, "builds", builds.json);
}

bool
provenance_evidence(struct desk *d, const struct input *in, struct json *v,
    struct err *e)
{
	size_t room = EVIDENCE_MOST - json_count(json_member(v, "evidence"));

	for (size_t i = 0; i < in->attesting.count && i < room; i++)
		if (!event_evidence(d, v, "attestation", NULL,
		    in->attesting.files[i].bytes, e))
			return false;
	return true;
}

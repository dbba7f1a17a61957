/* retrieve - see retrieve.h. */
#include <string.h>
#include <unistd.h>

#include "artifact/resolved.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/parameters.h"
#include "crypto/canonical.h"
#include "git/tree.h"
#include "judge/request_build.h"
#include "judge/retrieve.h"
#include "judge/seal.h"
#include "sys/clock.h"
#include "sys/file.h"

#define TRUST_FOLDER	"trust"
#define TREE_MEMORY	((size_t)64 << 20)
#define DOWNLOAD_TIME	((int64_t)LIMIT_DOWNLOAD_TIME * 1000 + 60000)

/* ---- the bytes ---- */

/* Artifacts that servers give the types of pages and of answers. */
static bool
looks_like_page(struct span name)
{
	static const char *const endings[] = { ".htm", ".html", ".json",
	    ".jsonl" };

	for (size_t i = 0; i < COUNT(endings); i++)
		if (span_ends(name, endings[i]))
			return true;
	return false;
}

/* What is no file, for all the courier knows, may be one another time. */
static bool
is_wanted(const struct input *in, uint64_t size, const struct digest *hash,
    struct span doubt, struct err *e)
{
	const struct manifest_artifact *a = in->artifact;

	if (size == a->size && memcmp(hash->bytes, a->sha256, 32) == 0)
		return true;
	if (looks_like_page(a->name))
		doubt = (struct span){ NULL, 0 };
	return err_set(e, doubt.len > 0 ? ERR_NET_TYPE : ERR_ARTIFACT_DIGEST,
	    "what came has %llu bytes and SHA-256 %s, not what the manifest "
	    "names%s%s", (unsigned long long)size, digest_hex(hash).text,
	    doubt.len > 0 ? ": " : "", text_show(doubt).text);
}

static void
hash_take(void *hasher, struct span bytes)
{
	hasher_put(hasher, bytes);
}

/* Our own copy, which the courier cannot write to: that is what is signed. */
static bool
adopt(struct desk *d, struct input *in, int from, struct span doubt,
    struct err *e)
{
	CLEANUP(hasher_done) struct hasher *hash =
	    hasher_new(DIGEST_SHA256);
	struct file_copy copy;

	if (!file_adopt(from, d->scratch, in->artifact->size, hash_take, hash,
	    &copy, e))
		return false;
	struct digest sha256 = hasher_end(hash);
	if (!is_wanted(in, copy.len, &sha256, doubt, e)) {
		fd_done(&copy.fd);
		return false;
	}
	in->fd = copy.fd;
	in->size = copy.len;
	return true;
}

/* Lists of the model are const; those of the wire are the reader's own. */
static struct span *
list_copy(const struct text_list *from)
{
	struct span *copy = xcalloc(from->count + 1, sizeof(*copy));

	for (size_t i = 0; i < from->count; i++)
		copy[i] = from->items[i];
	return copy;
}

bool
download_start(struct desk *d, const struct project *p,
    const struct download *w, struct errand *out, int *scratch,
    struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	CLEANUP(free_done) struct span *prefixes = list_copy(
	    &p->artifacts.from);
	CLEANUP(free_done) struct span *redirects = list_copy(
	    &p->artifacts.redirects);

	download_write(&(struct download_request){ .url = w->url,
	    .prefixes = prefixes, .prefix_count = p->artifacts.from.count,
	    .redirects = redirects,
	    .redirect_count = p->artifacts.redirects.count,
	    .limit = w->limit,
	    .private_addresses = p->artifacts.private_address,
	    .credential = p->artifacts.credential.name }, &body);
	return file_scratch(d->scratch, scratch, e) &&
	    errand_start(d, out, COURIER_DOWNLOAD, COURIER_DOWNLOADED,
	    buf_span(&body), *scratch, w->patience, e);
}

/* Git LFS belongs to an address of the repository that is asked by HTTP. */
static bool
lfs_address(const struct project *p, struct span *out, struct err *e)
{
	for (size_t i = 0; i < p->repository.count; i++) {
		*out = p->repository.items[i];
		if (span_starts(*out, "https://") ||
		    span_starts(*out, "http://"))
			return true;
	}
	return err_set(e, ERR_LFS_ADDRESS, "project \"%s\" has no address by "
	    "https", text_show(p->slug).text);
}

static bool
lfs_start(struct desk *d, const struct project *p, struct input *in,
    struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	CLEANUP(free_done) struct span *prefixes = list_copy(
	    &p->artifacts.from);
	CLEANUP(free_done) struct span *redirects = list_copy(
	    &p->artifacts.redirects);
	struct lfs_request q = { .prefixes = prefixes,
	    .prefix_count = p->artifacts.from.count, .redirects = redirects,
	    .redirect_count = p->artifacts.redirects.count,
	    .sha256 = SPAN(in->artifact->sha256),
	    .size = in->artifact->size,
	    .private_addresses = p->artifacts.private_address,
	    .credential = p->credential.name };

	if (!p->artifacts.lfs)
		return err_set(e, ERR_ARTIFACT_LFS, "%s is a pointer of Git "
		    "LFS", text_show(in->artifact->path).text);
	if (!lfs_address(p, &q.repository, e))
		return false;
	lfs_write(&q, &body);
	return file_scratch(d->scratch, &in->scratch, e) &&
	    errand_start(d, &in->download, COURIER_LFS, COURIER_DOWNLOADED,
	    buf_span(&body), in->scratch, DOWNLOAD_TIME, e);
}

/* A file of the tagged tree, or what its pointer says; both are compared. */
static bool
tree_start(struct desk *d, const struct dossier *f, const struct project *p,
    struct input *in, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	CLEANUP(fd_done) int fd = -1;
	enum artifact_place place;

	if (!release_artifact(f->ref.site->repository, &f->release,
	    in->artifact, in->artifact->size, &bytes, &place, e))
		return false;
	if (place == ARTIFACT_IN_LFS)
		return lfs_start(d, p, in, e);
	return file_scratch(d->scratch, &fd, e) &&
	    descriptor_write(fd, buf_span(&bytes), e) &&
	    adopt(d, in, fd, (struct span){ 0 }, e);
}

static bool
input_start(struct desk *d, const struct dossier *f, const struct project *p,
    struct input *in, struct err *e)
{
	return in->artifact->from.len == 0 ? tree_start(d, f, p, in, e) :
	    download_start(d, p, &(struct download){ in->artifact->from,
	    in->artifact->size, DOWNLOAD_TIME }, &in->download, &in->scratch,
	    e);
}

static bool
download_take(struct desk *d, struct input *in, struct err *e)
{
	CLEANUP(buf_done) struct buf answer = { 0 };
	struct downloaded got;

	return errand_take(d, &in->download, &answer, e) &&
	    downloaded_read(buf_span(&answer), &got, e) &&
	    adopt(d, in, in->scratch, got.doubt, e);
}

/* Begins, goes on, or ends; fd stays -1 while it is under way. */
static bool
input_go_on(struct desk *d, const struct dossier *f, const struct project *p,
    struct input *in, struct err *e)
{
	bool ok = true;

	if (errand_ready(&in->download))
		ok = download_take(d, in, e);
	else if (in->download.busy)
		return true;
	else
		ok = input_start(d, f, p, in, e);
	if (in->download.busy)
		return true;
	fd_done(&in->scratch);
	in->scratch = -1;
	return ok;
}

static bool
fetch(struct desk *d, const struct dossier *f, const struct project *p,
    struct input *in, struct err *e)
{
	uint64_t limit =
	    chain_config(d->chain)->organization.limits.artifact_size;

	if (in->artifact->size > limit)
		return err_set(e, ERR_LIMIT_SIZE, "%s has %s, the config repo "
		    "allows %s", text_show(in->artifact->name).text,
		    text_show_size(in->artifact->size).text,
		    text_show_size(limit).text);
	return input_go_on(d, f, p, in, e) ||
	    err_at(e, "%s", text_show(in->artifact->name).text);
}

/* ---- what is in it ---- */

static bool
configure(const struct dossier *f, const struct project *p, struct input *in,
    struct err *e)
{
	CLEANUP(buf_done) struct buf wire = { 0 };
	const struct manifest *m = &f->release.manifest;
	const struct artifact_configuration *c = project_configuration(p,
	    in->artifact->configuration);
	struct object_id_hex commit = object_id_hex(&f->release.commit);
	struct release_names names = { p->slug, f->ref.name,
	    SPAN_TEXT(commit.text) };
	struct parameter *parameters;
	size_t count;

	if (c == NULL)
		return err_set(e, ERR_REF_CONFIGURATION, "there is no artifact "
		    "configuration \"%s\"",
		    text_show(in->artifact->configuration).text);
	if (!parameters_apply(c, m->parameters.items, m->parameters.count,
	    &names, f->arena, &parameters, &count, e) ||
	    !element_expand(c->root, parameters, count, f->arena,
	    &in->elements, e))
		return err_at(e, "artifact configuration %s",
		    text_show(c->slug).text);
	element_write(in->elements, &wire);
	return arena_copy(f->arena, buf_span(&wire), &in->configuration) ||
	    err_budget(e, f->arena);
}

static bool
blob_load(struct desk *d, const struct object_id *id, struct arena *a,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	return object_read(d->config_repo, id, OBJECT_BLOB, LIMIT_CONFIG_BLOB,
	    &bytes, e) &&
	    (arena_copy(a, buf_span(&bytes), out) || err_budget(e, a));
}

/* `verify` directives: whom the administrators put into trust/. */
static bool
roots_load(struct desk *d, struct arena *a, struct job *j, struct err *e)
{
	struct tree_entry folder;
	struct err none;
	struct tree t;

	if (!tree_lookup(d->config_repo, chain_tree(d->chain),
	    SPAN_TEXT(TRUST_FOLDER), &folder, &none))
		return true;
	if (!tree_read(d->config_repo, &folder.id, a, &t, e))
		return false;
	j->roots = ARENA_ARRAY(a, struct span, t.count + 1);
	if (j->roots == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < t.count; i++)
		if (span_ends(t.entries[i].name, ".pem") && !blob_load(d,
		    &t.entries[i].id, a, &j->roots[j->root_count++], e))
			return false;
	return true;
}

static bool
timestamp_roots_load(struct desk *d, struct arena *a, struct job *j,
    struct err *e)
{
	const struct organization *o = &chain_config(d->chain)->organization;
	size_t count = o->timestamp_authorities.count;

	j->timestamp_roots = ARENA_ARRAY(a, struct span, count + 1);
	if (j->timestamp_roots == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		struct tree_entry file;

		if (!tree_lookup(d->config_repo, chain_tree(d->chain),
		    o->timestamp_authorities.items[i].roots, &file, e) ||
		    !blob_load(d, &file.id, a, &j->timestamp_roots[i], e))
			return false;
		j->timestamp_root_count++;
	}
	return true;
}

bool
input_job(struct desk *d, const struct input *in, struct arena *a,
    struct job *out, struct err *e)
{
	const struct artifact_limits *l =
	    &chain_config(d->chain)->organization.limits;

	*out = (struct job){ .name = in->artifact->name, .now = clock_now(),
	    .limit_entries = l->entries,
	    .limit_unpacked = 2 * l->artifact_size,
	    .limit_ratio = l->expansion_ratio,
	    .limit_depth = (uint32_t)l->nested_depth,
	    .configuration = in->configuration, .told = true };
	return roots_load(d, a, out, e) && timestamp_roots_load(d, a, out, e);
}

struct count {
	uint64_t	files;
	uint64_t	signatures;
};

static bool
count_node(void *arg, struct resolved *n, struct err *e)
{
	struct count *c = arg;

	if (n->refused != NULL)
		return err_set(e, ERR_ARTIFACT_WIRE, "the worker shows a file "
		    "that it refuses: it was not told to go on");
	c->files++;
	for (size_t i = 0; n->twin.len == 0 && i < n->directive_count; i++)
		c->signatures += directive_signs(&n->directives[i]);
	return true;
}

/* What a worker shows, as the ledger keeps it. */
static bool
tree_read_wire(const struct input *in, struct span wire, struct buf *text,
    struct count *c, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(TREE_MEMORY);
	struct resolved *root;

	if (!resolved_read(wire, in->elements, a, &root, e) ||
	    !resolved_each(root, count_node, c, e))
		return false;
	CLEANUP(json_done) struct json *v = resolved_json(root);
	return canonical_write(v, text, e);
}

bool
input_is_resolved(const struct input *in, struct span wire, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct count c = { 0, 0 };

	return tree_read_wire(in, wire, &text, &c, e) &&
	    (span_eq(buf_span(&text), in->tree) || err_set(e,
	    ERR_ARTIFACT_WIRE, "the worker finds other things in it than the "
	    "one before"));
}

bool
input_is_shown(const struct input *in, const struct digest *seen,
    struct err *e)
{
	struct digest shown = digest_of(DIGEST_SHA256, in->tree);

	return digest_eq(&shown, seen) || err_set(e, ERR_CHECK_TREE,
	    "the checker finds other things in %s than were shown to "
	    "approvers", text_show(in->artifact->name).text);
}

static bool
tree_take(const struct dossier *f, struct input *in, struct span wire,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct count c = { 0, 0 };

	if (!tree_read_wire(in, wire, &text, &c, e))
		return false;
	in->files = c.files;
	in->signatures = c.signatures;
	return arena_copy(f->arena, buf_span(&text), &in->tree) ||
	    err_budget(e, f->arena);
}

/* A good signature that is there already may stay: ours must be known. */
static bool
identity_find(struct desk *d, const struct dossier *f, const struct project *p,
    struct arena *a, struct signing_identity *out, struct err *e)
{
	const struct policy *policy = project_policy(p,
	    f->release.manifest.policy);
	const struct certificate *c = policy == NULL ? NULL :
	    config_certificate(chain_config(d->chain), f->certificate);
	struct span spki;

	if (c == NULL)
		return err_set(e, ERR_REQUEST_CONFIG_CHANGED, "the policy or "
		    "its certificate is not there any more");
	if (!identity_of(c, a, out, &spki, e))
		return false;
	out->timestamp = policy->timestamp == DEMAND_REQUIRED;
	return true;
}

static bool
plan(struct desk *d, const struct dossier *f, const struct project *p,
    struct input *in, struct servant *w, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_WORKER_ARENA);
	CLEANUP(fd_done) int output = -1, scratch = -1;
	struct job_result result;
	struct span tree;
	struct job job;

	if (!input_job(d, in, a, &job, e) ||
	    !identity_find(d, f, p, a, &job.identity, e) ||
	    !file_scratch(d->scratch, &output, e) ||
	    !file_scratch(d->scratch, &scratch, e))
		return false;
	job.verb = JOB_PLAN;
	const int fds[JOB_FDS] = { in->fd, output, scratch };
	return seal_plan(&w->channel, &job, fds, job_wait(in->size), a,
	    &tree, &result, e) && tree_take(f, in, tree, e);
}

static bool
resolve(struct desk *d, const struct dossier *f, const struct project *p,
    struct input *in, struct err *e)
{
	struct servant w;

	if (!desk_spawn(d, "worker", worker_answers, worker_answer_count, &w,
	    e))
		return false;
	return servant_end(d, &w, "worker", plan(d, f, p, in, &w, e),
	    e) ||
	    err_at(e, "%s", text_show(in->artifact->name).text);
}

/* ---- the ledger ---- */

static struct json *
artifact_event(const struct dossier *f, const struct input *in)
{
	struct json *v = json_map();

	json_put_span(v, "request", f->id);
	json_put_span(v, "name", in->artifact->name);
	json_put_hex(v, "artifact_sha256", SPAN(in->artifact->sha256));
	return v;
}

static bool
input_record(struct desk *d, const struct dossier *f, const struct input *in,
    struct err *e)
{
	struct json *came = artifact_event(f, in);
	struct json *is = artifact_event(f, in);
	struct digest_hex tree;
	bool url = in->artifact->from.len > 0;

	json_put_int(came, "size", (int64_t)in->size);
	json_put_span(came, "source", url ? in->artifact->from :
	    in->artifact->path);
	provenance_builds(f, in, came);
	json_put_int(is, "files", (int64_t)in->files);
	json_put_int(is, "signatures", (int64_t)in->signatures);
	if (!provenance_evidence(d, in, came, e)) {
		json_release(came);
		json_release(is);
		return false;
	}
	if (!record_add(d->record, "artifact.retrieved", came, NULL, e) ||
	    !record_evidence(d->record, in->tree, &tree, e)) {
		json_release(is);
		return false;
	}
	json_put_text(is, "tree_sha256", tree.text);
	return record_add(d->record, "artifact.resolved", is, NULL, e);
}

static bool
inputs_record(struct desk *d, const struct fold_request *q,
    const struct dossier *f, struct err *e)
{
	if (q->resolved >= f->count)
		return true;
	for (size_t i = 0; i < f->count; i++)
		if (!input_record(d, f, &f->inputs[i], e)) {
			record_drop(d->record);
			return false;
		}
	return record_commit(d->record, e);
}

static bool
input_get(struct desk *d, const struct dossier *f, const struct project *p,
    struct input *in, struct err *e)
{
	if (in->fd >= 0)
		return true;
	if (!fetch(d, f, p, in, e))
		return false;
	if (in->fd < 0 || (configure(f, p, in, e) && resolve(d, f, p, in, e)))
		return true;
	fd_done(&in->fd);
	in->fd = -1;
	return false;
}

bool
retrieve_inputs(struct desk *d, const struct fold_request *q,
    struct dossier *f, struct err *e)
{
	const struct project *p = config_project(chain_config(d->chain),
	    q->project);

	if (p == NULL)
		return err_set(e, ERR_REF_PROJECT_UNKNOWN, "there is no "
		    "project \"%s\" any more", text_show(q->project).text);
	for (size_t i = 0; i < f->count; i++)
		if (!input_get(d, f, p, &f->inputs[i], e) ||
		    !provenance_get(d, f, p, &f->inputs[i], e))
			return false;
	for (size_t i = 0; i < f->count; i++)
		if (f->inputs[i].fd < 0 || !f->inputs[i].attesting.done)
			return true;
	if (!provenance_hold(d, f, e) || !inputs_record(d, q, f, e))
		return false;
	f->ready = true;
	return true;
}

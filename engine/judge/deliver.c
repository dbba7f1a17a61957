/* deliver - see deliver.h. */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "judge/anchor.h"
#include "judge/deliver.h"
#include "judge/seal_request.h"
#include "ledger/receipt.h"
#include "sys/file.h"

#define DELIVER_MEMORY	((size_t)64 << 20)
#define RECEIPT		".receipt.json"
#define SUMS		"SHA256SUMS"
#define COMMIT_SHOWN	12	/* digits in the folder of a branch's release */

DEFINE_CLEANUP(DIR, dir_done, closedir);

/* What is being delivered, with the files' names in order. */
struct delivery {
	struct desk			*desk;
	const struct fold_request	*request;
	const struct project		*project;
	struct arena			*arena;
	struct buf			 sums;
	struct anchored			 anchored;	/* note empty: none */
};

static void
delivery_done(struct delivery *v)
{
	buf_done(&v->sums);
	arena_free(v->arena);
}

/* ---- the results ---- */

static bool
result_is(const struct desk *d, const struct fold_request *q,
    const struct fold_artifact *artifact)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(fd_done) int fd = -1;
	struct digest hash;
	struct rope rope;
	uint64_t size;
	struct err e;

	const char *path = result_path(d, q, artifact->name, a, &e);
	return path != NULL && file_open(path, &fd, &size, &e) &&
	    rope_file(a, fd, 0, size, &rope, &e) &&
	    digest_rope(DIGEST_SHA256, &rope, &hash, &e) &&
	    span_is(artifact->sha256, digest_hex(&hash).text);
}

bool
results_here(const struct desk *d, const struct fold_request *q)
{
	for (size_t i = 0; i < q->artifact_count; i++)
		if (!result_is(d, q, &q->artifacts[i]))
			return false;
	return q->artifact_count > 0;
}

void
results_drop(const struct desk *d, const struct fold_request *q)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct dirent *entry;
	struct err e;

	const char *folder = result_path(d, q, (struct span){ 0 }, a, &e);
	CLEANUP(dir_done) DIR *dir = folder == NULL ? NULL : opendir(folder);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (folder != NULL)
		rmdir(folder);
}

void
results_sweep(const struct desk *d)
{
	CLEANUP(dir_done) DIR *dir = opendir(d->results);
	const struct dirent *n;

	while (dir != NULL && (n = readdir(dir)) != NULL) {
		const struct fold_request *q = fold_request(d->memory.fold,
		    span_text(n->d_name));

		if (q != NULL && request_state_final(q->state))
			results_drop(d, q);
	}
}

/* ---- receipts and sums: written once, the same after a restart ---- */

static bool
text_keep(const char *path, struct span text, struct err *e)
{
	return file_replace_span(path, text, FILE_NEW, e) ||
	    err_is(e, ERR_FILE_EXISTS);
}

static bool
receipt_keep(struct delivery *v, const struct fold_artifact *artifact,
    const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf receipt = { 0 };
	struct record *r = v->desk->record;

	if (access(path, F_OK) == 0)
		return true;
	if (v->anchored.note.len == 0 &&
	    !anchor_newest(v->desk, true, v->arena, &v->anchored, e))
		return false;
	return receipt_write_anchored(record_ledger(r), artifact->verified,
	    &v->anchored, &receipt, e) &&
	    text_keep(path, buf_span(&receipt), e);
}

static bool
sum_add(struct delivery *v, struct span name, const char *path,
    struct err *e)
{
	CLEANUP(fd_done) int fd = -1;
	struct digest hash;
	struct rope rope;
	uint64_t size;

	if (!file_open(path, &fd, &size, e) ||
	    !rope_file(v->arena, fd, 0, size, &rope, e) ||
	    !digest_rope(DIGEST_SHA256, &rope, &hash, e))
		return false;
	buf_printf(&v->sums, "%s  ", digest_hex(&hash).text);
	buf_put(&v->sums, name);
	buf_text(&v->sums, "\n");
	return true;
}

static bool
receipt_name(struct delivery *v, struct span name, struct span *out,
    struct err *e)
{
	const char *text = arena_printf(v->arena, "%.*s" RECEIPT,
	    (int)name.len, (const char *)name.ptr);

	if (text == NULL)
		return err_budget(e, v->arena);
	*out = span_text(text);
	return true;
}

static const char *
path_of(struct delivery *v, struct span name, struct err *e)
{
	return result_path(v->desk, v->request, name, v->arena, e);
}

static bool
papers_keep(struct delivery *v, struct err *e)
{
	for (size_t i = 0; i < v->request->artifact_count; i++) {
		const struct fold_artifact *a = &v->request->artifacts[i];
		const char *path;
		struct span name;

		if (!receipt_name(v, a->name, &name, e) ||
		    (path = path_of(v, name, e)) == NULL ||
		    !receipt_keep(v, a, path, e) ||
		    !sum_add(v, name, path, e))
			return false;
		buf_printf(&v->sums, "%.*s  ", (int)a->sha256.len,
		    (const char *)a->sha256.ptr);
		buf_put(&v->sums, a->name);
		buf_text(&v->sums, "\n");
	}
	const char *path = path_of(v, SPAN_TEXT(SUMS), e);
	return path != NULL && text_keep(path, buf_span(&v->sums), e);
}

/* ---- the way out ---- */

/* "v1.2.3", or "release/1.2/3f9a0c11d2e4" for a branch. */
static void
release_name(const struct fold_request *q, struct buf *out)
{
	static const char *const starts[] = { "refs/tags/", "refs/heads/" };

	for (size_t i = 0; i < COUNT(starts); i++)
		if (span_starts(q->ref, starts[i]))
			buf_put(out, span_from(q->ref, strlen(starts[i])));
	if (span_starts(q->ref, starts[1]))
		buf_printf(out, "/%.*s", COMMIT_SHOWN,
		    (const char *)q->tag_id.ptr);
}

static void
target_of(const struct delivery *v, const struct output *o, struct buf *out)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	bool folder = o->directory.len > 0;

	release_name(v->request, &name);
	buf_put(out, folder ? o->directory : o->put);
	if (out->len > 0 && out->ptr[out->len - 1] != '/')
		buf_text(out, "/");
	if (folder)
		buf_put(out, buf_span(&name));
	else
		text_percent(buf_span(&name), "/", out);
}

static bool
publish(struct delivery *v, const struct output *o, struct span name,
    struct err *e)
{
	CLEANUP(buf_done) struct buf target = { 0 }, body = { 0 };
	CLEANUP(buf_done) struct buf answer = { 0 };
	CLEANUP(fd_done) int fd = -1;
	const char *path = path_of(v, name, e);
	uint64_t size;

	if (path == NULL || !file_open(path, &fd, &size, e))
		return false;
	target_of(v, o, &target);
	publish_write(&(struct publish_request){
	    .kind = o->directory.len > 0 ? PUBLISH_DIRECTORY : PUBLISH_PUT,
	    .target = buf_span(&target), .name = name, .size = size,
	    .credential = o->credential.name }, &body);
	return desk_ask(v->desk, COURIER_PUBLISH, COURIER_PUBLISHED,
	    buf_span(&body), fd, &answer, e) ||
	    err_at(e, "%s", text_show(buf_span(&target)).text);
}

static bool
output_serve(struct delivery *v, const struct output *o, struct err *e)
{
	for (size_t i = 0; i < v->request->artifact_count; i++) {
		struct span name = v->request->artifacts[i].name, receipt;

		if (!receipt_name(v, name, &receipt, e) ||
		    !publish(v, o, name, e) || !publish(v, o, receipt, e))
			return false;
	}
	return publish(v, o, SPAN_TEXT(SUMS), e);
}

static bool
published_add(struct delivery *v, const struct output *o,
    const struct fold_artifact *a, struct err *e)
{
	CLEANUP(buf_done) struct buf where = { 0 };
	struct json *event = json_map();

	target_of(v, o, &where);
	json_put_span(event, "request", v->request->id);
	json_put_span(event, "name", a->name);
	json_put_span(event, "artifact_sha256", a->sha256);
	json_put_span(event, "where", buf_span(&where));
	return record_add(v->desk->record, "artifact.published", event, NULL,
	    e);
}

static bool
published_record(struct delivery *v, struct err *e)
{
	for (size_t i = 0; i < v->project->outputs.count; i++)
		for (size_t k = 0; k < v->request->artifact_count; k++)
			if (!published_add(v, &v->project->outputs.items[i],
			    &v->request->artifacts[k], e)) {
				record_drop(v->desk->record);
				return false;
			}
	return record_commit(v->desk->record, e);
}

bool
deliver_request(struct desk *d, const struct fold_request *q, struct err *e)
{
	CLEANUP(delivery_done) struct delivery v = { .desk = d, .request = q,
	    .project = config_project(chain_config(d->chain), q->project),
	    .arena = arena_new(DELIVER_MEMORY) };

	if (v.project == NULL)
		return err_set(e, ERR_REF_PROJECT_UNKNOWN, "there is no "
		    "project \"%s\" any more", text_show(q->project).text);
	if (!papers_keep(&v, e))
		return false;
	for (size_t i = 0; i < v.project->outputs.count; i++)
		if (!output_serve(&v, &v.project->outputs.items[i], e))
			return false;
	return published_record(&v, e);
}

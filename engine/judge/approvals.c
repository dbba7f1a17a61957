/* approvals - see approvals.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/history.h"
#include "git/object.h"
#include "git/tree.h"
#include "judge/approvals.h"

#define FOLDER	"approvals/"

struct reading {
	struct repository		*repository;
	struct signers			*signers;
	const struct approval_look	*look;
	struct arena			*arena;
	struct approval_list		*out;
};

const char *
approval_carrier_name(enum approval_carrier carrier)
{
	static const char *const names[APPROVAL_CARRIERS] = {
		[APPROVAL_TAG] = "tag",
		[APPROVAL_COMMIT] = "commit",
		[APPROVAL_DETACHED] = "detached",
	};

	return names[carrier];
}

static int64_t
seen_of(const struct reading *r, const struct object_id *id)
{
	int64_t seen = r->look->first_seen == NULL ? 0 :
	    r->look->first_seen(r->look->arg, id);

	return seen != 0 && seen < r->look->now ? seen : r->look->now;
}

/* ---- the list ---- */
static bool
same_request(const struct approval *a, const struct approval *b)
{
	return a->fact.statement != NULL && b->fact.statement != NULL &&
	    span_eq(a->statement.request, b->statement.request);
}

static bool
is_known(const struct reading *r, const struct approval *a)
{
	for (size_t i = 0; i < r->out->count; i++) {
		const struct approval *b = &r->out->items[i];

		if (memcmp(a->payload_sha256, b->payload_sha256, 32) == 0 &&
		    (same_request(a, b) || (a->fact.statement == NULL &&
		    b->fact.statement == NULL)))
			return true;
	}
	return false;
}

/* Keeps the order of arrival; pointers are set when all are there. */
static bool
add(struct reading *r, const struct approval *a, struct err *e)
{
	struct approval *grown;
	size_t i;

	if (is_known(r, a))
		return true;
	if (r->out->count >= LIMIT_APPROVALS)
		return err_set(e, ERR_GIT_TOO_MANY, "there are more than %d "
		    "statements", LIMIT_APPROVALS);
	grown = arena_grow(r->arena, r->out->items, r->out->count,
	    sizeof(*grown));
	if (grown == NULL)
		return err_budget(e, r->arena);
	for (i = r->out->count; i > 0 &&
	    grown[i - 1].fact.seen > a->fact.seen; i--)
		grown[i] = grown[i - 1];
	grown[i] = *a;
	r->out->items = grown;
	r->out->count++;
	return true;
}

static bool
set_error(struct reading *r, struct approval *a, const struct err *why,
    struct err *e)
{
	struct err *copy = ARENA_NEW(r->arena, struct err);

	if (copy == NULL)
		return err_budget(e, r->arena);
	*copy = *why;
	a->fact.error = copy;
	a->fact.statement = NULL;
	return true;
}

/* statement: any pointer but NULL says that there is one (see settle). */
static bool
set_statement(struct reading *r, struct approval *a, struct span yaml,
    struct err *e)
{
	struct err why;

	if (!statement_parse(yaml, r->arena, &a->statement, &why))
		return set_error(r, a, &why, e);
	a->fact.statement = &a->statement;
	return true;
}

static void
settle(struct approval_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].fact.statement != NULL)
			list->items[i].fact.statement =
			    &list->items[i].statement;
}

static bool
load(struct reading *r, const struct object_id *id, enum object_kind kind,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	if (!object_read(r->repository, id, kind, LIMIT_SIGNED_OBJECT, &raw,
	    e))
		return false;
	return arena_copy(r->arena, buf_span(&raw), out) ||
	    err_budget(e, r->arena);
}

/* What is malformed is passed over or noted; what stops us is an error. */
static bool
stops(const struct err *why, struct err *e)
{
	if (why->what->kind != ERR_KIND_SYSTEM)
		return false;
	*e = *why;
	return true;
}

/* ---- tags ---- */
static bool
read_tag(struct reading *r, const struct ref *ref, struct err *e)
{
	struct approval a = { .carrier = APPROVAL_TAG, .object = ref->id };
	struct tag_object tag;
	struct span yaml;
	struct err why;

	if (!load(r, &ref->id, OBJECT_TAG, &a.raw, &why) ||
	    !tag_parse(a.raw, r->arena, &tag, &why))
		return !stops(&why, e);
	a.fact.seen = seen_of(r, &ref->id);
	memcpy(a.payload_sha256, tag.signature.payload_sha256.bytes, 32);
	if (!arena_copy(r->arena, ref->name, &a.fact.carrier))
		return err_budget(e, r->arena);
	if (!signers_look(r->signers, &tag.signature, "git", a.fact.seen,
	    r->arena, &a.fact.signature, e))
		return false;
	if (!message_manifest(tag.message, &yaml, &why)) {
		if (!set_error(r, &a, &why, e))
			return false;
	} else if (!set_statement(r, &a, yaml, e)) {
		return false;
	}
	return add(r, &a, e);
}

/* ---- files of the branch ---- */

/* "approvals/<request>/<anything>.yaml" gives the request. */
static bool
path_request(struct span path, struct span *request)
{
	struct span rest;

	if (!span_starts(path, FOLDER) || !span_ends(path, ".yaml"))
		return false;
	rest = span_from(path, strlen(FOLDER));
	return span_split(&rest, '/', request) && rest.len > 0 &&
	    span_find(rest, SPAN_TEXT("/")) == SIZE_MAX;
}

static bool
read_file(struct reading *r, struct approval *a, struct span path,
    struct span bytes, struct err *e)
{
	struct span request = { 0 };
	struct err why;

	if (!arena_copy(r->arena, path, &a->fact.carrier))
		return err_budget(e, r->arena);
	if (!set_statement(r, a, bytes, e))
		return false;
	if (a->fact.statement == NULL || (path_request(path, &request) &&
	    span_eq(request, a->statement.request)))
		return true;
	err_set(&why, ERR_APPROVAL_REQUEST, "%s speaks of request %.15s",
	    text_show(path).text, text_show(a->statement.request).text);
	return set_error(r, a, &why, e);
}

/* A commit counts only if all that it does is to add files to the folder. */
static bool
only_adds(const struct tree_difference *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].old_mode != 0 || list[i].new_mode != TREE_FILE ||
		    !span_starts(list[i].path, FOLDER))
			return false;
	return count > 0;
}

static bool
add_files(struct reading *r, const struct approval *a,
    const struct tree_difference *list, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct approval one = *a;
		struct span request, bytes;
		struct err why;

		if (!path_request(list[i].path, &request))
			continue;
		if (!load(r, &list[i].new_id, OBJECT_BLOB, &bytes, &why)) {
			if (stops(&why, e))
				return false;
			continue;
		}
		if (!read_file(r, &one, list[i].path, bytes, e) ||
		    !add(r, &one, e))
			return false;
	}
	return true;
}

static bool
parent_tree(struct reading *r, const struct commit_object *c,
    struct object_id *tree, const struct object_id **out, struct err *e)
{
	struct commit_object parent;
	struct span raw;

	*out = NULL;
	if (c->parent_count == 0)
		return true;
	if (!load(r, &c->parents[0], OBJECT_COMMIT, &raw, e) ||
	    !commit_parse(raw, r->arena, &parent, e))
		return false;
	*tree = parent.tree;
	*out = tree;
	return true;
}

/* A merge says nothing itself; unsigned commits only bring files. */
static bool
read_commit(struct reading *r, const struct object_id *id, struct err *e)
{
	struct approval a = { .carrier = APPROVAL_COMMIT, .object = *id };
	const struct tree_difference *list;
	const struct object_id *before;
	struct object_id tree;
	struct commit_object c;
	struct err why;
	size_t count;

	if (!load(r, id, OBJECT_COMMIT, &a.raw, &why) ||
	    !commit_parse(a.raw, r->arena, &c, &why) ||
	    !parent_tree(r, &c, &tree, &before, &why) ||
	    !tree_compare(r->repository, before, &c.tree, r->arena, &list,
	    &count, &why))
		return !stops(&why, e);
	if (c.signature.armor == ARMOR_NONE || c.parent_count > 1 ||
	    !only_adds(list, count))
		return true;
	a.fact.seen = seen_of(r, id);
	memcpy(a.payload_sha256, c.signature.payload_sha256.bytes, 32);
	return signers_look(r->signers, &c.signature, "git", a.fact.seen,
	    r->arena, &a.fact.signature, e) &&
	    add_files(r, &a, list, count, e);
}

/* ---- detached signatures ---- */
/* The files are sorted: what begins with a path comes right behind it. */
static const struct tree_file *
find_signature(const struct tree_file *files, size_t count, size_t i)
{
	struct span want = files[i].path;

	for (size_t k = i + 1; k < count; k++) {
		struct span path = files[k].path;

		if (path.len <= want.len || !span_eq(
		    (struct span){ path.ptr, want.len }, want))
			return NULL;
		if (span_is(span_from(path, want.len), ".sig"))
			return &files[k];
	}
	return NULL;
}

static bool
read_detached(struct reading *r, const struct tree_file *file,
    const struct tree_file *signature, struct err *e)
{
	struct approval a = { .carrier = APPROVAL_DETACHED,
	    .object = file->id };
	struct object_signature s;
	struct err why;

	if (!load(r, &file->id, OBJECT_BLOB, &a.raw, &why) ||
	    !load(r, &signature->id, OBJECT_BLOB, &a.signature, &why) ||
	    !signature_detached(a.raw, a.signature, &s, &why))
		return !stops(&why, e);
	a.fact.seen = seen_of(r, &file->id);
	memcpy(a.payload_sha256, s.payload_sha256.bytes, 32);
	return signers_look(r->signers, &s, "approval@tagseal", a.fact.seen,
	    r->arena, &a.fact.signature, e) &&
	    read_file(r, &a, file->path, a.raw, e) && add(r, &a, e);
}

static bool
read_files(struct reading *r, struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch =
	    arena_new(LIMIT_TREE_MEMORY);
	const struct tree_file *files;
	struct commit_object c;
	struct span raw, request;
	struct err why;
	size_t count;

	if (!load(r, r->look->branch, OBJECT_COMMIT, &raw, &why) ||
	    !commit_parse(raw, scratch, &c, &why) ||
	    !tree_walk(r->repository, &c.tree, scratch, &files, &count, &why))
		return !stops(&why, e);
	for (size_t i = 0; i < count; i++) {
		const struct tree_file *signature;

		if (!path_request(files[i].path, &request))
			continue;
		signature = find_signature(files, count, i);
		if (signature != NULL &&
		    !read_detached(r, &files[i], signature, e))
			return false;
	}
	return true;
}

static bool
read_branch(struct reading *r, struct err *e)
{
	const struct object_id *ids;
	size_t count;

	if (r->look->branch == NULL)
		return true;
	if (!history_between(r->repository, NULL, r->look->branch,
	    LIMIT_APPROVALS, r->arena, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_commit(r, &ids[i], e))
			return false;
	return read_files(r, e);
}

bool
approvals_read(struct repository *repository, struct signers *signers,
    const struct approval_look *look, struct arena *arena,
    struct approval_list *out, struct err *e)
{
	struct reading r = { repository, signers, look, arena, out };

	*out = (struct approval_list){ 0 };
	for (size_t i = 0; i < look->tag_count; i++)
		if (!read_tag(&r, &look->tags[i], e))
			return err_at(e, "%s",
			    text_show(look->tags[i].name).text);
	if (!read_branch(&r, e))
		return err_at(e, "approvals branch");
	settle(out);
	return true;
}

bool
approvals_of(const struct approval_list *list, struct span request,
    struct arena *arena, struct request_facts *out, struct err *e)
{
	struct approval_fact *facts = ARENA_ARRAY(arena, struct approval_fact,
	    list->count + 1);
	size_t n = 0;

	if (facts == NULL)
		return err_budget(e, arena);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].fact.statement != NULL &&
		    span_eq(list->items[i].statement.request, request))
			facts[n++] = list->items[i].fact;
	out->approvals.items = facts;
	out->approvals.count = n;
	return true;
}

/* approvals - see approvals.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/history.h"
#include "git/object.h"
#include "git/tree.h"
#include "judge/approvals.h"

#define FOLDER		"approvals/"
#define ID_START	"sr-"
#define ABOUT_DIGITS	12	/* of an id in the name of a tag */

struct reading {
	struct repository		*repository;
	struct signers			*signers;
	const struct approval_look	*look;
	struct arena			*arena;
	struct approval_list		*out;
	const struct tree_file		*files;		/* of the branch */
	size_t				 file_count;
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
	if (a->fact.statement == NULL || b->fact.statement == NULL)
		return a->fact.statement == b->fact.statement &&
		    span_eq(a->about, b->about);
	return span_eq(a->statement.request, b->statement.request);
}

/* Without the key, a broken signature could stand in for a good one. */
static bool
same_statement(const struct approval *a, const struct approval *b)
{
	return memcmp(a->payload_sha256, b->payload_sha256, 32) == 0 &&
	    a->fact.signature.good == b->fact.signature.good &&
	    span_eq(a->fact.signature.key, b->fact.signature.key) &&
	    same_request(a, b);
}

static size_t
find_same(const struct reading *r, const struct approval *a)
{
	size_t i = 0;

	while (i < r->out->count && !same_statement(&r->out->items[i], a))
		i++;
	return i;
}

static bool
comes_after(const struct approval *a, const struct approval *b)
{
	static const unsigned order[] = {
		[WORD_APPROVE] = 0,
		[WORD_WITHDRAW] = 1,
		[WORD_DENY] = 1,
	};

	if (a->fact.seen != b->fact.seen || a->fact.statement == NULL ||
	    b->fact.statement == NULL)
		return a->fact.seen > b->fact.seen;
	return order[a->statement.decision] > order[b->statement.decision];
}

static void
remove_at(struct approval_list *l, size_t i)
{
	memmove(&l->items[i], &l->items[i + 1],
	    (l->count - i - 1) * sizeof(*l->items));
	l->count--;
}

/* Keeps the order of arrival; pointers are set when all are there. */
static bool
add(struct reading *r, const struct approval *a, struct err *e)
{
	struct approval *grown;
	size_t i = find_same(r, a);

	if (i < r->out->count && r->out->items[i].fact.seen <= a->fact.seen)
		return true;
	if (i < r->out->count)
		remove_at(r->out, i);
	if (r->out->count >= LIMIT_APPROVALS)
		return err_set(e, ERR_GIT_TOO_MANY, "there are more than %d "
		    "statements", LIMIT_APPROVALS);
	grown = arena_grow(r->arena, r->out->items, r->out->count,
	    sizeof(*grown));
	if (grown == NULL)
		return err_budget(e, r->arena);
	for (i = r->out->count; i > 0 && comes_after(&grown[i - 1], a); i--)
		grown[i] = grown[i - 1];
	grown[i] = *a;
	r->out->items = grown;
	r->out->count++;
	return true;
}

/* The same words may have been seen under another signature before. */
static bool
look(struct reading *r, struct approval *a, const struct object_signature *s,
    const char *ssh_namespace, struct err *e)
{
	struct signature_fact *f = &a->fact.signature;
	const struct person *p;
	int64_t before;

	memcpy(a->payload_sha256, s->payload_sha256.bytes, 32);
	if (!signers_look(r->signers, s, ssh_namespace, a->fact.seen, r->arena,
	    f, e))
		return false;
	p = f->good ? config_key_holder(r->signers->config, f->key, NULL) :
	    NULL;
	before = p == NULL || r->look->said_before == NULL ? 0 :
	    r->look->said_before(r->look->arg, a->payload_sha256, p->slug);
	if (before != 0 && before < a->fact.seen)
		a->fact.seen = f->first_seen = before;
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

/* Old statements pile up: their signatures are not checked for ever. */
static bool
is_wanted(const struct reading *r, const struct approval *a)
{
	struct span about = a->fact.statement != NULL ?
	    a->statement.request : a->about;

	return r->look->wanted == NULL || r->look->wanted(r->look->arg, about);
}

/* ---- tags ---- */
/* "refs/tags/approve/<12 digits>/<anything>": what is before the last part. */
static struct span
name_about(struct span name)
{
	struct span part, last = { 0 }, before = { 0 };

	while (span_split(&name, '/', &part)) {
		before = last;
		last = part;
	}
	return before.len == ABOUT_DIGITS ? before : (struct span){ 0 };
}

/* What a tag says; *says: something that concerns us. */
static bool
tag_load(struct reading *r, const struct ref *ref, struct approval *a,
    struct tag_object *tag, bool *says, struct err *e)
{
	struct span yaml;
	struct err why;

	*says = false;
	*a = (struct approval){ .carrier = APPROVAL_TAG, .object = ref->id };
	if (!load(r, &ref->id, OBJECT_TAG, &a->raw, &why) ||
	    !tag_parse(a->raw, r->arena, tag, &why))
		return !stops(&why, e);
	a->fact.seen = seen_of(r, &ref->id);
	if (!arena_copy(r->arena, ref->name, &a->fact.carrier))
		return err_budget(e, r->arena);
	a->about = name_about(a->fact.carrier);
	if (!(message_manifest(tag->message, &yaml, &why) ?
	    set_statement(r, a, yaml, e) : set_error(r, a, &why, e)))
		return false;
	*says = is_wanted(r, a);
	return true;
}

static bool
read_tag(struct reading *r, const struct ref *ref, struct err *e)
{
	struct approval a;
	struct tag_object tag;
	bool says;

	return tag_load(r, ref, &a, &tag, &says, e) && (!says ||
	    (look(r, &a, &tag.signature, "git", e) && add(r, &a, e)));
}

static void
tell_tag(void *arg, size_t i)
{
	CLEANUP(arena_done) struct arena *scratch =
	    arena_new(LIMIT_OBJECT_MEMORY);
	struct reading r = *(const struct reading *)arg;
	struct approval a;
	struct tag_object tag;
	struct err none;
	bool says;

	r.arena = scratch;
	if (tag_load(&r, &r.look->tags[i], &a, &tag, &says, &none) && says)
		signers_ahead(r.signers, &tag.signature, a.fact.seen);
}

static bool
read_tags(struct reading *r, struct err *e)
{
	struct lookahead ahead = { tell_tag, r, r->look->tag_count, 0 };

	for (size_t i = 0; i < r->look->tag_count; i++) {
		signers_look_ahead(r->signers, &ahead, i);
		if (!read_tag(r, &r->look->tags[i], e))
			return err_at(e, "%s",
			    text_show(r->look->tags[i].name).text);
	}
	return true;
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
	struct err why;

	if (!arena_copy(r->arena, path, &a->fact.carrier))
		return err_budget(e, r->arena);
	path_request(a->fact.carrier, &a->about);
	if (!set_statement(r, a, bytes, e))
		return false;
	if (a->fact.statement == NULL ||
	    span_eq(a->about, a->statement.request))
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

/* One that does more says nothing: nobody looks for statements in there. */
static bool
note_more(struct reading *r, struct approval *a, struct err *e)
{
	struct err why;

	err_set(&why, ERR_APPROVAL_STATEMENT, "commit %.12s does more than to "
	    "add files below " FOLDER, object_id_hex(&a->object).text);
	return set_error(r, a, &why, e);
}

static bool
add_files(struct reading *r, const struct approval *a,
    const struct tree_difference *list, size_t count, struct err *e)
{
	bool clean = only_adds(list, count);

	for (size_t i = 0; i < count; i++) {
		struct approval one = *a;
		struct span request, bytes;
		struct err why;

		if (list[i].old_mode != 0 || list[i].new_mode != TREE_FILE ||
		    !path_request(list[i].path, &request))
			continue;
		if (!load(r, &list[i].new_id, OBJECT_BLOB, &bytes, &why)) {
			if (stops(&why, e))
				return false;
			continue;
		}
		if (!read_file(r, &one, list[i].path, bytes, e) ||
		    (!clean && !note_more(r, &one, e)) || !add(r, &one, e))
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

static bool
any_wanted(const struct reading *r, const struct tree_difference *list,
    size_t count)
{
	struct approval a = { .about = { 0 } };

	for (size_t i = 0; i < count; i++)
		if (path_request(list[i].path, &a.about) && is_wanted(r, &a))
			return true;
	return false;
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
	    !any_wanted(r, list, count))
		return true;
	a.fact.seen = seen_of(r, id);
	return look(r, &a, &c.signature, "git", e) &&
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

/* A statement and its signature; *says: they concern us. */
static bool
detached_load(struct reading *r, const struct tree_file *file,
    const struct tree_file *signature, struct approval *a,
    struct object_signature *s, bool *says, struct err *e)
{
	struct err why;

	*says = false;
	*a = (struct approval){ .carrier = APPROVAL_DETACHED,
	    .object = file->id, .signature_object = signature->id };
	if (!path_request(file->path, &a->about) || !is_wanted(r, a))
		return true;
	if (!load(r, &file->id, OBJECT_BLOB, &a->raw, &why) ||
	    !load(r, &signature->id, OBJECT_BLOB, &a->signature, &why) ||
	    !signature_detached(a->raw, a->signature, s, &why))
		return !stops(&why, e);
	/* Two people may sign equal files: the signature is what came. */
	a->fact.seen = seen_of(r, &signature->id);
	*says = true;
	return true;
}

static bool
read_detached(struct reading *r, const struct tree_file *file,
    const struct tree_file *signature, struct err *e)
{
	struct object_signature s;
	struct approval a;
	bool says;

	return detached_load(r, file, signature, &a, &s, &says, e) &&
	    (!says || (look(r, &a, &s, "approval@tagseal", e) &&
	    read_file(r, &a, file->path, a.raw, e) && add(r, &a, e)));
}

static void
tell_detached(void *arg, size_t i)
{
	CLEANUP(arena_done) struct arena *scratch =
	    arena_new(LIMIT_OBJECT_MEMORY);
	struct reading r = *(const struct reading *)arg;
	const struct tree_file *signature = find_signature(r.files,
	    r.file_count, i);
	struct object_signature s;
	struct approval a;
	struct err none;
	bool says;

	r.arena = scratch;
	if (signature != NULL && detached_load(&r, &r.files[i], signature, &a,
	    &s, &says, &none) && says)
		signers_ahead(r.signers, &s, a.fact.seen);
}

static bool
read_files(struct reading *r, struct err *e)
{
	CLEANUP(arena_done) struct arena *scratch =
	    arena_new(LIMIT_TREE_MEMORY);
	struct lookahead ahead = { .tell = tell_detached, .arg = r };
	struct commit_object c;
	struct err why;
	struct span raw;

	if (!load(r, r->look->branch, OBJECT_COMMIT, &raw, &why) ||
	    !commit_parse(raw, scratch, &c, &why) ||
	    !tree_walk(r->repository, &c.tree, scratch, &r->files,
	    &r->file_count, &why))
		return !stops(&why, e);
	ahead.count = r->file_count;
	for (size_t i = 0; i < r->file_count; i++) {
		const struct tree_file *signature = find_signature(r->files,
		    r->file_count, i);

		signers_look_ahead(r->signers, &ahead, i);
		if (signature != NULL &&
		    !read_detached(r, &r->files[i], signature, e))
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
	struct reading r = { repository, signers, look, arena, out, NULL, 0 };

	*out = (struct approval_list){ 0 };
	if (!read_tags(&r, e))
		return false;
	if (!read_branch(&r, e))
		return err_at(e, "approvals branch");
	settle(out);
	return true;
}

bool
approval_concerns(const struct approval *a, struct span request)
{
	struct span head = a->about;

	if (a->fact.statement != NULL)
		return span_eq(a->statement.request, request);
	if (head.len == ABOUT_DIGITS)
		return span_starts(request, ID_START) && span_cut(request,
		    strlen(ID_START), ABOUT_DIGITS, &request) &&
		    span_eq(request, head);
	return head.len > 0 && span_eq(head, request);
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
		if (approval_concerns(&list->items[i], request))
			facts[n++] = list->items[i].fact;
	out->approvals.items = facts;
	out->approvals.count = n;
	return true;
}

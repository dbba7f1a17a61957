/*
 * account_change - what a request brings that the last release did not: rules,
 * parameters, and file by file what is in the artifacts. All of it stands in
 * the ledger.
 */
#include "base/text.h"
#include "cli/account.h"
#include "cli/account_parts.h"
#include "ledger/table.h"

#define TREE_MEMORY	((size_t)256 << 20)	/* bytes of both trees' paths */

/* ---- which one was the last */

/* Of the same policy, completed before this one was asked for. */
static const struct fold_request *
last_release(const struct history *h, const struct fold_request *now)
{
	const struct fold_request *q, *last = NULL;

	for (size_t i = 0; (q = fold_request_at(h->fold, i)) != NULL; i++)
		if (q != now && q->state == REQUEST_COMPLETED &&
		    span_eq(q->project, now->project) &&
		    span_eq(q->policy, now->policy) &&
		    (request_state_final(now->state) ?
		    q->last < now->created : q->created < now->created) &&
		    (last == NULL || q->last > last->last))
			last = q;
	return last;
}

static struct json *
brief(const struct fold_request *q, const struct json *body)
{
	struct json *v = json_map();
	char at[TEXT_TIME_SIZE];

	text_time(q->last_at, at);
	json_put_span(v, "id", q->id);
	json_put_span(v, "ref", q->ref);
	json_put_span(v, "commit", json_span(json_member(body, "commit")));
	json_put_text(v, "completed", at);
	return v;
}

/* ---- two maps of texts */

/* Members whose values differ, or that only one of the maps has. */
struct pair {
	const struct json	*other;
	bool			 turned;	/* other is the newer one */
	struct json		*list;
};

static void
put_known(struct json *v, const char *key, const struct json *value)
{
	if (value != NULL)
		json_put_span(v, key, json_span(value));
}

static bool
pair_member(void *arg, const char *key, const struct json *value,
    struct err *e)
{
	struct pair *p = arg;
	const struct json *other = json_member(p->other, key);
	struct json *v;

	(void)e;
	if (p->turned ? other != NULL : other != NULL &&
	    span_eq(json_span(other), json_span(value)))
		return true;
	v = json_map();
	json_put_text(v, "name", key);
	put_known(v, "before", p->turned ? value : other);
	put_known(v, "now", p->turned ? NULL : value);
	json_add(p->list, v);
	return true;
}

static bool
compare_maps(const struct json *before, const struct json *now,
    struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *list = json_list();

	if (!json_each(now, pair_member, &(struct pair){ before, false, list },
	    e) || !json_each(before, pair_member, &(struct pair){ now, true,
	    list }, e))
		return false;
	*out = TAKE(list);
	return true;
}

/* ---- two trees */

/* The files of a tree, in its order and by their paths. */
struct files {
	struct file {
		struct span		 path;
		const struct json	*node;
	}		*items;
	size_t		 count;
	struct table	 by_path;
};

struct comparing {
	struct arena	*arena;
	struct files	 before, now;
	struct json	*list;
	size_t		 same;
	size_t		 unknown;	/* same size, not hashed */
};

static void
comparing_done(struct comparing *c)
{
	table_done(&c->before.by_path);
	table_done(&c->now.by_path);
	json_release(c->list);
	arena_free(c->arena);
}

static const struct json *
file_find(const struct files *f, struct span path)
{
	return table_find(&f->by_path, path);
}

/* A name that an archive has twice counts once: artifacts never have it. */
static bool
file_add(struct files *f, struct arena *a, struct span path,
    const struct json *node, struct err *e)
{
	struct file *grown = arena_grow(a, f->items, f->count, sizeof(*grown));

	if (grown == NULL || !arena_copy(a, path, &grown[f->count].path))
		return err_budget(e, a);
	f->items = grown;
	grown[f->count].node = node;
	if (file_find(f, path) == NULL)
		table_put(&f->by_path, grown[f->count++].path,
		    (void *)(uintptr_t)node);
	return true;
}

/* "plugins/extra.zip!/bin/answer.dll"; the artifact itself is no file here. */
static bool
flatten(struct arena *a, struct files *into, const struct json *node,
    struct span prefix, struct err *e)
{
	const struct json *contents = json_member(node, "contents");
	CLEANUP(buf_done) struct buf path = { 0 };

	buf_put(&path, prefix);
	buf_put(&path, json_span(json_member(node, "path")));
	if (path.len > 0) {
		if (!file_add(into, a, buf_span(&path), node, e))
			return false;
		buf_text(&path, "!/");
	}
	for (size_t i = 0; i < json_count(contents); i++)
		if (!flatten(a, into, json_item(contents, i), buf_span(&path),
		    e))
			return false;
	return true;
}

static bool
is_equal(const struct json *a, const struct json *b, const char *member)
{
	return span_eq(json_span(json_member(a, member)),
	    json_span(json_member(b, member)));
}

static void
add_file(struct comparing *c, const char *what, struct span path,
    const struct json *before, const struct json *now)
{
	struct json *v = json_map();

	json_put_text(v, "what", what);
	json_put_span(v, "path", path);
	put_known(v, "before", json_member(before, "state"));
	put_known(v, "now", json_member(now, "state"));
	json_add(c->list, v);
}

static void
compare_file(struct comparing *c, const struct file *f)
{
	const struct json *before = file_find(&c->before, f->path);

	if (before == NULL)
		add_file(c, "added", f->path, NULL, f->node);
	else if (!is_equal(before, f->node, "sha256") ||
	    json_integer_of(json_member(before, "size")) !=
	    json_integer_of(json_member(f->node, "size")))
		add_file(c, "changed", f->path, before, f->node);
	else if (!is_equal(before, f->node, "state"))
		add_file(c, "treated", f->path, before, f->node);
	else if (account_hash(f->node).len == 0)
		c->unknown++;
	else
		c->same++;
}

static void
compare_files(struct comparing *c)
{
	for (size_t i = 0; i < c->now.count; i++)
		compare_file(c, &c->now.items[i]);
	for (size_t i = 0; i < c->before.count; i++) {
		const struct file *f = &c->before.items[i];

		if (file_find(&c->now, f->path) == NULL)
			add_file(c, "gone", f->path, f->node, NULL);
	}
}

static bool
compare_trees(const struct json *before, const struct json *now,
    struct json *v, struct err *e)
{
	CLEANUP(comparing_done) struct comparing c = {
		.arena = arena_new(TREE_MEMORY), .list = json_list() };

	if (before == NULL || now == NULL)
		return true;
	if (!flatten(c.arena, &c.before, before, (struct span){ 0 }, e) ||
	    !flatten(c.arena, &c.now, now, (struct span){ 0 }, e))
		return false;
	compare_files(&c);
	json_put(v, "files", TAKE(c.list));
	json_put_int(v, "same", (int64_t)c.same);
	json_put_int(v, "unknown", (int64_t)c.unknown);
	return true;
}

/* ---- artifacts */

/* The same name; or else the only one by the same configuration. */
static const struct json *
match(const struct json *list, const struct json *wanted)
{
	static const char *const members[] = { "name", "configuration" };

	for (size_t m = 0; m < COUNT(members); m++) {
		const struct json *found = NULL;
		size_t count = 0;

		for (size_t i = 0; i < json_count(list); i++)
			if (is_equal(json_item(list, i), wanted, members[m])) {
				found = json_item(list, i);
				count++;
			}
		if (count == 1)
			return found;
	}
	return NULL;
}

static bool
compare_artifacts(const struct json *before, const struct json *now,
    struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *list = json_list();

	for (size_t i = 0; i < json_count(now); i++) {
		const struct json *is = json_item(now, i);
		const struct json *was = match(before, is);
		struct json *v = json_map();

		json_add(list, v);
		json_put_span(v, "name", json_span(json_member(is, "name")));
		put_known(v, "before", json_member(was, "name"));
		if (was != NULL && is_equal(was, is, "sha256")) {
			json_put_bool(v, "equal", true);
			continue;
		}
		if (!compare_trees(json_member(was, "tree"),
		    json_member(is, "tree"), v, e))
			return false;
	}
	for (size_t i = 0; i < json_count(before); i++) {
		const struct json *was = json_item(before, i);
		struct json *v;

		if (match(now, was) != NULL)
			continue;
		v = json_map();
		json_add(list, v);
		put_known(v, "before", json_member(was, "name"));
	}
	*out = TAKE(list);
	return true;
}

/* ---- all of it */
static bool
compare_bodies(const struct json *before, const struct json *now,
    struct json *v, struct err *e)
{
	const struct json *was = json_member(before, "certificate");
	const struct json *is = json_member(now, "certificate");
	struct json *rules, *parameters;

	if (!compare_maps(json_member(json_member(before, "config"), "files"),
	    json_member(json_member(now, "config"), "files"), &rules, e))
		return false;
	json_put(v, "rules", rules);
	if (!compare_maps(json_member(before, "parameters"),
	    json_member(now, "parameters"), &parameters, e))
		return false;
	json_put(v, "parameters", parameters);
	if (!is_equal(was, is, "spki_sha256")) {
		struct json *certificate = json_map();

		put_known(certificate, "before", json_member(was, "slug"));
		put_known(certificate, "now", json_member(is, "slug"));
		json_put(v, "certificate", certificate);
	}
	return true;
}

bool
account_change(struct history *h, const struct fold_request *q,
    const struct json *body, struct json *account, struct err *e)
{
	const struct fold_request *last = last_release(h, q);
	CLEANUP(json_done) struct json *events = json_list(), *was = NULL;
	CLEANUP(json_done) struct json *v = json_map();
	struct json *artifacts;

	if (last == NULL)
		return true;
	if (!account_events(h, last, events, e))
		return false;
	const struct json *before = json_member(json_item(events, 0), "body");
	if (!account_artifacts(h, before, events, &was, e) ||
	    !compare_bodies(before, body, v, e) ||
	    !compare_artifacts(was, json_member(account, "artifacts"),
	    &artifacts, e))
		return false;
	json_put(v, "artifacts", artifacts);
	json_put(account, "last_release", brief(last, before));
	json_put(account, "changes", TAKE(v));
	return true;
}

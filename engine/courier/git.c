/*
 * git - mirrors brought up to date, and one ref pushed by compare-and-swap.
 *
 *	<mirrors>/<slug>.git	a mirror (git/remote.h)
 *	<mirrors>/push		holds the ref of a push while it lasts; its
 *				objects are borrowed from the store
 *
 * Whoever asks has one courier at a time at work in each of them: so what is
 * half-made there is a dead one's, and is swept away before we begin.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "courier/carry.h"
#include "git/remote.h"
#include "git/sweep.h"
#include "net/git_http.h"
#include "net/git_local.h"
#include "net/git_ssh.h"

/* A way to one Git server, and what its transport works with. */
struct way {
	struct git_http		 http;
	struct git_local	 local;
	struct git_ssh		 ssh;
	struct remote_transport	 transport;
};

static bool
way_http(const struct courier *c, const char *url, struct span credential,
    struct arena *a, struct way *w, struct err *e)
{
	struct http_rules *rules = &w->http.rules;

	if (!courier_rules(c, url, credential, a, rules, e))
		return false;
	if (rules->token_user == NULL)
		rules->token_user = COURIER_GIT_USER;
	rules->private_addresses = true;	/* administrators name hosts */
	rules->total = LIMIT_FETCH_TIME;
	rules->tries = 2;
	rules->pause = 500;
	w->http.limit = LIMIT_FETCH_BYTES;
	w->http.folder = c->mirrors;
	w->transport = (struct remote_transport){ git_http_open, &w->http,
	    true, &w->http.failure };
	return true;
}

static bool
way_local(const struct courier *c, const char *url, struct span credential,
    struct arena *a, struct way *w, struct err *e)
{
	(void)url;
	(void)credential;
	(void)a;
	(void)e;
	w->local.folders = c->repositories;
	w->transport = (struct remote_transport){ git_local_open, &w->local,
	    false, &w->local.failure };
	return true;
}

/* SSH has its own keys: a credential is for other addresses. */
static bool
way_ssh(const struct courier *c, const char *url, struct span credential,
    struct arena *a, struct way *w, struct err *e)
{
	const struct courier_connection *row;
	struct ssh_url u;

	(void)credential;
	if (!ssh_url_parse(SPAN_TEXT(url), &u, e))
		return false;
	row = courier_connection(c, &u.at);
	if (row == NULL || row->ssh_key.len == 0)
		return err_set(e, ERR_NET_SSH, "'connections' of engine.yaml "
		    "has no 'ssh' for '%s'", u.at.host);
	if (!wire_text(a, row->ssh_key, &w->ssh.key, e) ||
	    !wire_text(a, row->known_hosts, &w->ssh.known_hosts, e))
		return false;
	w->ssh.limit = LIMIT_FETCH_BYTES;
	w->ssh.total = LIMIT_FETCH_TIME;
	w->transport = (struct remote_transport){ git_ssh_open, &w->ssh,
	    false, &w->ssh.failure };
	return true;
}

static const struct {
	const char	*start;
	bool		(*open)(const struct courier *, const char *url,
			    struct span credential, struct arena *,
			    struct way *, struct err *);
} schemes[] = {
	{ "https://",	way_http },
	{ "http://",	way_http },
	{ "ssh://",	way_ssh },
	{ "file://",	way_local },
	{ "/",		way_local },
};

static bool
way_open(const struct courier *c, const char *url, struct span credential,
    struct arena *a, struct way *out, struct err *e)
{
	*out = (struct way){ .transport = { .open = NULL } };
	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strncmp(url, schemes[i].start,
		    strlen(schemes[i].start)) == 0)
			return schemes[i].open(c, url, credential, a, out, e);
	return err_set(e, ERR_NET_URL, "'%s' is neither "
	    "https:// nor ssh:// nor a path",
	    text_show(span_text(url)).text);
}

static bool
folder_of(const struct courier *c, struct arena *a, const char *name,
    const char **out, struct err *e)
{
	if (c->mirrors == NULL)
		return err_set(e, ERR_PROCESS_PROTOCOL,
		    "the courier was given no folder for mirrors");
	*out = arena_printf(a, "%s/%s", c->mirrors, name);
	return *out != NULL || err_budget(e, a);
}

static bool
mirror_open(const struct courier *c, struct span slug, struct arena *a,
    struct repository **out, struct err *e)
{
	char name[80];
	const char *path;

	if (!text_slug(slug))
		return wire_malformed(e, "fetch");
	snprintf(name, sizeof(name), "%.*s.git", (int)slug.len,
	    (const char *)slug.ptr);
	return folder_of(c, a, name, &path, e) &&
	    repository_sweep(path, e) && repository_init(path, out, e);
}

/* What a fetch answers: in the arena, built up ref by ref. */
struct refs {
	struct arena		*arena;
	struct moved_ref	*items;
	size_t			 count;
};

static bool
refs_add(struct refs *r, struct span name, const struct object_id *before,
    const struct object_id *after, struct err *e)
{
	struct moved_ref *items = arena_grow(r->arena, r->items, r->count,
	    sizeof(*items));
	struct moved_ref m;

	if (items == NULL || !arena_copy(r->arena, name, &m.name) ||
	    !arena_copy(r->arena, SPAN_TEXT(object_id_hex(before).text),
	    &m.before) || !arena_copy(r->arena,
	    SPAN_TEXT(object_id_hex(after).text), &m.after))
		return err_budget(e, r->arena);
	r->items = items;
	items[r->count++] = m;
	return true;
}

/* moves_add adds the refs that moved, or all. */
static bool
moves_add(struct refs *r, bool all, const struct ref_move *moves,
    size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if ((all || !object_id_eq(&moves[i].before,
		    &moves[i].after)) && !refs_add(r, moves[i].name,
		    &moves[i].before, &moves[i].after, e))
			return false;
	return true;
}

/* fetch_any takes the first URL that answers. */
static bool
fetch_any(const struct courier *c, const struct fetch_request *q,
    struct repository *mirror, struct arena *a,
    const struct ref_move **moves, size_t *count, struct err *e)
{
	err_set(e, ERR_NET_URL, "no URL is named for '%s'",
	    text_show(q->mirror).text);
	for (size_t i = 0; i < q->url_count; i++) {
		const char *url;
		struct way w;

		if (!wire_text(a, q->urls[i], &url, e))
			return false;
		if (way_open(c, url, q->credential, a, &w, e) &&
		    remote_fetch(mirror, url, &w.transport, NULL, a, moves,
		    count, e))
			return true;
	}
	return false;
}

bool
carry_fetch(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(repository_done) struct repository *mirror = NULL;
	struct refs refs = { .arena = a };
	const struct ref_move *moves;
	struct fetch_request q;
	size_t count;

	if (!fetch_read(buf_span(&m->body), a, &q, e) ||
	    !mirror_open(c, q.mirror, a, &mirror, e) ||
	    !fetch_any(c, &q, mirror, a, &moves, &count, e) ||
	    !moves_add(&refs, q.all, moves, count, e))
		return false;
	fetched_write(refs.items, refs.count, answer);
	return true;
}

/* store_borrow opens the place for pushes, with the objects of a store. */
static bool
store_borrow(const struct courier *c, struct span store, struct arena *a,
    struct repository **out, struct err *e)
{
	CLEANUP(repository_done) struct repository *r = NULL;
	const char *path, *lender = NULL;

	for (const char *const *s = c->stores; *s != NULL; s++)
		if (span_is(store, *s))
			lender = *s;
	if (lender == NULL)
		return err_set(e, ERR_PROCESS_PROTOCOL, "the courier was not "
		    "given the store '%s'", text_show(store).text);
	if (!folder_of(c, a, "push", &path, e) ||
	    !repository_sweep(path, e) || !repository_init(path, &r, e) ||
	    !remote_push_sweep(r, e) ||
	    !repository_borrow(r, lender, e))
		return false;
	*out = TAKE(r);
	return true;
}

bool
carry_push(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(repository_done) struct repository *r = NULL;
	struct object_id before, after;
	const char *url, *ref;
	struct push_request q;
	struct way w;

	(void)answer;
	if (!push_read(buf_span(&m->body), a, &q, e) ||
	    !wire_text(a, q.url, &url, e) || !wire_text(a, q.ref, &ref, e))
		return false;
	if (!object_id_parse(q.before, &before) ||
	    !object_id_parse(q.after, &after))
		return wire_malformed(e, "push");
	return way_open(c, url, q.credential, a, &w, e) &&
	    store_borrow(c, q.repository, a, &r, e) &&
	    remote_push(r, url, &w.transport, ref,
	    object_id_zero(&before) ? NULL : &before, &after, e);
}

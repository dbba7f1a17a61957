/* remote - see remote.h. */
#include <git2/sys/transport.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/libgit.h"
#include "git/mirror.h"
#include "git/remote.h"
#include "git/write.h"

DEFINE_CLEANUP(git_remote, remote_done, git_remote_free);

/* What one exchange with a host knows, and where its callbacks leave word. */
struct session {
	const struct remote_transport	*transport;
	struct remote_limits		 limits;
	struct arena			*arena;
	const struct object_id		*expected;	/* of a push */
	bool				 refused;
	char				 words[256];	/* of the host */
	struct err			 why;	/* we stopped it ourselves */
};

static int
on_transport(git_transport **out, git_remote *owner, void *arg)
{
	struct session *s = arg;
	git_smart_subtransport_definition definition = {
		.callback = s->transport->open,
		.rpc = s->transport->stateless,
		.param = s->transport->arg,
	};

	return git_transport_smart(out, owner, &definition);
}

static int
on_progress(const git_indexer_progress *stats, void *arg)
{
	struct session *s = arg;

	if (stats->received_bytes > s->limits.bytes)
		err_set(&s->why, ERR_LIMIT_SIZE, "pack is larger than %"
		    PRIu64 " bytes", s->limits.bytes);
	else if (stats->total_objects > s->limits.objects)
		err_set(&s->why, ERR_GIT_TOO_MANY, "pack holds %u objects, "
		    "more than %" PRIu32, stats->total_objects,
		    s->limits.objects);
	return s->why.what == NULL ? 0 : -1;
}

/*
 * on_negotiation sees what the host has before anything is sent. (src is the
 * host's side, whatever its name suggests.)
 */
static int
on_negotiation(const git_push_update **updates, size_t count, void *arg)
{
	static const struct object_id nothing;
	struct session *s = arg;
	const struct object_id *due = s->expected == NULL ? &nothing :
	    s->expected;

	for (size_t i = 0; i < count; i++) {
		struct object_id now = libgit_id(&updates[i]->src);

		if (object_id_eq(&now, due))
			continue;
		err_set(&s->why, ERR_GIT_REF_MOVED, "'%s' is at %s, not at "
		    "%s", text_show(SPAN_TEXT(
		    updates[i]->dst_refname)).text,
		    object_id_hex(&now).text, object_id_hex(due).text);
		return -1;
	}
	return 0;
}

static void
words_set(struct session *s, struct span words)
{
	struct shown shown = text_show(words);

	snprintf(s->words, sizeof(s->words), "%s", shown.text);
}

/* The only place where a host says that it did not move a ref. */
static int
on_status(const char *name, const char *status, void *arg)
{
	struct session *s = arg;

	(void)name;
	if (status != NULL) {
		s->refused = true;
		words_set(s, SPAN_TEXT(status));
	}
	return 0;
}

static git_remote_callbacks
callbacks_of(struct session *s)
{
	return (git_remote_callbacks){
		.version = GIT_REMOTE_CALLBACKS_VERSION,
		.transport = on_transport,
		.transfer_progress = on_progress,
		.push_negotiation = on_negotiation,
		.push_update_reference = on_status,
		.payload = s,
	};
}

static struct session
session_of(const struct remote_transport *t, const struct remote_limits *l,
    struct arena *a)
{
	struct session s = { .transport = t, .arena = a };

	if (l != NULL)
		s.limits = *l;
	if (s.limits.bytes == 0)
		s.limits.bytes = LIMIT_FETCH_BYTES;
	if (s.limits.objects == 0)
		s.limits.objects = LIMIT_FETCH_OBJECTS;
	if (s.limits.refs == 0)
		s.limits.refs = LIMIT_FETCH_REFS;
	return s;
}

/* failed picks the first cause: ours, the transport's, then libgit2's words. */
static bool
failed(const struct session *s, const char *url, struct err *e)
{
	const struct err *transport = s->transport->failure;

	if (s->why.what != NULL)
		*e = s->why;
	else if (transport != NULL && transport->what != NULL)
		*e = *transport;
	else
		libgit_err(e, ERR_NET_GIT, "exchange broke off");
	return err_at(e, "'%s'", text_show(SPAN_TEXT(url)).text);
}

static bool
remote_open(struct repository *r, const char *url, git_remote **out,
    struct err *e)
{
	/* Without a look for url.*.insteadOf: the address is the address. */
	git_remote_create_options options = {
		.version = GIT_REMOTE_CREATE_OPTIONS_VERSION,
		.repository = r->walk,
		.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF |
		    GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC,
	};

	if (git_remote_create_with_opts(out, url, &options) < 0)
		return libgit_err(e, ERR_NET_GIT, "'%s' is no address",
		    text_show(SPAN_TEXT(url)).text);
	return true;
}

static int
connect_to(git_remote *remote, git_direction direction, struct session *s)
{
	git_remote_callbacks callbacks = callbacks_of(s);
	git_proxy_options proxy = { .version = GIT_PROXY_OPTIONS_VERSION,
	    .type = GIT_PROXY_NONE };

	return git_remote_connect(remote, direction, &callbacks, &proxy,
	    NULL);
}

/* heads_list reads the advertisement of a connected remote. */
static bool
heads_list(git_remote *remote, struct session *s, const struct ref **out,
    size_t *count, struct err *e)
{
	const git_remote_head **heads;
	size_t n;

	if (git_remote_ls(&heads, &n, remote) < 0)
		return libgit_err(e, ERR_NET_GIT, "host names no refs");
	if (n > s->limits.refs)
		return err_set(e, ERR_GIT_TOO_MANY, "host has %zu refs, more "
		    "than %zu", n, s->limits.refs);
	struct ref *refs = ARENA_ARRAY(s->arena, struct ref, n + 1);
	for (size_t i = 0; refs != NULL && i < n; i++) {
		const char *name = arena_text(s->arena,
		    SPAN_TEXT(heads[i]->name));

		if (name == NULL)
			return err_budget(e, s->arena);
		refs[i] = (struct ref){ SPAN_TEXT(name),
		    libgit_id(&heads[i]->oid) };
	}
	*out = refs;
	*count = n;
	return refs != NULL || err_budget(e, s->arena);
}

bool
remote_list(struct repository *r, const char *url,
    const struct remote_transport *t, const struct remote_limits *limits,
    struct arena *a, const struct ref **out, size_t *count, struct err *e)
{
	CLEANUP(remote_done) git_remote *remote = NULL;
	struct session s = session_of(t, limits, a);

	if (!remote_open(r, url, &remote, e))
		return false;
	if (connect_to(remote, GIT_DIRECTION_FETCH, &s) < 0)
		return failed(&s, url, e);
	return heads_list(remote, &s, out, count, e) ? true :
	    err_at(e, "'%s'", text_show(SPAN_TEXT(url)).text);
}

/* download gets the objects; the refs of the mirror stay where they are. */
static int
download(git_remote *remote, struct session *s)
{
	char *room[MIRROR_PLACES];
	git_strarray refspecs = mirror_refspecs(room);
	git_fetch_options options = {
		.version = GIT_FETCH_OPTIONS_VERSION,
		.callbacks = callbacks_of(s),
		.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE,
		.proxy_opts = { .version = GIT_PROXY_OPTIONS_VERSION },
	};

	return git_remote_download(remote, &refspecs, &options);
}

bool
remote_fetch(struct repository *r, const char *url,
    const struct remote_transport *t, const struct remote_limits *limits,
    struct arena *a, const struct ref_move **out, size_t *count,
    struct err *e)
{
	CLEANUP(remote_done) git_remote *remote = NULL;
	struct session s = session_of(t, limits, a);
	const struct ref *heads;
	size_t n;

	if (!remote_open(r, url, &remote, e))
		return false;
	if (connect_to(remote, GIT_DIRECTION_FETCH, &s) < 0)
		return failed(&s, url, e);
	/* The number of refs is bounded before anything is downloaded. */
	if (!heads_list(remote, &s, &heads, &n, e))
		return err_at(e, "'%s'", text_show(SPAN_TEXT(url)).text);
	if (download(remote, &s) < 0)
		return failed(&s, url, e);
	return mirror_update(r, heads, n, a, out, count, e) ? true :
	    err_at(e, "'%s'", text_show(SPAN_TEXT(url)).text);
}

#define CARRIERS	"refs/engine/push/"

bool
remote_push_sweep(struct repository *r, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	const struct ref *refs;
	size_t count;

	if (!refs_list(r, CARRIERS, LIMIT_FETCH_REFS, a, &refs, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!ref_delete(r, (const char *)refs[i].name.ptr,
		    &refs[i].id, e))
			return false;
	return true;
}

/* carrier_name is a ref for the time of one push: ids are no push source. */
static void
carrier_name(char out[96])
{
	uint64_t noise[2] = { 0 };

	if (getrandom(noise, sizeof(noise), 0) != (ssize_t)sizeof(noise))
		abort();
	snprintf(out, 96, CARRIERS "%016" PRIx64 "%016" PRIx64,
	    noise[0], noise[1]);
}

static bool
push_connected(git_remote *remote, const char *carrier, const char *ref,
    struct session *s, const char *url, struct err *e)
{
	char *specs[1];
	git_strarray refspecs = { specs, 1 };
	git_push_options options = {
		.version = GIT_PUSH_OPTIONS_VERSION,
		.pb_parallelism = 1,
		.callbacks = callbacks_of(s),
		.proxy_opts = { .version = GIT_PROXY_OPTIONS_VERSION },
	};

	CLEANUP(buf_done) struct buf spec = { 0 };
	buf_printf(&spec, "%s:%s", carrier, ref);
	buf_cstr(&spec);
	specs[0] = (char *)spec.ptr;
	int code = git_remote_push(remote, &refspecs, &options);
	if (code == GIT_ENONFASTFORWARD && s->why.what == NULL)
		err_set(&s->why, ERR_GIT_REF_MOVED, "'%s' has moved on",
		    text_show(SPAN_TEXT(ref)).text);
	return code == 0 || failed(s, url, e);
}

/* shown_by reads one ref of the host; a zero id: it is not there. */
static bool
shown_by(struct repository *r, const char *url,
    const struct remote_transport *t, const char *ref,
    struct object_id *now, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	const struct ref *refs;
	size_t count;

	if (!remote_list(r, url, t, NULL, a, &refs, &count, e))
		return false;
	*now = (struct object_id){ { 0 } };
	for (size_t i = 0; i < count; i++)
		if (span_is(refs[i].name, ref))
			*now = refs[i].id;
	return true;
}

/*
 * outcome_check: the return code of a push says nothing about its ref. The
 * host's word for the ref does, and what it shows when it is asked again.
 */
static bool
outcome_check(const struct session *s, const char *ref,
    const struct object_id *now, const struct object_id *id, struct err *e)
{
	static const struct object_id nothing;
	const struct object_id *due = s->expected == NULL ? &nothing :
	    s->expected;
	struct shown shown = text_show(SPAN_TEXT(ref));

	if (!s->refused && object_id_eq(now, id))
		return true;
	if (!object_id_eq(now, due))
		return err_set(e, ERR_GIT_REF_MOVED,
		    "'%s' went to %s in the meantime", shown.text,
		    object_id_hex(now).text);
	return err_set(e, ERR_GIT_PUSH_REFUSED,
	    "'%s' stays at %s, the host says: %s", shown.text,
	    object_id_hex(now).text,
	    s->refused ? s->words : "nothing");
}

static bool
push_carried(struct repository *r, const char *url,
    const struct remote_transport *t, const char *carrier, const char *ref,
    struct session *s, const struct object_id *id, struct err *e)
{
	CLEANUP(remote_done) git_remote *remote = NULL;
	struct object_id now;

	return remote_open(r, url, &remote, e) &&
	    push_connected(remote, carrier, ref, s, url, e) &&
	    shown_by(r, url, t, ref, &now, e) &&
	    outcome_check(s, ref, &now, id, e);
}

bool
remote_push(struct repository *r, const char *url,
    const struct remote_transport *t, const char *ref,
    const struct object_id *expected, const struct object_id *id,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct session s = session_of(t, NULL, a);
	char carrier[96];
	struct err unused;

	s.expected = expected;
	carrier_name(carrier);
	if (!ref_update(r, carrier, NULL, id, e))
		return false;
	bool pushed = push_carried(r, url, t, carrier, ref, &s, id, e);
	if (!ref_delete(r, carrier, id, pushed ? e : &unused))
		return false;
	return pushed;
}

/*
 * lfs - a file that Git LFS keeps beside a repository.
 *
 * The LFS server is the one that belongs to the repository's own address
 * (git-lfs, docs/api/server-discovery.md); what a tree says in .lfsconfig is
 * not looked at, for everybody who pushes writes there. The server answers
 * with an address of its choice: it must be at the same host, or be declared.
 */
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "courier/carry.h"
#include "courier/hop.h"
#include "courier/lfs_answer.h"

#define TRIES	3
#define PAUSE	500	/* ms before the second try, doubling */
#define TYPE	"application/vnd.git-lfs+json"

/* One file on its way. */
struct fetch {
	const struct courier	*courier;
	struct arena		*arena;
	struct lfs_request	 asked;
	struct span		 oid;		/* hex */
	const char		*batch;		/* URL */
	struct url		 at;		/* its parts */
};

static bool
batch_url(struct fetch *f, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span repository = f->asked.repository;

	if (span_ends(repository, "/"))
		repository.len--;
	buf_put(&b, repository);
	buf_text(&b, span_ends(repository, ".git") ? "" : ".git");
	buf_text(&b, "/info/lfs/objects/batch");
	return wire_text(f->arena, buf_span(&b), &f->batch, e) &&
	    url_parse(SPAN_TEXT(f->batch), &f->at, e);
}

static void
question_write(const struct fetch *f, struct buf *out)
{
	CLEANUP(json_done) struct json *v = json_map();
	const struct span basic = SPAN_TEXT("basic");
	struct json *object = json_map(), *list = json_list();

	json_put_span(object, "oid", f->oid);
	json_put_int(object, "size", (int64_t)f->asked.size);
	json_add(list, object);
	json_put_text(v, "operation", "download");
	json_put(v, "transfers", json_texts(&basic, 1));
	json_put(v, "objects", list);
	json_put_text(v, "hash_algo", "sha256");
	json_write(v, out);
}

/* The repository's host is asked as Git asks it. */
static bool
ask(const struct fetch *f, struct buf *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf question = { 0 };
	struct http_post post = { .type = TYPE, .accept = TYPE,
	    .answer_type = TYPE };
	struct http_rules rules;

	if (!courier_rules(f->courier, f->batch, f->asked.credential,
	    f->arena, &rules, e))
		return false;
	if (rules.token_user == NULL)
		rules.token_user = COURIER_GIT_USER;
	rules.accept = NULL;
	rules.private_addresses = true;		/* administrators name it */
	rules.total = LIMIT_HTTP_TOTAL;
	rules.tries = TRIES;
	rules.pause = PAUSE;
	question_write(f, &question);
	post.body = buf_span(&question);
	return http_post(&rules, f->batch, &post, LIMIT_LFS_ANSWER, answer,
	    e);
}

/* declared: by the prefixes, or as a redirect. */
static bool
is_declared(const struct fetch *f, const char *url,
    const char *const *redirects, struct err *e)
{
	const char *const *prefixes;
	struct err unused;

	return wire_texts(f->arena, f->asked.prefixes, f->asked.prefix_count,
	    &prefixes, e) && (url_allowed(url, redirects, &unused) ||
	    url_allowed(url, prefixes, e));
}

static bool
hop_make(const struct fetch *f, const struct lfs_download *d,
    const char *const *redirects, struct hop *out, struct err *e)
{
	bool home;

	*out = (struct hop){ .url = d->url, .headers = d->headers,
	    .header_count = d->header_count, .user = COURIER_GIT_USER };
	if (!url_parse(SPAN_TEXT(d->url), &out->at, e))
		return false;
	if (f->at.secure && !out->at.secure)
		return err_set(e, ERR_NET_URL_OUTSIDE, "the LFS server names "
		    "an address away from https, at '%s'", out->at.host);
	home = hop_same(&out->at, &f->at);
	if (!home && !is_declared(f, d->url, redirects, e))
		return false;
	out->private_addresses = home || f->asked.private_addresses;
	if (home && !d->authorized)
		out->credential = f->asked.credential;
	return true;
}

static bool
fetch(struct fetch *f, int fd, struct buf *answer, struct err *e)
{
	CLEANUP(buf_done) struct buf reply = { 0 }, hex = { 0 };
	struct journey j = { .limit = f->asked.size, .fd = fd,
	    .private_addresses = f->asked.private_addresses };
	struct lfs_download d;
	struct hop first;

	text_hex(f->asked.sha256, &hex);
	f->oid = buf_span(&hex);
	return batch_url(f, e) && ask(f, &reply, e) &&
	    lfs_answer_read(buf_span(&reply), f->oid, f->asked.size, f->arena,
	    &d, e) && wire_texts(f->arena, f->asked.redirects,
	    f->asked.redirect_count, &j.allowed, e) &&
	    hop_make(f, &d, j.allowed, &first, e) &&
	    hop_follow(f->courier, &j, &first, f->arena, answer, e);
}

bool
carry_lfs(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct fetch f = { .courier = c, .arena = a };

	return lfs_read(buf_span(&m->body), a, &f.asked, e) &&
	    fetch(&f, m->fds[0], answer, e);
}

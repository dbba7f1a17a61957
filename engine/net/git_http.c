/* git_http - see git_http.h. */
#include <git2/errors.h>
#include <git2/sys/transport.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/exchange.h"
#include "net/git_http.h"
#include "sys/file.h"

struct service {
	git_smart_service_t	 action;
	const char		*name;
	bool			 listing;
};

static const struct service services[] = {
	{ GIT_SERVICE_UPLOADPACK_LS,	"git-upload-pack",	true },
	{ GIT_SERVICE_UPLOADPACK,	"git-upload-pack",	false },
	{ GIT_SERVICE_RECEIVEPACK_LS,	"git-receive-pack",	true },
	{ GIT_SERVICE_RECEIVEPACK,	"git-receive-pack",	false },
};

struct over_http {
	git_smart_subtransport	 base;	/* first: libgit2 casts */
	struct git_http		*settings;
};

/* One request and its reply. */
struct request {
	git_smart_subtransport_stream	 base;	/* first */
	const struct service		*service;
	struct buf			 url;	/* of the repository */
	struct buf			 body;
	int				 reply;	/* -1: not asked yet */
};

static struct git_http *
settings_of(git_smart_subtransport *base)
{
	return ((struct over_http *)(void *)base)->settings;
}

static struct request *
request_of(git_smart_subtransport_stream *stream)
{
	return (struct request *)(void *)stream;
}

static bool
reply_begin(void *arg, struct err *e)
{
	const struct request *q = arg;

	if (ftruncate(q->reply, 0) != 0 || lseek(q->reply, 0, SEEK_SET) < 0)
		return err_errno(e, ERR_SYSTEM_WRITE,
		    "cannot empty the file for a reply");
	return true;
}

static bool
reply_take(void *arg, struct span piece, struct err *e)
{
	const struct request *q = arg;

	return descriptor_write(q->reply, piece, e);
}

/* listing_run asks for the refs. */
static bool
listing_run(struct request *q, const struct git_http *s,
    const struct http_sink *sink, struct err *e)
{
	CLEANUP(exchange_done) struct exchange x = { .curl = NULL };
	CLEANUP(buf_done) struct buf url = { 0 };
	CLEANUP(buf_done) struct buf type = { 0 };

	buf_printf(&url, "%s/info/refs?service=%s", buf_cstr(&q->url),
	    q->service->name);
	buf_printf(&type, "application/x-%s-advertisement",
	    q->service->name);
	if (!exchange_open(&x, &s->rules, buf_cstr(&url), s->limit, sink, e))
		return false;
	x.answer_type = buf_cstr(&type);
	return exchange_run(&x, e);
}

static bool
service_run(struct request *q, const struct git_http *s,
    const struct http_sink *sink, struct err *e)
{
	CLEANUP(exchange_done) struct exchange x = { .curl = NULL };
	CLEANUP(buf_done) struct buf url = { 0 };
	CLEANUP(buf_done) struct buf type = { 0 };
	CLEANUP(buf_done) struct buf accept = { 0 };
	struct http_rules rules = s->rules;

	/* A push that was cut may have arrived: it is not sent twice. */
	rules.tries = 1;
	buf_printf(&url, "%s/%s", buf_cstr(&q->url), q->service->name);
	buf_printf(&type, "application/x-%s-request", q->service->name);
	buf_printf(&accept, "application/x-%s-result", q->service->name);
	struct http_post post = { .type = buf_cstr(&type),
		.accept = buf_cstr(&accept), .body = buf_span(&q->body),
		.answer_type = buf_cstr(&accept) };
	return exchange_open(&x, &rules, buf_cstr(&url), s->limit, sink, e) &&
	    exchange_body(&x, &post, e) && exchange_run(&x, e);
}

static bool
request_run(struct request *q, const struct git_http *s, struct err *e)
{
	const struct http_sink sink = { reply_begin, reply_take, q };

	if (!file_scratch(s->folder, &q->reply, e))
		return false;
	if (!(q->service->listing ? listing_run : service_run)(q, s, &sink,
	    e))
		return false;
	if (lseek(q->reply, 0, SEEK_SET) < 0)
		return err_errno(e, ERR_SYSTEM_READ, "cannot read a reply");
	return true;
}

static int
fail(struct git_http *s)
{
	git_error_set_str(GIT_ERROR_NET, s->failure.text);
	return -1;
}

static int
on_read(git_smart_subtransport_stream *stream, char *out, size_t size,
    size_t *count)
{
	struct git_http *s = settings_of(stream->subtransport);
	struct request *q = request_of(stream);

	if (q->reply < 0 && !request_run(q, s, &s->failure))
		return fail(s);
	ssize_t n = read(q->reply, out, size);
	if (n < 0) {
		err_errno(&s->failure, ERR_SYSTEM_READ,
		    "cannot read a reply");
		return fail(s);
	}
	*count = (size_t)n;
	return 0;
}

static int
on_write(git_smart_subtransport_stream *stream, const char *bytes, size_t len)
{
	struct git_http *s = settings_of(stream->subtransport);
	struct request *q = request_of(stream);

	if (len > LIMIT_PUSH_BYTES - q->body.len) {
		err_set(&s->failure, ERR_LIMIT_SIZE, "push is larger than "
		    "%ju bytes", (uintmax_t)LIMIT_PUSH_BYTES);
		return fail(s);
	}
	buf_put(&q->body, (struct span){ (const uint8_t *)bytes, len });
	return 0;
}

static void
on_stream_free(git_smart_subtransport_stream *stream)
{
	struct request *q = request_of(stream);

	fd_done(&q->reply);
	buf_done(&q->url);
	buf_done(&q->body);
	free(q);
}

static int
on_action(git_smart_subtransport_stream **out, git_smart_subtransport *base,
    const char *url, git_smart_service_t action)
{
	struct request *q = xcalloc(1, sizeof(*q));
	struct span address = SPAN_TEXT(url);

	q->base = (git_smart_subtransport_stream){ base, on_read, on_write,
	    on_stream_free };
	q->reply = -1;
	for (size_t i = 0; i < COUNT(services); i++)
		if (services[i].action == action)
			q->service = &services[i];
	if (span_ends(address, "/"))
		address.len--;
	buf_put(&q->url, address);
	*out = &q->base;
	return 0;
}

static int
on_close(git_smart_subtransport *base)
{
	(void)base;	/* every exchange closes by itself */
	return 0;
}

static void
on_free(git_smart_subtransport *base)
{
	free(base);
}

int
git_http_open(git_smart_subtransport **out, git_transport *owner, void *arg)
{
	struct over_http *h = xcalloc(1, sizeof(*h));

	(void)owner;
	h->base = (git_smart_subtransport){ on_action, on_close, on_free };
	h->settings = arg;
	h->settings->failure = (struct err){ .what = NULL };
	*out = &h->base;
	return 0;
}

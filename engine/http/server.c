/* http - see server.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "http/server.h"

#define CONNECTIONS	256	/* at once; more wait in the kernel's queue */
#define IDLE_SECONDS	30	/* a client that says nothing is let go */

struct http_server {
	struct MHD_Daemon	*daemon;
	const struct http_route	*routes;
	void			*arg;
	uint16_t		 port;
};

/* What has come of one request so far. */
struct pending {
	const struct http_route	*route;
	struct buf		 body;
	unsigned		 refused;	/* HTTP status; 0: was not */
};

static enum MHD_Result
answer(struct MHD_Connection *c, const struct http_reply *reply)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    reply->body.len, reply->body.ptr, MHD_RESPMEM_MUST_COPY);

	if (r == NULL)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", reply->content_type);
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	enum MHD_Result result = MHD_queue_response(c, reply->status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result
answer_status(struct MHD_Connection *c, unsigned status)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	buf_printf(&body, "%u %s\n", status,
	    MHD_get_reason_phrase_for(status));
	return answer(c, &(struct http_reply){ .status = status,
	    .content_type = "text/plain; charset=utf-8", .body = body });
}

static const struct http_route *
find_route(const struct http_server *s, const char *method, const char *path,
    unsigned *refused)
{
	*refused = MHD_HTTP_NOT_FOUND;
	for (const struct http_route *r = s->routes; r->method != NULL; r++) {
		if (strcmp(r->path, path) != 0)
			continue;
		if (strcmp(r->method, method) == 0) {
			*refused = 0;
			return r;
		}
		*refused = MHD_HTTP_METHOD_NOT_ALLOWED;
	}
	return NULL;
}

static enum MHD_Result
handle(const struct http_server *s, struct MHD_Connection *c,
    const struct pending *p, const char *method, const char *path)
{
	const char *type = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
	    "Content-Type");
	struct http_request request = {
		.method = method,
		.path = path,
		.content_type = type == NULL ? "" : type,
		.body = buf_span(&p->body),
	};
	struct http_reply reply = {
		.status = MHD_HTTP_OK,
		.content_type = "text/plain; charset=utf-8",
	};

	p->route->handle(s->arg, &request, &reply);
	enum MHD_Result result = answer(c, &reply);
	buf_done(&reply.body);
	return result;
}

/* Called once with the headers, then with parts of the body, then to answer. */
static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *data, size_t *size,
    void **state)
{
	struct http_server *s = arg;
	struct pending *p = *state;

	(void)version;
	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		p->route = find_route(s, method, path, &p->refused);
		*state = p;
		return MHD_YES;
	}
	if (*size > 0) {
		if (p->refused == 0 &&
		    *size > p->route->body_limit - p->body.len)
			p->refused = MHD_HTTP_CONTENT_TOO_LARGE;
		if (p->refused == 0)
			buf_put(&p->body, (struct span){
			    (const uint8_t *)data, *size });
		*size = 0;
		return MHD_YES;
	}
	if (p->refused != 0)
		return answer_status(c, p->refused);
	return handle(s, c, p, method, path);
}

static void
on_done(void *arg, struct MHD_Connection *c, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct pending *p = *state;

	(void)arg;
	(void)c;
	(void)why;
	if (p != NULL)
		buf_done(&p->body);
	free(p);
	*state = NULL;
}

static bool
parse_address(const char *text, struct sockaddr_storage *out, socklen_t *size,
    struct err *e)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	const char *colon = strrchr(text, ':');
	char host[64] = "";
	uint64_t port;

	memset(out, 0, sizeof(*out));
	if (colon == NULL || (size_t)(colon - text) >= sizeof(host) ||
	    !text_u64(span_text(colon + 1), &port) || port > UINT16_MAX)
		return err_set(e, ERR_HTTP_ADDRESS, "'%s' is no address with "
		    "a port", text_show(span_text(text)).text);
	memcpy(host, text, (size_t)(colon - text));
	size_t n = strlen(host);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		*size = sizeof(*v4);
		return true;
	}
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1) {
			v6->sin6_family = AF_INET6;
			v6->sin6_port = htons((uint16_t)port);
			*size = sizeof(*v6);
			return true;
		}
	}
	return err_set(e, ERR_HTTP_ADDRESS, "'%s' is no IP address with a port",
	    text_show(span_text(text)).text);
}

static uint16_t
bound_port(int fd)
{
	struct sockaddr_storage a = { 0 };
	socklen_t size = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &size) != 0)
		return 0;
	return ntohs(a.ss_family == AF_INET6 ?
	    ((struct sockaddr_in6 *)&a)->sin6_port :
	    ((struct sockaddr_in *)&a)->sin_port);
}

static bool
open_socket(const char *address, int *out, struct err *e)
{
	struct sockaddr_storage a;
	socklen_t size = 0;
	int yes = 1;

	if (!parse_address(address, &a, &size, e))
		return false;
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes,
	    sizeof(yes)) != 0 ||
	    bind(fd, (struct sockaddr *)&a, size) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		err_errno(e, ERR_HTTP_LISTEN, "cannot listen on %s", address);
		fd_done(&fd);
		return false;
	}
	*out = fd;
	return true;
}

bool
http_listen(const char *address, const struct http_route *routes, void *arg,
    struct http_server **out, struct err *e)
{
	int fd;

	if (!open_socket(address, &fd, e))
		return false;
	struct http_server *s = xcalloc(1, sizeof(*s));
	s->routes = routes;
	s->arg = arg;
	s->port = bound_port(fd);
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0,
	    NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_END);
	if (s->daemon == NULL) {
		fd_done(&fd);
		free(s);
		return err_set(e, ERR_HTTP_LISTEN, "cannot serve on %s",
		    address);
	}
	*out = s;
	return true;
}

uint16_t
http_port(const struct http_server *s)
{
	return s->port;
}

bool
http_wait(struct http_server *s, int wake, uint64_t milliseconds,
    struct err *e)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon,
	    MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = {
		{ .fd = info->epoll_fd, .events = POLLIN },
		{ .fd = wake, .events = POLLIN },
	};
	MHD_UNSIGNED_LONG_LONG soonest;

	if (MHD_get_timeout(s->daemon, &soonest) == MHD_YES &&
	    soonest < milliseconds)
		milliseconds = soonest;
	if (milliseconds > INT32_MAX)
		milliseconds = INT32_MAX;
	if (poll(fds, COUNT(fds), (int)milliseconds) < 0 && errno != EINTR)
		return err_errno(e, ERR_HTTP_LISTEN, "cannot wait for clients");
	MHD_run(s->daemon);
	return true;
}

void
http_close(struct http_server *s)
{
	if (s == NULL)
		return;
	MHD_stop_daemon(s->daemon);
	free(s);
}

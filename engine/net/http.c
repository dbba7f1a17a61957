/* http - see http.h. */
#include <errno.h>
#include <unistd.h>

#include "net/exchange.h"
#include "net/http.h"
#include "sys/file.h"

bool
http_get(const struct http_rules *rules, const char *url, uint64_t limit,
    const struct http_sink *sink, struct err *e)
{
	CLEANUP(exchange_done) struct exchange x = { .curl = NULL };

	return exchange_open(&x, rules, url, limit, sink, e) &&
	    exchange_run(&x, e);
}

static bool
file_begin(void *arg, struct err *e)
{
	const int *fd = arg;

	if (ftruncate(*fd, 0) != 0 || lseek(*fd, 0, SEEK_SET) < 0)
		return err_errno(e, ERR_SYSTEM_WRITE,
		    "cannot empty the file for a download");
	return true;
}

static bool
file_take(void *arg, struct span piece, struct err *e)
{
	const int *fd = arg;

	return descriptor_write(*fd, piece, e);
}

bool
http_get_file(const struct http_rules *rules, const char *url, uint64_t limit,
    int fd, struct err *e)
{
	const struct http_sink sink = { file_begin, file_take, &fd };

	CLEANUP(exchange_done) struct exchange x = { .curl = NULL };

	if (!exchange_open(&x, rules, url, limit, &sink, e))
		return false;
	x.resumable = true;
	if (!exchange_run(&x, e))
		return false;
	if (rules->doubt != NULL)
		*rules->doubt = exchange_doubt(&x);
	return true;
}

bool
http_post(const struct http_rules *rules, const char *url,
    const struct http_post *p, uint64_t limit, struct buf *out, struct err *e)
{
	CLEANUP(exchange_done) struct exchange x = { .curl = NULL };
	CLEANUP(buf_done) struct buf reply = { 0 };
	const struct http_sink sink = exchange_buffer(&reply);

	if (!exchange_open(&x, rules, url, limit, &sink, e) ||
	    !exchange_body(&x, p, e) || !exchange_run(&x, e))
		return false;
	if (p->retry_after != NULL)
		*p->retry_after = exchange_retry_after(&x);
	buf_put(out, buf_span(&reply));
	return true;
}

bool
http_put(const struct http_rules *rules, const char *url,
    const struct rope *contents, struct err *e)
{
	CLEANUP(exchange_done) struct exchange x = { .curl = NULL };
	CLEANUP(buf_done) struct buf reply = { 0 };
	const struct http_sink sink = exchange_buffer(&reply);

	if (!exchange_open(&x, rules, url, 64 * 1024, &sink, e))
		return false;
	x.upload = contents;
	return exchange_header(&x, "Expect", "", e) && exchange_run(&x, e);
}

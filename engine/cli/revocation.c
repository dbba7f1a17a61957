/* revocation - see revocation.h. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/authorities.h"
#include "cli/revocation.h"
#include "sys/file.h"
#include "wire/courier.h"
#include "wire/stream.h"

#define PATIENCE	600000	/* ms for one list */

static bool
list_add(struct revocation_lists *l, const struct buf *bytes, struct err *e)
{
	struct span *more = arena_grow(l->arena, l->items, l->count,
	    sizeof(*more));

	if (l->count == LIMIT_REVOCATION_LISTS)
		return err_set(e, ERR_USAGE, "more than %d revocation lists",
		    LIMIT_REVOCATION_LISTS);
	if (more == NULL || !arena_copy(l->arena, buf_span(bytes),
	    &more[l->count]))
		return err_budget(e, l->arena);
	l->items = more;
	l->count++;
	return true;
}

bool
revocation_load(struct revocation_lists *l, const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	return file_load(path, LIMIT_REVOCATION_LIST, &b, e) &&
	    list_add(l, &b, e);
}

/* ---- fetching */

static bool
url_known(const struct revocation_lists *l, struct span url)
{
	for (size_t i = 0; i < l->url_count; i++)
		if (span_eq(l->urls[i], url))
			return true;
	return false;
}

static bool
url_note(struct revocation_lists *l, struct span url, struct err *e)
{
	struct span *more = arena_grow(l->arena, l->urls, l->url_count,
	    sizeof(*more));

	if (more == NULL || !arena_copy(l->arena, url, &more[l->url_count]))
		return err_budget(e, l->arena);
	l->urls = more;
	l->url_count++;
	return true;
}

static bool
courier_ready(struct revocation_lists *l, struct err *e)
{
	return l->courier.channel.fd >= 0 || courier_start(&l->courier, e);
}

static bool
download(struct revocation_lists *l, struct span url, struct buf *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	CLEANUP(fd_done) int fd = -1;
	CLEANUP(fd_done) int in = -1;
	struct stream_question q = {
		.request = COURIER_DOWNLOAD,
		.answer = COURIER_DOWNLOADED,
		.failed = COURIER_FAILED,
		.limit = COURIER_MESSAGE_LIMIT,
		.patience = PATIENCE,
		.fds = &fd,
		.fd_count = 1,
	};
	struct download_request request = {
		.url = url,
		.prefixes = &url,
		.prefix_count = 1,
		.limit = LIMIT_REVOCATION_LIST,
		.private_addresses = true,
	};

	download_write(&request, &body);
	return courier_ready(l, e) && file_scratch(NULL, &fd, e) &&
	    stream_ask(&l->courier.channel, &q, buf_span(&body), &answer, e) &&
	    file_reader(fd, &in, e) && file_load_fd(in,
	    "the revocation list", LIMIT_REVOCATION_LIST, out, e);
}

static bool
one_fetch(struct revocation_lists *l, struct span url, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	if (!download(l, url, &b, e))
		return err_at(e, "%s", text_show(url).text);
	return list_add(l, &b, e) && url_note(l, url, e);
}

/* The addresses of one certificate: any of them will do. */
static bool
any_fetch(struct revocation_lists *l, const struct json *urls, struct err *e)
{
	for (size_t i = 0; i < json_count(urls); i++)
		if (url_known(l, json_span(json_item(urls, i))))
			return true;
	for (size_t i = 0; i < json_count(urls); i++)
		if (one_fetch(l, json_span(json_item(urls, i)), e))
			return true;
	return json_count(urls) == 0;
}

static bool
signature_fetch(struct revocation_lists *l, const struct json *signature,
    struct err *e)
{
	const struct json *all = json_member(signature, "crl_urls");

	for (size_t i = 0; i < json_count(all); i++)
		if (!any_fetch(l, json_item(all, i), e))
			return false;
	return true;
}

bool
revocation_fetch(struct revocation_lists *l, const struct json *answer,
    struct err *e)
{
	const struct json *files = json_member(answer, "files");

	for (size_t i = 0; i < json_count(files); i++) {
		const struct json *signatures = json_member(
		    json_item(files, i), "signatures");

		for (size_t k = 0; k < json_count(signatures); k++)
			if (!signature_fetch(l, json_item(signatures, k), e))
				return false;
	}
	return l->count > 0 || err_set(e, ERR_CRL_MISSING,
	    "no certificate says where its revocation list is");
}

void
revocation_done(struct revocation_lists *l)
{
	local_done(&l->courier);
}

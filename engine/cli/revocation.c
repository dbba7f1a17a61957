/* revocation - see revocation.h. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/authorities.h"
#include "cli/revocation.h"
#include "sys/file.h"
#include "wire/courier.h"
#include "wire/stream.h"

#define PATIENCE	600000	/* ms for one file */

/* What is asked for one certificate, of any of the addresses. */
struct question {
	const struct json	*urls;
	struct span		 request;	/* OCSP: hex */
};

/* One place is asked. */
typedef bool asks(struct revocations *, struct span url, struct span request,
    struct buf *out, struct err *);

static asks	list_download, response_query;
static struct question list_question(const struct json *);
static struct question response_question(const struct json *);

const struct revocation_row revocation_rows[REVOCATION_KINDS] = {
	[REVOCATION_LIST] = { "crl", "fetch-crl" },
	[REVOCATION_RESPONSE] = { "ocsp", "fetch-ocsp" },
};

static const struct {
	const char	*name;		/* of several, for people */
	size_t		 size;		/* bytes of one file, at most */
	size_t		 count;
	const char	*member;	/* of a signature: questions */
	struct question	(*question)(const struct json *);
	asks		*ask;
	enum err_code	 code;		/* where nobody names a place */
	const char	*missing;
} rows[REVOCATION_KINDS] = {
	[REVOCATION_LIST] = { "revocation lists", LIMIT_REVOCATION_LIST,
	    LIMIT_REVOCATION_LISTS, "crl_urls", list_question, list_download,
	    ERR_CRL_MISSING,
	    "no certificate says where its revocation list is" },
	[REVOCATION_RESPONSE] = { "OCSP responses", LIMIT_OCSP_RESPONSE,
	    LIMIT_OCSP_RESPONSES, "ocsp", response_question, response_query,
	    ERR_OCSP_MISSING, "no certificate names an OCSP responder" },
};

static bool
span_add(struct arena *a, struct span bytes, struct span **list,
    size_t *count, struct err *e)
{
	struct span *more = arena_grow(a, *list, *count, sizeof(*more));

	if (more == NULL || !arena_copy(a, bytes, &more[*count]))
		return err_budget(e, a);
	*list = more;
	(*count)++;
	return true;
}

static bool
file_add(struct revocations *r, enum revocation_kind kind,
    const struct buf *bytes, struct err *e)
{
	struct revocation_files *f = &r->of[kind];

	if (f->count == rows[kind].count)
		return err_set(e, ERR_USAGE, "more than %zu %s",
		    rows[kind].count, rows[kind].name);
	return span_add(r->arena, buf_span(bytes), &f->items, &f->count, e);
}

bool
revocation_load(struct revocations *r, enum revocation_kind kind,
    const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	return file_load(path, rows[kind].size, &b, e) &&
	    file_add(r, kind, &b, e);
}

size_t
revocation_count(const struct revocations *r)
{
	size_t n = 0;

	for (size_t i = 0; i < REVOCATION_KINDS; i++)
		n += r->of[i].count;
	return n;
}

/* ---- fetching */

static struct question
list_question(const struct json *certificate)
{
	return (struct question){ certificate, { NULL, 0 } };
}

static struct question
response_question(const struct json *certificate)
{
	return (struct question){ json_member(certificate, "urls"),
	    json_span(json_member(certificate, "request")) };
}

static bool
courier_ask(struct revocations *r, const struct stream_question *q,
    const struct buf *body, struct buf *answer, struct err *e)
{
	return (r->courier.channel.fd >= 0 || courier_start(&r->courier, e)) &&
	    stream_ask(&r->courier.channel, q, buf_span(body), answer, e);
}

static bool
list_download(struct revocations *r, struct span url, struct span request,
    struct buf *out, struct err *e)
{
	(void)request;
	return courier_load(&r->courier, url, LIMIT_REVOCATION_LIST,
	    "the revocation list", out, e);
}

static bool
response_query(struct revocations *r, struct span url, struct span request,
    struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	uint8_t *bytes = arena_alloc(r->arena, request.len / 2);
	struct query_request query = { .url = url, .private_addresses = true,
	    .question = { bytes, request.len / 2 } };
	struct stream_question q = {
		.request = COURIER_QUERY,
		.answer = COURIER_QUERIED,
		.failed = COURIER_FAILED,
		.limit = LIMIT_OCSP_RESPONSE,
		.patience = PATIENCE,
	};

	if (bytes == NULL)
		return err_budget(e, r->arena);
	if (!text_unhex(request, bytes, request.len / 2))
		return err_set(e, ERR_PROCESS_PROTOCOL,
		    "the worker's question to the responder is none");
	query_write(&query, &body);
	return courier_ask(r, &q, &body, out, e);
}

static bool
is_asked(const struct revocation_files *f, struct span what)
{
	for (size_t i = 0; i < f->asked_count; i++)
		if (span_eq(f->asked[i], what))
			return true;
	return false;
}

static bool
one_fetch(struct revocations *r, enum revocation_kind kind, struct span url,
    struct span request, struct err *e)
{
	struct revocation_files *f = &r->of[kind];
	CLEANUP(buf_done) struct buf b = { 0 };

	if (!rows[kind].ask(r, url, request, &b, e))
		return err_at(e, "%s", text_show(url).text);
	return file_add(r, kind, &b, e) && span_add(r->arena, request.len > 0 ?
	    request : url, &f->asked, &f->asked_count, e);
}

/* The addresses for one certificate: any of them will do. */
static bool
any_fetch(struct revocations *r, enum revocation_kind kind,
    const struct question *q, struct err *e)
{
	const struct revocation_files *f = &r->of[kind];

	if (is_asked(f, q->request))
		return true;
	for (size_t i = 0; i < json_count(q->urls); i++)
		if (is_asked(f, json_span(json_item(q->urls, i))))
			return true;
	for (size_t i = 0; i < json_count(q->urls); i++)
		if (one_fetch(r, kind, json_span(json_item(q->urls, i)),
		    q->request, e))
			return true;
	return json_count(q->urls) == 0;
}

static bool
signature_fetch(struct revocations *r, enum revocation_kind kind,
    const struct json *signature, struct err *e)
{
	const struct json *all = json_member(signature, rows[kind].member);

	for (size_t i = 0; i < json_count(all); i++) {
		struct question q = rows[kind].question(json_item(all, i));

		if (!any_fetch(r, kind, &q, e))
			return false;
	}
	return true;
}

static bool
kind_fetch(struct revocations *r, enum revocation_kind kind,
    const struct json *answer, struct err *e)
{
	const struct json *files = json_member(answer, "files");

	for (size_t i = 0; i < json_count(files); i++) {
		const struct json *signatures = json_member(
		    json_item(files, i), "signatures");

		for (size_t k = 0; k < json_count(signatures); k++)
			if (!signature_fetch(r, kind,
			    json_item(signatures, k), e))
				return false;
	}
	return true;
}

bool
revocation_fetches(const struct revocations *r)
{
	for (size_t i = 0; i < REVOCATION_KINDS; i++)
		if (r->of[i].fetch)
			return true;
	return false;
}

bool
revocation_fetch(struct revocations *r, const struct json *answer,
    struct err *e)
{
	for (enum revocation_kind k = 0; k < REVOCATION_KINDS; k++)
		if (r->of[k].fetch && !kind_fetch(r, k, answer, e))
			return false;
	for (enum revocation_kind k = 0; k < REVOCATION_KINDS; k++)
		if (r->of[k].fetch && revocation_count(r) == 0)
			return err_set(e, rows[k].code, "%s",
			    rows[k].missing);
	return true;
}

void
revocation_done(struct revocations *r)
{
	local_done(&r->courier);
}

/* courier - see courier.h. */
#include "base/limits.h"
#include "wire/courier.h"

#define URLS	64		/* of one list */
#define REFS	1000000		/* that one fetch may move */

const struct message_row courier_requests[] = {
	{ COURIER_STAMP,	"stamp",	CHANNEL_ANY,	0 },
	{ COURIER_FETCH,	"fetch",	CHANNEL_ANY,	0 },
	{ COURIER_PUSH,		"push",		CHANNEL_ANY,	0 },
	{ COURIER_DOWNLOAD,	"download",	CHANNEL_ANY,	1 },
	{ COURIER_PUBLISH,	"publish",	CHANNEL_ANY,	1 },
	{ COURIER_QUERY,	"query",	CHANNEL_ANY,	0 },
	{ COURIER_LFS,		"lfs",		CHANNEL_ANY,	1 },
	{ COURIER_COSIGN,	"cosign",	CHANNEL_ANY,	0 },
	{ COURIER_ENROLL,	"enroll",	CHANNEL_ANY,	0 },
	{ COURIER_NOTICE,	"notice",	CHANNEL_ANY,	0 },
	WIRE_PART_ROW,
};
const size_t courier_request_count = COUNT(courier_requests);

const struct message_row courier_answers[] = {
	{ COURIER_STAMPED,	"stamped",	CHANNEL_ANY,	0 },
	{ COURIER_FETCHED,	"fetched",	CHANNEL_ANY,	0 },
	{ COURIER_PUSHED,	"pushed",	CHANNEL_ANY,	0 },
	{ COURIER_DOWNLOADED,	"downloaded",	CHANNEL_ANY,	0 },
	{ COURIER_PUBLISHED,	"published",	CHANNEL_ANY,	0 },
	{ COURIER_QUERIED,	"queried",	CHANNEL_ANY,	0 },
	{ COURIER_COSIGNED,	"cosigned",	CHANNEL_ANY,	0 },
	{ COURIER_ENROLLED,	"enrolled",	CHANNEL_ANY,	0 },
	{ COURIER_NOTICED,	"noticed",	CHANNEL_ANY,	0 },
	{ COURIER_FAILED,	"failed",	CHANNEL_ANY,	0 },
	WIRE_PART_ROW,
};
const size_t courier_answer_count = COUNT(courier_answers);

void
stamp_write(const struct stamp_request *q, struct buf *b)
{
	buf_u32be(b, (uint32_t)q->authority_count);
	buf_u32be(b, q->forms);
	for (size_t i = 0; i < q->authority_count; i++) {
		buf_str(b, q->authorities[i].url);
		buf_u32be(b, q->authorities[i].at_once);
		buf_u8(b, q->authorities[i].private_addresses);
		buf_u32be(b, q->authorities[i].form);
		buf_u32be(b, q->order[i]);
	}
	buf_u32be(b, q->rounds);
	buf_u32be(b, q->timeout);
	buf_u32be(b, (uint32_t)q->count);
	for (size_t i = 0; i < q->count; i++) {
		for (size_t k = 0; k < q->forms; k++)
			buf_str(b, q->items[i].requests[k]);
		buf_u32be(b, q->items[i].passed);
	}
}

/* Each authority stands in the order once. */
static bool
authorities_get(struct reader *r, struct arena *a, struct stamp_request *q,
    struct err *e)
{
	uint32_t n = rd_u32be(r), seen = 0;

	q->forms = rd_u32be(r);
	if (!rd_ok(r) || n > STAMP_AUTHORITIES ||
	    q->forms > STAMP_AUTHORITIES)
		return wire_malformed(e, "stamp");
	struct stamp_authority *all = ARENA_ARRAY(a, struct stamp_authority,
	    n);
	uint32_t *order = ARENA_ARRAY(a, uint32_t, n);
	if (all == NULL || order == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++) {
		if (!arena_copy(a, rd_str(r), &all[i].url))
			return err_budget(e, a);
		all[i].at_once = rd_u32be(r);
		unsigned private_addresses = rd_u8(r);
		all[i].private_addresses = private_addresses == 1;
		all[i].form = rd_u32be(r);
		order[i] = rd_u32be(r);
		if (private_addresses > 1 || all[i].form >= q->forms ||
		    order[i] >= n || (seen & 1U << order[i]) != 0)
			return wire_malformed(e, "stamp");
		seen |= 1U << order[i];
	}
	q->authorities = all;
	q->order = order;
	q->authority_count = n;
	return true;
}

static bool
item_get(struct reader *r, struct arena *a, uint32_t forms,
    struct stamp_item *out, struct err *e)
{
	struct span *requests = ARENA_ARRAY(a, struct span, forms);

	if (requests == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < forms; i++)
		if (!arena_copy(a, rd_str(r), &requests[i]))
			return err_budget(e, a);
	out->requests = requests;
	out->passed = rd_u32be(r);
	return true;
}

bool
stamp_read(struct span body, struct arena *a, struct stamp_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct stamp_request q = { 0 };

	if (!authorities_get(&r, a, &q, e))
		return false;
	q.rounds = rd_u32be(&r);
	q.timeout = rd_u32be(&r);
	q.count = rd_u32be(&r);
	if (!rd_ok(&r) || q.count > LIMIT_ENTRIES)
		return wire_malformed(e, "stamp");
	q.items = ARENA_ARRAY(a, struct stamp_item, q.count);
	if (q.items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < q.count; i++)
		if (!item_get(&r, a, q.forms, &q.items[i], e))
			return false;
	*out = q;
	return wire_whole(&r, "stamp", e);
}

void
stamped_write(const struct stamped *s, struct buf *b)
{
	buf_u32be(b, (uint32_t)s->count);
	for (size_t i = 0; i < s->count; i++) {
		buf_str(b, s->items[i].reply);
		buf_u32be(b, s->items[i].authority);
		wire_put_err(b, &s->items[i].err);
	}
	buf_u32be(b, (uint32_t)s->try_count);
	for (size_t i = 0; i < s->try_count; i++) {
		buf_u32be(b, s->tries[i].answered);
		buf_u32be(b, s->tries[i].failed);
		buf_u32be(b, s->tries[i].latency);
		wire_put_err(b, &s->tries[i].err);
	}
}

static bool
tries_get(struct reader *r, struct arena *a, struct stamped *s,
    struct err *e)
{
	s->try_count = rd_u32be(r);
	if (!rd_ok(r) || s->try_count > STAMP_AUTHORITIES)
		return wire_malformed(e, "stamped");
	s->tries = ARENA_ARRAY(a, struct stamped_try, s->try_count);
	if (s->tries == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s->try_count; i++) {
		s->tries[i].answered = rd_u32be(r);
		s->tries[i].failed = rd_u32be(r);
		s->tries[i].latency = rd_u32be(r);
		if (!wire_get_err(r, &s->tries[i].err))
			return wire_malformed(e, "stamped");
	}
	return true;
}

bool
stamped_read(struct span body, struct arena *a, struct stamped *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct stamped s = { .count = rd_u32be(&r) };

	if (!rd_ok(&r) || s.count > LIMIT_ENTRIES)
		return wire_malformed(e, "stamped");
	s.items = ARENA_ARRAY(a, struct stamped_item, s.count);
	if (s.items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s.count; i++) {
		if (!arena_copy(a, rd_str(&r), &s.items[i].reply))
			return err_budget(e, a);
		s.items[i].authority = rd_u32be(&r);
		if (!wire_get_err(&r, &s.items[i].err))
			return wire_malformed(e, "stamped");
	}
	if (!tries_get(&r, a, &s, e))
		return false;
	*out = s;
	return wire_whole(&r, "stamped", e);
}

void
fetch_write(const struct fetch_request *q, struct buf *b)
{
	buf_str(b, q->mirror);
	wire_put_list(b, q->urls, q->url_count);
	buf_str(b, q->credential);
	buf_u8(b, q->all);
}

bool
fetch_read(struct span body, struct arena *a, struct fetch_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);

	if (!arena_copy(a, rd_str(&r), &out->mirror))
		return err_budget(e, a);
	if (!wire_get_list(&r, URLS, a, &out->urls, &out->url_count, e))
		return false;
	if (!arena_copy(a, rd_str(&r), &out->credential))
		return err_budget(e, a);
	unsigned all = rd_u8(&r);
	if (all > 1)
		return wire_malformed(e, "fetch");
	out->all = all == 1;
	return wire_whole(&r, "fetch", e);
}

void
fetched_write(const struct moved_ref *refs, size_t count, struct buf *b)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_str(b, refs[i].name);
		buf_str(b, refs[i].before);
		buf_str(b, refs[i].after);
	}
}

bool
fetched_read(struct span body, struct arena *a, struct moved_ref **out,
    size_t *count, struct err *e)
{
	struct reader r = rd_open(body);
	size_t n = rd_u32be(&r);

	if (!rd_ok(&r) || n > REFS)
		return wire_malformed(e, "fetched");
	struct moved_ref *refs = ARENA_ARRAY(a, struct moved_ref, n);
	if (refs == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++)
		if (!arena_copy(a, rd_str(&r), &refs[i].name) ||
		    !arena_copy(a, rd_str(&r), &refs[i].before) ||
		    !arena_copy(a, rd_str(&r), &refs[i].after))
			return err_budget(e, a);
	*out = refs;
	*count = n;
	return wire_whole(&r, "fetched", e);
}

void
push_write(const struct push_request *q, struct buf *b)
{
	const struct span *const members[] = { &q->repository, &q->url,
	    &q->ref, &q->before, &q->after, &q->credential };

	for (size_t i = 0; i < COUNT(members); i++)
		buf_str(b, *members[i]);
}

bool
push_read(struct span body, struct arena *a, struct push_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct span *const members[] = { &out->repository, &out->url,
	    &out->ref, &out->before, &out->after, &out->credential };

	for (size_t i = 0; i < COUNT(members); i++)
		if (!arena_copy(a, rd_str(&r), members[i]))
			return err_budget(e, a);
	return wire_whole(&r, "push", e);
}

void
download_write(const struct download_request *q, struct buf *b)
{
	buf_str(b, q->url);
	wire_put_list(b, q->prefixes, q->prefix_count);
	wire_put_list(b, q->redirects, q->redirect_count);
	buf_u64be(b, q->limit);
	buf_u8(b, q->private_addresses);
	buf_str(b, q->credential);
}

bool
download_read(struct span body, struct arena *a, struct download_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);

	if (!arena_copy(a, rd_str(&r), &out->url))
		return err_budget(e, a);
	if (!wire_get_list(&r, URLS, a, &out->prefixes, &out->prefix_count,
	    e) || !wire_get_list(&r, URLS, a, &out->redirects,
	    &out->redirect_count, e))
		return false;
	out->limit = rd_u64be(&r);
	unsigned private_addresses = rd_u8(&r);
	if (private_addresses > 1)
		return wire_malformed(e, "download");
	out->private_addresses = private_addresses == 1;
	if (!arena_copy(a, rd_str(&r), &out->credential))
		return err_budget(e, a);
	return wire_whole(&r, "download", e);
}

void
downloaded_write(const struct downloaded *d, struct buf *b)
{
	buf_u64be(b, d->size);
	buf_str(b, d->doubt);
}

bool
downloaded_read(struct span body, struct downloaded *out, struct err *e)
{
	struct reader r = rd_open(body);

	out->size = rd_u64be(&r);
	out->doubt = rd_str(&r);
	return wire_whole(&r, "downloaded", e);
}

void
lfs_write(const struct lfs_request *q, struct buf *b)
{
	buf_str(b, q->repository);
	buf_str(b, q->sha256);
	buf_u64be(b, q->size);
	wire_put_list(b, q->prefixes, q->prefix_count);
	wire_put_list(b, q->redirects, q->redirect_count);
	buf_u8(b, q->private_addresses);
	buf_str(b, q->credential);
}

bool
lfs_read(struct span body, struct arena *a, struct lfs_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);

	if (!arena_copy(a, rd_str(&r), &out->repository) ||
	    !arena_copy(a, rd_str(&r), &out->sha256))
		return err_budget(e, a);
	out->size = rd_u64be(&r);
	if (!wire_get_list(&r, URLS, a, &out->prefixes, &out->prefix_count,
	    e) || !wire_get_list(&r, URLS, a, &out->redirects,
	    &out->redirect_count, e))
		return false;
	unsigned private_addresses = rd_u8(&r);
	if (private_addresses > 1 || out->sha256.len != 32 ||
	    out->size > INT64_MAX)
		return wire_malformed(e, "lfs");
	out->private_addresses = private_addresses == 1;
	if (!arena_copy(a, rd_str(&r), &out->credential))
		return err_budget(e, a);
	return wire_whole(&r, "lfs", e);
}

void
publish_write(const struct publish_request *q, struct buf *b)
{
	buf_u8(b, (uint8_t)q->kind);
	buf_str(b, q->target);
	buf_str(b, q->name);
	buf_u64be(b, q->size);
	buf_str(b, q->credential);
}

bool
publish_read(struct span body, struct arena *a, struct publish_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	unsigned kind = rd_u8(&r);

	if (kind >= PUBLISH_KINDS)
		return wire_malformed(e, "publish");
	out->kind = (enum publish_kind)kind;
	if (!arena_copy(a, rd_str(&r), &out->target) ||
	    !arena_copy(a, rd_str(&r), &out->name))
		return err_budget(e, a);
	out->size = rd_u64be(&r);
	if (!arena_copy(a, rd_str(&r), &out->credential))
		return err_budget(e, a);
	return wire_whole(&r, "publish", e);
}

void
query_write(const struct query_request *q, struct buf *b)
{
	buf_str(b, q->url);
	buf_str(b, q->question);
	buf_u8(b, q->private_addresses);
}

bool
query_read(struct span body, struct arena *a, struct query_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);

	if (!arena_copy(a, rd_str(&r), &out->url) ||
	    !arena_copy(a, rd_str(&r), &out->question))
		return err_budget(e, a);
	unsigned private_addresses = rd_u8(&r);
	if (private_addresses > 1)
		return wire_malformed(e, "query");
	out->private_addresses = private_addresses == 1;
	return wire_whole(&r, "query", e);
}

void
cosign_write(const struct cosign_request *q, struct buf *b)
{
	query_write(&(struct query_request){ q->url, q->question,
	    q->private_addresses }, b);
}

bool
cosign_read(struct span body, struct arena *a, struct cosign_request *out,
    struct err *e)
{
	struct query_request q;

	if (!query_read(body, a, &q, e))
		return false;
	*out = (struct cosign_request){ q.url, q.question,
	    q.private_addresses };
	return true;
}

void
cosigned_write(const struct cosigned *c, struct buf *b)
{
	buf_u32be(b, c->status);
	buf_str(b, c->answer);
}

bool
cosigned_read(struct span body, struct cosigned *out, struct err *e)
{
	struct reader r = rd_open(body);

	out->status = rd_u32be(&r);
	out->answer = rd_str(&r);
	return wire_whole(&r, "cosigned", e);
}

void
enroll_write(const struct enroll_request *q, struct buf *b)
{
	buf_str(b, q->credential);
	query_write(&(struct query_request){ q->url, q->question,
	    q->private_addresses }, b);
}

bool
enroll_read(struct span body, struct arena *a, struct enroll_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct query_request q;
	struct span credential;

	if (!arena_copy(a, rd_str(&r), &credential))
		return err_budget(e, a);
	if (!rd_ok(&r) || !query_read(span_from(body, body.len - rd_left(&r)),
	    a, &q, e))
		return wire_malformed(e, "enroll");
	*out = (struct enroll_request){ q.url, q.question, credential,
	    q.private_addresses };
	return true;
}

void
enrolled_write(const struct enrolled *q, struct buf *b)
{
	buf_u32be(b, q->status);
	buf_u32be(b, q->retry_after);
	buf_str(b, q->answer);
}

bool
enrolled_read(struct span body, struct enrolled *out, struct err *e)
{
	struct reader r = rd_open(body);

	out->status = rd_u32be(&r);
	out->retry_after = rd_u32be(&r);
	out->answer = rd_str(&r);
	return wire_whole(&r, "enrolled", e);
}

/* courier_notice - what the courier is asked to tell: see courier.h. */
#include "base/limits.h"
#include "base/text.h"
#include "wire/courier.h"

/* The texts of a notice and of a reader, in the order of the wire. */
#define NOTICE_TEXTS(q) {						\
	&(q)->channel, &(q)->url, &(q)->credential, &(q)->organization,	\
	&(q)->ledger, &(q)->summary, &(q)->event			\
}
#define READER_TEXTS(r) { &(r)->person, &(r)->name, &(r)->email }

void
notice_write(const struct notice_request *q, struct buf *b)
{
	const struct span *const texts[] = NOTICE_TEXTS(q);

	for (size_t i = 0; i < COUNT(texts); i++)
		buf_str(b, *texts[i]);
	buf_u8(b, q->private_addresses);
	buf_u32be(b, (uint32_t)q->reader_count);
	for (size_t i = 0; i < q->reader_count; i++) {
		const struct span *const of[] = READER_TEXTS(&q->readers[i]);

		for (size_t k = 0; k < COUNT(of); k++)
			buf_str(b, *of[k]);
	}
}

static bool
texts_get(struct reader *r, struct arena *a, struct span *const *texts,
    size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		if (!arena_copy(a, rd_str(r), texts[i]))
			return err_budget(e, a);
		if (!text_utf8(*texts[i]))
			return wire_malformed(e, "notice");
	}
	return true;
}

static bool
readers_get(struct reader *r, struct arena *a, struct notice_request *q,
    struct err *e)
{
	q->reader_count = rd_u32be(r);
	if (!rd_ok(r) || q->reader_count > NOTICE_READERS)
		return wire_malformed(e, "notice");
	q->readers = ARENA_ARRAY(a, struct notice_reader, q->reader_count);
	if (q->readers == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < q->reader_count; i++) {
		struct span *const of[] = READER_TEXTS(&q->readers[i]);

		if (!texts_get(r, a, of, COUNT(of), e))
			return false;
	}
	return true;
}

bool
notice_read(struct span body, struct arena *a, struct notice_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct notice_request q = { .reader_count = 0 };
	struct span *const texts[] = NOTICE_TEXTS(&q);

	if (body.len > NOTICE_LIMIT)
		return wire_malformed(e, "notice");
	if (!texts_get(&r, a, texts, COUNT(texts), e))
		return false;
	unsigned private_addresses = rd_u8(&r);
	if (private_addresses > 1 || q.event.len > LIMIT_EVENT)
		return wire_malformed(e, "notice");
	q.private_addresses = private_addresses == 1;
	if (!readers_get(&r, a, &q, e))
		return false;
	*out = q;
	return wire_whole(&r, "notice", e);
}

void
noticed_write(const struct noticed *n, struct buf *b)
{
	buf_u32be(b, n->status);
	buf_u32be(b, n->retry_after);
}

bool
noticed_read(struct span body, struct noticed *out, struct err *e)
{
	struct reader r = rd_open(body);

	out->status = rd_u32be(&r);
	out->retry_after = rd_u32be(&r);
	return wire_whole(&r, "noticed", e);
}

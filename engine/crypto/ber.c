/* ber - see ber.h. */
#include "crypto/ber.h"
#include "crypto/der.h"

#define DEPTH		8	/* elements in elements: CMS has five */
#define CONSTRUCTED	0x20
#define LONG_TAG	0x1f
#define NO_LENGTH	0x80

/* The header of an element: false for tags and lengths that CMS has not. */
static bool
head_read(struct reader *r, uint8_t *tag, bool *open, uint32_t *len)
{
	*tag = rd_u8(r);
	uint8_t first = rd_u8(r);

	*open = first == NO_LENGTH;
	*len = first;
	if (!rd_ok(r) || (*tag & LONG_TAG) == LONG_TAG)
		return false;
	if (first < NO_LENGTH || *open)
		return !*open || (*tag & CONSTRUCTED) != 0;
	if (first > NO_LENGTH + 4)
		return false;
	for (*len = 0; first > NO_LENGTH; first--)
		*len = *len << 8 | rd_u8(r);
	return rd_ok(r);
}

static bool
at_end(const struct reader *r)
{
	struct span end;

	return span_cut(r->in, r->at, 2, &end) && span_zero(end);
}

static bool
element(struct reader *r, unsigned depth, struct buf *out)
{
	CLEANUP(buf_done) struct buf inner = { 0 };
	size_t start = r->at;
	struct span whole;
	uint32_t len;
	uint8_t tag;
	bool open;

	if (depth > DEPTH || !head_read(r, &tag, &open, &len))
		return false;
	if (!open) {
		rd_skip(r, len);
		if (!rd_ok(r) || !span_cut(r->in, start, r->at - start,
		    &whole))
			return false;
		buf_put(out, whole);
		return true;
	}
	while (!at_end(r))
		if (!element(r, depth + 1, &inner))
			return false;
	rd_skip(r, 2);
	der_put(out, tag, buf_span(&inner));
	return true;
}

bool
ber_to_der(struct span in, struct buf *out)
{
	struct reader r = rd_open(in);

	return element(&r, 0, out) && rd_end(&r);
}

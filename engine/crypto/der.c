/* der - see der.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/der.h"

#define LONG_TAG	0x1f	/* tag numbers from 31 on: nobody needs them */
#define LENGTH_BYTES	4	/* of the long form: 4 GiB */

struct der
der_read(struct span in)
{
	return (struct der){ .rest = in };
}

bool
der_ok(const struct der *d)
{
	return !d->bad;
}

bool
der_end(const struct der *d)
{
	return !d->bad && d->rest.len == 0;
}

unsigned
der_tag(const struct der *d)
{
	struct reader r = rd_open(d->rest);

	return d->bad ? 0 : rd_u8(&r);
}

/* X.690 8.1.3 and 10.1: definite, in as few bytes as can be. */
static uint64_t
length_read(struct reader *r)
{
	unsigned first = rd_u8(r), count = first & 0x7f;
	uint64_t len = 0;

	if (first < 0x80)
		return first;
	if (count == 0 || count > LENGTH_BYTES) {
		r->bad = true;
		return 0;
	}
	for (unsigned i = 0; i < count; i++)
		len = len << 8 | rd_u8(r);
	if (len < 0x80 || len >> 8 * (count - 1) == 0)
		r->bad = true;
	return len;
}

/* Cuts the next element off; both results are empty when it is bad. */
static void
element(struct der *d, unsigned tag, struct span *whole, struct span *value)
{
	struct reader r = rd_open(d->rest);
	unsigned got = rd_u8(&r);
	uint64_t len = length_read(&r);
	struct span contents = rd_take(&r, len);

	*whole = *value = (struct span){ NULL, 0 };
	if (d->bad || !rd_ok(&r) || (got & LONG_TAG) == LONG_TAG ||
	    (tag != DER_ANY && got != tag) ||
	    !span_cut(d->rest, 0, r.at, whole)) {
		d->bad = true;
		return;
	}
	*value = contents;
	d->rest = span_from(d->rest, r.at);
}

struct span
der_value(struct der *d, unsigned tag)
{
	struct span whole, value;

	element(d, tag, &whole, &value);
	return value;
}

struct span
der_whole(struct der *d, unsigned tag)
{
	struct span whole, value;

	element(d, tag, &whole, &value);
	return whole;
}

struct der
der_enter(struct der *d, unsigned tag)
{
	struct der inner = der_read(der_value(d, tag));

	inner.bad = d->bad;
	return inner;
}

struct span
der_value_if(struct der *d, unsigned tag)
{
	return der_tag(d) == tag ? der_value(d, tag) :
	    (struct span){ NULL, 0 };
}

struct der
der_enter_if(struct der *d, unsigned tag)
{
	struct der inner = der_read(der_value_if(d, tag));

	inner.bad = d->bad;
	return inner;
}

void
der_skip_rest(struct der *d)
{
	d->rest = span_from(d->rest, d->rest.len);
}

/* X.690 8.3.2: the first nine bits are never all alike. */
static bool
integer_minimal(struct span v)
{
	struct reader r = rd_open(v);
	unsigned first = rd_u8(&r), second = rd_u8(&r);

	if (v.len == 1)
		return true;
	return v.len > 1 && !(first == 0x00 && second < 0x80) &&
	    !(first == 0xff && second >= 0x80);
}

struct span
der_unsigned(struct der *d)
{
	struct span v = der_value(d, DER_INTEGER);
	struct reader r = rd_open(v);
	unsigned first = rd_u8(&r);

	if (d->bad || !integer_minimal(v) || first >= 0x80) {
		d->bad = true;
		return (struct span){ NULL, 0 };
	}
	return span_from(v, first == 0 ? 1 : 0);
}

uint32_t
der_small(struct der *d)
{
	struct span v = der_unsigned(d);
	struct reader r = rd_open(v);
	uint32_t n = 0;

	if (v.len > sizeof(n)) {
		d->bad = true;
		return 0;
	}
	for (size_t i = 0; i < v.len; i++)
		n = n << 8 | rd_u8(&r);
	return n;
}

bool
der_flag(struct der *d)
{
	if (der_tag(d) != DER_BOOLEAN)
		return false;
	struct span v = der_value(d, DER_BOOLEAN);

	if (!span_eq(v, (struct span){ (const uint8_t *)"\xff", 1 }))
		d->bad = true;
	return !d->bad;
}

struct span
der_algorithm(struct der *d, struct span *parameters)
{
	struct der a = der_enter(d, DER_SEQUENCE);
	struct span oid = der_whole(&a, DER_OID);

	*parameters = (struct span){ NULL, 0 };
	if (der_ok(&a) && a.rest.len > 0)
		*parameters = der_whole(&a, DER_ANY);
	if (!der_end(&a))
		d->bad = true;
	return d->bad ? (struct span){ NULL, 0 } : oid;
}

static unsigned
digits(struct reader *r, unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned c = rd_u8(r);

		if (c < '0' || c > '9')
			r->bad = true;
		n = n * 10 + (c - '0') % 10;
	}
	return n;
}

/* RFC 3161 2.4.2: a fraction does not end in 0 and is not empty. */
static unsigned
fraction(struct reader *r)
{
	static const unsigned scale[] = { 100, 10, 1 };
	unsigned ms = 0, last = 0, count = 0;

	for (; rd_left(r) > 1 && !r->bad; count++) {
		last = digits(r, 1);
		ms += count < COUNT(scale) ? last * scale[count] : 0;
	}
	if (count == 0 || last == 0)
		r->bad = true;
	return ms;
}

int64_t
der_time(struct der *d)
{
	bool utc = der_tag(d) == DER_UTC_TIME;
	struct reader r = rd_open(der_value(d, utc ? DER_UTC_TIME : DER_TIME));
	unsigned year = digits(&r, utc ? 2 : 4), part[5], ms = 0;
	char text[TEXT_TIME_SIZE];
	int64_t out = 0;

	if (utc)
		year += year < 50 ? 2000 : 1900;
	for (size_t i = 0; i < COUNT(part); i++)
		part[i] = digits(&r, 2);
	if (!utc && rd_left(&r) > 1) {
		r.bad = rd_u8(&r) != '.' || r.bad;
		ms = fraction(&r);
	}
	if (rd_u8(&r) != 'Z' || !rd_end(&r)) {
		d->bad = true;
		return 0;
	}
	snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    year % 10000, part[0] % 100, part[1] % 100, part[2] % 100,
	    part[3] % 100, part[4] % 100, ms % 1000);
	if (!text_untime(span_text(text), &out))
		d->bad = true;
	return d->bad ? 0 : out;
}

size_t
der_open(struct buf *b, unsigned tag)
{
	buf_u8(b, (uint8_t)tag);
	return b->len;
}

void
der_close(struct buf *b, size_t opened)
{
	CLEANUP(buf_done) struct buf length = { 0 };
	size_t len = b->len - opened;
	unsigned count = 1;

	if (len < 0x80) {
		buf_u8(&length, (uint8_t)len);
	} else {
		while (len >> 8 * count != 0)
			count++;
		buf_u8(&length, (uint8_t)(0x80 | count));
		while (count-- > 0)
			buf_u8(&length, (uint8_t)(len >> 8 * count));
	}
	buf_zero(b, length.len);
	memmove(b->ptr + opened + length.len, b->ptr + opened, len);
	memcpy(b->ptr + opened, length.ptr, length.len);
}

void
der_put(struct buf *b, unsigned tag, struct span value)
{
	size_t at = der_open(b, tag);

	buf_put(b, value);
	der_close(b, at);
}

void
der_put_unsigned(struct buf *b, struct span number)
{
	struct reader r = rd_open(number);
	size_t zeros = 0;

	while (zeros < number.len && rd_u8(&r) == 0)
		zeros++;
	struct span rest = span_from(number, zeros);
	struct reader first = rd_open(rest);
	size_t at = der_open(b, DER_INTEGER);
	if (rest.len == 0 || rd_u8(&first) >= 0x80)
		buf_u8(b, 0);
	buf_put(b, rest);
	der_close(b, at);
}

void
der_put_small(struct buf *b, uint64_t n)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	for (unsigned shift = 64; shift > 0; shift -= 8)
		buf_u8(&bytes, (uint8_t)(n >> (shift - 8)));
	der_put_unsigned(b, buf_span(&bytes));
}

void
der_put_true(struct buf *b)
{
	der_put(b, DER_BOOLEAN, (struct span){ (const uint8_t *)"\xff", 1 });
}

void
der_put_null(struct buf *b)
{
	der_put(b, DER_NULL, (struct span){ NULL, 0 });
}

bool
der_put_bmp(struct buf *b, unsigned tag, struct span utf8)
{
	CLEANUP(buf_done) struct buf wide = { 0 };

	if (!text_to_utf16(utf8, &wide))
		return false;
	struct reader r = rd_open(buf_span(&wide));
	size_t at = der_open(b, tag);
	while (rd_left(&r) > 0)
		buf_u16be(b, rd_u16le(&r));
	der_close(b, at);
	return true;
}

void
der_put_algorithm(struct buf *b, struct span oid, bool null)
{
	size_t at = der_open(b, DER_SEQUENCE);

	buf_put(b, oid);
	if (null)
		der_put_null(b);
	der_close(b, at);
}

/*
 * Both kinds of time from RFC 3339 text, "YYYY-MM-DDTHH:MM:SS.mmmZ": drop
 * what is no digit, from the year on or from its last two digits on.
 */
static void
put_time(struct buf *b, unsigned tag, int64_t ms, bool precise)
{
	char text[TEXT_TIME_SIZE];
	size_t end = 19, start = tag == DER_UTC_TIME ? 2 : 0;

	text_time(ms, text);
	if (precise && ms % 1000 != 0)
		for (end = 23; text[end - 1] == '0'; )
			end--;
	size_t at = der_open(b, tag);
	for (size_t i = start; i < end; i++)
		if (text[i] == '.' || (text[i] >= '0' && text[i] <= '9'))
			buf_u8(b, (uint8_t)text[i]);
	buf_u8(b, 'Z');
	der_close(b, at);
}

void
der_put_time(struct buf *b, int64_t ms)
{
	const int64_t year_2050 = INT64_C(2524608000) * 1000;

	put_time(b, ms >= 0 && ms < year_2050 ? DER_UTC_TIME : DER_TIME, ms,
	    false);
}

void
der_put_precise_time(struct buf *b, int64_t ms)
{
	put_time(b, DER_TIME, ms, true);
}

static int
by_bytes(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

void
der_put_set(struct buf *b, unsigned tag, struct span *elements, size_t count)
{
	size_t at = der_open(b, tag);

	if (count > 0)
		qsort(elements, count, sizeof(*elements), by_bytes);
	for (size_t i = 0; i < count; i++)
		buf_put(b, elements[i]);
	der_close(b, at);
}

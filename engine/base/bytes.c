/* bytes - see bytes.h. */
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"

struct span
span_text(const char *s)
{
	return (struct span){ (const uint8_t *)s, strlen(s) };
}

bool
span_eq(struct span a, struct span b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
span_is(struct span a, const char *text)
{
	return span_eq(a, span_text(text));
}

bool
span_zero(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != 0)
			return false;
	return true;
}

bool
span_starts(struct span a, const char *prefix)
{
	struct span head;

	return span_cut(a, 0, strlen(prefix), &head) && span_is(head, prefix);
}

bool
span_ends(struct span a, const char *suffix)
{
	size_t n = strlen(suffix);

	return a.len >= n && span_is(span_from(a, a.len - n), suffix);
}

int
span_cmp(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool
span_cut(struct span in, uint64_t off, uint64_t len, struct span *out)
{
	if (off > in.len || len > in.len - off)
		return false;
	*out = (struct span){ in.len > 0 ? in.ptr + off : in.ptr, (size_t)len };
	return true;
}

struct span
span_from(struct span in, size_t off)
{
	struct span out = { in.ptr, 0 };

	if (off <= in.len && !span_cut(in, off, in.len - off, &out))
		out.len = 0;
	return out;
}

size_t
span_find(struct span in, struct span needle)
{
	if (in.len == 0 || needle.len == 0)
		return needle.len == 0 ? 0 : SIZE_MAX;
	const uint8_t *p = memmem(in.ptr, in.len, needle.ptr, needle.len);

	return p == NULL ? SIZE_MAX : (size_t)(p - in.ptr);
}

/*
 * As 2^16 is 1 modulo 2^16 - 1, wider words may be added, then folded: two
 * 32-bit halves into 64 bits overflow only after 2^32 words.
 */
static uint64_t
sum_words(struct span in, uint64_t sum)
{
	uint64_t word;

	for (size_t at = 0; at + sizeof(word) <= in.len; at += sizeof(word)) {
		memcpy(&word, in.ptr + at, sizeof(word));
		word = le64toh(word);
		sum += (word & UINT32_MAX) + (word >> 32);
	}
	return sum;
}

uint16_t
span_sum16(struct span in)
{
	uint64_t sum = 0;

	while (in.len > 0) {
		struct span part = { in.ptr, in.len < GIB ? in.len : GIB };
		uint8_t last[8] = { 0 };
		size_t whole = part.len / sizeof(last) * sizeof(last);

		sum = sum_words(part, sum);
		memcpy(last, part.ptr + whole, part.len - whole);
		sum = sum_words(SPAN(last), sum);
		while (sum > UINT16_MAX)
			sum = (sum & UINT16_MAX) + (sum >> 16);
		in = span_from(in, part.len);
	}
	return (uint16_t)sum;
}

uint32_t
span_xor32(struct span in)
{
	uint64_t two = 0, word;
	uint32_t last = 0;
	size_t at = 0;

	for (; at + sizeof(word) <= in.len; at += sizeof(word)) {
		memcpy(&word, in.ptr + at, sizeof(word));
		two ^= word;
	}
	if (at + sizeof(last) <= in.len)
		memcpy(&last, in.ptr + at, sizeof(last));
	two = le64toh(two);
	return (uint32_t)two ^ (uint32_t)(two >> 32) ^ le32toh(last);
}

bool
span_split(struct span *rest, uint8_t sep, struct span *part)
{
	if (rest->len == 0)
		return false;
	const uint8_t *p = memchr(rest->ptr, sep, rest->len);
	size_t n = p == NULL ? rest->len : (size_t)(p - rest->ptr);

	*part = (struct span){ rest->ptr, n };
	*rest = span_from(*rest, p == NULL ? n : n + 1);
	return true;
}

bool
span_line(struct span *rest, struct span *line)
{
	return span_split(rest, '\n', line);
}

struct reader
rd_open(struct span in)
{
	return (struct reader){ .in = in };
}

bool
rd_ok(const struct reader *r)
{
	return !r->bad;
}

bool
rd_end(const struct reader *r)
{
	return !r->bad && r->at == r->in.len;
}

size_t
rd_left(const struct reader *r)
{
	return r->bad ? 0 : r->in.len - r->at;
}

void
rd_seek(struct reader *r, uint64_t off)
{
	if (off > r->in.len)
		r->bad = true;
	else
		r->at = (size_t)off;
}

struct span
rd_take(struct reader *r, uint64_t len)
{
	struct span out = { r->in.ptr, 0 };

	if (r->bad || !span_cut(r->in, r->at, len, &out)) {
		r->bad = true;
		return (struct span){ r->in.ptr, 0 };
	}
	r->at += out.len;
	return out;
}

void
rd_skip(struct reader *r, uint64_t len)
{
	rd_take(r, len);
}

static uint64_t
take_le(struct reader *r, size_t width)
{
	struct span s = rd_take(r, width);
	uint64_t value = 0;

	for (size_t i = s.len; i > 0; i--)
		value = value << 8 | s.ptr[i - 1];
	return value;
}

static uint64_t
take_be(struct reader *r, size_t width)
{
	struct span s = rd_take(r, width);
	uint64_t value = 0;

	for (size_t i = 0; i < s.len; i++)
		value = value << 8 | s.ptr[i];
	return value;
}

uint8_t
rd_u8(struct reader *r)
{
	return (uint8_t)take_le(r, 1);
}

uint16_t
rd_u16le(struct reader *r)
{
	return (uint16_t)take_le(r, 2);
}

uint32_t
rd_u32le(struct reader *r)
{
	return (uint32_t)take_le(r, 4);
}

uint64_t
rd_u64le(struct reader *r)
{
	return take_le(r, 8);
}

uint16_t
rd_u16be(struct reader *r)
{
	return (uint16_t)take_be(r, 2);
}

uint32_t
rd_u32be(struct reader *r)
{
	return (uint32_t)take_be(r, 4);
}

uint64_t
rd_u64be(struct reader *r)
{
	return take_be(r, 8);
}

struct span
rd_str(struct reader *r)
{
	return rd_take(r, rd_u32be(r));
}

void
buf_done(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ 0 };
}

void
buf_reserve(struct buf *b, size_t more)
{
	size_t need;

	if (__builtin_add_overflow(b->len, more, &need) ||
	    need > SIZE_MAX / 2)
		abort();
	if (need <= b->size)
		return;
	size_t size = b->size < 64 ? 64 : b->size;
	while (size < need)
		size *= 2;
	b->ptr = xrealloc(b->ptr, size);
	b->size = size;
}

void
buf_put(struct buf *b, struct span s)
{
	if (s.len == 0)
		return;
	buf_reserve(b, s.len);
	memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
}

void
buf_text(struct buf *b, const char *text)
{
	buf_put(b, span_text(text));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	buf_reserve(b, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf((char *)b->ptr + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_zero(struct buf *b, size_t count)
{
	if (count == 0)
		return;
	buf_reserve(b, count);
	memset(b->ptr + b->len, 0, count);
	b->len += count;
}

static void
append_le(struct buf *b, uint64_t value, size_t width)
{
	buf_reserve(b, width);
	for (size_t i = 0; i < width; i++)
		b->ptr[b->len++] = (uint8_t)(value >> (8 * i));
}

static void
append_be(struct buf *b, uint64_t value, size_t width)
{
	buf_reserve(b, width);
	for (size_t i = width; i > 0; i--)
		b->ptr[b->len++] = (uint8_t)(value >> (8 * (i - 1)));
}

void
buf_u8(struct buf *b, uint8_t v)
{
	append_le(b, v, 1);
}

void
buf_u16le(struct buf *b, uint16_t v)
{
	append_le(b, v, 2);
}

void
buf_u32le(struct buf *b, uint32_t v)
{
	append_le(b, v, 4);
}

void
buf_u64le(struct buf *b, uint64_t v)
{
	append_le(b, v, 8);
}

void
buf_u16be(struct buf *b, uint16_t v)
{
	append_be(b, v, 2);
}

void
buf_u32be(struct buf *b, uint32_t v)
{
	append_be(b, v, 4);
}

void
buf_u64be(struct buf *b, uint64_t v)
{
	append_be(b, v, 8);
}

void
buf_str(struct buf *b, struct span s)
{
	if (s.len > UINT32_MAX)
		abort();
	buf_u32be(b, (uint32_t)s.len);
	buf_put(b, s);
}

struct span
buf_span(const struct buf *b)
{
	return (struct span){ b->ptr, b->len };
}

const char *
buf_cstr(struct buf *b)
{
	buf_reserve(b, 1);
	b->ptr[b->len] = '\0';
	return (const char *)b->ptr;
}

void
put_u16le(uint8_t *p, uint16_t v)
{
	for (size_t i = 0; i < 2; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void
put_u32le(uint8_t *p, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void
put_u64le(uint8_t *p, uint64_t v)
{
	for (size_t i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void
put_u32be(uint8_t *p, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * (3 - i)));
}

void
put_u64be(uint8_t *p, uint64_t v)
{
	for (size_t i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (8 * (7 - i)));
}

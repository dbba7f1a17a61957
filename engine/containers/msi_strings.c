/*
 * msi_strings - the string pool: every text of the database is there once, and
 * tables have its number.
 *
 *	_StringPool	u32 code page, bit 31: numbers have three bytes
 *			u16 length, u16 references	per string
 *	_StringData	the strings, one after the other
 *
 * A string of 64 KiB and more takes two records: one with the length 0, then
 * its length as u32. Programs write the two halves in different order; the
 * order by which all strings fill _StringData is the one that is meant. Counts
 * of references end at 65535; then a string is there once more.
 */
#include <stdlib.h>

#include "base/text.h"
#include "containers/installer.h"
#include "containers/msi.h"

#define THREE_BYTES	0x80000000u
#define RECORD		4u

enum { UTF8 = 65001, WINDOWS_1252 = 1252 };

static bool
bad_pool(const char *why, struct err *e)
{
	return err_set(e, ERR_MSI_STRINGS, "the string pool %s", why);
}

/* Whether the first of the two words behind a length 0 is the lower one. */
enum order { REFERENCES_FIRST, LENGTH_FIRST };

/* The next string's length; 0 for a number that is not used. */
static uint64_t
length_read(struct reader *r, enum order order)
{
	uint32_t length = rd_u16le(r), references = rd_u16le(r);

	if (length != 0 || references == 0)
		return length;
	uint32_t low = rd_u16le(r), high = rd_u16le(r);
	return (order == LENGTH_FIRST ? references : high) << 16 | low;
}

/* Whether the lengths, read so, add up to that of the data. */
static bool
adds_up(struct span pool, struct span data, enum order order, size_t *count,
    bool *large)
{
	struct reader r = rd_open(span_from(pool, RECORD));
	uint64_t total = 0;

	*count = 1;
	*large = false;
	while (rd_left(&r) > 0) {
		uint64_t length = length_read(&r, order);

		*large = *large || length > UINT16_MAX;
		total += length;
		++*count;
	}
	return rd_ok(&r) && total == data.len;
}

/* With large strings, both orders may add up: then nobody can tell. */
static bool
order_find(struct span pool, struct span data, enum order *order,
    size_t *count, struct err *e)
{
	bool large, other;
	size_t n;
	bool first = adds_up(pool, data, REFERENCES_FIRST, count, &large);
	bool second = adds_up(pool, data, LENGTH_FIRST, &n, &other);

	if (first && second && large)
		return bad_pool("can be read in two ways", e);
	*order = first ? REFERENCES_FIRST : LENGTH_FIRST;
	return first || second || bad_pool("does not fit its data", e);
}

struct numbered {
	struct span	text;
	uint32_t	number;
};

static int
numbered_order(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int order = span_cmp(x->text, y->text);

	return order != 0 ? order : (x->number > y->number) -
	    (x->number < y->number);
}

/* Equal strings have the number of the first of them. */
static bool
numbers_find(struct msi_strings *strings, struct arena *a, struct err *e)
{
	size_t count = strings->count;
	struct numbered *v = ARENA_ARRAY(a, struct numbered, count);

	strings->first = ARENA_ARRAY(a, uint32_t, count);
	if (v == NULL || strings->first == NULL)
		return err_budget(e, a);
	for (size_t i = 1; i < count; i++)
		v[i] = (struct numbered){ strings->items[i], (uint32_t)i };
	qsort(&v[1], count - 1, sizeof(*v), numbered_order);
	for (size_t i = 1; i < count; i++)
		strings->first[v[i].number] = i > 1 && span_eq(v[i].text,
		    v[i - 1].text) ? strings->first[v[i - 1].number] :
		    v[i].number;
	return true;
}

bool
msi_strings_read(struct span pool, struct span data, struct arena *a,
    struct msi_strings *out, struct err *e)
{
	struct reader r = rd_open(pool);
	uint32_t first = rd_u32le(&r);
	enum order order;
	size_t count;

	if (!rd_ok(&r) || pool.len % RECORD != 0)
		return bad_pool("is cut short", e);
	if (!order_find(pool, data, &order, &count, e))
		return false;
	*out = (struct msi_strings){ .code_page = first & ~THREE_BYTES,
	    .width = (first & THREE_BYTES) != 0 ? 3 : 2, .count = count,
	    .items = ARENA_ARRAY(a, struct span, count) };
	if (out->items == NULL)
		return err_budget(e, a);
	struct reader text = rd_open(data);
	for (size_t i = 1; i < count; i++)
		out->items[i] = rd_take(&text, length_read(&r, order));
	return numbers_find(out, a, e);
}

/* Windows-1252, 0x80 to 0x9f; what it does not define stands for itself. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
	0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

static bool
ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80)
			return false;
	return true;
}

static bool
put_1252(struct span s, struct buf *out)
{
	CLEANUP(buf_done) struct buf wide = { 0 };

	for (size_t i = 0; i < s.len; i++)
		buf_u16le(&wide, s.ptr[i] >= 0x80 && s.ptr[i] < 0xa0 ?
		    windows_1252[s.ptr[i] - 0x80] : s.ptr[i]);
	return text_utf16(buf_span(&wide), out);
}

bool
installer_utf8(unsigned code_page, struct span s, struct buf *out,
    struct err *e)
{
	if (ascii(s) || (code_page == UTF8 && text_utf8(s))) {
		buf_put(out, s);
		return true;
	}
	return (code_page == WINDOWS_1252 && put_1252(s, out)) ||
	    err_set(e, ERR_MSI_CODE_PAGE, "the text \"%s\" is in code page "
	    "%u", text_show(s).text, code_page);
}

bool
msi_utf8(const struct msi_strings *strings, struct span s, struct buf *out,
    struct err *e)
{
	return installer_utf8(strings->code_page, s, out, e);
}

/*
 * tar_header - one record of 512 bytes.
 *
 *	  0 name (100)   100 mode (8)   108 uid (8)   116 gid (8)
 *	124 size (12)    136 mtime (12) 148 checksum (8)
 *	156 type (1)     157 link (100) 257 magic, version (8)
 *	265 uname, gname (64)           329 devmajor, devminor (16)
 *	345 prefix (155) 500 nothing (12)
 *
 * Numbers are octal digits with spaces or NULs around them; GNU and others
 * write what does not fit as a binary number, marked by the first bit.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "containers/tar.h"

#define SUM_BLANK	(8 * ' ')	/* the checksum's own field */

const struct tar_place tar_places[TAR_FIELDS] = {
	[TAR_F_NAME]	= { 0, 100 },
	[TAR_F_MODE]	= { 100, 8 },
	[TAR_F_UID]	= { 108, 8 },
	[TAR_F_GID]	= { 116, 8 },
	[TAR_F_SIZE]	= { 124, 12 },
	[TAR_F_MTIME]	= { 136, 12 },
	[TAR_F_SUM]	= { 148, 8 },
	[TAR_F_TYPE]	= { 156, 1 },
	[TAR_F_LINK]	= { 157, 100 },
	[TAR_F_MAGIC]	= { 257, 8 },
	[TAR_F_OWNER]	= { 265, 64 },
	[TAR_F_DEVICE]	= { 329, 16 },
	[TAR_F_PREFIX]	= { 345, 155 },
	[TAR_F_REST]	= { 500, 12 },
	[TAR_F_MORE]	= { 482, 1 },
};

struct span
tar_get(const struct tar_record *r, enum tar_field f)
{
	struct span s = { r->bytes, 0 };

	return span_cut(SPAN(r->bytes), tar_places[f].at, tar_places[f].len,
	    &s) ? s : (struct span){ r->bytes, 0 };
}

struct span
tar_text(const struct tar_record *r, enum tar_field f)
{
	struct span s = tar_get(r, f);

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == 0)
			s.len = i;
	return s;
}

uint64_t
tar_padded(uint64_t size)
{
	return (size + TAR_RECORD - 1) / TAR_RECORD * TAR_RECORD;
}

static bool
zeros_piece(void *arg, struct span piece, struct err *e)
{
	bool *zeros = arg;

	(void)e;
	*zeros = *zeros && span_zero(piece);
	return true;
}

bool
tar_zeros(const struct rope *r, uint64_t off, uint64_t len, bool *zeros,
    struct err *e)
{
	*zeros = true;
	return rope_each(r, off, len, zeros_piece, zeros, e);
}

/* ---- numbers */

static bool
blank(uint8_t c)
{
	return c == ' ' || c == 0;
}

/* Where the digits of a field begin and end. */
struct digits {
	size_t	from;
	size_t	to;
};

static bool
digits_find(struct span s, struct digits *d)
{
	size_t at = 0;

	while (at < s.len && s.ptr[at] == ' ')
		at++;
	d->from = at;
	while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '7')
		at++;
	d->to = at;
	while (at < s.len && blank(s.ptr[at]))
		at++;
	return at == s.len && d->to > d->from;
}

/* The first bit marks it, the second is the sign. */
static bool
binary(struct span s, uint64_t *out)
{
	uint64_t value = 0;

	if (s.ptr[0] != 0x80)
		return false;
	for (size_t i = 1; i < s.len; i++) {
		if (value >> 55 != 0)
			return false;
		value = value << 8 | s.ptr[i];
	}
	*out = value;
	return true;
}

bool
tar_number(const struct tar_record *r, enum tar_field f, uint64_t *out)
{
	struct span s = tar_get(r, f);
	uint64_t value = 0;
	struct digits d;

	if (s.len > 0 && (s.ptr[0] & 0x80) != 0)
		return binary(s, out);
	if (!digits_find(s, &d))
		return false;
	for (size_t i = d.from; i < d.to; i++)
		value = value << 3 | (uint64_t)(s.ptr[i] - '0');
	*out = value;
	return true;
}

static void
size_binary(struct tar_record *r, uint64_t size)
{
	uint8_t field[12] = { 0x80 };

	put_u64be(field + 4, size);
	tar_put(r, TAR_F_SIZE, SPAN(field));
}

/* As many digits as before, filled up by what filled it up before. */
void
tar_size_set(struct tar_record *r, uint64_t size)
{
	struct span old = tar_get(r, TAR_F_SIZE);
	char digits[32], field[13];
	struct digits d;
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%llo",
	    (unsigned long long)size);

	if (!digits_find(old, &d) || size >= TAR_OCTAL_MAX) {
		size_binary(r, size);
		return;
	}
	if (len > d.to) {
		snprintf(field, sizeof(field), "%011llo",
		    (unsigned long long)size);
		tar_put(r, TAR_F_SIZE, (struct span){
		    (const uint8_t *)field, 12 });
		return;
	}
	memcpy(field, old.ptr, old.len);
	memset(field, d.from > 0 ? ' ' : '0', d.to);
	memcpy(field + d.to - len, digits, len);
	tar_put(r, TAR_F_SIZE, (struct span){ (const uint8_t *)field,
	    old.len });
}

void
tar_put(struct tar_record *r, enum tar_field f, struct span text)
{
	struct tar_place p = tar_places[f];

	memset(r->bytes + p.at, 0, p.len);
	if (text.len > 0)
		memcpy(r->bytes + p.at, text.ptr,
		    text.len < p.len ? text.len : p.len);
}

/* ---- the whole */

static uint32_t
sum(const struct tar_record *r)
{
	struct span own = tar_get(r, TAR_F_SUM);
	uint32_t total = SUM_BLANK;

	for (size_t i = 0; i < TAR_RECORD; i++)
		total += r->bytes[i];
	for (size_t i = 0; i < own.len; i++)
		total -= own.ptr[i];
	return total;
}

void
tar_put_sum(struct tar_record *r)
{
	char text[32];

	snprintf(text, sizeof(text), "%06o", sum(r));
	text[7] = ' ';
	tar_put(r, TAR_F_SUM, (struct span){ (const uint8_t *)text, 8 });
}

/*
 * "ustar" with NUL is POSIX, with spaces old GNU, nothing is Unix V7. Only
 * POSIX has a prefix, but some readers take it from every header.
 */
bool
tar_header_check(const struct tar_record *r, struct err *e)
{
	static const char *const magics[] = { "ustar\00000", "ustar  \0",
	    "\0\0\0\0\0\0\0\0" };
	struct span magic = tar_get(r, TAR_F_MAGIC);
	uint64_t written;
	size_t kind = 0;

	if (!tar_number(r, TAR_F_SUM, &written) || written != sum(r))
		return err_set(e, ERR_TAR_CHECKSUM, "no header stands there: "
		    "its checksum is %o", sum(r));
	while (kind < COUNT(magics) && !span_eq(magic, (struct span){
	    (const uint8_t *)magics[kind], magic.len }))
		kind++;
	if (kind == COUNT(magics))
		return err_set(e, ERR_TAR_HEADER, "its format \"%s\" is not "
		    "known", text_show(magic).text);
	if (kind > 0 && tar_text(r, TAR_F_PREFIX).len > 0)
		return err_set(e, ERR_TAR_HEADER, "some programs would take "
		    "\"%s\" for a folder around it",
		    text_show(tar_text(r, TAR_F_PREFIX)).text);
	return true;
}

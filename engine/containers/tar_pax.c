/*
 * tar_pax - extended headers of POSIX.1-2001: records "27 path=a/name\n",
 * where the length counts all of the record. Of their keys some decide what
 * files come out of an archive; each of these may be there once, and none of
 * them in a global header.
 */
#include <stdio.h>

#include "base/text.h"
#include "containers/tar.h"

static bool
malformed(const char *why, struct err *e)
{
	return err_set(e, ERR_TAR_PAX, "a record of its pax header %s", why);
}

bool
tar_pax_next(struct span *rest, struct span *record, struct span *key,
    struct span *value, struct err *e)
{
	struct span after = *rest, digits;
	uint64_t len;

	if (!span_split(&after, ' ', &digits) || !text_u64(digits, &len) ||
	    !span_cut(*rest, 0, len, record) || len <= digits.len + 1)
		return malformed("has no length that fits", e);
	if (record->ptr[len - 1] != '\n')
		return malformed("does not end where its length says", e);
	struct span text = span_from(*record, digits.len + 1);
	text.len--;
	size_t equals = span_find(text, SPAN_TEXT("="));
	if (equals == SIZE_MAX || equals == 0 ||
	    !span_cut(text, 0, equals, key))
		return malformed("has no key", e);
	*value = span_from(text, equals + 1);
	*rest = span_from(*rest, (size_t)len);
	return true;
}

static bool
take_name(struct tar_extended *x, struct span value, struct err *e)
{
	if (x->name.len > 0 && !span_eq(x->name, value))
		return malformed("gives it a second name", e);
	x->name = value;
	return value.len > 0 || malformed("gives it an empty name", e);
}

static bool
take_link(struct tar_extended *x, struct span value, struct err *e)
{
	x->link = value;
	return value.len > 0 || malformed("names an empty link", e);
}

static bool
take_size(struct tar_extended *x, struct span value, struct err *e)
{
	x->sized = true;
	return text_u64(value, &x->size) ||
	    malformed("has a size that is no number", e);
}

/* Names are UTF-8 for us, whatever it says: others are refused anyway. */
static bool
take_charset(struct tar_extended *x, struct span value, struct err *e)
{
	(void)x;
	return span_is(value, "BINARY") ||
	    span_is(value, "ISO-IR 10646 2000 UTF-8") ||
	    malformed("names another character set than UTF-8", e);
}

static bool
take_sparse(struct tar_extended *x, struct span value, struct err *e)
{
	(void)value;
	(void)e;
	x->sparse = true;
	return true;
}

static bool
take_sparse_name(struct tar_extended *x, struct span value, struct err *e)
{
	return take_sparse(x, value, e) && take_name(x, value, e);
}

/* A key that ends with a dot stands for all that begin so. */
static const struct {
	const char	*key;
	bool		 often;		/* may be there more than once */
	bool		(*take)(struct tar_extended *, struct span,
			    struct err *);
} keys[] = {
	{ "path", false, take_name },
	{ "linkpath", false, take_link },
	{ "size", false, take_size },
	{ "hdrcharset", false, take_charset },
	{ "GNU.sparse.name", false, take_sparse_name },
	{ "GNU.sparse.", true, take_sparse },
	{ "SCHILY.realsize", false, take_sparse },
	{ "SUN.holesdata", false, take_sparse },
};

static size_t
key_row(struct span key)
{
	size_t i = 0;

	while (i < COUNT(keys) && !span_is(key, keys[i].key) &&
	    !(span_ends(SPAN_TEXT(keys[i].key), ".") &&
	    span_starts(key, keys[i].key)))
		i++;
	return i;
}

bool
tar_pax_read(struct span data, bool global, struct arena *a,
    struct tar_extended *x, struct err *e)
{
	struct span record, key, value, copy;

	while (data.len > 0) {
		if (!tar_pax_next(&data, &record, &key, &value, e))
			return false;
		size_t row = key_row(key);
		if (row == COUNT(keys))
			continue;
		if (global)
			return err_set(e, ERR_TAR_PAX, "a global header gives "
			    "every entry the same \"%s\"", keys[row].key);
		if ((x->seen & 1u << row) != 0 && !keys[row].often)
			return err_set(e, ERR_TAR_PAX, "its pax header has "
			    "\"%s\" twice", keys[row].key);
		x->seen |= 1u << row;
		if (!arena_copy(a, value, &copy))
			return err_budget(e, a);
		if (!keys[row].take(x, copy, e))
			return false;
	}
	return true;
}

/* The length counts its own digits. */
void
tar_pax_put(struct buf *out, const char *key, struct span value)
{
	size_t rest = SPAN_TEXT(key).len + value.len + 3, len = rest, was;

	do {
		was = len;
		len = rest + (size_t)snprintf(NULL, 0, "%zu", was);
	} while (len != was);
	buf_printf(out, "%zu %s=", len, key);
	buf_put(out, value);
	buf_u8(out, '\n');
}

/*
 * suggest_version - which version a sample has, and where it stands in names
 * and facts; see suggest.h.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/suggest.h"

#define VERSION_MOST	40	/* bytes of one */
#define NUMBERS_MOST	8	/* that are looked at in one name */

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static uint8_t
byte_at(struct span s, size_t at)
{
	return at < s.len ? s.ptr[at] : 0;
}

/* "1.2" is not in "11.2", "0.1.2", "1.20" or "1.2.3". */
bool
version_at(struct span version, struct span text, size_t at)
{
	struct span here;

	if (version.len == 0 || !span_cut(text, at, version.len, &here) ||
	    !span_eq(here, version))
		return false;
	size_t end = at + version.len;
	bool before = at > 0 && (is_digit(text.ptr[at - 1]) ||
	    (at > 1 && text.ptr[at - 1] == '.' &&
	    is_digit(text.ptr[at - 2])));
	bool after = is_digit(byte_at(text, end)) ||
	    (byte_at(text, end) == '.' && is_digit(byte_at(text, end + 1)));
	return !before && !after;
}

static bool
version_in(struct span version, struct span text)
{
	for (size_t at = 0; at < text.len; at++)
		if (version_at(version, text, at))
			return true;
	return false;
}

/* "1.2.3", at least two numbers. */
static bool
is_version(struct span s)
{
	bool dotted = false;

	if (s.len == 0 || s.len > VERSION_MOST || !is_digit(s.ptr[0]) ||
	    !is_digit(s.ptr[s.len - 1]))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.ptr[i]) && (s.ptr[i] != '.' ||
		    s.ptr[i - 1] == '.'))
			return false;
		dotted |= s.ptr[i] == '.';
	}
	return dotted;
}

/* A version resource often says 1.2.3.0 where people say 1.2.3. */
static bool
with_zeros(struct span version, struct span value)
{
	size_t at = version.len;
	struct span head;

	if (version.len == 0 || !span_cut(value, 0, at, &head) ||
	    !span_eq(head, version) || at == value.len)
		return false;
	while (byte_at(value, at) == '.' && byte_at(value, at + 1) == '0')
		at += 2;
	return at == value.len;
}

/* ---- the choice */

struct census {
	const struct suggesting	*s;
	const struct sample	*root;
	struct span		*versions;	/* product versions of ours */
	size_t			 count;
};

static bool
census_take(struct census *c, const struct sample *f, struct err *e)
{
	struct span v = json_span(json_member(f->facts, "product-version"));

	if (sample_ours(c->s, f) && v.len > 0) {
		c->versions = arena_grow(c->s->arena, c->versions, c->count,
		    sizeof(*c->versions));
		if (c->versions == NULL)
			return err_budget(e, c->s->arena);
		c->versions[c->count++] = v;
	}
	for (size_t i = 0; i < f->count; i++)
		if (!census_take(c, &f->contents[i], e))
			return false;
	return true;
}

static int
span_order(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

/* The product version of more than half of those that have one. */
static struct span
product_version(const struct census *c)
{
	size_t same = 0;

	if (c->count == 0)
		return (struct span){ NULL, 0 };
	qsort(c->versions, c->count, sizeof(*c->versions), span_order);
	struct span middle = c->versions[c->count / 2];
	for (size_t i = 0; i < c->count; i++)
		same += span_eq(c->versions[i], middle) ? 1 : 0;
	return same > c->count / 2 && is_version(middle) ? middle :
	    (struct span){ NULL, 0 };
}

static size_t
names_with(struct span version, const struct sample *f)
{
	size_t n = version_in(version, f->path) ? 1 : 0;

	for (size_t i = 0; i < f->count; i++)
		n += names_with(version, &f->contents[i]);
	return n;
}

/* In how many names inside and product versions a number stands again. */
static size_t
recurs(const struct census *c, struct span number)
{
	size_t n = names_with(number, c->root) - 1;

	for (size_t i = 0; i < c->count; i++)
		n += version_in(number, c->versions[i]) ||
		    with_zeros(number, c->versions[i]) ? 1 : 0;
	return n;
}

/*
 * number_next gives the next dotted number of a name. One that letters follow
 * is none: of "2.0.7z" nobody knows where it ends.
 */
static bool
number_next(struct span name, size_t *at, struct span *out)
{
	while (*at < name.len) {
		size_t from = *at, end = from;

		while (is_digit(byte_at(name, end)) || (end > from &&
		    byte_at(name, end) == '.'))
			end++;
		*at = end > from ? end : from + 1;
		while (end > from && name.ptr[end - 1] == '.')
			end--;
		uint8_t next = byte_at(name, end) | 0x20;
		if (span_cut(name, from, end - from, out) &&
		    is_version(*out) && version_at(*out, name, from) &&
		    (next < 'a' || next > 'z'))
			return true;
	}
	return false;
}

/* 1.2.3.0 is what programs say; names have 1.2.3, and with_zeros both. */
static struct span
without_zeros(const struct census *c, struct span version)
{
	struct span shorter = version;

	while (names_with(shorter, c->root) == 0) {
		if (!span_ends(shorter, ".0"))
			return version;
		shorter.len -= 2;
		if (!is_version(shorter))
			return version;
	}
	return shorter;
}

bool
version_find(const struct suggesting *s, const struct sample *root,
    struct span *out, struct err *e)
{
	struct census c = { .s = s, .root = root };
	struct span best = { NULL, 0 }, number;
	size_t most = 0, at = 0;

	if (!census_take(&c, root, e))
		return false;
	for (size_t i = 0; i < NUMBERS_MOST &&
	    number_next(root->path, &at, &number); i++) {
		size_t n = recurs(&c, number);

		if (best.len == 0 || n > most) {
			best = number;
			most = n;
		}
	}
	struct span product = product_version(&c);
	*out = most == 0 && product.len > 0 ? without_zeros(&c, product) :
	    best;
	return true;
}

/* ---- writing it */

/* Wildcards and "${" stand for themselves only in a list of one character. */
static void
literal_put(struct span path, size_t at, struct buf *out)
{
	uint8_t c = path.ptr[at];
	bool special = c == '*' || c == '?' || c == '[' ||
	    (c == '$' && byte_at(path, at + 1) == '{');

	buf_printf(out, special ? "[%c]" : "%c", c);
}

void
pattern_put(const struct suggesting *s, struct span path, struct buf *out)
{
	size_t at = 0;

	while (at < path.len)
		if (version_at(s->version, path, at)) {
			buf_text(out, "${version}");
			at += s->version.len;
		} else {
			literal_put(path, at++, out);
		}
}

void
value_put(const struct suggesting *s, struct span value, struct buf *out)
{
	size_t at = 0;

	if (with_zeros(s->version, value)) {
		buf_text(out, "${version}");
		buf_put(out, span_from(value, s->version.len));
		return;
	}
	while (at < value.len)
		if (version_at(s->version, value, at)) {
			buf_text(out, "${version}");
			at += s->version.len;
		} else {
			buf_u8(out, value.ptr[at++]);
		}
}

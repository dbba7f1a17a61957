/*
 * glob - see glob.h.
 *
 * The matcher walks the path once and keeps the set of places in the pattern
 * that the path so far can have led to (Thompson's construction). A place is
 * an offset in the pattern. For ** at offset p, p means: a segment may begin
 * here; p + 1: we are inside a segment that ** covers.
 */
#include "artifact/glob.h"
#include "base/limits.h"
#include "base/text.h"

#define WORD_BITS	64
#define WORDS		(LIMIT_GLOB / WORD_BITS + 1)

struct places {
	uint64_t	words[WORDS];
	size_t		count;		/* words in use */
	bool		any;
};

struct glob {
	struct span	 pattern;
	bool		 ignore_case;
};

/* Bytes that are no UTF-8 count as one character each, unlike any other. */
#define RAW_BYTE	0x110000u

static size_t
character_length(uint8_t first)
{
	if (first >= 0xf0)
		return 4;
	if (first >= 0xe0)
		return 3;
	return first >= 0xc0 ? 2 : 1;
}

static uint32_t
character_at(struct span s, size_t at, size_t *next)
{
	uint8_t first = s.ptr[at];
	size_t len = character_length(first);
	uint32_t c = len == 1 ? first : first & (0xffu >> (len + 1));

	*next = at + 1;
	if (first < 0x80)
		return first;
	if (len == 1 || len > s.len - at)
		return RAW_BYTE + first;
	for (size_t i = 1; i < len; i++) {
		if ((s.ptr[at + i] & 0xc0) != 0x80)
			return RAW_BYTE + first;
		c = c << 6 | (s.ptr[at + i] & 0x3fu);
	}
	*next = at + len;
	return c;
}

static uint32_t
lower(uint32_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static uint32_t
upper(uint32_t c)
{
	return c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
}

static uint8_t
byte_at(struct span s, size_t at)
{
	return at < s.len ? s.ptr[at] : 0;
}

static bool
is_double_star(struct span s, size_t at)
{
	return byte_at(s, at) == '*' && byte_at(s, at + 1) == '*' &&
	    (at == 0 || s.ptr[at - 1] == '/');
}

static void
place_add(struct places *set, size_t place)
{
	set->words[place / WORD_BITS] |= (uint64_t)1 << place % WORD_BITS;
	set->any = true;
}

/* A place from which others are reached without a character adds those. */
static void
place_enter(const struct glob *g, struct places *set, size_t place)
{
	struct span p = g->pattern;

	for (;;) {
		place_add(set, place);
		if (is_double_star(p, place)) {
			if (place + 2 >= p.len)
				return;
			place += 3;
		} else if (byte_at(p, place) == '*') {
			place++;
		} else {
			return;
		}
	}
}

struct range {
	uint32_t	first;
	uint32_t	last;
};

/* range_next reads "a" or "a-z" of a list; false at its end. */
static bool
range_next(struct span p, size_t *at, struct range *out)
{
	size_t next;

	if (*at >= p.len || p.ptr[*at] == ']')
		return false;
	out->first = out->last = character_at(p, *at, &next);
	*at = next;
	if (byte_at(p, next) == '-' && next + 1 < p.len &&
	    p.ptr[next + 1] != ']') {
		out->last = character_at(p, next + 1, &next);
		*at = next;
	}
	return true;
}

static bool
range_holds(struct range r, uint32_t c)
{
	return c >= r.first && c <= r.last;
}

/* list_match reads the list at place; *end is behind it. */
static bool
list_match(const struct glob *g, size_t place, uint32_t c, size_t *end)
{
	struct span p = g->pattern;
	size_t at = place + 1;
	bool negated = byte_at(p, at) == '!', found = false;
	struct range r;

	if (negated)
		at++;
	while (range_next(p, &at, &r))
		found |= range_holds(r, c) || (g->ignore_case &&
		    (range_holds(r, lower(c)) || range_holds(r, upper(c))));
	*end = at + 1;
	return c != '/' && found != negated;
}

static bool
character_same(const struct glob *g, uint32_t a, uint32_t b)
{
	return a == b || (g->ignore_case && lower(a) == lower(b));
}

/* place_step adds to *to where the character c leads from place. */
static void
place_step(const struct glob *g, size_t place, uint32_t c, struct places *to)
{
	struct span p = g->pattern;
	size_t next = place + 1;

	if (place >= p.len)
		return;
	if (is_double_star(p, place)) {
		if (c != '/')
			place_add(to, place + 1);
	} else if (place > 0 && is_double_star(p, place - 1)) {
		if (c == '/')
			place_enter(g, to, place - 1);
		else
			place_add(to, place);
	} else if (p.ptr[place] == '*') {
		if (c != '/')
			place_enter(g, to, place);
	} else if (p.ptr[place] == '?') {
		if (c != '/')
			place_enter(g, to, next);
	} else if (p.ptr[place] == '[') {
		if (list_match(g, place, c, &next) && next <= p.len)
			place_enter(g, to, next);
	} else if (character_same(g, character_at(p, place, &next), c)) {
		place_enter(g, to, next);
	}
}

static struct places
places_step(const struct glob *g, const struct places *from, uint32_t c)
{
	struct places to = { .count = from->count };

	for (size_t i = 0; i < from->count; i++)
		for (uint64_t w = from->words[i]; w != 0; w &= w - 1)
			place_step(g, i * WORD_BITS +
			    (size_t)__builtin_ctzll(w), c, &to);
	return to;
}

static bool
places_hold(const struct places *set, size_t place)
{
	return (set->words[place / WORD_BITS] >> place % WORD_BITS & 1) != 0;
}

bool
glob_match(struct span pattern, struct span path, unsigned flags)
{
	struct glob g = { pattern, (flags & GLOB_IGNORE_CASE) != 0 };
	struct places set = { .count = pattern.len / WORD_BITS + 1 };

	if (pattern.len == 0 || pattern.len > LIMIT_GLOB)
		return false;
	place_enter(&g, &set, 0);
	for (size_t at = 0; at < path.len && set.any; ) {
		uint32_t c = character_at(path, at, &at);

		set = places_step(&g, &set, c);
	}
	if (!set.any)
		return false;
	if (pattern.len >= 2 && is_double_star(pattern, pattern.len - 2) &&
	    places_hold(&set, pattern.len - 1))
		return true;
	return places_hold(&set, pattern.len);
}

bool
glob_literal(struct span pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] == '*' || pattern.ptr[i] == '?' ||
		    pattern.ptr[i] == '[')
			return false;
	return true;
}

bool
glob_same(struct span a, struct span b, unsigned flags)
{
	bool same = a.len == b.len;

	if ((flags & GLOB_IGNORE_CASE) == 0)
		return span_eq(a, b);
	for (size_t i = 0; same && i < a.len; i++)
		same = lower(a.ptr[i]) == lower(b.ptr[i]);
	return same;
}

static bool
list_check(struct span segment, size_t *at, struct err *e)
{
	size_t start = *at + 1;
	struct range r;

	if (byte_at(segment, start) == '!')
		start++;
	*at = start;
	while (range_next(segment, at, &r))
		if (r.first > r.last)
			return err_set(e, ERR_GLOB_MALFORMED, "a range of the "
			    "list at character %zu runs backwards", start);
	if (*at >= segment.len)
		return err_set(e, ERR_GLOB_MALFORMED,
		    "the list that begins with '[' has no ']'");
	if (*at == start)
		return err_set(e, ERR_GLOB_MALFORMED, "the list is empty");
	++*at;
	return true;
}

static bool
segment_check(struct span segment, struct err *e)
{
	if (segment.len == 0)
		return err_set(e, ERR_GLOB_MALFORMED,
		    "a segment is empty: '/' stands first, last or twice");
	if (span_is(segment, ".") || span_is(segment, ".."))
		return err_set(e, ERR_GLOB_MALFORMED,
		    "\"%s\" is no name", text_show(segment).text);
	if (!span_is(segment, "**") &&
	    span_find(segment, SPAN_TEXT("**")) != SIZE_MAX)
		return err_set(e, ERR_GLOB_MALFORMED,
		    "** must be alone in its segment");
	for (size_t at = 0; at < segment.len; ) {
		if (segment.ptr[at] != '[')
			at++;
		else if (!list_check(segment, &at, e))
			return false;
	}
	return true;
}

static bool
characters_check(struct span pattern, struct err *e)
{
	if (pattern.len == 0)
		return err_set(e, ERR_GLOB_MALFORMED, "the pattern is empty");
	if (pattern.len > LIMIT_GLOB)
		return err_set(e, ERR_GLOB_MALFORMED, "the pattern has %zu "
		    "bytes, at most %d are allowed", pattern.len, LIMIT_GLOB);
	if (!text_utf8(pattern))
		return err_set(e, ERR_GLOB_MALFORMED,
		    "the pattern is no UTF-8");
	for (size_t i = 0; i < pattern.len; i++) {
		uint8_t c = pattern.ptr[i];

		if (c < 0x20 || c == 0x7f || c == '\\')
			return err_set(e, ERR_GLOB_MALFORMED, "the character "
			    "0x%02x is not allowed: '/' separates segments", c);
	}
	return true;
}

bool
glob_check(struct span pattern, struct err *e)
{
	struct span rest = pattern, segment;

	if (!characters_check(pattern, e))
		return err_at(e, "pattern \"%s\"", text_show(pattern).text);
	while (span_split(&rest, '/', &segment))
		if (!segment_check(segment, e))
			return err_at(e, "pattern \"%s\"",
			    text_show(pattern).text);
	if (pattern.ptr[pattern.len - 1] == '/') {
		err_set(e, ERR_GLOB_MALFORMED, "it ends with '/'");
		return err_at(e, "pattern \"%s\"", text_show(pattern).text);
	}
	return true;
}

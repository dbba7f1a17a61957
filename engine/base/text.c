/* text - see text.h. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool
text_u64(struct span s, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0 || (s.len > 1 && s.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, s.ptr[i] - (uint64_t)'0',
		    &value))
			return false;
	}
	*out = value;
	return true;
}

struct unit {
	const char	*name;
	uint64_t	 factor;
};

static bool
number_with_unit(struct span s, const struct unit *units, size_t count,
    uint64_t *out)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(units[i].name);
		struct span digits;
		uint64_t value;

		if (s.len > n && span_ends(s, units[i].name) &&
		    span_cut(s, 0, s.len - n, &digits) &&
		    text_u64(digits, &value))
			return !__builtin_mul_overflow(value, units[i].factor,
			    out);
	}
	return false;
}

bool
text_duration(struct span s, uint64_t *seconds)
{
	static const struct unit units[] = {
		{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
	};

	return number_with_unit(s, units, COUNT(units), seconds);
}

bool
text_size(struct span s, uint64_t *bytes)
{
	static const struct unit units[] = {
		{ "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 },
		{ "", 1 },
	};

	return number_with_unit(s, units, COUNT(units), bytes);
}

void
text_hex(struct span s, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";

	buf_reserve(out, s.len * 2);
	for (size_t i = 0; i < s.len; i++) {
		buf_u8(out, (uint8_t)digits[s.ptr[i] >> 4]);
		buf_u8(out, (uint8_t)digits[s.ptr[i] & 15]);
	}
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
text_unhex(struct span s, uint8_t *out, size_t len)
{
	if (s.len / 2 != len || s.len % 2 != 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_value(s.ptr[2 * i]);
		int low = hex_value(s.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
text_base64(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i += 3) {
		size_t n = s.len - i < 3 ? s.len - i : 3;
		uint32_t group = 0;

		for (size_t k = 0; k < 3; k++)
			group = group << 8 | (k < n ? s.ptr[i + k] : 0u);
		for (size_t k = 0; k < 4; k++)
			buf_u8(out, k > n ? '=' : (uint8_t)
			    base64_digits[group >> (18 - 6 * k) & 63]);
	}
}

static int
base64_value(uint8_t c)
{
	const char *p = c == '\0' ? NULL : strchr(base64_digits, c);

	return p == NULL ? -1 : (int)(p - base64_digits);
}

bool
text_unbase64(struct span s, struct buf *out)
{
	size_t pad = span_ends(s, "==") ? 2 : span_ends(s, "=") ? 1 : 0;

	if (s.len % 4 != 0)
		return false;
	for (size_t i = 0; i < s.len; i += 4) {
		size_t n = i + 4 == s.len ? 4 - pad : 4;
		uint32_t group = 0;

		for (size_t k = 0; k < 4; k++) {
			int v = k < n ? base64_value(s.ptr[i + k]) : 0;

			if (v < 0)
				return false;
			group = group << 6 | (uint32_t)v;
		}
		if (n < 4 && (group & (n == 3 ? 0xffu : 0xffffu)) != 0)
			return false;
		for (size_t k = 0; k + 1 < n; k++)
			buf_u8(out, (uint8_t)(group >> (16 - 8 * k)));
	}
	return true;
}

/* One character of s at *at, or -1 (and *at one byte on) if it is no UTF-8. */
static int32_t
utf8_next(struct span s, size_t *at)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = s.ptr[*at];
	size_t n = first < 0x80 ? 1 : first >> 5 == 6 ? 2 :
	    first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
	int32_t c = n == 1 ? first : first & (0x7f >> n);

	if (n == 0 || s.len - *at < n) {
		++*at;
		return -1;
	}
	for (size_t i = 1; i < n; i++) {
		uint8_t b = s.ptr[*at + i];

		if (b >> 6 != 2) {
			++*at;
			return -1;
		}
		c = c << 6 | (b & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
		++*at;
		return -1;
	}
	*at += n;
	return c;
}

void
text_percent(struct span s, const char *plain, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t b = s.ptr[i];
		bool stays = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ||
		    (b >= '0' && b <= '9') || (b != 0 &&
		    (strchr("-._~", b) != NULL || strchr(plain, b) != NULL));

		if (stays)
			buf_u8(out, b);
		else
			buf_printf(out, "%%%02X", b);
	}
}

bool
text_utf8(struct span s)
{
	for (size_t at = 0; at < s.len; )
		if (utf8_next(s, &at) < 0)
			return false;
	return true;
}

static void
put_utf8(struct buf *out, uint32_t c)
{
	static const uint8_t first[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };
	unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	buf_u8(out, (uint8_t)(first[n] | c >> (6 * (n - 1))));
	for (unsigned i = n - 1; i > 0; i--)
		buf_u8(out, (uint8_t)(0x80 | (c >> (6 * (i - 1)) & 0x3f)));
}

bool
text_utf16(struct span s, struct buf *out)
{
	struct reader r = rd_open(s);

	while (rd_left(&r) > 0) {
		uint32_t c = rd_u16le(&r);

		if (c >= 0xd800 && c < 0xdc00) {
			uint32_t low = rd_u16le(&r);

			if (low < 0xdc00 || low > 0xdfff)
				return false;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		} else if (c == 0 || (c >= 0xdc00 && c <= 0xdfff))
			return false;
		if (!rd_ok(&r))
			return false;
		put_utf8(out, c);
	}
	return rd_ok(&r);
}

bool
text_to_utf16(struct span s, struct buf *out)
{
	for (size_t at = 0; at < s.len; ) {
		int32_t c = utf8_next(s, &at);

		if (c < 0)
			return false;
		if (c >= 0x10000) {
			c -= 0x10000;
			buf_u16le(out, (uint16_t)(0xd800 | c >> 10));
			c = 0xdc00 | (c & 0x3ff);
		}
		buf_u16le(out, (uint16_t)c);
	}
	return true;
}

/* Characters that change how a line looks without being seen themselves. */
static bool
invisible(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad ||
	    c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

void
text_visible(struct span s, struct buf *out)
{
	for (size_t at = 0; at < s.len; ) {
		size_t from = at;
		int32_t c = utf8_next(s, &at);
		struct span bytes = { 0 };

		if (c < 0)
			buf_printf(out, "\\x%02x", s.ptr[from]);
		else if (invisible(c))
			buf_printf(out, "\\u{%x}", (unsigned)c);
		else if (span_cut(s, from, at - from, &bytes))
			buf_put(out, bytes);
	}
}

static bool
shell_plain(struct span word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+=:@-";

	for (size_t i = 0; i < word.len; i++)
		if (word.ptr[i] == '\0' ||
		    strchr(plain, word.ptr[i]) == NULL)
			return false;
	return word.len > 0;
}

void
text_shell(struct span word, struct buf *out)
{
	CLEANUP(buf_done) struct buf shown = { 0 };
	bool plain = shell_plain(word);

	text_visible(word, &shown);
	buf_text(out, plain ? "" : "'");
	for (size_t i = 0; i < shown.len; i++)
		if (shown.ptr[i] == '\'')
			buf_text(out, "'\\''");
		else
			buf_u8(out, shown.ptr[i]);
	buf_text(out, plain ? "" : "'");
}

/* Cuts at a character, not in one. */
static size_t
whole_characters(struct span s, size_t limit)
{
	size_t n = s.len < limit ? s.len : limit;

	while (n > 0 && n < s.len && s.ptr[n] >> 6 == 2)
		n--;
	return n;
}

struct shown
text_show(struct span s)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct shown out = { "" };
	struct span head = s;

	/* What is shown is never shorter than its source. */
	if (s.len > sizeof(out.text))
		head.len = sizeof(out.text);
	text_visible(head, &b);
	bool cut = head.len < s.len || b.len >= sizeof(out.text);
	size_t n = whole_characters(buf_span(&b),
	    cut ? sizeof(out.text) - 4 : sizeof(out.text) - 1);
	if (n > 0)
		memcpy(out.text, b.ptr, n);
	memcpy(out.text + n, cut ? "..." : "", cut ? 4 : 1);
	return out;
}

bool
text_slug(struct span s)
{
	if (s.len == 0 || s.len > 64)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];
		bool inner = c == '-' && i > 0 && i + 1 < s.len;

		if (!inner && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9'))
			return false;
	}
	return true;
}

#define NEAREST_MAX	64

/* Levenshtein distance, one row at a time. */
static size_t
distance(struct span a, const char *b)
{
	size_t row[NEAREST_MAX + 1], n = strlen(b);

	if (a.len > NEAREST_MAX || n > NEAREST_MAX)
		return SIZE_MAX;
	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 0; i < a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < n; k++) {
			size_t best = diagonal +
			    (a.ptr[i] != (uint8_t)b[k]);

			diagonal = row[k + 1];
			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (diagonal + 1 < best)
				best = diagonal + 1;
			row[k + 1] = best;
		}
	}
	return row[n];
}

const char *
text_nearest(struct span s, const char *const *candidates)
{
	const char *nearest = NULL;
	size_t best = s.len / 3 + 2;

	for (; *candidates != NULL; candidates++) {
		size_t d = distance(s, *candidates);

		if (d < best) {
			best = d;
			nearest = *candidates;
		}
	}
	return nearest;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t shifted = month > 2 ? month - 3 : month + 9;
	int64_t day_of_year = (153 * shifted + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year - 719468;
}

static void
date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t shifted = (5 * doy + 2) / 153;

	*day = doy - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

void
text_time(int64_t ms, char out[TEXT_TIME_SIZE])
{
	int64_t days = ms / 86400000, rest = ms % 86400000;
	int64_t year, month, day;

	if (rest < 0) {
		rest += 86400000;
		days--;
	}
	date_of(days, &year, &month, &day);
	snprintf(out, TEXT_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    (int)year, (int)month, (int)day, (int)(rest / 3600000),
	    (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
	    (int)(rest % 1000));
}

/* Reads width digits at *at. */
static bool
digits(struct span s, size_t *at, size_t width, int64_t *out)
{
	int64_t value = 0;

	for (size_t i = 0; i < width; i++, ++*at) {
		if (*at >= s.len || s.ptr[*at] < '0' || s.ptr[*at] > '9')
			return false;
		value = value * 10 + (s.ptr[*at] - '0');
	}
	*out = value;
	return true;
}

/* Reads the mark, then width digits. */
static bool
field(struct span s, size_t *at, char mark, size_t width, int64_t *out)
{
	return *at < s.len && s.ptr[(*at)++] == (uint8_t)mark &&
	    digits(s, at, width, out);
}

bool
text_untime(struct span s, int64_t *ms)
{
	int64_t year, month, day, hour = 0, minute = 0, second = 0, milli = 0;
	int64_t y, m, d;
	size_t at = 0;

	if (!digits(s, &at, 4, &year) || !field(s, &at, '-', 2, &month) ||
	    !field(s, &at, '-', 2, &day))
		return false;
	if (at < s.len) {
		if (!field(s, &at, 'T', 2, &hour) ||
		    !field(s, &at, ':', 2, &minute) ||
		    !field(s, &at, ':', 2, &second))
			return false;
		if (at < s.len && s.ptr[at] == '.' &&
		    !field(s, &at, '.', 3, &milli))
			return false;
		if (at + 1 != s.len || s.ptr[at] != 'Z')
			return false;
	}
	if (hour > 23 || minute > 59 || second > 59 || month < 1)
		return false;
	int64_t days = days_of(year, month, day);
	date_of(days, &y, &m, &d);
	if (y != year || m != month || d != day)
		return false;
	*ms = ((days * 24 + hour) * 60 + minute) * 60000 + second * 1000 +
	    milli;
	return true;
}

struct shown
text_show_size(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	struct shown out;
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < COUNT(units)) {
		value /= 1024;
		unit++;
	}
	snprintf(out.text, sizeof(out.text), unit == 0 ? "%.0f %s" : "%.1f %s",
	    value, units[unit]);
	return out;
}

struct shown
text_show_duration(uint64_t seconds)
{
	unsigned long long days = seconds / 86400;
	unsigned long long hours = seconds / 3600 % 24;
	unsigned long long minutes = seconds / 60 % 60;
	struct shown out;

	if (days > 0)
		snprintf(out.text, sizeof(out.text), "%llu %s %llu h", days,
		    days == 1 ? "day" : "days", hours);
	else if (hours > 0)
		snprintf(out.text, sizeof(out.text), "%llu h %llu min", hours,
		    minutes);
	else if (minutes > 0)
		snprintf(out.text, sizeof(out.text), "%llu min %llu s",
		    minutes, (unsigned long long)(seconds % 60));
	else
		snprintf(out.text, sizeof(out.text), "%llu s",
		    (unsigned long long)seconds);
	return out;
}

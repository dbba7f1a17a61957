/*
 * words - what readers of YAML take a plain scalar for.
 *
 * The 1.2 core schema (YAML 1.2.2, 10.3.2) is ours and that of the published
 * schemas. YAML 1.1 readers see more: yes and no, dates, base 60, underscores
 * in numbers. Text that one of them would not show as text must be quoted.
 */
#include <string.h>

#include "config/yaml.h"

static const struct {
	const char	*text;
	enum yaml_word	 word;
} words[] = {
	{ "", YAML_WORD_NULL }, { "~", YAML_WORD_NULL },
	{ "null", YAML_WORD_NULL }, { "Null", YAML_WORD_NULL },
	{ "NULL", YAML_WORD_NULL },
	{ "true", YAML_WORD_BOOLEAN }, { "True", YAML_WORD_BOOLEAN },
	{ "TRUE", YAML_WORD_BOOLEAN }, { "false", YAML_WORD_BOOLEAN },
	{ "False", YAML_WORD_BOOLEAN }, { "FALSE", YAML_WORD_BOOLEAN },
	{ ".inf", YAML_WORD_REAL }, { ".Inf", YAML_WORD_REAL },
	{ ".INF", YAML_WORD_REAL }, { "-.inf", YAML_WORD_REAL },
	{ "-.Inf", YAML_WORD_REAL }, { "-.INF", YAML_WORD_REAL },
	{ "+.inf", YAML_WORD_REAL }, { "+.Inf", YAML_WORD_REAL },
	{ "+.INF", YAML_WORD_REAL }, { ".nan", YAML_WORD_REAL },
	{ ".NaN", YAML_WORD_REAL }, { ".NAN", YAML_WORD_REAL },
	{ "yes", YAML_WORD_OTHER_READERS }, { "Yes", YAML_WORD_OTHER_READERS },
	{ "YES", YAML_WORD_OTHER_READERS }, { "no", YAML_WORD_OTHER_READERS },
	{ "No", YAML_WORD_OTHER_READERS }, { "NO", YAML_WORD_OTHER_READERS },
	{ "on", YAML_WORD_OTHER_READERS }, { "On", YAML_WORD_OTHER_READERS },
	{ "ON", YAML_WORD_OTHER_READERS }, { "off", YAML_WORD_OTHER_READERS },
	{ "Off", YAML_WORD_OTHER_READERS }, { "OFF", YAML_WORD_OTHER_READERS },
	{ "y", YAML_WORD_OTHER_READERS }, { "Y", YAML_WORD_OTHER_READERS },
	{ "n", YAML_WORD_OTHER_READERS }, { "N", YAML_WORD_OTHER_READERS },
	{ "=", YAML_WORD_OTHER_READERS }, { "<<", YAML_WORD_OTHER_READERS },
};

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* How many bytes from at on are all in the set. */
static size_t
run(struct span s, size_t at, const char *set)
{
	size_t n = 0;

	while (at + n < s.len && strchr(set, s.ptr[at + n]) != NULL)
		n++;
	return n;
}

/* "0x1f", "0o17", and with underscores "0b1010". */
static enum yaml_word
word_of_based(struct span s, size_t at)
{
	static const struct {
		char		 mark;
		const char	*digits;
		bool		 core;
	} bases[] = {
		{ 'x', "0123456789abcdefABCDEF", true },
		{ 'o', "01234567", true },
		{ 'x', "0123456789abcdefABCDEF_", false },
		{ 'o', "01234567_", false },
		{ 'b', "01_", false },
	};

	if (s.len - at < 3 || s.ptr[at] != '0')
		return YAML_WORD_TEXT;
	for (size_t i = 0; i < COUNT(bases); i++)
		if (s.ptr[at + 1] == (uint8_t)bases[i].mark &&
		    run(s, at + 2, bases[i].digits) == s.len - at - 2)
			return bases[i].core && at == 0 ? YAML_WORD_INTEGER :
			    YAML_WORD_OTHER_READERS;
	return YAML_WORD_TEXT;
}

/* How often c stands in s. */
static size_t
occurrences(struct span s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == (uint8_t)c ? 1 : 0;
	return n;
}

/* Digits with '.', '_' and ':' among them, perhaps an exponent at the end. */
static enum yaml_word
word_of_number(struct span s, size_t at)
{
	size_t n = run(s, at, "0123456789._:"), end = at + n;
	struct span mantissa = { 0 };

	if (!span_cut(s, at, n, &mantissa) ||
	    run(mantissa, 0, "._:") == mantissa.len)
		return YAML_WORD_TEXT;
	bool exponent = end < s.len && (s.ptr[end] | 0x20) == 'e';
	if (exponent) {
		end += run(s, end + 1, "+-") == 1 ? 2 : 1;
		if (end == s.len || run(s, end, "0123456789") != s.len - end)
			return YAML_WORD_TEXT;
	} else if (end < s.len) {
		return YAML_WORD_TEXT;
	}
	size_t points = occurrences(mantissa, '.');
	if (points > 1 || occurrences(mantissa, '_') > 0 ||
	    occurrences(mantissa, ':') > 0)
		return YAML_WORD_OTHER_READERS;
	return points == 0 && !exponent ? YAML_WORD_INTEGER : YAML_WORD_REAL;
}

/* "2026-01-31", alone or with a time behind it. */
static bool
is_date(struct span s)
{
	size_t month = run(s, 5, "0123456789");
	size_t day = run(s, 6 + month, "0123456789");
	size_t end = 6 + month + day;

	return run(s, 0, "0123456789") == 4 && s.len > 6 + month &&
	    s.ptr[4] == '-' && month >= 1 && month <= 2 &&
	    s.ptr[5 + month] == '-' && day >= 1 && day <= 2 &&
	    (end == s.len || strchr("Tt \t", s.ptr[end]) != NULL);
}

enum yaml_word
yaml_resolve(const struct yaml_node *scalar)
{
	struct span s = scalar->text;

	if (!scalar->plain)
		return YAML_WORD_TEXT;
	for (size_t i = 0; i < COUNT(words); i++)
		if (span_is(s, words[i].text))
			return words[i].word;
	size_t sign = strchr("+-", s.ptr[0]) != NULL ? 1 : 0;
	if (sign == s.len || (!is_digit(s.ptr[sign]) && s.ptr[sign] != '.'))
		return YAML_WORD_TEXT;
	if (is_date(s))
		return YAML_WORD_OTHER_READERS;
	enum yaml_word based = word_of_based(s, sign);
	return based != YAML_WORD_TEXT ? based : word_of_number(s, sign);
}

const char *
yaml_word_name(enum yaml_word word)
{
	static const char *const names[YAML_WORDS] = {
		[YAML_WORD_TEXT] = "text",
		[YAML_WORD_NULL] = "null",
		[YAML_WORD_BOOLEAN] = "a boolean",
		[YAML_WORD_INTEGER] = "a number",
		[YAML_WORD_REAL] = "a number with a fraction",
		[YAML_WORD_OTHER_READERS] =
		    "a number, boolean or date to other readers",
	};

	return names[word];
}

/* allowed_signers - see allowed_signers.h. */
#include <string.h>

#include "base/text.h"
#include "cli/allowed_signers.h"

#define SECOND	1000	/* milliseconds */

/* ---- writing ---- */

/* Their times are whole seconds: "20260701000000Z". */
static void
put_time(const char *name, int64_t seconds, const char **before,
    struct buf *out)
{
	char text[TEXT_TIME_SIZE];

	text_time(seconds * SECOND, text);
	buf_printf(out, "%s%s=\"%.4s%.2s%.2s%.2s%.2s%.2sZ\"", *before, name,
	    text, text + 5, text + 8, text + 11, text + 14, text + 17);
	*before = ",";
}

/*
 * valid-before is the last second that counts (sshsig.c: a time is too late
 * when it is greater), valid-to the first that does not.
 */
void
allowed_signer_write(const struct allowed_signer *s, const char *comment,
    struct buf *out)
{
	const char *before = " ";

	buf_put(out, s->email);
	if (s->authority) {
		buf_text(out, " cert-authority");
		before = ",";
	}
	if (s->name_spaces.len > 0) {
		buf_printf(out, "%snamespaces=\"", before);
		buf_put(out, s->name_spaces);
		buf_text(out, "\"");
		before = ",";
	}
	if (s->valid_from != 0)
		put_time("valid-after", (s->valid_from + SECOND - 1) / SECOND,
		    &before, out);
	if (s->valid_to != 0)
		put_time("valid-before", (s->valid_to - 1) / SECOND, &before,
		    out);
	buf_text(out, " ");
	ssh_key_line(&s->key, comment, out);
	buf_text(out, "\n");
}

bool
allowed_signer_plain(struct span email)
{
	static const char marks[] = "@._%+=/-";
	size_t at = span_find(email, span_text("@"));

	for (size_t i = 0; i < email.len; i++) {
		uint8_t c = email.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    memchr(marks, c, sizeof(marks) - 1) == NULL)
			return false;
	}
	return at != SIZE_MAX && at > 0 && at + 1 < email.len &&
	    span_find(span_from(email, at + 1), span_text("@")) == SIZE_MAX;
}

/* ---- reading ---- */
static bool
bad_line(struct err *e, const char *why, struct span what)
{
	return err_set(e, ERR_PEOPLE_SIGNER, "%s: \"%s\"", why,
	    text_show(what).text);
}

/* The next word; blanks in quotes belong to it. */
static struct span
next_word(struct span *rest)
{
	bool quoted = false;
	size_t n = 0;

	while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
		*rest = span_from(*rest, 1);
	while (n < rest->len && (quoted || (rest->ptr[n] != ' ' &&
	    rest->ptr[n] != '\t')))
		quoted ^= rest->ptr[n++] == '"';
	struct span word = { rest->ptr, n };
	*rest = span_from(*rest, n);
	return word;
}

/* "20260701", "202607011200" or "20260701120000", and "Z". */
static bool
read_time(struct span text, int64_t *seconds, struct err *e)
{
	char form[] = "0000-00-00T00:00:00Z";
	static const size_t places[] = { 0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14,
	    15, 17, 18 };
	size_t digits = text.len == 0 ? 0 : text.len - 1;
	int64_t ms;

	if (!span_ends(text, "Z"))
		return bad_line(e, "a time without Z is another one in each "
		    "time zone", text) || err_hint(e, "write it in UTC, with "
		    "Z behind");
	if (digits != 8 && digits != 12 && digits != 14)
		return bad_line(e, "no time of the form YYYYMMDDHHMMSSZ",
		    text);
	for (size_t i = 0; i < digits; i++)
		form[places[i]] = (char)text.ptr[i];
	if (!text_untime(span_text(form), &ms) || ms <= 0)
		return bad_line(e, "no time of the form YYYYMMDDHHMMSSZ",
		    text);
	*seconds = ms / SECOND;
	return true;
}

static bool
set_name_spaces(struct allowed_signer *s, struct span value, struct err *e)
{
	struct span rest = value, one;

	s->name_spaces = value;
	while (span_split(&rest, ',', &one))
		if (span_is(one, "git"))
			return true;
	return bad_line(e, "the key is not for git", value);
}

static bool
set_from(struct allowed_signer *s, struct span value, struct err *e)
{
	int64_t seconds;

	if (!read_time(value, &seconds, e))
		return false;
	s->valid_from = seconds * SECOND;
	return true;
}

static bool
set_to(struct allowed_signer *s, struct span value, struct err *e)
{
	int64_t seconds;

	if (!read_time(value, &seconds, e))
		return false;
	s->valid_to = (seconds + 1) * SECOND;
	return true;
}

static const struct {
	const char	*name;
	bool		(*set)(struct allowed_signer *, struct span value,
			    struct err *);
} options[] = {
	{ "namespaces", set_name_spaces },
	{ "valid-after", set_from },
	{ "valid-before", set_to },
};

/* NAME="VALUE": cuts it off *rest. */
static bool
read_option(struct span *rest, struct span *name, struct span *value,
    struct err *e)
{
	struct span whole = *rest;
	size_t at = span_find(*rest, span_text("=\""));

	if (at == SIZE_MAX)
		return bad_line(e, "the option cannot be said in people/",
		    whole);
	*name = (struct span){ rest->ptr, at };
	*rest = span_from(*rest, at + 2);
	at = span_find(*rest, span_text("\""));
	if (at == SIZE_MAX)
		return bad_line(e, "a quote has no end", whole);
	*value = (struct span){ rest->ptr, at };
	*rest = span_from(*rest, at + 1);
	if (rest->len > 0 && (!span_starts(*rest, ",") || rest->len == 1))
		return bad_line(e, "no comma between two options", whole);
	*rest = span_from(*rest, 1);
	return true;
}

/* Each option once, as ssh-keygen has it. */
static bool
read_options(struct allowed_signer *s, struct span text, struct err *e)
{
	struct span rest = text, name, value;
	unsigned seen = 0;

	while (rest.len > 0) {
		unsigned i = 0;

		if (!read_option(&rest, &name, &value, e))
			return false;
		while (i < COUNT(options) && !span_is(name, options[i].name))
			i++;
		if (i == COUNT(options))
			return bad_line(e, "the option cannot be said in "
			    "people/", name);
		if ((seen & 1u << i) != 0)
			return bad_line(e, "the option stands twice", name);
		seen |= 1u << i;
		if (!options[i].set(s, value, e))
			return false;
	}
	return true;
}

static bool
is_kind(struct span word)
{
	for (unsigned k = 0; k < SSH_KINDS; k++)
		if (span_is(word, ssh_kind_name(k)))
			return true;
	return false;
}

/* One person, whatever patterns and further addresses they go by. */
static bool
read_email(struct allowed_signer *s, struct span principals, struct err *e)
{
	struct span rest = principals;

	if (!span_split(&rest, ',', &s->email) ||
	    !allowed_signer_plain(s->email))
		return bad_line(e, "no plain e-mail address", principals);
	return true;
}

bool
allowed_signer_read(struct arena *a, struct span line,
    struct allowed_signer *out, struct err *e)
{
	struct allowed_signer s = { .email = { NULL, 0 } };
	struct span rest = line, word;

	if (span_ends(rest, "\r"))
		rest.len--;
	word = next_word(&rest);
	if (word.len == 0 || span_starts(word, "#")) {
		*out = s;
		return true;
	}
	if (!read_email(&s, word, e))
		return false;
	struct span key = rest;
	word = next_word(&rest);
	if (!is_kind(word)) {
		if (!read_options(&s, word, e))
			return false;
		key = rest;
	}
	while (span_starts(key, " ") || span_starts(key, "\t"))
		key = span_from(key, 1);
	if (!ssh_key_parse_line(a, key, &s.key, e))
		return false;
	*out = s;
	return true;
}

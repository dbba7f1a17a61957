/* pem - see pem.h. */
#include "base/text.h"
#include "crypto/pem.h"

#define LINE	64	/* RFC 7468 2: characters of each line but the last */

/* Editors leave carriage returns and blanks at the end of a line. */
static struct span
trimmed(struct span line)
{
	while (span_ends(line, "\r") || span_ends(line, " "))
		line.len--;
	return line;
}

static bool
boundary(struct span line, const char *begin_or_end, const char *label)
{
	CLEANUP(buf_done) struct buf want = { 0 };

	buf_printf(&want, "-----%s %s-----", begin_or_end, label);
	return span_eq(line, buf_span(&want));
}

static bool
body(struct span *rest, const char *label, struct buf *der, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct span line;

	while (span_line(rest, &line)) {
		line = trimmed(line);
		if (!boundary(line, "END", label)) {
			buf_put(&text, line);
			continue;
		}
		if (text.len == 0 || !text_unbase64(buf_span(&text), der))
			break;
		return true;
	}
	return err_set(e, ERR_PEM_MALFORMED, "block \"%s\" is cut short or is "
	    "no base64", label);
}

bool
pem_next(struct span *rest, const char *label, struct buf *der, bool *found,
    struct err *e)
{
	struct span line;

	*found = false;
	while (span_line(rest, &line)) {
		if (!boundary(trimmed(line), "BEGIN", label))
			continue;
		*found = true;
		return body(rest, label, der, e);
	}
	return true;
}

bool
pem_first(struct span text, const char *const *labels, struct arena *a,
    struct span *der, bool *found, struct err *e)
{
	*found = false;
	for (size_t i = 0; labels[i] != NULL && !*found; i++) {
		CLEANUP(buf_done) struct buf b = { 0 };
		struct span rest = text;

		if (!pem_next(&rest, labels[i], &b, found, e))
			return false;
		if (*found && !arena_copy(a, buf_span(&b), der))
			return err_budget(e, a);
	}
	return true;
}

void
pem_write(const char *label, struct span der, struct buf *out)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct span line;

	text_base64(der, &text);
	buf_printf(out, "-----BEGIN %s-----\n", label);
	for (size_t at = 0; at < text.len; at += line.len) {
		line = span_from(buf_span(&text), at);
		if (line.len > LINE)
			line.len = LINE;
		buf_put(out, line);
		buf_u8(out, '\n');
	}
	buf_printf(out, "-----END %s-----\n", label);
}

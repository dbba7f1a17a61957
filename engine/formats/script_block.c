/*
 * script_block - finds, reads and writes the signature block of a script:
 *
 *	text (line break)
 *	# SIG # Begin signature block
 *	# base64, 64 characters to a line
 *	# SIG # End signature block
 *
 * The line break in front belongs to the block and is not hashed. A block is
 * written with CRLF whatever the text has; one whose line breaks a version
 * control system made LF is read too, if all of them are.
 *
 * No unsigned byte may be left where Windows would see code: so nothing follows
 * the block, there is but one, and each of its bytes has one possible value.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "formats/script.h"

#define BASE64_LINE	64
#define LINE_KEPT	48	/* characters: more than any marker has */

enum line_break { BREAK_NONE, BREAK_LF, BREAK_CRLF, BREAK_CR };

static const uint64_t break_units[] = {
	[BREAK_NONE] = 0, [BREAK_LF] = 1, [BREAK_CRLF] = 2, [BREAK_CR] = 1,
};

/* One of the two marker lines. */
struct marker {
	size_t		count;
	uint64_t	at;		/* of the first one */
	uint64_t	next;		/* behind its line break */
	enum line_break	before;		/* of the line in front of it */
	enum line_break	after;
};

struct scan {
	const struct script_style *style;
	struct script_units	 units;
	uint64_t		 next;		/* bytes so far */
	uint64_t		 line_at;
	char			 line[LINE_KEPT];
	size_t			 line_len;	/* may be more than is kept */
	enum line_break		 last;		/* of the line before */
	bool			 cr;		/* LF may follow */
	struct marker		 begin, end;
	size_t			 inside_seen;	/* characters of it */
	uint64_t		 inside_at;	/* of the last; 0: none */
	bool			 inside_mark;	/* only a marker before it */
};

static bool
line_is(const struct scan *s, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(s->line, text, len) == 0;
}

static void
marker_look(struct scan *s, struct marker *m, const char *text, uint64_t next,
    enum line_break after)
{
	if (!line_is(s, s->line_len, text))
		return;
	if (m->count++ > 0)
		return;
	m->at = s->line_at;
	m->next = next;
	m->before = s->last;
	m->after = after;
}

static void
line_end(struct scan *s, uint64_t next, enum line_break after)
{
	marker_look(s, &s->begin, s->style->begin, next, after);
	marker_look(s, &s->end, s->style->end, next, after);
	s->line_at = next;
	s->line_len = 0;
	s->inside_seen = 0;
	s->last = after;
}

/* The first character of `inside` comes but once in it. */
static void
inside_look(struct scan *s, char c, uint64_t size)
{
	const char *text = s->style->inside;

	if (text == NULL)
		return;
	if (c != text[s->inside_seen])
		s->inside_seen = 0;
	if (c == text[s->inside_seen] && text[++s->inside_seen] == '\0') {
		size_t before = s->line_len - s->inside_seen;

		s->inside_at = s->next - s->inside_seen * size;
		s->inside_mark = line_is(s, before, s->style->begin) ||
		    line_is(s, before, s->style->end);
		s->inside_seen = 0;
	}
}

/* A lone CR breaks a line too: some programs read it so. */
static void
scan_unit(struct scan *s, uint16_t unit)
{
	uint64_t size = s->units.wide ? 2 : 1;
	bool cr = s->cr;

	s->cr = unit == '\r';
	if (cr && unit == '\n') {
		line_end(s, s->next, BREAK_CRLF);
		return;
	}
	if (cr)
		line_end(s, s->next - size, BREAK_CR);
	if (unit == '\n')
		line_end(s, s->next, BREAK_LF);
	if (unit == '\r' || unit == '\n')
		return;
	char c = unit < 0x80 ? (char)unit : '\x7f';
	if (s->line_len < LINE_KEPT)
		s->line[s->line_len] = c;
	s->line_len++;
	inside_look(s, c, size);
}

static bool
scan_piece(void *arg, struct span piece, struct err *e)
{
	struct scan *s = arg;
	struct reader r = rd_open(piece);
	uint16_t unit;

	(void)e;
	while (rd_left(&r) > 0) {
		s->next++;
		if (script_unit(&s->units, rd_u8(&r), &unit))
			scan_unit(s, unit);
	}
	return true;
}

static bool
scan_all(const struct subject *f, const struct script *x, struct scan *s,
    struct err *e)
{
	*s = (struct scan){ .style = x->style, .next = x->text_at,
	    .units = script_units(x->encoding), .line_at = x->text_at };
	if (!rope_each(&f->file, x->text_at, f->file.len - x->text_at,
	    scan_piece, s, e))
		return false;
	line_end(s, s->next - (s->units.half ? 1 : 0), s->cr ? BREAK_CR :
	    BREAK_NONE);
	return true;
}

static bool
broken(struct err *e, const char *why)
{
	return err_set(e, ERR_SCRIPT_BLOCK, "the signature block %s", why);
}

static bool
markers_check(const struct scan *s, struct err *e)
{
	const struct marker *b = &s->begin, *n = &s->end;

	if (b->count == 0)
		return broken(e, "has no first line");
	if (n->count == 0)
		return broken(e, "has no last line");
	if (b->count > 1 || n->count > 1)
		return broken(e, "is not the only one");
	if (n->at < b->at)
		return broken(e, "ends before it begins");
	if ((b->after != BREAK_CRLF && b->after != BREAK_LF) ||
	    b->before != b->after)
		return broken(e, "does not begin on a line of its own");
	if (n->before != b->after || (n->after != b->after &&
	    n->after != BREAK_NONE))
		return broken(e, "does not end on a line of its own");
	return true;
}

/* One line of base64 without what is around it. */
static bool
line_take(const struct script_style *style, struct span line, struct buf *text)
{
	size_t before = strlen(style->before), after = strlen(style->after);
	struct span inner;

	if (!span_starts(line, style->before) ||
	    !span_ends(line, style->after) ||
	    !span_cut(line, before, line.len - before - after, &inner) ||
	    inner.len == 0 || inner.len > BASE64_LINE ||
	    text->len % BASE64_LINE != 0)
		return false;
	buf_put(text, inner);
	return true;
}

static bool
lines_read(const struct script_style *style, struct span lines, bool crlf,
    struct buf *der, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct span line;

	while (span_line(&lines, &line)) {
		if (crlf && !span_ends(line, "\r"))
			return broken(e, "has line breaks of two kinds");
		line.len -= crlf ? 1 : 0;
		if (!line_take(style, line, &text))
			return broken(e, "has a line that is none of its own");
	}
	if (text.len == 0)
		return broken(e, "is empty");
	return text_unbase64(buf_span(&text), der) ||
	    broken(e, "is no base64");
}

/* The characters of a block: 7 bits each, whatever the encoding. */
static bool
narrow(enum script_encoding encoding, struct span wide, struct buf *out)
{
	struct script_units units = script_units(encoding);
	struct reader r = rd_open(wide);
	uint16_t unit;

	while (rd_left(&r) > 0) {
		if (!script_unit(&units, rd_u8(&r), &unit))
			continue;
		if (unit > 0x7e)
			return false;
		buf_u8(out, (uint8_t)unit);
	}
	return true;
}

static bool
block_read(const struct subject *f, struct script *x, const struct scan *s,
    struct err *e)
{
	CLEANUP(buf_done) struct buf lines = { 0 }, der = { 0 };
	uint64_t len = s->end.at - s->begin.next;
	struct span bytes;

	if (len > 4 * LIMIT_CMS_SIZE)
		return err_set(e, ERR_LIMIT_SIZE, "a signature block of %llu "
		    "bytes is too large", (unsigned long long)len);
	if (!rope_view(f->arena, &f->file, s->begin.next, len, &bytes, e))
		return false;
	if (!narrow(x->encoding, bytes, &lines))
		return broken(e, "is no base64");
	return lines_read(x->style, buf_span(&lines),
	    s->begin.after == BREAK_CRLF, &der, e) &&
	    (arena_copy(f->arena, buf_span(&der), &x->der) ||
	    err_budget(e, f->arena));
}

/* Where a block belongs, and that this one is there. */
static bool
block_place(const struct subject *f, struct script *x, const struct scan *s,
    struct err *e)
{
	uint64_t size = s->units.wide ? 2 : 1;
	uint64_t behind = x->style->inside != NULL ? s->inside_at :
	    f->file.len;

	if (s->begin.count + s->end.count == 0) {
		x->end = x->rest = behind;
		x->marked = s->inside_mark;
		return true;
	}
	if (!markers_check(s, e))
		return false;
	if (s->end.next != behind)
		return err_set(e, ERR_SCRIPT_TRAILING_DATA, "the signature "
		    "block ends at %llu, where %llu would be its place",
		    (unsigned long long)s->end.next,
		    (unsigned long long)behind);
	x->is_signed = true;
	x->end = s->begin.at - break_units[s->begin.before] * size;
	x->rest = s->end.next;
	return block_read(f, x, s, e);
}

static const struct {
	struct span		mark;
	enum script_encoding	encoding;
} marks[] = {
	{ { (const uint8_t *)"\xef\xbb\xbf", 3 }, SCRIPT_UTF8 },
	{ { (const uint8_t *)"\xff\xfe", 2 }, SCRIPT_UTF16LE },
	{ { (const uint8_t *)"\xfe\xff", 2 }, SCRIPT_UTF16BE },
};

static bool
encoding_find(const struct subject *f, struct script *x, struct err *e)
{
	struct span head, start;

	x->encoding = x->style->bare;
	if (!rope_view(f->arena, &f->file, 0, f->file.len < 3 ? f->file.len :
	    3, &head, e))
		return false;
	for (size_t i = 0; i < COUNT(marks); i++)
		if (span_cut(head, 0, marks[i].mark.len, &start) &&
		    span_eq(start, marks[i].mark)) {
			x->encoding = marks[i].encoding;
			x->text_at = start.len;
		}
	return true;
}

bool
script_parse(const struct subject *f, struct script *out, struct err *e)
{
	struct script x = { 0 };
	struct scan s;

	if (f->file.len > UINT32_MAX)
		return err_set(e, ERR_LIMIT_SIZE, "a script of %llu bytes is "
		    "too large", (unsigned long long)f->file.len);
	if (!script_style_find(f->name, &x.style, e) ||
	    !encoding_find(f, &x, e) || !scan_all(f, &x, &s, e) ||
	    !block_place(f, &x, &s, e))
		return false;
	*out = x;
	return true;
}

bool
script_place(const struct script *x, struct err *e)
{
	if (x->marked)
		return broken(e, "would not be the only one");
	return x->style->inside == NULL || x->rest > 0 || err_set(e,
	    ERR_SCRIPT_JOB, "there is no \"%s\" in front of which the "
	    "signature could be put", x->style->inside);
}

void
script_put_block(const struct script_style *style, struct span der,
    struct buf *out)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct span line;

	text_base64(der, &text);
	buf_printf(out, "\r\n%s\r\n", style->begin);
	for (size_t at = 0; at < text.len; at += line.len) {
		line = span_from(buf_span(&text), at);
		if (line.len > BASE64_LINE)
			line.len = BASE64_LINE;
		buf_text(out, style->before);
		buf_put(out, line);
		buf_printf(out, "%s\r\n", style->after);
	}
	buf_printf(out, "%s\r\n", style->end);
}

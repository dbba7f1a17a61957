/* stream - see stream.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "sys/clock.h"
#include "wire/stream.h"

bool
stream_send(struct channel *c, uint8_t type, struct span body, const int *fds,
    size_t fd_count, int64_t deadline, struct err *e)
{
	struct span part;

	while (body.len > LIMIT_FRAME) {
		if (!span_cut(body, 0, LIMIT_FRAME, &part) ||
		    !channel_send(c, WIRE_PART, part, NULL, 0, deadline, e))
			return false;
		body = span_from(body, LIMIT_FRAME);
	}
	return channel_send(c, type, body, fds, fd_count, deadline, e);
}

static bool
too_long(const struct channel *c, size_t limit, struct err *e)
{
	return err_set(e, ERR_MESSAGE_LONG, "%s sent a message of more than "
	    "%zu bytes", c->peer, limit);
}

bool
stream_receive(struct channel *c, size_t limit, struct message *out,
    int64_t deadline, struct err *e)
{
	CLEANUP(buf_done) struct buf whole = { 0 };

	for (;;) {
		struct message m;

		if (!channel_receive(c, &m, deadline, e))
			return false;
		if (m.type == WIRE_PART && m.body.len != LIMIT_FRAME) {
			err_set(e, ERR_MESSAGE_SHORT, "%s sent a part of %zu "
			    "bytes, not %zu", c->peer, m.body.len,
			    LIMIT_FRAME);
			message_done(&m);
			return false;
		}
		if (m.body.len > limit - whole.len) {
			message_done(&m);
			return too_long(c, limit, e);
		}
		buf_put(&whole, buf_span(&m.body));
		buf_done(&m.body);
		if (m.type == WIRE_PART)
			continue;
		m.body = whole;
		whole = (struct buf){ 0 };
		*out = m;
		return true;
	}
}

bool
stream_expect(struct channel *c, uint8_t type, size_t limit,
    struct message *out, int64_t deadline, struct err *e)
{
	struct message m;

	if (!stream_receive(c, limit, &m, deadline, e))
		return false;
	if (m.type != type) {
		err_set(e, ERR_PROCESS_PROTOCOL, "%s sent a message of type "
		    "%u instead of %u", c->peer, m.type, type);
		message_done(&m);
		return false;
	}
	*out = m;
	return true;
}

/* Who asks next would get this answer: so nobody does. */
static bool
lose(struct channel *c, const struct err *why)
{
	c->lost = !err_is(why, ERR_CHANNEL_CLOSED);
	return false;
}

bool
stream_ask(struct channel *c, const struct stream_question *q,
    struct span body, struct buf *out, struct err *e)
{
	if (c->lost)
		return err_set(e, ERR_CHANNEL_TIMEOUT, "%s did not answer "
		    "what it was asked before", c->peer);
	if (stream_send(c, q->request, body, q->fds, q->fd_count,
	    clock_in(q->patience), e))
		return stream_answer(c, q, out, e);
	return lose(c, e);
}

bool
stream_answer(struct channel *c, const struct stream_question *q,
    struct buf *out, struct err *e)
{
	CLEANUP(message_done) struct message m = { .type = 0 };

	if (!stream_receive(c, q->limit, &m, clock_in(q->patience), e))
		return lose(c, e);
	if (m.type == q->failed) {
		struct reader r = rd_open(buf_span(&m.body));
		struct err theirs;

		if (!wire_get_err(&r, &theirs) || theirs.what == NULL ||
		    !rd_end(&r))
			return wire_malformed(e, "failed");
		*e = theirs;
		return false;
	}
	if (m.type != q->answer) {
		err_set(e, ERR_PROCESS_PROTOCOL, "%s sent a message of "
		    "type %u instead of %u", c->peer, m.type, q->answer);
		return lose(c, e);
	}
	buf_put(out, buf_span(&m.body));
	return true;
}

void
wire_put_err(struct buf *b, const struct err *e)
{
	buf_str(b, span_text(e->what == NULL ? "" : e->what->code));
	buf_str(b, span_text(e->text));
	buf_str(b, span_text(e->hint));
}

static void
copy_text(char *out, size_t size, struct span s)
{
	size_t n = s.len < size - 1 ? s.len : size - 1;

	if (n > 0)
		memcpy(out, s.ptr, n);
	out[n] = '\0';
}

bool
wire_get_err(struct reader *r, struct err *out)
{
	char code[64];
	struct span name = rd_str(r), text = rd_str(r), hint = rd_str(r);

	if (!rd_ok(r))
		return false;
	*out = (struct err){ 0 };
	copy_text(code, sizeof(code), name);
	copy_text(out->text, sizeof(out->text), text);
	copy_text(out->hint, sizeof(out->hint), hint);
	if (code[0] == '\0')
		return true;
	out->what = err_find(code);
	if (out->what == NULL)
		out->what = &err_rows[ERR_PROCESS_PROTOCOL];
	return true;
}

bool
wire_malformed(struct err *e, const char *message)
{
	return err_set(e, ERR_PROCESS_PROTOCOL, "the message '%s' is malformed",
	    message);
}

bool
wire_whole(const struct reader *r, const char *message, struct err *e)
{
	return rd_end(r) || wire_malformed(e, message);
}

void
wire_put_list(struct buf *b, const struct span *items, size_t count)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		buf_str(b, items[i]);
}

bool
wire_get_list(struct reader *r, size_t limit, struct arena *a,
    struct span **out, size_t *count, struct err *e)
{
	size_t n = rd_u32be(r);

	if (!rd_ok(r) || n > limit)
		return wire_malformed(e, "list");
	struct span *items = ARENA_ARRAY(a, struct span, n);
	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++)
		if (!arena_copy(a, rd_str(r), &items[i]))
			return err_budget(e, a);
	if (!rd_ok(r))
		return wire_malformed(e, "list");
	*out = items;
	*count = n;
	return true;
}

bool
wire_text(struct arena *a, struct span s, const char **out, struct err *e)
{
	if (s.len > 0 && memchr(s.ptr, '\0', s.len) != NULL)
		return wire_malformed(e, "text");
	const char *text = arena_text(a, s);
	if (text == NULL)
		return err_budget(e, a);
	*out = text;
	return true;
}

bool
wire_texts(struct arena *a, const struct span *items, size_t count,
    const char *const **out, struct err *e)
{
	const char **texts = ARENA_ARRAY(a, const char *, count + 1);

	if (texts == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++)
		if (!wire_text(a, items[i], &texts[i], e))
			return false;
	*out = texts;
	return true;
}

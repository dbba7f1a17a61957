/* tsa_state - see tsa_state.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/tsa_state.h"
#include "sys/file.h"
#include "sys/random.h"

#define RESERVE		1000	/* numbers at a time */
#define AHEAD		5000	/* ms at a time */
#define LARGEST		(UINT64_MAX >> 1)
#define FILE_LIMIT	200	/* bytes */
#define FORM		"tagseal-tsa 1\nnext %" PRIu64 "\ntime %" PRIu64 "\n"

static void
path_of(const struct tsa_state *s, const char *name, struct buf *out)
{
	buf_printf(out, "%s/%s", s->folder, name);
}

static bool
damaged(const char *path, struct err *e)
{
	return err_set(e, ERR_TSA_STATE, "'%s' is not what an authority wrote",
	    text_show(span_text(path)).text);
}

/* A number without signs, blanks or zeros before it: there is one way. */
static bool
form_read(struct buf *text, uint64_t *next, uint64_t *time)
{
	CLEANUP(buf_done) struct buf again = { 0 };

	if (sscanf(buf_cstr(text), FORM, next, time) != 2)
		return false;
	buf_printf(&again, FORM, *next, *time);
	return span_eq(buf_span(text), buf_span(&again)) &&
	    *next <= LARGEST && *time <= LARGEST;
}

static bool
state_read(struct tsa_state *s, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 }, text = { 0 };
	uint64_t next, time;

	path_of(s, "serials", &path);
	if (!file_load(buf_cstr(&path), FILE_LIMIT, &text, e))
		return err_is(e, ERR_FILE_MISSING) ||
		    (err_is(e, ERR_LIMIT_SIZE) ?
		    damaged(buf_cstr(&path), e) : false);
	if (!form_read(&text, &next, &time))
		return damaged(buf_cstr(&path), e);
	s->next = s->end = next;
	s->last = s->until = (int64_t)time;
	return true;
}

static bool
state_write(const struct tsa_state *s, uint64_t next, int64_t time,
    struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 }, text = { 0 };

	path_of(s, "serials", &path);
	buf_printf(&text, FORM, next, (uint64_t)time);
	return file_replace_span(buf_cstr(&path), buf_span(&text),
	    FILE_PRIVATE, e);
}

bool
tsa_state_open(struct tsa_state *s, const char *folder, int64_t now,
    struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	*s = (struct tsa_state){ .folder = folder, .lock = -1, .next = 1,
	    .end = 1 };
	if (folder == NULL) {
		s->next = (uint64_t)now * 1000;
		s->end = UINT64_MAX;
		s->until = INT64_MAX;
		return true;
	}
	path_of(s, "lock", &path);
	return folder_make(folder, 0700, e) &&
	    file_lock(buf_cstr(&path), &s->lock, e) && state_read(s, e);
}

static bool
reserve(struct tsa_state *s, int64_t now, struct err *e)
{
	uint64_t end = s->next + RESERVE;

	if (s->next < s->end && now <= s->until)
		return true;
	if (!state_write(s, end, now + AHEAD, e))
		return false;
	s->end = end;
	s->until = now + AHEAD;
	return true;
}

bool
tsa_state_next(struct tsa_state *s, int64_t now, uint8_t serial[TSA_SERIAL],
    struct err *e)
{
	char last[TEXT_TIME_SIZE], stated[TEXT_TIME_SIZE];

	if (now < s->last) {
		text_time(s->last, last);
		text_time(now, stated);
		return err_set(e, ERR_TSA_CLOCK_BACK, "it is %s, but "
		    "timestamps were given until %s", stated, last);
	}
	if (!reserve(s, now, e))
		return false;
	random_bytes(serial, TSA_SERIAL);
	put_u64be(serial, s->next++);
	s->last = now;
	return true;
}

bool
tsa_state_end(struct tsa_state *s, struct err *e)
{
	return s->folder == NULL || s->lock < 0 || s->end <= 1 ||
	    state_write(s, s->next, s->last, e);
}

void
tsa_state_done(struct tsa_state *s)
{
	fd_done(&s->lock);
}

bool
tsa_clock_fits(int64_t error, int64_t accuracy, struct err *e)
{
	if (error < 0)
		return err_set(e, ERR_TSA_CLOCK_LOOSE,
		    "the system clock is not synchronised");
	return error <= accuracy || err_set(e, ERR_TSA_CLOCK_LOOSE, "the "
	    "system clock may be wrong by %" PRId64 " ms, the accuracy stated "
	    "is %" PRId64 " ms", error, accuracy);
}

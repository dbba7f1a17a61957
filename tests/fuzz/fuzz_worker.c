/*
 * worker: what a worker and whoever asks it say (wire/worker.h). The first
 * byte chooses the message; one that is read is written as the same bytes.
 */
#include <stdlib.h>

#include "wire/worker.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
job_again(struct span in, struct arena *a, struct buf *out, struct err *e)
{
	struct job v;

	if (!job_read(in, a, &v, e))
		return false;
	job_write(&v, out);
	return true;
}

static bool
level_again(struct span in, struct arena *a, struct buf *out, struct err *e)
{
	struct level v;

	if (!level_read(in, a, &v, e))
		return false;
	level_write(&v, out);
	return true;
}

static bool
sealed_again(struct span in, struct arena *a, struct buf *out, struct err *e)
{
	struct sealed_item *v;
	size_t count;

	if (!sealed_read(in, a, &v, &count, e))
		return false;
	sealed_write(v, count, out);
	return true;
}

/* Codes that this program does not know come back as another: read again. */
static bool
timestamps_again(struct span in, struct arena *a, struct buf *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf again = { 0 };
	struct bad_timestamp *v;
	size_t count;

	(void)out;
	if (!timestamps_read(in, a, &v, &count, e))
		return false;
	timestamps_write(v, count, &again);
	if (!timestamps_read(buf_span(&again), a, &v, &count, e))
		abort();
	return false;
}

static bool
result_again(struct span in, struct arena *a, struct buf *out, struct err *e)
{
	struct job_result v;

	if (!result_read(in, a, &v, e))
		return false;
	result_write(&v, out);
	return true;
}

static bool
issued_again(struct span in, struct arena *a, struct buf *out, struct err *e)
{
	struct issued_item *v;
	size_t count;

	if (!issued_read(in, a, &v, &count, e))
		return false;
	issued_write(v, count, out);
	return true;
}

static bool	(*const messages[])(struct span, struct arena *, struct buf *,
		    struct err *) = {
	job_again, level_again, sealed_again, timestamps_again, result_again,
	issued_again,
};

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)4 << 20);
	CLEANUP(buf_done) struct buf out = { 0 };
	struct span in = { bytes, len };
	struct err e;

	if (len == 0)
		return 0;
	in = span_from(in, 1);
	if (messages[bytes[0] % COUNT(messages)](in, a, &out, &e) &&
	    !span_eq(in, buf_span(&out)))
		abort();
	return 0;
}

/* channel: what the table allows arrives, and nothing else does. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "sys/channel.h"
#include "sys/clock.h"
#include "test.h"

#define SOON	clock_in(20)
#define LATER	clock_in(5000)

enum { FRESH = 1, READY = 2 };

static const struct message_row rows[] = {
	{ 0, "open", FRESH, 0 },
	{ 2, "sign", READY, 0 },
	{ 4, "carry", FRESH | READY, 2 },
	{ 6, "note", CHANNEL_ANY, 0 },
};

struct ends {
	struct channel	here;
	struct channel	there;
};

static int
ends_make(void **state)
{
	struct ends *ends = xcalloc(1, sizeof(*ends));
	struct err e;
	int fds[2];

	assert_ok(channel_pair(fds, &e), &e);
	ends->here = CHANNEL(fds[0], "peer", rows);
	ends->there = CHANNEL(fds[1], "tester", rows);
	*state = ends;
	return 0;
}

static int
ends_free(void **state)
{
	struct ends *ends = *state;

	channel_done(&ends->here);
	channel_done(&ends->there);
	free(ends);
	return 0;
}

static size_t
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Bytes as a peer would send them that does not use our code. */
static void
send_raw(const struct channel *c, struct span bytes, const int *fds, size_t n)
{
	union {
		struct cmsghdr	align;
		char		bytes[CMSG_SPACE(sizeof(int) * 64)];
	} control = { .bytes = { 0 } };
	struct iovec part = { (void *)(uintptr_t)bytes.ptr, bytes.len };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };

	if (n > 0) {
		h.msg_control = control.bytes;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		struct cmsghdr *head = CMSG_FIRSTHDR(&h);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(head), fds, sizeof(int) * n);
	}
	assert_int_equal(sendmsg(c->fd, &h, 0), (ssize_t)bytes.len);
}

static void
refused(struct channel *c, enum err_code code)
{
	struct message m = { 0 };
	struct err e;

	assert_false(channel_receive(c, &m, LATER, &e));
	assert_err(&e, code);
	assert_null(m.body.ptr);
}

static void
a_message_arrives_as_it_was_sent(void **state)
{
	struct ends *ends = *state;
	CLEANUP(message_done) struct message m = { 0 };
	CLEANUP(buf_done) struct buf body = { 0 };
	struct err e;

	buf_u32be(&body, 7);
	buf_str(&body, SPAN_TEXT("acme"));
	assert_ok(channel_send(&ends->there, 0, buf_span(&body), NULL, 0,
	    LATER, &e), &e);
	assert_ok(channel_receive(&ends->here, &m, LATER, &e), &e);
	struct reader r = rd_open(buf_span(&m.body));
	assert_int_equal(m.type, 0);
	assert_int_equal(rd_u32be(&r), 7);
	assert_true(span_is(rd_str(&r), "acme"));
	assert_true(rd_end(&r));
}

static void
empty_and_largest_bodies_pass(void **state)
{
	static const size_t sizes[] = { 0, 1, LIMIT_FRAME };
	struct ends *ends = *state;
	CLEANUP(buf_done) struct buf body = { 0 };
	struct err e;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		CLEANUP(message_done) struct message m = { 0 };

		buf_zero(&body, sizes[i] - body.len);
		assert_ok(channel_send(&ends->there, 6, buf_span(&body), NULL,
		    0, LATER, &e), &e);
		assert_ok(channel_receive(&ends->here, &m, LATER, &e), &e);
		assert_int_equal(m.body.len, sizes[i]);
	}
	buf_u8(&body, 0);
	assert_false(channel_send(&ends->there, 6, buf_span(&body), NULL, 0,
	    LATER, &e));
	assert_err(&e, ERR_MESSAGE_LONG);
}

static void
descriptors_come_along_and_close_on_exec(void **state)
{
	struct ends *ends = *state;
	CLEANUP(fd_done) int file = scratch_file(SPAN_TEXT("contents"));
	struct message m = { 0 };
	char back[8];
	struct err e;

	size_t before = open_descriptors();
	int fds[2] = { file, file };
	assert_ok(channel_send(&ends->there, 4, SPAN_TEXT("x"), fds, 2, LATER,
	    &e), &e);
	assert_ok(channel_receive(&ends->here, &m, LATER, &e), &e);
	assert_int_equal(m.fd_count, 2);
	assert_int_equal(pread(m.fds[1], back, 8, 0), 8);
	assert_memory_equal(back, "contents", 8);
	assert_int_equal(fcntl(m.fds[0], F_GETFD), FD_CLOEXEC);
	int mine = message_take_fd(&m, 0);
	message_done(&m);
	assert_int_equal(open_descriptors(), before + 1);
	assert_int_equal(close(mine), 0);
}

static void
a_wrong_number_of_descriptors_is_refused_and_closed(void **state)
{
	struct ends *ends = *state;
	uint8_t note[] = { 0, 0, 0, 1, 6 }, carry[] = { 0, 0, 0, 1, 4 };
	int fds[40];

	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = STDERR_FILENO;
	size_t before = open_descriptors();
	send_raw(&ends->there, SPAN(note), fds, 1);
	refused(&ends->here, ERR_MESSAGE_DESCRIPTORS);
	send_raw(&ends->there, SPAN(carry), fds, 1);
	refused(&ends->here, ERR_MESSAGE_DESCRIPTORS);
	send_raw(&ends->there, SPAN(carry), fds, 3);
	refused(&ends->here, ERR_MESSAGE_DESCRIPTORS);
	send_raw(&ends->there, SPAN(carry), fds, COUNT(fds));
	refused(&ends->here, ERR_MESSAGE_DESCRIPTORS);
	assert_int_equal(open_descriptors(), before);
}

static void
each_phase_allows_its_own_messages(void **state)
{
	struct ends *ends = *state;
	struct err e;

	for (unsigned phase = FRESH; phase <= READY; phase *= 2) {
		uint8_t good = phase == FRESH ? 0 : 2;
		CLEANUP(message_done) struct message m = { 0 };

		ends->here.phase = phase;
		assert_ok(channel_send(&ends->there, good, (struct span){ 0 },
		    NULL, 0, LATER, &e), &e);
		assert_ok(channel_send(&ends->there, 2 - good,
		    (struct span){ 0 }, NULL, 0, LATER, &e), &e);
		assert_ok(channel_receive(&ends->here, &m, LATER, &e), &e);
		refused(&ends->here, ERR_MESSAGE_PHASE);
	}
}

static void
unknown_types_are_refused(void **state)
{
	struct ends *ends = *state;
	struct err e;

	for (unsigned type = 0; type < 256; type++) {
		if (type <= 6 && type % 2 == 0)
			continue;
		assert_ok(channel_send(&ends->there, (uint8_t)type,
		    (struct span){ 0 }, NULL, 0, LATER, &e), &e);
		refused(&ends->here, ERR_MESSAGE_UNKNOWN);
	}
}

static void
a_frame_must_be_as_long_as_it_says(void **state)
{
	struct ends *ends = *state;
	uint8_t frame[] = { 0, 0, 0, 3, 6, 'a', 'b', 'c' };
	uint8_t huge[LIMIT_FRAME + 6] = { 0, 0, 0x40, 2, 6 };

	for (size_t n = 1; n <= sizeof(frame); n++)
		if (n != 7) {
			send_raw(&ends->there, (struct span){ frame, n },
			    NULL, 0);
			refused(&ends->here, ERR_MESSAGE_SHORT);
		}
	frame[3] = 0;
	send_raw(&ends->there, (struct span){ frame, 5 }, NULL, 0);
	refused(&ends->here, ERR_MESSAGE_SHORT);
	memset(frame, 0xff, 4);
	send_raw(&ends->there, SPAN(frame), NULL, 0);
	refused(&ends->here, ERR_MESSAGE_SHORT);
	send_raw(&ends->there, SPAN(huge), NULL, 0);
	refused(&ends->here, ERR_MESSAGE_LONG);
}

static void
an_ended_peer_is_told_from_a_slow_one(void **state)
{
	struct ends *ends = *state;
	struct message m;
	struct err e;

	assert_false(channel_receive(&ends->here, &m, SOON, &e));
	assert_err(&e, ERR_CHANNEL_TIMEOUT);
	assert_string_equal(e.text, "the peer did not answer in time");
	channel_done(&ends->there);
	refused(&ends->here, ERR_CHANNEL_CLOSED);
	assert_false(channel_send(&ends->here, 6, (struct span){ 0 }, NULL, 0,
	    LATER, &e));
	assert_err(&e, ERR_CHANNEL_CLOSED);
}

static void
sending_to_one_who_does_not_read_ends_at_the_deadline(void **state)
{
	struct ends *ends = *state;
	static const uint8_t body[LIMIT_FRAME];
	struct err e;
	size_t sent = 0;

	while (channel_send(&ends->here, 6, SPAN(body), NULL, 0, SOON, &e) &&
	    sent < 10000)
		sent++;
	assert_err(&e, ERR_CHANNEL_TIMEOUT);
	assert_true(sent > 0);
}

static void
many_channels_are_watched_at_once(void **state)
{
	struct ends *ends = *state;
	struct watch w[] = {
		{ ends->here.fd, true }, { -1, true }, { ends->there.fd, true }
	};
	size_t ready = 9;
	struct err e;

	assert_ok(watch_wait(w, COUNT(w), SOON, &ready, &e), &e);
	assert_int_equal(ready, 0);
	assert_false(w[0].ready || w[1].ready || w[2].ready);
	assert_ok(channel_send(&ends->here, 6, SPAN_TEXT("x"), NULL, 0, LATER,
	    &e), &e);
	assert_ok(watch_wait(w, COUNT(w), LATER, &ready, &e), &e);
	assert_int_equal(ready, 1);
	assert_false(w[0].ready || w[1].ready);
	assert_true(w[2].ready);
	channel_done(&ends->there);
	w[2].fd = -1;
	assert_ok(watch_wait(w, COUNT(w), LATER, &ready, &e), &e);
	assert_true(w[0].ready);	/* at its end */
}

int
main(void)
{
#define WITH_ENDS(f)	cmocka_unit_test_setup_teardown(f, ends_make, ends_free)
	const struct CMUnitTest tests[] = {
		WITH_ENDS(a_message_arrives_as_it_was_sent),
		WITH_ENDS(empty_and_largest_bodies_pass),
		WITH_ENDS(descriptors_come_along_and_close_on_exec),
		WITH_ENDS(a_wrong_number_of_descriptors_is_refused_and_closed),
		WITH_ENDS(each_phase_allows_its_own_messages),
		WITH_ENDS(unknown_types_are_refused),
		WITH_ENDS(a_frame_must_be_as_long_as_it_says),
		WITH_ENDS(an_ended_peer_is_told_from_a_slow_one),
		WITH_ENDS(sending_to_one_who_does_not_read_ends_at_the_deadline),
		WITH_ENDS(many_channels_are_watched_at_once),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}

/*
 * wire - what the processes say to each other: one file per pair, and the
 * small things that all of them use.
 *
 * stream: a message may be longer than a frame. What does not fit goes ahead
 * in frames of type WIRE_PART, each of them full; the frame with the message's
 * own type carries the rest (and the descriptors), and ends it.
 *
 * Includes: base, sys, crypto, artifact.
 */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "sys/channel.h"

#define WIRE_PART	0xf0

/* Every table of messages has this row. */
#define WIRE_PART_ROW	{ WIRE_PART, "part", CHANNEL_ANY, 0 }

/* stream_send sends a message of any length; the descriptors stay ours. */
bool	stream_send(struct channel *, uint8_t type, struct span body,
	    const int *fds, size_t fd_count, int64_t deadline, struct err *)
	    MUST_USE;

/*
 * stream_receive gives the next whole message. One of more than limit bytes
 * is ERR_MESSAGE_LONG. *out is written only on success: message_done it.
 */
bool	stream_receive(struct channel *, size_t limit, struct message *out,
	    int64_t deadline, struct err *) MUST_USE;

/* stream_expect is stream_receive of one type and no other. */
bool	stream_expect(struct channel *, uint8_t type, size_t limit,
	    struct message *out, int64_t deadline, struct err *) MUST_USE;

/* A request, and the two answers that it may have. */
struct stream_question {
	uint8_t		request;
	uint8_t		answer;		/* due */
	uint8_t		failed;		/* whose body is an error */
	size_t		limit;		/* bytes of the answer */
	int64_t		patience;	/* ms for all of it */
	const int	*fds;		/* that go with the request */
	size_t		fd_count;
};

/*
 * stream_ask sends a request and waits for its answer, whose body is appended
 * to out. What the peer answers as failed becomes the error. A channel on which
 * an answer did not come in time, or another than the one due, is of no more
 * use: whatever is asked on it is CHANNEL-TIMEOUT, for what comes next may be
 * the answer to something else.
 */
bool	stream_ask(struct channel *, const struct stream_question *,
	    struct span body, struct buf *out, struct err *) MUST_USE;

/*
 * stream_answer is the second half of stream_ask: the request was sent, here
 * is its answer.
 */
bool	stream_answer(struct channel *, const struct stream_question *,
	    struct buf *out, struct err *) MUST_USE;

/*
 * An error crosses processes as code, text and hint. A code that this program
 * does not have becomes ERR_PROCESS_PROTOCOL.
 */
void	wire_put_err(struct buf *, const struct err *);
bool	wire_get_err(struct reader *, struct err *out) MUST_USE;

/* wire_malformed says that a message's body is not as its table says. */
bool	wire_malformed(struct err *, const char *message);
/* wire_whole ends a reading: all was there, and no more. */
bool	wire_whole(const struct reader *, const char *message, struct err *)
	    MUST_USE;

/* Lists of byte strings: u32be count, then each as u32be length, bytes. */
void	wire_put_list(struct buf *, const struct span *, size_t count);
bool	wire_get_list(struct reader *, size_t limit, struct arena *,
	    struct span **out, size_t *count, struct err *) MUST_USE;

/*
 * wire_text makes a C string of a byte string, in the arena; wire_texts a list
 * of them that ends with NULL. A NUL inside would make another text of it: that
 * is PROCESS-PROTOCOL.
 */
bool	wire_text(struct arena *, struct span, const char **out, struct err *)
	    MUST_USE;
bool	wire_texts(struct arena *, const struct span *, size_t count,
	    const char *const **out, struct err *) MUST_USE;

#endif

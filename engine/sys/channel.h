/*
 * channel - framed messages, and descriptors, between two processes.
 *
 *	u32be length	of what follows: 1 + body
 *	u8    type	a row of the receiver's table
 *	      body	at most LIMIT_FRAME bytes, built with struct buf and
 *			read with struct reader (base/bytes.h)
 *
 * A channel is one end of a pair of SOCK_SEQPACKET sockets: the kernel keeps
 * frames apart, so a frame arrives whole or not at all, and a slow peer cannot
 * stop us in the middle of one. Each end has a table of the messages that it
 * takes: type, the phases in which it may come, and how many descriptors come
 * with it. What the table does not allow never reaches the caller. After any
 * error but CHANNEL-TIMEOUT the peer is not to be trusted: close the channel.
 */
#ifndef SYS_CHANNEL_H
#define SYS_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define CHANNEL_FDS	8	/* descriptors that one frame may carry */
#define CHANNEL_ANY	(~0u)	/* a message that every phase allows */

/* A message that this end takes. */
struct message_row {
	uint8_t		 type;
	const char	*name;		/* "sign", for errors and logs */
	unsigned	 phases;	/* bits: the phases that allow it */
	unsigned	 fds;		/* descriptors it carries, exactly */
};

struct channel {
	int			 fd;
	const char		*peer;	/* "judge", for errors and logs */
	const struct message_row *rows;	/* what may come in */
	size_t			 count;
	unsigned		 phase;	/* the present one: one bit */
	bool			 lost;	/* an answer is due (wire/stream.h) */
};

/*
 * CHANNEL makes a channel of a descriptor, which it takes over, and an array
 * of rows. It begins in phase 1; set .phase to move on.
 */
#define CHANNEL(fd, peer, rows)	channel_open(fd, peer, rows, COUNT(rows))
struct channel	channel_open(int fd, const char *peer,
		    const struct message_row *rows, size_t count);
void		channel_done(struct channel *);

/* channel_pair makes two connected descriptors (close-on-exec). */
bool		channel_pair(int fds[2], struct err *) MUST_USE;

struct message {
	uint8_t		 type;
	struct buf	 body;
	int		 fds[CHANNEL_FDS];	/* -1: taken */
	size_t		 fd_count;
};

/* message_done frees the body and closes the descriptors that nobody took. */
void		message_done(struct message *);

/* message_take_fd hands descriptor i to the caller, who closes it. */
int		message_take_fd(struct message *, size_t i);

/*
 * channel_send sends one frame; the descriptors stay the caller's. The body
 * must not be larger than LIMIT_FRAME. deadline: clock.h.
 * Errors: CHANNEL-CLOSED, CHANNEL-TIMEOUT, MESSAGE-LONG.
 */
bool		channel_send(struct channel *, uint8_t type, struct span body,
		    const int *fds, size_t fd_count, int64_t deadline,
		    struct err *) MUST_USE;

/*
 * channel_receive waits for one frame and checks it against the table. *out is
 * written only on success; call message_done on it.
 * Errors: CHANNEL-CLOSED (end of file), CHANNEL-TIMEOUT, MESSAGE-SHORT,
 * MESSAGE-LONG, MESSAGE-UNKNOWN, MESSAGE-PHASE, MESSAGE-DESCRIPTORS.
 */
bool		channel_receive(struct channel *, struct message *out,
		    int64_t deadline, struct err *) MUST_USE;

/* channel_check refuses a message that the table does not allow now. */
bool		channel_check(const struct channel *, const struct message *,
		    struct err *) MUST_USE;

/* A descriptor to wait for; -1 is passed over. */
struct watch {
	int	fd;
	bool	ready;		/* can be read, or is at its end */
};

/*
 * watch_wait waits until one of many descriptors is ready, or the deadline has
 * passed (then none is). *ready is the number of those.
 */
bool		watch_wait(struct watch *, size_t count, int64_t deadline,
		    size_t *ready, struct err *) MUST_USE;

#endif

/*
 * team - what the supervisor and the processes that it starts say.
 *
 *		<- SETTINGS	its part of the settings, as a file to read
 *		<- LINK		name of a peer: the channel to it, a new one
 *				each time that the peer starts
 *		<- STOP		end what you do, then yourself
 *	SPAWN ->		role: start me one of these
 *		<- SPAWNED	number, and the channel to it
 *		<- REFUSED	error
 *	FATE ->			number, patience: how did it end?
 *		<- ENDED	exit code, signal
 *
 * SETTINGS comes first and once; after STOP no request is answered. A process
 * that is started this way has the channel to the supervisor at
 * PROCESS_CHANNEL and no other descriptor; one that was asked for by SPAWN has
 * the channel to whom it serves there.
 */
#ifndef WIRE_TEAM_H
#define WIRE_TEAM_H

#include "base/bytes.h"
#include "base/err.h"
#include "sys/channel.h"
#include "sys/process.h"

enum team_message {
	TEAM_SPAWN	= 2,
	TEAM_FATE	= 4,
	TEAM_SETTINGS	= 1,
	TEAM_LINK	= 3,
	TEAM_STOP	= 5,
	TEAM_SPAWNED	= 7,
	TEAM_REFUSED	= 9,
	TEAM_ENDED	= 11,
};

extern const struct message_row team_requests[];	/* to the supervisor */
extern const size_t team_request_count;
extern const struct message_row team_orders[];		/* from it */
extern const size_t team_order_count;

/* With this exit code a process says: do not start me again (wrong PIN). */
#define TEAM_STAY_DOWN	78

#define TEAM_PEER_SIZE	32	/* bytes of a role's name with its NUL */

/* What the supervisor tells a process. */
enum order_kind {
	ORDER_SETTINGS,		/* fd: a file, to be read with file_load_fd */
	ORDER_LINK,		/* fd: the new channel to peer */
	ORDER_STOP,
};

struct order {
	enum order_kind	kind;
	char		peer[TEAM_PEER_SIZE];
	int		fd;	/* whoever gets the order closes it */
};

#define SEAT_ORDERS	16

/* A process's side of the channel to the supervisor. */
struct seat {
	struct channel	supervisor;
	struct order	waiting[SEAT_ORDERS];	/* came while we asked */
	size_t		count;
};

/* seat_open takes the descriptor over; seat_done closes what is open. */
struct seat	seat_open(int fd);
void		seat_done(struct seat *);

/*
 * seat_order gives the next order; CHANNEL-TIMEOUT when none came. Poll
 * supervisor.fd only while seat_waiting is false.
 */
bool		seat_order(struct seat *, struct order *out, int64_t deadline,
		    struct err *) MUST_USE;
bool		seat_waiting(const struct seat *);

/*
 * seat_spawn asks for a worker, checker or verifier: *fd is the channel to it,
 * which the caller closes, *number names it for seat_fate. Orders that come
 * meanwhile are kept for seat_order.
 */
bool		seat_spawn(struct seat *, const char *role, int *fd,
		    uint32_t *number, int64_t deadline, struct err *) MUST_USE;

/*
 * seat_fate asks how one that was spawned has ended; one that still runs after
 * patience (ms, at most FATE_PATIENCE) is killed. It can be asked once for
 * each.
 */
#define FATE_PATIENCE	10000
bool		seat_fate(struct seat *, uint32_t number, uint32_t patience,
		    struct process_end *out, int64_t deadline, struct err *)
		    MUST_USE;

#endif

/*
 * blob - questions that are larger than a frame.
 *
 * A blob is a file in memory whose descriptor goes with a frame: payloads,
 * keyrings and reports travel so. The one who gets it reads it once, within a
 * limit, into memory of its own.
 */
#ifndef SYS_BLOB_H
#define SYS_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "sys/channel.h"

/* blob_send is channel_send with blobs in place of descriptors. */
bool	blob_send(struct channel *, uint8_t type, struct span body,
	    const struct span *blobs, size_t count, int64_t deadline,
	    struct err *) MUST_USE;

/* blob_take appends blob i of a message to out. Errors: LIMIT-SIZE, ... */
bool	blob_take(struct message *, size_t i, uint64_t limit, struct buf *out,
	    struct err *) MUST_USE;

/* Who asks: a channel, and how long one answer may take. */
struct blob_asker {
	struct channel	*channel;
	int64_t		 patience;	/* milliseconds */
};

/*
 * blob_ask sends one frame with blobs; blob_hear waits for an answer, whose
 * body it appends. asker is a struct blob_asker: the shape of functions for
 * those who must not know of channels (git/openpgp_protocol.h).
 */
bool	blob_ask(void *asker, uint8_t type, struct span body,
	    const struct span *blobs, size_t count, struct err *) MUST_USE;
bool	blob_hear(void *asker, uint8_t *type, struct buf *body,
	    struct err *) MUST_USE;

#endif

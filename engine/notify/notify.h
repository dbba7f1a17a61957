/*
 * notify - what people and their programs are told of an event of the ledger.
 *
 * A channel is a way of telling: a row of a table that turns a notice into the
 * bytes that are sent. Who sends them, to whom, and how often, is not known
 * here.
 *
 * Includes: base.
 */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/json.h"

/* One who reads of a project's releases. */
struct notice_person {
	struct span	person;		/* "person/alice" */
	struct span	name;
	struct span	email;
};

struct notice_text {
	struct span		 organization;
	struct span		 ledger;	/* its id */
	struct span		 id;	/* hex: SHA-256 of the event's bytes */
	struct span		 summary;	/* one line */
	const struct json	*event;
	const struct notice_person *readers;	/* of the event's project */
	size_t			 reader_count;
};

struct channel_row {
	const char	*name;		/* as tagseal.yaml calls it */
	const char	*type;		/* Content-Type */
	void		(*render)(const struct notice_text *, struct buf *out);
};

/* notice_channels is the table of ways to tell. */
extern const struct channel_row notice_channels[];
extern const size_t notice_channel_count;

/* notice_channel_find gives the row of a name, or NULL. */
const struct channel_row *notice_channel_find(struct span name);

/* webhook_render is the body of the channel "webhook": see docs/webhook.md. */
void	webhook_render(const struct notice_text *, struct buf *out);

/*
 * webhook_signed is what a webhook's signature is over: its id, the seconds
 * since 1970 at which it is sent, its body (Standard Webhooks 1.0).
 */
void	webhook_signed(struct span id, uint64_t seconds, struct span body,
	    struct buf *out);

#endif

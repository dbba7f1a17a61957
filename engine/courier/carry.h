/*
 * carry - private to courier/: one function for each request of
 * wire/courier.h. It reads the message, does what it says, and appends the
 * body of the answer. What lives only that long is in the arena.
 */
#ifndef COURIER_CARRY_H
#define COURIER_CARRY_H

#include "courier/settings.h"

typedef bool carries(const struct courier *, struct message *, struct arena *,
    struct buf *answer, struct err *);

carries	carry_stamps;
carries	carry_fetch;
carries	carry_push;
carries	carry_download;
carries	carry_lfs;
carries	carry_publication;
carries	carry_query;
carries	carry_cosign;
carries	carry_enroll;
carries	carry_notice;

#endif

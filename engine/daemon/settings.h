/*
 * settings - private to daemon/: what each process is given of engine.yaml, in
 * the form in which it goes to it.
 */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include "config/host.h"
#include "daemon/engine.h"
#include "daemon/state.h"

/* What all three are made from. */
struct source {
	const struct engine_file	*file;
	const struct engine_terms	*terms;
	const struct state		*state;
	struct arena			*arena;
};

/*
 * courier_part holds the secrets: wipe it. quiet: no log. Errors: see
 * engine_open.
 */
bool	courier_part(const struct source *, bool quiet, struct buf *out,
	    struct err *) MUST_USE;
bool	signer_part(const struct source *, struct buf *out, struct err *)
	    MUST_USE;
bool	judge_part(const struct source *, struct buf *out, struct err *)
	    MUST_USE;

/* buf_wipe overwrites and frees what may hold secrets. */
void	buf_wipe(struct buf *);

#endif

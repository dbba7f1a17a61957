/*
 * state - what lies below engine.yaml's 'state', and who owns it. Private to
 * daemon/, but for the names.
 *
 *	lock		held by the one engine that works here
 *	courier/	mirrors: the courier writes, the judge reads
 *	judge/		ledger.git: the judge writes, the courier reads
 *	signer/state	the signer's alone
 *	recovery/	the operator's: `tagseal recover apply` writes, the
 *			judge reads
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include "config/host.h"

#define STATE_MODE	0711	/* users pass through; none looks around */
#define RECOVERY_FOLDER	"recovery"	/* judge/recovery.h: what is in it */

struct state {
	struct span	 mirrors;	/* courier/ */
	struct span	 judge;		/* judge/ */
	struct span	 ledger;	/* judge/ledger.git */
	struct span	 recovery;	/* recovery/ */
	struct span	 signer;	/* signer/state */
	/* System users of the processes; empty: they stay who we are. */
	struct span	 courier_user;
	struct span	 judge_user;
	struct span	 worker_user;
	struct span	 signer_user;
	int		 lock;
};

/*
 * state_lay takes the lock, then makes the folders and gives them to their
 * users. Users count when we are root: one that engine.yaml names must exist,
 * one that is only the default may be missing. The texts lie in the arena and
 * end with NUL, but for the users'. Errors: FILE-LOCKED, SANDBOX-USER, those
 * of folder_make.
 */
bool	state_lay(const struct engine_file *, struct arena *,
	    struct state *out, struct err *) MUST_USE;
void	state_done(struct state *);

#endif

/*
 * engine - from engine.yaml to a running team: courier, signer and judge, and
 * the workers, checkers and verifiers that the judge asks for.
 *
 *	CLEANUP(engine_done) struct engine *engine = NULL;
 *
 *	if (!engine_open(&file, &terms, &engine, e) ||
 *	    !engine_run(engine, &code, e))
 *		return false;
 *
 * Each process is given its part (daemon/settings.h) and no more: secrets of
 * credentials are read here and go to the courier; of PINs only the place goes
 * to the signer, which reads them itself.
 *
 * Includes: base, sys, wire, config.
 */
#ifndef DAEMON_ENGINE_H
#define DAEMON_ENGINE_H

#include "config/host.h"
#include "daemon/team.h"

struct engine_terms {
	bool	once;		/* one pass of the judge, then the end */
	bool	begins;		/* the judge writes genesis, then the end */
};

struct engine;

/*
 * engine_open locks the state folder, makes what belongs below it, reads the
 * secrets and plans the team. The file's texts must outlive *out. What is made
 * from here on may be read by all users (umask 022): courier and judge read
 * what the other wrote. Errors: FILE-LOCKED, SANDBOX-USER, SECRET-SOURCE,
 * SECRET-EXPOSED, CONFIG-VALUE.
 */
bool	engine_open(const struct engine_file *, const struct engine_terms *,
	    struct engine **out, struct err *) MUST_USE;
void	engine_free(struct engine *);
DEFINE_CLEANUP(struct engine, engine_done, engine_free);

/* engine_plan shows what would be run. */
const struct team_plan *engine_plan(const struct engine *);

/* engine_run hides our memory and runs the team; *code as team_run has it. */
bool	engine_run(struct engine *, int *code, struct err *) MUST_USE;

#endif

/*
 * settings - what an engine's signer makes of its part of engine.yaml (inside
 * of signer/).
 */
#ifndef SIGNER_SETTINGS_H
#define SIGNER_SETTINGS_H

#include "signer/signer.h"
#include "wire/settings.h"

/* Start it with part_new; what the terms point to lives in the arena. */
struct signer_part {
	struct arena		*arena;
	struct signer_settings	 given;
	struct log		 log;
	struct signer_terms	 terms;
	struct sandbox_report	 sandbox;
};

/* part_new makes one that can log, to standard error. */
struct signer_part part_new(void);
void	part_done(struct signer_part *);

/*
 * part_load reads the settings, which stay the caller's to close, and opens
 * the state file that they name. Errors: PROCESS-PROTOCOL, NOTE-KEY, those of
 * state_open.
 */
bool	part_load(struct signer_part *, int fd, struct err *) MUST_USE;

/*
 * part_confine enters the sandbox with what the tokens are declared to need.
 * The state file is not among it: it is open. What is in force then stands in
 * the terms.
 */
bool	part_confine(struct signer_part *, struct err *) MUST_USE;

#endif

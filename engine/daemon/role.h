/*
 * role - one process of a team, and the channel to it. Inside of daemon/ only.
 */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

#include "base/err.h"
#include "sys/process.h"

/*
 * Starts what a plan says but for what it inherits: its descriptor
 * PROCESS_CHANNEL is one end of a pair; file: at PROCESS_FIRST_FD, or -1.
 */
bool	role_start(struct process_plan, int file, struct process *out,
	    int *end, struct err *) MUST_USE;

#endif

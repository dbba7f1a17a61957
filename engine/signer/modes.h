/* modes - the ways in which the role "signer" works (inside of signer/). */
#ifndef SIGNER_MODES_H
#define SIGNER_MODES_H

/* signer_command serves a command line; its arguments stand in command.c. */
int	signer_command(int argc, char **argv);

/* signer_team is a member of a team; the supervisor's channel says the rest. */
int	signer_team(void);

#endif

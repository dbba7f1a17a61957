/*
 * judge - the process that decides: it verifies the config repo, release refs
 * and approvals, writes the ledger, and hands out work. It has neither network
 * nor keys.
 *
 * Includes: base, sys, wire, crypto, artifact, git, config, policy, ledger.
 */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

/* judge_main is the main of the role "judge", a member of a team. */
int	judge_main(int argc, char **argv);

#endif

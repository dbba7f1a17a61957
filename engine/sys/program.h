/*
 * program - the file that a role is run from: tagseal-ROLE beside the program
 * that runs now. It knows this role alone, and so needs few libraries. A
 * program whose own name does not begin with "tagseal" (a test) serves in the
 * role itself.
 */
#ifndef SYS_PROGRAM_H
#define SYS_PROGRAM_H

#include <stdbool.h>

#include "base/err.h"

/*
 * program_open gives a descriptor (O_PATH) to start the role's program with;
 * the caller closes it. Who starts a role more than once keeps it open: then a
 * new version that is installed meanwhile is not mixed with the old one.
 * Errors: PROCESS-START.
 */
bool	program_open(const char *role, int *fd, struct err *) MUST_USE;

/*
 * program_begin is what every main of ours calls first: a file that grows too
 * large is an error of the write, not the end of the process.
 */
void	program_begin(void);

/*
 * program_become runs another program beside ours in our place, with these
 * arguments; it gives false, or does not return. Errors: PROCESS-START.
 */
bool	program_become(const char *name, char **argv, struct err *);

#endif

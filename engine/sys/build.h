/*
 * build - which build of the program this is.
 *
 * The linker writes an id over what it has made into a note of the executable
 * (ELF, NT_GNU_BUILD_ID): the same sources by the same tools have the same one.
 */
#ifndef SYS_BUILD_H
#define SYS_BUILD_H

/* build_id is this executable's in hex, or "" if the linker wrote none. */
const char	*build_id(void);

/*
 * build_id_of is that of the program of a role (program.h). The same as ours
 * in form; it lives until the next call.
 */
const char	*build_id_of(const char *role);

#endif

/* scratch - a folder that a group of tests works in, and that goes with it. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdlib.h>
#include <unistd.h>

static char scratch_folder[] = "/tmp/tagseal-scratch-XXXXXX";

static inline int
scratch_enter(void **state)
{
	(void)state;
	return mkdtemp(scratch_folder) == NULL || chdir(scratch_folder) != 0;
}

static inline int
scratch_leave(void **state)
{
	(void)state;
	return system("find . -mindepth 1 -delete") != 0 ||
	    chdir("/") != 0 || rmdir(scratch_folder) != 0;
}

#endif

/*
 * outputs - where the outputs of one or more files go: --output, a folder, or
 * the place of the file itself.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "base/arena.h"
#include "cli/cli.h"

/* The options besides --output; put them into the command's table. */
#define OUTPUTS_OPTIONS							\
	{ "output-folder", 0, "DIR", "each file's output goes there, under "\
	    "its own name", false },					\
	{ "in-place", 0, NULL, "each file is replaced by its output", false }

/*
 * outputs_plan gives one path for each argument, in the arena. suffix is put
 * behind a name that the file has itself ("" or ".p7s"). Nothing is written.
 * Errors: USAGE (not exactly one way is given, or --output for several files;
 * two outputs have the same name, or one that of another file), FILE-MISSING
 * and FILE-KIND (the folder).
 */
bool	outputs_plan(const struct invocation *, const char *suffix,
	    struct arena *, const char *const **out, struct err *) MUST_USE;

#endif

/*
 * engine_file - engine.yaml as a command reads it, and the team that it asks
 * for.
 */
#ifndef CLI_ENGINE_FILE_H
#define CLI_ENGINE_FILE_H

#include "config/host.h"
#include "daemon/engine.h"

#define ENGINE_FILE_DEFAULT	"/etc/tagseal/engine.yaml"

/* Bytes of all that is read from it. */
#define ENGINE_FILE_MEMORY	((size_t)16 << 20)

/*
 * engine_file_load reads engine.yaml into the arena. The file must be root's
 * or ours, and nobody else may write it: it says whom the engine trusts. All
 * its errors but the last are printed. Errors: ENGINE-EXPOSED, those of
 * file_open and engine_file_parse.
 */
bool	engine_file_load(const char *path, struct arena *,
	    struct engine_file *out, struct err *) MUST_USE;

/* engine_file_run is engine_open and engine_run. */
bool	engine_file_run(const struct engine_file *,
	    const struct engine_terms *, int *code, struct err *) MUST_USE;

#endif

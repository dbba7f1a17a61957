/*
 * sign_progress - one line on a terminal while files are signed: level, files,
 * signatures, timestamps, bytes.
 */
#ifndef CLI_SIGN_PROGRESS_H
#define CLI_SIGN_PROGRESS_H

#include "artifact/resolved.h"
#include "judge/seal.h"

struct progress_file;

/* All zero: nothing is shown. */
struct sign_progress {
	bool			 shown;
	struct progress_file	*files;		/* to be signed, by path */
	size_t			 file_count;
	uint64_t		 bytes;		/* of all of them */
	size_t			 done_files;
	uint64_t		 done_bytes;
};

/* sign_progress_tree takes what will be signed from a worker's tree. */
bool	sign_progress_tree(struct sign_progress *, struct resolved *root,
	    struct arena *, struct err *) MUST_USE;

/* sign_progress_level: these are signed now. */
void	sign_progress_level(struct sign_progress *, const struct level *);

/* sign_progress_show prints the line anew; sign_progress_end ends it. */
void	sign_progress_show(const struct sign_progress *,
	    const struct seal_progress *);
void	sign_progress_end(const struct sign_progress *);

#endif

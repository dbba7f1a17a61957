/*
 * export_folder - a folder that appears when all of it is there, with the
 * SHA-256 of each file in SHA256SUMS.
 */
#ifndef CLI_EXPORT_FOLDER_H
#define CLI_EXPORT_FOLDER_H

#include <stdio.h>

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"

struct export_folder {
	const char	*target;
	struct buf	 path;		/* of the temporary one; empty: none */
	FILE		*sums;
	struct digest	 all;		/* of SHA256SUMS, when it ended */
};

/*
 * export_folder_begin makes a temporary folder beside target, which must not be
 * there. Errors: FILE-EXISTS, FILE-MISSING (what it should lie in),
 * FILE-ACCESS.
 */
bool	export_folder_begin(const char *target, struct export_folder *,
	    struct err *) MUST_USE;
/* Syncs all of it and gives it its name. Errors: FILE-EXISTS, SYSTEM-WRITE. */
bool	export_folder_end(struct export_folder *, struct err *) MUST_USE;
/* Removes what was not ended. */
void	export_folder_done(struct export_folder *);

/* A file in it that is being written; close or drop it. */
struct export_file {
	struct export_folder	*folder;
	const char		*name;
	FILE			*out;
	struct hasher		*hasher;
};

/* name ("receipts/x") must outlive the file; its folder is made. */
bool	export_file_open(struct export_folder *, const char *name,
	    struct export_file *, struct err *) MUST_USE;
/* export_file_put fits struct bundle_sink. */
bool	export_file_put(void *file, struct span, struct err *) MUST_USE;
bool	export_file_close(struct export_file *, struct err *) MUST_USE;
void	export_file_drop(struct export_file *);

/* All of a file at once. */
bool	export_file_write(struct export_folder *, const char *name,
	    struct span, struct err *) MUST_USE;
/* Whether a file has been written under that name. */
bool	export_file_there(const struct export_folder *, const char *name);

#endif

/* catalog_folder - the files of a folder, for a catalog. */
#ifndef CLI_CATALOG_FOLDER_H
#define CLI_CATALOG_FOLDER_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct folder_file {
	const char	*path;		/* to open it by */
	struct span	 relative;	/* to the folder */
	uint64_t	 size;
	const char	*skipped;	/* why, or NULL: it is not */
};

struct folder_files {
	struct folder_file	*items;
	size_t			 count;
};

/*
 * folder_files_read lists all files below a folder in the order of their
 * names, byte by byte; links are not followed. The file `besides` is left out:
 * the catalog itself, if it is there already. Errors: FILE-MISSING,
 * FILE-ACCESS, LIMIT-SIZE.
 */
bool	folder_files_read(const char *folder, const char *besides,
	    struct arena *, struct folder_files *out, struct err *) MUST_USE;

#endif

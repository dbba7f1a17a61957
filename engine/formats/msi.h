/*
 * msi - what the files of the installer format share; see msi.c for the
 * picture. Private to this folder, and for tests.
 */
#ifndef FORMATS_MSI_H
#define FORMATS_MSI_H

#include "containers/compound.h"
#include "formats/formats.h"

struct msi_file {
	struct compound	 compound;
	bool		 is_installer;	/* else a document or the like */
	size_t		 signature;	/* number of the stream, or SIZE_MAX */
	size_t		 extended;	/* the same, of what covers metadata */
	struct span	 der;		/* empty: not signed */
	struct span	 stored;	/* contents of extended */
};

/*
 * msi_parse reads a file; of another kind of compound file, nothing is looked
 * at. Errors: those of compound_read; ERR_LIMIT_SIZE.
 */
bool	msi_parse(const struct subject *, struct msi_file *, struct err *)
	    MUST_USE;

/* msi_metadata is the digest of names, sizes, classes, state bits and times. */
void	msi_metadata(const struct msi_file *, enum digest_kind,
	    struct digest *out);

/*
 * msi_digest is what a signature is over: contents, and the digest of the
 * metadata before them unless it is NULL.
 */
bool	msi_digest(const struct msi_file *, enum digest_kind,
	    const struct digest *metadata, struct digest *out, struct err *)
	    MUST_USE;

bool	msi_facts(const struct subject *, struct facts *, struct err *);

extern const struct format msi_format;

#endif

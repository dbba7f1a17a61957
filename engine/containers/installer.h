/*
 * installer - what is known of a file of Windows Installer without its tables:
 * the class of its root storage, and the streams that are not of the database.
 * For whoever signs such files and for whoever looks inside.
 */
#ifndef CONTAINERS_INSTALLER_H
#define CONTAINERS_INSTALLER_H

#include "containers/compound.h"

enum installer_kind {
	INSTALLER_NONE,		/* a document or the like */
	INSTALLER_PACKAGE,	/* or a merge module */
	INSTALLER_TRANSFORM,
	INSTALLER_PATCH
};

/* installer_kind tells what a class of a root storage stands for. */
enum installer_kind installer_kind(struct span class);

/* The streams of the root that no signature covers. */
#define INSTALLER_SIGNATURE	"\5DigitalSignature"
#define INSTALLER_EXTENDED	"\5MsiDigitalSignatureEx"

/* installer_signature tells that an entry is one of them. */
bool	installer_signature(const struct compound *, size_t number);

/*
 * installer_find finds a stream of the root by its name in UTF-8, not packed
 * as the names of the database are, or gives SIZE_MAX.
 */
size_t	installer_find(const struct compound *, const char *name) MUST_USE;

#endif

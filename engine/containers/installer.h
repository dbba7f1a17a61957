/*
 * installer - what is known of a file of Windows Installer without its tables:
 * the class of its root storage, and the streams that are not of the database.
 * For whoever signs such files and for whoever looks inside.
 */
#ifndef CONTAINERS_INSTALLER_H
#define CONTAINERS_INSTALLER_H

#include "base/arena.h"
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

/*
 * installer_utf8 turns text of this code page into UTF-8: ASCII, UTF-8 and
 * Windows-1252, else ERR_MSI_CODE_PAGE.
 */
bool	installer_utf8(unsigned code_page, struct span, struct buf *out,
	    struct err *) MUST_USE;

/* The summary information, a property set: see msi_summary.c. */
struct installer_summary {
	struct span	 set;
	uint32_t	 count;		/* of properties */
	unsigned	 code_page;	/* 0: it does not say */
	bool		 there;
	const char	*broken;	/* "is malformed": nothing can be said;
					 * else NULL */
};

/* installer_summary reads it. Errors: those of rope_view. */
bool	installer_summary(const struct compound *, struct arena *,
	    struct installer_summary *out, struct err *) MUST_USE;

/* Types of properties. */
#define INSTALLER_I2	2U
#define INSTALLER_I4	3U
#define INSTALLER_TEXT	30U

/*
 * installer_property finds the property of this name: value is at its type,
 * 32 bits. false: there is none, or two.
 */
bool	installer_property(const struct installer_summary *, uint32_t name,
	    struct reader *value) MUST_USE;

#endif

/*
 * compound_format - numbers of [MS-CFB] that the reader and the writer share.
 * Private to this folder.
 *
 *	header, one sector: 512 bytes, in version 4 zeros up to 4096
 *	sector 0, sector 1, ...
 *
 * A FAT entry names the sector that follows in the chain of its stream. The
 * sectors of the FAT are listed in the header and, past 109, in the chain of
 * the DIFAT. Streams under 4096 bytes lie in pieces of 64 in the mini stream,
 * which is the root entry's own; the mini FAT chains them.
 */
#ifndef CONTAINERS_COMPOUND_FORMAT_H
#define CONTAINERS_COMPOUND_FORMAT_H

#include "containers/compound.h"

#define COMPOUND_HEADER		512	/* bytes, in both versions */
#define COMPOUND_MAGIC		0xe11ab1a1e011cfd0ULL
#define COMPOUND_BYTE_ORDER	0xfffe
#define COMPOUND_MINI_SHIFT	6
#define COMPOUND_MINI		64	/* bytes of a mini sector */
#define COMPOUND_CUTOFF		4096	/* streams from here on: no mini */
#define COMPOUND_LISTED		109	/* FAT sectors in the header */
#define COMPOUND_ENTRY		128	/* bytes of a directory entry */
#define COMPOUND_NAME		64	/* bytes of a name with its NUL */

/* Fields of the header. */
#define COMPOUND_AT_VERSION	24
#define COMPOUND_AT_FAT_COUNT	44
#define COMPOUND_AT_DIRECTORY	48
#define COMPOUND_AT_CUTOFF	56
#define COMPOUND_AT_LIST	76

/* Fields of a directory entry. */
#define COMPOUND_AT_LINKS	68	/* left, right, child */
#define COMPOUND_AT_CLASS	80

/* Numbers that are no sectors. */
#define COMPOUND_DIFAT		0xfffffffcU
#define COMPOUND_FAT		0xfffffffdU
#define COMPOUND_END		0xfffffffeU
#define COMPOUND_FREE		0xffffffffU
#define COMPOUND_NONE		0xffffffffU	/* no entry */

/* The two versions: sectors of 1 << shift bytes. */
#define COMPOUND_SHIFT(version)	((version) == 3 ? 9U : 12U)

/* compound_tree reads the directory; contents stay empty, starts are given. */
struct compound_start {
	uint32_t	sector;
	uint64_t	size;
};
bool	compound_tree(struct span directory, struct arena *,
	    struct compound *, struct compound_start **starts, struct err *)
	    MUST_USE;

#endif

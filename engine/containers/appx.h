/*
 * appx - app packages and bundles of Windows: ZIP archives with rules of their
 * own. containers/appx*.c take them apart and put them together,
 * formats/appx*.c sign them. See appx.c for the picture.
 */
#ifndef CONTAINERS_APPX_H
#define CONTAINERS_APPX_H

#include "containers/zip.h"
#include "crypto/digest.h"
#include "crypto/xml.h"

/* The files that make a ZIP archive a package: rows of a table in appx_read. */
enum appx_part {
	APPX_CONTENT_TYPES,
	APPX_BLOCK_MAP,
	APPX_MANIFEST,
	APPX_BUNDLE_MANIFEST,
	APPX_CODE_INTEGRITY,
	APPX_SIGNATURE,
	APPX_PARTS
};

#define APPX_NONE	SIZE_MAX	/* index of a part that is not there */
#define APPX_BLOCK	((uint64_t)64 << 10)	/* unpacked bytes */

/* One block of a file, as the block map tells it. */
struct appx_block {
	struct span	hash;		/* base64 */
	struct span	size;		/* packed bytes, decimal; or empty */
};

/* One file of the block map. */
struct appx_file {
	struct span		 name;	/* '\\' between segments */
	uint64_t		 size;
	uint64_t		 local;	/* bytes of its local header */
	struct appx_block	*blocks;
	size_t			 block_count;
	bool			 plain;	/* nothing in it but this */
};

/* One name as the block map and manifests have it, and whose it is. */
struct appx_name {
	struct span	name;
	size_t		entry;
};

/* A package that a bundle's manifest says to lie in it. */
struct appx_package {
	size_t		tag;		/* number of its element */
	size_t		entry;
	uint64_t	offset;		/* of its data in the bundle */
	uint64_t	size;
};

struct appx {
	struct rope	 file;
	struct zip	*zip;		/* with the signature's entry */
	struct zip	 bare;		/* without it: it is the last */
	bool		 is_signed;
	bool		 is_bundle;
	size_t		 parts[APPX_PARTS];	/* indices of entries */
	struct span	 text[APPX_PARTS];	/* contents; not of
						 * APPX_CODE_INTEGRITY */
	enum digest_kind kind;		/* of all hashes in the block map */
	struct appx_name *names;	/* of bare, sorted */
	struct appx_file *files;	/* of the block map, in its order */
	size_t		 file_count;
	size_t		*mapped;	/* by entry: its file, or APPX_NONE */
	bool		*held;		/* by entry: a sift has found it to be
					 * as the block map has it */
	struct appx_package *packages;	/* of a bundle */
	size_t		 package_count;
	size_t		*inner;		/* by entry: its package, or
					 * APPX_NONE */
};

/*
 * appx_read reads a package or bundle; contents of files are not looked at.
 * Errors: those of zip, APPX-PART, APPX-ARCHIVE, APPX-BLOCK-MAP.
 */
bool	appx_read(const struct rope *, const struct container_limits *,
	    struct arena *, struct spool *, struct appx *, struct err *)
	    MUST_USE;

/* The same with the limits that an artifact has if nobody says others. */
bool	appx_read_usual(const struct rope *, struct arena *, struct spool *,
	    struct appx *, struct err *) MUST_USE;

/*
 * appx_blocks_check compares all files with the block map, and in a bundle the
 * inner packages with what its manifest says: APPX-BLOCKS, APPX-BUNDLE.
 */
bool	appx_blocks_check(const struct appx *, struct arena *, struct err *)
	    MUST_USE;

/*
 * appx_blocks_held tells that all files were sifted, and that appx_blocks_check
 * would say yes. False says nothing.
 */
bool	appx_blocks_held(const struct appx *);

/* appx_sift: see containers.h; it fills in held. */
bool	appx_sift(const struct listing *, size_t index, const struct sift *,
	    struct arena *, struct spool *, struct rope *out, bool *wanted,
	    struct err *) MUST_USE;

/* appx_find gives the entry of a name as the block map has it, or APPX_NONE. */
size_t	appx_find(const struct appx *, struct span name);

/*
 * appx_write gives the package with this signature file (empty: unsigned),
 * which [Content_Types].xml then names, or does not. *directory is where the
 * directory begins. Errors: APPX-PART, those of zip.
 */
bool	appx_write(const struct appx *, struct span signature, struct arena *,
	    struct spool *, struct rope *out, uint64_t *directory,
	    struct err *) MUST_USE;

/* appx_rewrite gives it unsigned, with changes: see zip_write. */
bool	appx_rewrite(const struct appx *, const struct change *,
	    const struct rope *packed, size_t count, struct arena *,
	    struct spool *, struct rope *out, struct err *) MUST_USE;

/* appx_to_sign is what is hashed: unsigned, but with the type named. */
bool	appx_to_sign(const struct appx *, struct arena *, struct spool *,
	    struct rope *out, uint64_t *directory, struct span *types,
	    struct err *) MUST_USE;

/* appx_as_signed: the same, of a package that is signed; not a byte new. */
bool	appx_as_signed(const struct appx *, struct arena *, struct spool *,
	    struct rope *out, uint64_t *directory, struct err *) MUST_USE;

/* ---- text: XML files whose bytes stay, but for what must change */

/* One tag, as bytes of its text. */
struct appx_tag {
	size_t		from;
	size_t		to;		/* behind '>' */
	struct span	name;		/* local part */
	bool		closing;	/* </name> */
	bool		empty;		/* <name/> */
};

struct appx_edit {
	size_t		from;
	size_t		to;
	struct span	text;		/* in place of what was there */
};

/* appx_tag_next finds a tag at or behind *at; false: there is none. */
bool	appx_tag_next(struct span, size_t *at, struct appx_tag *);

/*
 * appx_element_next finds the next element of this local name, whose whole
 * range is *from to *to; *tag is its first tag.
 */
bool	appx_element_next(struct span, const char *name, size_t *at,
	    struct appx_tag *, size_t *to);

/* appx_value finds the value of an attribute: its bytes, without quotes. */
bool	appx_value(struct span, const struct appx_tag *, const char *name,
	    size_t *from, size_t *to);

/* appx_edit makes the text anew; edits are in order and do not overlap. */
void	appx_edit(struct span, const struct appx_edit *, size_t count,
	    struct buf *out);

/* appx_elements lists all elements of this local name, as they stand. */
bool	appx_elements(const struct xml_element *, const char *name,
	    struct arena *, const struct xml_element ***out, size_t *count,
	    struct err *) MUST_USE;

/* ---- the block map, the types, the manifest of a bundle */

bool	appx_map_read(struct appx *, struct arena *, struct err *) MUST_USE;

/* appx_types is [Content_Types].xml with the signature's type, or without. */
bool	appx_types(const struct appx *, bool with, struct arena *,
	    struct span *out, struct err *) MUST_USE;

/*
 * appx_map_write gives the block map with other words for some files: where
 * files[i] is not NULL, of the i-th. Errors: APPX-BLOCK-MAP.
 */
bool	appx_map_write(const struct appx *, const struct appx_file *const *,
	    struct arena *, struct span *out, struct err *) MUST_USE;

/*
 * appx_file_make is what the block map is to say of contents. sizes: packed, by
 * block; NULL: it is stored.
 */
bool	appx_file_make(enum digest_kind, const struct rope *contents,
	    uint64_t local, const uint64_t *sizes, struct arena *,
	    struct appx_file *out, struct err *) MUST_USE;

/* appx_bundle_read lists the packages in it: XML errors, APPX-BUNDLE. */
bool	appx_bundle_read(struct appx *, struct arena *, struct err *)
	    MUST_USE;

/* appx_bundle_check: they lie where the manifest says: APPX-BUNDLE. */
bool	appx_bundle_check(const struct appx *, struct err *) MUST_USE;

/*
 * appx_bundle_write gives the manifest of a bundle; packages are those of the
 * bundle, in order, with their new places.
 */
bool	appx_bundle_write(const struct appx *, const struct appx_package *,
	    struct arena *, struct span *out, struct err *) MUST_USE;

#endif

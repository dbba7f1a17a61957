/*
 * cab - what the files of the cabinet reader and writer share; see cab.c for
 * the picture. Private to this folder, but for sizes of records, flags and the
 * head: the format of the same name uses them too. Sections are those of
 * [MS-CAB].
 */
#ifndef CONTAINERS_CAB_H
#define CONTAINERS_CAB_H

#include "containers/containers.h"
#include "containers/names.h"

/* Bytes of the fixed part of each record. */
enum {
	CAB_HEADER_SIZE		= 36,
	CAB_RESERVES_SIZE	= 4,	/* the three sizes of reserves */
	CAB_FOLDER_SIZE		= 8,
	CAB_FILE_SIZE		= 16,
	CAB_BLOCK_SIZE		= 8,
};

/* CFHEADER.flags, 2.1. */
enum {
	CAB_FLAG_PREVIOUS	= 1 << 0,
	CAB_FLAG_NEXT		= 1 << 1,
	CAB_FLAG_RESERVE	= 1 << 2,
};

/* CFFILE.attribs, 2.3; a folder is no attribute of it, but of DOS. */
enum {
	CAB_ATTRIBUTE_FOLDER	= 0x10,
	CAB_ATTRIBUTE_ARCHIVE	= 0x20,
	CAB_ATTRIBUTE_UTF8	= 0x80,
};

/* CFFOLDER.typeCompress, 2.2: the method is in the low four bits. */
enum { CAB_NONE = 0, CAB_MSZIP = 1, CAB_QUANTUM = 2, CAB_LZX = 3 };

#define CAB_UNPACKED	((size_t)32 << 10)	/* bytes of a full block */
#define CAB_BLOCKS	65535u			/* of one folder */
#define CAB_FILES	65535u
#define CAB_FOLDERS	0xfffdu	/* numbers above: of files in two cabinets */
#define CAB_NAME_MAX	255u			/* bytes, without the NUL */

/* The signer's data in the header's reserve: u16 0, u16 16, offset, size. */
#define CAB_SIGNED_WORD	0x00100000u
#define CAB_SIGNED_SIZE	20u		/* with eight bytes of zeros behind */
#define CAB_SIGNED_OWN	12u		/* bytes that mean something */

/* What stands before the table of files. */
struct cab_head {
	struct span	bytes;		/* all of it */
	struct span	fixed;		/* the fixed part */
	size_t		length;		/* up to the table of folders */
	struct span	folders;	/* that table */
	struct span	reserve;	/* of the header */
	bool		reserved;	/* for a signature, which may be none */
	uint32_t	signature;	/* bytes behind size, 0: not signed */
	uint32_t	first_reserved;	/* reserved1 */
	uint32_t	size;		/* cbCabinet: without a signature */
	uint32_t	files_at;
	uint16_t	version;
	uint16_t	folder_count;
	uint16_t	file_count;
	uint16_t	flags;
	uint16_t	number;		/* iCabinet */
	uint8_t		folder_reserve; /* bytes behind each record */
	uint8_t		block_reserve;
};

/*
 * cab_fixed_read reads the fixed part of the header, and cab_head_read then
 * the rest. What the head has to say of versions and numbers is the caller's
 * to judge. Errors: CAB-TRUNCATED, CAB-HEADER, CAB-VOLUMES; then CAB-LAYOUT,
 * CAB-GAP, CAB-TRUNCATED, CAB-TRAILING.
 */
bool	cab_fixed_read(const struct rope *file, struct cab_head *out,
	    struct err *) MUST_USE;
bool	cab_head_read(const struct rope *file, struct arena *,
	    struct cab_head *, struct err *) MUST_USE;

struct cab_packing;

struct cab_folder {
	const struct cab_packing *packing;
	uint16_t	method;		/* typeCompress as written */
	uint16_t	blocks;
	uint64_t	data;		/* of the first block in the file */
	uint64_t	end;		/* behind the last */
	uint64_t	size;		/* unpacked, all blocks */
	struct span	reserve;
	bool		known;		/* unpacked is */
	struct rope	unpacked;	/* in the cabinet or in the spool */
};

struct cab_file {
	struct span	name;		/* as written */
	struct span	path;		/* '/' between its parts */
	uint32_t	size;
	uint32_t	offset;		/* in the unpacked folder */
	uint16_t	folder;
	uint16_t	date;
	uint16_t	time;
	uint16_t	attributes;
};

struct cab {
	struct span	 header;	/* the fixed part */
	uint16_t	 flags;
	struct span	 reserve;	/* of the header */
	uint8_t		 folder_reserve; /* bytes behind each record */
	uint8_t		 block_reserve;
	uint32_t	 size;		/* cbCabinet: without a signature */
	uint32_t	 signature;	/* bytes behind size, 0: not signed */
	uint32_t	 files_at;
	struct cab_folder *folders;
	size_t		 folder_count;
	size_t		*folder_order;	/* as the data lies in the file */
	struct cab_file	*files;
	size_t		 file_count;
	size_t		*file_order;	/* by folder, then by offset */
	bool		 slashes;	/* names have '/', not '\' */
	struct spool	*spool;		/* for what kept must unpack */
	struct arena	*arena;		/* of the listing */
};

/* One block of data, read. */
struct cab_block {
	uint32_t	sum;		/* 0: none */
	uint16_t	size;		/* unpacked */
	uint16_t	packed;
	uint64_t	at;		/* of its data in the file */
	struct span	reserve;
	struct span	data;
};

/* A walk through the blocks of a folder; holds one block at a time. */
struct cab_walk {
	const struct cab	*cab;
	const struct rope	*file;
	const struct cab_packing *packing;
	uint64_t		 at;
	unsigned		 next;		/* number of the block */
	unsigned		 count;
	uint8_t			 bytes[CAB_BLOCK_SIZE + 255 + 65535];
};

void	cab_walk_open(struct cab_walk *, const struct cab *,
	    const struct rope *file, const struct cab_folder *);

/*
 * cab_walk_next reads the next block and checks its sizes and its sum; *done
 * says that there was none left. Errors: ERR_CAB_LAYOUT, ERR_CAB_BLOCK,
 * ERR_CAB_VOLUMES, ERR_CAB_CHECKSUM.
 */
bool	cab_walk_next(struct cab_walk *, struct cab_block *, bool *done,
	    struct err *) MUST_USE;

/*
 * cab_walk_head reads the next block's header only: for who goes through blocks
 * whose sums were checked before. cab_walk_read then reads the rest of it.
 */
bool	cab_walk_head(struct cab_walk *, struct cab_block *, bool *done,
	    struct err *) MUST_USE;
bool	cab_walk_read(struct cab_walk *, struct cab_block *, struct err *)
	    MUST_USE;

/* cab_sum is the checksum of CFDATA (3.1), going on from before. */
uint32_t cab_sum(struct span, uint32_t before);

/* How the blocks of a folder are packed. */
struct cab_packing {
	const char	*name;

	/*
	 * unpack gives a folder's bytes: in the file where they stand there
	 * as they are, else in the spool. NULL: nobody here can.
	 */
	bool	(*unpack)(const struct cab *, const struct rope *file,
		    const struct cab_folder *, struct spool *, struct rope *,
		    struct err *);
	uint16_t	 again;		/* the method it is packed by again */
};

/* cab_packing_find gives the row of a typeCompress, or NULL. */
const struct cab_packing *cab_packing_find(uint16_t method);

/* cab_read reads header and tables, and accounts for every byte. */
bool	cab_read(const struct rope *, const struct container_limits *,
	    struct arena *, struct cab *, struct err *) MUST_USE;

/* cab_layout_check: files cover their folders, without a gap or overlap. */
bool	cab_layout_check(struct cab *, struct arena *, struct err *) MUST_USE;

/* cab_names_check: names are there once, in any case of letters. */
bool	cab_names_check(const struct cab_file *, size_t count, struct arena *,
	    struct err *) MUST_USE;

/* cab_folder_unpack unpacks a folder, once. */
bool	cab_folder_unpack(const struct cab *, const struct rope *file,
	    struct cab_folder *, struct spool *, struct err *) MUST_USE;

/* cab_file_unpack gives the bytes of a file. */
bool	cab_file_unpack(const struct cab *, const struct rope *file,
	    size_t index, struct arena *, struct spool *, struct rope *,
	    struct err *) MUST_USE;

bool	cab_lzx_unpack(const struct cab *, const struct rope *,
	    const struct cab_folder *, struct spool *, struct rope *,
	    struct err *) MUST_USE;

/* What a folder became when it was packed. */
struct cab_packed {
	struct rope	data;
	unsigned	blocks;
};

/*
 * cab_pack packs bytes as blocks by MSZIP or not at all. The blocks keep the
 * reserves of those of the folder old (NULL: zeros). Errors: ERR_CAB_LIMIT.
 */
bool	cab_pack(const struct cab *, const struct rope *file,
	    const struct cab_folder *old, const struct rope *contents,
	    uint16_t method, struct arena *, struct spool *,
	    struct cab_packed *, struct err *) MUST_USE;

bool	cab_rebuild(const struct listing *, const struct change *, size_t,
	    struct arena *, struct spool *, struct rope *, struct err *)
	    MUST_USE;
bool	cab_kept(const struct listing *, const struct listing *,
	    const size_t *, size_t, struct err *) MUST_USE;

/* cab_signed_alone: the header has its reserve for the signature only. */
bool	cab_signed_alone(const struct cab *);

/* The name for messages: \"lib/a.dll\". */
#define CAB_NAME(x)	text_show((x)->path).text

#endif

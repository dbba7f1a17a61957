/*
 * zip - what the files of the ZIP reader and writer share; see zip.c for the
 * picture. Private to this folder.
 */
#ifndef CONTAINERS_ZIP_H
#define CONTAINERS_ZIP_H

#include "containers/containers.h"
#include "containers/names.h"

/* Signatures of the records, APPNOTE 4.3. */
enum {
	ZIP_LOCAL	= 0x04034b50,
	ZIP_CENTRAL	= 0x02014b50,
	ZIP_END		= 0x06054b50,
	ZIP_END64	= 0x06064b50,
	ZIP_LOCATOR64	= 0x07064b50,
	ZIP_DESCRIPTOR	= 0x08074b50,
};

/* Bytes of the fixed part of each record. */
enum {
	ZIP_LOCAL_SIZE		= 30,
	ZIP_CENTRAL_SIZE	= 46,
	ZIP_END_SIZE		= 22,
	ZIP_END64_SIZE		= 56,
	ZIP_LOCATOR64_SIZE	= 20,
};

/* General purpose flags, APPNOTE 4.4.4. */
enum {
	ZIP_FLAG_ENCRYPTED	= 1 << 0,
	ZIP_FLAG_LEVEL		= 3 << 1,	/* says how deflate was run */
	ZIP_FLAG_DESCRIPTOR	= 1 << 3,
	ZIP_FLAG_UTF8		= 1 << 11,
	ZIP_FLAG_MASKED		= 1 << 13,	/* directory is encrypted */
};

enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 };

/* Extra fields that mean something to us. */
enum {
	ZIP_EXTRA_64		= 0x0001,
	ZIP_EXTRA_NAME		= 0x7075,	/* another name, in UTF-8 */
	ZIP_EXTRA_AHEAD		= 0x6c78,	/* libarchive: the directory's
						 * attributes, told ahead */
	ZIP_EXTRA_ALIGNMENT	= 0xd935,	/* Android: u16, then zeros */
};

/* What a new entry says of itself: a plain file, without a time. */
#define ZIP_VERSION_DEFLATE	20	/* needed to extract, APPNOTE 4.4.3 */
#define ZIP_VERSION_64		45
#define ZIP_MADE_BY_UNIX	(3 << 8)
#define ZIP_FILE_MODE		((uint32_t)0100644 << 16)
#define ZIP_NO_DATE		0x0021	/* 1980-01-01: the first there is */

#define ZIP_WIDE16	0xffffu		/* the value stands elsewhere */
#define ZIP_WIDE32	0xffffffffu

/* The numbers of an entry that a change changes. */
struct zip_numbers {
	uint32_t	crc;
	uint64_t	packed;
	uint64_t	size;
	uint64_t	offset;		/* as written: without zip_end.shift */
};

/* Which of them stand in the ZIP64 extra field. */
struct zip_wide {
	bool	size;
	bool	packed;
	bool	offset;
};

struct zip_entry {
	struct span	record;		/* of the directory, whole */
	struct span	name;		/* as written */
	struct span	extra;
	struct span	comment;
	uint16_t	version;	/* needed to extract */
	uint16_t	flags;
	uint16_t	method;
	struct zip_numbers numbers;
	struct zip_wide	wide;
	struct span	local;		/* local header, name and extra */
	uint64_t	at;		/* of the local header in the file */
	uint64_t	data;		/* of the packed bytes */
	uint64_t	end;		/* behind data and descriptor */
};

struct zip_end {
	uint64_t	count;
	uint64_t	directory;	/* where it begins in the file */
	uint64_t	directory_len;
	uint64_t	shift;		/* file offset minus written offset */
	bool		zip64;
	struct span	end64;		/* the record, if zip64 */
	struct span	record;		/* with its comment */
};

struct zip {
	struct zip_end	  end;
	struct zip_entry *entries;	/* in the order of the directory */
	size_t		  count;
	size_t		 *order;	/* indices in the order of the file */
	bool		  lax;		/* nobody reads it front to back */
};

/*
 * zip_read reads and checks all but the contents. lax: nobody reads this kind
 * of archive from front to back, so the sizes in a data descriptor may be wide
 * though no header says so (MakeAppx), and data may look like one.
 */
bool	zip_read(const struct rope *, const struct container_limits *,
	    bool lax, struct arena *, struct spool *, struct zip **,
	    struct err *) MUST_USE;

/* zip_listing names the entries, up to the count given. */
bool	zip_listing(const struct zip *, size_t count, struct arena *,
	    struct listing *, struct err *) MUST_USE;

/* zip_end_find finds and checks the records at the end of the file. */
bool	zip_end_find(const struct rope *, struct arena *, struct zip_end *,
	    struct err *) MUST_USE;

/* zip_entry_parse reads one record of the directory. */
bool	zip_entry_parse(struct reader *, struct zip_entry *, struct err *)
	    MUST_USE;

/* zip_entry_local reads the local header and compares it. */
bool	zip_entry_local(const struct rope *, const struct zip_end *,
	    struct arena *, struct zip_entry *, struct err *) MUST_USE;

/* zip_layout_check accounts for every byte between the records. */
bool	zip_layout_check(const struct rope *, struct arena *, struct zip *,
	    struct err *) MUST_USE;

/* zip_stream_prefix: len bytes before the first entry hold no other one. */
bool	zip_stream_prefix(const struct rope *, uint64_t len, struct err *)
	    MUST_USE;

/*
 * zip_stream_entry: who reads from front to back finds the same end of it. lax:
 * only that the descriptor can be told from data.
 */
bool	zip_stream_entry(const struct rope *, const struct zip_entry *,
	    bool lax, struct arena *, struct err *) MUST_USE;

/* zip_kind_check: it is the same kind of thing for all; a link stays inside. */
bool	zip_kind_check(const struct rope *, const struct zip_entry *,
	    struct arena *, struct spool *, struct err *) MUST_USE;

/* zip_names_check is names_check, without case. */
bool	zip_names_check(const struct zip *, struct arena *, struct err *)
	    MUST_USE;

/*
 * zip_extra_next takes one extra field; *whole is the field with its header.
 * Zeros that fill up the end (alignment) are no fields. false: no more;
 * r->bad: malformed.
 */
bool	zip_extra_next(struct reader *r, uint16_t *id, struct span *whole,
	    struct span *data);

/* zip_extra_find gives the first field of this kind, or returns false. */
bool	zip_extra_find(struct span extra, uint16_t id, struct span *data);

/*
 * zip_extra_plain appends the fields but those that follow from sizes and
 * alignment: ZIP64, alignment (if it holds zeros only), zeros at the end.
 */
void	zip_extra_plain(struct span extra, struct buf *out);

/* Inflates or copies; see containers.h. */
bool	zip_contents(const struct listing *, size_t, struct arena *,
	    struct spool *, struct rope *, struct err *) MUST_USE;
bool	zip_sift(const struct listing *, size_t, const struct sift *,
	    struct arena *, struct spool *, struct rope *, bool *wanted,
	    struct err *) MUST_USE;
bool	zip_entry_contents(const struct rope *file, const struct zip_entry *,
	    struct arena *, struct spool *, struct rope *, struct err *)
	    MUST_USE;

/*
 * zip_entry_each hands an entry's unpacked bytes to a function, piece by piece,
 * and keeps nothing; it judges them as zip_entry_contents does.
 */
bool	zip_entry_each(const struct rope *file, const struct zip_entry *,
	    struct arena *, bool (*take)(void *arg, struct span, struct err *),
	    void *arg, struct err *) MUST_USE;

/*
 * zip_entry_sift is zip_entry_contents of a sift (containers.h), with the
 * function of zip_entry_each, if it is not NULL.
 */
bool	zip_entry_sift(const struct rope *file, const struct zip_entry *,
	    const struct sift *, bool (*take)(void *arg, struct span,
	    struct err *), void *arg, struct arena *, struct spool *,
	    struct rope *out, bool *wanted, struct err *) MUST_USE;

/* zip_unpacks inflates an entry, keeps nothing, and judges it. */
bool	zip_unpacks(const struct rope *file, const struct zip_entry *,
	    struct arena *, struct err *) MUST_USE;
bool	zip_crc(const struct rope *, uint32_t *out, struct err *) MUST_USE;
bool	zip_deflate(const struct rope *, struct arena *, struct spool *,
	    struct rope *out, struct err *) MUST_USE;

/*
 * zip_deflate_blocks is zip_deflate, but what becomes of each `block` bytes can
 * be unpacked by itself. sizes has room for the packed size of each.
 */
bool	zip_deflate_blocks(const struct rope *, uint64_t block,
	    uint64_t *sizes, struct arena *, struct spool *, struct rope *out,
	    struct err *) MUST_USE;

/* What a new entry says of itself, and how contents get into the archive. */
struct zip_habit {
	uint16_t	made_by;
	uint16_t	version;	/* needed to extract */
	uint32_t	attributes;	/* external */
	bool		wide;		/* its numbers in a ZIP64 field */
	const struct rope *packed;	/* of each change; empty: not yet */
};

/*
 * zip_write gives the archive with changes; see containers.h. *directory is
 * where its directory begins.
 */
bool	zip_write(const struct rope *file, const struct zip *,
	    const struct change *, size_t count, const struct zip_habit *,
	    struct arena *, struct spool *, struct rope *out,
	    uint64_t *directory, struct err *) MUST_USE;

bool	zip_rebuild(const struct listing *, const struct change *, size_t,
	    struct arena *, struct spool *, struct rope *, struct err *)
	    MUST_USE;
bool	zip_kept(const struct listing *, const struct listing *,
	    const size_t *, size_t, struct err *) MUST_USE;

/* zip_kept_as is zip_kept, between these entries of two files. */
bool	zip_kept_as(const struct rope *before, const struct zip *,
	    const struct rope *after, const struct zip *, const size_t *,
	    size_t, struct err *) MUST_USE;

/* The name for messages: \"lib/a.dll\". */
#define ZIP_NAME(x)	text_show((x)->name).text

#endif

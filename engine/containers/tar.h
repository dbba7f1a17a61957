/*
 * tar - what the files of the tar reader and writer share; see tar.c for the
 * picture. Private to this folder.
 */
#ifndef CONTAINERS_TAR_H
#define CONTAINERS_TAR_H

#include "containers/names.h"
#include "containers/wrap.h"

#define TAR_RECORD	512
#define TAR_PAX_MAX	((uint64_t)1 << 20)	/* bytes of a pax header */
#define TAR_LONG_MAX	((uint64_t)64 << 10)	/* bytes of a GNU long name */
/* Names in the headers of a new entry whose own stands in a pax header. */
#define TAR_NAME_PAX	"PaxHeaders/name"
#define TAR_NAME_LONG	"long-name"

#define TAR_OCTAL_MAX	((uint64_t)1 << 33)	/* 11 digits: less than this */

/* The fields of a header, POSIX.1-2017 (pax), "ustar Interchange Format". */
enum tar_field {
	TAR_F_NAME,
	TAR_F_MODE,
	TAR_F_UID,
	TAR_F_GID,
	TAR_F_SIZE,
	TAR_F_MTIME,
	TAR_F_SUM,
	TAR_F_TYPE,
	TAR_F_LINK,
	TAR_F_MAGIC,		/* with the version */
	TAR_F_OWNER,		/* uname, gname */
	TAR_F_DEVICE,		/* devmajor, devminor */
	TAR_F_PREFIX,
	TAR_F_REST,
	TAR_F_MORE,		/* GNU: sparse records follow */
	TAR_FIELDS
};

struct tar_place {
	uint16_t	at;
	uint16_t	len;
};

extern const struct tar_place tar_places[TAR_FIELDS];

/* A record is a header, or 512 bytes of data. */
struct tar_record {
	uint8_t		bytes[TAR_RECORD];
};

struct tar_type {
	uint8_t		type;
	const char	*name;		/* "hard link" */
	bool		data;		/* may have some */
	bool		directory;
	bool		opaque;
	bool		link;		/* has a target */
};

struct tar_entry {
	struct span	 path;		/* without "./" and slash at the end */
	struct span	 link;		/* target, as written */
	const struct tar_type *type;
	uint64_t	 at;		/* of its first record */
	uint64_t	 header;	/* of the header behind extended ones */
	uint64_t	 data;
	uint64_t	 size;		/* bytes of data */
	uint64_t	 end;		/* behind data and padding */
	uint64_t	 pax;		/* of the pax header that has a size */
	uint64_t	 pax_len;	/* of its data; 0: there is none */
	bool		 sparse;	/* by pax records */
};

struct tar {
	struct wrap	 wrap;
	struct rope	 plain;		/* unpacked */
	struct tar_entry *entries;
	size_t		 count;
	size_t		*order;		/* indices, sorted by path */
	uint64_t	 end;		/* where the zeros begin */
	bool		 dotted;	/* names begin with "./" */
};

/* ---- tar_header.c: one record */

struct span tar_get(const struct tar_record *, enum tar_field);

/* tar_text is a field up to its first NUL. */
struct span tar_text(const struct tar_record *, enum tar_field);

/* tar_number reads octal or base-256 (GNU); false: malformed or negative. */
bool	tar_number(const struct tar_record *, enum tar_field, uint64_t *out)
	    MUST_USE;

/* tar_size_set writes a size in the form that the field has, if it fits. */
void	tar_size_set(struct tar_record *, uint64_t);

/* tar_put writes text into a field, tar_put_sum the checksum of it all. */
void	tar_put(struct tar_record *, enum tar_field, struct span);
void	tar_put_sum(struct tar_record *);

/* tar_header_check refuses what is no header: checksum, magic, prefix. */
bool	tar_header_check(const struct tar_record *, struct err *) MUST_USE;

uint64_t tar_padded(uint64_t size);

/* tar_zeros tells whether a range holds nothing else. */
bool	tar_zeros(const struct rope *, uint64_t off, uint64_t len, bool *zeros,
	    struct err *) MUST_USE;

/* ---- tar_pax.c: records "LENGTH KEY=VALUE\n" */

/* What extended headers say of the entry that follows. */
struct tar_extended {
	struct span	name;		/* len 0: nothing */
	struct span	link;
	uint64_t	size;
	bool		sized;
	bool		sparse;
	bool		pax;		/* a pax header was there */
	unsigned	seen;		/* bits by row of the table of keys */
};

/* tar_pax_next cuts a record off; ERR_TAR_PAX. The rest must not be empty. */
bool	tar_pax_next(struct span *rest, struct span *record,
	    struct span *key, struct span *value, struct err *) MUST_USE;

/* tar_pax_read takes what counts; names are copied. */
bool	tar_pax_read(struct span data, bool global, struct arena *,
	    struct tar_extended *, struct err *) MUST_USE;

/* tar_pax_put appends a record. */
void	tar_pax_put(struct buf *, const char *key, struct span value);

/* ---- tar_read.c, tar.c */

/* tar_read finds the entries of an archive that is not packed. */
bool	tar_read(struct tar *, const struct container_limits *,
	    struct arena *, struct err *) MUST_USE;

/* tar_path is a name as entries have it: without "./" at its beginning. */
struct span tar_path(struct span written);

/* tar_find looks an entry up by its path. */
bool	tar_find(const struct tar *, struct span path, size_t *index);

/* tar_names_check is names_check; more names stand behind those of entries. */
bool	tar_names_check(const struct tar *, const struct change *more,
	    size_t count, struct arena *, struct err *) MUST_USE;

bool	tar_rebuild(const struct listing *, const struct change *, size_t,
	    struct arena *, struct spool *, struct rope *, struct err *)
	    MUST_USE;
bool	tar_kept(const struct listing *, const struct listing *,
	    const size_t *, size_t, struct err *) MUST_USE;

/* The name for messages. */
#define TAR_NAME(x)	text_show((x)->path).text

#endif

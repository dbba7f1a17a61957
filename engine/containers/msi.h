/*
 * msi - what the files of the reader and writer of installer databases share;
 * see msi.c for the picture. Private to this folder.
 *
 * Microsoft has not published the format. Names, string pool and tables are
 * as Wine and msitools read and write them too; the tests compare.
 */
#ifndef CONTAINERS_MSI_H
#define CONTAINERS_MSI_H

#include "containers/compound.h"
#include "containers/containers.h"

/* ---- names of streams (msi_name.c) */

#define MSI_NAME_UNITS		31	/* UTF-16 units of a stream's name */

/*
 * msi_name_encode gives the stored name of a stream, UTF-16LE: two letters of
 * an alphabet of 64 share a unit. Streams of tables have a mark in front.
 * Errors: ERR_MSI_NAME, for what is too long, or reads back as another name.
 */
bool	msi_name_encode(struct span utf8, bool table, struct buf *out,
	    struct err *) MUST_USE;

/* msi_name_decode is the way back, for people; marks of tables are "!". */
void	msi_name_decode(struct span stored, struct buf *out);

/* ---- the string pool (msi_strings.c) */

struct msi_strings {
	struct span	*items;		/* by number; 0 is no string */
	size_t		 count;		/* with number 0 */
	uint32_t	*first;		/* of the strings equal to each */
	unsigned	 code_page;
	unsigned	 width;		/* bytes of a number in tables */
};

/* msi_strings_read takes both streams apart: ERR_MSI_STRINGS. */
bool	msi_strings_read(struct span pool, struct span data, struct arena *,
	    struct msi_strings *, struct err *) MUST_USE;

/* msi_utf8 turns text of the database into UTF-8: ERR_MSI_CODE_PAGE. */
bool	msi_utf8(const struct msi_strings *, struct span, struct buf *out,
	    struct err *) MUST_USE;

/* ---- tables (msi_table.c) */

enum msi_kind { MSI_TEXT, MSI_NUMBER, MSI_STREAM };

struct msi_column {
	struct span	name;
	enum msi_kind	kind;
	unsigned	width;		/* bytes of a cell */
	size_t		at;		/* of its first cell in the table */
};

/* A table is stored column by column: all cells of the first one, ... */
struct msi_table {
	const char	*name;
	bool		 there;		/* else it has no columns and rows */
	struct msi_column *columns;
	size_t		 column_count;
	size_t		 row_count;
	struct span	 bytes;
	size_t		 stream;	/* SIZE_MAX: no rows, no stream */
};

struct msi_database {
	const struct compound	*file;
	struct arena		*arena;
	struct msi_strings	 strings;
	struct msi_table	 tables;	/* _Tables */
	struct msi_table	 columns;	/* _Columns */
};

/* msi_database_read reads the strings and the tables of tables. */
bool	msi_database_read(const struct compound *, struct arena *,
	    struct msi_database *, struct err *) MUST_USE;

/* msi_table_read reads a table; not there is no error: ERR_MSI_TABLE. */
bool	msi_table_read(const struct msi_database *, const char *name,
	    struct msi_table *, struct err *) MUST_USE;

/* msi_column finds a column that must be there, of this kind. */
bool	msi_column(const struct msi_table *, const char *name, enum msi_kind,
	    size_t *column, struct err *) MUST_USE;

/* msi_cell gives a cell as stored: a number of a string, or a number. */
uint32_t msi_cell(const struct msi_table *, size_t row, size_t column);

/* msi_cell_at is where a cell lies in the bytes of the table. */
size_t	msi_cell_at(const struct msi_table *, size_t row, size_t column);

/* msi_number gives a number; 0 where there is none. */
int64_t	msi_number(const struct msi_table *, size_t row, size_t column);

/* msi_string gives the text of a cell, empty where there is none. */
bool	msi_string(const struct msi_database *, const struct msi_table *,
	    size_t row, size_t column, struct span *out, struct err *)
	    MUST_USE;

/*
 * msi_key gives the number of the text of a cell, the same one for the same
 * text; 0 where there is none.
 */
bool	msi_key(const struct msi_database *, const struct msi_table *,
	    size_t row, size_t column, uint32_t *out, struct err *) MUST_USE;

/*
 * msi_index gives for each text, by msi_key, the row, plus 1, that has it
 * in this column; 0: none. A text in two rows is refused.
 */
bool	msi_index(const struct msi_database *, const struct msi_table *,
	    size_t column, uint32_t **out, struct err *) MUST_USE;

/* msi_stream_find finds a stream of the root storage, or gives SIZE_MAX. */
bool	msi_stream_find(const struct compound *, struct span utf8, bool table,
	    size_t *out, struct err *) MUST_USE;

/* ---- files (msi_paths.c, msi_files.c, msi_summary.c) */

#define MSI_BINARIES	"<Binary>"	/* folder of the table's streams */
#define MSI_TWICE	"<File>"	/* folder of files that share a path */

/* A cabinet in the database. */
struct msi_cabinet {
	size_t		number;		/* of msi.cabinets */
	struct span	name;		/* for messages */
	size_t		stream;
	struct listing	listing;
	const char	*unreadable;	/* why, or NULL */
	bool		wanted;		/* a file should be in it */
	size_t		*by_name;	/* entries, sorted by name */
	bool		*taken;		/* by entry: a file is here */
};

/* Where the contents of an entry are. */
struct msi_source {
	struct msi_cabinet *cabinet;	/* NULL: not in one */
	size_t		index;		/* in it, or number of the stream */
	size_t		row;		/* of File; SIZE_MAX: of Binary */
	size_t		hash;		/* row of MsiFileHash, or SIZE_MAX */
	const char	*opaque;	/* why there is nothing, or NULL */
};

/* Tables and columns that are asked for or change. */
struct msi_file_columns {
	size_t	key, component, name, size, attributes, sequence;
};

struct msi {
	struct compound		 compound;
	struct msi_database	 database;
	struct spool		*spool;
	struct msi_table	 file;
	struct msi_file_columns	 in;		/* file */
	struct msi_table	 hash;		/* MsiFileHash */
	size_t			 hash_parts[4];
	struct msi_cabinet	**cabinets;
	size_t			 cabinet_count;
	struct msi_cabinet	**by_stream;
	struct msi_source	*sources;	/* by entry */
};

/* msi_paths gives each row of File its path: see msi_paths.c. */
bool	msi_paths(const struct msi *, struct span *paths, struct err *)
	    MUST_USE;

/* msi_files fills the listing, and where its entries are. */
bool	msi_files(struct msi *, const struct container_limits *,
	    struct listing *, struct err *) MUST_USE;

/* msi_compressed: files are, where they do not say so: ERR_MSI_SUMMARY. */
bool	msi_compressed(const struct msi *, bool *out, struct err *) MUST_USE;

/* msi_part appends one name of a path, checked: ERR_MSI_NAME. */
bool	msi_part(const struct msi_database *, struct span name,
	    struct buf *out, struct err *) MUST_USE;

bool	msi_rebuild(const struct listing *, const struct change *, size_t,
	    struct arena *, struct spool *, struct rope *, struct err *)
	    MUST_USE;
bool	msi_kept(const struct listing *, const struct listing *,
	    const size_t *, size_t, struct err *) MUST_USE;

#endif

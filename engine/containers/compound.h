/*
 * compound - compound files ([MS-CFB], "OLE2"): storages that hold streams and
 * storages, as a file system in a file.
 *
 * Reading takes the file apart once: contents are ropes over the file, one
 * extent where the sectors of a stream follow each other. Writing never
 * touches the old layout: it makes a new file, the smallest there is, of which
 * one set of entries has exactly one.
 */
#ifndef CONTAINERS_COMPOUND_H
#define CONTAINERS_COMPOUND_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/rope.h"

#define COMPOUND_CLASS_SIZE	16	/* bytes of a CLSID */

/* As in the directory ([MS-CFB] 2.6.1, object type). */
enum compound_kind {
	COMPOUND_STORAGE = 1,
	COMPOUND_STREAM = 2,
	COMPOUND_ROOT = 5,
};

struct compound_entry {
	enum compound_kind kind;
	struct span	name;		/* UTF-16LE without its NUL */
	uint8_t		class[COMPOUND_CLASS_SIZE];	/* CLSID, as stored */
	uint32_t	state;		/* state bits */
	uint64_t	created;	/* FILETIME; of the root always 0 */
	uint64_t	modified;
	size_t		parent;		/* of the root: itself */
	struct rope	contents;	/* of a stream */
	size_t		first;		/* of a storage: its children stand */
	size_t		count;		/* together, in compound_order */
};

struct compound {
	unsigned	version;	/* 3 or 4: sectors of 512, 4096 */
	struct compound_entry *entries;	/* the first is the root */
	size_t		count;
};

/* compound_probe tells whether a file begins as one. */
bool	compound_probe(struct span head) MUST_USE;

/*
 * compound_root_class finds the class of the root among the first bytes of a
 * file; false: the directory lies behind them.
 */
bool	compound_root_class(struct span head, struct span *class) MUST_USE;

/*
 * compound_read takes a file apart. Each sector may belong to one thing only,
 * and nothing may follow the last one in use. Sectors that are free and bytes
 * behind the end of a stream are not looked at.
 * Errors: ERR_COMPOUND_*, ERR_LIMIT_ENTRIES, budget.
 */
bool	compound_read(const struct rope *, struct arena *, struct compound *,
	    struct err *) MUST_USE;

/* Views of entries by their numbers. */
size_t		compound_count(const struct compound *);
struct span	compound_name(const struct compound *, size_t number);
uint64_t	compound_size(const struct compound *, size_t number);
const struct rope *compound_contents(const struct compound *, size_t number);
struct span	compound_class(const struct compound *);	/* the root's */

/* compound_find gives the number of a stream of the root, or SIZE_MAX. */
size_t	compound_find(const struct compound *, struct span name) MUST_USE;

/* compound_entry_same compares all that the directory says but where. */
bool	compound_entry_same(const struct compound_entry *,
	    const struct compound_entry *);

/* compound_entry_bare: the directory says nothing of it but name and place. */
bool	compound_entry_bare(const struct compound_entry *);

/*
 * compound_order is how the directory orders the names of one storage: the
 * shorter first, then by upper-case units. 0: they are one name.
 */
int	compound_order(struct span, struct span);

/* New contents for a stream, a stream less, or a new one of the root. */
struct compound_change {
	size_t		stream;		/* its number; SIZE_MAX: a new one */
	struct span	name;		/* of a new one, UTF-16LE */
	bool		gone;
	struct rope	contents;
};

/*
 * compound_change_all gives the entries with changes made; no stream may be in
 * two. Numbers of entries change. Errors: ERR_COMPOUND_DIRECTORY for a name
 * that is there already or is none; budget.
 */
bool	compound_change_all(const struct compound *,
	    const struct compound_change *, size_t count, struct arena *,
	    struct compound *out, struct err *) MUST_USE;

/*
 * compound_write makes the file with changes, which may be none, of the
 * version that it had. What its entries refer to must outlive it.
 * Errors: those of compound_change_all; ERR_COMPOUND_LIMIT past 2 GiB.
 */
bool	compound_write(const struct compound *, const struct compound_change *,
	    size_t count, struct arena *, struct rope *out, struct err *)
	    MUST_USE;

/*
 * compound_plain tells whether a file is, byte for byte, what compound_write
 * makes of its entries: nothing lies in free sectors, or behind the ends of
 * streams.
 */
bool	compound_plain(const struct compound *, const struct rope *file,
	    struct arena *, bool *plain, struct err *) MUST_USE;

#endif

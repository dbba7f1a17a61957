/*
 * containers - files that hold files: list and rebuild.
 *
 * A listing names every entry; contents come as ropes (inflated into the
 * spool where need be). A rebuild takes new contents for some entries and
 * new entries, and leaves all other bytes as they are: what is not changed is
 * neither recompressed nor reordered.
 *
 * Includes: base, crypto.
 */
#ifndef CONTAINERS_CONTAINERS_H
#define CONTAINERS_CONTAINERS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/rope.h"

struct container_limits {
	uint64_t	entries;
	uint64_t	unpacked;	/* bytes of all entries together */
	uint64_t	ratio;		/* unpacked bytes per packed byte */
};

struct entry {
	struct span	path;		/* UTF-8, '/' between segments */
	uint64_t	size;		/* unpacked, bytes */
	bool		directory;
	bool		opaque;		/* a name without contents to sign:
					 * a link, a device, a sparse file */
};

struct listing {
	const struct container	*container;
	struct rope		 file;
	struct entry		*entries;	/* in stored order */
	size_t			 count;
	struct span		*notes;	/* what a rebuild changes besides
					 * contents: signatures that go,
					 * another packing; for people */
	size_t			 note_count;
	void			*own;		/* the container's own */
};

/* New contents for an entry, or a new entry (index == SIZE_MAX). */
struct change {
	size_t		index;
	struct span	path;		/* of a new entry */
	struct rope	contents;
};

/* What of a container is wanted, by the first bytes of an entry. */
#define SIFT_HEAD	((size_t)4096)	/* so many, or all that there are */
struct sift {
	bool	(*wants)(void *arg, struct span head);
	void	*arg;
};

struct container {
	const char	*name;		/* "zip" */
	bool		 ignore_case;	/* how its paths are compared */

	/* 0: no; 100: certain. */
	int	(*probe)(struct span head);

	/*
	 * list reads the directory of a container and refuses what two
	 * readers could see differently. A container that is packed as a
	 * whole is unpacked into the spool.
	 */
	bool	(*list)(const struct rope *, const struct container_limits *,
		    struct arena *, struct spool *, struct listing *out,
		    struct err *);

	/*
	 * contents gives one entry's unpacked bytes and checks their sum.
	 * ERR_ENTRY_OPAQUE: it has none that could be signed.
	 */
	bool	(*contents)(const struct listing *, size_t index,
		    struct arena *, struct spool *, struct rope *out,
		    struct err *);

	/*
	 * forgets: contents puts nothing into the spool for a later call, so
	 * whoever is done with the bytes may take the spool back.
	 */
	bool	 forgets;

	/*
	 * sift is contents for whoever can do without most entries. What is
	 * not wanted is unpacked and its sum checked all the same, but not
	 * kept: *out is empty. NULL: contents do.
	 */
	bool	(*sift)(const struct listing *, size_t index,
		    const struct sift *, struct arena *, struct spool *,
		    struct rope *out, bool *wanted, struct err *);

	/* rebuild gives the container with changes; sorted by index. */
	bool	(*rebuild)(const struct listing *, const struct change *,
		    size_t count, struct arena *, struct spool *,
		    struct rope *out, struct err *);

	/*
	 * kept tells that every byte of after which no change accounts for
	 * equals before: the checker's question. indices are those of the
	 * entries that may differ; entries behind the count of before are new.
	 */
	bool	(*kept)(const struct listing *before,
		    const struct listing *after, const size_t *indices,
		    size_t count, struct err *);
};

extern const struct container *const all_containers[];	/* ends with NULL */

/* container_find gives a row by name, or NULL. */
const struct container *container_find(const char *name);

/* listing_note adds a note; the text is copied. */
bool	listing_note(struct listing *, struct arena *, const char *text,
	    struct err *) MUST_USE;

/* container_count_check: ERR_LIMIT_ENTRIES, with the number reached. */
bool	container_count_check(const struct container_limits *, uint64_t count,
	    struct err *) MUST_USE;

/*
 * container_size_check holds what packed bytes unpack to, in all, against the
 * limits: ERR_LIMIT_SIZE, ERR_LIMIT_RATIO.
 */
bool	container_size_check(const struct container_limits *, uint64_t packed,
	    uint64_t unpacked, struct err *) MUST_USE;

#endif

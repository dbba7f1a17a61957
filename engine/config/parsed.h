/*
 * parsed - one file of a config repo with all that was read from it. States
 * share files: one that stays as it was is not read again for the next state.
 * Only for use inside of config/.
 */
#ifndef CONFIG_PARSED_H
#define CONFIG_PARSED_H

#include "base/arena.h"
#include "config/config.h"
#include "git/id.h"

struct pending;
struct named_file;

struct parsed_file {
	size_t			 users;		/* who hold it */
	struct arena		*arena;		/* owns all below */
	const char		*path;
	struct object_id	 id;		/* zero: not from a tree */
	struct span		 bytes;

	/* What the file says, as its shape has it; NULL: not read. */
	const void		*thing;
	const struct pending	*pending;	/* names that must exist */
	size_t			 pending_count;
	const struct named_file	*named;		/* files that it rests on */
	size_t			 named_count;
};

/* Sorted by path; a state holds each of its files. */
struct parsed_files {
	struct parsed_file	**items;
	size_t			 count;
};

/* parsed_new copies path and bytes; NULL: larger than a config repo may be. */
struct parsed_file *parsed_new(const char *path, const struct object_id *id,
	    struct span bytes);
struct parsed_file *parsed_hold(struct parsed_file *);
void	parsed_release(struct parsed_file *);

/* parsed_find looks a path up, or gives NULL. */
struct parsed_file *parsed_find(const struct parsed_files *,
	    const char *path);

/* parsed_files_done releases all, and the list. */
void	parsed_files_done(struct parsed_files *);

/*
 * config_build makes a model of files that may have been read before. It sorts
 * and takes them over, also where it fails; otherwise as config_parse.
 */
bool	config_build(struct parsed_files *, struct config **out,
	    struct config_errors *) MUST_USE;

#endif

/*
 * suggest - an artifact configuration for a sample artifact: from what inspect
 * tells of the files inside to elements. Only suggest.c knows files and
 * workers; the others are pure: what is in a struct lives in the arena.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include "artifact/element.h"
#include "base/json.h"
#include "cli/cli.h"

/* suggest_run is `inspect --suggest`; as the run of struct command. */
int	suggest_run(const struct invocation *, struct err *);

/* ---- suggest_sample.c: a file, and what is inside it */

enum sample_state {
	SAMPLE_UNSIGNED,
	SAMPLE_WHOLE,		/* all of its signatures are good */
	SAMPLE_BAD,		/* one is not */
};

struct sample {
	struct span		 path;		/* in its container */
	const struct element_kind *kind;
	const struct json	*facts;		/* or NULL */
	enum sample_state	 state;
	struct span		 signer;	/* RFC 4514, or empty */
	struct span		 thumbprint;	/* of the same, hex */
	bool			 timestamped;	/* the same signature */
	struct span		 error;		/* SAMPLE_BAD: a code */
	struct sample		*contents;
	size_t			 count;
};

/* sample_read takes over the answer of JOB_INSPECT, which stays in use. */
bool	sample_read(const struct json *, struct arena *, struct sample *out,
	    struct err *) MUST_USE;

/* sample_count is the number of files, with those inside of others. */
size_t	sample_count(const struct sample *);

/*
 * kind_method gives the first method whose signature lies in the file itself;
 * false: this kind has none.
 */
bool	kind_method(const struct element_kind *, enum method *out);

/* Of what can be signed, most files are signed by this subject, or by none. */
bool	sample_majority(const struct sample *, struct arena *,
	    struct span *out, struct err *) MUST_USE;

/* ---- what was found out about the whole sample */

struct suggesting {
	struct arena	*arena;
	struct span	 ours;		/* who signs: a subject, or empty */
	struct span	 version;	/* for ${version}, or empty */
	bool		 flat;		/* containers inside stay closed */
	bool		 signs;		/* it came up: for the head */
	bool		 verifies;
	bool		 sets;
	bool		 keeps;
};

/* sample_ours tells that a file is to be signed by us. */
bool	sample_ours(const struct suggesting *, const struct sample *);

/* ---- suggest_version.c */

/*
 * version_find chooses what ${version} stands for: a dotted number of the
 * artifact's name that recurs, else the product version of most of our files,
 * else the number in the name; else nothing.
 */
bool	version_find(const struct suggesting *, const struct sample *,
	    struct span *out, struct err *) MUST_USE;

/* version_at tells that the version stands there, and is no part of another. */
bool	version_at(struct span version, struct span text, size_t at);

/*
 * pattern_put appends a path as a pattern that means this path and no other,
 * with ${version} for the version.
 */
void	pattern_put(const struct suggesting *, struct span path, struct buf *);

/* value_put appends a value of `where`, with ${version} for the version. */
void	value_put(const struct suggesting *, struct span value, struct buf *);

/* ---- suggest_treat.c: what is to be done to one file */

/* So many files without a place for a signature are named in a container. */
#define PLAIN_MOST	12

/* In this order they stand in the file. */
enum draft_rank {
	DRAFT_SIGNED,		/* or something inside it may be */
	DRAFT_VERIFIED,
	DRAFT_KEPT,
	DRAFT_PLAIN,		/* no signature can lie in it */
};

/* An element in the making; its contents are ready. */
struct draft {
	struct element	 x;
	struct span	*notes;		/* by element_number */
	uint32_t	 count;		/* elements, itself included */
	unsigned	 height;	/* elements below each other */
	enum draft_rank	 rank;
};

/* treat sets kind, directives, conditions and note; no path, no contents. */
bool	treat(struct suggesting *, const struct sample *, struct draft *,
	    struct err *) MUST_USE;

/*
 * draft_key gives bytes that are equal for equal treatments. where: conditions
 * count.
 */
bool	draft_key(const struct draft *, bool where, struct arena *,
	    struct span *out, struct err *) MUST_USE;

/* ---- suggest_cover.c: paths and patterns */

#define ITEM_OTHER	UINT32_MAX	/* no element names it */

struct item {
	const struct sample	*file;
	struct draft		*draft;		/* ITEM_OTHER: NULL */
	struct span		 path;		/* as it is compared */
	struct span		 ending;	/* of that, or empty */
	struct span		 key;		/* draft_key */
	uint32_t		 id;		/* equal for equal keys */
};

struct cover_path {
	struct span	pattern;
	uint32_t	id;
	size_t		files;
	bool		wild;		/* a pattern with wildcards */
};

struct cover {
	struct cover_path	*paths;
	size_t			 count;
	size_t			 literal;	/* how many are not wild */
	size_t			 lost;		/* files with names too long */
};

/*
 * cover_items finds paths that mean each item exactly once, and no item of
 * another id. It sorts the items.
 */
bool	cover_items(struct suggesting *, struct item *, size_t count,
	    struct cover *out, struct err *) MUST_USE;

/* ---- suggest_tree.c */

/* compose drafts an element for a file with all that is inside it. */
bool	compose(struct suggesting *, const struct sample *, unsigned depth,
	    struct draft *out, struct err *) MUST_USE;

/* draft_contents sets the contents of a draft, and notes for all of it. */
bool	draft_contents(struct draft *, const struct draft *contents,
	    size_t count, struct arena *, struct err *) MUST_USE;

/* ---- suggest_folder.c */

/*
 * folders_fold puts elements below one folder into a `directory`, where that
 * makes the file shorter. keep: files that nobody names are kept.
 */
bool	folders_fold(struct draft *, size_t *count, bool keep,
	    unsigned depth, struct arena *, struct err *) MUST_USE;

/* ---- suggest_text.c */

/* head_put appends what people should check, for the top of the file. */
void	head_put(const struct suggesting *, const struct sample *,
	    struct buf *out);

/* suggestion_json is the summary for machines. */
struct json *suggestion_json(const struct suggesting *, const struct draft *,
	    struct span yaml);

/*
 * command_put appends the plan command for a configuration and an artifact, as
 * a shell takes it.
 */
void	command_put(const struct suggesting *, const char *configuration,
	    const char *artifact, struct buf *out);

#endif

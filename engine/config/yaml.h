/*
 * yaml - the part of YAML 1.2 that Tagseal reads, as a tree with places.
 *
 * One document; maps, lists and scalars. Aliases, anchors, tags, directives,
 * duplicate keys, keys that are no text, and bytes that are no UTF-8 are
 * errors: what a reviewer sees in the file is all that the file says.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* Where something stands, counted from 1; file NULL: nowhere. */
struct place {
	const char	*file;
	unsigned	 line;
	unsigned	 column;
};

enum yaml_kind {
	YAML_SCALAR,
	YAML_LIST,
	YAML_MAP,
};

/*
 * What a plain scalar is. Words of other readers are those that YAML 1.1 takes
 * for a number, boolean or date where the 1.2 core schema sees text.
 */
enum yaml_word {
	YAML_WORD_TEXT,
	YAML_WORD_NULL,
	YAML_WORD_BOOLEAN,
	YAML_WORD_INTEGER,
	YAML_WORD_REAL,
	YAML_WORD_OTHER_READERS,
	YAML_WORDS
};

struct yaml_node {
	enum yaml_kind		 kind;
	struct place		 at;
	struct span		 text;	/* scalar: its value */
	bool			 plain;	/* scalar: written without quotes */
	struct yaml_node	*key;	/* member of a map: its key */
	struct yaml_node	*first;	/* list, map: children */
	struct yaml_node	*next;	/* sibling */
	size_t			 count;	/* children */
};

/*
 * yaml_parse reads one document. The tree, with copies of all texts, lives in
 * the arena. The error's text begins with "file:line:column: ".
 */
bool	yaml_parse(const char *file, struct span, struct arena *,
	    struct yaml_node **out, struct place *where, struct err *)
	    MUST_USE;

/* yaml_member gives the value of a key of a map, or NULL. */
const struct yaml_node *yaml_member(const struct yaml_node *map,
	    const char *key);

/* yaml_resolve tells what readers take a scalar for. */
enum yaml_word	 yaml_resolve(const struct yaml_node *scalar);

/* yaml_word_name says it in words: "a number". */
const char	*yaml_word_name(enum yaml_word);

#endif

/*
 * signpath_yaml - lines of YAML for signpath_write: scalars, maps in one line
 * or over several, comments, and notes of what is left out.
 */
#ifndef CLI_SIGNPATH_YAML_H
#define CLI_SIGNPATH_YAML_H

#include "cli/signpath.h"

/* Where lines go. Columns count from 0. */
struct yaml_out {
	struct buf		 *out;
	struct arena		 *arena;
	struct signpath_note	**end;		/* where the next note goes */
	size_t			  keys;		/* written so far */
	bool			  full;		/* the arena is */
};

/* Members of a map, as "key: value"; all lie in the arena. */
struct yaml_item {
	const char		*text;
	struct yaml_item	*next;
};
struct yaml_items {
	struct yaml_item	*first;
	struct yaml_item	*last;
	size_t			 count;
};

/* yaml_printf and yaml_text give a text in the arena; "" when it is full. */
const char *yaml_printf(struct yaml_out *, const char *fmt, ...)
	    PRINTF(2, 3);
/* yaml_text is yaml_scalar. */
const char *yaml_text(struct yaml_out *, struct span);

/* yaml_item adds key and text, yaml_item_flow key and what is YAML already. */
void	yaml_item(struct yaml_out *, struct yaml_items *, const char *key,
	    struct span);
void	yaml_item_flow(struct yaml_out *, struct yaml_items *,
	    const char *key, const char *yaml);
/* yaml_flow gives "{a: b, c: d}". */
const char *yaml_flow(struct yaml_out *, const struct yaml_items *);

/* "key: yaml"; "key:" with its value below. */
void	yaml_line(struct yaml_out *, int column, const char *key,
	    const char *yaml);
void	yaml_open(struct yaml_out *, int column, const char *key);

/* yaml_map writes a map under a key, or as an item of a list (key NULL). */
void	yaml_map(struct yaml_out *, int column, const char *key,
	    const struct yaml_items *);
/* yaml_map_in writes "key: {name: {items}}". */
void	yaml_map_in(struct yaml_out *, int column, const char *key,
	    const char *name, const struct yaml_items *);
/* yaml_choice writes the item of a list "- name" or "- name: {items}". */
void	yaml_choice(struct yaml_out *, int column, const char *name,
	    const struct yaml_items *);

/* yaml_comment writes a text as lines of a comment; lead is before each. */
void	yaml_comment(struct buf *, int column, const char *lead,
	    const char *text);

/* yaml_note adds a note, and a comment where we are. */
void	yaml_note(struct yaml_out *, unsigned line, bool left_out, int column,
	    const char *fmt, ...) PRINTF(5, 6);

/* An element for people: name and first path. */
#define SIGNPATH_SHOW(x)	signpath_show(x, (char[220]){ 0 }, 220)
const char *signpath_show(const struct signpath_element *, char *out,
	    size_t size);

#endif

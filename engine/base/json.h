/*
 * json - JSON values; the only folder that sees the jansson library.
 *
 * A value is counted: whoever makes or parses one releases it with json_done;
 * what json_member and json_item give is borrowed. Functions that add a value
 * to another take it over, also NULL (then nothing is added).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/own.h"

struct json;

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOL,
	JSON_KIND_INTEGER,
	JSON_KIND_REAL,
	JSON_KIND_TEXT,
	JSON_KIND_LIST,
	JSON_KIND_MAP,
};

/*
 * json_parse reads one value and nothing behind it. Duplicate members, bytes
 * that are no UTF-8, NUL characters, and nesting past LIMIT_JSON_DEPTH are
 * errors.
 */
bool		 json_parse(struct span, struct json **out, struct err *)
		    MUST_USE;
void		 json_release(struct json *);
DEFINE_CLEANUP(struct json, json_done, json_release);

struct json	*json_map(void);
struct json	*json_list(void);
/* json_texts is a list of texts (UTF-8). */
struct json	*json_texts(const struct span *, size_t count);
struct json	*json_text(struct span);
struct json	*json_int(int64_t);
struct json	*json_bool(bool);
/* json_clone is a value of its own; NULL of NULL. */
struct json	*json_clone(const struct json *);

/* json_put sets a member; json_add appends to a list. */
void		 json_put(struct json *map, const char *key, struct json *);
void		 json_add(struct json *list, struct json *);
void		 json_put_text(struct json *map, const char *key, const char *);
void		 json_put_time(struct json *map, const char *key, int64_t ms);
void		 json_put_span(struct json *map, const char *key, struct span);
void		 json_put_int(struct json *map, const char *key, int64_t);
void		 json_put_bool(struct json *map, const char *key, bool);
void		 json_put_hex(struct json *map, const char *key, struct span);
/* json_put_err adds code, text, reason and advice of an error. */
void		 json_put_err(struct json *map, const char *key,
		    const struct err *);

enum json_kind	 json_kind(const struct json *);
const struct json *json_member(const struct json *map, const char *key);
size_t		 json_count(const struct json *);	/* list or map */
const struct json *json_item(const struct json *list, size_t);
/* The text of a value, or an empty span with ptr NULL if it is none. */
struct span	 json_span(const struct json *);
int64_t		 json_integer_of(const struct json *);
bool		 json_truth(const struct json *);

/* json_each hands over the members of a map in the order of their making. */
bool		 json_each(const struct json *map, bool (*member)(void *arg,
		    const char *key, const struct json *, struct err *),
		    void *arg, struct err *) MUST_USE;

/* json_true_members is a list of the names of members that are true. */
struct json	*json_true_members(const struct json *map);

/* One line, members in the order of their making. */
void		 json_write(const struct json *, struct buf *out);
/* Indented, with a final newline, for people. */
void		 json_print(const struct json *, FILE *);

#endif

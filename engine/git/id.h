/*
 * id - the names that git gives to objects: SHA-1 of kind, size and bytes.
 *
 * An id finds an object; it proves nothing (the proof is a SHA-256 of the
 * payload or of a whole tree). Repositories whose ids are SHA-256 are refused
 * when they are opened, so an id has one size here; ledger and messages carry
 * ids as hex of any length.
 */
#ifndef GIT_ID_H
#define GIT_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define OBJECT_ID_SIZE	20	/* bytes */
#define OBJECT_ID_HEX	40	/* digits */

struct object_id {
	uint8_t	bytes[OBJECT_ID_SIZE];
};

enum object_kind {
	OBJECT_COMMIT,
	OBJECT_TREE,
	OBJECT_BLOB,
	OBJECT_TAG,
	OBJECT_KINDS
};

/* object_kind_names: "commit", "tree", "blob", "tag". */
extern const char *const object_kind_names[OBJECT_KINDS];

bool	object_kind_find(struct span name, enum object_kind *out) MUST_USE;

/* object_id_parse takes exactly 40 lower-case digits: never a prefix. */
bool	object_id_parse(struct span hex, struct object_id *out) MUST_USE;
bool	object_id_eq(const struct object_id *, const struct object_id *);
int	object_id_cmp(const struct object_id *, const struct object_id *);

/* object_id_zero: the id that stands for "no object" in pushes. */
bool	object_id_zero(const struct object_id *);

struct object_id_hex { char text[OBJECT_ID_HEX + 1]; };
struct object_id_hex object_id_hex(const struct object_id *);

/* object_id_of names bytes as git does: what object_write will answer. */
struct object_id object_id_of(enum object_kind, struct span);

#endif

/* id - see id.h. */
#include <string.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "git/id.h"

const char *const object_kind_names[OBJECT_KINDS] = {
	[OBJECT_COMMIT]	= "commit",
	[OBJECT_TREE]	= "tree",
	[OBJECT_BLOB]	= "blob",
	[OBJECT_TAG]	= "tag",
};

bool
object_kind_find(struct span name, enum object_kind *out)
{
	for (enum object_kind k = 0; k < OBJECT_KINDS; k++)
		if (span_is(name, object_kind_names[k])) {
			*out = k;
			return true;
		}
	return false;
}

bool
object_id_parse(struct span hex, struct object_id *out)
{
	struct object_id id;

	if (!text_unhex(hex, id.bytes, sizeof(id.bytes)))
		return false;
	*out = id;
	return true;
}

bool
object_id_eq(const struct object_id *a, const struct object_id *b)
{
	return object_id_cmp(a, b) == 0;
}

int
object_id_cmp(const struct object_id *a, const struct object_id *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool
object_id_zero(const struct object_id *id)
{
	static const struct object_id zero;

	return object_id_eq(id, &zero);
}

struct object_id_hex
object_id_hex(const struct object_id *id)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct object_id_hex out = { "" };

	text_hex(SPAN(id->bytes), &b);
	memcpy(out.text, b.ptr, OBJECT_ID_HEX);
	return out;
}

struct object_id
object_id_of(enum object_kind kind, struct span bytes)
{
	CLEANUP(hasher_done) struct hasher *h = hasher_new(DIGEST_SHA1);
	CLEANUP(buf_done) struct buf head = { 0 };
	struct object_id id;

	buf_printf(&head, "%s %zu", object_kind_names[kind], bytes.len);
	buf_u8(&head, 0);
	hasher_put(h, buf_span(&head));
	hasher_put(h, bytes);
	struct digest d = hasher_end(h);
	memcpy(id.bytes, d.bytes, sizeof(id.bytes));
	return id;
}

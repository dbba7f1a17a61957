/* sign_list - the list of what one intent is to sign: see signer.h. */
#include "base/limits.h"
#include "base/json.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "wire/signer.h"

#define ITEM_MEMBERS	4

static bool
item_write(const struct sign_item *item, size_t i, struct buf *out,
    struct err *e)
{
	const struct to_be_signed *t = &item->to_be_signed;
	const struct signature_row *row = &signature_rows[t->kind];
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf message = { 0 };

	json_put_text(v, "algorithm", row->name);
	json_put_span(v, "file", item->file);
	json_put_int(v, "i", (int64_t)i);
	if (row->whole_message) {
		text_base64(t->message, &message);
		json_put_span(v, "message", buf_span(&message));
	} else {
		json_put_hex(v, "digest", digest_span(&t->digest));
	}
	return canonical_write(v, out, e);
}

bool
sign_list_write(const struct sign_item *items, size_t count, struct buf *out,
    struct merkle_hash *root, struct err *e)
{
	struct merkle_frontier f = { 0 };

	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_done) struct buf line = { 0 };

		if (!item_write(&items[i], i, &line, e))
			return false;
		struct merkle_hash leaf = merkle_leaf(buf_span(&line));
		merkle_append(&f, &leaf);
		buf_put(out, buf_span(&line));
		buf_u8(out, '\n');
	}
	*root = merkle_root(&f);
	return true;
}

static bool
message_read(const struct json *v, struct arena *a, struct to_be_signed *t)
{
	CLEANUP(buf_done) struct buf message = { 0 };
	struct span text = json_span(json_member(v, "message"));

	return text.ptr != NULL && text_unbase64(text, &message) &&
	    message.len <= LIMIT_SIGNED_MESSAGE &&
	    arena_copy(a, buf_span(&message), &t->message);
}

static bool
digest_read(const struct json *v, struct arena *a, struct to_be_signed *t)
{
	struct span hex = json_span(json_member(v, "digest"));

	(void)a;
	t->digest.kind = signature_rows[t->kind].digest;
	t->digest.len = digest_rows[t->digest.kind].size;
	return hex.ptr != NULL &&
	    text_unhex(hex, t->digest.bytes, t->digest.len);
}

static bool
item_read(struct span line, size_t i, struct arena *a, struct sign_item *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	struct to_be_signed *t = &out->to_be_signed;

	if (!canonical_parse(line, &v, e))
		return err_set(e, ERR_SIGNER_LIST,
		    "line %zu is no canonical JSON", i);
	struct span file = json_span(json_member(v, "file"));
	const struct json *number = json_member(v, "i");
	if (json_kind(v) != JSON_KIND_MAP || json_count(v) != ITEM_MEMBERS ||
	    file.ptr == NULL || json_kind(number) != JSON_KIND_INTEGER ||
	    json_integer_of(number) != (int64_t)i ||
	    !signature_find(json_span(json_member(v, "algorithm")), &t->kind))
		return err_set(e, ERR_SIGNER_LIST, "line %zu is no item %zu of "
		    "a list", i, i);
	if (!arena_copy(a, file, &out->file))
		return err_budget(e, a);
	if (!(signature_rows[t->kind].whole_message ? message_read :
	    digest_read)(v, a, t))
		return err_set(e, ERR_SIGNER_LIST, "line %zu: no good digest "
		    "or message", i);
	return true;
}

bool
sign_list_read(struct span list, struct arena *a, struct sign_item **out,
    size_t *count, struct merkle_hash *root, struct err *e)
{
	struct sign_item *items = NULL;
	struct merkle_frontier f = { 0 };
	struct span line = { NULL, 0 };
	size_t n = 0;

	if (list.len == 0 || list.len > LIMIT_SIGN_LIST ||
	    !span_ends(list, "\n"))
		return err_set(e, ERR_SIGNER_LIST,
		    "the list is empty, too long or cut");
	for (; span_line(&list, &line); n++) {
		items = arena_grow(a, items, n, sizeof(*items));
		if (items == NULL || n == LIMIT_SIGN_ITEMS)
			return err_budget(e, a);
		items[n] = (struct sign_item){ 0 };
		if (!item_read(line, n, a, &items[n], e))
			return false;
		struct merkle_hash leaf = merkle_leaf(line);
		merkle_append(&f, &leaf);
	}
	*out = items;
	*count = n;
	*root = merkle_root(&f);
	return true;
}

/* signer - see signer.h: messages and their bodies. */
#include "base/limits.h"
#include "wire/signer.h"

#define ENGINE	(SIGNER_FRESH | SIGNER_READY)

/* The whole attack surface of the key-holding process is this table. */
const struct message_row signer_requests[] = {
	{ SIGNER_OPEN,		"open",		ENGINE,		0 },
	{ SIGNER_CHECKPOINT,	"checkpoint",	SIGNER_READY,	0 },
	{ SIGNER_COMMIT,	"commit",	SIGNER_READY,	0 },
	{ SIGNER_SIGN,		"sign",		SIGNER_READY,	0 },
	{ SIGNER_COUNT,		"count",	ENGINE,		0 },
	{ SIGNER_ABOUT,		"about",	ENGINE,		0 },
	{ SIGNER_SIGN_LOCAL,	"sign-local",	SIGNER_LOCAL,	0 },
	{ SIGNER_KEY_MAKE,	"key-make",	SIGNER_LOCAL,	0 },
	{ SIGNER_KEY_LIST,	"key-list",	SIGNER_LOCAL,	0 },
	{ SIGNER_KEY_CHECK,	"key-check",	SIGNER_LOCAL,	0 },
	{ SIGNER_KEY_IMPORT,	"key-import",	SIGNER_LOCAL,	2 },
	WIRE_PART_ROW,
};
const size_t signer_request_count = COUNT(signer_requests);

const struct message_row signer_answers[] = {
	{ SIGNER_OPENED,	"opened",	CHANNEL_ANY,	0 },
	{ SIGNER_CHECKPOINTED,	"checkpointed",	CHANNEL_ANY,	0 },
	{ SIGNER_COMMITTED,	"committed",	CHANNEL_ANY,	0 },
	{ SIGNER_SIGNED,	"signed",	CHANNEL_ANY,	0 },
	{ SIGNER_COUNTED,	"counted",	CHANNEL_ANY,	0 },
	{ SIGNER_TOLD,		"told",		CHANNEL_ANY,	0 },
	{ SIGNER_MADE,		"made",		CHANNEL_ANY,	0 },
	{ SIGNER_LISTED,	"listed",	CHANNEL_ANY,	0 },
	{ SIGNER_CHECKED,	"checked",	CHANNEL_ANY,	0 },
	{ SIGNER_FAILED,	"failed",	CHANNEL_ANY,	0 },
	WIRE_PART_ROW,
};
const size_t signer_answer_count = COUNT(signer_answers);

static bool
get_hash(struct reader *r, struct merkle_hash *out)
{
	return merkle_read(rd_take(r, MERKLE_SIZE), out);
}

void
open_write(const struct open_item *items, size_t count, struct buf *b)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_u8(b, (uint8_t)items[i].use);
		buf_str(b, items[i].uri);
	}
}

bool
open_read(struct span body, struct arena *a, struct open_item **out,
    size_t *count, struct err *e)
{
	struct reader r = rd_open(body);
	size_t n = rd_u32be(&r);

	if (!rd_ok(&r) || n > SIGNER_KEYS)
		return wire_malformed(e, "open");
	struct open_item *items = ARENA_ARRAY(a, struct open_item, n);
	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++) {
		uint8_t use = rd_u8(&r);

		if (use > SIGNER_USE_COMMIT)
			return wire_malformed(e, "open");
		items[i].use = (enum signer_use)use;
		if (!arena_copy(a, rd_str(&r), &items[i].uri))
			return err_budget(e, a);
	}
	*out = items;
	*count = n;
	return wire_whole(&r, "open", e);
}

void
key_record_write(const struct key_record *k, struct buf *b)
{
	wire_put_err(b, &k->err);
	buf_str(b, k->public_key);
	buf_str(b, k->json);
}

void
key_records_write(const struct key_record *keys, size_t count, struct buf *b)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		key_record_write(&keys[i], b);
}

bool
key_records_read(struct span body, struct arena *a, struct key_record **out,
    size_t *count, struct err *e)
{
	struct reader r = rd_open(body);
	size_t n = rd_u32be(&r);

	if (!rd_ok(&r) || n > LIMIT_TOKEN_KEYS)
		return wire_malformed(e, "keys");
	struct key_record *keys = ARENA_ARRAY(a, struct key_record, n);
	if (keys == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++) {
		if (!wire_get_err(&r, &keys[i].err))
			return wire_malformed(e, "keys");
		if (!arena_copy(a, rd_str(&r), &keys[i].public_key) ||
		    !arena_copy(a, rd_str(&r), &keys[i].json))
			return err_budget(e, a);
	}
	*out = keys;
	*count = n;
	return wire_whole(&r, "keys", e);
}

void
checkpoint_request_write(const struct checkpoint_request *q, struct buf *b)
{
	buf_u64be(b, q->old_size);
	buf_put(b, merkle_span(&q->old_root));
	buf_u64be(b, q->size);
	buf_put(b, merkle_span(&q->root));
	buf_str(b, q->proof);
}

bool
checkpoint_request_read(struct span body, struct checkpoint_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);
	struct checkpoint_request q = { .old_size = rd_u64be(&r) };

	if (!get_hash(&r, &q.old_root))
		return wire_malformed(e, "checkpoint");
	q.size = rd_u64be(&r);
	if (!get_hash(&r, &q.root))
		return wire_malformed(e, "checkpoint");
	q.proof = rd_str(&r);
	*out = q;
	return wire_whole(&r, "checkpoint", e);
}

void
sign_write(const struct sign_request *q, struct buf *b)
{
	buf_str(b, q->event);
	buf_str(b, q->proof);
	buf_str(b, q->list);
}

bool
sign_read(struct span body, struct sign_request *out, struct err *e)
{
	struct reader r = rd_open(body);

	out->event = rd_str(&r);
	out->proof = rd_str(&r);
	out->list = rd_str(&r);
	return wire_whole(&r, "sign", e);
}

void
sign_local_write(const struct sign_local_request *q, struct buf *b)
{
	buf_str(b, q->uri);
	buf_str(b, q->list);
}

bool
sign_local_read(struct span body, struct sign_local_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);

	out->uri = rd_str(&r);
	out->list = rd_str(&r);
	return wire_whole(&r, "sign-local", e);
}

void
key_make_write(const struct key_make_request *q, struct buf *b)
{
	buf_str(b, q->token);
	buf_str(b, q->algorithm);
	buf_str(b, q->label);
}

bool
key_make_read(struct span body, struct key_make_request *out, struct err *e)
{
	struct reader r = rd_open(body);

	out->token = rd_str(&r);
	out->algorithm = rd_str(&r);
	out->label = rd_str(&r);
	return wire_whole(&r, "key-make", e);
}

void
key_import_write(const struct key_import_request *q, struct buf *b)
{
	buf_str(b, q->token);
	buf_str(b, q->label);
}

bool
key_import_read(struct span body, struct key_import_request *out,
    struct err *e)
{
	struct reader r = rd_open(body);

	out->token = rd_str(&r);
	out->label = rd_str(&r);
	return wire_whole(&r, "key-import", e);
}

void
text_body_write(struct span text, struct buf *b)
{
	buf_str(b, text);
}

bool
text_body_read(struct span body, struct span *out, struct err *e)
{
	struct reader r = rd_open(body);

	*out = rd_str(&r);
	return wire_whole(&r, "text", e);
}

void
signed_write(const struct signature_item *items, size_t count, struct buf *b)
{
	buf_u32be(b, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		buf_str(b, items[i].value);
		wire_put_err(b, &items[i].err);
	}
}

bool
signed_read(struct span body, struct arena *a, struct signature_item **out,
    size_t *count, struct err *e)
{
	struct reader r = rd_open(body);
	size_t n = rd_u32be(&r);

	/* Each takes 16 bytes at least: do not allocate for a lie. */
	if (!rd_ok(&r) || n > LIMIT_SIGN_ITEMS || n > rd_left(&r) / 16)
		return wire_malformed(e, "signed");
	struct signature_item *items = ARENA_ARRAY(a, struct signature_item, n);
	if (items == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < n; i++) {
		if (!arena_copy(a, rd_str(&r), &items[i].value))
			return err_budget(e, a);
		if (!wire_get_err(&r, &items[i].err))
			return wire_malformed(e, "signed");
	}
	*out = items;
	*count = n;
	return wire_whole(&r, "signed", e);
}

bool
signed_values(const struct signature_item *items, size_t n, size_t count,
    struct span *values, struct err *e)
{
	if (n != count)
		return wire_malformed(e, "signed");
	for (size_t i = 0; i < n; i++) {
		if (items[i].err.what != NULL) {
			*e = items[i].err;
			return false;
		}
		values[i] = items[i].value;
	}
	return true;
}

void
counts_write(const struct signer_counts *c, struct buf *b)
{
	buf_u64be(b, c->size);
	buf_put(b, merkle_span(&c->root));
	buf_u64be(b, c->next_event);
	buf_u64be(b, c->checkpoints);
	buf_u64be(b, c->commits);
	buf_u64be(b, c->signatures);
}

bool
counts_read(struct span body, struct signer_counts *out, struct err *e)
{
	struct reader r = rd_open(body);
	struct signer_counts c = { .size = rd_u64be(&r) };

	if (!get_hash(&r, &c.root))
		return wire_malformed(e, "counts");
	c.next_event = rd_u64be(&r);
	c.checkpoints = rd_u64be(&r);
	c.commits = rd_u64be(&r);
	c.signatures = rd_u64be(&r);
	*out = c;
	return wire_whole(&r, "counts", e);
}

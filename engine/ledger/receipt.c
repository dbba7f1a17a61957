/* receipt - see receipt.h. */
#include <string.h>

#include "base/text.h"
#include "crypto/canonical.h"
#include "ledger/proof.h"
#include "ledger/tlog_proof.h"

/* What events name the blob by that goes with the receipt. */
#define TREE	"tree_sha256"

static const char kind[] = "tagseal-receipt";

static struct json *
base64(struct span s)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	text_base64(s, &b);
	return json_text(buf_span(&b));
}

bool
receipt_gather(struct ledger *l, uint64_t n, struct span note,
    struct buf *event, struct receipt_parts *out, struct err *e)
{
	struct receipt_parts p = { .n = n, .note = note };
	struct checkpoint c;

	if (ledger_format(l) == NULL)
		return err_set(e, ERR_LEDGER_NO_EVENT, "the ledger is empty");
	if (!checkpoint_verify(note, &ledger_format(l)->log, &c, e) ||
	    !ledger_event(l, n, event, e) ||
	    !ledger_prove_inclusion(l, n, c.size, &p.proof, e))
		return false;
	p.event = buf_span(event);
	*out = p;
	return true;
}

/* The blob that the event names, if it names one. */
static bool
tree_gather(struct ledger *l, const struct receipt_parts *p, struct buf *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	struct event ev;

	if (!event_parse(p->event, p->n, &json, &ev, e))
		return false;
	struct span hex = event_text(&ev, TREE);
	return hex.len == 0 || ledger_blob(l, hex, out, e);
}

static void
put_tokens(struct json *v, const struct anchored *under)
{
	struct json *list;

	if (under->token_count == 0)
		return;
	list = json_list();
	for (size_t i = 0; i < under->token_count; i++)
		json_add(list, base64(under->tokens[i]));
	json_put(v, "timestamps", list);
}

bool
receipt_write(struct ledger *l, uint64_t n, struct span note,
    struct buf *out, struct err *e)
{
	return receipt_write_anchored(l, n, &(struct anchored){ .note = note },
	    out, e);
}

bool
receipt_write_anchored(struct ledger *l, uint64_t n,
    const struct anchored *under, struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 }, tree = { 0 };
	CLEANUP(json_done) struct json *v = json_map();
	struct json *path = json_list();
	struct receipt_parts p;

	json_put(v, "proof", path);
	if (!receipt_gather(l, n, under->note, &event, &p, e) ||
	    !tree_gather(l, &p, &tree, e))
		return false;
	for (size_t i = 0; i < p.proof.count; i++)
		json_add(path, base64(merkle_span(&p.proof.path[i])));
	json_put_int(v, "v", 1);
	json_put_text(v, "kind", kind);
	json_put_int(v, "n", (int64_t)n);
	json_put(v, "event", base64(p.event));
	json_put_span(v, "checkpoint", under->note);
	put_tokens(v, under);
	if (tree.len > 0)
		json_put(v, "tree", base64(buf_span(&tree)));
	return canonical_write(v, out, e);
}

static bool
read_proof(const struct json *list, struct merkle_proof *out)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	if (json_kind(list) != JSON_KIND_LIST)
		return false;
	for (size_t i = 0; i < json_count(list); i++)
		if (!text_unbase64(json_span(json_item(list, i)), &raw) ||
		    raw.len != (i + 1) * MERKLE_SIZE)
			return false;
	return merkle_proof_read(buf_span(&raw), out);
}

static bool
read_tokens(const struct json *list, struct arena *a,
    struct receipt_parts *out, struct err *e)
{
	size_t count = json_count(list);

	if (list == NULL)
		return true;
	if (json_kind(list) != JSON_KIND_LIST || count == 0 ||
	    count > ANCHOR_TOKENS)
		return err_set(e, ERR_RECEIPT, "its timestamps are no list");
	out->tokens = ARENA_ARRAY(a, struct span, count);
	if (out->tokens == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		CLEANUP(buf_done) struct buf raw = { 0 };

		if (!text_unbase64(json_span(json_item(list, i)), &raw))
			return err_set(e, ERR_RECEIPT, "a timestamp is no "
			    "base64");
		if (!arena_copy(a, buf_span(&raw), &out->tokens[i]))
			return err_budget(e, a);
	}
	out->token_count = count;
	return true;
}

static bool
read_json(const struct json *v, struct arena *a, struct receipt_parts *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf event = { 0 }, tree = { 0 };
	const struct json *n = json_member(v, "n");
	const struct json *with = json_member(v, "tree");
	const struct json *tokens = json_member(v, "timestamps");

	if (json_kind(v) != JSON_KIND_MAP ||
	    json_count(v) != 6 + (size_t)(with != NULL) +
	    (size_t)(tokens != NULL) ||
	    json_integer_of(json_member(v, "v")) != 1 ||
	    !span_is(json_span(json_member(v, "kind")), kind) ||
	    json_kind(n) != JSON_KIND_INTEGER || json_integer_of(n) < 0 ||
	    !text_unbase64(json_span(json_member(v, "event")), &event) ||
	    (with != NULL && (!text_unbase64(json_span(with), &tree) ||
	    tree.len == 0)) || !read_proof(json_member(v, "proof"),
	    &out->proof))
		return err_set(e, ERR_RECEIPT, "not what a receipt consists "
		    "of");
	out->n = (uint64_t)json_integer_of(n);
	if (!arena_copy(a, buf_span(&event), &out->event) ||
	    !arena_copy(a, buf_span(&tree), &out->tree) ||
	    !arena_copy(a, json_span(json_member(v, "checkpoint")),
	    &out->note))
		return err_budget(e, a);
	return read_tokens(tokens, a, out, e);
}

/* What the receipt says, before anything of it is proven. */
static bool
read_parts(struct arena *a, struct span in, struct receipt_parts *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;

	if (tlog_proof_is(in))
		return tlog_proof_read(a, in, out, e);
	return canonical_parse(in, &v, e) && read_json(v, a, out, e);
}

static bool
tree_is_named(const struct event *ev, struct span tree, struct err *e)
{
	struct digest sum = digest_of(DIGEST_SHA256, tree);

	return tree.len == 0 || span_is(event_text(ev, TREE),
	    digest_hex(&sum).text) || err_set(e, ERR_RECEIPT, "its tree is "
	    "not the one that the event names");
}

/* Each token must be good; the earliest counts. */
static bool
check_tokens(const struct receipt_parts *p, const struct note_key *key,
    struct receipt *out, struct err *e)
{
	CLEANUP(buf_done) struct buf alone = { 0 };

	out->stamped = 0;
	if (!anchor_note(p->note, key, &alone, e))
		return false;
	for (size_t i = 0; i < p->token_count; i++) {
		int64_t time;

		if (!anchor_token_check(p->tokens[i], buf_span(&alone), NULL,
		    &time, e))
			return err_at(e, "timestamps[%zu]", i);
		if (i == 0 || time < out->stamped)
			out->stamped = time;
	}
	return true;
}

bool
receipt_check(struct arena *a, struct span in, const struct note_key *key,
    struct receipt *out, struct err *e)
{
	CLEANUP(json_done) struct json *event = NULL;
	struct receipt_parts p = { .n = 0 };
	struct receipt r;
	struct event ev;

	if (!read_parts(a, in, &p, e) ||
	    !checkpoint_verify(p.note, key, &r.checkpoint, e) ||
	    !check_tokens(&p, key, &r, e))
		return err_at(e, "receipt");
	struct merkle_hash leaf = merkle_leaf(p.event);
	if (!merkle_check_inclusion(&leaf, p.n, r.checkpoint.size,
	    &r.checkpoint.root, &p.proof, e) ||
	    !event_parse(p.event, p.n, &event, &ev, e) ||
	    !tree_is_named(&ev, p.tree, e))
		return err_at(e, "receipt");
	r.n = p.n;
	r.event = p.event;
	r.tree = p.tree;
	r.note = p.note;
	r.tokens = p.tokens;
	r.token_count = p.token_count;
	*out = r;
	return true;
}

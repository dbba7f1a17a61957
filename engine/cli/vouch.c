/* vouch - see vouch.h. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/file_hash.h"
#include "cli/job.h"
#include "cli/vouch.h"
#include "sys/file.h"

#define TYPE		"artifact.verified"

bool
vouch_keys(const struct invocation *in, struct history *h, struct err *e)
{
	const char *key;

	if (!history_keys(in, h, e))
		return false;
	return h->trust.log_key.len > 0 || option_need(in, "log-key", &key,
	    e) || err_hint(e, "or pin it in ~/.config/tagseal/trust.yaml");
}

static bool
prove_by(struct arena *a, struct span bytes, struct span vkey,
    struct receipt *out, struct err *e)
{
	struct note_key key;

	return note_key_parse(a, vkey, &key, e) &&
	    receipt_check(a, bytes, &key, out, e);
}

/* By the key that was given, or the one of the pins that made it. */
static bool
prove(const struct history *h, struct arena *a, struct span bytes,
    struct receipt *out, struct err *e)
{
	bool ok = prove_by(a, bytes, h->trust.log_key, out, e);

	for (size_t i = 1; !ok && err_is(e, ERR_NOTE_UNSIGNED) &&
	    i < h->pins.count; i++)
		ok = prove_by(a, bytes, h->pins.items[i], out, e);
	return ok;
}

/* Whoever pinned witnesses wants so many of them to have signed. */
static bool
is_cosigned(const struct history *h, struct vouch *v, struct err *e)
{
	const struct ledger_trust *t = &h->trust;
	struct note n;

	if (t->witness_count == 0)
		return true;
	if (!note_parse(v->arena, v->receipt.note, &n, e) ||
	    !cosignature_count(&n, t->witnesses, t->witness_count,
	    &v->cosigned, e))
		return err_at(e, "receipt");
	return v->cosigned >= t->quorum || err_set(e, ERR_WITNESS_QUORUM,
	    "%zu of the %zu witnesses pinned cosigned its checkpoint, %zu must "
	    "have", v->cosigned, t->witness_count, t->quorum);
}

static bool
read_event(struct vouch *v, struct err *e)
{
	struct err unused;

	if (!event_parse(v->receipt.event, v->receipt.n, &v->json, &v->event,
	    e))
		return false;
	struct span type = json_span(json_member(v->json, "type"));
	if (!span_is(type, TYPE))
		return err_set(e, ERR_RECEIPT, "event %llu is %s, which "
		    "vouches for no file", (unsigned long long)v->receipt.n,
		    text_show(type).text);
	/* A tree of no form that we know has nothing for us in it. */
	if (v->receipt.tree.len > 0 &&
	    !json_parse(v->receipt.tree, &v->tree, &unused))
		v->tree = NULL;
	return true;
}

bool
vouch_read(const struct history *h, const char *path, struct vouch *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct vouch v = { .arena = arena_new(LIMIT_RECEIPT_ARENA) };

	if (!file_load(path, LIMIT_RECEIPT, &bytes, e) ||
	    !prove(h, v.arena, buf_span(&bytes), &v.receipt, e) ||
	    !is_cosigned(h, &v, e) ||
	    !read_event(&v, e)) {
		vouch_done(&v);
		return false;
	}
	*out = v;
	return true;
}

void
vouch_done(struct vouch *v)
{
	json_release(v->json);
	json_release(v->tree);
	arena_free(v->arena);
}

/* As it was left; a file whose signature lies beside it stayed as it was. */
static bool
is_of(const struct json *row, struct span sha256)
{
	return span_eq(json_span(json_member(row, "sha256_after")), sha256) ||
	    (json_member(row, "output") != NULL && span_eq(json_span(
	    json_member(row, "sha256_before")), sha256));
}

struct span
vouch_inside(const struct json *tree, struct span sha256)
{
	static const char *const lists[] = { "signatures", "rebuilt" };

	for (size_t k = 0; k < COUNT(lists); k++) {
		const struct json *rows = json_member(tree, lists[k]);

		for (size_t i = 0; i < json_count(rows); i++) {
			if (is_of(json_item(rows, i), sha256))
				return json_span(json_member(
				    json_item(rows, i), "path"));
		}
	}
	return (struct span){ 0 };
}

bool
vouch_compare(struct vouch *v, const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf hex = { 0 };
	struct digest digest;
	uint64_t size;

	if (!file_hash(path, &digest, &size, e))
		return false;
	text_hex(digest_span(&digest), &hex);
	v->compared = true;
	if (span_eq(buf_span(&hex), event_text(&v->event, "artifact_sha256")))
		return true;
	v->inside = vouch_inside(v->tree, buf_span(&hex));
	return v->inside.len > 0 || err_set(e, ERR_RECEIPT_FILE, "'%s' is not "
	    "the file that the receipt vouches for, nor a part of it: "
	    "its SHA-256 is %s", text_show(span_text(path)).text,
	    buf_cstr(&hex));
}

static void
print_file(const struct vouch *v, int indent)
{
	printf("%*s%-*s", indent, "", CLI_TITLE, "file");
	if (v->inside.len > 0) {
		printf("is a part of it: ");
		cli_show(v->inside);
		putchar('\n');
	} else {
		printf("%s\n", v->compared ? "is the one" : "was not looked "
		    "at: name it behind the receipt");
	}
}

/* The authority's certificate leads to whom? Nobody was asked. */
static void
print_stamp(const struct receipt *r, int indent)
{
	char time[TEXT_TIME_SIZE];

	if (r->token_count == 0)
		return;
	text_time(r->stamped, time);
	printf("%*s%-*s%s, if you trust the authority\n", indent, "",
	    CLI_TITLE, "timestamp", time);
}

void
vouch_print(const struct vouch *v, const struct palette *colours, int indent)
{
	const struct checkpoint *c = &v->receipt.checkpoint;

	printf("%*s%sgood%s: event %llu of ", indent, "", colours->green,
	    colours->plain, (unsigned long long)v->receipt.n);
	cli_show(c->origin);
	printf(", under a checkpoint of %llu events\n",
	    (unsigned long long)c->size);
	indent += 2;
	cli_member(v->json, "at", "at", indent);
	cli_member(v->json, "request", "request", indent);
	cli_member(v->json, "name", "artifact", indent);
	cli_member(v->json, "artifact_sha256", "sha256", indent);
	printf("%*s%-*s%llu, each accounted for\n", indent, "", CLI_TITLE,
	    "signatures", (unsigned long long)event_integer(&v->event,
	    "signatures"));
	if (v->cosigned > 0)
		printf("%*s%-*s%zu cosigned\n", indent, "", CLI_TITLE,
		    "witnesses", v->cosigned);
	print_stamp(&v->receipt, indent);
	print_file(v, indent);
}

struct json *
vouch_json(const struct vouch *v)
{
	struct json *out = json_map(), *event;
	struct err unused;

	json_put_span(out, "origin", v->receipt.checkpoint.origin);
	json_put_int(out, "checkpoint_size",
	    (int64_t)v->receipt.checkpoint.size);
	json_put_int(out, "witnesses", (int64_t)v->cosigned);
	if (v->receipt.token_count > 0)
		json_put_time(out, "stamped", v->receipt.stamped);
	json_put_bool(out, "file_compared", v->compared);
	if (v->inside.len > 0)
		json_put_span(out, "inside", v->inside);
	if (json_parse(v->receipt.event, &event, &unused))
		json_put(out, "event", event);
	return out;
}

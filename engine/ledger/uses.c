/* uses - see uses.h. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "crypto/digest.h"
#include "ledger/state.h"
#include "ledger/uses.h"

static bool
wrong(struct ledger_fault *f, const char *what)
{
	return err_set(&f->err, ERR_LEDGER_USES, "%s", what);
}

/* A file of the branch as this commit has it; false: it is not there. */
static bool
read_file(const struct reading *r, const char *path, uint64_t limit,
    struct buf *out)
{
	struct tree_entry entry;
	struct err unused;

	return tree_lookup(r->repo, &r->tree, span_text(path), &entry,
	    &unused) && object_read(r->repo, &entry.id, OBJECT_BLOB, limit,
	    out, &unused);
}

static bool
read_blob(const struct reading *r, struct span hex, struct buf *out,
    struct ledger_fault *f)
{
	char path[LEDGER_PATH_SIZE];

	ledger_blob_path(hex, path);
	fault_path(f, span_text(path));
	return read_file(r, path, LIMIT_LEDGER_BLOB, out);
}

/* ---- lines */

struct line {
	struct json	*json;
	struct span	 bytes;		/* without the LF */
};

static void
line_done(struct line *l)
{
	json_release(l->json);
}

/* Line number i of the rest; *there is false behind the last one. */
static bool
line_next(struct span *rest, uint64_t i, struct line *out, bool *there,
    struct ledger_fault *f)
{
	struct err why;

	*there = span_line(rest, &out->bytes);
	if (!*there)
		return true;
	if (canonical_parse(out->bytes, &out->json, &why) &&
	    json_kind(out->json) == JSON_KIND_MAP &&
	    json_kind(json_member(out->json, "i")) == JSON_KIND_INTEGER &&
	    (uint64_t)json_integer_of(json_member(out->json, "i")) == i)
		return true;
	char number[32];
	snprintf(number, sizeof(number), "\"i\":%llu", (unsigned long long)i);
	fault_expected(f, span_text(number), out->bytes);
	return wrong(f, "a line is not the next one of a list");
}

/* ---- keys.intended */

static bool
list_measure(struct span list, uint64_t *count, struct merkle_hash *root,
    struct ledger_fault *f)
{
	struct merkle_frontier frontier = { .size = 0 };
	bool there = true;

	for (*count = 0; ; ++*count) {
		CLEANUP(line_done) struct line l = { .json = NULL };

		if (!line_next(&list, *count, &l, &there, f))
			return false;
		if (!there)
			break;
		struct merkle_hash leaf = merkle_leaf(l.bytes);
		merkle_append(&frontier, &leaf);
	}
	*root = merkle_root(&frontier);
	return true;
}

static bool
on_intended(struct reading *r, const struct event *ev,
    struct event_uses **out, struct ledger_fault *f)
{
	CLEANUP(buf_done) struct buf list = { 0 }, hex = { 0 };
	uint64_t count, want = event_integer(ev, "count");
	struct merkle_hash root;

	(void)out;
	if (!read_blob(r, event_text(ev, "list_sha256"), &list, f))
		return true;
	if (!list_measure(buf_span(&list), &count, &root, f))
		return false;
	if (count != want) {
		fault_numbers(f, want, count);
		return wrong(f, "the list has another number of signatures "
		    "than was intended");
	}
	text_hex(merkle_span(&root), &hex);
	if (span_eq(event_text(ev, "root_sha256"), buf_span(&hex)))
		return true;
	fault_expected(f, event_text(ev, "root_sha256"), buf_span(&hex));
	return wrong(f, "the list has another root than the one intended");
}

/* ---- keys.used */

/* The digest that a line of a list asks for, or "" where it asks for none. */
static void
asked_digest(const struct json *line, struct buf *out)
{
	const struct json *message = json_member(line, "message");
	CLEANUP(buf_done) struct buf bytes = { 0 };

	if (message == NULL) {
		buf_put(out, json_span(json_member(line, "digest")));
	} else if (text_unbase64(json_span(message), &bytes)) {
		struct digest d = digest_of(DIGEST_SHA256, buf_span(&bytes));

		buf_text(out, digest_hex(&d).text);
	}
}

static bool
lines_fit(const struct line *asked, const struct line *used,
    struct ledger_fault *f)
{
	static const char *const same[] = { "algorithm", "file" };
	CLEANUP(buf_done) struct buf digest = { 0 };
	bool fit = true;

	for (size_t i = 0; i < COUNT(same); i++)
		fit = fit && span_eq(json_span(json_member(asked->json,
		    same[i])), json_span(json_member(used->json, same[i])));
	asked_digest(asked->json, &digest);
	if (fit && digest.len > 0 && span_eq(buf_span(&digest),
	    json_span(json_member(used->json, "digest"))))
		return true;
	fault_expected(f, asked->bytes, used->bytes);
	return wrong(f, "a use is of something else than what was intended");
}

static bool
hash_add(struct reading *r, struct span hex, struct merkle_hash **list,
    size_t *count, struct ledger_fault *f)
{
	struct merkle_hash *more = arena_grow(r->arena, *list, *count,
	    sizeof(*more));

	if (more == NULL)
		return err_budget(&f->err, r->arena);
	*list = more;
	if (!text_unhex(hex, more[*count].bytes, MERKLE_SIZE)) {
		fault_expected(f, span_text("64 hex digits"), hex);
		return wrong(f, "a signature is not named by its SHA-256");
	}
	++*count;
	return true;
}

/* One line of each, or the end of both. */
static bool
use_take(struct reading *r, struct span *list, struct span *uses, uint64_t i,
    struct event_uses *out, bool *more, struct ledger_fault *f)
{
	CLEANUP(line_done) struct line asked = { .json = NULL };
	CLEANUP(line_done) struct line used = { .json = NULL };
	bool one, other;

	if (!line_next(list, i, &asked, &one, f) ||
	    !line_next(uses, i, &used, &other, f))
		return false;
	*more = one && other;
	if (one != other) {
		fault_expected(f, one ? asked.bytes : span_text("no more"),
		    other ? used.bytes : span_text("no more"));
		return wrong(f, "there is not one use for each signature that "
		    "was intended");
	}
	if (!one)
		return true;
	const struct json *made = json_member(used.json, "signature_sha256");
	return lines_fit(&asked, &used, f) && (made == NULL ||
	    hash_add(r, json_span(made), &out->made, &out->count, f));
}

/* What was intended, and its list. */
struct intention {
	struct buf	 bytes;
	struct json	*json;
	struct event	 event;
	struct buf	 list;
};

static void
intention_done(struct intention *i)
{
	json_release(i->json);
	buf_done(&i->bytes);
	buf_done(&i->list);
}

/* false: others tell what is wrong. */
static bool
intention_read(const struct reading *r, uint64_t n, struct intention *out,
    struct ledger_fault *f)
{
	char path[LEDGER_PATH_SIZE];
	struct err unused;

	return ledger_event_path(n, path) &&
	    read_file(r, path, LIMIT_EVENT, &out->bytes) &&
	    event_parse(buf_span(&out->bytes), n, &out->json, &out->event,
	    &unused) && strcmp(out->event.type->name, "keys.intended") == 0 &&
	    read_blob(r, event_text(&out->event, "list_sha256"), &out->list,
	    f);
}

static bool
holder_fits(const struct event *intended, const struct event *used,
    struct ledger_fault *f)
{
	static const char *const members[] = { "certificate",
	    "certificate_sha256", "spki_sha256", "token", "session" };

	for (size_t i = 0; i < COUNT(members); i++) {
		CLEANUP(buf_done) struct buf one = { 0 }, other = { 0 };

		json_write(json_member(intended->json, members[i]), &one);
		json_write(json_member(used->json, members[i]), &other);
		if (span_eq(buf_span(&one), buf_span(&other)))
			continue;
		fault_path(f, (struct span){ 0 });
		fault_expected(f, buf_span(&one), buf_span(&other));
		return wrong(f, "another key, certificate, token or start of "
		    "the signer than was intended");
	}
	return true;
}

static bool
on_used(struct reading *r, const struct event *ev, struct event_uses **out,
    struct ledger_fault *f)
{
	CLEANUP(intention_done) struct intention intention = { .json = NULL };
	CLEANUP(buf_done) struct buf uses = { 0 };
	struct event_uses *u = ARENA_NEW(r->arena, struct event_uses);
	uint64_t made = event_integer(ev, "made");
	bool more = true;

	if (u == NULL)
		return err_budget(&f->err, r->arena);
	if (!intention_read(r, event_integer(ev, "intended"), &intention, f) ||
	    !read_blob(r, event_text(ev, "uses_sha256"), &uses, f))
		return true;
	if (!holder_fits(&intention.event, ev, f))
		return false;
	struct span asked = buf_span(&intention.list);
	struct span used = buf_span(&uses);
	for (uint64_t i = 0; more; i++)
		if (!use_take(r, &asked, &used, i, u, &more, f))
			return false;
	*out = u;
	if (u->count == made)
		return true;
	fault_numbers(f, made, u->count);
	return wrong(f, "another number of uses have a signature than were "
	    "made");
}

static bool
on_unknown(struct reading *r, const struct event *ev,
    struct event_uses **out, struct ledger_fault *f)
{
	CLEANUP(intention_done) struct intention intention = { .json = NULL };

	(void)out;
	return !intention_read(r, event_integer(ev, "intended"), &intention,
	    f) || holder_fits(&intention.event, ev, f);
}

/* ---- artifact.verified */

static bool
row_take(struct reading *r, const struct json *row, struct event_uses *u,
    struct ledger_fault *f)
{
	struct span hex = json_span(json_member(row, "signature_sha256"));

	return json_member(row, "same_as") != NULL ?
	    hash_add(r, hex, &u->copies, &u->copy_count, f) :
	    hash_add(r, hex, &u->made, &u->count, f);
}

static bool
on_verified(struct reading *r, const struct event *ev,
    struct event_uses **out, struct ledger_fault *f)
{
	CLEANUP(json_done) struct json *tree = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event_uses *u = ARENA_NEW(r->arena, struct event_uses);
	uint64_t want = event_integer(ev, "signatures");
	struct err why;

	if (u == NULL)
		return err_budget(&f->err, r->arena);
	if (!read_blob(r, event_text(ev, "tree_sha256"), &bytes, f))
		return true;
	if (!json_parse(buf_span(&bytes), &tree, &why) ||
	    json_kind(json_member(tree, "signatures")) != JSON_KIND_LIST)
		return wrong(f, "the tree does not say what was signed");
	const struct json *rows = json_member(tree, "signatures");
	for (size_t i = 0; i < json_count(rows); i++)
		if (!row_take(r, json_item(rows, i), u, f))
			return false;
	*out = u;
	if (u->count == want)
		return true;
	fault_numbers(f, want, u->count);
	return wrong(f, "the tree has another number of signatures than the "
	    "event says");
}

bool
uses_of(struct reading *r, const struct event *ev, struct event_uses **out,
    struct ledger_fault *f)
{
	static const struct {
		const char	*type;
		bool		(*look)(struct reading *, const struct event *,
				    struct event_uses **,
				    struct ledger_fault *);
	} looks[] = {
		{ "keys.intended", on_intended },
		{ "keys.used", on_used },
		{ "keys.unknown", on_unknown },
		{ "artifact.verified", on_verified },
	};

	*out = NULL;
	for (size_t i = 0; i < COUNT(looks); i++)
		if (strcmp(ev->type->name, looks[i].type) == 0)
			return looks[i].look(r, ev, out, f);
	return true;
}

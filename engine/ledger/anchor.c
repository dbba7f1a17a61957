/* anchor - see anchor.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/timestamp.h"
#include "git/tree.h"
#include "ledger/state.h"

#define SIZES		((uint64_t)1 << 24)
#define NOTE		"checkpoint"
#define TOKEN		".tst"
#define TOKEN_DIGITS	16
#define COSIGNATURE	".cosignature"
#define ID_DIGITS	8
#define PAYLOAD		72	/* bytes of a cosignature: time, signature */
#define ANCHOR_ARENA	((size_t)8 << 20)
#define LISTING_ARENA	((size_t)64 << 20)	/* LIMIT_TREE_ENTRIES of them */

/* ---- names */

bool
anchor_path(uint64_t size, const char *name, char out[LEDGER_PATH_SIZE])
{
	if (size >= SIZES)
		return false;
	int n = snprintf(out, LEDGER_PATH_SIZE, "anchors/%02x/%02x/%02x/%s",
	    (unsigned)(size >> 16), (unsigned)(size >> 8 & 0xff),
	    (unsigned)(size & 0xff), name);
	return n > 0 && n < LEDGER_PATH_SIZE;
}

bool
anchor_path_parse(struct span path, uint64_t *size, struct span *name)
{
	struct span rest = path, part;
	uint8_t byte;

	if (!span_split(&rest, '/', &part) || !span_is(part, "anchors"))
		return false;
	*size = 0;
	for (int i = 0; i < 3; i++) {
		if (!span_split(&rest, '/', &part) ||
		    !text_unhex(part, &byte, 1))
			return false;
		*size = *size << 8 | byte;
	}
	*name = rest;
	return rest.len > 0 && span_find(rest, span_text("/")) == SIZE_MAX;
}

void
anchor_token_name(struct span token, char out[LEDGER_PATH_SIZE])
{
	struct digest d = digest_of(DIGEST_SHA256, token);

	snprintf(out, LEDGER_PATH_SIZE, "%.*s" TOKEN, TOKEN_DIGITS,
	    digest_hex(&d).text);
}

void
anchor_line_name(const struct note_line *l, char out[LEDGER_PATH_SIZE])
{
	snprintf(out, LEDGER_PATH_SIZE, "%08" PRIx32 COSIGNATURE, l->id);
}

/* ---- what they say */

bool
anchor_note(struct span bytes, const struct note_key *log, struct buf *out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ANCHOR_ARENA);
	struct checkpoint c;
	struct note n;

	if (!checkpoint_verify(bytes, log, &c, e) ||
	    !note_parse(a, bytes, &n, e))
		return false;
	buf_put(out, n.text);
	buf_u8(out, '\n');
	for (size_t i = 0; i < n.count; i++)
		if (note_line_by(&n.lines[i], log))
			note_line_write(log, n.lines[i].signature, out);
	return true;
}

bool
anchor_token_check(struct span token, struct span note,
    const struct trust *roots, int64_t *time, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ANCHOR_ARENA);
	const struct timestamp_terms terms = { .roots = roots };
	struct timestamp said;

	if (!timestamp_check(token, note, &terms, a, &said, e))
		return false;
	*time = said.time;
	return true;
}

bool
anchor_time_check(struct ledger *l, const struct object_id *tree,
    uint64_t size, int64_t time, struct ledger_fault *f)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	char path[LEDGER_PATH_SIZE], token[TEXT_TIME_SIZE];
	struct event ev;
	struct err none;

	if (size == 0 || !ledger_event_path(size - 1, path) ||
	    !ledger_read_file(l, tree == NULL ? &l->tree_id : tree, path,
	    LIMIT_EVENT, &bytes, &none) ||
	    !event_parse(buf_span(&bytes), size - 1, &json, &ev, &none) ||
	    ev.at <= time + LIMIT_CLOCK_APART)
		return true;
	text_time(time, token);
	f->of_event = true;
	f->n = ev.n;
	fault_expected(f, span_text(token), event_text(&ev, "at"));
	return err_set(&f->err, ERR_LEDGER_TIME, "event %" PRIu64 " says %s, "
	    "and a timestamp that it was there at %s", ev.n,
	    text_show(event_text(&ev, "at")).text, token);
}

/* One file below anchors/, while it is judged. */
struct taking {
	struct ledger		*ledger;
	const struct object_id	*tree;
	struct arena		*arena;
	uint64_t		 size;
	struct span		 name;
	struct span		 bytes;
	struct span		 note;		/* the checkpoint beside it */
	struct ledger_fault	*fault;		/* where it is about an event */
};

static bool
take_note(struct taking *t, struct err *e)
{
	struct ledger *l = t->ledger;
	CLEANUP(buf_done) struct buf alone = { 0 };
	struct checkpoint c;

	if (!anchor_note(t->bytes, &l->format.log, &alone, e) ||
	    !checkpoint_verify(t->bytes, &l->format.log, &c, e))
		return false;
	struct merkle_hash root = merkle_tree_root(&l->tree, t->size);
	if (!span_eq(buf_span(&alone), t->bytes))
		return err_set(e, ERR_LEDGER_ANCHOR, "others than the log "
		    "signed it");
	if (c.size != t->size || !merkle_eq(&c.root, &root))
		return err_set(e, ERR_LEDGER_ANCHOR, "it is not of the first "
		    "%" PRIu64 " events", t->size);
	if (t->size > l->anchored.size)
		l->anchored.size = t->size;
	return true;
}

static bool
take_token(struct taking *t, struct err *e)
{
	struct ledger_anchored *s = &t->ledger->anchored;
	char name[LEDGER_PATH_SIZE];
	int64_t time;

	anchor_token_name(t->bytes, name);
	if (!span_is(t->name, name))
		return err_set(e, ERR_LEDGER_ANCHOR, "its name would be %s",
		    name);
	if (!anchor_token_check(t->bytes, t->note, NULL, &time, e))
		return false;
	if (!anchor_time_check(t->ledger, t->tree, t->size, time, t->fault)) {
		*e = t->fault->err;
		return false;
	}
	if (t->size > s->stamped)
		s->stamped = t->size;
	if (time > s->time)
		s->time = time;
	return true;
}

/* How many of the witnesses declared are there: each file was judged. */
static size_t
witnesses_of(const struct taking *t)
{
	const struct ledger_trust *trust = &t->ledger->trust;
	size_t count = 0;

	for (size_t i = 0; i < trust->witness_count; i++) {
		char name[LEDGER_PATH_SIZE], path[LEDGER_PATH_SIZE];
		struct note_line by = { .id = trust->witnesses[i].id };
		struct tree_entry entry;
		struct err none;

		anchor_line_name(&by, name);
		count += anchor_path(t->size, name, path) &&
		    tree_lookup(t->ledger->repo, t->tree, span_text(path),
		    &entry, &none);
	}
	return count;
}

static bool
take_line(struct taking *t, struct err *e)
{
	const struct ledger_trust *trust = &t->ledger->trust;
	struct ledger_anchored *s = &t->ledger->anchored;
	char name[LEDGER_PATH_SIZE];
	struct span rest = t->bytes, line;
	struct note_line by;
	struct note n;

	if (!span_line(&rest, &line) || rest.len > 0 ||
	    !span_ends(t->bytes, "\n") ||
	    !note_line_parse(t->arena, line, &by, e) ||
	    by.signature.len != PAYLOAD)
		return err_set(e, ERR_LEDGER_ANCHOR, "it is no line of a "
		    "witness");
	anchor_line_name(&by, name);
	if (!span_is(t->name, name))
		return err_set(e, ERR_LEDGER_ANCHOR, "its name would be %s",
		    name);
	if (!note_parse(t->arena, t->note, &n, e))
		return false;
	for (size_t i = 0; i < trust->witness_count; i++)
		if (by.id == trust->witnesses[i].id &&
		    !cosignature_line_check(&by, n.text, &trust->witnesses[i],
		    NULL, e))
			return false;
	if (trust->quorum > 0 && t->size > s->cosigned &&
	    witnesses_of(t) >= trust->quorum)
		s->cosigned = t->size;
	return true;
}

/* The kinds of files, by the ends of their names. */
static const struct kind {
	const char	*end;
	size_t		 digits;	/* before it */
	bool		(*take)(struct taking *, struct err *);
} kinds[] = {
	{ NOTE, 0, take_note },
	{ TOKEN, TOKEN_DIGITS, take_token },
	{ COSIGNATURE, ID_DIGITS, take_line },
};

static const struct kind *
kind_of(struct span name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (name.len == kinds[i].digits + strlen(kinds[i].end) &&
		    span_ends(name, kinds[i].end))
			return &kinds[i];
	return NULL;
}

static bool
read_beside(struct taking *t, struct buf *out, struct err *e)
{
	char path[LEDGER_PATH_SIZE];

	if (!anchor_path(t->size, NOTE, path) || !ledger_read_file(t->ledger,
	    t->tree, path, LIMIT_EVENT, out, e))
		return err_set(e, ERR_LEDGER_ANCHOR, "there is no checkpoint "
		    "beside it");
	t->note = buf_span(out);
	return true;
}

static bool
take(struct taking *t, const struct kind *k, const struct object_id *file,
    struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 }, note = { 0 };

	if (!object_read(t->ledger->repo, file, OBJECT_BLOB,
	    LIMIT_TIMESTAMP_REPLY, &bytes, e) || !read_beside(t, &note, e))
		return false;
	t->bytes = buf_span(&bytes);
	return k->take(t, e);
}

bool
ledger_anchor_take(struct ledger *l, const struct object_id *tree,
    struct span path, const struct object_id *file, struct ledger_fault *f)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ANCHOR_ARENA);
	struct taking t = { .ledger = l, .tree = tree, .arena = a,
	    .fault = f };
	const struct kind *k;
	struct err why;

	if (!anchor_path_parse(path, &t.size, &t.name) ||
	    (k = kind_of(t.name)) == NULL || t.size == 0 ||
	    t.size > l->tree.size)
		return err_set(&f->err, ERR_LEDGER_LAYOUT, "%s is no anchor "
		    "of a checkpoint", text_show(path).text);
	if (take(&t, k, file, &why))
		return true;
	return err_set(&f->err, err_is(&why, ERR_LEDGER_TIME) ?
	    ERR_LEDGER_TIME : ERR_LEDGER_ANCHOR, "%s: %s",
	    text_show(path).text, why.text);
}

struct ledger_anchored
ledger_anchored(const struct ledger *l)
{
	return l->anchored;
}

/* ---- read again */

static bool
read_file(struct ledger *l, const struct tree_entry *file, struct arena *a,
    struct anchored *out, struct buf *lines, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	if (!object_read(l->repo, &file->id, OBJECT_BLOB,
	    LIMIT_TIMESTAMP_REPLY, &bytes, e))
		return false;
	if (span_ends(file->name, COSIGNATURE))
		buf_put(lines, buf_span(&bytes));
	if (!span_ends(file->name, TOKEN) ||
	    out->token_count == ANCHOR_TOKENS)
		return true;
	return arena_copy(a, buf_span(&bytes),
	    &out->tokens[out->token_count++]) || err_budget(e, a);
}

bool
ledger_anchor_read(struct ledger *l, uint64_t size, struct arena *a,
    struct anchored *out, struct err *e)
{
	CLEANUP(buf_done) struct buf note = { 0 };
	char path[LEDGER_PATH_SIZE];
	struct tree_entry folder;
	struct anchored got = { .token_count = 0 };
	struct tree t;

	if (!anchor_path(size, NOTE, path) || !ledger_read_file(l,
	    &l->tree_id, path, LIMIT_EVENT, &note, e))
		return err_set(e, ERR_LEDGER_ANCHOR, "no checkpoint of %"
		    PRIu64 " events is anchored", size);
	*strrchr(path, '/') = '\0';
	if (!tree_lookup(l->repo, &l->tree_id, span_text(path), &folder, e) ||
	    !tree_read(l->repo, &folder.id, a, &t, e))
		return false;
	for (size_t i = 0; i < t.count; i++)
		if (!read_file(l, &t.entries[i], a, &got, &note, e))
			return false;
	if (!arena_copy(a, buf_span(&note), &got.note))
		return err_budget(e, a);
	*out = got;
	return true;
}

bool
ledger_anchor_stamped(struct ledger *l, struct arena *a, struct anchored *out,
    struct err *e)
{
	*out = (struct anchored){ .token_count = 0 };
	return l->anchored.stamped == 0 ||
	    ledger_anchor_read(l, l->anchored.stamped, a, out, e);
}

bool
ledger_anchor_best(struct ledger *l, uint64_t n, struct arena *a,
    struct anchored *out, struct err *e)
{
	const struct ledger_anchored *s = &l->anchored;
	const uint64_t sizes[] = { s->cosigned, s->stamped, s->size };

	for (size_t i = 0; i < COUNT(sizes); i++)
		if (sizes[i] > n)
			return ledger_anchor_read(l, sizes[i], a, out, e);
	*out = (struct anchored){ .note = ledger_checkpoint(l) };
	return true;
}

/* ---- all of them */

struct each {
	struct ledger	*ledger;
	uint64_t	 more_than;
	bool		(*file)(void *, uint64_t, struct span, struct span,
			    struct err *);
	void		*arg;
};

static bool
each_file(const struct each *x, const struct tree_file *file, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 }, bytes = { 0 };
	struct span name;
	uint64_t size;

	buf_text(&path, "anchors/");
	buf_put(&path, file->path);
	if (!anchor_path_parse(buf_span(&path), &size, &name) ||
	    size <= x->more_than)
		return true;
	return object_read(x->ledger->repo, &file->id, OBJECT_BLOB,
	    LIMIT_TIMESTAMP_REPLY, &bytes, e) &&
	    x->file(x->arg, size, name, buf_span(&bytes), e);
}

bool
ledger_anchors_each(struct ledger *l, uint64_t more_than,
    bool (*file)(void *, uint64_t, struct span, struct span, struct err *),
    void *arg, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LISTING_ARENA);
	const struct each x = { l, more_than, file, arg };
	const struct tree_file *files;
	struct tree_entry top;
	size_t count;

	if (!tree_lookup(l->repo, &l->tree_id, span_text("anchors"), &top, e))
		return err_is(e, ERR_GIT_PATH_MISSING);
	if (!tree_walk(l->repo, &top.id, a, &files, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!each_file(&x, &files[i], e))
			return false;
	return true;
}

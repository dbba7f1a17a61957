/* tamper_ways - what can be done to a ledger: see tamper.c. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "crypto/timestamp.h"
#include "ledger/state.h"
#include "tamper.h"
#include "test.h"

static struct span
replace(struct world *w, struct span s, const char *old, const char *new)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t at = span_find(s, span_text(old));
	struct span out;

	if (at == SIZE_MAX)
		fail_msg("no %s in %.*s", old, (int)s.len, s.ptr);
	buf_put(&b, (struct span){ s.ptr, at });
	buf_text(&b, new);
	buf_put(&b, span_from(s, at + strlen(old)));
	assert_true(arena_copy(w->m.arena, buf_span(&b), &out));
	return out;
}

void
in_event(struct world *w, struct story *s, const struct row *r)
{
	struct span *ev = &s->list[r->commit].event[r->event];

	*ev = replace(w, *ev, r->old, r->new);
}

/* The digit behind a text becomes another one. */
void
digit(struct world *w, struct story *s, const struct row *r)
{
	struct span *ev = &s->list[r->commit].event[r->event];
	CLEANUP(buf_done) struct buf b = { 0 };
	size_t at = span_find(*ev, span_text(r->old)) + strlen(r->old);

	buf_put(&b, *ev);
	assert_true(at < b.len);
	b.ptr[at] = b.ptr[at] == '0' ? '1' : '0';
	assert_true(arena_copy(w->m.arena, buf_span(&b), ev));
}

void
event_cut(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].event[r->event].len /= 2;
}

static void
numbered(struct world *w, struct span *bytes, uint64_t n)
{
	CLEANUP(json_done) struct json *v = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	assert_ok(json_parse(*bytes, &v, &e), &e);
	json_put_int(v, "n", (int64_t)n);
	assert_ok(canonical_write(v, &b, &e), &e);
	if (!span_eq(*bytes, buf_span(&b)))
		assert_true(arena_copy(w->m.arena, buf_span(&b), bytes));
}

/* Gives each event the number of where it stands. */
static void
renumber(struct world *w, struct story *s)
{
	uint64_t n = w->base_size;

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->list[i].event_count; k++, n++)
			if (s->list[i].event[k].len > 0)
				numbered(w, &s->list[i].event[k], n);
}

/* The file is not there, the others have their numbers. */
void
event_missing(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].event[r->event] = (struct span){ NULL, 0 };
}

void
event_dropped(struct world *w, struct story *s, const struct row *r)
{
	struct transaction *t = &s->list[r->commit];

	t->event_count--;
	for (size_t i = r->event; i < t->event_count; i++)
		t->event[i] = t->event[i + 1];
	t->event[t->event_count] = (struct span){ NULL, 0 };
	renumber(w, s);
}

static void
insert(struct transaction *t, size_t at, struct span bytes)
{
	for (size_t i = t->event_count++; i > at; i--)
		t->event[i] = t->event[i - 1];
	t->event[at] = bytes;
}

void
event_twice(struct world *w, struct story *s, const struct row *r)
{
	struct transaction *t = &s->list[r->commit];

	insert(t, r->event + 1, t->event[r->event]);
	renumber(w, s);
}

/* As it stands, under the next number. */
void
event_copied(struct world *w, struct story *s, const struct row *r)
{
	struct transaction *t = &s->list[r->commit];
	struct span bytes = t->event[r->event];

	event_twice(w, s, r);
	t->event[r->event + 1] = bytes;
}

/* An alarm of the engine's, as it would be written. */
void
event_inserted(struct world *w, struct story *s, const struct row *r)
{
	struct transaction *t = &s->list[r->commit];
	CLEANUP(json_done) struct json *v = NULL;
	CLEANUP(buf_done) struct buf b = { 0 };
	struct event ev;
	struct span out;
	struct err e;

	assert_ok(json_parse(t->event[r->event], &v, &e), &e);
	assert_true(text_untime(json_span(json_member(v, "at")), &ev.at));
	struct json *members = json_map();
	json_put_text(members, "code", "NOTHING");
	json_put_text(members, "severity", "warning");
	json_put_text(members, "text", "x");
	assert_ok(event_make("alarm.raised", 0, ev.at, MAKER_ENGINE, members,
	    &b, &e), &e);
	assert_true(arena_copy(w->m.arena, buf_span(&b), &out));
	insert(t, r->event, out);
	renumber(w, s);
}

void
events_swap(struct world *w, struct story *s, const struct row *r)
{
	struct transaction *t = &s->list[r->commit];
	struct span first = t->event[r->event];

	(void)w;
	t->event[r->event] = t->event[r->event + 1];
	t->event[r->event + 1] = first;
}

void
events_reordered(struct world *w, struct story *s, const struct row *r)
{
	events_swap(w, s, r);
	renumber(w, s);
}

void
commit_dropped(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->count--;
	for (size_t i = r->commit; i < s->count; i++)
		s->list[i] = s->list[i + 1];
}

/* Everything after it is as if it had never been. */
void
commit_dropped_well(struct world *w, struct story *s, const struct row *r)
{
	commit_dropped(w, s, r);
	renumber(w, s);
}

void
commits_swap(struct world *w, struct story *s, const struct row *r)
{
	struct transaction first = s->list[r->commit];

	(void)w;
	s->list[r->commit] = s->list[r->commit + 1];
	s->list[r->commit + 1] = first;
}

void
commits_reordered(struct world *w, struct story *s, const struct row *r)
{
	commits_swap(w, s, r);
	renumber(w, s);
}

void
commit_twice(struct world *w, struct story *s, const struct row *r)
{
	for (size_t i = s->count++; i > r->commit + 1; i--)
		s->list[i] = s->list[i - 1];
	s->list[r->commit + 1] = s->list[r->commit];
	(void)w;
}

void
commit_merge(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].merge = true;
}

/* Only signed again. */
void
commit_touched(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].id = s->list[r->commit].id;
	s->list[r->commit].file[FILES - 1].path = "";
}

void
truncated(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->count = r->commit;
}

/* ---- files beside events */

static void
beside_put(struct story *s, const struct row *r, const char *path,
    struct span bytes, uint32_t mode)
{
	struct transaction *t = &s->list[r->commit];

	t->file[t->file_count++] = (struct file){ path, bytes, mode };
}

void
file_added(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	beside_put(s, r, r->old, span_text(r->new), TREE_FILE);
}

void
file_program(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	beside_put(s, r, r->old, span_text(r->new), TREE_EXECUTABLE);
}

void
file_removed(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	beside_put(s, r, r->old, (struct span){ NULL, 0 }, 0);
}

void
blobs_missing(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].file_count = 0;
}

void
blob_other(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].file[0].bytes = span_text("other bytes");
}

/* ---- checkpoints */

void
checkpoint_flipped(struct world *w, struct story *s, const struct row *r)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span *note = &s->list[r->commit].checkpoint;

	buf_put(&b, *note);
	b.ptr[b.len - 10] = b.ptr[b.len - 10] == 'A' ? 'B' : 'A';
	assert_true(arena_copy(w->m.arena, buf_span(&b), note));
}

void
checkpoint_cut(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].checkpoint.len -= 40;
}

void
checkpoint_missing(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].checkpoint.len = 0;
}

void
checkpoint_old(struct world *w, struct story *s, const struct row *r)
{
	(void)w;
	s->list[r->commit].checkpoint = s->list[r->commit - 2].checkpoint;
}

static void
checkpoint_signed(struct world *w, struct story *s, const struct row *r,
    const struct soft_key *key)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct merkle_hash root = merkle_root(&w->frontier);
	uint64_t size = w->base_size;

	for (size_t i = 0; i < r->commit; i++)
		size += s->list[i].event_count;
	maker_note(&w->m, key, size, &root, &b);
	assert_true(arena_copy(w->m.arena, buf_span(&b),
	    &s->list[r->commit].checkpoint));
}

/* The right size with the root of another. */
void
checkpoint_other_root(struct world *w, struct story *s, const struct row *r)
{
	checkpoint_signed(w, s, r, w->m.log_key);
}

void
checkpoint_other_key(struct world *w, struct story *s, const struct row *r)
{
	checkpoint_signed(w, s, r, w->stranger);
}

/* ---- anchors */

static struct span
token_over(struct world *w, struct span note, int64_t at)
{
	static const uint8_t policy[] = { 0x06, 0x04, 0x2a, 0x03, 0x04, 0x01 };
	struct timestamp_request q = { .certificates = true,
	    .imprint = digest_of(DIGEST_SHA256, note) };
	struct timestamp_grant g = { SPAN(policy), SPAN_TEXT("\x12"), at, 0 };
	struct signing_identity id = pki_identity(&w->pki.authority, NULL, 0);
	const struct timestamp_terms terms = { .request = &q };
	struct timestamp said;
	struct to_be_signed what;
	struct cms_draft *draft;
	struct span reply, token;
	struct err e;

	assert_ok(timestamp_plan(&q, &g, &id, w->m.arena, &draft, &what, &e),
	    &e);
	CLEANUP(buf_done) struct buf v = pki_sign(w->pki.authority.key, &what);
	assert_ok(timestamp_finish(draft, buf_span(&v), w->m.arena, &reply,
	    &e), &e);
	assert_ok(timestamp_reply_check(reply, &terms, w->m.arena, &token,
	    &said, &e), &e);
	return token;
}

/* The time that the last event before a commit says. */
static int64_t
time_before(const struct story *s, size_t commit)
{
	const struct transaction *t = &s->list[commit - 1];
	CLEANUP(json_done) struct json *v = NULL;
	int64_t at = 0;
	struct err e;

	assert_ok(json_parse(t->event[t->event_count - 1], &v, &e), &e);
	assert_true(text_untime(json_span(json_member(v, "at")), &at));
	return at;
}

/* A commit's own checkpoint, once more, with a token over it. */
static void
anchored(struct world *w, struct story *s, const struct row *r, int64_t at)
{
	struct transaction *t = &s->list[r->commit];
	struct span token = token_over(w, t->checkpoint, at);
	char name[LEDGER_PATH_SIZE], path[LEDGER_PATH_SIZE];
	uint64_t size = w->base_size;

	for (size_t i = 0; i < r->commit; i++)
		size += s->list[i].event_count;
	anchor_token_name(token, name);
	assert_true(anchor_path(size, name, path));
	beside_put(s, r, arena_text(w->m.arena, span_text(path)), token,
	    TREE_FILE);
	assert_true(anchor_path(size, "checkpoint", path));
	beside_put(s, r, arena_text(w->m.arena, span_text(path)),
	    t->checkpoint, TREE_FILE);
}

void
anchor_good(struct world *w, struct story *s, const struct row *r)
{
	anchored(w, s, r, time_before(s, r->commit) - LIMIT_CLOCK_APART +
	    1000);
}

void
anchor_early(struct world *w, struct story *s, const struct row *r)
{
	anchored(w, s, r, time_before(s, r->commit) - LIMIT_CLOCK_APART -
	    1000);
}

/* ---- blobs that an event names */

void
in_blob(struct world *w, struct story *s, const struct row *r)
{
	struct transaction *t = &s->list[r->commit];
	CLEANUP(json_done) struct json *v = NULL;
	char path[LEDGER_PATH_SIZE];
	struct err e;

	/* Its member is what r->path stands for, until it is printed. */
	assert_ok(json_parse(t->event[r->event], &v, &e), &e);
	struct span hex = json_span(json_member(v, r->path));
	ledger_blob_path(hex, path);
	for (size_t i = 0; i < t->file_count; i++) {
		if (strcmp(t->file[i].path, path) != 0)
			continue;
		struct span bytes = replace(w, t->file[i].bytes, r->old,
		    r->new);
		struct digest d = digest_of(DIGEST_SHA256, bytes);
		const char *old = arena_text(w->m.arena, hex);
		t->event[r->event] = replace(w, t->event[r->event], old,
		    digest_hex(&d).text);
		ledger_blob_path(span_text(digest_hex(&d).text), path);
		t->file[i] = (struct file){ arena_text(w->m.arena,
		    span_text(path)), bytes, TREE_FILE };
		return;
	}
	fail_msg("%s is not new in that commit", r->path);
}

/* anchor - see anchor.h. */
#include "base/limits.h"
#include "git/tree.h"
#include "judge/anchor.h"
#include "judge/stamp.h"
#include "judge/witness.h"
#include "sys/clock.h"
#include "wire/courier.h"

#define DAY		INT64_C(86400000)	/* ms */
#define RETRY		INT64_C(3600000)	/* ms, after nobody answered */
#define HOUR		INT64_C(3600000)	/* ms between two showings */
#define QUORUM_PAUSE	INT64_C(60000)		/* ms, after too few signed */
#define TIMEOUT		10			/* seconds for an authority */

/* ---- authorities ---- */

static const struct organization *
organization_of(const struct desk *d)
{
	return &chain_config(d->chain)->organization;
}

/* The roots that the config repo has for an authority. */
static bool
roots_load(struct desk *d, const struct timestamp_authority *authority,
    struct buf *pem, struct err *e)
{
	struct tree_entry file;

	return tree_lookup(d->config_repo, chain_tree(d->chain),
	    authority->roots, &file, e) && object_read(d->config_repo,
	    &file.id, OBJECT_BLOB, LIMIT_CONFIG_BLOB, pem, e);
}

static bool
reply_get(struct desk *d, const struct stamp_circle *c,
    struct stamp_item *item, struct arena *a, struct stamped_item *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	struct stamped said;
	struct span kept;

	circle_ask(c, item, 1, 1, TIMEOUT, &body);
	if (!desk_ask(d, COURIER_STAMP, COURIER_STAMPED, buf_span(&body), -1,
	    &answer, e))
		return false;
	if (!arena_copy(a, buf_span(&answer), &kept))
		return err_budget(e, a);
	if (!circle_hear(c, kept, item, 1, a, &said, e))
		return false;
	*out = said.items[0];
	if (out->err.what == NULL)
		return true;
	*e = out->err;
	return false;
}

/* Is it good by the roots of whoever gave it? */
static bool
reply_judge(struct desk *d, const struct stamp_circle *c,
    const struct stamp *stamp, const struct stamped_item *reply,
    struct arena *a, struct span *token, struct err *e)
{
	CLEANUP(buf_done) struct buf roots = { 0 };
	struct span policy = policies_of(&c->policies,
	    c->authorities[reply->authority].form);

	return roots_load(d, &organization_of(d)->timestamp_authorities.items[
	    reply->authority], &roots, e) &&
	    stamp_judge(stamp, policy, reply->reply, buf_span(&roots), a,
	    token, e);
}

/* What is asked, in each form. */
static bool
questions_make(const struct stamp_circle *c, const struct stamp *stamp,
    struct arena *a, struct stamp_item *item, struct err *e)
{
	uint32_t forms = policies_forms(&c->policies);
	struct span *all = ARENA_ARRAY(a, struct span, forms);

	for (uint32_t i = 0; all != NULL && i < forms; i++) {
		CLEANUP(buf_done) struct buf question = { 0 };

		stamp_question(stamp, policies_of(&c->policies, i),
		    &question);
		if (!arena_copy(a, buf_span(&question), &all[i]))
			return err_budget(e, a);
	}
	item->requests = all;
	return all != NULL || err_budget(e, a);
}

/* A token over the note, of the first authority whose answer is good. */
static bool
token_get(struct desk *d, struct span note, struct arena *a,
    struct span *token, struct err *e)
{
	struct stamp_item item = { .passed = 0 };
	struct stamped_item reply;
	struct stamp_circle circle;
	struct stamp stamp;

	if (!desk_circle(d, a, &circle, e))
		return false;
	stamp_ask_for(note, &stamp);
	if (!questions_make(&circle, &stamp, a, &item, e))
		return false;
	for (;;) {
		if (!reply_get(d, &circle, &item, a, &reply, e))
			return false;
		if (reply_judge(d, &circle, &stamp, &reply, a, token, e)) {
			circle_good(&circle, reply.authority);
			return true;
		}
		circle_bad(&circle, reply.authority, e);
		item.passed |= 1U << reply.authority;
		if (item.passed == circle_all(&circle))
			return false;
	}
}

/* One of before the newest event was there: no reader would take it. */
static bool
token_follows(struct desk *d, struct span note, struct span token,
    struct err *e)
{
	struct ledger *l = record_ledger(d->record);
	struct ledger_fault f;
	int64_t time;

	if (!anchor_token_check(token, note, NULL, &time, e))
		return false;
	if (anchor_time_check(l, NULL, ledger_size(l), time, &f))
		return true;
	*e = f.err;
	return false;
}

bool
anchor_passes(struct desk *d, const char *what, const struct err *why,
    struct err *e)
{
	if (err_is(why, ERR_CHANNEL_CLOSED) ||
	    err_is(why, ERR_CHANNEL_TIMEOUT) ||
	    err_is(why, ERR_PROCESS_PROTOCOL)) {
		*e = *why;
		return false;
	}
	log_err(&d->log, what, why);
	return true;
}

static bool
too_few(const struct desk *d, size_t good, struct err *e)
{
	return err_set(e, ERR_WITNESS_QUORUM, "%zu of %zu witnesses cosigned, "
	    "tagseal.yaml demands %llu", good,
	    organization_of(d)->ledger.witnesses.count,
	    (unsigned long long)organization_of(d)->ledger.quorum);
}

/* Appends the lines of witnesses to a note. */
static bool
lines_get(struct desk *d, bool release, struct buf *note, struct err *e)
{
	CLEANUP(buf_done) struct buf lines = { 0 };
	size_t good;

	if (release && clock_now() < d->quorum_next)
		return too_few(d, 0, e);
	d->cosign_size = ledger_size(record_ledger(d->record));
	d->cosign_next = clock_now() + HOUR;
	if (!witness_gather(d, buf_span(note), &lines, &good, e))
		return false;
	if (release && good < organization_of(d)->ledger.quorum) {
		d->quorum_next = clock_now() + QUORUM_PAUSE;
		return too_few(d, good, e);
	}
	buf_put(note, buf_span(&lines));
	return true;
}

static bool
tokens_get(struct desk *d, struct span note, struct arena *a,
    struct anchored *out, struct err *e)
{
	struct err why;

	if (organization_of(d)->timestamp_authorities.count == 0)
		return true;
	if (!token_get(d, note, a, &out->tokens[0], &why) ||
	    !token_follows(d, note, out->tokens[0], &why))
		return anchor_passes(d, "anchor.timestamp", &why, e);
	out->token_count = 1;
	return true;
}

/* What others say of a note, to be kept for the next commit. */
static bool
vouched(struct desk *d, const struct buf *alone, struct buf *note,
    struct arena *a, struct anchored *out, struct err *e)
{
	if (!arena_copy(a, buf_span(note), &out->note))
		return err_budget(e, a);
	return (out->token_count == 0 && note->len == alone->len) ||
	    record_anchor(d->record, &(struct ledger_anchor){ out->note,
	    out->tokens, out->token_count }, e);
}

bool
anchor_newest(struct desk *d, bool release, struct arena *a,
    struct anchored *out, struct err *e)
{
	CLEANUP(buf_done) struct buf alone = { 0 }, note = { 0 };
	const struct ledger_format *f = ledger_format(
	    record_ledger(d->record));
	struct anchored got = { .token_count = 0 };

	if (!anchor_note(record_note(d->record), &f->log, &alone, e))
		return false;
	buf_put(&note, buf_span(&alone));
	if (!lines_get(d, release, &note, e) ||
	    !tokens_get(d, buf_span(&alone), a, &got, e) ||
	    !vouched(d, &alone, &note, a, &got, e))
		return false;
	*out = got;
	return true;
}

/* ---- by itself ---- */

bool
anchor_due(const struct ledger_anchored *s, uint64_t size, int64_t first,
    int64_t now)
{
	return size > s->stamped &&
	    now - (s->time > 0 ? s->time : first) >= DAY;
}

static bool
first_time(struct desk *d, int64_t *out, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;

	if (!ledger_event_read(record_ledger(d->record), 0, &bytes, &json,
	    &ev, e))
		return false;
	*out = ev.at;
	return true;
}

/* Tokens make a commit of their own, where nothing else may come for long. */
static bool
stamp_pass(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct ledger *l = record_ledger(d->record);
	struct ledger_anchored s = ledger_anchored(l);
	int64_t now = clock_now(), first;
	struct anchored got;

	if (organization_of(d)->timestamp_authorities.count == 0 ||
	    now < d->anchor_next)
		return true;
	if (!first_time(d, &first, e))
		return false;
	if (!anchor_due(&s, ledger_size(l), first, now))
		return true;
	d->anchor_next = now + RETRY;
	return anchor_newest(d, false, a, &got, e) &&
	    (got.token_count == 0 || record_commit(d->record, e));
}

/* What witnesses say waits for the next commit. */
static bool
cosign_pass(struct desk *d, struct err *e)
{
	CLEANUP(buf_done) struct buf alone = { 0 }, note = { 0 };
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct ledger *l = record_ledger(d->record);
	struct anchored got = { .token_count = 0 };

	if (organization_of(d)->ledger.witnesses.count == 0 ||
	    ledger_size(l) == d->cosign_size || clock_now() < d->cosign_next)
		return true;
	if (!anchor_note(record_note(d->record), &ledger_format(l)->log,
	    &alone, e))
		return false;
	buf_put(&note, buf_span(&alone));
	return lines_get(d, false, &note, e) &&
	    vouched(d, &alone, &note, a, &got, e);
}

bool
anchor_pass(struct desk *d, struct err *e)
{
	return stamp_pass(d, e) && cosign_pass(d, e);
}

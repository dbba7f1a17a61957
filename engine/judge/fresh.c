/* fresh - see fresh.h. */
#include "base/limits.h"
#include "base/text.h"
#include "judge/fresh.h"
#include "judge/heartbeat.h"
#include "sys/clock.h"

static bool
is_older(int64_t age, uint64_t limit)
{
	return limit > 0 && age > 0 && (uint64_t)age / 1000 >= limit;
}

enum freshness_state
freshness_of(const struct freshness *f, int64_t renewed, int64_t now)
{
	int64_t age = now - renewed;

	return is_older(age, f->stop) ? FRESH_STALE :
	    is_older(age, f->warn) ? FRESH_AGEING : FRESH;
}

static enum freshness_state
state_now(const struct desk *d)
{
	return freshness_of(&chain_config(d->chain)->organization.freshness,
	    d->memory.renewed, clock_now());
}

/* ---- heartbeats ---- */

static bool
heartbeat_record(struct desk *d, const struct heartbeat *h, int64_t seen,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf raw = { 0 };
	char said[TEXT_TIME_SIZE], first[TEXT_TIME_SIZE];

	text_time(h->said, said);
	text_time(seen, first);
	json_put_int(v, "heartbeat", (int64_t)h->number);
	json_put_text(v, "commit_id", object_id_hex(&h->commit).text);
	event_person(v, "signer", h->signer);
	json_put_text(v, "said", said);
	json_put_text(v, "first_seen", first);
	return object_read(d->config_repo, &h->tag, OBJECT_TAG,
	    LIMIT_SIGNED_OBJECT, &raw, e) &&
	    event_evidence(d, v, "heartbeat", &h->tag, buf_span(&raw), e) &&
	    record_add(d->record, "config.confirmed", TAKE(v), NULL, e) &&
	    record_commit(d->record, e);
}

static bool
heartbeats_look(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_TREE_MEMORY);
	const struct heartbeat_look look = {
		.repository = d->config_repo,
		.signers = chain_signers(d->chain),
		.refs = d->config_refs.items, .count = d->config_refs.count,
		.above = d->memory.heartbeat,
		.commit = chain_commit(d->chain),
		.manifest = chain_manifest(d->chain),
		.now = clock_now(),
	};
	struct heartbeat h;
	bool found;

	return heartbeat_find(&look, a, &h, &found, e) &&
	    (!found || heartbeat_record(d, &h, look.now, e));
}

/* ---- telling ---- */

static void
since(const struct desk *d, const char *what, struct buf *out)
{
	char at[TEXT_TIME_SIZE];

	text_time(d->memory.renewed, at);
	buf_printf(out, "%s: nothing confirms commit %.12s of the config repo "
	    "since %s", what, object_id_hex(chain_commit(d->chain)).text, at);
}

bool
fresh_follow(struct desk *d, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	if (!heartbeats_look(d, e))
		return false;
	switch (state_now(d)) {
	case FRESH:
		return true;
	case FRESH_AGEING:
		since(d, "freshness.warn", &text);
		return warning_raise(d, err_rows[ERR_CHAIN_STALE].code,
		    buf_span(&text), e);
	case FRESH_STALE:
		since(d, "freshness.stop", &text);
		break;
	}
	LOG(&d->log, LOG_LEVEL_WARN, "config.stale",
	    { "code", err_rows[ERR_CHAIN_STALE].code },
	    { "text", buf_cstr(&text) });
	return alarm_raise(d, err_rows[ERR_CHAIN_STALE].code, buf_span(&text),
	    e);
}

bool
fresh_stops(const struct desk *d, const struct policy *p)
{
	return p != NULL && p->purpose == PURPOSE_RELEASE &&
	    state_now(d) == FRESH_STALE;
}

struct json *
fresh_missing(const struct desk *d)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	since(d, err_rows[ERR_CHAIN_STALE].code, &text);
	return json_text(buf_span(&text));
}

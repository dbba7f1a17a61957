/* alarms - see alarms.h. */
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/object.h"
#include "git/tree.h"
#include "judge/alarms.h"
#include "sys/clock.h"
#include "sys/file.h"

#define STOP_LIMIT	4096	/* bytes of the file */

/* ---- the stop file ---- */

static const char *
stop_path(const struct desk *d, struct arena *a, struct err *e)
{
	const char *path = arena_printf(a, "%.*s/stop.json",
	    (int)d->given.state.len, (const char *)d->given.state.ptr);

	if (path == NULL)
		err_budget(e, a);
	return path;
}

/* The time makes each find one of its own, however alike they are. */
static void
stop_write(struct ledger *l, const struct err *why, struct buf *out)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf text = { 0 };
	uint64_t size = ledger_size(l);
	struct merkle_hash root = ledger_root(l, size);
	char at[TEXT_TIME_SIZE];

	text_time(clock_now(), at);
	text_visible(span_text(why->text), &text);
	buf_printf(&text, " (found at %s)", at);
	json_put_text(v, "code", why->what->code);
	json_put_span(v, "text", buf_span(&text));
	json_put_int(v, "size", (int64_t)size);
	json_put_hex(v, "root_sha256", SPAN(root.bytes));
	json_write(v, out);
}

static bool
stop_keep(const struct desk *d, struct ledger *l, const struct err *why,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(STOP_LIMIT);
	CLEANUP(buf_done) struct buf text = { 0 };
	const char *path = stop_path(d, a, e);

	if (path == NULL)
		return false;
	stop_write(l, why, &text);
	return file_replace_span(path, buf_span(&text), FILE_PRIVATE |
	    FILE_NEW, e) || err_is(e, ERR_FILE_EXISTS);
}

bool
alarms_keep(void *desk, struct ledger *l, const struct err *why)
{
	const struct desk *d = desk;
	struct err e;

	if (stop_keep(d, l, why, &e))
		return true;
	log_err(&d->log, "alarm.not-kept", &e);
	return false;
}

/* ---- raising ---- */

/* The event of an alarm, with what the stop file says of it. */
static bool
stop_event(const struct json *kept, struct json **out, struct err *e)
{
	static const char *const members[] = { "code", "text",
	    "root_sha256" };
	struct json *v = json_map();

	json_put_text(v, "severity", "stop");
	for (size_t i = 0; i < COUNT(members); i++)
		json_put_span(v, members[i],
		    json_span(json_member(kept, members[i])));
	json_put_int(v, "size", json_integer_of(json_member(kept, "size")));
	*out = v;
	return json_span(json_member(kept, "code")).len > 0 ||
	    err_set(e, ERR_ALARM_STOP_FILE, "it names no alarm");
}

static bool
stop_tell(struct desk *d, const struct json *kept, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;
	struct shown code = text_show(json_span(json_member(kept, "code")));

	return alarm_raised(d, code.text,
	    json_span(json_member(kept, "text"))) ||
	    (stop_event(kept, &v, e) &&
	    record_add(d->record, "alarm.raised", TAKE(v), NULL, e) &&
	    record_commit(d->record, e));
}

bool
alarms_tell(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(STOP_LIMIT);
	CLEANUP(json_done) struct json *kept = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	const char *path = stop_path(d, a, e);
	struct err why;

	if (path == NULL)
		return false;
	if (!file_load(path, STOP_LIMIT, &bytes, e))
		return err_is(e, ERR_FILE_MISSING);
	if (!json_parse(buf_span(&bytes), &kept, &why))
		return err_set(e, ERR_ALARM_STOP_FILE, "%s: %s", path,
		    why.text);
	if (!stop_tell(d, kept, e))
		return err_at(e, "%s", path);
	/* One that comes back after a crash has words that were said. */
	return unlink(path) == 0 ||
	    err_errno(e, ERR_SYSTEM_WRITE, "%s", path);
}

static bool
is_open(const struct desk *d, const char *code, struct span text)
{
	const struct fold_alarm *a;

	for (size_t i = 0; (a = fold_alarm_at(d->memory.fold, i)) != NULL;
	    i++)
		if (!a->acknowledged && span_is(a->code, code) &&
		    span_eq(a->text, text))
			return true;
	return false;
}

bool
stop_raise(struct desk *d, const char *code, struct span text, struct err *e)
{
	struct json *v;

	if (is_open(d, code, text))
		return true;
	v = json_map();
	json_put_text(v, "code", code);
	json_put_text(v, "severity", "stop");
	json_put_span(v, "text", text);
	return record_add(d->record, "alarm.raised", v, NULL, e) &&
	    record_commit(d->record, e);
}

/* ---- acknowledging ---- */

/* Does a file name this alarm, by all that it says of it? */
static bool
names(const struct acknowledgement *k, const struct fold_alarm *a,
    const char *sha256)
{
	return k->event == a->n && span_eq(k->code, a->code) &&
	    span_is(k->sha256, sha256);
}

static bool
changes_file(const struct chain_verdict *v, const struct acknowledgement *k)
{
	for (size_t i = 0; i < v->paths.count; i++)
		if (span_is(v->paths.items[i].path, k->at.file))
			return true;
	return false;
}

/* The commit that brought a file as it is now; NULL: none of these. */
static const struct chain_verdict *
brought(const struct chain_verdict *all, size_t count,
    const struct acknowledgement *k)
{
	for (size_t i = count; i-- > 0;)
		if (all[i].outcome == CHAIN_ALLOWED &&
		    changes_file(&all[i], k))
			return &all[i];
	return NULL;
}

static bool
file_evidence(struct desk *d, struct json *event, const char *path,
    struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct tree_entry entry;

	return tree_lookup(d->config_repo, chain_tree(d->chain),
	    span_text(path), &entry, e) && object_read(d->config_repo,
	    &entry.id, OBJECT_BLOB, LIMIT_SIGNED_OBJECT, &raw, e) &&
	    event_evidence(d, event, "acknowledgement", &entry.id,
	    buf_span(&raw), e);
}

static struct json *
persons(const struct text_list *slugs)
{
	struct json *list = json_list();

	for (size_t i = 0; i < slugs->count; i++) {
		CLEANUP(buf_done) struct buf name = { 0 };

		buf_text(&name, "person/");
		buf_put(&name, slugs->items[i]);
		json_add(list, json_text(buf_span(&name)));
	}
	return list;
}

#define REASON_MOST	1000	/* bytes in the event; the evidence has all */

static bool
acknowledged_add(struct desk *d, const struct fold_alarm *a,
    const struct acknowledgement *k, const struct chain_verdict *v,
    struct err *e)
{
	CLEANUP(json_done) struct json *event = json_map();
	CLEANUP(buf_done) struct buf reason = { 0 };
	struct span text = k->reason;

	if (text.len > REASON_MOST)
		text.len = REASON_MOST;
	text_visible(text, &reason);
	json_put_int(event, "raised", (int64_t)a->n);
	json_put(event, "by", persons(&v->decision.administrators));
	json_put_text(event, "commit_id", object_id_hex(&v->commit).text);
	json_put_span(event, "reason", buf_span(&reason));
	return file_evidence(d, event, k->at.file, e) &&
	    record_add(d->record, "alarm.acknowledged", TAKE(event), NULL, e);
}

static bool
event_hash(struct desk *d, uint64_t n, struct digest_hex *out, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	if (!ledger_event(record_ledger(d->record), n, &bytes, e))
		return false;
	struct digest hash = digest_of(DIGEST_SHA256, buf_span(&bytes));
	*out = digest_hex(&hash);
	return true;
}

/* One alarm needs one word, however many files give it. */
static bool
alarm_acknowledge(struct desk *d, const struct fold_alarm *a,
    const struct chain_verdict *all, size_t count, struct err *e)
{
	const struct config *c = chain_config(d->chain);
	struct digest_hex hash;

	if (a->acknowledged)
		return true;
	if (!event_hash(d, a->n, &hash, e))
		return false;
	for (size_t i = 0; i < c->acknowledgements.count; i++) {
		const struct acknowledgement *k =
		    &c->acknowledgements.items[i];
		const struct chain_verdict *v = !names(k, a, hash.text) ?
		    NULL : brought(all, count, k);

		if (v != NULL)
			return acknowledged_add(d, a, k, v, e);
	}
	return true;
}

/* A file that is about no alarm of this ledger: its writer should know. */
static bool
stranger_log(struct desk *d, const struct acknowledgement *k, struct err *e)
{
	const struct fold_alarm *a = fold_alarm(d->memory.fold, k->event);
	struct digest_hex hash;
	struct err why;

	if (a != NULL && !event_hash(d, a->n, &hash, e))
		return false;
	if (a != NULL && names(k, a, hash.text))
		return true;
	err_set(&why, ERR_ALARM_UNKNOWN, "%s: event %llu is no alarm %s of "
	    "these bytes", k->at.file, (unsigned long long)k->event,
	    text_show(k->code).text);
	log_err(&d->log, "alarm.unknown", &why);
	return true;
}

bool
alarms_acknowledge(struct desk *d, const struct chain_verdict *all,
    size_t count, struct err *e)
{
	const struct config *c = chain_config(d->chain);
	const struct fold_alarm *a;

	for (size_t i = 0; i < c->acknowledgements.count; i++)
		if (brought(all, count, &c->acknowledgements.items[i]) !=
		    NULL &&
		    !stranger_log(d, &c->acknowledgements.items[i], e))
			return false;
	for (size_t i = 0; c->acknowledgements.count > 0 && count > 0 &&
	    (a = fold_alarm_at(d->memory.fold, i)) != NULL; i++)
		if (!alarm_acknowledge(d, a, all, count, e))
			return false;
	return true;
}

/* ---- stopping ---- */

bool
alarms_may_sign(const struct desk *d, struct err *e)
{
	const struct fold_alarm *a = fold_stop(d->memory.fold);

	return a == NULL || err_set(e, ERR_ALARM_OPEN, "alarm %llu (%s) is "
	    "not acknowledged", (unsigned long long)a->n,
	    text_show(a->code).text);
}

struct json *
alarms_missing(const struct desk *d)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct err why;

	if (alarms_may_sign(d, &why))
		return NULL;
	buf_printf(&text, "%s: ", why.what->code);
	text_visible(span_text(why.text), &text);
	return json_text(buf_span(&text));
}

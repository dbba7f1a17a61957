/*
 * errand_stamp - puts a timestamp on a signature that is there already, in
 * place of those it had. No key is used: whoever asked gets the timestamp from
 * an authority.
 *
 * Nothing is stamped that is not good: a timestamp says that the signature was
 * there at its time, and lends it weight. What was made of the file is held
 * against what it was before it is given away.
 */
#include "base/text.h"
#include "formats/detached.h"
#include "worker/errand.h"
#include "worker/seal.h"

struct stamping {
	struct errand		*errand;
	struct memory		 memory;	/* of both forms of the file */
	struct subject		 subject;
	const struct format	*format;
	struct rope		 detached;	/* where the signature is a file
						 * of its own */
	bool			 is_detached;
	struct findings		 before;
	struct finding		 chosen;	/* the one to be stamped */
	struct span		 token;
	struct timestamp	 stamp;
};

static bool
open_all(struct stamping *s, struct err *e)
{
	struct errand *w = s->errand;

	s->subject = (struct subject){ .file = w->input, .name = w->job.name,
	    .arena = w->arena, .scratch = &w->scratch,
	    .memory = &s->memory };
	s->is_detached = w->job.detached.len > 0;
	if (!s->is_detached)
		return format_probe(&s->subject, &s->format, e);
	s->format = format_find(SPAN_TEXT("file"));
	return rope_bytes(w->arena, w->job.detached, &s->detached, e);
}

/*
 * No chain is judged but that of the new timestamp: whom the signatures that
 * are there are by, and who stamped them, is for `verify` to say.
 */
static bool
check(const struct stamping *s, const struct subject *file,
    const struct rope *detached, struct findings *out, struct err *e)
{
	struct check_terms terms = {
		.judge = { .now = s->errand->job.now, .old = true },
		.detached = s->is_detached ? detached : NULL,
	};

	return s->format->check(file, &terms, out, e);
}

/* A time after its end would make the signature worthless. */
static bool
in_time(const struct finding *f, struct arena *a, int64_t at, struct err *e)
{
	char to[TEXT_TIME_SIZE], when[TEXT_TIME_SIZE];
	struct certificate c;

	if (!certificate_parse(f->certificate, a, &c, e))
		return false;
	if (at <= c.not_after)
		return true;
	text_time(c.not_after, to);
	text_time(at, when);
	return err_set(e, ERR_CERTIFICATE_EXPIRED, "certificate \"%s\" was "
	    "valid until %s: a timestamp of %s would come too late",
	    text_show(c.subject).text, to, when);
}

/* Of the first message: its signature, and those in it. */
static size_t
message_count(const struct findings *all)
{
	size_t n = all->count > 0 ? 1 : 0;

	while (n < all->count && all->items[n].nested == n)
		n++;
	return n;
}

static bool
is_good(struct stamping *s, struct err *e)
{
	struct errand *w = s->errand;

	if (!check(s, &s->subject, &s->detached, &s->before, e))
		return false;
	if (s->before.count == 0)
		return err_set(e, ERR_FORMAT_NOT_SIGNED,
		    "there is no signature to put a timestamp on");
	for (size_t i = 0; i < s->before.count; i++)
		if (s->before.items[i].err.what != NULL) {
			*e = s->before.items[i].err;
			return err_at(e, "a signature that is there");
		}
	if (s->errand->job.nested >= message_count(&s->before))
		return err_set(e, ERR_FORMAT_NOT_SIGNED, "there is no nested "
		    "signature %u, there are %zu", s->errand->job.nested,
		    message_count(&s->before) - 1);
	s->chosen = s->before.items[s->errand->job.nested];
	return in_time(&s->chosen, w->arena, w->job.now, e);
}

/* ---- the timestamp */

static bool
level_say(struct stamping *s, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };
	struct level_item item = {
		.path = s->errand->job.name,
		.to_be_signed = { .kind = s->chosen.signature_kind,
		    .digest = { .kind = signature_rows[
			s->chosen.signature_kind].digest } },
		.timestamp = true,
		.imprint = s->errand->job.identity.imprint,
		.value = s->chosen.value,
	};

	item.to_be_signed.digest.len = digest_rows[
	    item.to_be_signed.digest.kind].size;
	level_write(&(struct level){ .items = &item, .count = 1 }, &body);
	return errand_say(s->errand, WORKER_LEVEL, &body, e);
}

static bool
sealed_hear(struct errand *w, struct sealed_item *out, struct err *e)
{
	struct sealed_item *items;
	struct message m;
	size_t count;

	if (!errand_hear(w, WORKER_WAITS, WORKER_SEALED, &m, e))
		return false;
	bool ok = sealed_read(buf_span(&m.body), w->arena, &items, &count, e);
	message_done(&m);
	if (!ok)
		return false;
	if (count != 1 || items[0].signature.len > 0)
		return err_set(e, ERR_SEAL_COUNT, "%zu answers came for one "
		    "signature that is there", count);
	*out = items[0];
	return true;
}

static bool
stamp_take(struct stamping *s, const struct sealed_item *in, struct err *e)
{
	struct errand *w = s->errand;

	return seal_stamp(in, s->chosen.value, w->timestamp_roots,
	    errand_now(w), w->arena, &s->token, &s->stamp, e) &&
	    in_time(&s->chosen, w->arena, s->stamp.time, e);
}

/* Bad timestamps are sent back until a good one comes, or nobody answers. */
static bool
stamp_get(struct stamping *s, struct err *e)
{
	struct bad_timestamp bad = { .item = 0 };
	struct sealed_item in;

	if (!level_say(s, e))
		return false;
	for (;;) {
		CLEANUP(buf_done) struct buf again = { 0 };

		if (!sealed_hear(s->errand, &in, e))
			return false;
		if (stamp_take(s, &in, &bad.err))
			return true;
		timestamps_write(&bad, 1, &again);
		if (!errand_say(s->errand, WORKER_TIMESTAMPS, &again, e))
			return false;
	}
}

/* ---- the file */

/* The plan is the one of the signature that is there, by its own signer. */
static bool
embed(struct stamping *s, struct rope *out, struct err *e)
{
	const struct finding *f = &s->chosen;
	const char *digest = digest_rows[f->digest_kind].name;
	struct directive d = { .verb = DIRECTIVE_SIGN,
	    .digest = span_text(digest) };
	struct signing_identity id = { .certificate = f->certificate,
	    .kind = f->signature_kind, .timestamp = true,
	    .imprint = s->stamp.imprint.kind };
	struct sealed sealed = { .timestamp = s->token,
	    .nested = f->nested };
	struct plan plan = { 0 };

	return s->format->plan(&s->subject, &d, &id, &plan, e) &&
	    s->format->apply(&s->subject, &d, &id, &plan, &sealed, out, e);
}

static bool
is_kept(const struct finding *a, const struct finding *b, int64_t time)
{
	return b->err.what == NULL &&
	    digest_eq(&a->signature_sha256, &b->signature_sha256) &&
	    span_eq(a->certificate, b->certificate) && b->timestamp == time;
}

/*
 * Where one that was there is now: at its place; or, where a nested one was
 * stamped, anywhere among the nested. DER orders those by their bytes.
 */
static bool
is_found(const struct stamping *s, size_t i, const struct findings *now,
    bool *taken)
{
	const struct finding *was = &s->before.items[i];
	size_t count = message_count(&s->before), chosen = s->chosen.nested;
	bool moves = chosen > 0 && i > 0 && i < count;
	size_t first = moves ? 1 : i, end = moves ? count : i + 1;

	for (size_t k = first; k < end; k++)
		if (!taken[k] && is_kept(was, &now->items[k], i == chosen ?
		    s->stamp.time : was->timestamp)) {
			taken[k] = true;
			return true;
		}
	return false;
}

/* The signatures are those that were there; the chosen one has its new time. */
static bool
are_kept(struct stamping *s, const struct findings *now, struct err *e)
{
	struct arena *a = s->errand->arena;
	bool *taken = ARENA_ARRAY(a, bool, now->count);
	bool same = now->count == s->before.count &&
	    message_count(now) == message_count(&s->before);

	if (taken == NULL)
		return err_budget(e, a);
	for (size_t i = 0; same && i < now->count; i++)
		same = is_found(s, i, now, taken);
	return same || err_set(e, ERR_CHECK_CHANGED, "the signatures are not "
	    "those that were there, with a new timestamp");
}

static bool
is_proven(struct stamping *s, const struct rope *made, struct err *e)
{
	struct subject after = s->subject;
	struct findings now = { 0 };

	if (!s->is_detached) {
		after.file = *made;
		if (!s->format->same(&s->subject, &after, e))
			return false;
	}
	return check(s, &after, made, &now, e) && are_kept(s, &now, e);
}

static struct json *
answer(const struct stamping *s)
{
	struct json *v = json_map(), *t = json_map();

	json_put_time(t, "time", s->stamp.time);
	json_put_span(t, "authority", s->stamp.signer.subject);
	json_put_text(v, "format", s->is_detached ? "cms" : s->format->name);
	json_put_span(v, "signer", s->chosen.subject);
	json_put(v, "timestamp", t);
	json_put_bool(v, "replaced", s->chosen.timestamped);
	json_put_int(v, "signatures", (int64_t)s->before.count);
	json_put_int(v, "nested", s->chosen.nested);
	return v;
}

static bool
stamp(struct stamping *s, struct outcome *out, struct err *e)
{
	if (!open_all(s, e) || !is_good(s, e) || !stamp_get(s, e))
		return false;
	return (s->is_detached ? detached_stamp(&s->subject, &s->detached,
	    s->token, &out->output, e) : embed(s, &out->output, e)) &&
	    is_proven(s, &out->output, e) &&
	    digest_rope(DIGEST_SHA256, &out->output, &out->sha256, e);
}

bool
errand_stamp(struct errand *w, struct outcome *out, struct err *e)
{
	struct stamping s = { .errand = w };

	if (!stamp(&s, out, e))
		return err_at(e, "%s", text_show(w->job.name).text);
	out->json = answer(&s);
	out->written = true;
	out->yes = true;
	return true;
}

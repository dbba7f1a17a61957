/* distrust - see distrust.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/object.h"
#include "judge/distrust.h"
#include "ledger/story.h"

#define USE_TEXT	300	/* bytes of one in an event */

/* Events by which somebody's signature took effect. */
static const char *const types[] = {
	"config.accepted", "config.confirmed", "request.created",
	"approval.counted", "approval.withdrawn", "request.denied",
};

/* One key, and what is found about it. */
struct search {
	struct desk			*desk;
	const struct person		*person;
	const struct person_key		*key;
	struct event_list		 uses;
	uint64_t			 count;
};

/* ---- signatures ---- */

static bool
is_by(struct search *s, const struct object_signature *signature,
    const char *name, int64_t at, bool *by, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct signature_fact fact;

	if (!signers_look(chain_signers(s->desk->chain), signature, name, at,
	    a, &fact, e))
		return false;
	*by = *by || span_eq(fact.key, s->key->bytes);
	return true;
}

/* What a merge brought in counted as its signer's word, too. */
static bool
commit_is_by(struct search *s, const struct commit_object *c, int64_t at,
    bool *by, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object inner;
	struct err none;

	if (!is_by(s, &c->signature, "git", at, by, e))
		return false;
	return c->parent_count != 2 ||
	    !object_read(s->desk->config_repo, &c->parents[1], OBJECT_COMMIT,
	    LIMIT_SIGNED_OBJECT, &raw, &none) ||
	    !commit_parse(buf_span(&raw), a, &inner, &none) ||
	    is_by(s, &inner.signature, "git", at, by, e);
}

static bool
blob_read(struct search *s, const struct json *evidence, struct buf *out,
    struct err *e)
{
	return ledger_blob(record_ledger(s->desk->record),
	    json_span(json_member(evidence, "raw_sha256")), out, e);
}

/* A statement in a file has its signature in the piece behind it. */
static bool
piece_is_by(struct search *s, const struct json *list, size_t i, int64_t at,
    bool *by, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 }, signature = { 0 };
	struct object_signature apart;
	struct commit_object commit;
	struct tag_object tag;
	struct err none;

	if (!blob_read(s, json_item(list, i), &raw, e))
		return false;
	if (commit_parse(buf_span(&raw), a, &commit, &none))
		return commit_is_by(s, &commit, at, by, e);
	if (tag_parse(buf_span(&raw), a, &tag, &none))
		return is_by(s, &tag.signature, "git", at, by, e);
	if (i + 1 >= json_count(list))
		return true;
	return blob_read(s, json_item(list, i + 1), &signature, e) &&
	    (!signature_detached(buf_span(&raw), buf_span(&signature), &apart,
	    &none) || is_by(s, &apart, "approval@tagseal", at, by, e));
}

/* ---- events ---- */

static bool
rests_on(struct search *s, const struct event *ev, bool *by, struct err *e)
{
	const struct json *list = json_member(ev->json, "evidence");
	bool concerns = false;

	*by = false;
	for (size_t i = 0; i < COUNT(types); i++)
		concerns = concerns || strcmp(types[i], ev->type->name) == 0;
	for (size_t i = 0; concerns && i < json_count(list); i++)
		if (!piece_is_by(s, list, i, ev->at, by, e))
			return false;
	return true;
}

static void
use_add(struct search *s, const struct event *ev)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct json *v = json_map();

	event_summary(ev, &text);
	if (text.len > USE_TEXT)
		text.len = USE_TEXT;
	json_put_int(v, "event", (int64_t)ev->n);
	json_put_span(v, "text", buf_span(&text));
	event_list_add(&s->uses, v);
	s->count++;
}

/* From the newest event back: their times never decrease. */
static bool
events_search(struct search *s, struct err *e)
{
	struct ledger *ledger = record_ledger(s->desk->record);

	for (uint64_t n = ledger_size(ledger); n-- > 0;) {
		CLEANUP(json_done) struct json *json = NULL;
		CLEANUP(buf_done) struct buf bytes = { 0 };
		struct event ev;
		bool by;

		if (!ledger_event_read(ledger, n, &bytes, &json, &ev, e))
			return false;
		if (ev.at < s->key->revoked.compromised_since)
			return true;
		if (!rests_on(s, &ev, &by, e))
			return false;
		if (by)
			use_add(s, &ev);
	}
	return true;
}

/* ---- telling ---- */

static bool
uses_record(struct search *s, const char *key, const char *since,
    struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct desk *d = s->desk;
	struct json *v = json_map();

	event_person(v, "person", s->person->slug);
	json_put_text(v, "key_sha256", key);
	json_put_text(v, "since", since);
	json_put_int(v, "count", (int64_t)s->count);
	json_put(v, "uses", s->uses.json);
	if (!record_add(d->record, "key.distrusted", v, NULL, e) ||
	    !record_commit(d->record, e))
		return false;
	if (s->count == 0)
		return true;
	buf_printf(&text, "%llu events since %s rest on a key of person/%s "
	    "(SHA-256 %.16s) that was not in its owner's hands alone: "
	    "key.distrusted in the ledger lists them",
	    (unsigned long long)s->count, since,
	    text_show(s->person->slug).text, key);
	LOG(&d->log, LOG_LEVEL_WARN, "key.distrusted",
	    { "text", buf_cstr(&text) });
	return alarm_raise(d, err_rows[ERR_SIGNER_KEY_USED].code,
	    buf_span(&text), e);
}

static bool
key_follow(struct desk *d, const struct person *p,
    const struct person_key *k, struct err *e)
{
	struct search s = { .desk = d, .person = p, .key = k,
	    .uses = { .json = NULL } };
	struct digest hash = digest_of(DIGEST_SHA256, k->bytes);
	struct digest_hex key = digest_hex(&hash);
	CLEANUP(buf_done) struct buf what = { 0 };
	char since[TEXT_TIME_SIZE];

	text_time(k->revoked.compromised_since, since);
	buf_printf(&what, "key.distrusted %s %s", key.text, since);
	if (memory_said(&d->memory, buf_span(&what)))
		return true;
	s.uses.json = json_list();
	if (events_search(&s, e))
		return uses_record(&s, key.text, since, e);
	json_release(s.uses.json);
	return false;
}

bool
distrust_follow(struct desk *d, struct err *e)
{
	const struct config *c = chain_config(d->chain);

	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];

		for (size_t k = 0; k < p->keys.count; k++)
			if (p->keys.items[k].revoked.at.file != NULL &&
			    p->keys.items[k].revoked.compromised_since != 0 &&
			    !key_follow(d, p, &p->keys.items[k], e))
				return false;
	}
	return true;
}

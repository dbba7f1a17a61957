/* memory - see memory.h. */
#include <string.h>

#include "base/text.h"
#include "judge/memory.h"
#include "ledger/story.h"

#define MEMORY	((size_t)1 << 30)	/* bytes, beside the fold's own */

void
memory_init(struct memory *m)
{
	*m = (struct memory){ .fold = fold_new(), .arena = arena_new(MEMORY) };
}

void
memory_done(struct memory *m)
{
	table_done(&m->seen);
	table_done(&m->said);
	table_done(&m->certificates);
	table_done(&m->ends);
	fold_free(m->fold);
	arena_free(m->arena);
	*m = (struct memory){ .fold = NULL };
}

/* The first time counts. */
static bool
note_seen(struct memory *m, struct span id, int64_t at, struct err *e)
{
	struct span key;

	if (id.len == 0 || table_find(&m->seen, id) != NULL)
		return true;
	int64_t *value = ARENA_NEW(m->arena, int64_t);
	if (value == NULL || !arena_copy(m->arena, id, &key))
		return err_budget(e, m->arena);
	*value = at;
	table_put(&m->seen, key, value);
	return true;
}

static bool
note_said(struct memory *m, const struct buf *what, struct err *e)
{
	struct span key;

	if (memory_said(m, buf_span(what)))
		return true;
	if (!arena_copy(m->arena, buf_span(what), &key))
		return err_budget(e, m->arena);
	table_put(&m->said, key, m);
	return true;
}

static bool
note_endorsement(struct memory *m, struct span id, struct err *e)
{
	struct object_id *grown = arena_grow(m->arena, m->endorsements,
	    m->endorsement_count, sizeof(*grown));

	if (grown == NULL)
		return err_budget(e, m->arena);
	m->endorsements = grown;
	m->endorsement_count += object_id_parse(id,
	    &grown[m->endorsement_count]);
	return true;
}

static bool
on_evidence(struct memory *m, const struct event *ev, struct err *e)
{
	const struct json *list = json_member(ev->json, "evidence");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_item(list, i);
		struct span id = json_span(json_member(one, "object_id"));

		if (!note_seen(m, id, ev->at, e))
			return false;
		if (span_is(json_span(json_member(one, "what")),
		    "endorsement") && !note_endorsement(m, id, e))
			return false;
	}
	return true;
}

static bool
on_config(struct memory *m, const struct event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf what = { 0 };
	int64_t at;

	buf_printf(&what, "%s ", ev->type->name);
	buf_put(&what, event_text(ev, "commit_id"));
	return (!text_untime(event_text(ev, "first_seen"), &at) ||
	    note_seen(m, event_text(ev, "commit_id"), at, e)) &&
	    note_said(m, &what, e);
}

/* What is accepted is as new as its acceptance. */
static bool
on_accepted(struct memory *m, const struct event *ev, struct err *e)
{
	m->renewed = ev->at;
	return on_config(m, ev, e);
}

/* A commit that was in force, as if it had been accepted. */
static bool
on_recovered(struct memory *m, const struct event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	m->renewed = ev->at;
	buf_text(&what, "config.accepted ");
	buf_put(&what, event_text(ev, "commit_id"));
	return note_said(m, &what, e);
}

/* It was said before it was seen, or its signer's clock is ahead. */
static bool
on_confirmed(struct memory *m, const struct event *ev, struct err *e)
{
	int64_t said, seen;

	(void)e;
	m->heartbeat = event_integer(ev, "heartbeat");
	if (text_untime(event_text(ev, "said"), &said) &&
	    text_untime(event_text(ev, "first_seen"), &seen)) {
		seen = said < seen ? said : seen;
		m->renewed = seen > m->renewed ? seen : m->renewed;
	}
	return true;
}

static bool
on_ref(struct memory *m, const struct event *ev, struct err *e)
{
	return note_seen(m, event_text(ev, "object_id"), ev->at, e);
}

static bool
on_statement(struct memory *m, const struct event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf what = { 0 }, who = { 0 };

	buf_put(&who, event_text(ev, "statement_sha256"));
	buf_text(&who, " ");
	buf_put(&who, event_text(ev, "person"));
	buf_printf(&what, "%s ", ev->type->name);
	buf_put(&what, event_text(ev, "request"));
	buf_text(&what, " ");
	buf_put(&what, buf_span(&who));
	return note_seen(m, buf_span(&who), ev->at, e) &&
	    note_said(m, &what, e);
}

static bool
on_alarm(struct memory *m, const struct event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	buf_printf(&what, "%s ", ev->type->name);
	buf_put(&what, event_text(ev, "code"));
	buf_text(&what, " ");
	buf_put(&what, event_text(ev, "text"));
	return note_said(m, &what, e);
}

static bool
on_distrusted(struct memory *m, const struct event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	buf_printf(&what, "%s ", ev->type->name);
	buf_put(&what, event_text(ev, "key_sha256"));
	buf_text(&what, " ");
	buf_put(&what, event_text(ev, "since"));
	return note_said(m, &what, e);
}

static struct memory_certificate *
certificate_of(struct memory *m, struct span slug)
{
	struct memory_certificate *c = table_find(&m->certificates, slug);

	if (c != NULL)
		return c;
	c = ARENA_NEW(m->arena, struct memory_certificate);
	if (c == NULL || !arena_copy(m->arena, slug, &c->slug))
		return NULL;
	table_put(&m->certificates, c->slug, c);
	c->older = m->newest;
	m->newest = c;
	return c;
}

static bool
on_certificate(struct memory *m, const struct event *ev, struct err *e)
{
	struct memory_certificate *c = certificate_of(m,
	    event_text(ev, "certificate"));
	struct span hash = event_text(ev, "certificate_sha256");
	struct span state = event_text(ev, "state");

	if (state.len == 0)
		state = SPAN_TEXT("revoked");
	return (c != NULL && arena_copy(m->arena, state, &c->state) &&
	    (hash.len == 0 || arena_copy(m->arena, hash, &c->sha256))) ||
	    err_budget(e, m->arena);
}

static bool
on_removed(struct memory *m, const struct event *ev, struct err *e)
{
	struct memory_certificate *c = certificate_of(m,
	    event_text(ev, "certificate"));

	if (c == NULL)
		return err_budget(e, m->arena);
	c->sha256 = c->state = (struct span){ 0 };
	return true;
}

static bool
on_ceremony(struct memory *m, const struct event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	buf_text(&what, "key.ceremony ");
	buf_put(&what, event_text(ev, "certificate"));
	buf_text(&what, " ");
	buf_put(&what, event_text(ev, "ceremony_sha256"));
	return note_said(m, &what, e);
}

static void
end_name(const struct json *event, struct buf *out)
{
	static const char *const members[] = { "thing", "file", "element",
	    "ends" };

	for (size_t i = 0; i < COUNT(members); i++) {
		buf_put(out, json_span(json_member(event, members[i])));
		buf_u8(out, '\n');
	}
}

static bool
on_expiring(struct memory *m, const struct event *ev, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	uint64_t *told;
	struct span key;

	end_name(ev->json, &name);
	told = table_find(&m->ends, buf_span(&name));
	if (told == NULL) {
		told = ARENA_NEW(m->arena, uint64_t);
		if (told == NULL || !arena_copy(m->arena, buf_span(&name),
		    &key))
			return err_budget(e, m->arena);
		table_put(&m->ends, key, told);
	}
	*told = event_integer(ev, "threshold");
	return true;
}

/* What besides the fold and the evidence is kept of some types. */
static const struct {
	const char	*type;
	bool		(*keep)(struct memory *, const struct event *,
			    struct err *);
} rows[] = {
	{ "certificate.added", on_certificate },
	{ "certificate.changed", on_certificate },
	{ "certificate.removed", on_removed },
	{ "certificate.revoked", on_certificate },
	{ "certificate.expiring", on_expiring },
	{ "config.accepted", on_accepted },
	{ "config.confirmed", on_confirmed },
	{ "config.recovered", on_recovered },
	{ "config.refused", on_config },
	{ "ref.seen", on_ref },
	{ "ref.moved", on_ref },
	{ "approval.counted", on_statement },
	{ "approval.ignored", on_statement },
	{ "approval.withdrawn", on_statement },
	{ "alarm.raised", on_alarm },
	{ "key.distrusted", on_distrusted },
	{ "key.imported", on_ceremony },
	{ "key.made", on_ceremony },
};

static void
tell(const struct memory *m, const struct event *ev)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char n[32];

	if (m->log == NULL)
		return;
	snprintf(n, sizeof(n), "%llu", (unsigned long long)ev->n);
	event_summary(ev, &text);
	LOG(m->log, LOG_LEVEL_INFO, ev->type->name, { "n", n },
	    { "text", buf_cstr(&text) });
}

bool
memory_event(void *memory, const struct event *ev, struct err *e)
{
	struct memory *m = memory;

	if (!fold_event(m->fold, ev, e))
		return false;
	/* What an event says of a first time comes before its own. */
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].type, ev->type->name) == 0 &&
		    !rows[i].keep(m, ev, e))
			return false;
	if (!on_evidence(m, ev, e))
		return false;
	tell(m, ev);
	return true;
}

bool
memory_about(void *memory, struct span request, struct event_about *out)
{
	const struct memory *m = memory;
	const struct fold_request *q = fold_request(m->fold, request);

	if (q == NULL)
		return false;
	*out = (struct event_about){ q->project, q->policy, q->ref };
	return true;
}

uint64_t
memory_end_told(const struct memory *m, const struct json *event)
{
	CLEANUP(buf_done) struct buf name = { 0 };

	end_name(event, &name);
	const uint64_t *told = table_find(&m->ends, buf_span(&name));
	return told == NULL ? UINT64_MAX : *told;
}

int64_t
memory_seen(void *memory, const struct object_id *id)
{
	const struct memory *m = memory;
	const int64_t *at = table_find(&m->seen,
	    SPAN_TEXT(object_id_hex(id).text));

	return at == NULL ? 0 : *at;
}

bool
memory_accepted(void *memory, const struct object_id *id)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	buf_printf(&what, "config.accepted %s", object_id_hex(id).text);
	return memory_said(memory, buf_span(&what));
}

int64_t
memory_said_at(void *memory, const uint8_t payload_sha256[32],
    struct span person)
{
	const struct memory *m = memory;
	CLEANUP(buf_done) struct buf who = { 0 };

	text_hex((struct span){ payload_sha256, 32 }, &who);
	buf_text(&who, " person/");
	buf_put(&who, person);
	const int64_t *at = table_find(&m->seen, buf_span(&who));
	return at == NULL ? 0 : *at;
}

bool
memory_said(const struct memory *m, struct span what)
{
	return table_find(&m->said, what) != NULL;
}

/* desk_events - the parts that many events have (see desk.h). */
#include <string.h>

#include "base/text.h"
#include "crypto/canonical.h"
#include "judge/desk.h"

#define FINDING_TEXT	400	/* bytes of one */

void
event_rules(const struct desk *d, struct json *event)
{
	struct json *v = json_map();

	json_put_text(v, "commit_id",
	    object_id_hex(chain_commit(d->chain)).text);
	json_put_hex(v, "manifest_sha256",
	    (struct span){ chain_manifest(d->chain), 32 });
	json_put(event, "config", v);
}

/* Before the chain was walked, the ledger alone knows what is in force. */
static void
rules_put(const struct desk *d, struct json *event)
{
	const struct fold *f = d->memory.fold;
	struct json *v;

	if (d->followed && d->chain != NULL) {
		event_rules(d, event);
		return;
	}
	if (f == NULL || fold_config_commit(f).len == 0)
		return;
	v = json_map();
	json_put_span(v, "commit_id", fold_config_commit(f));
	json_put_span(v, "manifest_sha256", fold_config_manifest(f));
	json_put(event, "config", v);
}

/* Events that say what a person did, and the member that names them. */
static const struct {
	const char	*type;
	const char	*member;
} acts[] = {
	{ "approval.counted", "person" },
	{ "approval.ignored", "person" },
	{ "approval.withdrawn", "person" },
	{ "request.denied", "person" },
	{ "config.accepted", "signer" },
	{ "config.confirmed", "signer" },
};

static void
actor_put(const struct desk *d, const char *type, struct json *event)
{
	CLEANUP(buf_done) struct buf engine = { 0 };
	struct span actor = { NULL, 0 };

	for (size_t i = 0; i < COUNT(acts); i++)
		if (strcmp(acts[i].type, type) == 0)
			actor = json_span(json_member(event, acts[i].member));
	if (span_starts(actor, "person/")) {
		json_put_span(event, "actor", actor);
		return;
	}
	buf_text(&engine, "engine/");
	buf_put(&engine, d->given.engine);
	json_put_span(event, "actor", buf_span(&engine));
}

/* What makes a state the one in force names it itself. */
void
event_common(void *desk, const char *type, struct json *event)
{
	const struct desk *d = desk;

	if (json_member(event, "config") == NULL &&
	    strcmp(type, "config.accepted") != 0 &&
	    strcmp(type, "config.recovered") != 0)
		rules_put(d, event);
	if (json_member(event, "actor") == NULL)
		actor_put(d, type, event);
}

void
event_person(struct json *event, const char *key, struct span slug)
{
	CLEANUP(buf_done) struct buf name = { 0 };

	buf_text(&name, "person/");
	buf_put(&name, slug);
	json_put_span(event, key, buf_span(&name));
}

struct json *
event_finding(const char *code, struct span text)
{
	CLEANUP(buf_done) struct buf visible = { 0 };
	struct json *v = json_map();

	/* What is cut in the middle of a character is made visible again. */
	if (text.len > FINDING_TEXT)
		text.len = FINDING_TEXT;
	text_visible(text, &visible);
	json_put_text(v, "code", code);
	json_put_span(v, "text", buf_span(&visible));
	return v;
}

struct json *
event_reason(const struct finding *f)
{
	struct json *v = event_finding(f->row->code, f->text);

	if (f->cause != NULL)
		json_put_text(v, "cause", f->cause->code);
	return v;
}

bool
event_list_add(struct event_list *l, struct json *item)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err none;

	if (l->json == NULL)
		l->json = json_list();
	if (canonical_write(item, &b, &none) && b.len < EVENT_LIST - l->used) {
		l->used += b.len + 1;
		json_add(l->json, item);
		return true;
	}
	l->used = EVENT_LIST;
	json_release(item);
	return false;
}

void
event_unmet(const struct decision *decision, struct event_list *out)
{
	if (out->json == NULL)
		out->json = json_list();
	for (size_t i = 0; i < decision->findings.count; i++) {
		const struct finding *f = &decision->findings.items[i];

		if (!f->met && !event_list_add(out, event_reason(f)))
			return;
	}
}

/* The list of evidence of an event; it is made with the first piece. */
static struct json *
evidence_list(struct json *event)
{
	/* The event is ours, so what it holds is ours too. */
	struct json *list =
	    (struct json *)(uintptr_t)json_member(event, "evidence");

	if (list == NULL) {
		list = json_list();
		json_put(event, "evidence", list);
	}
	return list;
}

bool
event_evidence(struct desk *d, struct json *event, const char *what,
    const struct object_id *id, struct span raw, struct err *e)
{
	struct digest_hex sha256;
	struct json *v;

	if (!record_evidence(d->record, raw, &sha256, e))
		return false;
	v = json_map();
	json_put_text(v, "what", what);
	if (id != NULL)
		json_put_text(v, "object_id", object_id_hex(id).text);
	json_put_text(v, "raw_sha256", sha256.text);
	json_add(evidence_list(event), v);
	return true;
}

bool
alarm_raised(const struct desk *d, const char *code, struct span text)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	buf_printf(&what, "alarm.raised %s ", code);
	buf_put(&what, text);
	return memory_said(&d->memory, buf_span(&what));
}

static bool
raise_once(struct desk *d, const char *severity, const char *code,
    struct span text, struct err *e)
{
	struct json *v;

	if (alarm_raised(d, code, text))
		return true;
	v = json_map();
	json_put_text(v, "code", code);
	json_put_text(v, "severity", severity);
	json_put_span(v, "text", text);
	return record_add(d->record, "alarm.raised", v, NULL, e) &&
	    record_commit(d->record, e);
}

bool
alarm_raise(struct desk *d, const char *code, struct span text,
    struct err *e)
{
	return raise_once(d, "alarm", code, text, e);
}

bool
warning_raise(struct desk *d, const char *code, struct span text,
    struct err *e)
{
	return raise_once(d, "warning", code, text, e);
}

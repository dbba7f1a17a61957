/* export_events - the events of a period and what they cite: see export.h. */
#include <inttypes.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/export.h"
#include "cli/rows.h"
#include "ledger/receipt.h"

#define TOLD_EACH	512	/* events between two lines of progress */
#define NAME_SIZE	160	/* of a file */

static const char *const index_columns[] = { "n", "type", "request", "what",
	"object_id", "sha256", NULL };

/* ---- evidence */

struct citing {
	struct export		*x;
	struct export_file	*index;
	const struct event	*event;
};

static bool
index_put(struct citing *c, struct span what, struct span id,
    struct span sha256, struct err *e)
{
	CLEANUP(json_done) struct json *row = json_map();
	CLEANUP(buf_done) struct buf line = { 0 };

	json_put_int(row, "n", (int64_t)c->event->n);
	json_put_text(row, "type", c->event->type->name);
	json_put_span(row, "request", event_text(c->event, "request"));
	json_put_span(row, "what", what);
	json_put_span(row, "object_id", id);
	json_put_span(row, "sha256", sha256);
	rows_csv(index_columns, row, &line);
	return export_file_put(c->index, buf_span(&line), e);
}

/* What was verified lies under its hash: it must still be that. */
static bool
blob_put(struct export *x, const char *name, struct span hex, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };

	if (!ledger_blob(x->h.ledger, hex, &bytes, e))
		return false;
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&bytes));
	if (!span_is(hex, digest_hex(&d).text))
		return err_set(e, ERR_LEDGER_BLOB, "%s is another one than a "
		    "moment ago", text_show(hex).text);
	x->evidence++;
	return export_file_write(&x->folder, name, buf_span(&bytes), e);
}

static bool
cite(struct citing *c, struct span what, struct span id, struct span sha256,
    struct err *e)
{
	char name[NAME_SIZE];

	if (sha256.len == 0)
		return true;
	snprintf(name, sizeof(name), "evidence/%.*s", (int)sha256.len,
	    (const char *)sha256.ptr);
	return index_put(c, what, id, sha256, e) &&
	    (export_file_there(&c->x->folder, name) ||
	    blob_put(c->x, name, sha256, e));
}

/* The lists of evidence, and members that name a blob themselves. */
static bool
cite_all(struct citing *c, struct err *e)
{
	const struct event *ev = c->event;
	const struct json *list = json_member(ev->json, "evidence");

	for (size_t i = 0; list != NULL && i < json_count(list); i++) {
		const struct json *v = json_item(list, i);

		if (!cite(c, json_span(json_member(v, "what")),
		    json_span(json_member(v, "object_id")),
		    json_span(json_member(v, "raw_sha256")), e))
			return false;
	}
	for (const struct event_member *m = ev->type->members;
	    m->name != NULL; m++)
		if (m->kind == MEMBER_BLOB && !cite(c, span_text(m->name),
		    (struct span){ 0 }, event_text(ev, m->name), e))
			return false;
	return true;
}

/* ---- receipts */

static bool
receipt_put(struct export *x, const struct event *ev, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf out = { 0 };
	struct ledger *l = x->h.ledger;
	struct anchored under;
	char name[NAME_SIZE];

	if (ev->n >= ledger_checkpoint_size(l)) {
		x->uncovered++;
		return true;
	}
	struct span hex = event_text(ev, "artifact_sha256");
	snprintf(name, sizeof(name), "receipts/%.*s-%" PRIu64 ".receipt.json",
	    (int)hex.len, (const char *)hex.ptr, ev->n);
	x->receipts++;
	return ledger_anchor_best(l, ev->n, a, &under, e) &&
	    receipt_write_anchored(l, ev->n, &under, &out, e) &&
	    export_file_write(&x->folder, name, buf_span(&out), e);
}

/* ---- all events */

static bool
verified_still(const struct export *x, const struct event *ev, struct err *e)
{
	const struct merkle_source source = merkle_tree_source(
	    ledger_tree(x->h.ledger));
	struct merkle_hash leaf = merkle_leaf(ev->bytes), verified;

	if (!source.hash(source.arg, 0, ev->n, &verified, e))
		return false;
	return merkle_eq(&leaf, &verified) || err_set(e, ERR_LEDGER_EVENT,
	    "event %" PRIu64 " is another one than a moment ago", ev->n);
}

static void
progress(const struct export *x, uint64_t n)
{
	if (!x->in->progress || (n - x->from) % TOLD_EACH != 0)
		return;
	fprintf(stderr, "\revent %" PRIu64 " of %" PRIu64, n - x->from,
	    x->to - x->from);
	fflush(stderr);
}

static bool
event_put(struct export *x, uint64_t n, struct export_file *events,
    struct export_file *index, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;
	struct citing c = { x, index, &ev };

	progress(x, n);
	if (!ledger_event_read(x->h.ledger, n, &bytes, &json, &ev, e) ||
	    !verified_still(x, &ev, e) ||
	    !export_file_put(events, ev.bytes, e) ||
	    !export_file_put(events, span_text("\n"), e) ||
	    !cite_all(&c, e))
		return false;
	return !span_is(span_text(ev.type->name), "artifact.verified") ||
	    receipt_put(x, &ev, e);
}

static bool
events_put(struct export *x, struct export_file *events,
    struct export_file *index, struct err *e)
{
	for (uint64_t n = x->from; n < x->to; n++)
		if (!event_put(x, n, events, index, e))
			return err_at(e, "event %" PRIu64, n);
	if (x->in->progress)
		fprintf(stderr, "\r\033[K");
	return true;
}

bool
export_events(struct export *x, struct err *e)
{
	CLEANUP(export_file_drop) struct export_file events = { 0 };
	CLEANUP(export_file_drop) struct export_file index = { 0 };
	CLEANUP(buf_done) struct buf names = { 0 };

	rows_csv_names(index_columns, &names);
	return export_file_open(&x->folder, "events.jsonl", &events, e) &&
	    export_file_open(&x->folder, "evidence/index.csv", &index, e) &&
	    export_file_put(&index, buf_span(&names), e) &&
	    events_put(x, &events, &index, e) &&
	    export_file_close(&index, e) && export_file_close(&events, e);
}

/* ---- by type */

struct by_type {
	struct export			*x;
	const struct export_reader	*reader;
};

static bool
of_period(void *by_type, const struct json *row, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	const struct by_type *t = by_type;
	uint64_t n = (uint64_t)json_integer_of(json_member(row, "n"));
	struct event ev;

	if (n < t->x->from || n >= t->x->to)
		return true;
	return ledger_event_read(t->x->h.ledger, n, &bytes, &json, &ev, e) &&
	    t->reader->event(t->reader->arg, &ev, e);
}

bool
export_type(struct export *x, const char *type,
    const struct export_reader *reader, struct err *e)
{
	const struct view_filter filter = { .type = span_text(type) };
	struct by_type t = { x, reader };

	return view_events(x->view, &filter, &(struct view_reader){
	    of_period, &t }, e);
}

/*
 * retell_ledger FOLDER LEDGER EVENTS: writes FOLDER/ledger.git and FOLDER/vkey,
 * a ledger that tells other events than the one in LEDGER (a bare repository),
 * as an engine that lies would: soundly signed, by keys of its own. EVENTS has
 * a line of JSON for each event but the first, as the ledger would hold it;
 * what they cite is taken from LEDGER. Events need not fit each other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "ledger_maker.h"
#include "test.h"

#define LINE_MOST	((size_t)256 << 10)

struct telling {
	struct ledger_maker	m;
	struct ledger		*from;
};

static bool	 cited(void *, const char *, const struct json *, struct err *);

static void
cite(struct telling *t, const struct json *v)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct span hex = json_span(v);
	struct err e;

	for (size_t i = 0; json_kind(v) == JSON_KIND_LIST &&
	    i < json_count(v); i++)
		cite(t, json_item(v, i));
	if (json_kind(v) == JSON_KIND_MAP)
		assert_ok(json_each(v, cited, t, &e), &e);
	if (hex.len != 64 || !ledger_blob(t->from, hex, &bytes, &e))
		return;
	assert_true(t->m.blob_count < MAKER_EVENTS);
	assert_true(arena_copy(t->m.arena, buf_span(&bytes),
	    &t->m.blobs[t->m.blob_count++]));
}

static bool
cited(void *telling, const char *key, const struct json *v, struct err *e)
{
	(void)key;
	(void)e;
	cite(telling, v);
	return true;
}

/* All but the envelope, which event_make adds. */
static bool
member(void *map, const char *key, const struct json *v, struct err *e)
{
	static const char *const envelope[] = { "v", "n", "type", "at",
	    "engine" };
	CLEANUP(buf_done) struct buf text = { 0 };
	struct json *copy;

	for (size_t i = 0; i < COUNT(envelope); i++)
		if (strcmp(envelope[i], key) == 0)
			return true;
	switch (json_kind(v)) {
	case JSON_KIND_INTEGER:
		copy = json_int(json_integer_of(v));
		break;
	case JSON_KIND_TEXT:
		copy = json_text(json_span(v));
		break;
	case JSON_KIND_BOOL:
		copy = json_bool(json_truth(v));
		break;
	default:
		json_write(v, &text);
		assert_ok(json_parse(buf_span(&text), &copy, e), e);
	}
	json_put(map, key, copy);
	return true;
}

static void
tell(struct telling *t, const char *line)
{
	CLEANUP(json_done) struct json *event = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct ledger_maker *m = &t->m;
	struct json *members = json_map();
	char type[64] = "", engine[64] = "";
	struct err e;

	assert_ok(json_parse(span_text(line), &event, &e), &e);
	assert_ok(json_each(event, member, members, &e), &e);
	struct span name = json_span(json_member(event, "type"));
	struct span who = json_span(json_member(event, "engine"));
	assert_true(name.len < sizeof(type) && who.len < sizeof(engine));
	memcpy(type, name.ptr, name.len);
	memcpy(engine, who.ptr, who.len);
	assert_true(text_untime(json_span(json_member(event, "at")), &m->at));
	assert_ok(event_make(type, ledger_size(m->ledger), m->at, engine,
	    members, &bytes, &e), &e);
	assert_true(arena_copy(m->arena, buf_span(&bytes), &m->events[0]));
	m->event_count = 1;
	cite(t, event);
	maker_commit(m);
}

static void
tell_all(struct telling *t, const char *path)
{
	char *line = malloc(LINE_MOST);
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	while (fgets(line, (int)LINE_MOST, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		tell(t, line);
	}
	fclose(f);
	free(line);
}

int
main(int argc, char **argv)
{
	CLEANUP(repository_done) struct repository *repo = NULL;
	struct telling t = { .from = NULL };
	struct ledger_trust trust = { .log_key = { 0 } };
	struct object_id head;
	struct err e;

	if (argc != 4)
		return 2;
	assert_ok(repository_open(argv[2], &repo, &e), &e);
	assert_ok(ref_read(repo, MAKER_REF, &head, &e), &e);
	t.from = ledger_new(repo, &trust, NULL);
	assert_ok(ledger_advance(t.from, &head, &e), &e);
	FILE *lines = fopen(argv[3], "r");
	assert_non_null(lines);
	fclose(lines);
	char *events = realpath(argv[3], NULL);
	assert_int_equal(chdir(argv[1]), 0);
	maker_init(&t.m, "ledger.git", "ed25519", "ed25519");
	maker_trust(&t.m, &t.m.trust);
	tell_all(&t, events);
	FILE *f = fopen("vkey", "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(t.m.trust.log_key.ptr, 1,
	    t.m.trust.log_key.len, f), t.m.trust.log_key.len);
	fclose(f);
	free(events);
	ledger_free(t.from);
	maker_done(&t.m);
	return 0;
}

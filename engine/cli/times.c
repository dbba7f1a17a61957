/* times - see times.h. */
#include <string.h>

#include "base/limits.h"
#include "cli/repo.h"
#include "cli/times.h"
#include "git/history.h"

/* What the ledger holds of a tag: its SHA-256, and the bytes once read. */
struct kept_tag {
	struct span	hex;
	struct span	raw;	/* ptr NULL: not read yet */
};

static bool
kept_add(struct times *t, const struct json *evidence, struct err *e)
{
	struct span id = json_span(json_member(evidence, "object_id"));
	struct kept_tag *k;
	struct span key;

	if (table_find(&t->kept, id) != NULL)
		return true;
	k = ARENA_NEW(t->arena, struct kept_tag);
	if (k == NULL || !arena_copy(t->arena, id, &key) ||
	    !arena_copy(t->arena, json_span(json_member(evidence,
	    "raw_sha256")), &k->hex))
		return err_budget(e, t->arena);
	k->raw = (struct span){ 0 };
	table_put(&t->kept, key, k);
	return true;
}

static bool
keep_endorsements(struct times *t, const struct event *ev, struct err *e)
{
	const struct json *list = json_member(ev->json, "evidence");

	for (size_t i = 0; i < json_count(list); i++)
		if (span_is(json_span(json_member(json_item(list, i), "what")),
		    "endorsement") && !kept_add(t, json_item(list, i), e))
			return false;
	return true;
}

static bool
take(void *arg, const struct event *ev, struct err *e)
{
	struct times *t = arg;

	if (t->genesis == 0) {
		t->genesis = ev->at;
		buf_put(&t->config_repo, event_text(ev, "config_repo"));
	}
	if (!t->rooted && strcmp(ev->type->name, "config.accepted") == 0)
		t->rooted = object_id_parse(event_text(ev, "commit_id"),
		    &t->root);
	return keep_endorsements(t, ev, e) && memory_event(&t->memory, ev, e);
}

static void
kept_drop(struct times *t)
{
	table_done(&t->kept);
	t->kept = (struct table){ 0 };
	arena_free(TAKE(t->arena));
}

static bool
read_by_key(struct history *h, void *arg, struct err *e)
{
	struct times *t = arg;

	ledger_free(TAKE(h->ledger));
	memory_done(&t->memory);
	memory_init(&t->memory);
	buf_done(&t->config_repo);
	t->config_repo = (struct buf){ 0 };
	kept_drop(t);
	t->arena = arena_new(LIMIT_CHAIN_MEMORY);
	t->genesis = 0;
	t->rooted = false;
	h->ledger = ledger_new(h->repo, &h->trust,
	    &(struct ledger_reader){ take, t });
	return ledger_advance(h->ledger, &h->head, e);
}

bool
times_read(const struct invocation *in, const char *folder,
    const char *trust_file, struct repository *commits, struct times *t,
    struct err *e)
{
	t->commits = commits;
	t->h.trust_file = trust_file;
	return (history_open_at(in, &t->h, folder, e) &&
	    history_try(&t->h, read_by_key, t, e)) ||
	    err_at(e, "ledger in %s", folder);
}

void
times_done(struct times *t)
{
	history_done(&t->h);
	memory_done(&t->memory);
	buf_done(&t->config_repo);
	kept_drop(t);
}

static bool
kept_read(struct times *t, struct kept_tag *k, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	return ledger_blob(t->h.ledger, k->hex, &raw, e) &&
	    (arena_copy(t->arena, buf_span(&raw), &k->raw) ||
	    err_budget(e, t->arena));
}

bool
times_kept(void *times, const struct object_id *id, struct buf *out,
    bool *there, struct err *e)
{
	struct times *t = times;
	struct object_id_hex hex = object_id_hex(id);
	struct kept_tag *k = table_find(&t->kept, SPAN_TEXT(hex.text));

	*there = false;
	if (k == NULL)
		return true;
	if (k->raw.ptr == NULL && !kept_read(t, k, e))
		return false;
	struct object_id named = object_id_of(OBJECT_TAG, k->raw);
	*there = object_id_eq(&named, id);
	if (*there)
		buf_put(out, k->raw);
	return true;
}

int64_t
times_seen(void *times, const struct object_id *id)
{
	struct times *t = times;
	int64_t seen = memory_seen(&t->memory, id);
	struct object_id commit;
	bool older = false;
	struct err unused;

	if (seen != 0 || !t->rooted)
		return seen;
	if (!repo_commit(t->commits, object_id_hex(id).text, &commit,
	    &unused) || !history_reaches(t->commits, &t->root, &commit, &older,
	    &unused))
		return 0;
	return older ? t->genesis : 0;
}

const char *
times_verdict(const struct times *t, const struct object_id *id)
{
	static const char *const words[] = { "accepted", "refused" };

	for (size_t i = 0; i < COUNT(words); i++) {
		CLEANUP(buf_done) struct buf what = { 0 };

		buf_printf(&what, "config.%s %s", words[i],
		    object_id_hex(id).text);
		if (memory_said(&t->memory, buf_span(&what)))
			return words[i];
	}
	return NULL;
}

/* declare - see declare.h. */
#include "base/limits.h"
#include "base/text.h"
#include "git/tree.h"
#include "judge/declare.h"

static const struct ledger_config *
ledger_of(const struct desk *d)
{
	return &chain_config(d->chain)->organization.ledger;
}

struct span
declare_own(const struct desk *d)
{
	const struct ledger_config *l = ledger_of(d);

	for (size_t i = 0; i < l->engines.count; i++)
		if (span_eq(l->engines.items[i].id, d->given.engine))
			return l->engines.items[i].commits;
	return l->commits;
}

bool
declare_evidence(struct desk *d, struct json *v, const char *path,
    struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct tree_entry entry;
	struct object_id tree;

	return commit_tree(d->config_repo, chain_commit(d->chain), &tree, e) &&
	    tree_lookup(d->config_repo, &tree, span_text(path), &entry, e) &&
	    object_read(d->config_repo, &entry.id, OBJECT_BLOB,
	    LIMIT_SIGNED_OBJECT, &raw, e) &&
	    event_evidence(d, v, path, &entry.id, buf_span(&raw), e);
}

static struct json *
said_by_config(const struct desk *d, const char *member, struct span id)
{
	struct json *v = json_map();

	json_put_span(v, member, id);
	json_put_text(v, "commit_id",
	    object_id_hex(chain_commit(d->chain)).text);
	event_rules(d, v);
	return v;
}

static bool
declare(struct desk *d, const struct ledger_engine_config *it,
    struct span key, struct err *e)
{
	CLEANUP(json_done) struct json *v = said_by_config(d, "declared",
	    it->id);
	char path[96];

	snprintf(path, sizeof(path), "certificates/%.*s.yaml",
	    (int)it->commits.len, (const char *)it->commits.ptr);
	json_put_span(v, "commit_key", key);
	json_put_span(v, "certificate", it->commits);
	return declare_evidence(d, v, "tagseal.yaml", e) &&
	    declare_evidence(d, v, path, e) &&
	    record_add(d->record, "engine.declared", TAKE(v), NULL, e);
}

static bool
retire(struct desk *d, const struct ledger_engine_config *it, struct err *e)
{
	CLEANUP(json_done) struct json *v = said_by_config(d, "retired",
	    it->id);

	return declare_evidence(d, v, "tagseal.yaml", e) &&
	    record_add(d->record, "engine.retired", TAKE(v), NULL, e);
}

/* A key stays an engine's for ever: a new one needs a new id. */
static void
contradiction(struct desk *d, const struct ledger_engine_config *it)
{
	struct err e;

	err_set(&e, ERR_CHAIN_LEDGER, "the ledger knows engine '%s' or its "
	    "key by another name", text_show(it->id).text);
	log_err(&d->log, "config.engines", &e);
}

static bool
key_taken(const struct engines *all, struct span blob)
{
	for (size_t i = 0; i < all->count; i++)
		if (span_eq(all->list[i].key.blob, blob))
			return true;
	return false;
}

static bool
one_follow(struct desk *d, const struct ledger_engine_config *it,
    struct arena *a, struct err *e)
{
	const struct engines *all = ledger_engines(record_ledger(d->record));
	const struct ledger_engine *known = engines_find(all, it->id);
	const struct certificate *x = config_certificate(
	    chain_config(d->chain), it->commits);
	CLEANUP(buf_done) struct buf line = { 0 };
	struct ssh_key key;

	if (!ssh_key_parse_line(a, x->public, &key, e))
		return err_at(e, "%s", x->at.file);
	if (known != NULL && span_eq(known->key.blob, key.blob))
		return !it->retired || known->retired > 0 ||
		    retire(d, it, e);
	if (known == NULL && it->retired)
		return true;
	if (known != NULL || key_taken(all, key.blob)) {
		contradiction(d, it);
		return true;
	}
	ssh_key_line(&key, "", &line);
	return declare(d, it, buf_span(&line), e);
}

/* The last to go is this engine itself: it could not retire another then. */
bool
declare_follow(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	const struct ledger_config *l = ledger_of(d);

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < l->engines.count; i++) {
			const struct ledger_engine_config *it =
			    &l->engines.items[i];
			bool own = span_eq(it->id, d->given.engine);

			if (own == (pass == 1) && !one_follow(d, it, a, e)) {
				record_drop(d->record);
				return false;
			}
		}
	return record_pending(d->record) == 0 || record_commit(d->record, e);
}

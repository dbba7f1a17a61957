/*
 * account_commits - the commits that a request brings since the last release,
 * from a clone of the project, and who signed and reviewed them.
 *
 * The ledger names the state of the config repo that the request was made by,
 * with the SHA-256 of all its files. So people are known by a clone of the
 * config repo without any other pin; without one, the names are those that the
 * commits claim.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/account_parts.h"
#include "cli/openpgp.h"
#include "cli/repo.h"
#include "config/load.h"
#include "git/history.h"
#include "git/object.h"
#include "git/tree.h"
#include "judge/commits.h"

struct listing {
	struct arena		*arena;
	struct repository	*source;
	struct repository	*config_repo;
	struct config		*config;	/* NULL: nobody is known */
	struct signers		 signers;
	struct openpgp		 openpgp;
	struct verifier_source	 verifier;
	struct json		*list;
};

static void
listing_done(struct listing *l)
{
	signers_done(&l->signers);
	openpgp_done(&l->openpgp);
	config_free(l->config);
	repository_free(l->source);
	repository_free(l->config_repo);
	json_release(l->list);
	arena_free(l->arena);
}

/* ---- the people of that day ---- */

/* The files must be those whose SHA-256 the ledger has. */
static bool
check_manifest(const struct listing *l, const struct object_id *tree,
    struct span wanted, struct err *e)
{
	struct digest manifest;

	if (!tree_manifest_digest(l->config_repo, tree, LIMIT_CONFIG_BLOB,
	    &manifest, e))
		return false;
	if (span_is(wanted, digest_hex(&manifest).text))
		return true;
	return err_set(e, ERR_CHAIN_ROOT, "its files are not those that the "
	    "ledger names");
}

static bool
load_people(struct listing *l, const char *folder, const struct json *state,
    struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct span commit = json_span(json_member(state, "commit"));
	struct object_id id, tree;

	if (!object_id_parse(commit, &id) ||
	    !repository_find(folder, &l->config_repo, e) ||
	    !repo_tree(l->config_repo, &id, &tree, e) ||
	    !check_manifest(l, &tree, json_span(json_member(state,
	    "manifest_sha256")), e))
		return err_at(e, "commit %.12s of the config repo in %s",
		    object_id_hex(&id).text, folder);
	if (!config_load(l->config_repo, &tree, &l->config, &errors))
		return repo_errors(&errors, e);
	l->verifier = (struct verifier_source){ openpgp_open, &l->openpgp };
	signers_init(&l->signers, l->config, &l->verifier);
	return true;
}

/* ---- one commit ---- */

/* "Name <address>" of "Name <address> time zone". */
static struct span
claimed(struct span author)
{
	size_t end = span_find(author, SPAN_TEXT(">"));

	return end == SIZE_MAX ? author : (struct span){ author.ptr, end + 1 };
}

static void
put_person(const struct listing *l, struct json *v, const char *key,
    const struct signature_fact *s)
{
	const struct person *p = s->good ? config_key_holder(l->config,
	    s->key, NULL) : NULL;

	if (p != NULL)
		json_put_span(v, key, p->slug);
}

static bool
add_commit(struct listing *l, const struct object_id *id,
    const struct commit_fact *fact, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 }, subject = { 0 }, who = { 0 };
	struct commit_object c;

	if (!object_read(l->source, id, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT,
	    &raw, e) || !commit_parse(buf_span(&raw), arena, &c, e))
		return err_at(e, "commit %.12s", object_id_hex(id).text);
	text_visible(message_subject(c.message), &subject);
	text_visible(claimed(c.author), &who);
	struct json *v = json_map();
	json_add(l->list, v);
	json_put_text(v, "id", object_id_hex(id).text);
	json_put_span(v, "subject", buf_span(&subject));
	json_put_span(v, "claims", buf_span(&who));
	if (fact != NULL) {
		put_person(l, v, "signer", &fact->signature);
		put_person(l, v, "reviewer", &fact->review);
	}
	return true;
}

/* ---- all of them ---- */
static bool
list_claims(struct listing *l, const struct object_id *from,
    const struct object_id *to, struct err *e)
{
	const struct object_id *ids;
	size_t count;

	if (!history_between(l->source, from, to, LIMIT_RELEASE_COMMITS,
	    l->arena, &ids, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!add_commit(l, &ids[i], NULL, e))
			return false;
	return true;
}

static bool
list_signed(struct listing *l, const struct object_id *from,
    const struct object_id *to, int64_t seen, struct err *e)
{
	struct commit_list commits;
	struct object_id id;

	if (!commits_read(l->source, &l->signers, from, to, seen, true,
	    l->arena, &commits, e))
		return false;
	for (size_t i = 0; i < commits.count; i++)
		if (!object_id_parse(commits.items[i].id, &id) ||
		    !add_commit(l, &id, &commits.items[i], e))
			return false;
	return true;
}

static bool
find_ends(const struct json *account, struct object_id *from, bool *based,
    struct object_id *to, struct err *e)
{
	struct span base = json_span(json_member(json_member(account,
	    "last_release"), "commit"));

	*based = object_id_parse(base, from);
	if (object_id_parse(json_span(json_member(account, "commit")), to))
		return true;
	return err_set(e, ERR_LEDGER_EVENT, "the request names no commit");
}

bool
account_commits(const struct invocation *in, const struct json *created,
    struct json *account, struct err *e)
{
	CLEANUP(listing_done) struct listing l = { .openpgp = OPENPGP_NONE,
	    .arena = arena_new(LIMIT_TREE_MEMORY), .list = json_list() };
	const char *source = option_text(in, "source");
	const char *config = option_text(in, "config");
	struct object_id from, to;
	int64_t seen = 0;
	bool based;

	if (!text_untime(json_span(json_member(created, "at")), &seen))
		return err_set(e, ERR_LEDGER_EVENT, "the request has no time");
	if (!find_ends(account, &from, &based, &to, e) ||
	    !repository_find(source, &l.source, e))
		return false;
	if (config != NULL && !load_people(&l, config, json_member(
	    json_member(created, "body"), "config"), e))
		return false;
	if (config != NULL ? !list_signed(&l, based ? &from : NULL, &to, seen,
	    e) : !list_claims(&l, based ? &from : NULL, &to, e)) {
		err_at(e, "%s", source);
		return err_is(e, ERR_GIT_OBJECT_MISSING) ? err_hint(e, "fetch "
		    "the tag first: git -C %s fetch --tags", source) : false;
	}
	json_put(account, "commits", TAKE(l.list));
	json_put_bool(account, "commits_verified", config != NULL);
	return true;
}

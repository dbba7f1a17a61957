/* ledger_maker - see ledger_maker.h. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/canonical.h"
#include "git/object.h"
#include "git/tree.h"
#include "ledger/story.h"
#include "ledger_maker.h"
#include "test.h"
#include "wire/signer.h"

#define HEX40	"0123456789abcdef0123456789abcdef01234567"
#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct ssh_key
ssh_key_for(struct arena *a, const struct soft_key *soft)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct ssh_key k;
	struct span blob;
	struct err e;

	assert_ok(ssh_key_from_spki(soft_key_spki(soft), &b, &e), &e);
	assert_true(arena_copy(a, buf_span(&b), &blob));
	assert_ok(ssh_key_parse(blob, &k, &e), &e);
	return k;
}

static void
sign(struct ledger_maker *m, const struct soft_key *soft, struct span payload,
    struct buf *armor)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct ssh_key k = ssh_key_for(m->arena, soft);
	struct sshsig_draft d;
	struct err e;

	assert_ok(sshsig_plan(m->arena, &k, "git", payload, &d, &e), &e);
	soft_key_sign(soft, &d.to_be_signed, &value);
	assert_ok(sshsig_finish(&d, buf_span(&value), armor, &e), &e);
}

static struct object_id
finish(struct ledger_maker *m, const struct ledger_draft *d)
{
	CLEANUP(buf_done) struct buf armor = { 0 };
	const struct object_id *head = ledger_head(m->ledger);
	struct object_id id;
	struct err e;

	sign(m, m->commit_key, buf_span(&d->payload), &armor);
	assert_ok(ledger_finish(m->ledger, d, buf_span(&armor), &id, &e), &e);
	assert_ok(ref_update(m->repo, MAKER_REF, head, &id, &e), &e);
	assert_ok(ledger_advance(m->ledger, &id, &e), &e);
	struct merkle_hash root = ledger_root(m->ledger, d->size);
	assert_int_equal(ledger_size(m->ledger), d->size);
	assert_true(merkle_eq(&root, &d->root));
	return id;
}

/* A request that nobody made is about what most are. */
static void
about_put(const struct ledger_maker *m, const char *type,
    struct json *members)
{
	struct span id = json_span(json_member(members, "request"));
	struct event_about about = { SPAN_TEXT("acme-app"),
	    SPAN_TEXT("release-signing"), SPAN_TEXT("refs/tags/v1.2.3") };

	for (size_t i = m->request_count; i-- > 0;)
		if (span_eq(m->requests[i].id, id)) {
			about = m->requests[i].about;
			break;
		}
	if (id.len > 0)
		event_about_put(type, &about, members);
}

/* As an engine does: who acts, and by which rules. */
static void
common_put(const char *type, struct json *members)
{
	struct span who = json_span(json_member(members, "person"));
	struct json *config = json_map();

	if (json_member(members, "actor") == NULL)
		json_put_span(members, "actor", strncmp(type, "approval.",
		    9) == 0 && who.len > 0 ? who :
		    span_text("engine/" MAKER_ENGINE));
	json_put_text(config, "commit_id", HEX40);
	json_put_text(config, "manifest_sha256", HEX64);
	if (json_member(members, "config") == NULL &&
	    strncmp(type, "config.", 7) != 0)
		json_put(members, "config", config);
	else
		json_release(config);
}

static void
make_event(struct ledger_maker *m, const char *type, struct json *members)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	assert_true(m->event_count < MAKER_EVENTS);
	m->at += 1000;
	about_put(m, type, members);
	if (strcmp(type, "ledger.created") != 0)
		common_put(type, members);
	assert_ok(event_make(type, ledger_size(m->ledger) + m->event_count,
	    m->at, MAKER_ENGINE, members, &b, &e), &e);
	assert_true(arena_copy(m->arena, buf_span(&b),
	    &m->events[m->event_count++]));
}

static void
genesis(struct ledger_maker *m)
{
	CLEANUP(ledger_draft_done) struct ledger_draft d = { 0 };
	struct err e;

	make_event(m, "ledger.created", ledger_created(&m->format,
	    "0b7e0000-0000-4000-8000-000000000002", "0.1.0"));
	m->event_count = 0;
	assert_ok(ledger_prepare_genesis(m->ledger, &m->format, m->events[0],
	    m->at, &d, &e), &e);
	finish(m, &d);
}

void
maker_init(struct ledger_maker *m, const char *path, const char *commit_kind,
    const char *log_kind)
{
	CLEANUP(buf_done) struct buf vkey = { 0 };
	struct err e;

	*m = (struct ledger_maker){ .arena = arena_new((size_t)4 << 30),
	    .commit_key = soft_key_new(commit_kind),
	    .log_key = soft_key_new(log_kind), .fold = fold_new(),
	    .at = 1767225600000 };
	assert_ok(repository_init(path, &m->repo, &e), &e);
	m->format.origin = span_text("acme.example/tagseal");
	assert_ok(note_key_make(m->arena, m->format.origin,
	    soft_key_spki(m->log_key), &m->format.log, &e), &e);
	m->format.commits = ssh_key_for(m->arena, m->commit_key);
	note_key_write(&m->format.log, &vkey);
	assert_true(arena_copy(m->arena, buf_span(&vkey), &m->trust.log_key));
	m->reader = (struct ledger_reader){ fold_event, m->fold };
	m->ledger = ledger_new(m->repo, &m->trust, &m->reader);
	genesis(m);
}

void
maker_done(struct ledger_maker *m)
{
	ledger_free(m->ledger);
	fold_free(m->fold);
	repository_free(m->repo);
	soft_key_free(m->commit_key);
	soft_key_free(m->log_key);
	arena_free(m->arena);
}

static struct json *
parse(const char *members)
{
	struct json *v = NULL;
	struct err e;

	assert_ok(json_parse(span_text(members), &v, &e), &e);
	return v;
}

void
maker_event(struct ledger_maker *m, const char *type, const char *members)
{
	make_event(m, type, parse(members));
}

void
maker_event_refused(struct ledger_maker *m, const char *type,
    const char *members, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	assert_false(event_make(type, ledger_size(m->ledger), m->at,
	    MAKER_ENGINE, parse(members), &b, e));
	assert_int_equal(b.len, 0);
}

const char *
maker_blob(struct ledger_maker *m, const char *text)
{
	struct digest d = digest_of(DIGEST_SHA256, span_text(text));

	m->blobs[m->blob_count++] = span_text(text);
	return arena_text(m->arena, span_text(digest_hex(&d).text));
}

void
maker_note(struct ledger_maker *m, const struct soft_key *soft, uint64_t size,
    const struct merkle_hash *root, struct buf *out)
{
	CLEANUP(buf_done) struct buf text = { 0 }, value = { 0 };
	struct checkpoint c = { m->format.origin, size, *root };
	struct to_be_signed t;
	struct note_key k;
	struct err e;

	assert_ok(note_key_make(m->arena, m->format.origin,
	    soft_key_spki(soft), &k, &e), &e);
	checkpoint_write(&c, &text);
	note_plan(&k, buf_span(&text), &t);
	soft_key_sign(soft, &t, &value);
	assert_ok(note_finish(&k, buf_span(&text), buf_span(&value), out, &e),
	    &e);
}

void
maker_checkpoint(struct ledger_maker *m, struct buf *out)
{
	uint64_t size = ledger_size(m->ledger);
	struct merkle_hash root = ledger_root(m->ledger, size);

	maker_note(m, m->log_key, size, &root, out);
}

struct object_id
maker_commit(struct ledger_maker *m)
{
	CLEANUP(ledger_draft_done) struct ledger_draft d = { 0 };
	CLEANUP(buf_done) struct buf note = { 0 };
	struct ledger_transaction t = { .events = m->events,
	    .event_count = m->event_count, .blobs = m->blobs,
	    .blob_count = m->blob_count };
	struct err e;

	maker_checkpoint(m, &note);
	t.checkpoint = buf_span(&note);
	assert_ok(ledger_prepare(m->ledger, &t, m->at, &d, &e), &e);
	m->event_count = m->blob_count = 0;
	return finish(m, &d);
}

/* What an engine would say of the events among the changes. */
static void
story_of(struct ledger_maker *m, const struct tree_change *changes,
    size_t count, struct buf *out)
{
	CLEANUP(story_done) struct story story = { .count = 0 };
	uint64_t size = ledger_size(m->ledger);

	for (size_t i = 0; i < count; i++) {
		unsigned at[3] = { 0 };
		CLEANUP(buf_done) struct buf bytes = { 0 };
		CLEANUP(json_done) struct json *v = NULL;
		struct event ev;
		struct err e;

		if (changes[i].mode == TREE_FILE &&
		    sscanf((const char *)changes[i].path.ptr,
		    "events/%2x/%2x/%2x", &at[0], &at[1], &at[2]) == 3 &&
		    object_read(m->repo, &changes[i].id, OBJECT_BLOB, 1 << 20,
		    &bytes, &e) && event_parse(buf_span(&bytes),
		    at[0] << 16 | at[1] << 8 | at[2], &v, &ev, &e))
			story_add(&story, &ev);
	}
	story_write(&story, size, out);
}

struct object_id
maker_take(struct ledger_maker *m, const struct ledger_draft *d)
{
	return finish(m, d);
}

void
maker_trust(struct ledger_maker *m, const struct ledger_trust *trust)
{
	struct object_id head = *ledger_head(m->ledger);
	struct err e;

	ledger_free(m->ledger);
	m->ledger = ledger_new(m->repo, trust, NULL);
	assert_ok(ledger_advance(m->ledger, &head, &e), &e);
}

struct object_id
maker_forge(struct ledger_maker *m, const struct soft_key *key,
    const struct object_id *base_tree, const struct tree_change *changes,
    size_t count, const struct object_id *parents, size_t parent_count)
{
	CLEANUP(buf_done) struct buf payload = { 0 }, armor = { 0 };
	CLEANUP(buf_done) struct buf object = { 0 };
	CLEANUP(buf_done) struct buf message = { 0 };
	struct new_commit c = { .parents = parents,
	    .parent_count = parent_count,
	    .author = { STORY_AUTHOR, STORY_EMAIL, m->at / 1000 } };
	struct object_id id;
	struct err e;

	story_of(m, changes, count, &message);
	c.message = m->message != NULL ? span_text(m->message) :
	    buf_span(&message);
	assert_ok(tree_write(m->repo, base_tree, changes, count, &c.tree, &e),
	    &e);
	assert_ok(commit_compose(&c, &payload, &e), &e);
	sign(m, key, buf_span(&payload), &armor);
	assert_ok(commit_attach(buf_span(&payload), buf_span(&armor), &object,
	    &e), &e);
	assert_ok(object_write(m->repo, OBJECT_COMMIT, buf_span(&object), &id,
	    &e), &e);
	return id;
}

struct object_id
maker_tree(struct ledger_maker *m, const struct object_id *commit)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object c;
	struct err e;

	assert_ok(object_read(m->repo, commit, OBJECT_COMMIT, 1 << 20, &raw,
	    &e), &e);
	assert_ok(commit_parse(buf_span(&raw), m->arena, &c, &e), &e);
	return c.tree;
}

struct tree_change
maker_file(struct ledger_maker *m, const char *path, struct span bytes)
{
	struct tree_change c = { .path = span_text(path), .mode = 0100644 };
	struct err e;

	assert_ok(object_write(m->repo, OBJECT_BLOB, bytes, &c.id, &e), &e);
	return c;
}

static const struct maker_release usual = { "acme-app",
	"https://a.example/app.git", "refs/tags/v1.2.3" };

const char *
maker_request(struct ledger_maker *m, const char *nonce)
{
	return maker_request_for(m, &usual, nonce);
}

const char *
maker_request_for(struct ledger_maker *m, const struct maker_release *r,
    const char *nonce)
{
	struct json *v = json_map(), *body = parse("{\"artifacts\":[{"
	    "\"configuration\":\"default\",\"name\":\"app.zip\",\"sha256\":\""
	    HEX64 "\",\"size\":4096}],\"certificate\":{\"slug\":"
	    "\"acme-release\",\"spki_sha256\":\"" HEX64 "\"},\"commit\":\""
	    HEX40 "\",\"config\":{\"commit\":\"" HEX40 "\",\"manifest_sha256\""
	    ":\"" HEX64 "\",\"files\":{\"certificates/acme-release.yaml\":\""
	    HEX64 "\"}},\"config_repo\":\"0b7e\",\"created\":"
	    "\"2026-01-01T00:00:00.000Z\",\"engine\":\"" MAKER_ENGINE "\","
	    "\"expires\":\"2026-01-31T00:00:00.000Z\",\"manifest_sha256\":\""
	    HEX64 "\",\"parameters\":{\"version\":\"1.2.3\"},\"policy\":"
	    "\"release-signing\",\"v\":1}");
	struct json *tag = json_map();
	struct digest payload = digest_of(DIGEST_SHA256, span_text(nonce));
	char id[REQUEST_ID_SIZE];
	struct err e;

	json_put_text(tag, "id", HEX40);
	json_put_text(tag, "payload_sha256", digest_hex(&payload).text);
	json_put(body, "tag", tag);
	json_put_text(body, "nonce", nonce);
	json_put_text(body, "project", r->project);
	json_put_text(body, "repo", r->repo);
	json_put_text(body, "ref", r->ref);
	assert_ok(request_id(body, id, &e), &e);
	m->requests = arena_grow(m->arena, m->requests, m->request_count,
	    sizeof(*m->requests));
	assert_non_null(m->requests);
	m->requests[m->request_count++] = (struct maker_asked){
	    span_text(arena_text(m->arena, span_text(id))), {
	    span_text(r->project), SPAN_TEXT("release-signing"),
	    span_text(r->ref) } };
	json_put_text(v, "request", id);
	json_put_text(v, "actor", "person/alice");
	json_put(v, "body", body);
	make_event(m, "request.created", v);
	return arena_text(m->arena, span_text(id));
}

/* A step of a story is a commit, or what comes next is in the same one. */
static void
step(struct ledger_maker *m)
{
	if (!m->together)
		maker_commit(m);
}

/* An event of a request; fmt's %s are the request, then the argument. */
#define EVENT(m, type, members, ...)					\
	maker_event(m, type, arena_printf((m)->arena, members, __VA_ARGS__))

/* What a level of a story signs: file and digest of the i-th of two. */
static struct sign_item
item_of(struct ledger_maker *m, const char *id, unsigned level, unsigned i)
{
	struct sign_item item = { .to_be_signed.kind =
	    SIGNATURE_RSA_PKCS1_SHA256 };

	item.file = span_text(arena_printf(m->arena, "app.zip!/%u-%u.exe",
	    level, i));
	item.to_be_signed.digest = digest_of(DIGEST_SHA256, span_text(
	    arena_printf(m->arena, "%s %u %u", id, level, i)));
	return item;
}

/* The SHA-256 of the signature of such an item, hex. */
static const char *
signature_of(struct ledger_maker *m, const struct sign_item *item)
{
	struct digest d = digest_of(DIGEST_SHA256,
	    digest_span(&item->to_be_signed.digest));

	return arena_text(m->arena, span_text(digest_hex(&d).text));
}

static const char *
use_of(struct ledger_maker *m, const struct sign_item *item, unsigned i)
{
	return arena_printf(m->arena, "{\"algorithm\":\"rsa-pkcs1-sha256\","
	    "\"digest\":\"%s\",\"file\":\"%.*s\",\"i\":%u,"
	    "\"signature_sha256\":\"%s\"}\n", digest_hex(
	    &item->to_be_signed.digest).text, (int)item->file.len,
	    item->file.ptr, i, signature_of(m, item));
}

/* Gives the number of the intent. */
static uint64_t
intend_level(struct ledger_maker *m, const char *id, unsigned level,
    const struct sign_item items[2])
{
	CLEANUP(buf_done) struct buf list = { 0 };
	struct merkle_hash root;
	struct err e;
	uint64_t n = ledger_size(m->ledger) + m->event_count;

	assert_ok(sign_list_write(items, 2, &list, &root, &e), &e);
	struct digest shown = { .kind = DIGEST_SHA256, .len = 32 };
	memcpy(shown.bytes, root.bytes, sizeof(root.bytes));
	EVENT(m, "keys.intended", "{\"request\":\"%s\",\"attempt\":1,"
	    "\"level\":%u," MAKER_HOLDER("acme-release") ",\"count\":2,"
	    "\"root_sha256\":\"%s\",\"list_sha256\":\"%s\",\"signer_count\":%u}", id, level,
	    digest_hex(&shown).text, maker_blob(m, arena_text(m->arena,
	    buf_span(&list))), m->signatures);
	m->signatures += 2;
	step(m);
	return n;
}

static void
sign_level(struct ledger_maker *m, const char *id, unsigned level)
{
	const struct sign_item items[] = { item_of(m, id, level, 0),
	    item_of(m, id, level, 1) };
	uint64_t n = intend_level(m, id, level, items);

	const char *uses = maker_blob(m, arena_printf(m->arena, "%s%s",
	    use_of(m, &items[0], 0), use_of(m, &items[1], 1)));
	EVENT(m, "keys.used", "{\"request\":\"%s\",\"intended\":%u,"
	    MAKER_HOLDER("acme-release") ",\"count\":2,\"made\":2,"
	    "\"failed\":0,\"uses_sha256\":\"%s\",\"signer_count\":%u}", id, (unsigned)n, uses, m->signatures);
}

/* The tree of what both levels signed. */
static const char *
tree_of(struct ledger_maker *m, const char *id)
{
	const char *rows = "";
	char at[TEXT_TIME_SIZE];

	text_time(m->at, at);
	for (unsigned k = 0; k < 4; k++) {
		struct sign_item item = item_of(m, id, k / 2, k % 2);

		rows = arena_printf(m->arena, "%s%s{\"algorithm\":"
		    "\"rsa-pkcs1-sha256\",\"format\":\"pe\",\"method\":"
		    "\"authenticode\",\"path\":\"%.*s\",\"sha256_after\":\""
		    HEX64 "\",\"sha256_before\":\"" HEX64 "\","
		    "\"signature_sha256\":\"%s\",\"signed_digest\":\"%s\","
		    "\"timestamp\":\"%s\"}", rows, k > 0 ? "," : "",
		    (int)item.file.len, item.file.ptr, signature_of(m, &item),
		    digest_hex(&item.to_be_signed.digest).text, at);
	}
	return arena_printf(m->arena, "{\"certificate\":\"" HEX64 "\","
	    "\"rebuilt\":[],\"signatures\":[%s]}", rows);
}

static void
until_authorised(struct ledger_maker *m, const char *id, const char *nonce)
{
	static const char *const people[] = { "person/bob", "person/carol" };
	struct digest_hex said[COUNT(people)];
	unsigned n = (unsigned)(ledger_size(m->ledger) + m->event_count);

	for (size_t i = 0; i < COUNT(people); i++) {
		struct digest d = digest_of(DIGEST_SHA256, span_text(
		    arena_printf(m->arena, "%s %s", people[i], nonce)));

		EVENT(m, "approval.counted", "{\"request\":\"%s\",\"person\":"
		    "\"%s\",\"statement_sha256\":\"%s\",\"carrier\":\"tag\","
		    "\"rule\":\"2 of group/release-managers\"}", id,
		    people[i], digest_hex(&d).text);
		said[i] = digest_hex(&d);
	}
	EVENT(m, "request.authorised", "{\"request\":\"%s\",\"attempt\":1,"
	    "\"reasons\":[{\"rule\":\"quorum\",\"met\":true,\"text\":\"2/2\"}"
	    "],\"approvals\":[{\"event\":%u,\"statement_sha256\":\"%s\"},"
	    "{\"event\":%u,\"statement_sha256\":\"%s\"}],"
	    "\"approvals_needed\":2,"
	    "\"decided\":\"2026-01-01T00:00:00.000Z\","
	    "\"certificate\":\"acme-release\",\"spki_sha256\":\"" HEX64
	    "\",\"signatures_max\":4}", id, n, said[0].text,
	    n + 1, said[1].text);
	step(m);
}

void
maker_seen(struct ledger_maker *m, const struct maker_release *r)
{
	EVENT(m, "ref.seen", "{\"repo\":\"%s\",\"ref\":\"%s\","
	    "\"project\":\"%s\",\"object_id\":\"" HEX40 "\",\"evidence\":["
	    "{\"what\":\"tag\",\"raw_sha256\":\"%s\"}]}", r->repo, r->ref,
	    r->project, maker_blob(m, "a raw tag"));
}

const char *
maker_waiting(struct ledger_maker *m, const char *nonce)
{
	struct maker_release r = usual;

	r.ref = arena_printf(m->arena, "refs/tags/v%s", nonce);
	maker_seen(m, &r);
	const char *id = maker_request(m, nonce);
	EVENT(m, "request.waiting", "{\"request\":\"%s\",\"missing\":["
	    "\"2 of group/release-managers\"]}", id);
	step(m);
	return id;
}

const char *
maker_story(struct ledger_maker *m, const char *nonce)
{
	const char *id = maker_waiting(m, nonce);

	maker_complete(m, id, nonce);
	return id;
}

uint64_t
maker_intend(struct ledger_maker *m, const char *id, const char *nonce)
{
	const struct sign_item items[] = { item_of(m, id, 0, 0),
	    item_of(m, id, 0, 1) };

	until_authorised(m, id, nonce);
	return intend_level(m, id, 0, items);
}

void
maker_unknown(struct ledger_maker *m, const char *id, uint64_t intended)
{
	EVENT(m, "keys.unknown", "{\"request\":\"%s\",\"intended\":%llu,"
	    MAKER_HOLDER("acme-release") ",\"count\":2,\"signer_count\":%u,"
	    "\"reason\":\"it was killed\"}", id,
	    (unsigned long long)intended, m->signatures);
	step(m);
}

void
maker_complete(struct ledger_maker *m, const char *id, const char *nonce)
{
	const char *sha256 = m->result_sha256 != NULL ? m->result_sha256 :
	    HEX64;

	until_authorised(m, id, nonce);
	sign_level(m, id, 0);
	sign_level(m, id, 1);
	EVENT(m, "artifact.verified", "{\"request\":\"%s\",\"name\":"
	    "\"app.zip\",\"input_sha256\":\"" HEX64 "\",\"artifact_sha256\":\""
	    "%s\",\"size\":5000,\"signatures\":4,\"tree_sha256\":\"%s\"}", id,
	    sha256, maker_blob(m, m->tree != NULL ? m->tree : tree_of(m, id)));
	step(m);
	EVENT(m, "artifact.published", "{\"request\":\"%s\",\"name\":"
	    "\"app.zip\",\"artifact_sha256\":\"%s\",\"where\":"
	    "\"/srv/releases\"}", id, sha256);
	EVENT(m, "request.completed", "{\"request\":\"%s\",\"artifacts\":1}",
	    id);
	step(m);
}

/* request_build - see request_build.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/tree.h"
#include "judge/request_build.h"

#define BUILD_MEMORY	((size_t)16 << 20)	/* bytes of one request */

/* The files that a request rests on, as they are now. */
struct files {
	const struct request_rules *rules;
	struct arena		*arena;
	struct request_file	*items;
	size_t			 count;
};

static bool
files_have(const struct files *f, struct span path)
{
	for (size_t i = 0; i < f->count; i++)
		if (span_eq(f->items[i].path, path))
			return true;
	return false;
}

static bool
file_add(struct files *f, const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct repository *r = f->rules->repository;
	struct request_file *grown;
	struct tree_entry entry;

	if (path == NULL)
		return err_budget(e, f->arena);
	if (files_have(f, span_text(path)))
		return true;
	if (!tree_lookup(r, chain_tree(f->rules->chain), span_text(path),
	    &entry, e) || !object_read(r, &entry.id, OBJECT_BLOB,
	    LIMIT_CONFIG_BLOB, &bytes, e))
		return err_at(e, "%s", path);
	grown = arena_grow(f->arena, f->items, f->count, sizeof(*grown));
	if (grown == NULL)
		return err_budget(e, f->arena);
	struct digest hash = digest_of(DIGEST_SHA256, buf_span(&bytes));
	f->items = grown;
	grown[f->count].path = span_text(path);
	memcpy(grown[f->count++].sha256, hash.bytes, 32);
	return true;
}

#define TEXT(s)	(int)(s).len, (const char *)(s).ptr

static bool
certificate_add(struct files *f, const struct certificate *c, struct err *e)
{
	return file_add(f, arena_printf(f->arena, "certificates/%.*s.yaml",
	    TEXT(c->slug)), e) && (c->file.len == 0 || file_add(f,
	    arena_text(f->arena, c->file), e));
}

static bool
configuration_add(struct files *f, struct span project, struct span slug,
    struct err *e)
{
	return file_add(f, arena_printf(f->arena,
	    "projects/%.*s/artifacts/%.*s.yaml", TEXT(project), TEXT(slug)),
	    e);
}

static bool
policy_add(struct files *f, struct span project, struct span policy,
    struct err *e)
{
	return file_add(f, arena_printf(f->arena,
	    "projects/%.*s/project.yaml", TEXT(project)), e) &&
	    file_add(f, arena_printf(f->arena,
	    "projects/%.*s/policies/%.*s.yaml", TEXT(project), TEXT(policy)),
	    e);
}

/* A key that a build system signs by, and whom to trust, are rested on too. */
static bool
build_system_add(struct files *f, const struct build_system *b, struct err *e)
{
	if (!file_add(f, arena_printf(f->arena, "build-systems/%.*s.yaml",
	    TEXT(b->slug)), e))
		return false;
	for (size_t i = 0; i < b->keys.count; i++) {
		const struct build_system_key *k = &b->keys.items[i];

		if (!file_add(f, arena_text(f->arena, k->file.len > 0 ?
		    k->file : k->roots), e))
			return false;
	}
	return true;
}

static bool
build_systems_add(struct files *f, const struct policy *p, struct err *e)
{
	const struct provenance *rules = &p->origin.provenance;

	for (size_t i = 0; i < rules->build_systems.count &&
	    rules->required; i++) {
		const struct build_system *b = config_build_system(
		    chain_config(f->rules->chain),
		    rules->build_systems.items[i]);

		if (b != NULL && !build_system_add(f, b, e))
			return false;
	}
	return true;
}

static const struct certificate *
certificate_of(const struct request_rules *r, const struct policy *p,
    int64_t at, struct err *e)
{
	const struct certificate *c = policy_certificate(
	    chain_config(r->chain), p, at);

	if (c == NULL)
		err_set(e, ERR_REF_PURPOSE, "there is no certificate \"%s\"",
		    text_show(p->certificate).text);
	return c;
}

/* That the policy names, and all that have followed it until a time. */
static bool
certificates_add(struct files *f, const struct policy *p, int64_t at,
    struct err *e)
{
	const struct config *c = chain_config(f->rules->chain);
	const struct certificate *x = config_certificate(c, p->certificate);

	for (size_t i = 0; x != NULL && i < c->certificates.count; i++) {
		if (!certificate_add(f, x, e))
			return false;
		x = certificate_next(c, x, at);
	}
	return true;
}

static bool
files_gather(struct files *f, const struct decision *decision,
    const struct manifest *m, int64_t at, struct err *e)
{
	struct span project = decision->project->slug;

	if (!policy_add(f, project, decision->policy->slug, e) ||
	    !certificates_add(f, decision->policy, at, e) ||
	    !build_systems_add(f, decision->policy, e))
		return false;
	for (size_t i = 0; i < m->artifacts.count; i++)
		if (!configuration_add(f, project,
		    m->artifacts.items[i].configuration, e))
			return false;
	return true;
}

/* ---- the certificate ---- */

bool
identity_of(const struct certificate *c, struct arena *a,
    struct signing_identity *out, struct span *spki, struct err *e)
{
	enum digest_kind digest = DIGEST_SHA256;

	if (c->digest.len > 0 && !digest_find(c->digest, &digest))
		return err_set(e, ERR_CERTIFICATE_KEY, "certificate %s: there "
		    "is no digest '%s'", text_show(c->slug).text,
		    text_show(c->digest).text);
	return identity_read(c->bytes, digest, a, out, spki, e) ||
	    err_at(e, "certificate %s", text_show(c->slug).text);
}

/* ---- the request ---- */

static bool
parts_fill(const struct request_rules *r, const struct request_source *s,
    const struct certificate *c, struct arena *a, struct request_parts *p,
    struct err *e)
{
	struct signing_identity identity;
	struct span spki;

	if (!identity_of(c, a, &identity, &spki, e))
		return false;
	struct digest key = digest_of(DIGEST_SHA256, spki);
	memcpy(p->spki_sha256, key.bytes, 32);
	memcpy(p->manifest_sha256, s->release->manifest_sha256, 32);
	memcpy(p->payload_sha256, s->release->payload_sha256, 32);
	memcpy(p->config_manifest_sha256, chain_manifest(r->chain), 32);
	p->manifest = &s->release->manifest;
	p->certificate = c->slug;
	p->ref = s->ref;
	p->repo = s->repo;
	p->config_repo = r->config_repo;
	p->engine = r->engine;
	return true;
}

static int64_t
expiry(const struct policy *policy, int64_t now)
{
	uint64_t after = policy->requests.expire_after;

	return after > (uint64_t)(INT64_MAX - now) / 1000 ? INT64_MAX :
	    now + (int64_t)after * 1000;
}

struct request_rules
request_rules_of(const struct desk *d)
{
	return (struct request_rules){ .repository = d->config_repo,
	    .chain = d->chain, .config_repo = d->given.config_repo,
	    .engine = d->given.engine };
}

bool
request_build(const struct request_rules *r, const struct request_source *s,
    int64_t now, const uint8_t nonce[REQUEST_NONCE], struct json **out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUILD_MEMORY);
	struct object_id_hex commit = object_id_hex(&s->release->commit);
	struct object_id_hex tag = object_id_hex(&s->object);
	struct object_id_hex config = object_id_hex(chain_commit(r->chain));
	struct request_parts p = { .commit = SPAN_TEXT(commit.text),
	    .tag = SPAN_TEXT(tag.text), .config_commit = SPAN_TEXT(config.text),
	    .created = now, .expires = expiry(s->decision->policy, now) };
	struct files files = { r, a, NULL, 0 };
	const struct certificate *c = certificate_of(r,
	    s->decision->policy, now, e);

	if (c == NULL || !parts_fill(r, s, c, a, &p, e) ||
	    !files_gather(&files, s->decision, p.manifest, now, e))
		return false;
	memcpy(p.nonce, nonce, sizeof(p.nonce));
	p.files.items = files.items;
	p.files.count = files.count;
	*out = request_json(&p);
	return true;
}

/* ---- later ---- */

struct comparison {
	struct files	files;
	bool		same;
};

static bool
file_compare(void *arg, const char *path, const struct json *sha256,
    struct err *e)
{
	struct comparison *c = arg;
	uint8_t then[32];
	struct err why;

	if (!file_add(&c->files, arena_text(c->files.arena, span_text(path)),
	    &why)) {
		if (why.what->kind == ERR_KIND_SYSTEM) {
			*e = why;
			return false;
		}
		c->same = false;
		return true;
	}
	const uint8_t *now = c->files.items[c->files.count - 1].sha256;
	c->same = c->same && text_unhex(json_span(sha256), then, 32) &&
	    memcmp(then, now, 32) == 0;
	return true;
}

bool
request_current(const struct request_rules *r, const struct json *body,
    bool *current, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUILD_MEMORY);
	struct comparison c = { { r, a, NULL, 0 }, true };
	const struct json *config = json_member(body, "config");

	if (!json_each(json_member(config, "files"), file_compare, &c, e))
		return false;
	*current = c.same;
	return true;
}

/*
 * request - see request.h. Members in the order of their names, as
 * the canonical form has them, so that a reader can compare by eye.
 */
#include "base/text.h"
#include "policy/request.h"

static void
put_digest(struct json *map, const char *key, const uint8_t digest[32])
{
	json_put_hex(map, key, (struct span){ digest, 32 });
}

static struct json *
artifacts_json(const struct manifest *m)
{
	struct json *list = json_list();

	for (size_t i = 0; i < m->artifacts.count; i++) {
		const struct manifest_artifact *a = &m->artifacts.items[i];
		struct json *v = json_map();

		json_put_span(v, "configuration", a->configuration);
		json_put_span(v, "name", a->name);
		put_digest(v, "sha256", a->sha256);
		json_put_int(v, "size", (int64_t)a->size);
		json_add(list, v);
	}
	return list;
}

/* Keys of a table are texts of the user: they end with NUL for jansson. */
static void
put_named(struct json *map, struct span name, struct json *value)
{
	CLEANUP(buf_done) struct buf key = { 0 };

	buf_put(&key, name);
	json_put(map, buf_cstr(&key), value);
}

static struct json *
parameters_json(const struct manifest *m)
{
	struct json *v = json_map();

	for (size_t i = 0; i < m->parameters.count; i++)
		put_named(v, m->parameters.items[i].name,
		    json_text(m->parameters.items[i].value));
	return v;
}

static struct json *
config_json(const struct request_parts *p)
{
	struct json *v = json_map(), *files = json_map();

	for (size_t i = 0; i < p->files.count; i++) {
		CLEANUP(buf_done) struct buf hex = { 0 };

		text_hex(SPAN(p->files.items[i].sha256), &hex);
		put_named(files, p->files.items[i].path,
		    json_text(buf_span(&hex)));
	}
	json_put_span(v, "commit", p->config_commit);
	json_put(v, "files", files);
	put_digest(v, "manifest_sha256", p->config_manifest_sha256);
	return v;
}

static struct json *
certificate_json(const struct request_parts *p)
{
	struct json *v = json_map();

	json_put_span(v, "slug", p->certificate);
	put_digest(v, "spki_sha256", p->spki_sha256);
	return v;
}

static struct json *
tag_json(const struct request_parts *p)
{
	struct json *v = json_map();

	json_put_span(v, "id", p->tag);
	put_digest(v, "payload_sha256", p->payload_sha256);
	return v;
}

struct json *
request_json(const struct request_parts *p)
{
	struct json *v = json_map();

	json_put(v, "artifacts", artifacts_json(p->manifest));
	json_put(v, "certificate", certificate_json(p));
	json_put_span(v, "commit", p->commit);
	json_put(v, "config", config_json(p));
	json_put_span(v, "config_repo", p->config_repo);
	json_put_time(v, "created", p->created);
	json_put_span(v, "engine", p->engine);
	json_put_time(v, "expires", p->expires);
	put_digest(v, "manifest_sha256", p->manifest_sha256);
	json_put_hex(v, "nonce", SPAN(p->nonce));
	json_put(v, "parameters", parameters_json(p->manifest));
	json_put_span(v, "policy", p->manifest->policy);
	json_put_span(v, "project", p->manifest->project);
	json_put_span(v, "ref", p->ref);
	json_put_span(v, "repo", p->repo);
	json_put(v, "tag", tag_json(p));
	json_put_int(v, "v", 1);
	return v;
}

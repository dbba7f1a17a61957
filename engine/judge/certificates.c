/* certificates - see certificates.h. */
#include <string.h>

#include "base/limits.h"
#include "crypto/identity.h"
#include "crypto/openpgp_certificate.h"
#include "judge/certificates.h"
#include "judge/declare.h"

#define ADDED	"certificate.added"
#define CHANGED	"certificate.changed"
#define REVOKED	"certificate.revoked"
#define REMOVED	"certificate.removed"
#define PORTION	1024		/* events of one transaction */

/* ---- what is said ---- */

/* The certificate itself where it can be read, else what stands for it. */
static struct digest
certificate_digest(const struct certificate *x, struct arena *a,
    struct signing_identity *id, struct span *spki)
{
	struct err unread;

	*spki = (struct span){ 0 };
	if (x->kind == CERTIFICATE_X509 && identity_read(x->bytes,
	    DIGEST_SHA256, a, id, spki, &unread))
		return digest_of(DIGEST_SHA256, id->certificate);
	return digest_of(DIGEST_SHA256, x->bytes.len > 0 ? x->bytes :
	    x->public);
}

static void
put_x509(const struct signing_identity *id, struct span spki, struct arena *a,
    struct json *v)
{
	struct digest key = digest_of(DIGEST_SHA256, spki);
	int64_t from, to;
	struct err unread;

	json_put_hex(v, "spki_sha256", digest_span(&key));
	if (!identity_dates(id->certificate, a, &from, &to, &unread))
		return;
	json_put_time(v, "not_before", from);
	json_put_time(v, "not_after", to);
}

/* Of an OpenPGP certificate the primary key stands for all of it. */
static void
put_openpgp(const struct certificate *x, struct arena *a, struct json *v)
{
	struct openpgp_certificate c;
	struct err unread;

	if (x->kind != CERTIFICATE_OPENPGP ||
	    !openpgp_certificate_read(a, x->bytes, &c, &unread))
		return;
	struct digest key = digest_of(DIGEST_SHA256, c.parts[0].key.spki);
	json_put_hex(v, "spki_sha256", digest_span(&key));
	json_put_time(v, "not_before", c.parts[0].key.created);
	if (openpgp_part_ends(&c, 0) != OPENPGP_NEVER)
		json_put_time(v, "not_after", openpgp_part_ends(&c, 0));
}

static void
put_added(const struct certificate *x, struct arena *a, struct json *v)
{
	struct signing_identity id;
	struct span spki;
	struct digest hash = certificate_digest(x, a, &id, &spki);

	json_put_text(v, "kind", certificate_kind_name(x->kind));
	json_put_text(v, "purpose", purpose_name(x->purpose));
	json_put_text(v, "state", certificate_state_name(x->state));
	json_put_hex(v, "certificate_sha256", digest_span(&hash));
	if (spki.len > 0)
		put_x509(&id, spki, a, v);
	put_openpgp(x, a, v);
}

static void
put_changed(const struct certificate *x, struct arena *a, struct json *v)
{
	(void)a;
	json_put_text(v, "state", certificate_state_name(x->state));
}

static void
put_revoked(const struct certificate *x, struct arena *a, struct json *v)
{
	struct signing_identity id;
	struct span spki;
	struct digest hash = certificate_digest(x, a, &id, &spki);

	json_put_hex(v, "certificate_sha256", digest_span(&hash));
	if (spki.len > 0) {
		struct digest key = digest_of(DIGEST_SHA256, spki);

		json_put_hex(v, "spki_sha256", digest_span(&key));
	}
	json_put_time(v, "since", x->revoked.when);
	json_put_span(v, "reason", x->revoked.reason);
}

static const struct {
	const char	*type;
	void		(*put)(const struct certificate *, struct arena *,
			    struct json *);
} types[] = {
	{ ADDED, put_added },
	{ CHANGED, put_changed },
	{ REVOKED, put_revoked },
};

bool
certificate_members(const char *type, const struct certificate *x,
    struct arena *a, struct json *v)
{
	json_put_span(v, "certificate", x->slug);
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].type, type) == 0) {
			types[i].put(x, a, v);
			return true;
		}
	return false;
}

/* ---- following the config ---- */

static bool
say(struct desk *d, const char *type, const struct certificate *x,
    struct arena *a, struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	const char *path = arena_printf(a, "certificates/%.*s.yaml",
	    (int)x->slug.len, (const char *)x->slug.ptr);
	const char *file = arena_text(a, x->file);

	if (path == NULL || file == NULL)
		return err_budget(e, a);
	certificate_members(type, x, a, v);
	json_put_text(v, "commit_id",
	    object_id_hex(chain_commit(d->chain)).text);
	event_rules(d, v);
	return declare_evidence(d, v, path, e) && (x->file.len == 0 ||
	    declare_evidence(d, v, file, e)) &&
	    record_add(d->record, type, TAKE(v), NULL, e);
}

/* What is not there has no file to show: the commit says that. */
static bool
say_removed(struct desk *d, const struct memory_certificate *told,
    struct err *e)
{
	struct json *v = json_map();

	json_put_span(v, "certificate", told->slug);
	json_put_span(v, "certificate_sha256", told->sha256);
	json_put_span(v, "state", told->state);
	json_put_text(v, "commit_id",
	    object_id_hex(chain_commit(d->chain)).text);
	event_rules(d, v);
	return record_add(d->record, REMOVED, v, NULL, e);
}

static bool
is_told(const struct memory_certificate *told, const struct certificate *x,
    struct arena *a)
{
	struct signing_identity id;
	struct span spki;
	struct digest hash = certificate_digest(x, a, &id, &spki);

	return told != NULL &&
	    span_is(told->sha256, digest_hex(&hash).text);
}

static bool
one_follow(struct desk *d, const struct certificate *x, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	const struct memory_certificate *told = table_find(
	    &d->memory.certificates, x->slug);
	const char *state = certificate_state_name(x->state);
	bool known = is_told(told, x, a);
	bool same = known && span_is(told->state, state);

	if (same)
		return true;
	if (!known && !say(d, ADDED, x, a, e))
		return false;
	if (x->state == CERTIFICATE_REVOKED)
		return say(d, REVOKED, x, a, e);
	return !known || say(d, CHANGED, x, a, e);
}

static bool
portion_commit(struct desk *d, struct err *e)
{
	return record_pending(d->record) < PORTION ||
	    record_commit(d->record, e);
}

static bool
removed_follow(struct desk *d, struct err *e)
{
	const struct memory_certificate *m = d->memory.newest;

	for (; m != NULL; m = m->older) {
		if (m->sha256.len == 0 || config_certificate(
		    chain_config(d->chain), m->slug) != NULL)
			continue;
		if (!say_removed(d, m, e) || !portion_commit(d, e))
			return false;
	}
	return true;
}

static bool
all_follow(struct desk *d, struct err *e)
{
	const struct config *c = chain_config(d->chain);

	for (size_t i = 0; i < c->certificates.count; i++)
		if (!one_follow(d, &c->certificates.items[i], e) ||
		    !portion_commit(d, e))
			return false;
	return removed_follow(d, e) && (record_pending(d->record) == 0 ||
	    record_commit(d->record, e));
}

/* A commit is gone through once: each certificate in it is parsed. */
bool
certificates_follow(struct desk *d, struct err *e)
{
	const struct object_id *now = chain_commit(d->chain);

	if (object_id_eq(&d->certificates, now))
		return true;
	if (!all_follow(d, e)) {
		record_drop(d->record);
		return false;
	}
	d->certificates = *now;
	return true;
}

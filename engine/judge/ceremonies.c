/* ceremonies - see ceremonies.h. */
#include "base/text.h"
#include "crypto/ceremony.h"
#include "judge/ceremonies.h"

#define PINNED	"engine.yaml"	/* who vouches for the root */

static bool
is_said(const struct desk *d, const struct certificate *x,
    const struct digest *record)
{
	CLEANUP(buf_done) struct buf what = { 0 };

	buf_text(&what, "key.ceremony ");
	buf_put(&what, x->slug);
	buf_printf(&what, " %s", digest_hex(record).text);
	return memory_said(&d->memory, buf_span(&what));
}

/*
 * Who signed the newest commit that changed the record's file. What came with
 * the root is the operator's, who pinned it. After a recovery nobody is known.
 */
static void
put_actor(const struct desk *d, struct json *v, struct span path)
{
	const struct chain_verdict *all;
	size_t count;

	all = chain_verdicts(d->chain, &count);
	while (count-- > 0) {
		if (all[count].outcome != CHAIN_ALLOWED)
			continue;
		for (size_t i = 0; i < all[count].paths.count; i++)
			if (span_eq(all[count].paths.items[i].path, path)) {
				event_person(v, "actor", all[count].signer);
				return;
			}
	}
	if (span_is(d->given.root_commit,
	    object_id_hex(chain_commit(d->chain)).text))
		json_put_text(v, "actor", PINNED);
}

static void
event_fill(const struct certificate *x, const struct json *record,
    const struct ceremony *c, struct json *v)
{
	json_put_span(v, "certificate", x->slug);
	json_put_span(v, "key", x->key);
	json_put_span(v, "kind", c->algorithm);
	json_put_span(v, "spki_sha256", c->spki_sha256);
	json_put_span(v, "token", c->token);
	json_put_span(v, "serial", c->serial);
	json_put_span(v, "by", c->by);
	json_put_span(v, "made", c->at);
	json_put(v, "attributes", json_true_members(json_member(json_member(
	    record, "key"), "attributes")));
}

static bool
tell(struct desk *d, const struct certificate *x,
    const struct digest *sha256, struct err *e)
{
	CLEANUP(json_done) struct json *record = NULL;
	CLEANUP(json_done) struct json *v = json_map();
	struct ceremony c;

	/* The config is sound, so this one can be read. */
	if (!ceremony_read(x->ceremony_bytes, &record, &c, e) ||
	    !event_evidence(d, v, "ceremony", NULL, x->ceremony_bytes, e))
		return false;
	event_fill(x, record, &c, v);
	json_put_text(v, "ceremony_sha256", digest_hex(sha256).text);
	json_put_text(v, "commit_id",
	    object_id_hex(chain_commit(d->chain)).text);
	put_actor(d, v, x->ceremony);
	event_rules(d, v);
	return record_add(d->record, c.imported ? "key.imported" : "key.made",
	    TAKE(v), NULL, e);
}

bool
ceremonies_add(struct desk *d, struct err *e)
{
	const struct config *config = chain_config(d->chain);

	for (size_t i = 0; i < config->certificates.count; i++) {
		const struct certificate *x = &config->certificates.items[i];
		struct digest sha256 = digest_of(DIGEST_SHA256,
		    x->ceremony_bytes);

		if (x->ceremony_bytes.len > 0 && !is_said(d, x, &sha256) &&
		    !tell(d, x, &sha256, e))
			return false;
	}
	return true;
}

bool
ceremonies_follow(struct desk *d, struct err *e)
{
	if (!ceremonies_add(d, e)) {
		record_drop(d->record);
		return false;
	}
	return record_pending(d->record) == 0 || record_commit(d->record, e);
}

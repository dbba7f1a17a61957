/* key_checks - see key_checks.h. */
#include "base/limits.h"
#include "base/text.h"
#include "judge/declare.h"
#include "judge/key_checks.h"
#include "sys/clock.h"

#define EVERY	INT64_C(86400000)	/* ms: a day */
#define ARENA	((size_t)1 << 20)	/* bytes for what is told of one key */

/* What this process wrote last of a certificate's key. */
struct key_told {
	struct span	 slug;
	struct digest	 what;
	struct key_told	*next;
};

/* The place of a certificate, made when it is first asked for. */
static struct key_told *
told_of(struct desk *d, struct span slug)
{
	struct key_told *t = d->keys_told;

	while (t != NULL && !span_eq(t->slug, slug))
		t = t->next;
	if (t != NULL)
		return t;
	t = ARENA_NEW(d->arena, struct key_told);
	if (t == NULL || !arena_copy(d->arena, slug, &t->slug))
		return NULL;
	t->next = d->keys_told;
	d->keys_told = t;
	return t;
}

/* Another engine's key for commits may be out of our reach, and should be. */
static bool
use_of(const struct desk *d, const struct certificate *x,
    enum signer_use *out)
{
	const struct ledger_config *l =
	    &chain_config(d->chain)->organization.ledger;

	if (x->purpose != PURPOSE_LEDGER) {
		*out = SIGNER_USE_SIGN;
		return true;
	}
	*out = x->kind == CERTIFICATE_LOG ? SIGNER_USE_LOG :
	    SIGNER_USE_COMMIT;
	return span_eq(x->slug, x->kind == CERTIFICATE_LOG ? l->checkpoints :
	    declare_own(d));
}

/* code and text of each, as the signer told them. */
static struct json *
findings_of(const struct json *key)
{
	const struct json *told = json_member(key, "findings");
	struct json *v = json_list();

	for (size_t i = 0; i < json_count(told); i++) {
		struct shown code = text_show(json_span(json_member(
		    json_item(told, i), "code")));

		json_add(v, event_finding(code.text, json_span(json_member(
		    json_item(told, i), "text"))));
	}
	return v;
}

static void
checked(const struct certificate *x, const struct json *key, struct json *v)
{
	json_put_span(v, "certificate", x->slug);
	json_put_span(v, "key", x->key);
	json_put_span(v, "kind", json_span(json_member(key, "algorithm")));
	json_put_span(v, "spki_sha256", json_span(json_member(key,
	    "spki_sha256")));
	json_put_span(v, "token", json_span(json_member(key, "token")));
	json_put_span(v, "serial", json_span(json_member(key, "serial")));
	json_put(v, "attributes", json_true_members(json_member(key,
	    "attributes")));
	if (json_count(json_member(key, "findings")) > 0)
		json_put(v, "findings", findings_of(key));
}

/* One pass alone tells nothing: it is no start of an engine. */
static bool
tell(struct desk *d, const struct certificate *x, const struct json *key,
    struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	CLEANUP(buf_done) struct buf text = { 0 };
	struct key_told *told = told_of(d, x->slug);

	if (told == NULL)
		return err_budget(e, d->arena);
	checked(x, key, v);
	json_write(v, &text);
	struct digest what = digest_of(DIGEST_SHA256, buf_span(&text));
	if (d->given.once || digest_eq(&told->what, &what))
		return true;
	event_rules(d, v);
	if (!record_add(d->record, "key.checked", TAKE(v), NULL, e) ||
	    !record_commit(d->record, e))
		return false;
	told->what = what;
	return true;
}

/* The ledger's own keys stay in use, or nobody would hear of it. */
static bool
alarm(struct desk *d, const struct certificate *x, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	buf_printf(&text, "the key of certificate %.*s may leave its token",
	    (int)x->slug.len, (const char *)x->slug.ptr);
	return alarm_raise(d, err_rows[ERR_KEY_EXPORTABLE].code,
	    buf_span(&text), e);
}

static bool
may_leave(const struct json *key)
{
	const struct json *a = json_member(key, "attributes");

	return json_truth(json_member(a, "extractable")) ||
	    !json_truth(json_member(a, "sensitive"));
}

static bool
one_check(struct desk *d, const struct certificate *x, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(json_done) struct json *key = NULL;
	struct open_item item = { .uri = x->key };
	struct key_record told;
	struct err why;

	if (!use_of(d, x, &item.use))
		return true;
	if (!record_key_told(d->record, &item, a, &told, &why)) {
		log_err(&d->log, "key.unchecked", &why);
		return !err_is(&why, ERR_KEY_EXPORTABLE) || alarm(d, x, e);
	}
	if (!json_parse(told.json, &key, e))
		return false;
	return (!may_leave(key) || alarm(d, x, e)) && tell(d, x, key, e);
}

bool
key_checks_follow(struct desk *d, struct err *e)
{
	const struct config *config = chain_config(d->chain);
	int64_t now = clock_now();

	if (now < d->keys_next && object_id_eq(&d->keys_commit,
	    chain_commit(d->chain)))
		return true;
	for (size_t i = 0; i < config->certificates.count; i++)
		if (!one_check(d, &config->certificates.items[i], e)) {
			record_drop(d->record);
			return false;
		}
	d->keys_next = now + EVERY;
	d->keys_commit = *chain_commit(d->chain);
	return true;
}

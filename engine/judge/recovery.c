/* recovery - see recovery.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/sshsig.h"
#include "git/history.h"
#include "judge/recovery.h"

#define BEGIN	"-----BEGIN SSH SIGNATURE-----"
#define END	"-----END SSH SIGNATURE-----"

/* ---- the file ---- */

static struct span
between(struct span from, struct span rest)
{
	return (struct span){ from.ptr, from.len - rest.len };
}

static bool
armor_cut(struct span *rest, struct span *out, struct err *e)
{
	struct span from = *rest, line;

	if (!span_line(rest, &line) || !span_is(line, BEGIN))
		return err_set(e, ERR_RECOVERY_STATEMENT, "behind the "
		    "statement stands something that is no SSH signature");
	while (span_line(rest, &line))
		if (span_is(line, END)) {
			*out = between(from, *rest);
			return true;
		}
	return err_set(e, ERR_RECOVERY_STATEMENT, "a signature has no end");
}

bool
recovery_cut(struct span all, struct recovery_parts *out, struct err *e)
{
	struct span rest = all, before = all, line;

	out->count = 0;
	while (span_line(&rest, &line) && !span_is(line, BEGIN))
		before = rest;
	out->statement = between(all, before);
	while (before.len > 0) {
		if (out->count == RECOVERY_SIGNATURES)
			return err_set(e, ERR_RECOVERY_STATEMENT, "there are "
			    "more than %d signatures", RECOVERY_SIGNATURES);
		if (!armor_cut(&before, &out->armors[out->count], e))
			return false;
		out->count++;
	}
	return true;
}

/* ---- whom it is for ---- */

bool
recovery_pin(const struct config_root *r, struct chain_pin *out,
    struct err *e)
{
	if (!object_id_parse(r->commit, &out->commit))
		return err_set(e, ERR_RECOVERY_STATEMENT, "'%s' is no full id "
		    "of a commit", text_show(r->commit).text);
	memcpy(out->payload_sha256, r->payload_sha256, 32);
	memcpy(out->manifest_sha256, r->manifest_sha256, 32);
	return true;
}

static bool
is_for(const struct recovery_statement *s, const struct recovery_trust *t,
    struct span engine, struct err *e)
{
	struct chain_pin root;

	if (!span_eq(s->engine, engine))
		return err_set(e, ERR_RECOVERY_ELSEWHERE, "the statement is "
		    "for engine %s, this is %s", text_show(s->engine).text,
		    text_show(engine).text);
	if (!span_eq(s->config, t->config))
		return err_set(e, ERR_RECOVERY_ELSEWHERE, "the statement is "
		    "for config repo %s, this is %s",
		    text_show(s->config).text, text_show(t->config).text);
	if (!recovery_pin(&s->root, &root, e))
		return false;
	return t->any_root || (object_id_eq(&root.commit, &t->root.commit) &&
	    memcmp(root.payload_sha256, t->root.payload_sha256, 32) == 0 &&
	    memcmp(root.manifest_sha256, t->root.manifest_sha256, 32) == 0) ||
	    err_set(e, ERR_RECOVERY_ELSEWHERE, "the statement is for the root "
	    "%.12s, pinned is %.12s", object_id_hex(&root.commit).text,
	    object_id_hex(&t->root.commit).text);
}

/* ---- who signed ---- */

struct counting {
	const struct recovery_trust	*trust;
	struct span			 statement;
	struct arena			*arena;
	bool				*signed_by;	/* of each key */
	struct span			*signers;
	size_t				 count;
};

static bool
key_find(const struct counting *c, struct span blob, struct ssh_key *key,
    size_t *index, struct err *e)
{
	CLEANUP(buf_done) struct buf print = { 0 };

	for (size_t i = 0; i < c->trust->count; i++) {
		if (!ssh_key_parse_line(c->arena, c->trust->keys[i], key, e))
			return err_at(e, "recovery key %zu", i + 1);
		*index = i;
		if (span_eq(key->blob, blob))
			return true;
	}
	if (!ssh_key_parse(blob, key, e))
		return false;
	ssh_key_fingerprint(key, &print);
	return err_set(e, ERR_RECOVERY_KEY, "%s is no recovery key here",
	    buf_cstr(&print));
}

static bool
count_one(struct counting *c, struct span armor, struct err *e)
{
	const struct sshsig_rules rules = { .name_space = RECOVERY_NAMESPACE };
	CLEANUP(buf_done) struct buf print = { 0 };
	struct sshsig sig;
	struct ssh_key key;
	size_t i;

	if (!sshsig_parse_armor(c->arena, armor, &sig, e) ||
	    !key_find(c, sig.public_key, &key, &i, e) ||
	    !sshsig_verify(&sig, &key, &rules, c->statement, e))
		return false;
	ssh_key_fingerprint(&key, &print);
	if (c->signed_by[i])
		return err_set(e, ERR_RECOVERY_TWICE, "%s signed twice",
		    buf_cstr(&print));
	c->signed_by[i] = true;
	return arena_copy(c->arena, buf_span(&print),
	    &c->signers[c->count++]) || err_budget(e, c->arena);
}

static bool
count_all(const struct recovery_trust *t, const struct recovery_parts *p,
    struct arena *a, struct recovery_said *out, struct err *e)
{
	struct counting c = { .trust = t, .statement = p->statement,
	    .arena = a, .signed_by = ARENA_ARRAY(a, bool, t->count),
	    .signers = ARENA_ARRAY(a, struct span, p->count + 1) };

	if (c.signed_by == NULL || c.signers == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < p->count; i++)
		if (!count_one(&c, p->armors[i], e))
			return err_at(e, "signature %zu", i + 1);
	out->signers = c.signers;
	out->signer_count = c.count;
	return c.count >= t->threshold || err_set(e, ERR_RECOVERY_THRESHOLD,
	    "%zu of the recovery keys signed, %llu must", c.count,
	    (unsigned long long)t->threshold);
}

static bool
in_time(const struct recovery_statement *s, int64_t now, struct err *e)
{
	char at[TEXT_TIME_SIZE];

	text_time(s->expires, at);
	return now < s->expires || err_set(e, ERR_RECOVERY_EXPIRED,
	    "the statement held until %s", at);
}

bool
recovery_read(struct span all, const struct recovery_trust *t,
    struct span engine, int64_t now, struct arena *a,
    struct recovery_said *out, struct err *e)
{
	struct recovery_said s = { .signers = NULL };
	struct recovery_parts parts;

	if (t->count == 0 || t->threshold == 0)
		return err_set(e, ERR_RECOVERY_NONE, "no recovery keys are "
		    "pinned");
	if (!recovery_cut(all, &parts, e) ||
	    !recovery_parse(parts.statement, a, &s.statement, e) ||
	    !is_for(&s.statement, t, engine, e) ||
	    !recovery_pin(&s.statement.leaves, &s.step.leaves, e) ||
	    !recovery_pin(&s.statement.to, &s.step.to, e) ||
	    !count_all(t, &parts, a, &s, e) || !in_time(&s.statement, now, e))
		return false;
	s.step.epoch = s.statement.epoch;
	*out = s;
	return true;
}

/* ---- those of the ledger ---- */

bool
recoveries_before(struct repository *repo, const struct fold *f,
    const struct object_id *commit, size_t *count, struct err *e)
{
	const struct fold_recovery *r;
	struct object_id to;
	bool before;

	*count = 0;
	for (size_t i = 0; (r = fold_recovery_at(f, i)) != NULL; i++) {
		if (!object_id_parse(r->commit, &to) ||
		    !object_exists(repo, &to))
			continue;
		if (!history_reaches(repo, commit, &to, &before, e))
			return false;
		if (before)
			*count = i + 1;
	}
	return true;
}

/* A root that was pinned later stands behind what it descends from. */
static bool
count_passed(const struct chain *c, struct repository *repo,
    const struct fold *f, size_t *out, struct err *e)
{
	const struct fold_recovery *r;

	*out = 0;
	if (chain_epoch(c) == 0)
		return recoveries_before(repo, f, chain_commit(c), out, e);
	while ((r = fold_recovery_at(f, *out)) != NULL &&
	    r->epoch <= chain_epoch(c))
		++*out;
	return true;
}

static bool
same_step(const struct fold_recovery *r, const struct chain_step *s)
{
	return r->epoch == s->epoch &&
	    span_is(r->leaves, object_id_hex(&s->leaves.commit).text) &&
	    span_is(r->commit, object_id_hex(&s->to.commit).text);
}

static bool
evidence_read(const struct recovery_past *p, const struct fold_recovery *r,
    struct arena *a, struct chain_step *out, struct err *e)
{
	CLEANUP(buf_done) struct buf all = { 0 };
	struct recovery_trust trust = p->trust;
	struct recovery_said said;

	trust.any_root = true;
	if (!ledger_blob(p->ledger, r->statement, &all, e) ||
	    !recovery_read(buf_span(&all), &trust, r->engine, r->seen, a,
	    &said, e))
		return false;
	if (!same_step(r, &said.step))
		return err_set(e, ERR_RECOVERY_STATEMENT, "its statement says "
		    "something else");
	*out = said.step;
	return true;
}

bool
recovery_redo(struct chain *c, const struct recovery_past *p,
    const struct fold_recovery *r, const struct chain_look *look,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_CONFIG_ARENA);
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct chain_look until;
	struct chain_step step;

	if (!evidence_read(p, r, a, &step, e))
		return false;
	if (look != NULL) {
		until = *look;
		until.head = step.leaves.commit;
		if (!object_id_eq(chain_commit(c), &until.head) &&
		    !chain_advance(c, &until, e))
			return false;
	}
	return chain_recover(c, &step, r->seen, &errors, e);
}

bool
recoveries_follow(struct chain *c, struct repository *repo,
    const struct recovery_past *p, const struct chain_look *look,
    size_t count, struct err *e)
{
	const struct fold_recovery *r;
	size_t i;

	if (!count_passed(c, repo, p->fold, &i, e))
		return false;
	for (; i < count && (r = fold_recovery_at(p->fold, i)) != NULL; i++)
		if (!recovery_redo(c, p, r, look, e))
			return err_at(e, "recovery %llu (event %llu)",
			    (unsigned long long)r->epoch,
			    (unsigned long long)r->n);
	return true;
}

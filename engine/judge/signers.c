/* signers - see signers.h. */
#include <stdlib.h>

#include "base/text.h"
#include "judge/commits.h"
#include "judge/verdicts.h"

static enum armor_kind
kind_of(const struct person_key *key)
{
	if (key->ssh.len > 0 || key->ssh_principal.len > 0)
		return ARMOR_SSH;
	return key->openpgp.len > 0 ? ARMOR_OPENPGP : ARMOR_X509;
}

static size_t
count_keys(const struct config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->people.count; i++)
		n += c->people.items[i].keys.count;
	return n;
}

static void
gather_authorities(struct signers *s, const struct config *c)
{
	size_t count = c->organization.ssh_authorities.count;

	s->authorities = xcalloc(count + 1, sizeof(*s->authorities));
	for (size_t i = 0; i < count; i++)
		s->authorities[i] =
		    c->organization.ssh_authorities.items[i].bytes;
}

void
signers_init(struct signers *s, const struct config *c,
    const struct verifier_source *source)
{
	*s = (struct signers){ .config = c, .source = source };
	gather_authorities(s, c);
	s->keys = xcalloc(count_keys(c) + 1, sizeof(*s->keys));
	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];
		struct security_keys demands = person_security_keys(c, p);

		for (size_t k = 0; k < p->keys.count; k++)
			s->keys[s->count++] = (struct declared_key){
				.kind = kind_of(&p->keys.items[k]),
				.bytes = p->keys.items[k].bytes,
				.ssh_principal =
				    p->keys.items[k].ssh_principal.len > 0,
				.x509_name =
				    p->keys.items[k].x509_name.len > 0,
				.revoked =
				    p->keys.items[k].revoked.at.file != NULL,
				.owner = i,
				.user_verified = demands.verification,
				.user_absent = !demands.presence,
			};
	}
}

/* It is asked no more. */
static void
verifier_leave(struct signers *s)
{
	free(s->openpgp);
	s->openpgp = NULL;
}

void
signers_done(struct signers *s)
{
	free(s->keys);
	free(s->authorities);
	s->keys = NULL;
	s->authorities = NULL;
	s->count = 0;
	people_trust_free(s->x509);
	s->x509 = NULL;
	commit_memo_free(s->memo);
	s->memo = NULL;
	verdicts_free(s->verdicts);
	s->verdicts = NULL;
	verifier_leave(s);
}

static bool
keys_same(const struct signers *a, const struct signers *b)
{
	size_t i = 0;

	while (a->count == b->count && i < a->count &&
	    a->keys[i].kind == b->keys[i].kind &&
	    span_eq(a->keys[i].bytes, b->keys[i].bytes))
		i++;
	return i == a->count && i == b->count;
}

void
signers_inherit(struct signers *s, struct signers *before)
{
	if (s->source != before->source || !keys_same(s, before))
		return;
	s->openpgp = TAKE(before->openpgp);
	s->unhurried = before->unhurried;
	if (s->delay_count == 0 && before->delay_count == 0)
		s->memo = TAKE(before->memo);
}

/* The verifier is started when the first OpenPGP signature comes. */
static bool
open_verifier(struct signers *s, const struct object_signature *signature,
    struct err *e)
{
	CLEANUP(free_done) struct openpgp_asker *asker = NULL;

	if (signature->armor != ARMOR_OPENPGP || s->openpgp != NULL ||
	    s->source == NULL || s->source->open == NULL)
		return true;
	asker = xcalloc(1, sizeof(*asker));
	if (!s->source->open(s->source->arg, &asker->carrier, e) ||
	    !verify_openpgp_keys(asker, s->keys, s->count, e))
		return err_at(e, "OpenPGP keys of people/");
	s->openpgp = TAKE(asker);
	return true;
}

/* Roots and lists are read when the first certificate comes. */
static bool
open_trust(struct signers *s, const struct object_signature *signature,
    struct err *e)
{
	if (signature->armor != ARMOR_X509 || s->x509 != NULL ||
	    config_people_trust(s->config, &s->x509, e))
		return true;
	return err_at(e, "x509-roots");
}

/* A key that is not in force yet is as good as none. */
static bool
is_early(const struct signers *s, struct span key, int64_t seen,
    int64_t *from)
{
	struct digest d = digest_of(DIGEST_SHA256, key);

	for (size_t i = 0; i < s->delay_count; i++)
		if (digest_eq(&s->delays[i].key, &d) &&
		    seen < s->delays[i].from) {
			*from = s->delays[i].from;
			return true;
		}
	return false;
}

static bool
ask(struct signers *s, const struct object_signature *signature,
    const char *ssh_namespace, int64_t seen, struct signer *out,
    struct err *why)
{
	struct verify_rules rules = { .ssh_namespace = ssh_namespace,
	    .seconds = seen / 1000, .x509 = s->x509,
	    .ssh_authorities = s->authorities, .ssh_authority_count =
	    s->config->organization.ssh_authorities.count,
	    .openpgp = s->openpgp };

	return signature_verify(signature, s->keys, s->count, &rules, out,
	    why);
}

/*
 * A verifier that did not answer is asked no more: it may be gone, or what it
 * says next may be the answer to this question. Another one is started. What
 * was asked ahead of need may have been its end: then this question is put once
 * more, and nothing is asked ahead from here on.
 */
static bool
look(struct signers *s, const struct object_signature *signature,
    const char *ssh_namespace, int64_t seen, struct signer *out, bool *found,
    struct err *why, struct err *e)
{
	for (;;) {
		if (!open_verifier(s, signature, e) ||
		    !open_trust(s, signature, e))
			return false;
		*found = ask(s, signature, ssh_namespace, seen, out, why);
		if (*found || why->what->kind != ERR_KIND_SYSTEM)
			return true;
		bool hurried = s->openpgp != NULL && s->openpgp->hurried;
		verifier_leave(s);
		if (!hurried) {
			*e = *why;
			return false;
		}
		s->unhurried = true;
	}
}

/* What was looked at before is not verified again. */
static bool
look_once(struct signers *s, const struct object_signature *signature,
    const char *ssh_namespace, int64_t seen, struct verdict *out,
    struct err *e)
{
	struct digest key = verdict_key(signature, ssh_namespace,
	    seen / 1000);
	const struct verdict *known = verdicts_find(s->verdicts, &key);

	if (known != NULL) {
		*out = *known;
		return true;
	}
	*out = (struct verdict){ .found = false };
	if (!look(s, signature, ssh_namespace, seen, &out->signer,
	    &out->found, &out->why, e))
		return false;
	verdicts_keep(&s->verdicts, &key, out);
	return true;
}

static bool
fact_unknown(const struct err *why, struct arena *arena,
    struct signature_fact *out, struct err *e)
{
	out->why = arena_text(arena, span_text(why->text));
	out->cause = why->what;
	out->dated = err_is(why, ERR_SSHCERT_TIME);
	return out->why != NULL || err_budget(e, arena);
}

bool
signers_look(struct signers *s, const struct object_signature *signature,
    const char *ssh_namespace, int64_t seen, struct arena *arena,
    struct signature_fact *out, struct err *e)
{
	struct signature_fact fact = { .first_seen = seen };
	char when[TEXT_TIME_SIZE];
	struct verdict v;
	int64_t from;

	*out = fact;
	if (!look_once(s, signature, ssh_namespace, seen, &v, e))
		return false;
	if (!v.found)
		return fact_unknown(&v.why, arena, out, e);
	if (!arena_copy(arena, s->keys[v.signer.key].bytes, &fact.key))
		return err_budget(e, arena);
	fact.dated = v.signer.certified;
	fact.good = !is_early(s, fact.key, seen, &from);
	if (!fact.good) {
		text_time(from, when);
		fact.why = arena_printf(arena, "its owner put the key %s into "
		    "people/: it counts from %s on", v.signer.fingerprint,
		    when);
		if (fact.why == NULL)
			return err_budget(e, arena);
	}
	*out = fact;
	return true;
}

/* ---- ahead of need ---- */

void
signers_ahead(struct signers *s, const struct object_signature *signature,
    int64_t seen)
{
	const struct openpgp_question question = { signature->payload,
	    signature->text, seen / 1000 };
	const struct digest key = verdict_key(signature, "", seen / 1000);

	if (signature->armor == ARMOR_OPENPGP && s->openpgp != NULL &&
	    !s->unhurried && verdicts_find(s->verdicts, &key) == NULL)
		verifier_ahead(s->openpgp, &question);
}

/* With another verifier, all begins anew. */
void
signers_look_ahead(struct signers *s, struct lookahead *l, size_t at)
{
	if (s->openpgp == NULL || s->unhurried) {
		l->next = 0;
		return;
	}
	if (l->next == 0)
		verifier_forget(s->openpgp);
	if (l->next < at)
		l->next = at;
	while (l->next < l->count && l->next - at < s->openpgp->window &&
	    verifier_room(s->openpgp) > 0)
		l->tell(l->arg, l->next++);
}

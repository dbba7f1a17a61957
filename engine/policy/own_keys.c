/* own_keys - see own_keys.h. */
#include <string.h>

#include "base/text.h"
#include "policy/own_keys.h"

#define RULE	"own-keys"

/* ---- whose ---- */

/* The slug in people/SLUG.yaml or people/SLUG/...; false: another path. */
static bool
slug_of(const struct changed_path *changed, struct span *slug)
{
	struct span rest = changed->path, part;

	if (!span_split(&rest, '/', &part) || !span_is(part, "people"))
		return false;
	if (span_find(rest, SPAN_TEXT("/")) != SIZE_MAX)
		return span_split(&rest, '/', slug);
	if (!span_ends(rest, ".yaml") || changed->keys.count != 1 ||
	    !span_is(changed->keys.items[0], "keys"))
		return false;
	*slug = (struct span){ rest.ptr, rest.len - strlen(".yaml") };
	return true;
}

const struct person *
keys_owner(const struct config *parent, const struct chain_facts *f)
{
	struct span first = { 0 }, slug;

	for (size_t i = 0; i < f->paths.count; i++) {
		if (!slug_of(&f->paths.items[i], &slug) ||
		    (i > 0 && !span_eq(slug, first)))
			return NULL;
		first = slug;
	}
	const struct person *p = f->paths.count == 0 ? NULL :
	    config_person(parent, first);
	return p != NULL && p->kind == PERSON_HUMAN ? p : NULL;
}

/* ---- entries ---- */

static const struct person_key *
key_find(const struct person *p, struct span bytes)
{
	for (size_t i = 0; p != NULL && i < p->keys.count; i++)
		if (span_eq(p->keys.items[i].bytes, bytes))
			return &p->keys.items[i];
	return NULL;
}

static bool
is_revoked(const struct person_key *k)
{
	return k->revoked.at.file != NULL;
}

static bool
revocation_same(const struct person_key *a, const struct person_key *b)
{
	const struct revocation *x = &a->revoked, *y = &b->revoked;

	return is_revoked(a) == is_revoked(b) && (!is_revoked(a) ||
	    (x->when == y->when && span_eq(x->reason, y->reason) &&
	    x->compromised_since == y->compromised_since));
}

bool
key_entry_same(const struct person_key *a, const struct person_key *b)
{
	return span_eq(a->bytes, b->bytes) && a->valid_from == b->valid_from &&
	    a->valid_to == b->valid_to && revocation_same(a, b);
}

/* No end is the latest of all. */
static bool
ends_later(const struct person_key *a, const struct person_key *b)
{
	return b->valid_to != 0 &&
	    (a->valid_to == 0 || a->valid_to > b->valid_to);
}

/* ---- replacing ---- */

/* What the administrators revoked is not in the owner's hands any more. */
static bool
old_entry(struct judging *j, const struct person *owner,
    const struct person_key *before, const struct person_key *after)
{
	struct shown who = text_show(owner->slug);

	if (is_revoked(before) && (after == NULL ||
	    !revocation_same(before, after)))
		return finding_unmet(j, RULE, ERR_CHAIN_OWN_KEYS, "%s may not "
		    "lift or change the revocation of an own key",
		    who.text);
	if (after == NULL)
		return true;
	if (ends_later(after, before))
		return finding_unmet(j, RULE, ERR_CHAIN_OWN_KEYS, "%s may not "
		    "put off valid-to of an own key", who.text);
	if (after->valid_from < before->valid_from)
		return finding_unmet(j, RULE, ERR_CHAIN_OWN_KEYS, "%s may not "
		    "put valid-from of an own key earlier", who.text);
	return true;
}

static bool
is_x509(const struct person_key *k)
{
	return k->x509.len > 0 || k->x509_name.len > 0;
}

static bool
same_kind(const struct person_key *a, const struct person_key *b)
{
	return (a->openpgp.len > 0) == (b->openpgp.len > 0) &&
	    is_x509(a) == is_x509(b);
}

/*
 * One OpenPGP key or certificate can be written in many ways: a revoked one
 * could come back in other bytes, or under a name. SSH keys have one form
 * only.
 */
static bool
may_be_revoked(const struct person *owner, const struct person_key *k)
{
	for (size_t i = 0; k->ssh.len == 0 && i < owner->keys.count; i++)
		if (is_revoked(&owner->keys.items[i]) &&
		    same_kind(k, &owner->keys.items[i]))
			return true;
	return false;
}

static bool
new_entry(struct judging *j, const struct person *owner,
    const struct person_key *signer, const struct person_key *k)
{
	struct shown who = text_show(owner->slug);

	if (signer == NULL || ends_later(k, signer))
		return finding_unmet(j, RULE, ERR_CHAIN_OWN_KEYS, "the new key "
		    "of %s would be valid longer than the one that signed",
		    who.text);
	if (may_be_revoked(owner, k))
		return finding_unmet(j, RULE, ERR_CHAIN_OWN_KEYS, "%s has a "
		    "revoked key of the kind of the new one, which may be the "
		    "same", who.text);
	return true;
}

bool
keys_replaced(struct judging *j, const struct person *owner,
    const struct chain_facts *f)
{
	const struct person *next = config_person(f->next, owner->slug);
	const struct person_key *signer = key_find(owner, f->signature.key);
	bool good = true;

	for (size_t i = 0; i < owner->keys.count; i++) {
		const struct person_key *k = &owner->keys.items[i];

		good = old_entry(j, owner, k, key_find(next, k->bytes)) &&
		    good;
	}
	for (size_t i = 0; next != NULL && i < next->keys.count; i++) {
		const struct person_key *k = &next->keys.items[i];

		if (key_find(owner, k->bytes) == NULL)
			good = new_entry(j, owner, signer, k) && good;
	}
	return good;
}

/* ---- restoring ---- */

static bool
is_waiting(const struct chain_facts *f, struct span bytes)
{
	for (size_t i = 0; i < f->waiting.count; i++)
		if (span_eq(f->waiting.items[i], bytes))
			return true;
	return false;
}

static bool
was_so(const struct chain_facts *f, const struct person *owner,
    const struct person_key *k)
{
	for (size_t i = 0; i < f->before.count; i++)
		if (span_eq(f->before.items[i].person, owner->slug) &&
		    key_entry_same(&f->before.items[i].key, k))
			return true;
	return false;
}

bool
keys_restored(const struct person *owner, const struct chain_facts *f)
{
	const struct person *next = config_person(f->next, owner->slug);
	size_t restored = 0;

	for (size_t i = 0; i < owner->keys.count; i++) {
		struct span bytes = owner->keys.items[i].bytes;

		if (key_find(next, bytes) != NULL)
			continue;
		if (!is_waiting(f, bytes))
			return false;
		restored++;
	}
	for (size_t i = 0; next != NULL && i < next->keys.count; i++) {
		const struct person_key *k = &next->keys.items[i];
		const struct person_key *now = key_find(owner, k->bytes);

		if (now != NULL && key_entry_same(now, k))
			continue;
		if (!was_so(f, owner, k))
			return false;
		restored++;
	}
	return restored > 0;
}

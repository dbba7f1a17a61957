/* chain_keys - see chain_keys.h. */
#include <stdlib.h>

#include "base/limits.h"
#include "judge/chain_keys.h"

#define OWNER	"people"	/* the place of a copied revocation */

void
key_changes_done(struct key_changes *k)
{
	free(k->delays);
	free(k->undo);
	arena_free(k->arena);
	*k = (struct key_changes){ .arena = NULL };
}

/* ---- delays ---- */

static const struct key_delay *
delay_of(const struct key_changes *k, struct span bytes)
{
	struct digest d = digest_of(DIGEST_SHA256, bytes);

	for (size_t i = 0; i < k->delay_count; i++)
		if (digest_eq(&k->delays[i].key, &d))
			return &k->delays[i];
	return NULL;
}

static bool
is_waiting(const struct key_changes *k, struct span bytes, int64_t seen)
{
	const struct key_delay *d = delay_of(k, bytes);

	return d != NULL && seen < d->from;
}

static void
delay_remove(struct key_changes *k, struct span bytes)
{
	struct digest d = digest_of(DIGEST_SHA256, bytes);
	size_t kept = 0;

	for (size_t i = 0; i < k->delay_count; i++)
		if (!digest_eq(&k->delays[i].key, &d))
			k->delays[kept++] = k->delays[i];
	k->delay_count = kept;
}

static void
delay_add(struct key_changes *k, struct span bytes, int64_t from)
{
	delay_remove(k, bytes);
	k->delays = xrealloc(k->delays,
	    (k->delay_count + 1) * sizeof(*k->delays));
	k->delays[k->delay_count++] = (struct key_delay){
		digest_of(DIGEST_SHA256, bytes), from };
}

/*
 * A key that a person put in alone counts after key-change-delay of the state
 * before; one that the administrators put in counts at once.
 */
static void
delays_note(struct key_changes *k, const struct config *before,
    const struct person *p, bool delayed, int64_t from)
{
	for (size_t i = 0; i < p->keys.count; i++) {
		struct span bytes = p->keys.items[i].bytes;

		if (config_key_holder(before, bytes, NULL) != NULL)
			continue;
		if (delayed)
			delay_add(k, bytes, from);
		else
			delay_remove(k, bytes);
	}
}

/* ---- what was before ---- */

static bool
undo_add(struct key_changes *k, struct span person,
    const struct person_key *key, int64_t until, struct err *e)
{
	struct key_undo u = { .until = until };
	struct person_key *copy = &u.before.key;

	if (k->arena == NULL)
		k->arena = arena_new(LIMIT_CHAIN_MEMORY);
	copy->valid_from = key->valid_from;
	copy->valid_to = key->valid_to;
	copy->revoked.when = key->revoked.when;
	copy->revoked.compromised_since = key->revoked.compromised_since;
	copy->revoked.at.file = key->revoked.at.file == NULL ? NULL : OWNER;
	if (!arena_copy(k->arena, person, &u.before.person) ||
	    !arena_copy(k->arena, key->bytes, &copy->bytes) ||
	    !arena_copy(k->arena, key->revoked.reason, &copy->revoked.reason))
		return err_budget(e, k->arena);
	k->undo = xrealloc(k->undo, (k->undo_count + 1) * sizeof(*k->undo));
	k->undo[k->undo_count++] = u;
	return true;
}

static const struct person_key *
entry_of(const struct config *c, struct span bytes)
{
	const struct person_key *key = NULL;

	config_key_holder(c, bytes, &key);
	return key;
}

/* One that did not count yet is nothing to bring back. */
static bool
undo_note(struct key_changes *k, const struct person *p,
    const struct config *after, int64_t seen, int64_t until, struct err *e)
{
	for (size_t i = 0; i < p->keys.count; i++) {
		const struct person_key *key = &p->keys.items[i];
		const struct person_key *next = entry_of(after, key->bytes);

		if ((next != NULL && key_entry_same(next, key)) ||
		    is_waiting(k, key->bytes, seen))
			continue;
		if (!undo_add(k, p->slug, key, until, e))
			return false;
	}
	return true;
}

/* What administrators have changed since is theirs: no way back past it. */
static void
undo_sweep(struct key_changes *k, const struct config *before,
    const struct config *after)
{
	size_t kept = 0;

	for (size_t i = 0; i < k->undo_count; i++) {
		struct span bytes = k->undo[i].before.key.bytes;
		const struct person_key *a = entry_of(before, bytes);
		const struct person_key *b = entry_of(after, bytes);

		if (a == b || (a != NULL && b != NULL && key_entry_same(a, b)))
			k->undo[kept++] = k->undo[i];
	}
	k->undo_count = kept;
}

bool
key_changes_note(struct key_changes *k, const struct config *before,
    const struct config *after, const struct chain_decision *d, int64_t seen,
    struct err *e)
{
	int64_t from = seen +
	    (int64_t)before->organization.key_change_delay * 1000;

	if (!d->delayed)
		undo_sweep(k, before, after);
	for (size_t i = 0; d->delayed && i < before->people.count; i++)
		if (!undo_note(k, &before->people.items[i], after, seen, from,
		    e))
			return false;
	for (size_t i = 0; i < after->people.count; i++)
		delays_note(k, before, &after->people.items[i], d->delayed,
		    from);
	return true;
}

/* ---- for the policy ---- */

bool
key_changes_facts(const struct key_changes *k, const struct config *c,
    int64_t seen, struct arena *a, struct chain_facts *f, struct err *e)
{
	struct key_before *before = ARENA_ARRAY(a, struct key_before,
	    k->undo_count + 1);
	struct span *waiting = ARENA_ARRAY(a, struct span,
	    k->delay_count + 1);
	size_t n = 0, m = 0;

	if (before == NULL || waiting == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < k->undo_count; i++)
		if (seen < k->undo[i].until)
			before[n++] = k->undo[i].before;
	for (size_t i = 0; i < c->people.count; i++) {
		const struct person *p = &c->people.items[i];

		for (size_t x = 0; x < p->keys.count; x++)
			if (is_waiting(k, p->keys.items[x].bytes, seen) &&
			    m < k->delay_count)
				waiting[m++] = p->keys.items[x].bytes;
	}
	f->before.items = before;
	f->before.count = n;
	f->waiting = (struct text_list){ waiting, m };
	return true;
}

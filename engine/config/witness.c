/* witness - the keys of witnesses, in tagseal.yaml and trust.yaml. */
#include "base/text.h"
#include "config/reading.h"
#include "crypto/cosignature.h"

#define KEY_ARENA	((size_t)64 << 10)

/* One key under two names would count for two. */
static bool
is_same(const struct note_key *k, struct span other, struct arena *a)
{
	struct note_key o;
	struct err e;

	return cosigner_parse(a, other, &o, &e) &&
	    span_eq(o.public_key, k->public_key);
}

void
check_witness(struct reading *r, struct place at, struct span key,
    const struct span *before, size_t count)
{
	CLEANUP(arena_done) struct arena *a = arena_new(
	    (count + 1) * KEY_ARENA);
	struct note_key k;
	struct err e;

	if (!cosigner_parse(a, key, &k, &e)) {
		complain(r, at, ERR_CONFIG_VALUE, "witness: %s", e.text);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (is_same(&k, before[i], a))
			complain(r, at, ERR_CONFIG_TWICE, "the key of %s is "
			    "that of witness %zu", text_show(k.name).text,
			    i + 1);
}

void
check_witness_quorum(struct reading *r, struct place at, uint64_t quorum,
    size_t count)
{
	if (count > WITNESSES_MOST)
		complain(r, at, ERR_CONFIG_VALUE, "more than %d witnesses",
		    WITNESSES_MOST);
	if (quorum > count)
		complain(r, at, ERR_CONFIG_VALUE, "%llu witnesses must sign, "
		    "but there are only %zu", (unsigned long long)quorum,
		    count);
}

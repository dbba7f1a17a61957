/* heartbeat - see heartbeat.h. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "git/object.h"
#include "judge/heartbeat.h"
#include "policy/chain.h"

#define NUMBER_MOST	((uint64_t)1 << 53)	/* of JSON's integers */

bool
heartbeat_number(struct span ref, uint64_t *number)
{
	return span_starts(ref, HEARTBEAT_REFS) &&
	    text_u64(span_from(ref, strlen(HEARTBEAT_REFS)), number) &&
	    *number > 0 && *number < NUMBER_MOST;
}

bool
heartbeat_parse(struct span message, struct span config_repo,
    struct heartbeat *out)
{
	struct span config, commit, manifest, at;

	return message_value(message, "config: ", &config) &&
	    message_value(message, "commit: ", &commit) &&
	    message_value(message, "manifest-sha256: ", &manifest) &&
	    message_value(message, "at: ", &at) &&
	    span_eq(config, config_repo) &&
	    object_id_parse(commit, &out->commit) &&
	    text_unhex(manifest, out->manifest_sha256, 32) &&
	    text_untime(at, &out->said);
}

void
heartbeat_write(const struct heartbeat *h, struct span config_repo,
    struct buf *b)
{
	char at[TEXT_TIME_SIZE];

	text_time(h->said, at);
	buf_text(b, "Heartbeat\n\nconfig: ");
	buf_put(b, config_repo);
	buf_printf(b, "\ncommit: %s\nmanifest-sha256: ",
	    object_id_hex(&h->commit).text);
	text_hex(SPAN(h->manifest_sha256), b);
	buf_printf(b, "\nat: %s\n", at);
}

static bool
is_of(const struct heartbeat_look *l, const struct heartbeat *h)
{
	return object_id_eq(&h->commit, l->commit) &&
	    memcmp(h->manifest_sha256, l->manifest, 32) == 0;
}

/* Anybody can push such refs: what is malformed is passed over. */
static bool
heartbeat_read(const struct heartbeat_look *l, const struct ref *ref,
    struct arena *a, struct heartbeat *out, bool *counts, struct err *e)
{
	CLEANUP(arena_done) struct arena *one =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	const struct config *c = l->signers->config;
	struct signature_fact fact;
	const struct person *p;
	struct tag_object tag;
	struct err none;

	*out = (struct heartbeat){ .tag = ref->id };
	if (!object_look(l->repository, &ref->id, OBJECT_TAG,
	    LIMIT_SIGNED_OBJECT, &raw, counts, e))
		return false;
	*counts = *counts && tag_parse(buf_span(&raw), one, &tag, &none) &&
	    heartbeat_number(ref->name, &out->number) &&
	    span_eq(tag.name, span_from(ref->name, strlen("refs/tags/"))) &&
	    heartbeat_parse(tag.message, c->organization.id, out) &&
	    is_of(l, out);
	if (!*counts)
		return true;
	if (!signers_look(l->signers, &tag.signature, "git", l->now, one,
	    &fact, e) || !administrator_signed(c, &fact, one, &p, e))
		return false;
	*counts = p != NULL;
	return p == NULL || arena_copy(a, p->slug, &out->signer) ||
	    err_budget(e, a);
}

static int
by_number(const void *a, const void *b)
{
	const struct ref *const *x = a, *const *y = b;
	uint64_t n = 0, m = 0;

	bool known = heartbeat_number((*x)->name, &n) &&
	    heartbeat_number((*y)->name, &m);
	return !known || n == m ? 0 : n > m ? -1 : 1;
}

bool
heartbeat_find(const struct heartbeat_look *l, struct arena *a,
    struct heartbeat *out, bool *found, struct err *e)
{
	const struct ref **refs = ARENA_ARRAY(a, const struct ref *,
	    l->count + 1);
	size_t count = 0;
	uint64_t n;

	*found = false;
	if (refs == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < l->count; i++)
		if (heartbeat_number(l->refs[i].name, &n) && n > l->above)
			refs[count++] = &l->refs[i];
	qsort(refs, count, sizeof(*refs), by_number);
	for (size_t i = 0; i < count && i < LIMIT_HEARTBEATS && !*found; i++)
		if (!heartbeat_read(l, refs[i], a, out, found, e))
			return false;
	return true;
}

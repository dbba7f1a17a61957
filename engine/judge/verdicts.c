/* verdicts - see verdicts.h. */
#include <stdlib.h>

#include "base/own.h"
#include "judge/verdicts.h"
#include "ledger/table.h"

#define VERDICTS_MOST	4096	/* then it begins anew */
#define MEMORY		((size_t)16 << 20)

struct verdicts {
	struct arena	*arena;
	struct table	 by_key;
};

struct digest
verdict_key(const struct object_signature *s, const char *ssh_namespace,
    int64_t seconds)
{
	CLEANUP(buf_done) struct buf all = { 0 };

	buf_printf(&all, "%s %lld\n", s->armor == ARMOR_SSH ? ssh_namespace :
	    armor_rows[s->armor].name, (long long)seconds);
	buf_put(&all, digest_span(&s->payload_sha256));
	buf_put(&all, s->text);
	return digest_of(DIGEST_SHA256, buf_span(&all));
}

const struct verdict *
verdicts_find(const struct verdicts *list, const struct digest *key)
{
	return list == NULL ? NULL : table_find(&list->by_key,
	    digest_span(key));
}

static struct verdicts *
verdicts_new(void)
{
	struct verdicts *list = xcalloc(1, sizeof(*list));

	list->arena = arena_new(MEMORY);
	return list;
}

/* Without room it is verified again, another time. */
void
verdicts_keep(struct verdicts **list, const struct digest *key,
    const struct verdict *v)
{
	struct verdict *kept;
	struct span name;

	if (*list != NULL && (*list)->by_key.count >= VERDICTS_MOST) {
		verdicts_free(*list);
		*list = NULL;
	}
	if (*list == NULL)
		*list = verdicts_new();
	kept = ARENA_NEW((*list)->arena, struct verdict);
	if (kept == NULL ||
	    !arena_copy((*list)->arena, digest_span(key), &name))
		return;
	*kept = *v;
	table_put(&(*list)->by_key, name, kept);
}

void
verdicts_free(struct verdicts *list)
{
	if (list == NULL)
		return;
	table_done(&list->by_key);
	arena_free(list->arena);
	free(list);
}

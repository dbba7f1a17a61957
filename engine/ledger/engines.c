/* engines - see engines.h. */
#include <string.h>

#include "base/text.h"
#include "ledger/engines.h"

void
engines_begin(struct engines *all, const struct ssh_key *key)
{
	all->list[0] = (struct ledger_engine){ .key = *key };
	all->count = 1;
}

static struct ledger_engine *
find(struct engines *all, struct span id)
{
	for (size_t i = 0; i < all->count; i++)
		if (span_eq(all->list[i].id, id))
			return &all->list[i];
	return NULL;
}

const struct ledger_engine *
engines_find(const struct engines *all, struct span id)
{
	return find((struct engines *)(uintptr_t)all, id);
}

static const struct ledger_engine *
key_holder(const struct engines *all, struct span blob)
{
	for (size_t i = 0; i < all->count; i++)
		if (span_eq(all->list[i].key.blob, blob))
			return &all->list[i];
	return NULL;
}

bool
engines_signer(const struct engines *all, struct span blob,
    const struct ledger_engine **out, struct err *e)
{
	const struct ledger_engine *it = key_holder(all, blob);

	if (it == NULL)
		return err_set(e, ERR_LEDGER_SIGNER, "signed by a key that no "
		    "engine of this ledger has");
	if (it->retired > 0)
		return err_set(e, ERR_LEDGER_SIGNER, "signed by engine '%s', "
		    "which event %llu retired", text_show(it->id).text,
		    (unsigned long long)it->retired);
	*out = it;
	return true;
}

static bool
declare(struct engines *all, struct arena *a, const struct event *ev,
    struct err *e)
{
	struct ledger_engine it = { .declared = ev->n };
	struct span id = event_text(ev, "declared"), text;
	CLEANUP(buf_done) struct buf again = { 0 };

	if (!arena_copy(a, event_text(ev, "commit_key"), &text) ||
	    !arena_copy(a, id, &it.id))
		return err_budget(e, a);
	if (!ssh_key_parse_line(a, text, &it.key, e))
		return false;
	ssh_key_line(&it.key, "", &again);
	if (!span_eq(buf_span(&again), text))
		return err_set(e, ERR_LEDGER_STATE, "its key is not written "
		    "as ledgers write it");
	if (find(all, id) != NULL || key_holder(all, it.key.blob) != NULL)
		return err_set(e, ERR_LEDGER_STATE, "engine '%s' or its key "
		    "is known already", text_show(id).text);
	if (id.len == 0 || all->count == LEDGER_ENGINES)
		return err_set(e, ERR_LEDGER_STATE, "an engine without a name "
		    "or one more than %d", LEDGER_ENGINES);
	all->list[all->count++] = it;
	return true;
}

static bool
retire(struct engines *all, struct arena *a, const struct event *ev,
    struct err *e)
{
	struct span id = event_text(ev, "retired");
	struct ledger_engine *it = find(all, id);
	size_t left = 0;

	(void)a;
	if (it == NULL || it->retired > 0)
		return err_set(e, ERR_LEDGER_STATE, "there is no engine '%s' "
		    "that could be retired", text_show(id).text);
	for (size_t i = 0; i < all->count; i++)
		left += all->list[i].retired == 0;
	if (left == 1)
		return err_set(e, ERR_LEDGER_STATE, "engine '%s' is the last "
		    "one", text_show(id).text);
	it->retired = ev->n;
	return true;
}

static const struct {
	const char	*type;
	bool		(*take)(struct engines *, struct arena *,
			    const struct event *, struct err *);
} rows[] = {
	{ "engine.declared", declare },
	{ "engine.retired", retire },
};

bool
engines_take(struct engines *all, struct arena *a, size_t signer,
    const struct event *ev, struct err *e)
{
	struct ledger_engine *it = &all->list[signer];
	struct span says = event_text(ev, "engine");

	if (it->id.len == 0 && !arena_copy(a, says, &it->id))
		return err_budget(e, a);
	if (!span_eq(it->id, says))
		return err_set(e, ERR_LEDGER_SIGNER, "engine '%s' signed it "
		    "in the name of '%s'", text_show(it->id).text,
		    text_show(says).text);
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].type, ev->type->name) == 0)
			return rows[i].take(all, a, ev, e) ||
			    err_at(e, "%s", ev->type->name);
	return true;
}

void
engines_write(const struct engines *all, struct buf *out)
{
	buf_u64be(out, all->count);
	for (size_t i = 0; i < all->count; i++) {
		const struct ledger_engine *it = &all->list[i];

		buf_str(out, it->id);
		buf_str(out, it->key.blob);
		buf_u64be(out, it->declared);
		buf_u64be(out, it->retired);
	}
}

static bool
one_read(struct reader *r, struct arena *a, struct engines *all)
{
	struct ledger_engine it = { .declared = 0 };
	struct span id = rd_str(r), blob = rd_str(r);
	struct err unused;

	it.declared = rd_u64be(r);
	it.retired = rd_u64be(r);
	if (!rd_ok(r) || find(all, id) != NULL ||
	    key_holder(all, blob) != NULL || !arena_copy(a, id, &it.id) ||
	    !arena_copy(a, blob, &blob) ||
	    !ssh_key_parse(blob, &it.key, &unused))
		return false;
	all->list[all->count++] = it;
	return true;
}

bool
engines_read(struct span bytes, struct arena *a, struct engines *out)
{
	struct reader r = rd_open(bytes);
	uint64_t count = rd_u64be(&r);

	out->count = 0;
	if (!rd_ok(&r) || count == 0 || count > LEDGER_ENGINES)
		return false;
	for (uint64_t i = 0; i < count; i++)
		if (!one_read(&r, a, out))
			return false;
	return rd_end(&r);
}

void
engines_allowed(const struct engines *all, struct buf *out)
{
	for (size_t i = 0; i < all->count; i++) {
		buf_text(out, "engine namespaces=\"git\" ");
		ssh_key_line(&all->list[i].key, "", out);
		buf_u8(out, '\n');
	}
}

/* walk - see walk.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/repo.h"
#include "cli/walk.h"
#include "judge/recovery.h"
#include "sys/clock.h"

/* ---- what is given ---- */
static bool
read_trust(struct walk *w, struct err *e)
{
	const char *path = option_text(w->in, "trust");

	if (!trust_read(path, w->arena, &w->trust, e))
		return false;
	if (w->trust.version == 0)
		return true;
	if (!trust_pin(&w->trust, &w->root, e))
		return false;
	w->pinned = path != NULL || object_exists(w->r, &w->root.commit);
	return true;
}

static bool
read_ledger(struct walk *w, struct err *e)
{
	const char *folder = option_text(w->in, "ledger");

	w->look.now = clock_now();
	if (folder == NULL)
		return true;
	if (!times_read(w->in, folder, option_text(w->in, "trust"), w->r,
	    &w->times, e))
		return false;
	history_note(&w->times.h);
	w->timed = true;
	w->look.first_seen = times_seen;
	w->look.kept = times_kept;
	w->look.arg = &w->times;
	return true;
}

bool
walk_read(struct walk *w, const struct invocation *in, struct repository *r,
    struct err *e)
{
	w->in = in;
	w->r = r;
	w->arena = arena_new(LIMIT_CONFIG_ARENA);
	return read_trust(w, e) && read_ledger(w, e);
}

void
walk_done(struct walk *w)
{
	chain_free(w->chain);
	openpgp_done(&w->openpgp);
	times_done(&w->times);
	config_errors_done(&w->errors);
	arena_free(w->arena);
}

/* ---- endorsements ---- */
struct gathered {
	struct object_id	*ids;
	size_t			 count;
};

static void
gather(struct gathered *list, const struct object_id *ids, size_t count)
{
	if (count > 0)
		memcpy(&list->ids[list->count], ids, count * sizeof(*ids));
	list->count += count;
}

/* Tags of the repository, those of the ledger, and those that were named. */
static bool
find_endorsements(struct walk *w, struct err *e)
{
	const struct memory *m = &w->times.memory;
	const char *prefix = arena_text(w->arena, chain_config(w->chain)->
	    organization.endorsements.ref_prefix), *name;
	struct gathered list = { 0 };
	const struct ref *refs;
	size_t count, named = 0;
	struct object_id id;

	if (prefix == NULL)
		return err_budget(e, w->arena);
	if (!refs_list(w->r, prefix, LIMIT_ENDORSEMENTS, w->arena, &refs,
	    &count, e))
		return false;
	while (option_nth(w->in, "endorsement", named) != NULL)
		named++;
	list.ids = ARENA_ARRAY(w->arena, struct object_id,
	    count + named + m->endorsement_count + 1);
	if (list.ids == NULL)
		return err_budget(e, w->arena);
	gather(&list, m->endorsements, m->endorsement_count);
	for (size_t i = 0; i < count; i++)
		gather(&list, &refs[i].id, 1);
	for (size_t i = 0; i < named; i++) {
		name = option_nth(w->in, "endorsement", i);
		if (!repo_object(w->r, name, &id, e))
			return false;
		gather(&list, &id, 1);
	}
	w->look.endorsements = list.ids;
	w->look.endorsement_count = list.count;
	return true;
}

/* ---- where it begins ---- */

bool
walk_check_id(const struct walk *w, struct span id, struct err *e)
{
	if (w->pinned != span_eq(id, w->trust.config.id) &&
	    w->trust.version != 0)
		return err_set(e, ERR_CHAIN_ROOT, w->pinned ?
		    "the config repo has id %s, the pins are of another one" :
		    "the config repo has id %s, but not the root that is "
		    "pinned for it", text_show(id).text);
	if (!w->timed || span_eq(buf_span(&w->times.config_repo), id))
		return true;
	err_set(e, ERR_CHAIN_LEDGER, "the config repo has id %s, the ledger is "
	    "of %s", text_show(id).text,
	    text_show(buf_span(&w->times.config_repo)).text);
	return err_hint(e, "give --ledger a clone of the ledger of this "
	    "config repo");
}

bool
walk_begin(struct walk *w, const struct chain_pin *pin, struct err *e)
{
	w->source = (struct verifier_source){ openpgp_open, &w->openpgp };
	return chain_open(w->r, pin, &w->source, &w->chain, &w->errors, e) &&
	    walk_check_id(w, chain_config(w->chain)->organization.id, e) &&
	    find_endorsements(w, e);
}

bool
walk_begin_pinned(struct walk *w, struct err *e)
{
	if (object_exists(w->r, &w->root.commit))
		return walk_begin(w, &w->root, e);
	return err_set(e, ERR_CHAIN_ROOT, "the pinned root %s of the config "
	    "repo is not there", object_id_hex(&w->root.commit).text);
}

bool
walk_recover(struct walk *w, const struct object_id *commit,
    const struct fold_recovery **last, struct err *e)
{
	const struct recovery_past past = { w->times.memory.fold,
	    w->times.h.ledger, trust_recovery(&w->trust, &w->root) };
	size_t count = 0;

	if (w->timed && (!recoveries_before(w->r, past.fold, commit, &count,
	    e) || !recoveries_follow(w->chain, w->r, &past, &w->look, count,
	    e)))
		return false;
	*last = count == 0 ? NULL : fold_recovery_at(past.fold, count - 1);
	return true;
}

/*
 * audit_decisions - makes the engine's decisions again, from what the ledger
 * keeps and what clones have.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/decisions.h"
#include "cli/history.h"
#include "cli/openpgp.h"
#include "cli/trust.h"
#include "judge/replay.h"

#define REFS_MOST	100000	/* branches of one repository */

struct deciding {
	const struct invocation	*in;
	struct history		 h;
	struct arena		*arena;
	struct trust_file	 trust;
	struct chain_pin	 root;
	struct recovery_trust	 recovery;
	struct repository	*config;
	struct repository	*objects;
	struct ref		*branches;
	size_t			 branch_count;
	struct openpgp		 openpgp;
	struct verifier_source	 source;
	struct palette		 palette;
	struct json		*list;		/* with --json */
};

static void
deciding_done(struct deciding *d)
{
	openpgp_done(&d->openpgp);
	repository_free(d->objects);
	repository_free(d->config);
	json_release(d->list);
	history_done(&d->h);
	arena_free(d->arena);
}

/* ---- what is given ---- */

static bool
read_trust(struct deciding *d, struct err *e)
{
	const char *path = option_text(d->in, "trust");

	d->h.trust_file = path;
	if (!trust_read(path, d->arena, &d->trust, e))
		return false;
	if (d->trust.version == 0)
		return true;
	if (!trust_pin(&d->trust, &d->root, e))
		return false;
	d->recovery = trust_recovery(&d->trust, &d->root);
	return true;
}

static bool
branch_add(struct deciding *d, const char *prefix, const struct ref *ref,
    struct err *e)
{
	struct ref *grown = arena_grow(d->arena, d->branches, d->branch_count,
	    sizeof(*grown));
	const char *name = arena_printf(d->arena, "refs/heads/%s",
	    (const char *)ref->name.ptr + strlen(prefix));

	if (grown == NULL || name == NULL)
		return err_budget(e, d->arena);
	d->branches = grown;
	grown[d->branch_count++] = (struct ref){ span_text(name), ref->id };
	return true;
}

/* The branches of a clone, or those of where it came from. */
static bool
branches_add(struct deciding *d, struct repository *r, struct err *e)
{
	static const char *const places[] = { "refs/heads/",
	    "refs/remotes/origin/" };

	for (size_t i = 0; i < COUNT(places); i++) {
		const struct ref *refs;
		size_t count;

		if (!refs_list(r, places[i], REFS_MOST, d->arena, &refs,
		    &count, e))
			return false;
		for (size_t k = 0; k < count; k++)
			if (!branch_add(d, places[i], &refs[k], e))
				return false;
	}
	return true;
}

static bool
source_add(struct deciding *d, const char *folder, struct err *e)
{
	CLEANUP(repository_done) struct repository *r = NULL;

	return (repository_find(folder, &r, e) &&
	    repository_borrow(d->objects, repository_path(r), e) &&
	    branches_add(d, r, e)) || err_at(e, "--source %s", folder);
}

/* The ledger may be a branch of the config repo itself. */
static bool
open_clones(struct deciding *d, struct err *e)
{
	const char *folder = option_text(d->in, "config"), *source;

	if (folder == NULL)
		folder = repository_path(d->h.repo);
	if (!repository_find(folder, &d->config, e) ||
	    !repository_memory(&d->objects, e) ||
	    !repository_borrow(d->objects, repository_path(d->config), e))
		return err_at(e, "--config %s", folder);
	for (size_t i = 0; (source = option_nth(d->in, "source", i)) != NULL;
	    i++)
		if (!source_add(d, source, e))
			return false;
	return true;
}

/* ---- the answer ---- */

static const char *
colour_of(const struct deciding *d, enum replay_verdict v)
{
	const struct palette *p = &d->palette;
	const char *const colours[REPLAY_VERDICTS] = {
		[REPLAY_SAME] = p->green,
		[REPLAY_PARTLY] = p->green,
		[REPLAY_UNKNOWN] = p->yellow,
		[REPLAY_DIFFERENT] = p->red,
	};

	return colours[v];
}

static struct json *
replayed_json(const struct replayed *w)
{
	struct json *v = json_map();

	json_put_int(v, "n", (int64_t)w->n);
	json_put_text(v, "type", w->type->name);
	json_put_span(v, "about", w->about);
	json_put_text(v, "verdict", replay_verdict_name(w->verdict));
	if (w->verdict != REPLAY_SAME)
		json_put_text(v, "why", w->why);
	return v;
}

/* What is the same is only counted, unless all is wanted. */
static void
tell(void *deciding, const struct replayed *w)
{
	struct deciding *d = deciding;
	bool all = option_given(d->in, "all");

	if (d->in->json)
		json_add(d->list, replayed_json(w));
	else if (all || w->verdict != REPLAY_SAME)
		printf("%s%-9s%s  event %llu, %s %.15s%s%s\n",
		    colour_of(d, w->verdict), replay_verdict_name(w->verdict),
		    d->palette.plain, (unsigned long long)w->n, w->type->name,
		    text_show(w->about).text, w->why[0] == '\0' ? "" : ": ",
		    text_show(span_text(w->why)).text);
}

static struct json *
answer_json(struct deciding *d, const struct replay_sum *sum)
{
	struct json *v = json_map(), *counts = json_map();

	for (enum replay_verdict i = 0; i < REPLAY_VERDICTS; i++)
		json_put_int(counts, replay_verdict_name(i),
		    (int64_t)sum->counts[i]);
	json_put(v, "counts", counts);
	json_put(v, "decisions", TAKE(d->list));
	return v;
}

static void
answer_text(const struct deciding *d, const struct replay_sum *sum)
{
	uint64_t all = 0;

	for (enum replay_verdict i = 0; i < REPLAY_VERDICTS; i++)
		all += sum->counts[i];
	printf("%llu decisions made again:", (unsigned long long)all);
	for (enum replay_verdict i = 0; i < REPLAY_VERDICTS; i++)
		printf("%s %s%llu %s%s", i == 0 ? "" : ",",
		    sum->counts[i] > 0 ? colour_of(d, i) : "",
		    (unsigned long long)sum->counts[i],
		    replay_verdict_name(i), d->palette.plain);
	putchar('\n');
}

/* ---- the command ---- */

static bool
decide_all(struct deciding *d, struct replay_sum *sum, struct err *e)
{
	const struct replay_terms terms = { .ledger = d->h.ledger,
	    .objects = d->objects,
	    .branches = d->branches, .branch_count = d->branch_count,
	    .source = &d->source,
	    .root = d->trust.version == 0 ? NULL : &d->root,
	    .recovery = d->recovery.count == 0 ? NULL : &d->recovery,
	    .tell = tell, .arg = d };

	return replay_run(&terms, sum, e);
}

bool
decisions_make(const struct invocation *in, struct json **out, bool *open,
    struct err *e)
{
	CLEANUP(deciding_done) struct deciding d = { .in = in,
	    .arena = arena_new(LIMIT_CHAIN_MEMORY), .openpgp = OPENPGP_NONE,
	    .palette = palette_for(in->colour) };
	struct replay_sum sum;

	d.source = (struct verifier_source){ openpgp_open, &d.openpgp };
	d.list = in->json ? json_list() : NULL;
	if (!read_trust(&d, e) || !history_open(in, &d.h, e) ||
	    !history_read(&d.h, e) || !open_clones(&d, e) ||
	    !decide_all(&d, &sum, e))
		return false;
	if (in->json)
		*out = answer_json(&d, &sum);
	else
		answer_text(&d, &sum);
	*open = sum.counts[REPLAY_UNKNOWN] + sum.counts[REPLAY_PARTLY] > 0;
	return sum.counts[REPLAY_DIFFERENT] == 0 || err_set(e,
	    ERR_AUDIT_DECISION, "made again, %llu of the decisions are others",
	    (unsigned long long)sum.counts[REPLAY_DIFFERENT]);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(json_done) struct json *answer = NULL;
	bool open;
	bool good = decisions_make(in, &answer, &open, e);

	if (!good && answer == NULL)
		return -1;
	if (!good)
		json_put_err(answer, "error", e);
	if (answer != NULL)
		cli_answer(TAKE(answer));
	if (!good)
		return err_exit_code(e->what->kind);
	return open && option_given(in, "complete") ? EXIT_NO : EXIT_YES;
}

static const struct option_row options[] = {
	HISTORY_OPTIONS,
	DECISION_OPTIONS,
	{ "all", 0, NULL, "list those that are the same, too", false },
	{ "complete", 0, NULL, "exit code 1 if one could not be made again, or "
	    "only in part", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_decisions_command = {
	.name = "audit decisions",
	.summary = "make the engine's decisions again and compare",
	.arguments = "",
	.options = options,
	.details = "Each commit of the config repo, each release, approval "
	    "and authorisation is judged once\nmore by the rules that were in "
	    "force: from the signed objects in the ledger, the times at\n"
	    "which they were first seen, and clones of the repositories. What "
	    "a clone would have to\ntell and is not there is 'unknown' or "
	    "'partly'. The ledger is verified first. Exit code 6:\na decision "
	    "is another one.",
	.example = "git clone --bare https://git.acme.example/config.git\n"
	    "tagseal audit decisions --repo ledger.git --config config.git "
	    "--source app.git",
	.json = true,
	.run = run,
};

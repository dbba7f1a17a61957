/*
 * check_range - would an engine follow these commits of a config repo: for
 * each who signed it, what it changes, and by which rule it is allowed or not.
 *
 * With pins, the walk begins at the pinned root, so A has to be a state that
 * an engine would have come to; without, A is taken as it is. With a ledger,
 * each commit is judged by the time at which the engine first saw it, and the
 * walk goes through the recoveries that the engine followed, if those who hold
 * the pinned recovery keys signed for them.
 */
#include "base/limits.h"
#include "base/text.h"
#include "cli/check.h"
#include "cli/repo.h"
#include "cli/walk.h"
#include "git/history.h"
#include "git/object.h"

#define SHOWN_MAX	20	/* paths or commits of one line or list */

struct ranging {
	const struct invocation	*in;
	struct repository	*r;
	struct walk		 walk;
	bool			 verified;	/* it begins at the pin */
	struct object_id	 from, to;
	const struct fold_recovery *recovered;	/* the last one within the
						 * range; or NULL */
	const struct object_id	*rest;		/* commits not judged */
	size_t			 rest_count;
};

static void
ranging_done(struct ranging *g)
{
	walk_done(&g->walk);
}

/* ---- what a commit is, for people ---- */
static void
print_paths(const struct chain_verdict *v)
{
	for (size_t i = 0; i < v->paths.count && i < SHOWN_MAX; i++)
		printf("%s%s", i == 0 ? "  changes  " : ", ",
		    text_show(v->paths.items[i].path).text);
	if (v->paths.count > SHOWN_MAX)
		printf(" and %zu more", v->paths.count - SHOWN_MAX);
	if (v->paths.count > 0)
		putchar('\n');
}

static void
print_finding(const struct finding *f)
{
	printf("  %-7s  %s: %s", f->met ? "met" : "unmet", f->rule,
	    text_show(f->text).text);
	if (f->met) {
		putchar('\n');
		return;
	}
	printf(" (%s)\n  hint     %s\n", f->row->code, f->hint.len > 0 ?
	    text_show(f->hint).text : f->row->advice);
}

static void
print_ledger(const struct ranging *g, const struct chain_verdict *v)
{
	const char *said = g->walk.timed ? times_verdict(&g->walk.times,
	    &v->commit) : NULL;
	char at[TEXT_TIME_SIZE];

	if (!g->walk.timed)
		return;
	text_time(v->first_seen, at);
	if (said != NULL)
		printf("  ledger   %s, first seen %s\n", said, at);
	else if (v->first_seen == g->walk.look.now)
		printf("  ledger   not seen yet\n");
	else
		printf("  ledger   first seen %s\n", at);
}

static void
print_verdict(const struct ranging *g, const struct chain_verdict *v)
{
	printf("%-8s %.12s  %s  %s\n", chain_outcome_name(v->outcome),
	    object_id_hex(&v->commit).text, v->signer.len > 0 ?
	    text_show(v->signer).text : "-", text_show(v->subject).text);
	print_paths(v);
	print_ledger(g, v);
	for (size_t i = 0; i < v->decision.findings.count; i++)
		print_finding(&v->decision.findings.items[i]);
	if (v->error != NULL)
		err_print(stdout, v->error, false);
}

/* The subject of a commit that nobody judged; empty: it cannot be read. */
static void
subject_of(struct repository *r, const struct object_id *id, struct buf *out)
{
	CLEANUP(arena_done) struct arena *arena =
	    arena_new(LIMIT_OBJECT_MEMORY);
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct commit_object c;
	struct err unused;

	if (object_read(r, id, OBJECT_COMMIT, LIMIT_SIGNED_OBJECT, &raw,
	    &unused) && commit_parse(buf_span(&raw), arena, &c, &unused))
		buf_put(out, message_subject(c.message));
}

static void
print_rest(const struct ranging *g)
{
	for (size_t i = 0; i < g->rest_count && i < SHOWN_MAX; i++) {
		CLEANUP(buf_done) struct buf subject = { 0 };

		subject_of(g->r, &g->rest[i], &subject);
		printf("unjudged %.12s  -  %s\n",
		    object_id_hex(&g->rest[i]).text,
		    text_show(buf_span(&subject)).text);
	}
	if (g->rest_count > 0)
		printf("%zu not judged: who may change what is decided by "
		    "the state before a commit,\nand theirs is not in force\n",
		    g->rest_count);
}

/* Today's clock may be the only reason why the beginning is not reached. */
static void
print_advice(const struct ranging *g)
{
	bool reached;
	struct err unused;

	if (!g->verified || g->walk.timed)
		return;
	if (!history_reaches(g->r, chain_commit(g->walk.chain), &g->from,
	    &reached, &unused) || reached)
		return;
	printf("hint: this is before the range: keys were judged by today's "
	    "clock; with --ledger,\n      by when the engine saw each "
	    "commit\n");
}

static void
print_recovery(const struct ranging *g)
{
	const struct fold_recovery *r = g->recovered;

	if (r != NULL)
		printf("recovered from commit %.12s on %.12s: epoch %llu, "
		    "event %llu of the ledger\n",
		    text_show(r->leaves).text, text_show(r->commit).text,
		    (unsigned long long)r->epoch, (unsigned long long)r->n);
}

/* ---- the same as JSON ---- */
static struct json *
paths_json(const struct chain_verdict *v)
{
	struct json *list = json_list();

	for (size_t i = 0; i < v->paths.count; i++) {
		const struct changed_path *p = &v->paths.items[i];
		struct json *one = json_map(), *keys = json_list();

		json_put_span(one, "path", p->path);
		for (size_t k = 0; k < p->keys.count; k++)
			json_add(keys, json_text(p->keys.items[k]));
		json_put(one, "keys", keys);
		json_put_text(one, "rule", chain_rule(v, i));
		json_add(list, one);
	}
	return list;
}

static struct json *
findings_json(const struct chain_verdict *v)
{
	struct json *list = json_list();

	for (size_t i = 0; i < v->decision.findings.count; i++) {
		const struct finding *f = &v->decision.findings.items[i];
		struct json *one = json_map();

		json_put_text(one, "rule", f->rule);
		json_put_bool(one, "met", f->met);
		if (f->row != NULL)
			json_put_text(one, "code", f->row->code);
		if (f->cause != NULL)
			json_put_text(one, "cause", f->cause->code);
		json_put_span(one, "text", f->text);
		json_add(list, one);
	}
	return list;
}

static struct json *
verdict_json(const struct ranging *g, const struct chain_verdict *v)
{
	struct json *map = json_map();
	char at[TEXT_TIME_SIZE];

	text_time(v->first_seen, at);
	json_put_text(map, "commit", object_id_hex(&v->commit).text);
	json_put_text(map, "outcome", chain_outcome_name(v->outcome));
	json_put_span(map, "signer", v->signer);
	json_put_span(map, "subject", v->subject);
	json_put_text(map, "first_seen", at);
	if (g->walk.timed && times_verdict(&g->walk.times, &v->commit) != NULL)
		json_put_text(map, "ledger", times_verdict(&g->walk.times,
		    &v->commit));
	json_put_hex(map, "manifest_sha256", SPAN(v->manifest_sha256));
	json_put(map, "paths", paths_json(v));
	json_put(map, "findings", findings_json(v));
	if (v->error != NULL)
		json_put_err(map, "error", v->error);
	return map;
}

static struct json *
rest_json(const struct ranging *g)
{
	struct json *list = json_list();

	for (size_t i = 0; i < g->rest_count; i++)
		json_add(list, json_text(SPAN_TEXT(
		    object_id_hex(&g->rest[i]).text)));
	return list;
}

/* ---- the answer ---- */
static void
answer_json(const struct ranging *g, const struct chain_verdict *all,
    size_t count, bool good)
{
	struct json *v = json_map(), *list = json_list();

	for (size_t i = 0; i < count; i++)
		json_add(list, verdict_json(g, &all[i]));
	json_put_bool(v, "allowed", good);
	json_put_bool(v, "verified", g->verified);
	if (g->recovered != NULL)
		json_put_int(v, "recovered_at",
		    (int64_t)g->recovered->n);
	json_put_text(v, "from", object_id_hex(&g->from).text);
	json_put_text(v, "to", object_id_hex(&g->to).text);
	json_put(v, "commits", list);
	json_put(v, "unjudged", rest_json(g));
	json_put_text(v, "followed",
	    object_id_hex(chain_commit(g->walk.chain)).text);
	json_put(v, "errors", check_errors(chain_errors(g->walk.chain)));
	cli_answer(v);
}

/*
 * What stands behind a pending commit is not judged, so only the last one may
 * wait for more signatures.
 */
static bool
may_pass(const struct ranging *g, const struct chain_verdict *last)
{
	return last->outcome == CHAIN_ALLOWED ||
	    (last->outcome == CHAIN_PENDING && g->rest_count == 0 &&
	    option_given(g->in, "allow-pending"));
}

static int
answer(const struct ranging *g)
{
	const struct config_errors *errors = chain_errors(g->walk.chain);
	size_t count;
	const struct chain_verdict *all = chain_verdicts(g->walk.chain, &count);
	bool good = count == 0 || all[count - 1].outcome == CHAIN_ALLOWED;

	if (g->in->json) {
		answer_json(g, all, count, good);
	} else {
		print_recovery(g);
		for (size_t i = 0; i < count; i++)
			print_verdict(g, &all[i]);
		config_errors_print(stdout, errors, g->in->colour);
		print_rest(g);
		print_advice(g);
		printf("the engine would follow this to %.12s\n",
		    object_id_hex(chain_commit(g->walk.chain)).text);
	}
	if (errors->count > 0)
		return err_exit_code(ERR_KIND_CONFIG);
	return count == 0 || may_pass(g, &all[count - 1]) ? EXIT_YES : EXIT_NO;
}

/* ---- what is given ---- */
static bool
read_start(struct ranging *g, const char *name, struct err *e)
{
	if (name[0] != '\0')
		return repo_commit(g->r, name, &g->from, e);
	g->from = g->walk.root.commit;
	if (g->walk.pinned)
		return true;
	err_set(e, ERR_USAGE, "a range without a beginning starts at the "
	    "pinned root, but no root of this repository is pinned");
	return err_hint(e, "give the pins by --trust FILE, or name the commit "
	    "that you trust: --range A..B");
}

static bool
read_ends(struct ranging *g, const char *range, struct err *e)
{
	struct span text = span_text(range);
	size_t dots = span_find(text, SPAN_TEXT(".."));

	if (dots == SIZE_MAX || dots + 2 >= text.len)
		return err_set(e, ERR_USAGE, "--range wants A..B, not '%s'",
		    text_show(text).text);
	const char *a = arena_text(g->walk.arena,
	    (struct span){ text.ptr, dots });
	const char *b = arena_text(g->walk.arena, span_from(text, dots + 2));
	if (a == NULL || b == NULL)
		return err_budget(e, g->walk.arena);
	return read_start(g, a, e) && repo_commit(g->r, b, &g->to, e);
}

/* ---- where the walk begins ---- */
static void
note_start(const struct ranging *g, const char *why)
{
	if (!g->in->json)
		fprintf(stderr, "unverified: %.12s is taken as it is: %s\n",
		    object_id_hex(&g->from).text, why);
}

/* A pin vouches for what follows it, not for what was before. */
static bool
choose_start(struct ranging *g, struct err *e)
{
	bool older = false;

	if (g->walk.pinned && !object_id_eq(&g->from, &g->walk.root.commit) &&
	    object_exists(g->r, &g->walk.root.commit) &&
	    !history_reaches(g->r, &g->walk.root.commit, &g->from, &older, e))
		return false;
	g->verified = g->walk.pinned && !older;
	if (older)
		note_start(g, "it is older than the pinned root");
	else if (!g->walk.pinned)
		note_start(g, "no root of this repository is pinned in "
		    "~/.config/tagseal/trust.yaml or by --trust");
	return true;
}

static bool
begin(struct ranging *g, struct err *e)
{
	struct chain_pin pin;

	if (!choose_start(g, e))
		return false;
	if (g->verified)
		return walk_begin_pinned(&g->walk, e);
	return chain_pin_of(g->r, &g->from, &pin, e) &&
	    walk_begin(&g->walk, &pin, e);
}

/* ---- the walk ---- */

/* What follows a commit that is not allowed. */
static bool
find_rest(struct ranging *g, struct err *e)
{
	const struct object_id *ids;
	size_t count, judged;
	const struct chain_verdict *all = chain_verdicts(g->walk.chain,
	    &judged);

	if (judged > 0 && object_id_eq(&all[judged - 1].commit, &g->to))
		return true;
	if (!history_chain(g->r, chain_commit(g->walk.chain), &g->to,
	    LIMIT_CHAIN, g->walk.arena, &ids, &count, e))
		return false;
	if (count > 0) {
		g->rest = ids + 1;
		g->rest_count = count - 1;
	}
	return true;
}

/* A that stands before the last recovery is not on the way from there. */
static bool
recover(struct ranging *g, bool *past, struct err *e)
{
	const struct fold_recovery *last = NULL;
	struct object_id commit;
	bool after;

	*past = false;
	if (g->verified && !walk_recover(&g->walk, &g->to, &last, e))
		return false;
	if (last == NULL || !object_id_parse(last->commit, &commit))
		return true;
	if (!history_reaches(g->r, &g->from, &commit, &after, e))
		return false;
	*past = !after;
	g->recovered = after ? NULL : last;
	return true;
}

/* Up to A nothing is told, unless it ends before. */
static bool
advance(struct ranging *g, struct err *e)
{
	bool past;

	if (!recover(g, &past, e))
		return false;
	g->walk.look.head = g->from;
	if (!past && !chain_advance(g->walk.chain, &g->walk.look, e))
		return false;
	g->walk.look.head = g->to;
	if ((past || object_id_eq(chain_commit(g->walk.chain), &g->from)) &&
	    !chain_advance(g->walk.chain, &g->walk.look, e))
		return false;
	return find_rest(g, e);
}

int
check_range(const struct invocation *in, struct repository *r,
    const char *range, struct err *e)
{
	CLEANUP(ranging_done) struct ranging g = { .in = in, .r = r,
	    .walk = WALK_NONE };

	if (!walk_read(&g.walk, in, r, e) || !read_ends(&g, range, e))
		return -1;
	if (!begin(&g, e)) {
		if (g.walk.errors.count == 0)
			return -1;
		return check_state(in, object_id_hex(g.verified ?
		    &g.walk.root.commit : &g.from).text, NULL,
		    &g.walk.errors, NULL);
	}
	return advance(&g, e) ? answer(&g) : -1;
}

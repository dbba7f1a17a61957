/* status - see status.h: what is gathered, and the value. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/account.h"
#include "cli/repo.h"
#include "cli/status.h"
#include "config/load.h"
#include "git/tree.h"
#include "ledger/anchor.h"
#include "sys/clock.h"

#define SOON	90		/* days */

static void
status_done(struct status *s)
{
	config_free(s->config);
	repository_free(s->config_repo);
	history_done(&s->h);
	arena_free(s->arena);
}

/* ---- the ledger ---- */

static struct status_engine *
engine_of(struct status *s, struct span id)
{
	struct status_engine *grown;

	for (size_t i = 0; i < s->engine_count; i++)
		if (span_eq(s->engines[i].id, id))
			return &s->engines[i];
	grown = arena_grow(s->arena, s->engines, s->engine_count,
	    sizeof(*grown));
	if (grown == NULL)
		return NULL;
	s->engines = grown;
	grown[s->engine_count] = (struct status_engine){ .seen = 0 };
	return arena_copy(s->arena, id, &grown[s->engine_count].id) ?
	    &grown[s->engine_count++] : NULL;
}

static bool
event_take(void *status, const struct event *ev, struct err *e)
{
	struct status *s = status;
	struct status_engine *n = engine_of(s, event_text(ev, "engine"));
	struct span type = span_text(ev->type->name);
	bool started = span_is(type, "engine.started");

	if (n == NULL)
		return err_budget(e, s->arena);
	n->seen = ev->at;
	s->last_at = ev->at;
	s->last_type = type;
	if (started || span_is(type, "engine.stopped")) {
		n->stopped = (struct span){ 0 };
		if (!arena_copy(s->arena, event_text(ev, started ? "version" :
		    "reason"), started ? &n->version : &n->stopped))
			return err_budget(e, s->arena);
	}
	return fold_event(s->h.fold, ev, e);
}

static bool
read_by_key(struct history *h, void *status, struct err *e)
{
	struct status *s = status;

	ledger_free(TAKE(h->ledger));
	fold_free(TAKE(h->fold));
	h->fold = fold_new();
	s->engine_count = 0;
	h->ledger = ledger_new(h->repo, &h->trust, &(struct ledger_reader){
	    event_take, s });
	ledger_threads(h->ledger, 0);
	return ledger_advance(h->ledger, &h->head, e);
}

/* ---- the config repo ---- */

static bool
tree_check(struct status *s, const struct object_id *tree, struct err *e)
{
	struct digest manifest;

	return tree_manifest_digest(s->config_repo, tree, LIMIT_CONFIG_BLOB,
	    &manifest, e) && (span_is(fold_config_manifest(s->h.fold),
	    digest_hex(&manifest).text) || err_set(e, ERR_CHAIN_ROOT, "its "
	    "files are not those that the ledger names"));
}

/* The clone that was named; else the ledger's, if it has the commit. */
static bool
config_open(const struct invocation *in, struct status *s,
    struct object_id *commit, bool *found, struct err *e)
{
	const char *folder = option_text(in, "config");
	const char *beside = option_text(in, "repo");

	*found = object_id_parse(fold_config_commit(s->h.fold), commit) &&
	    (folder != NULL || object_exists(s->h.repo, commit));
	return !*found || repository_find(folder != NULL ? folder :
	    beside != NULL ? beside : ".", &s->config_repo, e);
}

static bool
config_read(const struct invocation *in, struct status *s, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct object_id commit, tree;
	bool found;

	if (!config_open(in, s, &commit, &found, e))
		return false;
	if (!found)
		return true;
	if (!repo_tree(s->config_repo, &commit, &tree, e) ||
	    !tree_check(s, &tree, e))
		return err_at(e, "commit %.12s of the config repo",
		    object_id_hex(&commit).text);
	return config_load(s->config_repo, &tree, &s->config, &errors) ||
	    repo_errors(&errors, e);
}

static bool
ends_read(struct status *s, struct err *e)
{
	struct anchored stamped;

	if (s->config == NULL)
		return true;
	if (!ledger_anchor_stamped(s->h.ledger, s->arena, &stamped, e))
		return false;
	const struct expiry_seen seen = { stamped.tokens,
	    stamped.token_count };
	return expiry_list(s->config, &seen, s->now, s->arena, &s->ends, e);
}

static bool
time_read(const struct invocation *in, struct status *s, struct err *e)
{
	struct span at = { 0 };

	s->now = clock_now();
	return option_time(in, "at", s->arena, &at, e) && (at.len == 0 ||
	    text_untime(at, &s->now) || err_set(e, ERR_USAGE, "--at is no "
	    "time"));
}

static bool
gather(const struct invocation *in, struct status *s, struct err *e)
{
	s->arena = arena_new(LIMIT_CONFIG_ARENA);
	return time_read(in, s, e) && history_open(in, &s->h, e) &&
	    history_try(&s->h, read_by_key, s, e) &&
	    config_read(in, s, e) && ends_read(s, e);
}

bool
status_attention(const struct status *s)
{
	for (size_t i = 0; i < s->ends.count; i++)
		if (s->ends.items[i].ended && !s->ends.items[i].covered)
			return true;
	return fold_open_alarms(s->h.fold) > 0;
}

/* ---- the value ---- */

static void
put_span(struct json *v, const char *member, struct span s)
{
	if (s.len > 0)
		json_put_span(v, member, s);
}

static struct json *
ledger_json(const struct status *s)
{
	struct json *v = json_map();

	json_put_span(v, "origin", ledger_format(s->h.ledger)->origin);
	json_put_int(v, "events", (int64_t)ledger_size(s->h.ledger));
	json_put_time(v, "at", s->last_at);
	json_put_span(v, "type", s->last_type);
	return v;
}

static struct json *
engines_json(const struct status *s)
{
	const struct engines *all = ledger_engines(s->h.ledger);
	struct json *list = json_list();

	for (size_t i = 0; i < all->count; i++) {
		struct json *v = json_map();

		json_put_span(v, "id", all->list[i].id);
		for (size_t k = 0; k < s->engine_count; k++) {
			const struct status_engine *n = &s->engines[k];

			if (!span_eq(n->id, all->list[i].id))
				continue;
			json_put_time(v, "seen", n->seen);
			put_span(v, "version", n->version);
			put_span(v, "stopped", n->stopped);
		}
		json_put_bool(v, "retired", all->list[i].retired > 0);
		json_add(list, v);
	}
	return list;
}

static struct json *
states_json(const struct status *s)
{
	struct json *v = json_map();
	const struct fold_request *q;

	for (int state = 0; state < REQUEST_STATES; state++) {
		int64_t count = 0;

		for (size_t i = 0; (q = fold_request_at(s->h.fold, i)) != NULL;
		    i++)
			count += (int)q->state == state;
		json_put_int(v, request_state_name((enum request_state)state),
		    count);
	}
	return v;
}

static bool
put_waiting(struct status *s, struct json *v, struct err *e)
{
	CLEANUP(json_done) struct json *list = json_list();
	const struct fold_request *q;

	for (size_t i = 0; (q = fold_request_at(s->h.fold, i)) != NULL; i++) {
		struct json *one, *missing;

		if (q->state != REQUEST_WAITING && q->state != REQUEST_CREATED)
			continue;
		if (!account_missing(&s->h, q, &missing, e))
			return false;
		one = account_brief(q);
		json_put(one, "missing", missing);
		json_add(list, one);
	}
	json_put(v, "waiting", TAKE(list));
	return true;
}

static struct json *
alarms_json(const struct status *s)
{
	struct json *list = json_list();
	const struct fold_alarm *a;

	for (size_t i = 0; (a = fold_alarm_at(s->h.fold, i)) != NULL; i++) {
		struct json *v;

		if (a->acknowledged)
			continue;
		v = json_map();
		json_put_int(v, "n", (int64_t)a->n);
		json_put_time(v, "at", a->at);
		json_put_span(v, "code", a->code);
		json_put_span(v, "text", a->text);
		json_put_bool(v, "stops", a->stops);
		json_add(list, v);
	}
	return list;
}

static struct json *
end_json(const struct expiry *x)
{
	CLEANUP(buf_done) struct buf thing = { 0 };
	struct json *v = json_map();

	expiry_thing(x, &thing);
	json_put_span(v, "thing", buf_span(&thing));
	put_span(v, "file", x->file);
	if (x->unread.len > 0) {
		json_put_span(v, "why", x->unread);
		return v;
	}
	json_put_span(v, "element", x->element);
	json_put_time(v, "ends", x->ends);
	json_put_int(v, "days", x->days);
	json_put_bool(v, "ended", x->ended);
	if (x->successor.len > 0) {
		json_put_span(v, "successor", x->successor);
		json_put_time(v, "takes_over", x->from);
		json_put_bool(v, "covered", x->covered);
	}
	return v;
}

/* If nothing ends soon, what comes first is worth knowing. */
static void
put_ends(const struct status *s, bool all, struct json *v)
{
	struct json *ends = json_list(), *unread = json_list();

	for (size_t i = 0; i < s->ends.count; i++) {
		const struct expiry *x = &s->ends.items[i];

		if (x->unread.len > 0)
			json_add(unread, end_json(x));
		else if (all || json_count(ends) == 0 ||
		    x->ends - s->now <= SOON * EXPIRY_DAY)
			json_add(ends, end_json(x));
	}
	json_put(v, "ends", ends);
	json_put(v, "unread", unread);
}

static bool
value_make(struct status *s, bool all, struct json **out, struct err *e)
{
	CLEANUP(json_done) struct json *v = json_map();
	struct json *config = json_map();

	json_put_time(v, "at", s->now);
	json_put(v, "ledger", ledger_json(s));
	json_put_span(config, "commit", fold_config_commit(s->h.fold));
	json_put(v, "config", config);
	json_put(v, "engines", engines_json(s));
	json_put(v, "requests", states_json(s));
	if (!put_waiting(s, v, e))
		return false;
	json_put(v, "alarms", alarms_json(s));
	if (s->config != NULL)
		put_ends(s, all, v);
	json_put_bool(v, "attention", status_attention(s));
	*out = TAKE(v);
	return true;
}

/* ---- the command ---- */

/* Who writes a file for a collector moves it there only if all went well. */
static int
metrics(const struct status *s)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	status_metrics(s, &text);
	fputs(buf_cstr(&text), stdout);
	return EXIT_YES;
}

static int
tell(const struct invocation *in, struct status *s, struct err *e)
{
	struct palette p = palette_for(in->colour);
	CLEANUP(json_done) struct json *v = NULL;

	if (!value_make(s, option_given(in, "all"), &v, e))
		return -1;
	if (in->json)
		cli_answer(TAKE(v));
	else
		status_print(v, &p);
	return status_attention(s) ? EXIT_ATTENTION : EXIT_YES;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(status_done) struct status s = { .now = 0 };

	if (in->json && option_given(in, "metrics")) {
		err_set(e, ERR_USAGE, "--json or --metrics, not both");
		return -1;
	}
	if (!gather(in, &s, e))
		return -1;
	history_note(&s.h);
	if (s.config == NULL)
		fprintf(stderr, "what ends is not known: name a clone of the "
		    "config repo with --config\n");
	return option_given(in, "metrics") ? metrics(&s) : tell(in, &s, e);
}

static const struct option_row options[] = {
	{ "config", 0, "DIR", "a clone of the config repo (default: the "
	    "ledger's, if it has the commit in force)", false },
	{ "all", 0, NULL, "all that ends, not only within 90 days", false },
	{ "at", 0, "TIME", "what will have ended then (default: now)", false },
	{ "metrics", 0, NULL, "print OpenMetrics text: all that ends, for "
	    "Prometheus", false },
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command status_command = {
	.name = "status",
	.summary = "tell how the engines are, what waits, and what ends soon",
	.arguments = "",
	.options = options,
	.details = "Reads a clone of the ledger, verifies all of it, and tells "
	    "when each engine was last\nheard of, which requests wait, which "
	    "alarms are open and, by the config repo in force,\nwhich "
	    "certificates, keys, authorities and revocation lists end, and "
	    "when.\nExit code 7 when an alarm is open, or something has ended "
	    "that no successor took over;\nbut 0 with --metrics, so that a "
	    "collector hears of it.",
	.example = "tagseal status --repo ledger --config config\n"
	    "tagseal status --repo ledger --config config --all --at "
	    "2027-01-01\n"
	    "tagseal status --repo ledger --config config --metrics > "
	    "tagseal.prom",
	.json = true,
	.run = run,
};

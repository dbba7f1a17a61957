/*
 * recover - a recovery of the config repo's chain (judge/recovery.h): an
 * administrator composes the statement, holders of recovery keys sign the
 * file, each where the key is, by stock ssh-keygen, and the operator gives all
 * of it to the engine.
 */
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/engine_file.h"
#include "cli/history.h"
#include "cli/message.h"
#include "cli/repo.h"
#include "cli/trust.h"
#include "daemon/state.h"
#include "judge/recovery.h"
#include "sys/clock.h"
#include "sys/file.h"

#define TIME_SECONDS	19	/* bytes of "2026-01-31T12:00:00" */

/* ---- compose ---- */

struct composing {
	struct arena		*arena;
	struct repository	*repo;
	struct history		 ledger;
	const char		*engine;	/* what the command line says */
	const char		*to;
	const char		*reason;
	const char		*output;
	uint64_t		 lasts;		/* seconds */
	struct trust_file	 trust;
	struct chain_step	 step;
	struct chain_pin	 root;
	struct buf		 text;
};

static void
composing_done(struct composing *c)
{
	buf_done(&c->text);
	history_done(&c->ledger);
	repository_free(c->repo);
	arena_free(c->arena);
}

static bool
read_words(const struct invocation *in, struct composing *c, struct err *e)
{
	const char *lasts = option_text(in, "expires");

	if (!option_need(in, "engine", &c->engine, e) ||
	    !option_need(in, "to", &c->to, e) ||
	    !option_need(in, "reason", &c->reason, e) ||
	    !option_need(in, "output", &c->output, e))
		return false;
	return text_duration(span_text(lasts == NULL ? "7d" : lasts),
	    &c->lasts) || err_set(e, ERR_USAGE, "--expires '%s' is no "
	    "duration such as 7d", text_show(span_text(lasts)).text);
}

static bool
read_pins(const struct invocation *in, struct composing *c, struct err *e)
{
	if (!trust_read(option_text(in, "trust"), c->arena, &c->trust, e))
		return false;
	if (c->trust.version != 0)
		return trust_pin(&c->trust, &c->root, e);
	err_set(e, ERR_USAGE, "no root of the config repo is pinned");
	return err_hint(e, "give the pins of the engine by --trust FILE");
}

/* Which commit is in force, and how many recoveries there were. */
static bool
read_ledger(const struct invocation *in, struct composing *c, struct err *e)
{
	struct history *h = &c->ledger;
	const char *folder;

	h->trust_file = option_text(in, "trust");
	if (!option_need(in, "ledger", &folder, e) ||
	    !history_open_at(in, h, folder, e) || !history_read(h, e))
		return false;
	c->step.epoch = fold_epoch(h->fold) + 1;
	return object_id_parse(fold_config_commit(h->fold),
	    &c->step.leaves.commit) || err_set(e, ERR_CHAIN_ROOT,
	    "the ledger in %s tells of no config repo", folder);
}

static bool
read_commits(const struct invocation *in, struct composing *c, struct err *e)
{
	const char *folder = option_text(in, "repo");
	struct object_id leaves = c->step.leaves.commit, to;

	return repository_find(folder == NULL ? "." : folder, &c->repo, e) &&
	    repo_commit(c->repo, c->to, &to, e) &&
	    chain_pin_of(c->repo, &leaves, &c->step.leaves, e) &&
	    chain_pin_of(c->repo, &to, &c->step.to, e);
}

static void
put_pin(struct buf *out, const char *key, const struct chain_pin *pin)
{
	buf_printf(out, "%s:\n  commit: \"%s\"\n  payload-sha256: \"", key,
	    object_id_hex(&pin->commit).text);
	text_hex(SPAN(pin->payload_sha256), out);
	buf_text(out, "\"\n  manifest-sha256: \"");
	text_hex(SPAN(pin->manifest_sha256), out);
	buf_text(out, "\"\n");
}

static void
put_text(struct buf *out, const char *key, struct span text)
{
	buf_printf(out, "%s: ", key);
	message_text(out, text);
	buf_text(out, "\n");
}

static void
statement_write(struct composing *c)
{
	int64_t until = clock_now() + (int64_t)c->lasts * 1000;
	char at[TEXT_TIME_SIZE];

	text_time(until, at);
	buf_printf(&c->text, "tagseal: 1\nepoch: %llu\n",
	    (unsigned long long)c->step.epoch);
	put_text(&c->text, "engine", span_text(c->engine));
	put_text(&c->text, "config", c->trust.config.id);
	put_pin(&c->text, "root", &c->root);
	put_pin(&c->text, "leaves", &c->step.leaves);
	put_pin(&c->text, "to", &c->step.to);
	buf_printf(&c->text, "expires: \"%.*sZ\"\n", TIME_SECONDS, at);
	put_text(&c->text, "reason", span_text(c->reason));
}

static void
compose_answer(const struct invocation *in, const struct composing *c)
{
	struct json *v;

	if (!in->json) {
		printf("%.*s\nwrote %s; each holder compares it and signs:\n"
		    "  ssh-keygen -Y sign -n " RECOVERY_NAMESPACE " -f KEY %s\n"
		    "then, where the engine is: tagseal recover apply %s "
		    "SIGNATURE...\n", (int)c->text.len,
		    (const char *)c->text.ptr, c->output, c->output,
		    c->output);
		return;
	}
	v = json_map();
	json_put_text(v, "statement", c->output);
	json_put_int(v, "epoch", (int64_t)c->step.epoch);
	json_put_text(v, "leaves",
	    object_id_hex(&c->step.leaves.commit).text);
	json_put_text(v, "to", object_id_hex(&c->step.to.commit).text);
	cli_answer(v);
}

/* What was composed is read back: what could not be applied is not written. */
static int
run_compose(const struct invocation *in, struct err *e)
{
	CLEANUP(composing_done) struct composing c = {
		.arena = arena_new(LIMIT_CONFIG_ARENA) };
	struct recovery_statement read;

	if (!read_words(in, &c, e) || !read_pins(in, &c, e) ||
	    !read_ledger(in, &c, e) || !read_commits(in, &c, e))
		return -1;
	history_note(&c.ledger);
	statement_write(&c);
	if (!recovery_parse(buf_span(&c.text), c.arena, &read, e) ||
	    !file_replace_span(c.output, buf_span(&c.text), FILE_NEW, e))
		return -1;
	compose_answer(in, &c);
	return EXIT_YES;
}

/* ---- apply ---- */

static bool
load_all(const struct invocation *in, struct buf *out, struct err *e)
{
	for (int i = 0; i < in->count; i++) {
		CLEANUP(buf_done) struct buf one = { 0 };

		if (!file_load(in->arguments[i], RECOVERY_LIMIT, &one, e))
			return false;
		buf_put(out, buf_span(&one));
	}
	return out->len <= RECOVERY_LIMIT || err_set(e, ERR_RECOVERY_STATEMENT,
	    "all of it has %zu bytes, more than %zu", out->len,
	    RECOVERY_LIMIT);
}

static bool
trust_of(const struct engine_file *f, struct recovery_trust *out,
    struct err *e)
{
	*out = (struct recovery_trust){ .keys = f->recovery.keys.items,
	    .count = f->recovery.keys.count,
	    .threshold = f->recovery.threshold, .config = f->config.id };
	return recovery_pin(&f->config.root, &out->root, e);
}

/* As the engine lays its state out; it may never have run. */
static bool
hand_over(const struct engine_file *f, struct span all, struct arena *a,
    struct err *e)
{
	const char *state = arena_text(a, f->state);
	const char *folder = arena_printf(a, "%s/" RECOVERY_FOLDER,
	    state == NULL ? "" : state);
	const char *path = arena_printf(a, "%s/" RECOVERY_FILE,
	    folder == NULL ? "" : folder);

	if (state == NULL || path == NULL)
		return err_budget(e, a);
	return folder_make(state, STATE_MODE, e) &&
	    folder_make(folder, 0755, e) &&
	    file_replace_span(path, all, FILE_PLAIN, e);
}

static void
apply_answer(const struct invocation *in, const struct recovery_said *s,
    bool handed)
{
	const char *to = object_id_hex(&s->step.to.commit).text;
	struct json *v, *keys;

	if (!in->json) {
		printf("recovery %llu: from commit %.12s on %s\n",
		    (unsigned long long)s->step.epoch,
		    object_id_hex(&s->step.leaves.commit).text, to);
		for (size_t i = 0; i < s->signer_count; i++)
			printf("  signed by %.*s\n", (int)s->signers[i].len,
			    (const char *)s->signers[i].ptr);
		printf(handed ? "the engine takes it up in its next pass, or "
		    "when it is started; the ledger tells:\nconfig.recovered, "
		    "or else its log says why not: config.recovery\n" :
		    "nothing was handed over\n");
		return;
	}
	v = json_map();
	keys = json_list();
	json_put_int(v, "epoch", (int64_t)s->step.epoch);
	json_put_text(v, "to", to);
	for (size_t i = 0; i < s->signer_count; i++)
		json_add(keys, json_text(s->signers[i]));
	json_put(v, "keys", keys);
	json_put_bool(v, "handed_over", handed);
	cli_answer(v);
}

/*
 * What needs no ledger is judged here; the engine judges all of it anew. The
 * judge must be able to read what is made here.
 */
static int
run_apply(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ENGINE_FILE_MEMORY);
	CLEANUP(buf_done) struct buf all = { 0 };
	const char *path = option_text(in, "engine");
	bool dry = option_given(in, "dry-run");
	struct recovery_trust trust;
	struct recovery_said said;
	struct engine_file file;

	umask(022);
	if (!engine_file_load(path == NULL ? ENGINE_FILE_DEFAULT : path, a,
	    &file, e) || !trust_of(&file, &trust, e) ||
	    !load_all(in, &all, e) || !recovery_read(buf_span(&all), &trust,
	    file.engine, clock_now(), a, &said, e) ||
	    (!dry && !hand_over(&file, buf_span(&all), a, e)))
		return -1;
	apply_answer(in, &said, !dry);
	return EXIT_YES;
}

static const struct option_row compose_options[] = {
	{ "repo", 0, "DIR", "a clone of the config repo (default: the current "
	    "folder)", false },
	{ "ledger", 0, "DIR", "a clone of the ledger: it knows the commit in "
	    "force", false },
	{ "branch", 0, "NAME", "the ledger's branch (default tagseal/ledger)",
	    false },
	{ "log-key", 0, "VKEY", "the ledger's verifier key, or a file with it",
	    false },
	{ "trust", 0, "FILE", "the engine's pins (default "
	    "~/.config/tagseal/trust.yaml)", false },
	{ "engine", 0, "UUID", "which engine it is for", false },
	{ "to", 0, "REV", "the commit to go on from", false },
	{ "expires", 0, "DURATION", "how long it may be applied (default 7d)",
	    false },
	{ "reason", 0, "TEXT", "why, for everybody to read", false },
	{ "output", 'o', "FILE", "the statement; it must not exist", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command recover_compose_command = {
	.name = "recover compose",
	.summary = "write what holders of recovery keys are to sign",
	.arguments = "",
	.options = compose_options,
	.details = "For the day when the administrators' keys are lost or "
	    "stolen: an engine leaves the\ncommit of the config repo that is "
	    "in force and goes on from another one, which has\ngood files. "
	    "Each holder compares the commits with own clones, and signs the "
	    "file\nwith stock ssh-keygen, on a machine without network.",
	.example = "tagseal recover compose --ledger ../ledger --trust "
	    "trust.yaml \\\n    --engine 6f1c0d2e-0000-4000-8000-000000000001 "
	    "--to new-start \\\n    --reason 'two keys were stolen' -o "
	    "recovery.yaml\n"
	    "ssh-keygen -Y sign -n recovery@tagseal -f ~/.ssh/recovery "
	    "recovery.yaml",
	.json = true,
	.run = run_compose,
};

static const struct option_row apply_options[] = {
	{ "engine", 0, "FILE", "the engine host's file (default "
	    ENGINE_FILE_DEFAULT ")", false },
	{ "dry-run", 0, NULL, "only check it", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command recover_apply_command = {
	.name = "recover apply",
	.summary = "give a signed recovery statement to the engine here",
	.arguments = "STATEMENT SIGNATURE...",
	.least = 2,
	.most = -1,
	.options = apply_options,
	.details = "Checks the signatures by the recovery keys of engine.yaml, "
	    "and puts all of it into\nthe engine's state folder, whether the "
	    "engine runs or not. The engine judges it\nanew, writes it into "
	    "the ledger, raises an alarm, and goes on from the new commit.",
	.example = "tagseal recover apply recovery.yaml recovery.yaml.sig "
	    "dave.sig",
	.json = true,
	.run = run_apply,
};

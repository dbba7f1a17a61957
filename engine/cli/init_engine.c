/*
 * init_engine - engine.yaml from a commit of the config repo, and the first
 * event of the ledger.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/engine_file.h"
#include "cli/message.h"
#include "cli/pins.h"
#include "cli/repo.h"
#include "crypto/sshsig.h"
#include "sys/file.h"
#include "sys/random.h"

#define LIST_MAX	32	/* values of an option that repeats */
#define KEY_SIZE	16384	/* bytes of a file with a public key */

struct texts {
	struct span	items[LIST_MAX];
	size_t		count;
};

/* What the command line says. */
struct setup {
	const char	*config;	/* the clone */
	const char	*commit;
	const char	*state;		/* the paths are absolute */
	const char	*module;
	const char	*token;
	const char	*pin_file;
	const char	*output;
	const char	*trust;		/* NULL: not to a file */
	const char	*id;		/* NULL: a new one */
	const char	*threshold;	/* of recovery keys */
	bool		 force;
	bool		 genesis;
	struct texts	 urls;
	struct texts	 repositories;
	struct texts	 outputs;
	struct texts	 reads;		/* of the module */
	struct texts	 writes;
	struct texts	 recovery;	/* lines of SSH public keys */
};

/* What comes of it. */
struct made {
	struct arena	*arena;
	struct repository *repo;
	struct pins	 pins;
	char		 engine[UUID_SIZE];
	struct buf	 yaml;
	struct buf	 trust;
};

static void
made_done(struct made *m)
{
	pins_done(&m->pins);
	repository_free(m->repo);
	buf_done(&m->yaml);
	buf_done(&m->trust);
	arena_free(m->arena);
}

/* ---- the command line ---- */

/* engine.yaml has absolute paths; one that is not there yet may be named. */
static bool
path_absolute(struct arena *a, const char *path, const char **out,
    struct err *e)
{
	CLEANUP(free_done) char *whole = realpath(path, NULL);
	CLEANUP(free_done) char *here = realpath(".", NULL);
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	*out = path[0] == '/' ? arena_printf(a, "%.*s", (int)len, path) :
	    whole != NULL ? arena_printf(a, "%s", whole) :
	    arena_printf(a, "%s/%.*s", here == NULL ? "" : here, (int)len,
	    path);
	return *out != NULL || err_budget(e, a);
}

static bool
need_path(const struct invocation *in, const char *name, struct arena *a,
    const char **out, struct err *e)
{
	const char *text;

	return option_need(in, name, &text, e) &&
	    path_absolute(a, text, out, e);
}

/* All values of an option; paths become absolute. */
static bool
read_list(const struct invocation *in, const char *name, bool paths,
    struct arena *a, struct texts *out, struct err *e)
{
	const char *text;

	while ((text = option_nth(in, name, out->count)) != NULL) {
		if (out->count == LIST_MAX)
			return err_set(e, ERR_USAGE, "more than %d --%s",
			    LIST_MAX, name);
		if (paths && !path_absolute(a, text, &text, e))
			return false;
		out->items[out->count++] = span_text(text);
	}
	return true;
}

/* A file that ssh-keygen made: one line. */
static bool
read_key(const char *path, struct arena *a, struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct span rest, line;
	struct ssh_key key;

	if (!file_load(path, KEY_SIZE, &bytes, e))
		return false;
	rest = buf_span(&bytes);
	if (!span_line(&rest, &line) || rest.len > 0)
		return err_set(e, ERR_SSH_KEY, "%s: it is to hold one line, "
		    "an SSH public key", text_show(span_text(path)).text);
	if (!ssh_key_parse_line(a, line, &key, e))
		return err_at(e, "%s", text_show(span_text(path)).text);
	return arena_copy(a, line, out) || err_budget(e, a);
}

static bool
read_recovery(const struct invocation *in, struct arena *a, struct setup *w,
    struct err *e)
{
	uint64_t n;

	if (!read_list(in, "recovery", false, a, &w->recovery, e))
		return false;
	w->threshold = option_text(in, "recovery-threshold");
	if (w->recovery.count == 0)
		return w->threshold == NULL || option_need(in, "recovery",
		    &w->threshold, e);
	if (!option_need(in, "recovery-threshold", &w->threshold, e))
		return false;
	for (size_t i = 0; i < w->recovery.count; i++)
		if (!read_key(option_nth(in, "recovery", i), a,
		    &w->recovery.items[i], e))
			return false;
	return text_u64(span_text(w->threshold), &n) || err_set(e, ERR_USAGE,
	    "--recovery-threshold '%s' is no number",
	    text_show(span_text(w->threshold)).text);
}

static bool
check_free(const struct setup *w, const char *path, struct err *e)
{
	if (w->force || path == NULL || access(path, F_OK) != 0)
		return true;
	err_set(e, ERR_FILE_EXISTS, "'%s' is there already",
	    text_show(span_text(path)).text);
	return err_hint(e, "--force replaces it; to write only the first "
	    "event again: tagseal engine --begin --engine %s", w->output);
}

static bool
read_setup(const struct invocation *in, struct arena *a, struct setup *w,
    struct err *e)
{
	const char *commit = option_text(in, "commit");

	w->commit = commit == NULL ? "HEAD" : commit;
	w->trust = option_text(in, "trust");
	w->id = option_text(in, "id");
	w->force = option_given(in, "force");
	w->genesis = !option_given(in, "no-genesis");
	if (!option_need(in, "config", &w->config, e) ||
	    !option_need(in, "token", &w->token, e) ||
	    !option_need(in, "output", &w->output, e) ||
	    !need_path(in, "state", a, &w->state, e) ||
	    !need_path(in, "module", a, &w->module, e) ||
	    !need_path(in, "pin-file", a, &w->pin_file, e) ||
	    !read_list(in, "url", false, a, &w->urls, e) ||
	    !read_list(in, "repositories", true, a, &w->repositories, e) ||
	    !read_list(in, "outputs", true, a, &w->outputs, e) ||
	    !read_list(in, "access-read", true, a, &w->reads, e) ||
	    !read_list(in, "access-write", true, a, &w->writes, e) ||
	    !read_recovery(in, a, w, e))
		return false;
	if (w->urls.count == 0)
		return option_need(in, "url", &commit, e);
	if (span_starts(span_text(w->token), "pkcs11:"))
		return err_set(e, ERR_USAGE, "--token wants the token's label "
		    "here, not a URI");
	return check_free(w, w->output, e) && check_free(w, w->trust, e);
}

/* ---- engine.yaml ---- */

static void
put_path_list(struct buf *out, const char *key, const struct texts *t)
{
	if (t->count == 0)
		return;
	buf_printf(out, "%s: ", key);
	yaml_list(t->items, t->count, out);
	buf_text(out, "\n");
}

static void
put_token(struct buf *out, const struct setup *w)
{
	buf_text(out, "tokens:\n");
	message_member(out, "  - module", w->module);
	message_member(out, "    token", w->token);
	buf_text(out, "    pin: {file: ");
	message_text(out, span_text(w->pin_file));
	buf_text(out, "}\n");
	if (w->reads.count == 0 && w->writes.count == 0)
		return;
	buf_text(out, "    access: {read: ");
	yaml_list(w->reads.items, w->reads.count, out);
	buf_text(out, ", write: ");
	yaml_list(w->writes.items, w->writes.count, out);
	buf_text(out, "}\n");
}

static void
compose(const struct setup *w, struct made *m)
{
	struct buf *out = &m->yaml;

	buf_text(out, "# What this engine is, and whom it trusts. Made by "
	    "'tagseal init engine';\n# 'tagseal print reference' tells of all "
	    "keys.\ntagseal: 1\n");
	message_member(out, "engine", m->engine);
	pins_write(&m->pins, w->urls.items, w->urls.count, out);
	buf_text(out, "  # Later, pin a state that the ledger must contain:\n"
	    "  # at-least: {size: N, root: HEX}\n");
	recovery_write(w->recovery.items, w->recovery.count, w->threshold,
	    out);
	message_member(out, "state", w->state);
	put_token(out, w);
	buf_text(out, "# Folders of this host: local repositories may lie "
	    "below 'repositories',\n# outputs below 'outputs'.\n");
	put_path_list(out, "repositories", &w->repositories);
	put_path_list(out, "outputs", &w->outputs);
	buf_text(out, "poll: 60s\n"
	    "# Started as root, each process becomes a user of its own: "
	    "these, where they\n# exist. Those that are named must exist.\n"
	    "# users: {courier: tagseal-net, judge: tagseal, worker: "
	    "tagseal-work, signer: tagseal-key}\n"
	    "sandbox: required    # or where-possible: go on where the kernel "
	    "lacks it\nlog: text            # or json\n");
}

/* Before it is written, the reader of engine.yaml takes it, and the repo. */
static bool
check_made(const struct setup *w, const struct made *m, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config_file file = { w->output, buf_span(&m->yaml) };
	struct config_file trust = { "trust.yaml", buf_span(&m->trust) };
	struct engine_file read;
	struct trust_file trusted;

	return (engine_file_parse(&file, m->arena, &read, &errors) &&
	    trust_file_parse(&trust, m->arena, &trusted, &errors) &&
	    config_check_host(m->pins.config, &read, &errors)) ||
	    repo_errors(&errors, e);
}

/* A person's first trust.yaml: its folder need not be there. */
static bool
trust_place(const struct setup *w, const struct made *m, unsigned flags,
    struct err *e)
{
	if (w->trust == NULL)
		return true;
	CLEANUP(free_done) char *folder = xstrdup(w->trust);
	char *slash = strrchr(folder, '/');
	if (slash != NULL && slash != folder) {
		*slash = '\0';
		if (!folder_make(folder, 0755, e))
			return false;
	}
	return file_replace_span(w->trust, buf_span(&m->trust), flags, e);
}

/* An engine that joins a ledger is one that the config repo names. */
static bool
id_take(const struct setup *w, struct made *m, struct err *e)
{
	const struct ledger_config *l = &m->pins.config->organization.ledger;
	struct span id = span_text(w->id);

	for (size_t i = 0; i < l->engines.count; i++)
		if (span_eq(l->engines.items[i].id, id) &&
		    !l->engines.items[i].retired) {
			snprintf(m->engine, sizeof(m->engine), "%s", w->id);
			return true;
		}
	return err_set(e, ERR_ENGINE_UNDECLARED, "ledger.engines of "
	    "tagseal.yaml names no engine '%s'", text_show(id).text);
}

/* engine.yaml comes last: where it is, all is. */
static bool
make(const struct setup *w, struct made *m, struct err *e)
{
	unsigned flags = w->force ? FILE_PLAIN : FILE_NEW;

	if (!repository_find(w->config, &m->repo, e) ||
	    !pins_read(m->repo, w->commit, &m->pins, e))
		return false;
	if (w->id == NULL)
		random_uuid(m->engine);
	else if (!id_take(w, m, e))
		return false;
	compose(w, m);
	trust_write(&m->pins, &m->trust);
	recovery_write(w->recovery.items, w->recovery.count, w->threshold,
	    &m->trust);
	return check_made(w, m, e) && trust_place(w, m, flags, e) &&
	    file_replace_span(w->output, buf_span(&m->yaml), flags, e);
}

/* ---- the answer, and genesis ---- */

static void
answer_text(const struct setup *w, const struct made *m)
{
	printf("wrote %s: engine %s\n", w->output, m->engine);
	if (w->trust != NULL)
		printf("wrote %s\n", w->trust);
	printf("\nCompare these with others who have the config repo, and "
	    "give them to clients:\n\n%.*s\n", (int)m->trust.len,
	    (const char *)m->trust.ptr);
	fflush(stdout);
}

static void
answer_json(const struct setup *w, const struct made *m, bool began)
{
	struct json *v = json_map(), *root = json_map(), *keys = json_list();

	json_put_text(v, "file", w->output);
	json_put_text(v, "engine", m->engine);
	json_put_span(v, "config", m->pins.config->organization.id);
	json_put_text(root, "commit",
	    object_id_hex(&m->pins.root.commit).text);
	json_put_hex(root, "payload_sha256",
	    SPAN(m->pins.root.payload_sha256));
	json_put_hex(root, "manifest_sha256",
	    SPAN(m->pins.root.manifest_sha256));
	json_put(v, "root", root);
	json_add(keys, json_text(m->pins.log_key));
	json_put(v, "ledger_keys", keys);
	json_put_span(v, "trust", buf_span(&m->trust));
	json_put_bool(v, "began", began);
	cli_answer(v);
}

/* The file as the engine will read it: its owner and mode are looked at. */
static bool
genesis(const struct setup *w, struct arena *a, int *code, struct err *e)
{
	struct engine_terms terms = { .begins = true };
	struct engine_file file;

	*code = EXIT_YES;
	return engine_file_load(w->output, a, &file, e) && (!w->genesis ||
	    engine_file_run(&file, &terms, code, e));
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(made_done) struct made m = {
		.arena = arena_new(ENGINE_FILE_MEMORY) };
	struct setup w = { .config = NULL };
	int code;

	if (!read_setup(in, m.arena, &w, e) || !make(&w, &m, e))
		return -1;
	if (!in->json)
		answer_text(&w, &m);
	if (!genesis(&w, m.arena, &code, e))
		code = -1;
	if (in->json && code >= 0)
		answer_json(&w, &m, w.genesis && code == EXIT_YES);
	else if (w.genesis && code == EXIT_YES)
		printf("the ledger has begun; next: tagseal engine --engine "
		    "%s\n", w.output);
	if (code != EXIT_YES || !w.genesis)
		fprintf(stderr, "this began no ledger; %s stays. The last "
		    "step alone: tagseal engine --begin --engine %s\n",
		    w.output, w.output);
	return code;
}

static const struct option_row options[] = {
	{ "config", 0, "DIR", "a clone of the config repo", false },
	{ "commit", 0, "REV", "the commit to trust (default HEAD)", false },
	{ "url", 0, "URL", "where the engine fetches the config repo; all "
	    "must agree", true },
	{ "state", 0, "DIR", "folder for the engine's state", false },
	{ "module", 0, "FILE", "PKCS#11 module", false },
	{ "token", 0, "LABEL", "label of the token", false },
	{ "pin-file", 0, "FILE", "file with its PIN, which the signer reads",
	    false },
	{ "access-read", 0, "PATH", "what the module reads besides the "
	    "system's libraries", true },
	{ "access-write", 0, "DIR", "what the module writes (SoftHSM: its "
	    "tokens)", true },
	{ "repositories", 0, "DIR", "local repositories may lie below it",
	    true },
	{ "outputs", 0, "DIR", "outputs may lie below it", true },
	{ "recovery", 0, "FILE", "a public key, kept offline, that may set "
	    "the config repo's chain on a new commit", true },
	{ "recovery-threshold", 0, "N", "how many of these must sign", false },
	{ "output", 'o', "FILE", "engine.yaml", false },
	{ "trust", 0, "FILE", "write trust.yaml for clients too", false },
	{ "id", 0, "UUID", "identity of the engine, as ledger.engines of "
	    "tagseal.yaml\nnames it; otherwise a new one", false },
	{ "no-genesis", 0, NULL, "write the files only", false },
	{ "force", 0, NULL, "replace the files", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command init_engine_command = {
	.name = "init engine",
	.summary = "set an engine up, and begin its ledger",
	.arguments = "",
	.options = options,
	.details = "Checks the config repo at the commit, pins that commit "
	    "and the ledger's key in\nengine.yaml, gives the engine an "
	    "identity, and prints what clients need to trust\nit. Then the "
	    "engine runs once and writes the first event of the ledger "
	    "(genesis).\nIf that fails, the exit code is the judge's and "
	    "engine.yaml stays: mend the cause,\nthen run 'tagseal engine "
	    "--begin --engine FILE', which does this last step alone.\n"
	    "Another engine of the same ledger: make a key and its "
	    "certificate, name both in\ntagseal.yaml, have that accepted, "
	    "then --id UUID --no-genesis. An engine that runs\ndeclares it "
	    "in the ledger.",
	.example = "tagseal init engine --config . \\\n"
	    "    --url https://git.acme.example/security/config.git \\\n"
	    "    --state /var/lib/tagseal --module "
	    "/usr/lib/softhsm/libsofthsm2.so \\\n"
	    "    --token acme --pin-file /etc/tagseal/pin \\\n"
	    "    --access-write /var/lib/softhsm -o /etc/tagseal/engine.yaml",
	.json = true,
	.run = run,
};

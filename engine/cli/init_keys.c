/*
 * init_keys - the two keys of a ledger, or the one that another engine signs
 * its commits with: made in the token, and described as files of the config
 * repo.
 */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/message.h"
#include "cli/repo.h"
#include "cli/token.h"
#include "crypto/note.h"
#include "crypto/sshsig.h"
#include "sys/file.h"
#include "sys/random.h"

#define ARENA		((size_t)4 << 20)
#define ALGORITHM	"ed25519"
#define COMMENT		"engine"	/* of the SSH key */

/* What goes into "public". */
typedef bool public_function(struct span spki, const char *id, struct arena *,
    struct buf *out, struct err *);
static public_function put_verifier_key, put_ssh_key;

enum { KEY_LOG, KEY_COMMIT, KEYS };

static const struct ledger_key {
	const char	*option;	/* of its label */
	const char	*label;
	const char	*file;
	const char	*comment;	/* first line of the file */
	const char	*kind;
	public_function	*put;
} ledger_keys[KEYS] = {
	[KEY_LOG] = { "log-label", "engine-log", "engine-log",
	    "Signs the checkpoints of the audit log.", "log",
	    put_verifier_key },
	[KEY_COMMIT] = { "commit-label", "engine-commit", "engine-commit",
	    "Signs the commits of the audit log.", "ssh", put_ssh_key },
};

/* One key on its way from the command line to its file. */
struct made_key {
	const struct ledger_key	*row;
	const char		*label;
	const char		*file;		/* its slug */
	const char		*uri;		/* as the repo has it */
	const char		*local;		/* as the command has it */
	const char		*path;
	struct buf		 public;
	struct buf		 yaml;
	bool			 found;		/* it was there before */
};

struct ceremony {
	struct arena	*arena;
	const char	*id;
	const char	*token;
	const char	*algorithm;
	const char	*folder;
	const char	*engine;	/* slug; NULL: the first one */
	size_t		 first;		/* of the keys to be made */
	bool		 force;
	struct made_key	 keys[KEYS];
};

static void
ceremony_done(struct ceremony *c)
{
	for (size_t i = 0; i < KEYS; i++) {
		buf_done(&c->keys[i].public);
		buf_done(&c->keys[i].yaml);
	}
	arena_free(c->arena);
}

static bool
put_verifier_key(struct span spki, const char *id, struct arena *a,
    struct buf *out, struct err *e)
{
	struct note_key key;

	if (!note_key_make(a, span_text(id), spki, &key, e))
		return false;
	note_key_write(&key, out);
	return true;
}

static bool
put_ssh_key(struct span spki, const char *id, struct arena *a,
    struct buf *out, struct err *e)
{
	CLEANUP(buf_done) struct buf blob = { 0 };
	struct ssh_key key;

	(void)id;
	(void)a;
	if (!ssh_key_from_spki(spki, &blob, e) ||
	    !ssh_key_parse(buf_span(&blob), &key, e))
		return false;
	ssh_key_line(&key, COMMENT, out);
	return true;
}

/* ---- what is wanted ---- */

/* RFC 7512: what is not unreserved is percent-coded. */
static void
put_coded(struct buf *out, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
	    "opqrstuvwxyz0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buf_u8(out, (uint8_t)*text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

/* How the token is reached (behind '?') is for this command only. */
static bool
uris_make(const struct ceremony *c, struct made_key *k, struct err *e)
{
	CLEANUP(buf_done) struct buf uri = { 0 };
	struct span rest = span_text(c->token), path = { 0 };

	span_split(&rest, '?', &path);
	buf_put(&uri, path);
	buf_text(&uri, ";object=");
	put_coded(&uri, k->label);
	k->uri = arena_text(c->arena, buf_span(&uri));
	if (rest.len > 0)
		buf_text(&uri, "?");
	buf_put(&uri, rest);
	k->local = arena_text(c->arena, buf_span(&uri));
	return (k->uri != NULL && k->local != NULL) ||
	    err_budget(e, c->arena);
}

/* The file as the config repo will read it; its own reader judges it. */
static bool
yaml_make(struct made_key *k, struct span public, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config_file file = { k->path, { 0 } };

	k->yaml.len = 0;
	buf_printf(&k->yaml, "# %s\nkind: %s\npurpose: ledger\n",
	    k->row->comment, k->row->kind);
	message_member(&k->yaml, "key", k->uri);
	buf_text(&k->yaml, "public: ");
	message_text(&k->yaml, public);
	buf_text(&k->yaml, "\n");
	file.bytes = buf_span(&k->yaml);
	return config_check_file(CONFIG_CERTIFICATE, &file, &errors) ||
	    repo_errors(&errors, e);
}

static bool
key_want(const struct invocation *in, struct ceremony *c, size_t i,
    struct err *e)
{
	struct made_key *k = &c->keys[i];
	const char *label;

	k->row = &ledger_keys[i];
	label = option_text(in, k->row->option);
	k->file = c->engine != NULL ? c->engine : k->row->file;
	k->label = label != NULL ? label : c->engine != NULL ? c->engine :
	    k->row->label;
	k->path = arena_printf(c->arena, "%s/certificates/%s.yaml",
	    c->folder, k->file);
	if (k->path == NULL)
		return err_budget(e, c->arena);
	if (!c->force && access(k->path, F_OK) == 0) {
		err_set(e, ERR_FILE_EXISTS, "'%s' is there already",
		    text_show(span_text(k->path)).text);
		return err_hint(e, "--force writes the files again, with the "
		    "keys that the token has under these labels");
	}
	return uris_make(c, k, e) && yaml_make(k, SPAN_TEXT("?"), e);
}

static bool
ceremony_plan(const struct invocation *in, struct ceremony *c, struct err *e)
{
	const char *algorithm = option_text(in, "algorithm");

	c->engine = option_text(in, "engine");
	c->first = c->engine != NULL ? KEY_COMMIT : KEY_LOG;
	if (c->engine != NULL && !text_slug(span_text(c->engine)))
		return err_set(e, ERR_USAGE, "--engine '%s' is no slug",
		    text_show(span_text(c->engine)).text);
	if ((c->engine == NULL && !option_need(in, "ledger", &c->id, e)) ||
	    !option_need(in, "token", &c->token, e) ||
	    !option_need(in, "into", &c->folder, e))
		return false;
	c->force = option_given(in, "force");
	c->algorithm = algorithm == NULL ? ALGORITHM : algorithm;
	if (strcmp(c->algorithm, ALGORITHM) != 0 &&
	    strcmp(c->algorithm, "ec-p256") != 0)
		return err_set(e, ERR_USAGE, "--algorithm '%s' is neither "
		    "ed25519 nor ec-p256: a ledger's keys are one of these",
		    text_show(span_text(c->algorithm)).text);
	if (access(c->folder, W_OK) != 0)
		return err_errno(e, ERR_FILE_MISSING, "%s",
		    text_show(span_text(c->folder)).text);
	for (size_t i = c->first; i < KEYS; i++)
		if (!key_want(in, c, i, e))
			return false;
	return c->engine != NULL ||
	    strcmp(c->keys[KEY_LOG].label, c->keys[KEY_COMMIT].label) != 0 ||
	    err_set(e, ERR_USAGE, "both keys are to be called '%s'",
	    text_show(span_text(c->keys[KEY_LOG].label)).text);
}

/* ---- what is made ---- */

/* The first finding about a key that was there becomes the error. */
static bool
key_is_sound(const struct made_key *k, const struct json *v, struct err *e)
{
	const struct json *first = json_item(json_member(v, "findings"), 0);
	CLEANUP(buf_done) struct buf code = { 0 };

	if (json_count(json_member(v, "findings")) == 0)
		return true;
	buf_put(&code, json_span(json_member(first, "code")));
	const struct err_row *row = err_find(buf_cstr(&code));
	struct span text = json_span(json_member(first, "text"));
	return err_set(e, row == NULL ? ERR_KEY_UNFIT : err_code_of(row),
	    "%s: %.*s", k->uri, (int)text.len, (const char *)text.ptr);
}

/* Makes the key; with --force, one that is there and sound will do. */
static bool
key_get(const struct invocation *in, const struct ceremony *c,
    struct made_key *k, struct token *token, struct err *e)
{
	CLEANUP(json_done) struct json *v = NULL;

	if (token_make(token, c->algorithm, k->label, &v, e))
		return true;
	if (!err_is(e, ERR_KEY_EXISTS))
		return false;
	if (!c->force)
		return err_hint(e, "choose another --%s, or take the key that "
		    "is there with --force", k->row->option);
	CLEANUP(token_done) struct token *one = NULL;
	k->found = true;
	return token_open(in, k->local, &one, e) &&
	    token_check(one, &v, e) && key_is_sound(k, v, e);
}

static bool
key_make(const struct invocation *in, const struct ceremony *c,
    struct made_key *k, struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL, *one = NULL;
	struct token_key key;

	return token_open(in, c->token, &token, e) &&
	    key_get(in, c, k, token, e) &&
	    token_open(in, k->local, &one, e) &&
	    token_find(one, c->arena, &key, e) &&
	    k->row->put(key.spki, c->id, c->arena, &k->public, e) &&
	    yaml_make(k, buf_span(&k->public), e);
}

static bool
files_write(const struct ceremony *c, struct err *e)
{
	const char *folder = arena_printf(c->arena, "%s/certificates",
	    c->folder);

	if (folder == NULL)
		return err_budget(e, c->arena);
	if (!folder_make(folder, 0755, e))
		return false;
	for (size_t i = c->first; i < KEYS; i++)
		if (!file_replace_span(c->keys[i].path,
		    buf_span(&c->keys[i].yaml), c->force ? FILE_PLAIN :
		    FILE_NEW, e))
			return false;
	return true;
}

/* ---- the answer ---- */

static void
answer_json(const struct ceremony *c)
{
	struct json *v = json_map(), *list = json_list();

	for (size_t i = c->first; i < KEYS; i++) {
		const struct made_key *k = &c->keys[i];
		struct json *one = json_map();

		json_put_text(one, "kind", k->row->kind);
		json_put_text(one, "file", k->path);
		json_put_text(one, "key", k->uri);
		json_put_span(one, "public", buf_span(&k->public));
		json_put_bool(one, "made", !k->found);
		json_add(list, one);
	}
	if (c->id != NULL)
		json_put_text(v, "ledger", c->id);
	json_put(v, "keys", list);
	cli_answer(v);
}

static void
next_engine(const struct ceremony *c)
{
	char id[UUID_SIZE];

	random_uuid(id);
	printf("next:\n"
	    "  1. name it below 'ledger' in %s/tagseal.yaml:\n"
	    "     engines: [{id: \"%s\", commits: %s}]\n"
	    "  2. tagseal check --folder %s\n"
	    "  3. commit, signed: git commit -S; an engine that runs declares "
	    "it\n"
	    "  4. on its host: tagseal init engine --no-genesis --id %s ...\n",
	    c->folder, id, c->engine, c->folder, id);
}

static void
answer_text(const struct ceremony *c)
{
	for (size_t i = c->first; i < KEYS; i++) {
		const struct made_key *k = &c->keys[i];

		printf("%s %s\n  %.*s\n  wrote %s\n", k->found ? "found" :
		    "made", k->uri, (int)k->public.len,
		    (const char *)k->public.ptr, k->path);
	}
	if (c->engine != NULL) {
		next_engine(c);
		return;
	}
	printf("next:\n"
	    "  1. name them in %s/tagseal.yaml:\n"
	    "     ledger: {id: %s, commits: %s, checkpoints: %s}\n"
	    "  2. tagseal check --folder %s\n"
	    "  3. commit, signed: git commit -S\n"
	    "  4. on the engine's host: tagseal init engine --help\n",
	    c->folder, c->id, c->keys[KEY_COMMIT].file,
	    c->keys[KEY_LOG].file, c->folder);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(ceremony_done) struct ceremony c = {
		.arena = arena_new(ARENA) };

	if (!ceremony_plan(in, &c, e))
		return -1;
	for (size_t i = c.first; i < KEYS; i++)
		if (!key_make(in, &c, &c.keys[i], e))
			return -1;
	if (!files_write(&c, e))
		return -1;
	if (in->json)
		answer_json(&c);
	else
		answer_text(&c);
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "ledger", 0, "ID", "the ledger's id, as 'ledger' of tagseal.yaml "
	    "has it", false },
	{ "token", 0, "URI", "the token: pkcs11:token=NAME", false },
	{ "into", 0, "DIR", "the working folder of the config repo", false },
	{ "engine", 0, "SLUG", "for another engine of the ledger: its key of "
	    "commits alone,\nin certificates/SLUG.yaml", false },
	{ "log-label", 0, "NAME", "of the key that signs checkpoints (default "
	    "engine-log)", false },
	{ "commit-label", 0, "NAME", "of the key that signs commits (default "
	    "engine-commit)", false },
	{ "algorithm", 0, "NAME", "ed25519 (default) or ec-p256", false },
	{ "force", 0, NULL, "replace the files, and take keys that are there",
	    false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command init_keys_command = {
	.name = "init keys",
	.summary = "make the two keys of a ledger",
	.arguments = "",
	.options = options,
	.details = "Makes them inside the token and writes "
	    "certificates/engine-log.yaml and\ncertificates/engine-commit.yaml "
	    "below DIR. Without --force nothing is replaced.\nWith --engine, "
	    "it makes what another engine needs to share the ledger.",
	.example = "tagseal init keys --ledger acme.example/tagseal --token "
	    "'pkcs11:token=acme' --into .",
	.json = true,
	.run = run,
};

/*
 * people_import - files of people/ out of what stock git, ssh-keygen and gpg
 * know signers from. All of it or nothing; people look at it and commit it.
 */
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/allowed_signers.h"
#include "cli/cli.h"
#include "cli/repo.h"
#include "cli/yaml_scalar.h"
#include "crypto/openpgp.h"
#include "sys/file.h"

#define ARENA		((size_t)256 << 20)
#define SLUG_MAX	60	/* bytes, and room for a number */

/* A public key and the lines that declare it. */
struct new_key {
	struct span	bytes;		/* SSH: wire form; OpenPGP: packets */
	bool		openpgp;
	int64_t		valid_from, valid_to;	/* milliseconds; 0: none */
};

/* All with one e-mail address is one person. */
struct newcomer {
	struct span	email;
	struct span	name;
	const char	*slug;
	struct new_key	*keys;
	size_t		 count;
};

struct people_import {
	const struct invocation	*in;
	struct arena		*arena;
	const char		*folder;
	struct newcomer		*people;
	size_t			 count;
	size_t			 keys;
};

static void
import_done(struct people_import *x)
{
	arena_free(x->arena);
}

/* ---- who ---- */
static struct newcomer *
person_find(const struct people_import *x, struct span email)
{
	for (size_t i = 0; i < x->count; i++)
		if (span_eq(x->people[i].email, email))
			return &x->people[i];
	return NULL;
}

static bool
slug_taken(const struct people_import *x, const char *slug)
{
	for (size_t i = 0; i < x->count; i++)
		if (strcmp(x->people[i].slug, slug) == 0)
			return true;
	return false;
}

/* "Alice.Ex+git@acme.example" is alice-ex-git; a second one alice-ex-git-2. */
static const char *
slug_make(const struct people_import *x, struct span local)
{
	char base[SLUG_MAX + 1] = "";
	size_t n = 0;

	for (size_t i = 0; i < local.len && n < SLUG_MAX; i++) {
		uint8_t c = local.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			base[n++] = (char)c;
		else if (n > 0 && base[n - 1] != '-')
			base[n++] = '-';
	}
	while (n > 0 && base[n - 1] == '-')
		n--;
	base[n] = '\0';
	const char *slug = arena_printf(x->arena, "%s", n > 0 ? base :
	    "person");
	for (unsigned i = 2; slug != NULL && slug_taken(x, slug); i++)
		slug = arena_printf(x->arena, "%s-%u", n > 0 ? base :
		    "person", i);
	return slug;
}

static bool
person_get(struct people_import *x, struct span email, struct newcomer **out,
    struct err *e)
{
	struct span rest, local = { 0 };
	struct newcomer *p = person_find(x, email), *grown;

	if (p != NULL) {
		*out = p;
		return true;
	}
	if (!arena_copy(x->arena, email, &rest))
		return err_budget(e, x->arena);
	email = rest;
	span_split(&rest, '@', &local);
	const char *slug = slug_make(x, local);
	grown = arena_grow(x->arena, x->people, x->count, sizeof(*grown));
	if (slug == NULL || grown == NULL)
		return err_budget(e, x->arena);
	x->people = grown;
	*out = &grown[x->count++];
	**out = (struct newcomer){ .email = email, .name = local,
	    .slug = slug };
	return true;
}

/* ---- their keys ---- */
static bool
key_add(struct people_import *x, struct newcomer *p, const struct new_key *k,
    struct err *e)
{
	struct new_key *grown;

	for (size_t i = 0; i < x->count; i++)
		for (size_t n = 0; n < x->people[i].count; n++)
			if (span_eq(x->people[i].keys[n].bytes, k->bytes))
				return err_set(e, ERR_CONFIG_KEY_SHARED,
				    "a key of \"%s\" is also %s's",
				    p->slug, x->people[i].slug);
	grown = arena_grow(x->arena, p->keys, p->count, sizeof(*grown));
	if (grown == NULL)
		return err_budget(e, x->arena);
	grown[p->count++] = *k;
	p->keys = grown;
	x->keys++;
	return true;
}

static bool
take_line(struct people_import *x, struct span line, struct err *e)
{
	struct allowed_signer s;
	struct newcomer *p;

	if (!allowed_signer_read(x->arena, line, &s, e))
		return false;
	if (s.email.len == 0)
		return true;
	const struct new_key k = { .bytes = s.key.blob,
	    .valid_from = s.valid_from, .valid_to = s.valid_to };
	return person_get(x, s.email, &p, e) && key_add(x, p, &k, e);
}

static bool
take_signers(struct people_import *x, const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf file = { 0 };
	struct span rest, line;
	unsigned number = 0;

	if (!file_load(path, LIMIT_CONFIG_BLOB, &file, e))
		return false;
	for (rest = buf_span(&file); span_line(&rest, &line); )
		if (++number, !take_line(x, line, e))
			return err_at(e, "%s:%u",
			    text_show(span_text(path)).text, number);
	return true;
}

/* The address in "Alice Example <alice@acme.example>", and the name. */
static bool
user_id_split(struct span id, struct span *name, struct span *email)
{
	size_t at = span_find(id, span_text("<"));

	if (at == SIZE_MAX || !span_ends(id, ">"))
		return false;
	*name = (struct span){ id.ptr, at };
	while (name->len > 0 && name->ptr[name->len - 1] == ' ')
		name->len--;
	*email = span_from(id, at + 1);
	email->len--;
	return allowed_signer_plain(*email) && text_utf8(*name);
}

/* The person who is there already, or else the first address of the key. */
static bool
take_openpgp(struct people_import *x, const struct openpgp_public *key,
    struct err *e)
{
	struct span name, email, who = { 0 }, called = { 0 };
	struct newcomer *p;

	for (size_t i = 0; i < key->name_count; i++) {
		if (!user_id_split(key->names[i], &name, &email))
			continue;
		if (who.len == 0 || (person_find(x, who) == NULL &&
		    person_find(x, email) != NULL)) {
			who = email;
			called = name;
		}
	}
	if (who.len == 0)
		return err_set(e, ERR_PEOPLE_NOBODY, "the key of \"%s\" names "
		    "no plain e-mail address", key->name_count == 0 ? "" :
		    text_show(key->names[0]).text);
	const struct new_key k = { .bytes = key->packets, .openpgp = true };
	if (!person_get(x, who, &p, e))
		return false;
	if (called.len > 0 && !arena_copy(x->arena, called, &p->name))
		return err_budget(e, x->arena);
	return key_add(x, p, &k, e);
}

static bool
take_keyring(struct people_import *x, const char *path, struct err *e)
{
	CLEANUP(buf_done) struct buf file = { 0 };
	struct openpgp_public *keys;
	size_t count;

	if (!file_load(path, LIMIT_CONFIG_BLOB, &file, e))
		return false;
	if (!openpgp_split(x->arena, buf_span(&file), &keys, &count, e))
		return err_at(e, "%s", text_show(span_text(path)).text);
	for (size_t i = 0; i < count; i++)
		if (!take_openpgp(x, &keys[i], e))
			return err_at(e, "%s", text_show(span_text(path)).text);
	return true;
}

/* ---- files ---- */
static void
put_time(const char *name, int64_t ms, struct buf *out)
{
	char when[TEXT_TIME_SIZE];

	if (ms == 0)
		return;
	text_time(ms, when);
	buf_printf(out, "    %s: \"%.19sZ\"\n", name, when);
}

/* A file that is to be written. */
struct new_file {
	const char	*path;
	struct span	 bytes;
};

struct new_files {
	struct people_import	*x;
	struct new_file		*items;
	size_t			 count;
};

static bool
file_plan(struct new_files *f, const char *name, struct span bytes,
    struct err *e)
{
	struct arena *a = f->x->arena;
	struct new_file one = { .path = arena_printf(a, "%s/people/%s",
	    f->x->folder, name) };
	struct new_file *grown = arena_grow(a, f->items, f->count,
	    sizeof(*grown));

	if (one.path == NULL || grown == NULL ||
	    !arena_copy(a, bytes, &one.bytes))
		return err_budget(e, a);
	grown[f->count++] = one;
	f->items = grown;
	return access(one.path, F_OK) != 0 || err_set(e, ERR_FILE_EXISTS,
	    "'%s' is there already", text_show(span_text(one.path)).text);
}

/* OpenPGP keys of a person lie in SLUG/key.asc, SLUG/key-2.asc ... */
static bool
put_openpgp(struct new_files *f, const struct newcomer *p,
    const struct new_key *k, unsigned number, struct buf *yaml,
    struct err *e)
{
	CLEANUP(buf_done) struct buf armor = { 0 }, name = { 0 };

	buf_printf(&name, "%s/key", p->slug);
	if (number > 1)
		buf_printf(&name, "-%u", number);
	buf_text(&name, ".asc");
	buf_printf(yaml, "  - openpgp: %s\n", buf_cstr(&name));
	openpgp_armor(k->bytes, &armor);
	return file_plan(f, buf_cstr(&name), buf_span(&armor), e);
}

static bool
put_ssh(const struct newcomer *p, const struct new_key *k, struct buf *yaml,
    struct err *e)
{
	struct ssh_key key;

	if (!ssh_key_parse(k->bytes, &key, e))
		return false;
	buf_text(yaml, "  - ssh: \"");
	ssh_key_line(&key, p->slug, yaml);
	buf_text(yaml, "\"\n");
	return true;
}

static bool
put_keys(struct new_files *f, const struct newcomer *p, struct buf *yaml,
    struct err *e)
{
	unsigned number = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct new_key *k = &p->keys[i];

		if (!(k->openpgp ? put_openpgp(f, p, k, ++number, yaml, e) :
		    put_ssh(p, k, yaml, e)))
			return false;
		put_time("valid-from", k->valid_from, yaml);
		put_time("valid-to", k->valid_to, yaml);
	}
	return true;
}

/* The file as the config repo will read it; its own reader judges it. */
static bool
person_plan(struct new_files *f, const struct newcomer *p, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(buf_done) struct buf yaml = { 0 }, name = { 0 };
	struct config_file file;

	buf_text(&yaml, "name: ");
	yaml_scalar(p->name, &yaml);
	buf_text(&yaml, "\nemail: ");
	yaml_scalar(p->email, &yaml);
	buf_text(&yaml, "\nkeys:\n");
	buf_printf(&name, "%s.yaml", p->slug);
	if (!put_keys(f, p, &yaml, e) ||
	    !file_plan(f, buf_cstr(&name), buf_span(&yaml), e))
		return false;
	file = (struct config_file){ f->items[f->count - 1].path,
	    buf_span(&yaml) };
	return config_check_file(CONFIG_PERSON, &file, &errors) ||
	    repo_errors(&errors, e);
}

static bool
file_make(const struct new_file *f, struct err *e)
{
	CLEANUP(buf_done) struct buf folder = { 0 };
	const char *slash = strrchr(f->path, '/');

	buf_put(&folder, (struct span){ (const uint8_t *)f->path,
	    (size_t)(slash - f->path) });
	return folder_make(buf_cstr(&folder), 0755, e) &&
	    file_replace_span(f->path, f->bytes, FILE_NEW, e);
}

/* All, or none of them. */
static bool
files_write(const struct new_files *f, struct err *e)
{
	size_t i = 0;

	while (i < f->count && file_make(&f->items[i], e))
		i++;
	if (i == f->count)
		return true;
	while (i > 0)
		unlink(f->items[--i].path);
	return false;
}

/* ---- the command ---- */
static void
answer(const struct people_import *x, const struct new_files *f)
{
	struct json *v, *list;

	if (!x->in->json) {
		for (size_t i = 0; i < f->count; i++)
			printf("wrote %s\n", f->items[i].path);
		printf("%zu people, %zu keys; next: put them into groups, "
		    "then tagseal check --folder\n", x->count, x->keys);
		return;
	}
	v = json_map();
	list = json_list();
	for (size_t i = 0; i < f->count; i++)
		json_add(list, json_text(span_text(f->items[i].path)));
	json_put_int(v, "people", (int64_t)x->count);
	json_put_int(v, "keys", (int64_t)x->keys);
	json_put(v, "files", list);
	cli_answer(v);
}

static bool
read_all(struct people_import *x, struct err *e)
{
	const char *signers = option_text(x->in, "allowed-signers");
	const char *keyring = option_text(x->in, "keyring");

	if (!option_need(x->in, "into", &x->folder, e))
		return false;
	if (signers == NULL && keyring == NULL) {
		err_set(e, ERR_USAGE, "nothing to read is named");
		return err_hint(e, "give --allowed-signers FILE, --keyring "
		    "FILE or both");
	}
	if (access(x->folder, W_OK) != 0)
		return err_errno(e, ERR_FILE_MISSING, "%s",
		    text_show(span_text(x->folder)).text);
	return (signers == NULL || take_signers(x, signers, e)) &&
	    (keyring == NULL || take_keyring(x, keyring, e));
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(import_done) struct people_import x = { .in = in,
	    .arena = arena_new(ARENA) };
	struct new_files files = { .x = &x };

	if (!read_all(&x, e))
		return -1;
	for (size_t i = 0; i < x.count; i++)
		if (!person_plan(&files, &x.people[i], e))
			return -1;
	if (!files_write(&files, e))
		return -1;
	answer(&x, &files);
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "allowed-signers", 0, "FILE", "SSH keys, as in "
	    "gpg.ssh.allowedSignersFile of git", false },
	{ "keyring", 0, "FILE", "OpenPGP keys, as gpg --export writes them",
	    false },
	{ "into", 0, "DIR", "working folder of the config repo", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command people_import_command = {
	.name = "people import",
	.summary = "write files of people/ from allowed_signers and a keyring",
	.arguments = "",
	.options = options,
	.details = "Keys with one e-mail address become one person, named "
	    "after its first part. A\nline that people/ cannot say (a pattern, "
	    "a certificate authority, a time without\nZ, a key that is not for "
	    "git) is an error that names it; then nothing is written,\nand no "
	    "file that is there is touched. Who may do what is up to groups "
	    "and policies:\na person by itself may do nothing.",
	.example = "gpg --export > people.gpg\n"
	    "tagseal people import --allowed-signers .git/allowed_signers "
	    "\\\n    --keyring people.gpg --into .\n"
	    "tagseal check --folder .",
	.json = true,
	.run = run,
};

/* token - see token.h. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/token.h"
#include "daemon/local.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "wire/signer.h"

#define PATIENCE	60000	/* ms for an answer: new RSA keys take long */
#define CERTIFICATE_SIZE ((uint64_t)1 << 20)	/* bytes of a PEM file */

struct token {
	struct local	 signer;
	const char	*uri;
};

/* What the signer is told on its command line: see signer/command.c. */
enum { FIXED = 3, EACH = 4 };

struct arguments {
	const char	*list[FIXED + EACH * SIGNER_LOCAL_TOKENS + 1];
	size_t		 count;
};

static void
argument_add(struct arguments *a, const char *text)
{
	a->list[a->count++] = text;
}

/* Without --module, the one of the environment, or p11-kit's own. */
static const char *
module_nth(const struct invocation *in, size_t n)
{
	const char *path = option_nth(in, "module", n);

	if (path != NULL || n > 0)
		return path;
	path = getenv("TAGSEAL_MODULE");
	return path != NULL && path[0] != '\0' ? path : "p11-kit-proxy.so";
}

/* A PIN that is tried on another token than its own costs an attempt. */
static bool
numbers_fit(const struct invocation *in, size_t modules, struct err *e)
{
	static const char *const options[] = { "pin-file",
	    "module-parameters" };

	if (modules > SIGNER_LOCAL_TOKENS)
		return err_set(e, ERR_USAGE, "more than %d --module",
		    SIGNER_LOCAL_TOKENS);
	for (size_t i = 0; i < COUNT(options); i++)
		if (option_nth(in, options[i], modules) != NULL)
			return err_set(e, ERR_USAGE,
			    "more --%s than modules", options[i]);
	return modules == 1 || option_nth(in, "pin-file", 0) == NULL ||
	    option_nth(in, "pin-file", modules - 1) != NULL ||
	    err_set(e, ERR_USAGE, "--pin-file wants one file of each "
	    "--module, in the same order");
}

static bool
arguments_make(const struct invocation *in, const char *uri,
    struct arguments *a, struct err *e)
{
	size_t modules = 1;

	while (module_nth(in, modules) != NULL)
		modules++;
	if (!numbers_fit(in, modules, e))
		return false;
	argument_add(a, "local");
	argument_add(a, uri);
	argument_add(a, option_given(in, "last-try") ? "last-try" : "careful");
	for (size_t i = 0; i < modules; i++) {
		const char *parameters = option_nth(in, "module-parameters",
		    i);
		const char *file = option_nth(in, "pin-file", i);

		argument_add(a, module_nth(in, i));
		argument_add(a, parameters == NULL ? "" : parameters);
		argument_add(a, file != NULL ? "file" :
		    getenv("TAGSEAL_PIN") != NULL ? "environment" : "none");
		argument_add(a, file != NULL ? file : "TAGSEAL_PIN");
	}
	return true;
}

bool
token_open(const struct invocation *in, const char *uri, struct token **out,
    struct err *e)
{
	static const char *const keep[] = { "TAGSEAL_PIN", "TAGSEAL_LOG",
	    SIGNER_VARIABLES, NULL };
	struct arguments arguments = { .count = 0 };

	if (!arguments_make(in, uri, &arguments, e))
		return false;
	struct token *t = xcalloc(1, sizeof(*t));

	t->uri = uri;
	if (!local_start(&(struct local_terms){ .role = "signer",
	    .arguments = arguments.list, .keep = keep, .rows = signer_answers,
	    .row_count = signer_answer_count }, &t->signer, e)) {
		free(t);
		return false;
	}
	*out = t;
	return true;
}

void
token_close(struct token *t)
{
	if (t == NULL)
		return;
	local_done(&t->signer);
	free(t);
}

/* Asks one thing; the answer, of the type that goes with it, is in *m. */
static bool
ask_with(struct token *t, uint8_t type, const struct buf *body,
    const int *fds, size_t fd_count, uint8_t wanted, struct message *m,
    struct err *e)
{
	struct channel *c = &t->signer.channel;

	if (!stream_send(c, type, buf_span(body), fds, fd_count,
	    clock_in(PATIENCE), e) ||
	    !stream_receive(c, SIGNER_MESSAGE_LIMIT, m, clock_in(PATIENCE), e))
		return local_failed(&t->signer, e);
	if (m->type == wanted)
		return true;
	struct reader r = rd_open(buf_span(&m->body));
	if (m->type != SIGNER_FAILED || !wire_get_err(&r, e) ||
	    e->what == NULL)
		wire_malformed(e, "answer of the signer");
	message_done(m);
	return false;
}

static bool
ask(struct token *t, uint8_t type, const struct buf *body, uint8_t wanted,
    struct message *m, struct err *e)
{
	return ask_with(t, type, body, NULL, 0, wanted, m, e);
}

/* Asks for key records, and gives them in the arena. */
static bool
ask_records(struct token *t, uint8_t type, const struct buf *body,
    uint8_t wanted, struct arena *a, struct key_record **out, size_t *count,
    struct err *e)
{
	struct message m;

	if (!ask(t, type, body, wanted, &m, e))
		return false;
	bool ok = key_records_read(buf_span(&m.body), a, out, count, e);
	message_done(&m);
	return ok;
}

/* One record of each token that has it, the one to use first. */
static bool
check_uri(struct token *t, struct arena *a, struct key_record **out,
    size_t *count, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	text_body_write(span_text(t->uri), &body);
	return ask_records(t, SIGNER_KEY_CHECK, &body, SIGNER_CHECKED, a, out,
	    count, e) && (*count > 0 || wire_malformed(e, "checked"));
}

bool
token_find(struct token *t, struct arena *a, struct token_key *out,
    struct err *e)
{
	struct key_record *records;
	struct public_key key;
	size_t count;

	if (!check_uri(t, a, &records, &count, e) ||
	    !public_key_parse(records[0].public_key, &key, e))
		return false;
	*out = (struct token_key){ records[0].public_key, key.kind };
	return true;
}

static bool
take_values(const struct message *m, size_t count, struct span *values,
    struct arena *a, struct err *e)
{
	struct signature_item *items;
	size_t n;

	return signed_read(buf_span(&m->body), a, &items, &n, e) &&
	    signed_values(items, n, count, values, e);
}

bool
token_sign_items(struct token *t, const struct sign_item *items, size_t count,
    struct span *values, struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf list = { 0 }, body = { 0 };
	struct merkle_hash root;
	struct message m;

	if (!sign_list_write(items, count, &list, &root, e))
		return false;
	sign_local_write(&(struct sign_local_request){ span_text(t->uri),
	    buf_span(&list) }, &body);
	if (!ask(t, SIGNER_SIGN_LOCAL, &body, SIGNER_SIGNED, &m, e))
		return false;
	bool ok = take_values(&m, count, values, a, e);
	message_done(&m);
	return ok;
}

bool
token_sign(struct token *t, const struct to_be_signed *what, const char *file,
    struct span *value, struct arena *a, struct err *e)
{
	struct sign_item item = { span_text(file), *what };

	return token_sign_items(t, &item, 1, value, a, e);
}

static bool
digest_of_name(const char *name, enum digest_kind *out, struct err *e)
{
	*out = DIGEST_SHA256;
	return name == NULL || digest_find(span_text(name), out) ||
	    err_set(e, ERR_USAGE, "--digest '%s' is none of sha256, sha384, "
	    "sha512", text_show(span_text(name)).text);
}

bool
token_signature_kind(const struct token_key *key, const char *digest,
    enum signature_kind *out, struct err *e)
{
	enum digest_kind kind;

	if (!digest_of_name(digest, &kind, e))
		return false;
	if (!signature_for(key->kind, kind, out))
		return err_set(e, ERR_USAGE, "the key cannot sign with %s",
		    digest_rows[kind].name);
	return true;
}

bool
token_identity(struct token *t, const char *path, const char *digest,
    struct arena *a, struct signing_identity *out, struct err *e)
{
	CLEANUP(buf_done) struct buf pem = { 0 };
	struct signing_identity id;
	enum digest_kind kind;
	struct token_key key;
	struct span spki;

	if (!digest_of_name(digest, &kind, e) ||
	    !file_load(path, CERTIFICATE_SIZE, &pem, e))
		return false;
	if (!identity_read(buf_span(&pem), kind, a, &id, &spki, e))
		return err_at(e, "%s", path);
	if (!token_find(t, a, &key, e))
		return false;
	if (!span_eq(spki, key.spki))
		return err_set(e, ERR_CERTIFICATE_KEY, "%s: the first "
		    "certificate is not for the key %s", path, t->uri);
	*out = id;
	return true;
}

/* ---- answers for people */

static bool
record_json(const struct key_record *record, struct json **out, struct err *e)
{
	return json_parse(record->json, out, e);
}

bool
token_make(struct token *t, const char *algorithm, const char *label,
    struct json **out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf body = { 0 };
	struct key_record *records;
	size_t count;

	key_make_write(&(struct key_make_request){ span_text(""),
	    span_text(algorithm), span_text(label) }, &body);
	if (!ask_records(t, SIGNER_KEY_MAKE, &body, SIGNER_MADE, a, &records,
	    &count, e))
		return false;
	return count == 1 ? record_json(&records[0], out, e) :
	    wire_malformed(e, "made");
}

bool
token_import(struct token *t, const char *label, int file, int passphrase,
    struct json **out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf body = { 0 };
	CLEANUP(message_done) struct message m = { 0 };
	const int fds[] = { file, passphrase };
	struct key_record *records;
	size_t count;

	key_import_write(&(struct key_import_request){ span_text(""),
	    span_text(label) }, &body);
	if (!ask_with(t, SIGNER_KEY_IMPORT, &body, fds, COUNT(fds),
	    SIGNER_MADE, &m, e) || !key_records_read(buf_span(&m.body), a,
	    &records, &count, e))
		return false;
	return count == 1 ? record_json(&records[0], out, e) :
	    wire_malformed(e, "made");
}

bool
token_list(struct token *t, struct json **out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(64 << 20);
	CLEANUP(json_done) struct json *list = json_list();
	CLEANUP(buf_done) struct buf body = { 0 };
	struct key_record *records;
	size_t count;

	text_body_write(span_text(""), &body);
	if (!ask_records(t, SIGNER_KEY_LIST, &body, SIGNER_LISTED, a,
	    &records, &count, e))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct json *v = NULL;

		if (!record_json(&records[i], &v, e))
			return false;
		json_add(list, v);
	}
	*out = TAKE(list);
	return true;
}

bool
token_check(struct token *t, struct json **out, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(json_done) struct json *v = NULL;
	struct key_record *records;
	size_t count;

	if (!check_uri(t, a, &records, &count, e) ||
	    !record_json(&records[0], &v, e))
		return false;
	if (count > 1) {
		struct json *copies = json_list();

		json_put(v, "copies", copies);
		for (size_t i = 1; i < count; i++) {
			struct json *copy = NULL;

			if (!record_json(&records[i], &copy, e))
				return false;
			json_add(copies, copy);
		}
	}
	*out = TAKE(v);
	return true;
}

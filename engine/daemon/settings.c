/* settings - see settings.h. */
#include <string.h>

#include "base/text.h"
#include "daemon/secret.h"
#include "daemon/settings.h"
#include "wire/courier.h"
#include "wire/settings.h"

void
buf_wipe(struct buf *b)
{
	if (b->ptr != NULL)
		explicit_bzero(b->ptr, b->size);
	buf_done(b);
}

/* Lists of the model are const; those of the wire are the reader's own. */
static bool
texts_take(struct arena *a, const struct text_list *from, struct span **to,
    size_t *count, struct err *e)
{
	struct span *list = ARENA_ARRAY(a, struct span, from->count + 1);

	if (list == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < from->count; i++)
		list[i] = from->items[i];
	*to = list;
	*count = from->count;
	return true;
}

/* ---- courier ---- */

/* The secret is copied once more, into what the caller wipes. */
static bool
credential_read(const struct credential *c, struct courier_credential *out,
    struct secret *secret, struct arena *a, struct err *e)
{
	if (!span_is(c->process, "courier"))
		return err_set(e, ERR_CONFIG_VALUE, "%s:%u:%u: credential "
		    "'%s' is for '%s': only the courier is given secrets",
		    c->at.file, c->at.line, c->at.column,
		    text_show(c->name).text, text_show(c->process).text);
	if (!secret_read(&c->source, secret, e))
		return err_at(e, "%s:%u:%u: credential '%s'", c->at.file,
		    c->at.line, c->at.column, text_show(c->name).text);
	out->name = c->name;
	out->user = c->user;
	out->token = (struct span){ secret->bytes, secret->len };
	return texts_take(a, &c->hosts, &out->hosts, &out->host_count, e);
}

struct secrets {
	struct secret	*items;
	size_t		 count;
};

static void
secrets_wipe(struct secrets *s)
{
	for (size_t i = 0; i < s->count; i++)
		secret_wipe(&s->items[i]);
	free_done(&s->items);
}

static bool
credentials_read(const struct source *s, struct courier_settings *out,
    struct secrets *secrets, struct err *e)
{
	size_t count = s->file->credentials.count;

	out->credentials = ARENA_ARRAY(s->arena, struct courier_credential,
	    count + 1);
	if (out->credentials == NULL)
		return err_budget(e, s->arena);
	secrets->items = xcalloc(count + 1, sizeof(*secrets->items));
	secrets->count = count;
	for (size_t i = 0; i < count; i++)
		if (!credential_read(&s->file->credentials.items[i],
		    &out->credentials[i], &secrets->items[i], s->arena, e))
			return false;
	out->credential_count = count;
	return true;
}

static bool
connections_take(const struct source *s, struct courier_settings *out,
    struct err *e)
{
	size_t count = s->file->connections.count;

	out->connections = ARENA_ARRAY(s->arena, struct courier_connection,
	    count + 1);
	if (out->connections == NULL)
		return err_budget(e, s->arena);
	for (size_t i = 0; i < count; i++) {
		const struct connection *from =
		    &s->file->connections.items[i];
		struct courier_connection *to = &out->connections[i];

		to->ca = from->ca;
		to->certificate = from->client.certificate;
		to->key = from->client.key;
		to->proxy = from->proxy;
		to->forge = from->forge;
		to->ssh_key = from->ssh.key;
		to->known_hosts = from->ssh.known_hosts;
		if (!texts_take(s->arena, &from->hosts, &to->hosts,
		    &to->host_count, e))
			return false;
	}
	out->connection_count = count;
	return true;
}

bool
courier_part(const struct source *s, bool quiet, struct buf *out,
    struct err *e)
{
	CLEANUP(secrets_wipe) struct secrets secrets = { 0 };
	struct span stores[] = { s->state->ledger };
	const struct engine_file *f = s->file;
	struct courier_settings c = {
		.mirrors = s->state->mirrors,
		.user = s->state->courier_user,
		.where_possible = f->sandbox == SANDBOX_WHERE_POSSIBLE,
		.json = f->log == LOG_FORM_JSON,
		.quiet = quiet,
		.stores = stores, .store_count = COUNT(stores),
	};

	if (!texts_take(s->arena, &f->repositories, &c.repositories,
	    &c.repository_count, e) ||
	    !texts_take(s->arena, &f->outputs, &c.outputs, &c.output_count,
	    e) || !connections_take(s, &c, e) ||
	    !credentials_read(s, &c, &secrets, e))
		return false;
	/* At once, so that no copy stays behind where a buffer was. */
	buf_reserve(out, COURIER_SETTINGS_LIMIT);
	courier_settings_write(&c, out);
	return true;
}

/* ---- signer ---- */

static struct role_settings
role_of(const struct engine_file *f, struct span user)
{
	return (struct role_settings){ .user = user,
	    .where_possible = f->sandbox == SANDBOX_WHERE_POSSIBLE,
	    .json = f->log == LOG_FORM_JSON };
}

static void
pin_place_of(const struct secret_source *p, struct token_settings *out)
{
	const struct {
		struct span	name;
		enum pin_place	place;
	} places[] = {
		{ p->file, PIN_PLACE_FILE },
		{ p->environment, PIN_PLACE_ENVIRONMENT },
		{ p->credential, PIN_PLACE_CREDENTIAL },
	};

	for (size_t i = 0; i < COUNT(places); i++)
		if (places[i].name.len > 0) {
			out->pin_from = places[i].place;
			out->pin_name = places[i].name;
		}
}

static bool
token_of(const struct token *t, struct arena *a, struct token_settings *out,
    struct err *e)
{
	out->module = t->module;
	out->token = t->token;
	out->serial = t->serial;
	out->parameters = t->parameters;
	out->sessions = t->sessions;
	out->call_limit = t->call_limit;
	pin_place_of(&t->pin, out);
	return texts_take(a, &t->access.read, &out->read, &out->read_count,
	    e) && texts_take(a, &t->access.write, &out->write,
	    &out->write_count, e) && texts_take(a, &t->access.sockets,
	    &out->sockets, &out->socket_count, e);
}

static bool
tokens_of(const struct source *s, struct signer_settings *out, struct err *e)
{
	size_t count = s->file->tokens.count;

	out->tokens = ARENA_ARRAY(s->arena, struct token_settings, count + 1);
	if (out->tokens == NULL)
		return err_budget(e, s->arena);
	for (size_t i = 0; i < count; i++)
		if (!token_of(&s->file->tokens.items[i], s->arena,
		    &out->tokens[i], e))
			return false;
	out->token_count = count;
	return true;
}

/* A verifier key is NAME+ID+KEY; the name is the ledger's id. */
static struct span
origin_of(const struct engine_file *f)
{
	struct span rest = f->ledger.keys.items[0], name = { 0 };

	return span_split(&rest, '+', &name) ? name : (struct span){ 0 };
}

/* Nothing, where engine.yaml has no ledger.at-least. */
static struct span
least_root_of(const struct ledger_floor *floor)
{
	return floor->size > 0 ? SPAN(floor->root) : (struct span){ 0 };
}

bool
signer_part(const struct source *s, struct buf *out, struct err *e)
{
	const struct engine_file *f = s->file;
	struct signer_settings g = {
		.role = role_of(f, s->state->signer_user),
		.engine = f->engine,
		.state = s->state->signer,
		.origin = origin_of(f),
		.least_size = f->ledger.at_least.size,
		.least_root = least_root_of(&f->ledger.at_least),
		.begins = s->terms->begins,
	};

	if (!texts_take(s->arena, &f->ledger.keys, &g.log_keys,
	    &g.log_key_count, e) || !tokens_of(s, &g, e))
		return false;
	signer_settings_write(&g, out);
	return true;
}

/* ---- judge ---- */

bool
judge_part(const struct source *s, struct buf *out, struct err *e)
{
	const struct engine_file *f = s->file;
	const struct config_root *root = &f->config.root;
	struct judge_settings j = {
		.role = role_of(f, s->state->judge_user),
		.engine = f->engine,
		.config_repo = f->config.id,
		.config_credential = f->config.credential,
		.ledger_credential = f->ledger.credential,
		.root_commit = root->commit,
		.root_payload = SPAN(root->payload_sha256),
		.root_manifest = SPAN(root->manifest_sha256),
		.least_size = f->ledger.at_least.size,
		.least_root = least_root_of(&f->ledger.at_least),
		.state = s->state->judge,
		.mirrors = s->state->mirrors,
		.recovery = s->state->recovery,
		.recovery_threshold = f->recovery.threshold,
		.poll = f->poll,
		.once = s->terms->once || s->terms->begins,
		.begins = s->terms->begins,
	};

	if (!texts_take(s->arena, &f->config.urls, &j.urls, &j.url_count, e) ||
	    !texts_take(s->arena, &f->recovery.keys, &j.recovery_keys,
	    &j.recovery_key_count, e) ||
	    !texts_take(s->arena, &f->ledger.keys, &j.log_keys,
	    &j.log_key_count, e) ||
	    !texts_take(s->arena, &f->repositories, &j.repositories,
	    &j.repository_count, e) ||
	    !texts_take(s->arena, &f->outputs, &j.outputs, &j.output_count, e))
		return false;
	judge_settings_write(&j, out);
	return true;
}

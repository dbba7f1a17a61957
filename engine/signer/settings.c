/* settings - see settings.h. */
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "signer/settings.h"
#include "signer/state.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/sandbox.h"
#include "wire/stream.h"

#define SETTINGS_MEMORY	(32 * SETTINGS_LIMIT)

static const enum pin_from pin_sources[PIN_PLACES] = {
	[PIN_PLACE_NONE]	= PIN_NONE,
	[PIN_PLACE_FILE]	= PIN_FILE,
	[PIN_PLACE_ENVIRONMENT]	= PIN_ENVIRONMENT,
	[PIN_PLACE_CREDENTIAL]	= PIN_CREDENTIAL,
};

struct signer_part
part_new(void)
{
	return (struct signer_part){
		.arena = arena_new(SETTINGS_MEMORY),
		.log = { .fd = STDERR_FILENO, .process = "signer",
		    .least = LOG_LEVEL_INFO, .now = clock_now },
		.terms.state = -1,
	};
}

void
part_done(struct signer_part *p)
{
	fd_done(&p->terms.state);
	arena_done(&p->arena);
}

/* A list of paths that ends with NULL, as the sandbox wants it. */
struct path_list {
	const char	**paths;
	size_t		  count;
};

static bool
path_put(struct arena *a, struct path_list *list, const char *path,
    struct err *e)
{
	const char **grown = arena_grow(a, list->paths, list->count,
	    sizeof(*list->paths));

	if (grown == NULL)
		return err_budget(e, a);
	list->paths = grown;
	list->paths[list->count++] = path;
	return true;
}

static bool
paths_put(struct arena *a, struct path_list *list, const struct span *paths,
    size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		const char *path;

		if (!wire_text(a, paths[i], &path, e) ||
		    !path_put(a, list, path, e))
			return false;
	}
	return true;
}

static bool
token_make(struct arena *a, const struct token_settings *from,
    struct keystore_terms *out, struct err *e)
{
	struct keystore_terms t = { .pin.from = pin_sources[from->pin_from],
	    .pin.fd = -1 };

	if (from->token.len > 0)
		t.token = from->token;
	if (from->serial.len > 0)
		t.serial = from->serial;
	t.sessions = from->sessions < LIMIT_TOKEN_SESSIONS ?
	    (unsigned)from->sessions : LIMIT_TOKEN_SESSIONS;
	t.limit = from->call_limit < LIMIT_TOKEN_CALL ?
	    (int64_t)from->call_limit * 1000 : LIMIT_TOKEN_CALL * 1000;
	if ((from->parameters.len > 0 &&
	    !wire_text(a, from->parameters, &t.parameters, e)) ||
	    !wire_text(a, from->module, &t.module, e) ||
	    !wire_text(a, from->pin_name, &t.pin.name, e))
		return false;
	*out = t;
	return true;
}

static bool
tokens_make(struct signer_part *p, struct err *e)
{
	const struct signer_settings *s = &p->given;
	struct keystore_terms *tokens = ARENA_ARRAY(p->arena,
	    struct keystore_terms, s->token_count);

	if (tokens == NULL)
		return err_budget(e, p->arena);
	for (size_t i = 0; i < s->token_count; i++)
		if (!token_make(p->arena, &s->tokens[i], &tokens[i], e))
			return false;
	p->terms.tokens = tokens;
	p->terms.token_count = s->token_count;
	return true;
}

static bool
log_keys_make(struct signer_part *p, struct err *e)
{
	const struct signer_settings *s = &p->given;
	struct note_key *keys = ARENA_ARRAY(p->arena, struct note_key,
	    s->log_key_count);

	if (keys == NULL)
		return err_budget(e, p->arena);
	for (size_t i = 0; i < s->log_key_count; i++)
		if (!note_key_parse(p->arena, s->log_keys[i], &keys[i], e))
			return err_at(e, "ledger.keys");
	p->terms.log_keys = keys;
	p->terms.log_key_count = s->log_key_count;
	return true;
}

/* A ledger of some size has a root. */
static bool
floor_make(struct signer_part *p, struct err *e)
{
	const struct signer_settings *s = &p->given;

	p->terms.least_size = s->least_size;
	p->terms.begins = s->begins;
	return s->least_size == 0 ||
	    merkle_read(s->least_root, &p->terms.least_root) ||
	    wire_malformed(e, "settings");
}

static bool
terms_make(struct signer_part *p, struct err *e)
{
	p->log.json = p->given.role.json;
	p->terms.log = &p->log;
	p->terms.peer = "judge";
	p->terms.engine = p->given.engine;
	p->terms.origin = p->given.origin;
	return tokens_make(p, e) && log_keys_make(p, e) && floor_make(p, e);
}

bool
part_load(struct signer_part *p, int fd, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *state;

	if (!file_load_fd(fd, "settings", SETTINGS_LIMIT, &b, e) ||
	    !signer_settings_read(buf_span(&b), p->arena, &p->given, e) ||
	    !terms_make(p, e) ||
	    !wire_text(p->arena, p->given.state, &state, e))
		return err_at(e, "settings of the signer");
	return state_open(state, &p->terms.state, e);
}

/*
 * What one token's module may reach, all may: they share the process. Landlock
 * knows no right to connect to a socket, so there seccomp decides alone.
 */
static bool
access_make(const struct signer_part *p, struct path_list *read,
    struct path_list *write, bool *sockets, struct err *e)
{
	for (size_t i = 0; i < p->given.token_count; i++) {
		const struct token_settings *t = &p->given.tokens[i];

		if (!paths_put(p->arena, read, t->read, t->read_count, e) ||
		    !paths_put(p->arena, write, t->write, t->write_count, e))
			return false;
		*sockets = *sockets || t->socket_count > 0;
	}
	return path_put(p->arena, read, NULL, e) &&
	    path_put(p->arena, write, NULL, e);
}

bool
part_confine(struct signer_part *p, struct err *e)
{
	const struct role_settings *role = &p->given.role;
	struct path_list read = { 0 }, write = { 0 };
	struct sandbox_terms t = { .where_possible = role->where_possible };

	if (!access_make(p, &read, &write, &t.unix_sockets, e) ||
	    (role->user.len > 0 &&
	    !wire_text(p->arena, role->user, &t.user, e)))
		return false;
	t.read = read.paths;
	t.write = write.paths;
	if (!sandbox_enter(SANDBOX_SIGNER, &t, &p->sandbox, e))
		return false;
	p->terms.sandbox = &p->sandbox;
	sandbox_log(&p->log, &p->sandbox);
	return true;
}

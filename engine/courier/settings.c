/* settings - see settings.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "courier/forge.h"
#include "courier/settings.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/sandbox.h"

#define FILES		5	/* of one row of connections */
#define SETTINGS_MEMORY	(8 * COURIER_SETTINGS_LIMIT)

/* text_or_null is wire_text, with NULL for what is empty. */
static bool
text_or_null(struct arena *a, struct span s, const char **out, struct err *e)
{
	*out = NULL;
	return s.len == 0 || wire_text(a, s, out, e);
}

bool
courier_load(struct courier *c, int fd, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct courier_settings *s = &c->given;

	c->arena = arena_new(SETTINGS_MEMORY);
	if (!file_load_fd(fd, "settings", COURIER_SETTINGS_LIMIT, &b, e) ||
	    !courier_settings_read(buf_span(&b), c->arena, s, e) ||
	    !text_or_null(c->arena, s->mirrors, &c->mirrors, e) ||
	    !text_or_null(c->arena, s->user, &c->user, e) ||
	    !wire_texts(c->arena, s->stores, s->store_count, &c->stores, e) ||
	    !wire_texts(c->arena, s->repositories, s->repository_count,
	    &c->repositories, e) ||
	    !wire_texts(c->arena, s->outputs, s->output_count, &c->outputs, e))
		return err_at(e, "settings of the courier");
	c->log = (struct log){ .fd = s->quiet ? -1 : 2, .process = "courier",
	    .json = s->json, .least = LOG_LEVEL_INFO, .now = clock_now };
	return true;
}

void
courier_done(struct courier *c)
{
	arena_done(&c->arena);
}

/* list_add copies a list that ends with NULL behind what is there. */
static size_t
list_add(const char **to, size_t n, const char *const *from)
{
	for (; from != NULL && *from != NULL; from++)
		to[n++] = *from;
	return n;
}

/* files_of lists the files that the rows of connections name. */
static bool
files_of(const struct courier *c, const char *const **out, struct err *e)
{
	const struct courier_settings *s = &c->given;
	struct span *files = ARENA_ARRAY(c->arena, struct span,
	    FILES * s->connection_count + 1);
	size_t n = 0;

	if (files == NULL)
		return err_budget(e, c->arena);
	for (size_t i = 0; i < s->connection_count; i++) {
		const struct courier_connection *w = &s->connections[i];
		const struct span all[FILES] = { w->ca, w->certificate,
		    w->key, w->ssh_key, w->known_hosts };

		for (size_t k = 0; k < FILES; k++)
			if (all[k].len > 0)
				files[n++] = all[k];
	}
	return wire_texts(c->arena, files, n, out, e);
}

bool
courier_confine(const struct courier *c, struct err *e)
{
	const char *const own[] = { c->mirrors, NULL };
	const struct courier_settings *s = &c->given;
	const char **read = ARENA_ARRAY(c->arena, const char *,
	    s->store_count + FILES * s->connection_count + 1);
	const char **write = ARENA_ARRAY(c->arena, const char *,
	    s->repository_count + s->output_count + 2);
	const char *const *files;
	struct sandbox_report report;

	if (read == NULL || write == NULL)
		return err_budget(e, c->arena);
	if (!files_of(c, &files, e))
		return false;
	list_add(read, list_add(read, 0, c->stores), files);
	size_t n = list_add(write, 0, c->repositories);
	n = list_add(write, n, c->outputs);
	list_add(write, n, own);
	const struct sandbox_terms terms = { .read = read, .write = write,
	    .user = c->user, .where_possible = s->where_possible };
	if (!sandbox_enter(SANDBOX_COURIER, &terms, &report, e))
		return false;
	sandbox_log(&c->log, &report);
	return true;
}

static const struct courier_credential *
credential_find(const struct courier *c, struct span name)
{
	for (size_t i = 0; i < c->given.credential_count; i++)
		if (span_eq(c->given.credentials[i].name, name))
			return &c->given.credentials[i];
	return NULL;
}

/* row_has: 2 by name, 1 as one of all others, 0 not at all. */
static int
row_has(const struct courier_connection *w, const struct url *u)
{
	for (size_t i = 0; i < w->host_count; i++)
		if (url_at(u, w->hosts[i]))
			return 2;
	return w->host_count == 0;
}

const struct courier_connection *
courier_connection(const struct courier *c, const struct url *u)
{
	const struct courier_connection *best = NULL;
	int found = 0;

	for (size_t i = 0; i < c->given.connection_count; i++) {
		const struct courier_connection *w = &c->given.connections[i];
		int has = row_has(w, u);

		if (has > found) {
			found = has;
			best = w;
		}
	}
	return best;
}

static bool
connection_add(const struct courier *c, const char *url, struct arena *a,
    struct http_rules *rules, struct err *e)
{
	struct err unused;	/* a bad URL is refused when it is asked */
	struct url u;
	const struct courier_connection *w =
	    url_parse(SPAN_TEXT(url), &u, &unused) ? courier_connection(c, &u) :
	    NULL;

	if (w != NULL)
		forge_rules(w->forge, &u, rules);
	return w == NULL || (text_or_null(a, w->ca, &rules->ca_file, e) &&
	    text_or_null(a, w->certificate, &rules->certificate, e) &&
	    text_or_null(a, w->key, &rules->key, e) &&
	    text_or_null(a, w->proxy, &rules->proxy, e));
}

static bool
credential_add(const struct courier *c, const char *url,
    struct span credential, struct arena *a, struct http_rules *rules,
    struct err *e)
{
	const struct courier_credential *found = credential_find(c,
	    credential);

	if (found == NULL)
		return err_set(e, ERR_COURIER_CREDENTIAL, "there is no "
		    "credential '%s'", text_show(credential).text);
	if (!wire_text(a, found->token, &rules->token, e) ||
	    !text_or_null(a, found->user, &rules->token_user, e) ||
	    !wire_texts(a, found->hosts, found->host_count,
	    &rules->token_hosts, e))
		return false;
	return http_token_check(rules, url, e) ||
	    err_at(e, "credential '%s'", text_show(credential).text);
}

bool
courier_rules(const struct courier *c, const char *url,
    struct span credential, struct arena *a, struct http_rules *out,
    struct err *e)
{
	struct http_rules rules = { .ca_file = NULL };

	if (!connection_add(c, url, a, &rules, e) || (credential.len > 0 &&
	    !credential_add(c, url, credential, a, &rules, e)))
		return false;
	*out = rules;
	return true;
}

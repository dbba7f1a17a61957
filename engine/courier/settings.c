/* settings - see settings.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "courier/settings.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/sandbox.h"

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
	    !text_or_null(c->arena, s->ca_file, &c->ca_file, e) ||
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

bool
courier_confine(const struct courier *c, struct err *e)
{
	const char *const single[] = { c->ca_file, NULL };
	const char *const own[] = { c->mirrors, NULL };
	const struct courier_settings *s = &c->given;
	const char **read = ARENA_ARRAY(c->arena, const char *,
	    s->store_count + 2);
	const char **write = ARENA_ARRAY(c->arena, const char *,
	    s->repository_count + s->output_count + 2);
	struct sandbox_report report;

	if (read == NULL || write == NULL)
		return err_budget(e, c->arena);
	list_add(read, list_add(read, 0, c->stores), single);
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

bool
courier_rules(const struct courier *c, const char *url,
    struct span credential, struct arena *a, struct http_rules *out,
    struct err *e)
{
	struct http_rules rules = { .ca_file = c->ca_file };

	if (credential.len == 0) {
		*out = rules;
		return true;
	}
	const struct courier_credential *found = credential_find(c,
	    credential);
	if (found == NULL)
		return err_set(e, ERR_COURIER_CREDENTIAL, "there is no "
		    "credential '%s'", text_show(credential).text);
	if (!wire_text(a, found->token, &rules.token, e) ||
	    !text_or_null(a, found->user, &rules.token_user, e) ||
	    !wire_texts(a, found->hosts, found->host_count, &rules.token_hosts,
	    e))
		return false;
	if (!http_token_check(&rules, url, e))
		return err_at(e, "credential '%s'",
		    text_show(credential).text);
	*out = rules;
	return true;
}

/* courier_settings - what a courier starts with: see courier.h. */
#include "base/limits.h"
#include "wire/courier.h"

/* The texts of the settings, and their lists, in the order of the wire. */
#define SETTINGS_TEXTS(s) { &(s)->mirrors, &(s)->user }
#define CONNECTION_TEXTS(c) {						\
	&(c)->ca, &(c)->certificate, &(c)->key, &(c)->proxy,		\
	&(c)->forge, &(c)->ssh_key, &(c)->known_hosts			\
}
#define SETTINGS_LISTS(s) {						\
	{ &(s)->stores, &(s)->store_count },				\
	{ &(s)->repositories, &(s)->repository_count },			\
	{ &(s)->outputs, &(s)->output_count },				\
}

static void
connection_write(const struct courier_connection *c, struct buf *b)
{
	const struct span *const texts[] = CONNECTION_TEXTS(c);

	wire_put_list(b, c->hosts, c->host_count);
	for (size_t i = 0; i < COUNT(texts); i++)
		buf_str(b, *texts[i]);
}

static void
credential_write(const struct courier_credential *c, struct buf *b)
{
	buf_str(b, c->name);
	buf_str(b, c->token);
	buf_str(b, c->user);
	wire_put_list(b, c->hosts, c->host_count);
}

void
courier_settings_write(const struct courier_settings *s, struct buf *b)
{
	const struct span *const texts[] = SETTINGS_TEXTS(s);
	const struct {
		struct span *const	*items;
		const size_t		*count;
	} lists[] = SETTINGS_LISTS(s);

	for (size_t i = 0; i < COUNT(texts); i++)
		buf_str(b, *texts[i]);
	buf_u8(b, s->where_possible);
	buf_u8(b, s->json);
	buf_u8(b, s->quiet);
	for (size_t i = 0; i < COUNT(lists); i++)
		wire_put_list(b, *lists[i].items, *lists[i].count);
	buf_u32be(b, (uint32_t)s->credential_count);
	for (size_t i = 0; i < s->credential_count; i++)
		credential_write(&s->credentials[i], b);
	buf_u32be(b, (uint32_t)s->connection_count);
	for (size_t i = 0; i < s->connection_count; i++)
		connection_write(&s->connections[i], b);
}

static bool
credentials_read(struct reader *r, struct arena *a,
    struct courier_settings *s, struct err *e)
{
	s->credential_count = rd_u32be(r);
	if (!rd_ok(r) || s->credential_count > COURIER_SETTINGS_LIST)
		return wire_malformed(e, "settings");
	s->credentials = ARENA_ARRAY(a, struct courier_credential,
	    s->credential_count);
	if (s->credentials == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s->credential_count; i++) {
		struct courier_credential *c = &s->credentials[i];

		if (!arena_copy(a, rd_str(r), &c->name) ||
		    !arena_copy(a, rd_str(r), &c->token) ||
		    !arena_copy(a, rd_str(r), &c->user))
			return err_budget(e, a);
		if (!wire_get_list(r, COURIER_SETTINGS_LIST, a, &c->hosts,
		    &c->host_count, e))
			return false;
	}
	return true;
}

static bool
connection_read(struct reader *r, struct arena *a,
    struct courier_connection *c, struct err *e)
{
	struct span *const texts[] = CONNECTION_TEXTS(c);

	if (!wire_get_list(r, COURIER_SETTINGS_LIST, a, &c->hosts,
	    &c->host_count, e))
		return false;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (!arena_copy(a, rd_str(r), texts[i]))
			return err_budget(e, a);
	return true;
}

static bool
connections_read(struct reader *r, struct arena *a,
    struct courier_settings *s, struct err *e)
{
	s->connection_count = rd_u32be(r);
	if (!rd_ok(r) || s->connection_count > COURIER_SETTINGS_LIST)
		return wire_malformed(e, "settings");
	s->connections = ARENA_ARRAY(a, struct courier_connection,
	    s->connection_count);
	if (s->connections == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s->connection_count; i++)
		if (!connection_read(r, a, &s->connections[i], e))
			return false;
	return true;
}

bool
courier_settings_read(struct span body, struct arena *a,
    struct courier_settings *out, struct err *e)
{
	struct reader r = rd_open(body);
	struct courier_settings s = { .mirrors = { NULL, 0 } };
	struct span *const texts[] = SETTINGS_TEXTS(&s);
	const struct {
		struct span	**items;
		size_t		 *count;
	} lists[] = SETTINGS_LISTS(&s);

	for (size_t i = 0; i < COUNT(texts); i++)
		if (!arena_copy(a, rd_str(&r), texts[i]))
			return err_budget(e, a);
	unsigned where_possible = rd_u8(&r), json = rd_u8(&r);
	unsigned quiet = rd_u8(&r);
	if (where_possible > 1 || json > 1 || quiet > 1)
		return wire_malformed(e, "settings");
	s.where_possible = where_possible == 1;
	s.json = json == 1;
	s.quiet = quiet == 1;
	for (size_t i = 0; i < COUNT(lists); i++)
		if (!wire_get_list(&r, COURIER_SETTINGS_LIST, a,
		    lists[i].items, lists[i].count, e))
			return false;
	if (!credentials_read(&r, a, &s, e) ||
	    !connections_read(&r, a, &s, e))
		return false;
	*out = s;
	return wire_whole(&r, "settings", e);
}

/*
 * settings - see settings.h. Each struct has one table of its members; writer
 * and reader walk it, so that they cannot differ.
 */
#include <stddef.h>

#include "wire/settings.h"
#include "wire/stream.h"

enum member_kind { TEXT, LIST, NUMBER, FLAG };

struct member {
	enum member_kind kind;
	size_t		 at;		/* offset in the struct */
	size_t		 count_at;	/* LIST: of its size_t */
};

#define MEMBER(T, kind, name)	{ kind, offsetof(T, name), 0 }
#define MEMBERS(T, name, count)	{ LIST, offsetof(T, name), offsetof(T, count) }

static const struct member judge_members[] = {
#define T struct judge_settings
	MEMBER(T, TEXT, role.user),
	MEMBER(T, FLAG, role.where_possible),
	MEMBER(T, FLAG, role.json),
	MEMBER(T, TEXT, engine),
	MEMBER(T, TEXT, config_repo),
	MEMBERS(T, urls, url_count),
	MEMBER(T, TEXT, config_credential),
	MEMBER(T, TEXT, ledger_credential),
	MEMBER(T, TEXT, root_commit),
	MEMBER(T, TEXT, root_payload),
	MEMBER(T, TEXT, root_manifest),
	MEMBERS(T, recovery_keys, recovery_key_count),
	MEMBER(T, NUMBER, recovery_threshold),
	MEMBERS(T, log_keys, log_key_count),
	MEMBER(T, NUMBER, least_size),
	MEMBER(T, TEXT, least_root),
	MEMBER(T, TEXT, state),
	MEMBER(T, TEXT, mirrors),
	MEMBER(T, TEXT, recovery),
	MEMBERS(T, repositories, repository_count),
	MEMBERS(T, outputs, output_count),
	MEMBER(T, NUMBER, poll),
	MEMBER(T, FLAG, once),
	MEMBER(T, FLAG, begins),
#undef T
};

static const struct member signer_members[] = {
#define T struct signer_settings
	MEMBER(T, TEXT, role.user),
	MEMBER(T, FLAG, role.where_possible),
	MEMBER(T, FLAG, role.json),
	MEMBER(T, TEXT, engine),
	MEMBER(T, TEXT, state),
	MEMBER(T, TEXT, origin),
	MEMBERS(T, log_keys, log_key_count),
	MEMBER(T, NUMBER, least_size),
	MEMBER(T, TEXT, least_root),
	MEMBER(T, FLAG, begins),
#undef T
};

static const struct member token_members[] = {
#define T struct token_settings
	MEMBER(T, TEXT, module),
	MEMBER(T, TEXT, token),
	MEMBER(T, TEXT, serial),
	MEMBER(T, TEXT, parameters),
	MEMBER(T, NUMBER, sessions),
	MEMBER(T, NUMBER, call_limit),
	MEMBER(T, TEXT, pin_name),
	MEMBERS(T, read, read_count),
	MEMBERS(T, write, write_count),
	MEMBERS(T, sockets, socket_count),
#undef T
};

/* The member of one of our own structs; never of foreign bytes. */
static void *
place(void *settings, size_t at)
{
	return (char *)settings + at;
}

static const void *
const_place(const void *settings, size_t at)
{
	return (const char *)settings + at;
}

static void
member_write(const struct member *m, const void *from, struct buf *b)
{
	const void *p = const_place(from, m->at);

	switch (m->kind) {
	case TEXT:
		buf_str(b, *(const struct span *)p);
		break;
	case LIST:
		wire_put_list(b, *(struct span *const *)p,
		    *(const size_t *)const_place(from, m->count_at));
		break;
	case NUMBER:
		buf_u64be(b, *(const uint64_t *)p);
		break;
	case FLAG:
		buf_u8(b, *(const bool *)p);
		break;
	}
}

static bool
member_read(const struct member *m, struct reader *r, struct arena *a,
    void *to, struct err *e)
{
	void *p = place(to, m->at);
	unsigned flag;

	switch (m->kind) {
	case TEXT:
		return arena_copy(a, rd_str(r), p) || err_budget(e, a);
	case LIST:
		return wire_get_list(r, SETTINGS_LIST, a, p,
		    place(to, m->count_at), e);
	case NUMBER:
		*(uint64_t *)p = rd_u64be(r);
		return true;
	case FLAG:
		flag = rd_u8(r);
		*(bool *)p = flag == 1;
		return flag <= 1 || wire_malformed(e, "settings");
	}
	return wire_malformed(e, "settings");
}

static void
members_write(const struct member *list, size_t count, const void *from,
    struct buf *b)
{
	for (size_t i = 0; i < count; i++)
		member_write(&list[i], from, b);
}

static bool
members_read(const struct member *list, size_t count, struct reader *r,
    struct arena *a, void *to, struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (!member_read(&list[i], r, a, to, e))
			return false;
	return rd_ok(r) || wire_malformed(e, "settings");
}

/* Nothing, or one hash. */
static bool
hash_or_none(struct span s)
{
	return s.len == 0 || s.len == 32;
}

void
judge_settings_write(const struct judge_settings *s, struct buf *b)
{
	members_write(judge_members, COUNT(judge_members), s, b);
}

bool
judge_settings_read(struct span body, struct arena *a,
    struct judge_settings *out, struct err *e)
{
	struct judge_settings s = { .once = false };
	struct reader r = rd_open(body);

	if (!members_read(judge_members, COUNT(judge_members), &r, a, &s, e))
		return false;
	if (!rd_end(&r) || s.root_payload.len != 32 ||
	    s.root_manifest.len != 32 || !hash_or_none(s.least_root))
		return wire_malformed(e, "settings");
	*out = s;
	return true;
}

void
signer_settings_write(const struct signer_settings *s, struct buf *b)
{
	members_write(signer_members, COUNT(signer_members), s, b);
	buf_u32be(b, (uint32_t)s->token_count);
	for (size_t i = 0; i < s->token_count; i++) {
		buf_u8(b, (uint8_t)s->tokens[i].pin_from);
		members_write(token_members, COUNT(token_members),
		    &s->tokens[i], b);
	}
}

static bool
tokens_read(struct reader *r, struct arena *a, struct signer_settings *s,
    struct err *e)
{
	s->token_count = rd_u32be(r);
	if (!rd_ok(r) || s->token_count > SETTINGS_LIST)
		return wire_malformed(e, "settings");
	s->tokens = ARENA_ARRAY(a, struct token_settings, s->token_count);
	if (s->tokens == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < s->token_count; i++) {
		unsigned from = rd_u8(r);

		if (from >= PIN_PLACES)
			return wire_malformed(e, "settings");
		s->tokens[i].pin_from = (enum pin_place)from;
		if (!members_read(token_members, COUNT(token_members), r, a,
		    &s->tokens[i], e))
			return false;
	}
	return true;
}

bool
signer_settings_read(struct span body, struct arena *a,
    struct signer_settings *out, struct err *e)
{
	struct signer_settings s = { .token_count = 0 };
	struct reader r = rd_open(body);

	if (!members_read(signer_members, COUNT(signer_members), &r, a, &s,
	    e) || !tokens_read(&r, a, &s, e))
		return false;
	if (!rd_end(&r) || !hash_or_none(s.least_root))
		return wire_malformed(e, "settings");
	*out = s;
	return true;
}

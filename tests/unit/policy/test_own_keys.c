/* What people may do to their own keys, and how that is taken back. */
#include <string.h>

#include "base/text.h"
#include "organization.h"
#include "policy/chain.h"
#include "test.h"

#define NOW	(INT64_C(20000) * 86400000)

/* One entry of people/ann.yaml: the key's number, and what else it says. */
#define E(number, more)	{ number, more }
#define TO(day)		"    valid-to: \"" day "\"\n"
#define FROM(day)	"    valid-from: \"" day "\"\n"
#define REVOKED(more)	"    revoked: {at: \"2024-03-01\", reason: lost" more \
	"}\n"
#define SINCE(day)	", compromised-since: \"" day "\""

struct entry {
	uint8_t		 number;	/* 0: no more entries */
	const char	*more;
};

/* 1 is free, 2 has an end, 3 is revoked, 4 does not count yet. */
static const struct entry present[] = {
	E(11, FROM("2020-01-01")),
	E(12, FROM("2020-01-01") TO("2030-01-01")),
	E(13, REVOKED(SINCE("2024-02-20"))),
	E(14, ""),
	E(0, NULL),
};

static void
put_key(struct buf *out, const struct entry *entry)
{
	CLEANUP(buf_done) struct buf blob = { 0 };
	uint8_t key[32];

	memset(key, entry->number, sizeof(key));
	buf_str(&blob, SPAN_TEXT("ssh-ed25519"));
	buf_str(&blob, SPAN(key));
	buf_text(out, "  - ssh: \"ssh-ed25519 ");
	text_base64(buf_span(&blob), out);
	buf_printf(out, "\"\n%s", entry->more);
}

static struct config *
config_with(struct organization_files *files, const char *slug,
    const struct entry *entries)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	char path[40];

	snprintf(path, sizeof(path), "people/%s.yaml", slug);
	buf_printf(&text, "name: A\nemail: a@test\n%skeys:\n",
	    strcmp(slug, "bot") == 0 ? "kind: build-system\n" : "");
	for (; entries->number != 0; entries++)
		put_key(&text, entries);
	organization_put(files, path, buf_cstr(&text));
	return organization_config(files);
}

/* The key of ann with a number, by its bytes. */
static struct person_key
key_of(const struct config *c, const char *slug, size_t index)
{
	const struct person *p = config_person(c, SPAN_TEXT(slug));

	assert_non_null(p);
	assert_true(index < p->keys.count);
	return p->keys.items[index];
}

struct attempt {
	const char		*signer;
	size_t			 key;	/* index: which of the signer's */
	enum chain_outcome	 outcome;
	const char		*code;	/* first that speaks against, or rule */
	struct entry		 after[8];
};

/* What the first unmet finding says, or the rule of the last one. */
static const char *
said(const struct chain_decision *d)
{
	for (size_t i = 0; i < d->findings.count; i++)
		if (!d->findings.items[i].met)
			return d->findings.items[i].row->code;
	return d->findings.items[d->findings.count - 1].rule;
}

static void
judge(const char *owner, const struct attempt *t)
{
	CLEANUP(arena_done) struct arena *arena = arena_new(1 << 20);
	struct organization_files files;
	struct chain_decision d;
	struct err e;
	char path[40];

	organization_init(&files);
	CLEANUP(config_done) struct config *c = config_with(&files, owner,
	    present);
	CLEANUP(config_done) struct config *next = config_with(&files, owner,
	    t->after);
	struct span keys = SPAN_TEXT("keys");
	struct span waiting = key_of(c, owner, 3).bytes;
	struct key_before before[] = {
		{ SPAN_TEXT("ann"), { .bytes = SPAN_TEXT("gone") } },
		{ SPAN_TEXT("ann"), key_of(c, owner, 1) },
	};
	before[1].key.valid_to = 0;	/* the owner has narrowed it */
	snprintf(path, sizeof(path), "people/%s.yaml", owner);
	struct changed_path changed = { SPAN_TEXT(path), { &keys, 1 } };
	struct chain_facts f = { .paths = { &changed, 1 },
	    .signature = { .good = true, .first_seen = NOW,
	    .key = key_of(c, t->signer, t->key).bytes },
	    .next = next, .before = { before, COUNT(before) },
	    .waiting = { &waiting, 1 } };

	assert_ok(chain_decide(c, &f, arena, &d, &e), &e);
	if (d.outcome != t->outcome || strcmp(said(&d), t->code) != 0)
		fail_msg("%s by %s: %s, %s", path, t->signer,
		    chain_outcome_name(d.outcome), said(&d));
	assert_int_equal(d.delayed, strcmp(t->code, "own-keys") == 0);
	assert_int_equal(d.restores, strcmp(t->code, "restored-keys") == 0);
	assert_false(d.wants_next);
	organization_done(&files);
}

#define A	present[0]
#define B	present[1]
#define C	present[2]
#define D	present[3]
#define GOOD	CHAIN_ALLOWED, "own-keys"
#define BAD	CHAIN_REFUSED, "CHAIN-OWN-KEYS"

static void
owners_replace_and_narrow(void **state)
{
	const struct attempt good[] = {
		{ "ann", 0, GOOD, { A, B, C, D, E(15, "") } },
		{ "ann", 0, GOOD, { E(15, ""), C } },
		{ "ann", 1, GOOD, { C, E(15, TO("2030-01-01")) } },
		{ "ann", 0, GOOD, { A, C, D,
		    E(12, FROM("2021-01-01") TO("2029-12-31")) } },
		{ "ann", 0, GOOD, { A, B, D,
		    E(13, TO("2024-03-01") REVOKED(SINCE("2024-02-20"))) } },
		{ "ann", 0, GOOD, { A, C, D,
		    E(12, FROM("2020-01-01") TO("2030-01-01") REVOKED("")) } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		judge("ann", &good[i]);
}

static void
owners_make_no_key_better(void **state)
{
	const struct attempt bad[] = {
		/* revocation lifted, dropped, changed */
		{ "ann", 0, BAD, { A, B, D, E(13, "") } },
		{ "ann", 0, BAD, { A, B, D } },
		{ "ann", 0, BAD, { A, B, D, E(13, REVOKED("")) } },
		{ "ann", 0, BAD, { A, B, D,
		    E(13, REVOKED(SINCE("2024-02-29"))) } },
		/* valid-to later or gone, valid-from earlier or gone */
		{ "ann", 0, BAD, { A, C, D,
		    E(12, FROM("2020-01-01") TO("2030-01-02")) } },
		{ "ann", 0, BAD, { A, C, D, E(12, FROM("2020-01-01")) } },
		{ "ann", 0, BAD, { B, C, D, E(11, FROM("2019-12-31")) } },
		{ "ann", 0, BAD, { B, C, D, E(11, "") } },
		/* a new one that outlives the one that signed */
		{ "ann", 1, BAD, { A, B, C, D, E(15, "") } },
		{ "ann", 1, BAD, { A, B, C, D, E(15, TO("2030-01-02")) } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		judge("ann", &bad[i]);
}

static void
only_good_keys_of_people_change_keys(void **state)
{
	const struct attempt bad[] = {
		{ "ann", 2, CHAIN_REFUSED, "SIGNER-KEY-REVOKED",
		    { A, B, C, D, E(15, "") } },
		{ "ben", 0, CHAIN_REFUSED, "CHAIN-PATH", { A, B, C, D,
		    E(15, "") } },
	};
	const struct attempt machine = { "bot", 0, CHAIN_REFUSED, "CHAIN-PATH",
	    { A, B, C, D, E(15, "") } };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		judge("ann", &bad[i]);
	judge("bot", &machine);
}

#define RESTORED	CHAIN_ALLOWED, "restored-keys"
#define PENDING		CHAIN_PENDING, "CHAIN-PENDING"

static void
one_administrator_takes_a_change_back(void **state)
{
	const struct attempt tries[] = {
		{ "cem", 0, RESTORED, { A, B, C } },
		{ "cem", 0, RESTORED, { A, C, D, E(12, FROM("2020-01-01")) } },
		{ "cem", 0, RESTORED, { A, C, E(12, FROM("2020-01-01")) } },
		/* and does nothing else */
		{ "cem", 0, PENDING, { A, B, C, E(15, "") } },
		{ "cem", 0, PENDING, { B, C } },
		{ "cem", 0, PENDING, { A, B } },
		{ "cem", 0, PENDING, { A, B, C, D } },
		{ "cem", 0, PENDING, { A, B, E(13, "") } },
		{ "cem", 0, PENDING, { A, C, E(12, FROM("2019-01-01")) } },
		{ "cem", 0, PENDING, { A, C, E(12, "") } },
		{ "eli", 0, CHAIN_REFUSED, "CHAIN-PATH", { A, B, C } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(tries); i++)
		judge("ann", &tries[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_replace_and_narrow),
		cmocka_unit_test(owners_make_no_key_better),
		cmocka_unit_test(only_good_keys_of_people_change_keys),
		cmocka_unit_test(one_administrator_takes_a_change_back),
	};

	return cmocka_run_group_tests_name("own keys", tests, NULL, NULL);
}

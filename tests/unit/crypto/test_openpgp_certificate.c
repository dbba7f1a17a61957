/*
 * openpgp_certificate: what signatures of several dates and kinds say together.
 */
#include <string.h>

#include "crypto/openpgp.h"
#include "crypto/openpgp_make.h"
#include "softkey.h"
#include "test.h"

#define DAY	INT64_C(86400000)	/* ms */
#define BORN	INT64_C(1767225600000)	/* 2026-01-01 */
#define NAME	1			/* the part that has it */

/* A primary key of P-256 and one name, both of the first day. */
struct made {
	struct arena			*arena;
	struct openpgp_certificate	 c;
	struct soft_key			*key;
};

static void
made_done(struct made *m)
{
	arena_free(m->arena);
	soft_key_free(m->key);
}

/* A signature of a part, of any date. */
static struct span
signature_by(struct made *m, const struct soft_key *key,
    struct openpgp_v4_key by, size_t part, uint8_t type, int64_t at,
    struct span subpackets)
{
	CLEANUP(buf_done) struct buf object = { 0 }, value = { 0 };
	struct openpgp_draft d;
	struct span body;
	struct err e;

	by.created = 0;
	openpgp_part_object(&m->c, part, &object);
	assert_ok(openpgp_signature_plan(type, &by, DIGEST_SHA256, at,
	    subpackets, buf_span(&object), m->arena, &d, &e), &e);
	soft_key_sign(key, &d.what, &value);
	assert_ok(openpgp_signature_finish(&d, buf_span(&value), m->arena,
	    &body, &e), &e);
	return body;
}

static struct span
signature(struct made *m, size_t part, uint8_t type, int64_t at,
    struct span subpackets)
{
	return signature_by(m, m->key, m->c.parts[0].key, part, type, at,
	    subpackets);
}

static void
add(struct made *m, size_t part, uint8_t type, int64_t at,
    struct span subpackets)
{
	struct err e;

	assert_ok(openpgp_part_add(&m->c, part, signature(m, part, type, at,
	    subpackets), m->arena, &e), &e);
}

static void
add_flags(struct made *m, size_t part, uint8_t type, int64_t at,
    struct span flags)
{
	CLEANUP(buf_done) struct buf area = { 0 };

	openpgp_put_bytes(OPENPGP_FLAGS, flags, &area);
	add(m, part, type, at, buf_span(&area));
}

static void
revoke(struct made *m, size_t part, uint8_t type, int64_t at,
    enum openpgp_reason reason)
{
	CLEANUP(buf_done) struct buf area = { 0 };
	const uint8_t why = (uint8_t)reason;

	openpgp_put_bytes(OPENPGP_REASON, (struct span){ &why, 1 }, &area);
	add(m, part, type, at, buf_span(&area));
}

static struct made
make(void)
{
	struct made m = { .arena = arena_new(4 << 20),
	    .key = soft_key_new("p256") };
	struct openpgp_v4_key k;
	size_t part;
	struct err e;

	assert_ok(openpgp_key_make(soft_key_spki(m.key), BORN, m.arena, &k,
	    &e), &e);
	openpgp_make_begin(&k, &m.c);
	assert_ok(openpgp_make_name(&m.c, SPAN_TEXT("Acme <a@x>"), m.arena,
	    &part, &e), &e);
	assert_int_equal(part, NAME);
	add(&m, NAME, OPENPGP_POSITIVE, BORN, (struct span){ 0 });
	return m;
}

/* In any order: whoever hands a file on may change that. */
static void
a_name_is_as_the_last_word_says(void **state)
{
	static const enum openpgp_reason reasons[] = { OPENPGP_NO_REASON,
	    OPENPGP_SUPERSEDED };

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		CLEANUP(made_done) struct made m = make();
		int64_t first = BORN + (i & 1 ? DAY : 3 * DAY);
		int64_t second = BORN + (i & 1 ? 3 * DAY : DAY);

		revoke(&m, NAME, OPENPGP_REVOKE_NAME, first,
		    reasons[i >> 1 & 1]);
		assert_null(openpgp_primary_name(&m.c));
		revoke(&m, NAME, OPENPGP_REVOKE_NAME, second,
		    reasons[i >> 2 & 1]);
		add(&m, NAME, OPENPGP_POSITIVE, BORN + 2 * DAY,
		    (struct span){ 0 });
		assert_null(openpgp_primary_name(&m.c));
		add(&m, NAME, OPENPGP_POSITIVE, BORN + 4 * DAY,
		    (struct span){ 0 });
		assert_non_null(openpgp_primary_name(&m.c));
	}
}

/* What comes later makes no revocation of a key softer, and none later. */
static void
a_revocation_of_a_key_is_for_good(void **state)
{
	CLEANUP(made_done) struct made m = make();

	(void)state;
	revoke(&m, 0, OPENPGP_REVOKE_KEY, BORN + 3 * DAY, OPENPGP_SUPERSEDED);
	revoke(&m, 0, OPENPGP_REVOKE_KEY, BORN + DAY, OPENPGP_RETIRED);
	revoke(&m, 0, OPENPGP_REVOKE_KEY, BORN + 2 * DAY, OPENPGP_SUPERSEDED);
	assert_int_equal(m.c.parts[0].revoked->created, BORN + DAY);
	add(&m, 0, OPENPGP_DIRECT, BORN + 4 * DAY, (struct span){ 0 });
	add(&m, NAME, OPENPGP_POSITIVE, BORN + 4 * DAY, (struct span){ 0 });
	assert_null(openpgp_signing_key(&m.c, soft_key_spki(m.key)));
	revoke(&m, 0, OPENPGP_REVOKE_KEY, BORN + 5 * DAY, OPENPGP_COMPROMISED);
	assert_true(openpgp_is_hard(m.c.parts[0].revoked));
	revoke(&m, 0, OPENPGP_REVOKE_KEY, BORN, OPENPGP_RETIRED);
	assert_true(openpgp_is_hard(m.c.parts[0].revoked));
}

/* As gpg takes them: flags that name no use allow none. */
static void
what_a_key_is_for_is_said(void **state)
{
	static const uint8_t sign = OPENPGP_MAY_SIGN, second[] = { 0, 4 };
	static const struct span none[] = { { NULL, 0 }, { second, 1 },
	    { second, 2 } };
	CLEANUP(made_done) struct made m = make();
	int64_t at = BORN;

	(void)state;
	assert_non_null(openpgp_signing_key(&m.c, soft_key_spki(m.key)));
	for (size_t i = 0; i < COUNT(none); i++) {
		add_flags(&m, NAME, OPENPGP_POSITIVE, at += DAY, none[i]);
		assert_null(openpgp_signing_key(&m.c, soft_key_spki(m.key)));
	}
	add_flags(&m, NAME, OPENPGP_POSITIVE, at + DAY,
	    (struct span){ &sign, 1 });
	assert_non_null(openpgp_signing_key(&m.c, soft_key_spki(m.key)));
}

/* The second one has not what revoked the first. */
static void
no_part_stands_there_twice(void **state)
{
	CLEANUP(made_done) struct made m = make();
	CLEANUP(buf_done) struct buf packets = { 0 };
	struct openpgp_certificate c;
	struct err e;

	(void)state;
	add(&m, 0, OPENPGP_DIRECT, BORN, (struct span){ 0 });
	m.c.parts[m.c.count++] = m.c.parts[NAME];
	revoke(&m, NAME, OPENPGP_REVOKE_NAME, BORN + DAY, OPENPGP_NO_REASON);
	openpgp_certificate_write(&m.c, &packets);
	assert_false(openpgp_certificate_read(m.arena, buf_span(&packets), &c,
	    &e));
	assert_err(&e, ERR_OPENPGP_KEY);
	assert_non_null(strstr(e.text, "twice"));
}

/* gpg does not count it either. */
static void
nothing_is_signed_before_the_key_was_made(void **state)
{
	CLEANUP(made_done) struct made m = make();
	struct err e;

	(void)state;
	assert_false(openpgp_part_add(&m.c, NAME, signature(&m, NAME,
	    OPENPGP_POSITIVE, BORN - 1000, (struct span){ 0 }), m.arena, &e));
	assert_err(&e, ERR_OPENPGP_DATE);
	assert_int_equal(m.c.parts[NAME].count, 1);
}

static void
nor_before_the_subkey_was_made(void **state)
{
	CLEANUP(made_done) struct made m = make();
	CLEANUP(soft_key_done) struct soft_key *key = soft_key_new("p256");
	struct openpgp_v4_key k;
	size_t part;
	struct err e;

	(void)state;
	assert_ok(openpgp_key_make(soft_key_spki(key), BORN + DAY, m.arena,
	    &k, &e), &e);
	assert_ok(openpgp_make_subkey(&m.c, &k, &part, &e), &e);
	for (int64_t late = 0; late < 2; late++) {
		CLEANUP(buf_done) struct buf area = { 0 };

		openpgp_put_bytes(OPENPGP_EMBEDDED, signature_by(&m, key, k,
		    part, OPENPGP_BACK, BORN + DAY - 1000 + late * 1000,
		    (struct span){ 0 }), &area);
		assert_true(openpgp_part_add(&m.c, part, signature(&m, part,
		    OPENPGP_BINDING, BORN + DAY, buf_span(&area)), m.arena,
		    &e) == (late > 0));
		if (late == 0)
			assert_err(&e, ERR_OPENPGP_BACK);
	}
	assert_non_null(openpgp_signing_key(&m.c, soft_key_spki(key)));
}

/* Whoever does not know what is critical may not go on (5.2.3.7). */
static void
what_is_critical_is_known(void **state)
{
	static const uint8_t value[8] = { 0 }, types[] = { OPENPGP_NOTATION,
	    100 };
	CLEANUP(made_done) struct made m = make();
	CLEANUP(buf_done) struct buf area = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		area.len = 0;
		openpgp_put_bytes(types[i], SPAN(value), &area);
		add(&m, NAME, OPENPGP_POSITIVE, BORN, buf_span(&area));
		area.len = 0;
		openpgp_put_bytes(types[i] | 0x80, SPAN(value), &area);
		assert_false(openpgp_part_add(&m.c, NAME, signature(&m, NAME,
		    OPENPGP_POSITIVE, BORN, buf_span(&area)), m.arena, &e));
		assert_err(&e, ERR_OPENPGP_SIGNATURE);
		assert_non_null(strstr(e.text, "critical"));
	}
}

/* The key's end, or that of the signature that says so. */
static void
the_earlier_end_counts(void **state)
{
	static const struct { uint32_t key, own, want; } cases[] = {
		{ 0, 0, 0 }, { 50, 0, 50 }, { 0, 60, 70 }, { 50, 60, 50 },
		{ 90, 60, 70 }, { UINT32_MAX, 0, UINT32_MAX },
	};
	CLEANUP(made_done) struct made m = make();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf area = { 0 };
		int64_t want = cases[i].want == 0 ? OPENPGP_NEVER :
		    BORN + (int64_t)cases[i].want * 1000;

		openpgp_put_seconds(OPENPGP_KEY_ENDS, cases[i].key, &area);
		openpgp_put_seconds(OPENPGP_SIGNATURE_ENDS, cases[i].own,
		    &area);
		add(&m, NAME, OPENPGP_POSITIVE, BORN + 10 * 1000,
		    buf_span(&area));
		assert_int_equal(openpgp_part_ends(&m.c, 0), want);
	}
}

/* Of versions 3 and 6, which are by others here, as far as we can see. */
static void
signatures_of_other_versions_stay_and_say_nothing(void **state)
{
	static const uint8_t versions[] = { 3, 5, 6, 255 };

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		CLEANUP(made_done) struct made m = make();
		CLEANUP(buf_done) struct buf packets = { 0 }, again = { 0 };
		const uint8_t body[] = { versions[i], 5, OPENPGP_REVOKE_KEY };
		struct openpgp_certificate c;
		struct err e;

		openpgp_certificate_write(&m.c, &packets);
		openpgp_packet_put(OPENPGP_SIGNATURE, SPAN(body), &packets);
		assert_ok(openpgp_certificate_read(m.arena,
		    buf_span(&packets), &c, &e), &e);
		assert_int_equal(c.parts[NAME].count, 2);
		assert_null(c.parts[NAME].revoked);
		openpgp_certificate_write(&c, &again);
		assert_span_equal(buf_span(&again), buf_span(&packets));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_as_the_last_word_says),
		TEST(a_revocation_of_a_key_is_for_good),
		TEST(what_a_key_is_for_is_said),
		TEST(no_part_stands_there_twice),
		TEST(nothing_is_signed_before_the_key_was_made),
		TEST(nor_before_the_subkey_was_made),
		TEST(what_is_critical_is_known),
		TEST(the_earlier_end_counts),
		TEST(signatures_of_other_versions_stay_and_say_nothing),
	};

	return cmocka_run_group_tests_name("openpgp_certificate", tests, NULL,
	    NULL);
}

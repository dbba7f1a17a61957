/*
 * openpgp_make: certificates for keys of each kind, read again by us and by
 * gpg; renewed, revoked; and what is no certificate any more.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/openpgp.h"
#include "crypto/openpgp_make.h"
#include "scratch.h"
#include "softkey.h"
#include "sys/clock.h"
#include "test.h"

#define SECOND	1000			/* ms */
#define DAY	INT64_C(86400000)	/* ms */
#define BORN	INT64_C(1767225600000)	/* 2026-01-01 */
#define NAME	"Acme Release <release@acme.example>"
#define GPG	"GNUPGHOME=$PWD/gpg gpg --batch --quiet --no-tty "		\
    "--no-autostart "

static const char *const kinds[] = { "rsa3072", "p256", "p384", "p521",
    "ed25519" };

/* A certificate, the keys that its parts have, and what it is made with. */
struct made {
	struct arena			*arena;
	struct openpgp_certificate	 c;
	struct soft_key			*key;
	struct soft_key			*subkey;
	struct openpgp_terms		 terms;
};

static void
made_done(struct made *m)
{
	arena_free(m->arena);
	if (m->key != NULL)
		soft_key_free(m->key);
	if (m->subkey != NULL)
		soft_key_free(m->subkey);
}

static void
sign(struct made *m, size_t part, const struct openpgp_draft *d)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct err e;

	soft_key_sign(m->key, &d->what, &value);
	assert_ok(openpgp_make_put(&m->c, part, d, buf_span(&value), m->arena,
	    &e), &e);
}

static void
self(struct made *m, size_t part)
{
	struct openpgp_draft d;
	struct err e;

	assert_ok(openpgp_make_self(&m->c, part, &m->terms, m->arena, &d, &e),
	    &e);
	sign(m, part, &d);
}

static void
name(struct made *m, const char *text)
{
	size_t part;
	struct err e;

	assert_ok(openpgp_make_name(&m->c, span_text(text), m->arena, &part,
	    &e), &e);
	self(m, part);
}

static void
begin_with(struct made *m, const char *kind)
{
	struct openpgp_v4_key k;
	struct err e;

	m->arena = arena_new(4 << 20);
	m->key = soft_key_new(kind);
	m->terms = (struct openpgp_terms){ .at = BORN + DAY,
	    .ends = clock_now() / SECOND * SECOND + 400 * DAY,
	    .flags = OPENPGP_MAY_CERTIFY | OPENPGP_MAY_SIGN };
	assert_ok(openpgp_key_make(soft_key_spki(m->key), BORN, m->arena, &k,
	    &e), &e);
	openpgp_make_begin(&k, &m->c);
}

static void
subkey(struct made *m, const char *kind)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct openpgp_draft d;
	struct openpgp_v4_key k;
	size_t part;
	struct err e;

	m->subkey = soft_key_new(kind);
	assert_ok(openpgp_key_make(soft_key_spki(m->subkey), BORN, m->arena,
	    &k, &e), &e);
	assert_ok(openpgp_make_subkey(&m->c, &k, &part, &e), &e);
	assert_ok(openpgp_make_back(&m->c, part, &m->terms, m->arena, &d, &e),
	    &e);
	soft_key_sign(m->subkey, &d.what, &value);
	assert_ok(openpgp_signature_finish(&d, buf_span(&value), m->arena,
	    &m->terms.back, &e), &e);
	self(m, part);
}

/* A name, and a subkey of the kind that comes next. */
static struct made
make(size_t kind)
{
	struct made m = { 0 };

	begin_with(&m, kinds[kind]);
	name(&m, NAME);
	subkey(&m, kinds[(kind + 1) % COUNT(kinds)]);
	return m;
}

static struct buf
packets_of(const struct made *m)
{
	struct buf out = { 0 };

	openpgp_certificate_write(&m->c, &out);
	return out;
}

static enum err_code
code_of(struct span file)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct openpgp_certificate c;
	uint8_t *copy = exact(file);
	struct err e;
	bool good = openpgp_certificate_read(a, (struct span){ copy,
	    file.len }, &c, &e);

	free(copy);
	return good ? ERR_NONE : err_code_of(e.what);
}

static void
each_kind_is_read_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		CLEANUP(made_done) struct made m = make(i);
		CLEANUP(buf_done) struct buf packets = packets_of(&m);
		struct openpgp_certificate c;
		struct err e;

		assert_ok(openpgp_certificate_read(m.arena,
		    buf_span(&packets), &c, &e), &e);
		assert_int_equal(c.count, 3);
		assert_span_equal(c.parts[0].key.spki, soft_key_spki(m.key));
		assert_span_equal(c.parts[2].key.spki,
		    soft_key_spki(m.subkey));
		assert_int_equal(c.parts[0].key.created, BORN);
		for (size_t part = 0; part < 3; part += 2)
			assert_int_equal(openpgp_part_ends(&c, part),
			    m.terms.ends);
		assert_non_null(openpgp_signing_key(&c,
		    soft_key_spki(m.subkey)));
		assert_ptr_equal(openpgp_primary_name(&c), &c.parts[1]);
	}
}

static void
gpg_takes_each_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		CLEANUP(made_done) struct made m = make(i);
		CLEANUP(buf_done) struct buf packets = packets_of(&m);

		file_put("key.pgp", buf_span(&packets));
		tool_run("rm -rf gpg; mkdir -m 700 gpg; " GPG "--import "
		    "key.pgp 2> /dev/null && " GPG "--check-sigs > sigs 2> "
		    "summary && ! grep -q 'bad signature' summary && "
		    "test $(grep -c '^sig!' sigs) -eq 2 && "
		    GPG "--with-colons --list-keys > list && "
		    "grep -q '^sub:.*:s::' list");
	}
}

/* Only what nobody signs may change and leave it a certificate. */
static void
no_other_byte_can_be_changed(void **state)
{
	CLEANUP(made_done) struct made m = make(1);
	CLEANUP(buf_done) struct buf packets = packets_of(&m), loose = { 0 };
	size_t taken = 0;

	(void)state;
	buf_u8(&loose, 1 + OPENPGP_KEY_ID);
	buf_u8(&loose, OPENPGP_ISSUER_ID);
	for (size_t i = 0; i < packets.len; i++) {
		struct span before = { packets.ptr, i + 1 };

		packets.ptr[i] ^= 0x04;
		enum err_code code = code_of(buf_span(&packets));
		packets.ptr[i] ^= 0x04;
		if (code != ERR_NONE)
			continue;
		/* The type of the loose subpacket, now an unknown one. */
		assert_span_equal(span_from(before, i - 1), buf_span(&loose));
		taken++;
	}
	assert_int_equal(taken, 2);
	for (size_t n = 0; n < packets.len; n++) {
		enum err_code code = code_of((struct span){ packets.ptr, n });

		/* Up to the subkey it is a shorter certificate. */
		if (code == ERR_NONE && packets.ptr[n] != (0xc0 |
		    OPENPGP_SUBKEY))
			fail_msg("%zu bytes of %zu", n, packets.len);
	}
}

static void
a_signature_of_the_wrong_key_is_told(void **state)
{
	CLEANUP(made_done) struct made m = make(1);
	CLEANUP(buf_done) struct buf packets = packets_of(&m), value = { 0 };
	CLEANUP(soft_key_done) struct soft_key *other = soft_key_new("p256");
	size_t at = span_find(buf_span(&packets), SPAN_TEXT("Acme"));
	struct openpgp_draft d;
	struct err e;

	(void)state;
	packets.ptr[at] ^= 1;
	assert_int_equal(code_of(buf_span(&packets)), ERR_OPENPGP_SIGNATURE);
	assert_ok(openpgp_make_self(&m.c, 1, &m.terms, m.arena, &d, &e), &e);
	soft_key_sign(other, &d.what, &value);
	assert_false(openpgp_make_put(&m.c, 1, &d, buf_span(&value), m.arena,
	    &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
}

/* Whoever copies another's subkey cannot have its signature. */
static void
a_subkey_signs_for_itself(void **state)
{
	CLEANUP(made_done) struct made m = make(1);
	CLEANUP(buf_done) struct buf value = { 0 };
	struct openpgp_part *p = &m.c.parts[2];
	struct span back = m.terms.back;
	struct openpgp_draft d;
	struct err e;

	(void)state;
	p->self = NULL;
	for (int i = 0; i < 2; i++) {
		/* None, then one by the primary key. */
		m.terms.back = i == 0 ? (struct span){ 0 } :
		    m.c.parts[1].signatures[0].body;
		assert_ok(openpgp_make_self(&m.c, 2, &m.terms, m.arena, &d,
		    &e), &e);
		value.len = 0;
		soft_key_sign(m.key, &d.what, &value);
		assert_false(openpgp_make_put(&m.c, 2, &d, buf_span(&value),
		    m.arena, &e));
		assert_err(&e, ERR_OPENPGP_BACK);
	}
	m.terms.back = back;
	self(&m, 2);
}

static void
names_that_are_none(void **state)
{
	static const char *const good[] = { NAME, "J\xc3\xb6rg <j@x>" };
	static const char *const bad[] = { "", "Acme", "a@x", "<a@x>", " <a@x>",
	    "Acme <a>", "Acme <@x>", "Acme <a@>", "Acme <a@b@c>", "A <a b@x>",
	    "A <a@x> ", "A <a@x> <b@x>", "A\n <a@x>", "A\x1b[1m <a@x>",
	    "A\x7f <a@x>", "A\xc2\x85 <a@x>", "A\xe2\x80\xae <a@x>",
	    "A\xff <a@x>", "A<a@x>" };
	CLEANUP(made_done) struct made m = make(1);
	CLEANUP(buf_done) struct buf large = { 0 };
	size_t part;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_ok(openpgp_name_check(span_text(good[i]), &e), &e);
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (openpgp_name_check(span_text(bad[i]), &e))
			fail_msg("taken: %s", bad[i]);
		assert_err(&e, ERR_OPENPGP_USER_ID);
	}
	for (int i = 0; i < OPENPGP_NAME; i++)
		buf_u8(&large, 'a');
	buf_text(&large, " <a@x>");
	assert_false(openpgp_name_check(buf_span(&large), &e));
	assert_false(openpgp_make_name(&m.c, SPAN_TEXT(NAME), m.arena, &part,
	    &e));
	assert_err(&e, ERR_OPENPGP_USER_ID);
}

static void
dates_in_the_wrong_order(void **state)
{
	CLEANUP(made_done) struct made m = make(1);
	struct openpgp_terms t = m.terms;
	struct openpgp_draft d;
	struct openpgp_v4_key k;
	struct err e;

	(void)state;
	t.ends = t.at;
	assert_false(openpgp_make_self(&m.c, 1, &t, m.arena, &d, &e));
	assert_err(&e, ERR_OPENPGP_DATE);
	t.ends = INT64_C(1) << 52;
	assert_false(openpgp_make_self(&m.c, 1, &t, m.arena, &d, &e));
	assert_err(&e, ERR_OPENPGP_DATE);
	t = m.terms;
	t.at = BORN - SECOND;
	assert_false(openpgp_make_self(&m.c, 1, &t, m.arena, &d, &e));
	assert_err(&e, ERR_OPENPGP_DATE);
	static const int64_t births[] = { -SECOND, 0, BORN + 1,
	    INT64_C(5000000000000) };
	for (size_t i = 0; i < COUNT(births); i++) {
		assert_false(openpgp_key_make(soft_key_spki(m.key), births[i],
		    m.arena, &k, &e));
		assert_err(&e, ERR_OPENPGP_DATE);
	}
}

static void
keys_and_digests_that_are_too_weak(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *small = soft_key_new("rsa2048");
	CLEANUP(made_done) struct made m = make(2);
	const enum digest_kind sha256 = DIGEST_SHA256;
	struct openpgp_draft d;
	struct openpgp_v4_key k;
	size_t part;
	struct err e;

	(void)state;
	assert_false(openpgp_key_make(soft_key_spki(small), BORN, a, &k, &e));
	assert_err(&e, ERR_KEY_WEAK);
	m.terms.digest = &sha256;
	assert_false(openpgp_make_self(&m.c, 1, &m.terms, m.arena, &d, &e));
	assert_err(&e, ERR_KEY_UNFIT);
	assert_false(openpgp_make_subkey(&m.c, &m.c.parts[0].key, &part, &e));
	assert_err(&e, ERR_OPENPGP_SUBKEY);
}

static size_t
count_by_others(const struct openpgp_certificate *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->parts[i].count; k++)
			n += !openpgp_issued_by(&c->parts[i].signatures[k],
			    &c->parts[0].key);
	return n;
}

/*
 * gpg made it, and somebody else certified it: what we are not asked to change
 * stays as it is.
 */
static void
what_gpg_made_is_renewed(void **state)
{
	CLEANUP(made_done) struct made m = { .arena = arena_new(4 << 20) };
	CLEANUP(buf_done) struct buf file = file_get("alice.asc"), packets =
	    { 0 };
	struct openpgp_certificate c;
	struct err e;

	(void)state;
	assert_ok(openpgp_certificate_read(m.arena, buf_span(&file), &c, &e),
	    &e);
	assert_int_equal(c.count, 4);
	assert_int_equal(count_by_others(&c), 1);
	assert_int_equal(c.parts[3].tag, OPENPGP_SUBKEY);
	openpgp_certificate_write(&c, &packets);
	file_put("again.pgp", buf_span(&packets));
	tool_run("rm -rf gpg; mkdir -m 700 gpg; " GPG "--import alice.asc 2> "
	    "/dev/null; " GPG "--import again.pgp 2> /dev/null; "
	    GPG "--with-colons --check-sigs > sigs; "
	    "test $(grep -c '^sig:!' sigs) -eq 3");
}

static void
renewed_by_the_same_key(void **state)
{
	CLEANUP(made_done) struct made m = make(4);
	CLEANUP(buf_done) struct buf before = packets_of(&m);
	struct openpgp_certificate c;
	struct err e;

	(void)state;
	m.terms.at += DAY;
	m.terms.ends += 100 * DAY;
	for (size_t i = 1; i < 3; i++)
		self(&m, i);
	name(&m, "Acme <other@acme.example>");
	CLEANUP(buf_done) struct buf after = packets_of(&m);
	assert_ok(openpgp_certificate_read(m.arena, buf_span(&after), &c, &e),
	    &e);
	assert_int_equal(c.count, 4);
	assert_int_equal(c.parts[1].count, 1);
	assert_true(c.parts[1].self->primary);
	assert_false(c.parts[2].self->primary);
	assert_int_equal(openpgp_part_ends(&c, 0), m.terms.ends);
	assert_int_equal(openpgp_newest(&c), m.terms.at);
	file_put("before.pgp", buf_span(&before));
	file_put("after.pgp", buf_span(&after));
	tool_run("rm -rf gpg; mkdir -m 700 gpg; for f in before after; do "
	    GPG "--import $f.pgp 2> /dev/null; " GPG "--with-colons "
	    "--list-keys | awk -F: '/^pub/ { print $7 }' > $f; done; "
	    "test $(($(cat after) - $(cat before))) -eq 8640000");
}

static void
revoked(struct made *m, size_t part, enum openpgp_reason reason)
{
	struct openpgp_draft d;
	struct err e;

	assert_ok(openpgp_make_revocation(&m->c, part, &m->terms, reason,
	    SPAN_TEXT("a new one"), m->arena, &d, &e), &e);
	sign(m, part, &d);
}

static void
a_revoked_subkey_signs_nothing(void **state)
{
	CLEANUP(made_done) struct made m = make(1);

	(void)state;
	revoked(&m, 2, OPENPGP_RETIRED);
	assert_null(openpgp_signing_key(&m.c, soft_key_spki(m.subkey)));
	assert_non_null(openpgp_signing_key(&m.c, soft_key_spki(m.key)));
	CLEANUP(buf_done) struct buf packets = packets_of(&m);
	file_put("key.pgp", buf_span(&packets));
	tool_run("rm -rf gpg; mkdir -m 700 gpg; " GPG "--import key.pgp 2> "
	    "/dev/null; " GPG "--with-colons --list-keys > list; "
	    "grep -q '^sub:r:' list && ! grep -q '^pub:r:' list");
}

static void
what_was_meant_to_end_is_not_renewed(void **state)
{
	CLEANUP(made_done) struct made m = make(1);

	(void)state;
	assert_false(openpgp_goes_on(&m.c, 0));	/* has no signature */
	assert_true(openpgp_goes_on(&m.c, 2));
	m.terms.at += DAY;
	m.terms.ends -= SECOND;
	self(&m, 2);
	assert_false(openpgp_goes_on(&m.c, 2));
	assert_true(openpgp_goes_on(&m.c, 1));
	m.terms.ends += SECOND;
	self(&m, 2);
	revoked(&m, 2, OPENPGP_RETIRED);
	assert_false(openpgp_goes_on(&m.c, 2));
}

static void
hard_and_soft_revocations(void **state)
{
	CLEANUP(made_done) struct made m = make(1);

	(void)state;
	revoked(&m, 0, OPENPGP_SUPERSEDED);
	assert_false(openpgp_is_hard(m.c.parts[0].revoked));
	assert_span_equal(m.c.parts[0].revoked->reason_text,
	    SPAN_TEXT("a new one"));
	assert_null(openpgp_signing_key(&m.c, soft_key_spki(m.key)));
	revoked(&m, 0, OPENPGP_COMPROMISED);
	assert_true(openpgp_is_hard(m.c.parts[0].revoked));
	revoked(&m, 0, OPENPGP_RETIRED);
	assert_true(openpgp_is_hard(m.c.parts[0].revoked));
}

static void
a_revocation_in_a_file_of_its_own(void **state)
{
	CLEANUP(made_done) struct made m = make(1), other = make(1);
	CLEANUP(buf_done) struct buf value = { 0 }, file = { 0 };
	struct openpgp_draft d;
	struct span body, read;
	struct err e;

	(void)state;
	assert_ok(openpgp_make_revocation(&m.c, 0, &m.terms,
	    OPENPGP_COMPROMISED, SPAN_TEXT(""), m.arena, &d, &e), &e);
	soft_key_sign(m.key, &d.what, &value);
	assert_ok(openpgp_signature_finish(&d, buf_span(&value), m.arena,
	    &body, &e), &e);
	openpgp_revocation_write(&m.c, body, &file);
	assert_ok(openpgp_revocation_read(&m.c, buf_span(&file), m.arena,
	    &read, &e), &e);
	assert_span_equal(read, body);
	assert_false(openpgp_revocation_read(&other.c, buf_span(&file),
	    m.arena, &read, &e));
	assert_err(&e, ERR_OPENPGP_SIGNATURE);
	assert_false(openpgp_revocation_read(&m.c, SPAN_TEXT(NAME), m.arena,
	    &read, &e));
	assert_err(&e, ERR_OPENPGP_KEY);
	assert_false(openpgp_make_revocation(&m.c, 0, &m.terms,
	    OPENPGP_RETIRED, SPAN_TEXT("a\nb"), m.arena, &d, &e));
	assert_err(&e, ERR_OPENPGP_REASON);
	/* With its colon gpg takes nothing from it, without it does. */
	CLEANUP(buf_done) struct buf packets = packets_of(&m);
	file_put("key.pgp", buf_span(&packets));
	file_put("key.rev", buf_span(&file));
	tool_run("rm -rf gpg; mkdir -m 700 gpg; " GPG "--import key.pgp 2> "
	    "/dev/null; ! " GPG "--import key.rev 2> /dev/null && sed "
	    "s/^:// key.rev | " GPG "--import 2> /dev/null && " GPG
	    "--with-colons --list-keys | grep -q '^pub:r:'");
}

static void
what_is_not_one_certificate(void **state)
{
	CLEANUP(made_done) struct made m = make(1);
	CLEANUP(buf_done) struct buf packets = packets_of(&m), two = { 0 },
	    secret = file_get("secret.asc"), sha1 = file_get("sha1.pgp");
	struct openpgp_certificate bare;

	(void)state;
	buf_put(&two, buf_span(&packets));
	buf_put(&two, buf_span(&packets));
	assert_int_equal(code_of(buf_span(&two)), ERR_OPENPGP_SEVERAL);
	assert_int_equal(code_of(buf_span(&secret)), ERR_OPENPGP_SECRET);
	assert_int_equal(code_of(buf_span(&sha1)), ERR_DIGEST_WEAK);
	/* Nobody is named. */
	openpgp_make_begin(&m.c.parts[0].key, &bare);
	two.len = 0;
	openpgp_certificate_write(&bare, &two);
	assert_int_equal(code_of(buf_span(&two)), ERR_OPENPGP_USER_ID);
	/* Of version 6: packet header, length, version. */
	packets.ptr[2] = 6;
	assert_int_equal(code_of(buf_span(&packets)), ERR_OPENPGP_VERSION);
	packets.ptr[2] = 4;
	packets.ptr[7] = 17;	/* DSA */
	assert_int_equal(code_of(buf_span(&packets)), ERR_ALGORITHM_UNKNOWN);
}

/* Alice has a key that encrypts too, and Bob certified her. */
static const char make_by_gpg[] =
    "export GNUPGHOME=$PWD/home; mkdir -m 700 home; g() { gpg --batch --quiet "
    "--yes --passphrase '' --pinentry-mode loopback \"$@\" 2> /dev/null; }; "
    "set -e; g --quick-gen-key 'Alice <alice@x>' nistp256 sign 1y; "
    "g --quick-add-uid alice@x 'Alice <a@y>'; "
    "f=$(g --list-keys --with-colons | awk -F: '/^fpr/ { print $10; exit }'); "
    "g --quick-add-key $f cv25519 encr 1y; "
    "g --quick-gen-key 'Bob <bob@x>' ed25519 sign 1y; "
    "g -u bob@x --quick-sign-key $f alice@x; "
    "g --armor --export alice@x > alice.asc; "
    "g --armor --export-secret-keys bob@x > secret.asc; "
    "g --cert-digest-algo SHA1 --quick-gen-key 'Old <old@x>' ed25519 sign 1y; "
    "g --export old@x > sha1.pgp; gpgconf --kill all";

static int
begin(void **state)
{
	return scratch_enter(state) != 0 || system(make_by_gpg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_read_again),
		cmocka_unit_test(gpg_takes_each_kind),
		cmocka_unit_test(no_other_byte_can_be_changed),
		cmocka_unit_test(a_signature_of_the_wrong_key_is_told),
		cmocka_unit_test(a_subkey_signs_for_itself),
		cmocka_unit_test(names_that_are_none),
		cmocka_unit_test(dates_in_the_wrong_order),
		cmocka_unit_test(keys_and_digests_that_are_too_weak),
		cmocka_unit_test(what_gpg_made_is_renewed),
		cmocka_unit_test(renewed_by_the_same_key),
		cmocka_unit_test(a_revoked_subkey_signs_nothing),
		cmocka_unit_test(what_was_meant_to_end_is_not_renewed),
		cmocka_unit_test(hard_and_soft_revocations),
		cmocka_unit_test(a_revocation_in_a_file_of_its_own),
		cmocka_unit_test(what_is_not_one_certificate),
	};

	return cmocka_run_group_tests_name("openpgp_make", tests, begin,
	    scratch_leave);
}

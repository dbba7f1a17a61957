/*
 * sshcert: what ssh-keygen -s issues for each kind of key, and what must not
 * pass as one.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/sshcert.h"
#include "sys/file.h"
#include "scratch.h"
#include "test.h"

/* All certificates are valid from 2026-01-01 to 2026-07-01, UTC. */
#define FROM	INT64_C(1767225600)
#define TO	INT64_C(1782864000)

static const char make[] =
    "exec >/dev/null 2>&1; set -e; export TZ=UTC; k() { ssh-keygen -q -N '' "
    "-C x -f $1 -t $2 -b ${3:-256}; }; "
    "k ca ed25519; k ca-rsa rsa 3072; k ca-weak rsa 2048; "
    "k ca-ecdsa ecdsa 384; for t in ed25519:256 ecdsa:256 ecdsa:384 "
    "ecdsa:521 rsa:3072; do k $t ${t%:*} ${t#*:}; done; "
    "s() { ca=$1 out=$2; shift 2; cp ed25519:256.pub c.pub; "
    "ssh-keygen -q -s $ca -I alice -V 20260101:20260701 \"$@\" c.pub; "
    "mv c-cert.pub $out; }; "
    "for t in ecdsa:256 ecdsa:384 ecdsa:521 rsa:3072; do "
    "cp $t.pub c.pub; ssh-keygen -q -s ca -I alice -n alice,al -V "
    "20260101:20260701 -z 7 c.pub; mv c-cert.pub $t.cert; done; "
    "s ca ed25519:256.cert -n alice,al -z 7; s ca-rsa by-rsa -n alice,al "
    "-t rsa-sha2-512; s ca-ecdsa by-ecdsa -n alice,al; "
    "s ca host -h -n alice; s ca nobody; "
    "s ca forced -n alice -O force-command=/bin/true; "
    "s ca source -n alice -O source-address=127.0.0.1; "
    "s ca verify -n alice -O verify-required; "
    "s ca odd -n alice -O critical:x@y=1; "
    "s ca bare -n alice -O clear; "
    "s ca-weak weak -n alice -t rsa-sha2-512; "
    "s ca-rsa sha1 -n alice -t ssh-rsa; "
    "ssh-keygen -q -s ca -I alice -n alice ed25519:256.pub; "
    "mv ed25519:256-cert.pub forever; "
    "ssh-keygen -q -s ca -I x -n alice -V 20260101:20260701 ed25519:256.pub; "
    "printf hello > m; ssh-keygen -Y sign -n git -f ed25519:256-cert.pub m; ";

static int
begin(void **state)
{
	return scratch_enter(state) != 0 ||
	    setenv("MAKE", make, 1) != 0 || system("bash -c \"$MAKE\"");
}

/* The blob of a line "type base64 comment". */
static struct buf
blob_of(const char *file)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct span rest, word;
	struct buf blob = { 0 };
	struct err e;

	assert_ok(file_load(file, 1 << 16, &text, &e), &e);
	rest = buf_span(&text);
	assert_true(span_split(&rest, ' ', &word));
	assert_true(span_split(&rest, ' ', &word));
	assert_true(text_unbase64(word, &blob));
	return blob;
}

static enum err_code
code_at(struct span blob, int64_t seconds, struct arena *a,
    struct ssh_cert *c)
{
	struct err e;

	return ssh_cert_parse(a, blob, c, &e) && ssh_cert_check(c, seconds,
	    &e) ? ERR_NONE : err_code_of(e.what);
}

static void
each_kind_of_key_is_certified(void **state)
{
	static const struct { const char *cert, *key, *ca; } good[] = {
		{ "ed25519:256.cert", "ed25519:256.pub", "ca.pub" },
		{ "ecdsa:256.cert", "ecdsa:256.pub", "ca.pub" },
		{ "ecdsa:384.cert", "ecdsa:384.pub", "ca.pub" },
		{ "ecdsa:521.cert", "ecdsa:521.pub", "ca.pub" },
		{ "rsa:3072.cert", "rsa:3072.pub", "ca.pub" },
		{ "by-rsa", "ed25519:256.pub", "ca-rsa.pub" },
		{ "by-ecdsa", "ed25519:256.pub", "ca-ecdsa.pub" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(buf_done) struct buf cert = blob_of(good[i].cert),
		    key = blob_of(good[i].key), ca = blob_of(good[i].ca);
		struct ssh_cert c;

		assert_true(ssh_cert_is(buf_span(&cert)));
		assert_false(ssh_cert_is(buf_span(&key)));
		assert_int_equal(code_at(buf_span(&cert), FROM, a, &c),
		    ERR_NONE);
		assert_span_equal(c.key.blob, buf_span(&key));
		assert_span_equal(c.authority.blob, buf_span(&ca));
		assert_span_equal(c.key_id, SPAN_TEXT("alice"));
		assert_int_equal(code_at(buf_span(&cert), TO - 1, a, &c),
		    ERR_NONE);
		assert_int_equal(code_at(buf_span(&cert), FROM - 1, a, &c),
		    ERR_SSHCERT_TIME);
		assert_int_equal(code_at(buf_span(&cert), TO, a, &c),
		    ERR_SSHCERT_TIME);
		assert_int_equal(code_at(buf_span(&cert), -1, a, &c),
		    ERR_SSHCERT_TIME);
	}
}

static void
names_are_exact(void **state)
{
	static const struct { const char *name; bool good; } cases[] = {
		{ "alice", true }, { "al", true }, { "", false },
		{ "Alice", false }, { "alic", false }, { "alice,al", false },
		{ "*", false }, { "bob", false },
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf cert = blob_of("ed25519:256.cert");
	struct ssh_cert c;

	(void)state;
	assert_int_equal(code_at(buf_span(&cert), FROM, a, &c), ERR_NONE);
	assert_int_equal(c.serial, 7);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(ssh_cert_names(&c, SPAN_TEXT(cases[i].name)),
		    cases[i].good);
}

static void
what_is_no_certificate_of_a_user(void **state)
{
	static const struct { const char *file; enum err_code code; } cases[] =
	{
		{ "bare", ERR_NONE },
		{ "forever", ERR_NONE },
		{ "host", ERR_SSHCERT_KIND },
		{ "nobody", ERR_SSHCERT_KIND },
		{ "forced", ERR_SSHCERT_OPTION },
		{ "source", ERR_SSHCERT_OPTION },
		{ "verify", ERR_SSHCERT_OPTION },
		{ "odd", ERR_SSHCERT_OPTION },
		{ "weak", ERR_SSH_KEY_WEAK },
		{ "sha1", ERR_SSHSIG },
		{ "ca.pub", ERR_SSH_KEY_KIND },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(buf_done) struct buf cert = blob_of(cases[i].file);
		struct ssh_cert c;
		enum err_code code = code_at(buf_span(&cert), FROM, a, &c);

		if (code != cases[i].code)
			fail_msg("%s: %s", cases[i].file, err_rows[code].code);
	}
}

static void
no_prefix_and_no_flipped_byte_passes(void **state)
{
	CLEANUP(buf_done) struct buf cert = blob_of("ed25519:256.cert");
	struct ssh_cert c;

	(void)state;
	for (size_t n = 0; n < cert.len; n++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		uint8_t *copy = exact((struct span){ cert.ptr, n });

		assert_int_not_equal(code_at((struct span){ copy, n }, FROM,
		    a, &c), ERR_NONE);
		free(copy);
		cert.ptr[n] ^= 1;
		assert_int_not_equal(code_at(buf_span(&cert), FROM, a, &c),
		    ERR_NONE);
		cert.ptr[n] ^= 1;
	}
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	buf_u8(&cert, 0);
	assert_int_equal(code_at(buf_span(&cert), FROM, a, &c), ERR_SSHCERT);
}

/* An authority that was certified itself is none. */
static void
authorities_have_plain_keys(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf cert = blob_of("ed25519:256.cert"),
	    ca = blob_of("ca.pub"), out = { 0 };
	size_t at = span_find(buf_span(&cert), buf_span(&ca)) - 4;
	struct ssh_cert c;

	(void)state;
	buf_put(&out, (struct span){ cert.ptr, at });
	buf_str(&out, buf_span(&cert));
	buf_put(&out, span_from(buf_span(&cert), at + 4 + ca.len));
	assert_int_equal(code_at(buf_span(&out), FROM, a, &c),
	    ERR_SSH_KEY_KIND);
	out.len = at;
	out.ptr[at - 1] = 1;	/* the reserved field, and a byte in it */
	buf_u8(&out, 0);
	buf_put(&out, span_from(buf_span(&cert), at));
	assert_int_equal(code_at(buf_span(&out), FROM, a, &c), ERR_SSHCERT);
}

static void
the_certified_key_signs(void **state)
{
	const struct sshsig_rules rules = { .name_space = "git" };
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf armor = { 0 }, other = blob_of("bare");
	struct ssh_cert c, d;
	struct sshsig sig;
	struct err e;

	(void)state;
	assert_ok(file_load("m.sig", 1 << 16, &armor, &e), &e);
	assert_ok(sshsig_parse_armor(a, buf_span(&armor), &sig, &e), &e);
	assert_int_equal(code_at(sig.public_key, FROM, a, &c), ERR_NONE);
	assert_ok(sshsig_verify_certified(&sig, &c, &rules,
	    SPAN_TEXT("hello"), &e), &e);
	assert_false(sshsig_verify_certified(&sig, &c, &rules,
	    SPAN_TEXT("Hello"), &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
	/* Neither the bare key nor another certificate of it was signed. */
	assert_false(sshsig_verify(&sig, &c.key, &rules, SPAN_TEXT("hello"),
	    &e));
	assert_err(&e, ERR_SSHSIG_KEY);
	assert_int_equal(code_at(buf_span(&other), FROM, a, &d), ERR_NONE);
	assert_false(sshsig_verify_certified(&sig, &d, &rules,
	    SPAN_TEXT("hello"), &e));
	assert_err(&e, ERR_SSHSIG_KEY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_key_is_certified),
		cmocka_unit_test(names_are_exact),
		cmocka_unit_test(what_is_no_certificate_of_a_user),
		cmocka_unit_test(no_prefix_and_no_flipped_byte_passes),
		cmocka_unit_test(authorities_have_plain_keys),
		cmocka_unit_test(the_certified_key_signs),
	};

	return cmocka_run_group_tests_name("sshcert", tests, begin,
	    scratch_leave);
}

/*
 * sshsig: ssh-keygen and we agree both ways for every kind of key; a security
 * key is played by a plain key that signs what PROTOCOL.u2f says.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/sshsig.h"
#include "softkey.h"
#include "scratch.h"
#include "test.h"

static const struct sshsig_rules git_rules = { .name_space = "git" };
/* One for each kind of key that ssh-keygen can make without hardware. */
static const struct {
	const char	*made;		/* how softkey.h calls it */
	const char	*options;	/* of ssh-keygen */
} pairs[] = {
	{ "ed25519", "-t ed25519" },
	{ "p256", "-t ecdsa -b 256" },
	{ "p384", "-t ecdsa -b 384" },
	{ "p521", "-t ecdsa -b 521" },
	{ "rsa3072", "-t rsa -b 3072" },
};

static int
clean(void **state)
{
	(void)state;
	return system("rm -f ./*") != 0;
}

static struct ssh_key
key_of(struct arena *a, const char *path)
{
	CLEANUP(buf_done) struct buf line = file_get(path);
	struct ssh_key k;
	struct err e;

	line.len--;
	assert_ok(ssh_key_parse_line(a, buf_span(&line), &k, &e), &e);
	return k;
}

static struct ssh_key
key_of_soft(struct arena *a, const struct soft_key *soft)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span blob;
	struct ssh_key k;
	struct err e;

	assert_ok(ssh_key_from_spki(soft_key_spki(soft), &b, &e), &e);
	assert_true(arena_copy(a, buf_span(&b), &blob));
	assert_ok(ssh_key_parse(blob, &k, &e), &e);
	return k;
}

static void
what_ssh_keygen_signs_verifies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(buf_done) struct buf command = { 0 }, armor = { 0 };
		struct sshsig s;
		struct err e;

		buf_printf(&command, "rm -f k k.pub m.sig; printf hello > m; "
		    "ssh-keygen -q %s -N '' -C alice -f k && ssh-keygen -q -Y "
		    "sign -n git -f k m 2>/dev/null", pairs[i].options);
		tool_run(buf_cstr(&command));
		struct ssh_key k = key_of(a, "k.pub");
		armor = file_get("m.sig");
		assert_ok(sshsig_parse_armor(a, buf_span(&armor), &s, &e), &e);
		assert_ok(sshsig_verify(&s, &k, &git_rules, span_text("hello"),
		    &e), &e);
		assert_false(sshsig_verify(&s, &k, &git_rules,
		    span_text("hallo"), &e));
		assert_err(&e, ERR_SIGNATURE_BAD);
		assert_false(sshsig_verify(&s, &k, &(struct sshsig_rules){
		    .name_space = "file" }, span_text("hello"), &e));
		assert_err(&e, ERR_SSHSIG_NAMESPACE);
	}
}

static void
sign_soft(struct arena *a, const struct soft_key *soft, struct span message,
    struct buf *armor)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	struct ssh_key k = key_of_soft(a, soft);
	struct sshsig_draft d;
	struct err e;

	assert_ok(sshsig_plan(a, &k, "git", message, &d, &e), &e);
	soft_key_sign(soft, &d.to_be_signed, &value);
	assert_ok(sshsig_finish(&d, buf_span(&value), armor, &e), &e);
	value.ptr[value.len - 1] ^= 1;
	assert_false(sshsig_finish(&d, buf_span(&value), armor, &e));
	assert_err(&e, ERR_SIGNATURE_BAD);
}

static void
what_we_sign_ssh_keygen_verifies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(soft_key_done) struct soft_key *soft =
		    soft_key_new(pairs[i].made);
		CLEANUP(buf_done) struct buf armor = { 0 }, line = { 0 };
		struct ssh_key k = key_of_soft(a, soft);

		sign_soft(a, soft, span_text("hello"), &armor);
		file_put("m.sig", buf_span(&armor));
		buf_text(&line, "alice ");
		ssh_key_line(&k, "", &line);
		buf_u8(&line, '\n');
		file_put("allowed", buf_span(&line));
		tool_run("printf hello | ssh-keygen -q -Y verify -f allowed "
		    "-n git -I alice -s m.sig");
		tool_run("printf hello | ssh-keygen -q -Y check-novalidate "
		    "-n git -s m.sig > out");
		tool_run("! printf hallo | ssh-keygen -q -Y check-novalidate "
		    "-n git -s m.sig > out 2>&1");
	}
}

static void
keys_keep_their_bytes_through_spki(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
		CLEANUP(soft_key_done) struct soft_key *soft =
		    soft_key_new(pairs[i].made);
		struct ssh_key k = key_of_soft(a, soft);
		CLEANUP(buf_done) struct buf spki = { 0 }, line = { 0 };
		CLEANUP(buf_done) struct buf print = { 0 }, told = { 0 };
		struct err e;

		assert_ok(ssh_key_spki(&k, &spki, &e), &e);
		assert_span_equal(buf_span(&spki), soft_key_spki(soft));
		ssh_key_line(&k, "a comment", &line);
		buf_u8(&line, '\n');
		file_put("k.pub", buf_span(&line));
		tool_run("ssh-keygen -l -f k.pub | cut -d' ' -f2 > out");
		told = file_get("out");
		ssh_key_fingerprint(&k, &print);
		buf_u8(&print, '\n');
		assert_span_equal(buf_span(&print), buf_span(&told));
		assert_span_equal(key_of(a, "k.pub").blob, k.blob);
	}
}

static void
a_short_rsa_key_needs_leave(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf armor = { 0 };
	struct sshsig_draft d;
	struct sshsig s;
	struct err e;

	(void)state;
	tool_run("printf hello > m; ssh-keygen -q -t rsa -b 2048 -N '' -f k && "
	    "ssh-keygen -q -Y sign -n git -f k m 2>/dev/null");
	struct ssh_key k = key_of(a, "k.pub");
	armor = file_get("m.sig");
	assert_ok(sshsig_parse_armor(a, buf_span(&armor), &s, &e), &e);
	assert_false(sshsig_verify(&s, &k, &git_rules, span_text("hello"),
	    &e));
	assert_err(&e, ERR_SSH_KEY_WEAK);
	assert_ok(sshsig_verify(&s, &k, &(struct sshsig_rules){ .name_space =
	    "git", .rsa_2048 = true }, span_text("hello"), &e), &e);
	assert_false(sshsig_plan(a, &k, "git", span_text("hello"), &d, &e));
	assert_err(&e, ERR_SSH_KEY_WEAK);
}

static void
a_signature_by_another_key(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *one = soft_key_new("ed25519");
	CLEANUP(soft_key_done) struct soft_key *two = soft_key_new("ed25519");
	CLEANUP(buf_done) struct buf armor = { 0 };
	struct ssh_key k = key_of_soft(a, two);
	struct sshsig s;
	struct err e;

	(void)state;
	sign_soft(a, one, span_text("hello"), &armor);
	assert_ok(sshsig_parse_armor(a, buf_span(&armor), &s, &e), &e);
	assert_false(sshsig_verify(&s, &k, &git_rules, span_text("hello"),
	    &e));
	assert_err(&e, ERR_SSHSIG_KEY);
}

static bool
verifies(struct arena *a, struct span armor, const struct ssh_key *k)
{
	uint8_t *copy = exact(armor);
	struct sshsig s;
	struct err e;
	bool good = sshsig_parse_armor(a, (struct span){ copy, armor.len },
	    &s, &e) && sshsig_verify(&s, k, &git_rules, span_text("hello"),
	    &e);

	free(copy);
	return good;
}

static void
no_prefix_and_no_flipped_byte_verifies(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 24);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("p256");
	CLEANUP(buf_done) struct buf armor = { 0 };
	struct ssh_key k = key_of_soft(a, soft);

	(void)state;
	sign_soft(a, soft, span_text("hello"), &armor);
	assert_true(verifies(a, buf_span(&armor), &k));
	/* git and others drop the last LF. */
	for (size_t n = 0; n + 1 < armor.len; n++)
		assert_false(verifies(a, (struct span){ armor.ptr, n }, &k));
	for (size_t i = 0; i + 1 < armor.len; i++) {
		armor.ptr[i] ^= 1;
		/* Where a line ends is not signed. */
		if (armor.ptr[i] != ('\n' ^ 1))
			assert_false(verifies(a, buf_span(&armor), &k));
		armor.ptr[i] ^= 1;
	}
	buf_u8(&armor, '\n');
	assert_false(verifies(a, buf_span(&armor), &k));
}

/* Builds the blob of a signature by hand: each case changes one field. */
struct fields {
	const char	*magic;
	uint32_t	 version;
	const char	*name_space;
	const char	*reserved;
	const char	*hash;
	const char	*algorithm;
	const char	*rest;
};

static void
put_blob(const struct fields *f, const struct ssh_key *k, struct span value,
    struct buf *out)
{
	CLEANUP(buf_done) struct buf inner = { 0 };

	buf_str(&inner, span_text(f->algorithm));
	buf_str(&inner, value);
	buf_text(out, f->magic);
	buf_u32be(out, f->version);
	buf_str(out, k->blob);
	buf_str(out, span_text(f->name_space));
	buf_str(out, span_text(f->reserved));
	buf_str(out, span_text(f->hash));
	buf_str(out, buf_span(&inner));
	buf_text(out, f->rest);
}

static void
each_field_of_the_blob_is_strict(void **state)
{
	static const struct fields bad[] = {
		{ "SSHSIH", 1, "git", "", "sha512", "ssh-ed25519", "" },
		{ "SSHSIG", 2, "git", "", "sha512", "ssh-ed25519", "" },
		{ "SSHSIG", 0, "git", "", "sha512", "ssh-ed25519", "" },
		{ "SSHSIG", 1, "", "", "sha512", "ssh-ed25519", "" },
		{ "SSHSIG", 1, "git", "x", "sha512", "ssh-ed25519", "" },
		{ "SSHSIG", 1, "git", "", "sha1", "ssh-ed25519", "" },
		{ "SSHSIG", 1, "git", "", "SHA512", "ssh-ed25519", "" },
		{ "SSHSIG", 1, "git", "", "sha512", "ssh-rsa", "" },
		{ "SSHSIG", 1, "git", "", "sha512", "rsa-sha2-512", "" },
		{ "SSHSIG", 1, "git", "", "sha512", "ssh-ed25519", "x" },
	};
	static const uint8_t zeros[64];
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("ed25519");
	struct ssh_key k = key_of_soft(a, soft);
	struct sshsig s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		put_blob(&bad[i], &k, SPAN(zeros), &b);
		assert_false(sshsig_parse(buf_span(&b), &s, &e) &&
		    sshsig_verify(&s, &k, &git_rules, span_text(""), &e));
		assert_err(&e, ERR_SSHSIG);
	}
}

static bool
touched(const struct soft_key *soft, const struct ssh_key *k, uint8_t flags,
    struct sshsig_rules rules, struct err *e)
{
	CLEANUP(buf_done) struct buf blob = { 0 };
	struct sshsig s;

	rules.name_space = "git";
	soft_security_key_sign(soft, flags, "git", span_text("hello"), &blob);
	assert_ok(sshsig_parse(buf_span(&blob), &s, e), e);
	return sshsig_verify(&s, k, &rules, span_text("hello"), e);
}

static void
a_security_key_must_have_been_touched(void **state)
{
	static const struct {
		uint8_t			flags;
		struct sshsig_rules	rules;
		enum err_code		code;	/* ERR_NONE: good */
	} cases[] = {
		{ 0x01, { .user_verified = false }, ERR_NONE },
		{ 0x05, { .user_verified = true }, ERR_NONE },
		{ 0x00, { .user_absent = true }, ERR_NONE },
		{ 0x04, { .user_absent = true, .user_verified = true },
		    ERR_NONE },
		{ 0x00, { .user_absent = false }, ERR_SSHSIG_PRESENCE },
		{ 0xfa, { .user_absent = false }, ERR_SSHSIG_PRESENCE },
		{ 0x04, { .user_verified = true }, ERR_SSHSIG_PRESENCE },
		{ 0x01, { .user_verified = true }, ERR_SSHSIG_VERIFICATION },
		{ 0x00, { .user_absent = true, .user_verified = true },
		    ERR_SSHSIG_VERIFICATION },
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("ed25519");
	CLEANUP(buf_done) struct buf blob = { 0 };
	struct sshsig_draft d;
	struct ssh_key k;
	struct err e;

	(void)state;
	soft_security_key_blob(soft, &blob);
	assert_ok(ssh_key_parse(buf_span(&blob), &k, &e), &e);
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool good = touched(soft, &k, cases[i].flags, cases[i].rules,
		    &e);

		assert_int_equal(good, cases[i].code == ERR_NONE);
		if (!good)
			assert_err(&e, cases[i].code);
	}
	assert_false(sshsig_plan(a, &k, "git", span_text("x"), &d, &e));
	assert_err(&e, ERR_SSH_KEY_KIND);
}

static void
lines_that_are_no_keys(void **state)
{
	static const struct {
		const char	*line;
		enum err_code	 code;
	} bad[] = {
		{ "", ERR_SSH_KEY },
		{ "ssh-ed25519", ERR_SSH_KEY },
		{ "ssh-ed25519 AAAA", ERR_SSH_KEY },
		{ "ssh-ed25519 ????", ERR_SSH_KEY },
		{ "ssh-dss AAAAB3NzaC1kc3M=", ERR_SSH_KEY_KIND },
		{ "ssh-ed25519-cert-v01@openssh.com AAAA", ERR_SSH_KEY_KIND },
		{ "restrict ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ERR_SSH_KEY_KIND },
		{ "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ERR_SSH_KEY },
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIQAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ERR_SSH_KEY },
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	struct ssh_key k;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(ssh_key_parse_line(a, span_text(bad[i].line), &k,
		    &e));
		assert_err(&e, bad[i].code);
	}
}

static void
points_off_the_curve_are_no_keys(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(soft_key_done) struct soft_key *soft = soft_key_new("p256");
	CLEANUP(buf_done) struct buf blob = { 0 }, spki = { 0 };
	struct ssh_key k = key_of_soft(a, soft);
	struct err e;

	(void)state;
	buf_put(&blob, k.blob);
	blob.ptr[blob.len - 1] ^= 1;
	assert_ok(ssh_key_parse(buf_span(&blob), &k, &e), &e);
	assert_false(ssh_key_spki(&k, &spki, &e));
	assert_err(&e, ERR_SSH_KEY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_ssh_keygen_signs_verifies,
		    clean),
		cmocka_unit_test_teardown(what_we_sign_ssh_keygen_verifies,
		    clean),
		cmocka_unit_test_teardown(keys_keep_their_bytes_through_spki,
		    clean),
		cmocka_unit_test_teardown(a_short_rsa_key_needs_leave, clean),
		TEST(a_signature_by_another_key),
		TEST(no_prefix_and_no_flipped_byte_verifies),
		TEST(each_field_of_the_blob_is_strict),
		TEST(a_security_key_must_have_been_touched),
		TEST(lines_that_are_no_keys),
		TEST(points_off_the_curve_are_no_keys),
	};

	return cmocka_run_group_tests_name("sshsig", tests, scratch_enter,
	    scratch_leave);
}

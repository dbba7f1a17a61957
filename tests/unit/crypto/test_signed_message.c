/*
 * signed_message: messages by openssl and gpgsm over one payload, each with
 * the siblings that must not pass; ber: what the outer elements may look like.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/ber.h"
#include "crypto/signed_message.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "scratch.h"
#include "test.h"

static const char make[] =
    "exec 2>/dev/null; export GNUPGHOME=$PWD/g; mkdir -m 700 g; set -e; "
    "printf 'hello\\n' > payload; printf 'other\\n' > other; "
    "for k in rsa:3072 ec:P-256; do "
    "case $k in rsa*) o='-newkey rsa:3072';; *) o='-newkey ec -pkeyopt "
    "ec_paramgen_curve:P-256';; esac; "
    "openssl req -new -x509 $o -nodes -keyout $k.key -out $k.pem -subj "
    "/CN=$k -days 30 -addext subjectAltName=email:a@acme.test,"
    "URI:https://id.test/a; done; "
    "s() { n=$1 k=$2 f=$3; shift 3; openssl cms -sign -binary -outform PEM "
    "-signer $k.pem -inkey $k.key -in $f $@ | "
    "sed 's/ CMS-/ SIGNED MESSAGE-/' > $n.sig; }; "
    "s rsa rsa:3072 payload; s pss rsa:3072 payload -keyopt "
    "rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest; s ec ec:P-256 payload; "
    "s sha512 ec:P-256 payload -md sha512; s ess ec:P-256 payload -cades; "
    "s of-other ec:P-256 other; s attached ec:P-256 payload -nodetach; "
    "s bare ec:P-256 payload -noattr; s weak ec:P-256 payload -md sha1; "
    "s two ec:P-256 payload -signer rsa:3072.pem -inkey rsa:3072.key; "
    "s none ec:P-256 payload -nocerts; "
    "s text ec:P-256 payload -econtent_type 1.2.3.4; "
    "(cat ec.sig; echo) > tail.sig; cat ec.sig ec.sig > twice.sig; "
    "(echo; cat ec.sig) > late.sig; "
    "sed 's/SIGNED MESSAGE/CMS/' ec.sig > label.sig; "
    "openssl pkcs12 -export -inkey rsa:3072.key -in rsa:3072.pem -passout "
    "pass:x -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1 "
    "-out p12; echo allow-loopback-pinentry > g/gpg-agent.conf; "
    "echo disable-crl-checks > g/gpgsm.conf; "
    "echo $(openssl x509 -in rsa:3072.pem -noout -fingerprint -sha1 | "
    "cut -d= -f2) S relax > g/trustlist.txt; "
    "m() { gpgsm --batch --pinentry-mode loopback --passphrase-fd 3 $@ "
    "3<<E\nx\nE\n}; m --import p12; "
    "m --armor --detach-sign -u a@acme.test -o lone.sig payload; "
    "m --armor --detach-sign --include-certs -1 -u a@acme.test "
    "-o gpgsm.sig payload; "
    "openssl x509 -in rsa:3072.pem -outform DER -out rsa.der; "
    "openssl x509 -in ec:P-256.pem -outform DER -out ec.der; "
    "gpgconf --kill all";

static int
begin(void **state)
{
	return scratch_enter(state) != 0 || system(make);
}

static bool
check(const char *file, const char *payload, struct arena *a,
    struct message_signer *m, struct err *e)
{
	CLEANUP(buf_done) struct buf armor = file_get(file), text = file_get(payload);

	return signed_message_check(buf_span(&armor), buf_span(&text), NULL, 0,
	    a, m, e);
}

static void
what_openssl_and_gpgsm_sign_verifies(void **state)
{
	static const char *const good[] = { "rsa.sig", "pss.sig", "ec.sig",
	    "sha512.sig", "ess.sig", "gpgsm.sig" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
		struct message_signer m;
		struct err e;

		assert_ok(check(good[i], "payload", a, &m, &e), &e);
		assert_int_equal(m.name_count, 2);
		assert_span_equal(m.names[0], SPAN_TEXT("email:a@acme.test"));
		assert_span_equal(m.names[1],
		    SPAN_TEXT("uri:https://id.test/a"));
		assert_ok(people_trust_check(NULL, &m, true, clock_now() +
		    60000, a, &e), &e);
		assert_false(people_trust_check(NULL, &m, true, 0, a, &e));
		assert_err(&e, ERR_CERTIFICATE_NOT_YET);
		assert_false(check(good[i], "other", a, &m, &e));
		assert_err(&e, ERR_CMS_DIGEST);
	}
}

/* What gpgsm leaves out is known, or else the message says nothing. */
static void
a_known_certificate_need_not_come_along(void **state)
{
	CLEANUP(buf_done) struct buf armor = file_get("lone.sig");
	CLEANUP(buf_done) struct buf rsa = file_get("rsa.der"), ec = file_get("ec.der");
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
	const struct span known[] = { buf_span(&ec), buf_span(&rsa) };
	struct message_signer m;
	struct err e;

	(void)state;
	assert_ok(signed_message_check(buf_span(&armor), SPAN_TEXT("hello\n"),
	    known, 2, a, &m, &e), &e);
	assert_span_equal(m.certificate, buf_span(&rsa));
	assert_int_equal(m.other_count, 0);
	assert_false(signed_message_check(buf_span(&armor),
	    SPAN_TEXT("hello\n"), known, 1, a, &m, &e));
	assert_err(&e, ERR_CMS_SIGNER_MISSING);
	assert_false(signed_message_check(buf_span(&armor),
	    SPAN_TEXT("Hello\n"), known, 2, a, &m, &e));
	assert_err(&e, ERR_CMS_DIGEST);
}

static void
each_bad_message_has_its_code(void **state)
{
	static const struct { const char *file; enum err_code code; } bad[] = {
		{ "of-other.sig", ERR_CMS_DIGEST },
		{ "attached.sig", ERR_CMS_CONTENT_TYPE },
		{ "text.sig", ERR_CMS_CONTENT_TYPE },
		{ "bare.sig", ERR_CMS_ATTRIBUTE },
		{ "weak.sig", ERR_DIGEST_WEAK },
		{ "two.sig", ERR_CMS_SIGNERS },
		{ "none.sig", ERR_CMS_SIGNER_MISSING },
		{ "tail.sig", ERR_CMS_MALFORMED },
		{ "twice.sig", ERR_CMS_MALFORMED },
		{ "late.sig", ERR_CMS_MALFORMED },
		{ "label.sig", ERR_CMS_MALFORMED },
		{ "payload", ERR_CMS_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
		struct message_signer m;
		struct err e;

		if (check(bad[i].file, "payload", a, &m, &e))
			fail_msg("%s is taken", bad[i].file);
		if (!err_is(&e, bad[i].code))
			fail_msg("%s: %s", bad[i].file, e.what->code);
	}
}

/* No bit of the signed part can change, and nothing can be cut off. */
static void
no_prefix_and_no_flipped_bit_verifies(void **state)
{
	CLEANUP(buf_done) struct buf armor = file_get("gpgsm.sig");
	struct message_signer m;
	struct err e;

	(void)state;
	for (size_t n = 0; n + 1 < armor.len; n += 1 + n % 7) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);

		assert_false(signed_message_check((struct span){ armor.ptr,
		    n }, SPAN_TEXT("hello\n"), NULL, 0, a, &m, &e));
	}
	for (size_t at = armor.len - 200; at < armor.len - 100; at++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 22);
		uint8_t was = armor.ptr[at];

		armor.ptr[at] = was == 'A' ? 'B' : 'A';
		assert_false(signed_message_check(buf_span(&armor),
		    SPAN_TEXT("hello\n"), NULL, 0, a, &m, &e));
		armor.ptr[at] = was;
	}
}

static void
elements_without_length_get_one(void **state)
{
	static const struct { const char *ber, *der; } cases[] = {
		{ "0500", "0500" },
		{ "30800000", "3000" },
		{ "3080050005000000", "300405000500" },
		{ "30800201a080020102000002010300000000", NULL },
		{ "3080a080020102000002010300 00", "3008a003020102020103" },
		{ "30820001ff", "30820001ff" },	/* for its reader to refuse */
		{ "3080050000", NULL },		/* no end */
		{ "05000500", NULL },		/* two */
		{ "3080000000", NULL },		/* more behind */
		{ "0480050000 00", NULL },	/* primitive */
		{ "1f010500", NULL },		/* a long tag */
		{ "3085000000000000", NULL },
		{ "3003050000 00", NULL },
		{ "3002ff", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLEANUP(buf_done) struct buf in = unhex_text(cases[i].ber);
		CLEANUP(buf_done) struct buf out = { 0 };
		bool good = ber_to_der(buf_span(&in), &out);

		if (good != (cases[i].der != NULL))
			fail_msg("%s", cases[i].ber);
		if (!good)
			continue;
		CLEANUP(buf_done) struct buf want = unhex_text(cases[i].der);
		assert_span_equal(buf_span(&out), buf_span(&want));
	}
}

static void
nesting_is_bounded(void **state)
{
	CLEANUP(buf_done) struct buf in = { 0 }, out = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_u16be(&in, 0x3080);
	assert_false(ber_to_der(buf_span(&in), &out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_and_gpgsm_sign_verifies),
		cmocka_unit_test(a_known_certificate_need_not_come_along),
		cmocka_unit_test(each_bad_message_has_its_code),
		cmocka_unit_test(no_prefix_and_no_flipped_bit_verifies),
		cmocka_unit_test(elements_without_length_get_one),
		cmocka_unit_test(nesting_is_bounded),
	};

	return cmocka_run_group_tests_name("signed_message", tests, begin,
	    scratch_leave);
}

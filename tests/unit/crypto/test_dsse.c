/*
 * dsse: envelopes are made by python3, which writes the encoding that is
 * signed by itself, and signed by openssl, for every kind of key; then each
 * part of them is broken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "crypto/dsse.h"
#include "pki.h"
#include "scratch.h"
#include "test.h"

static const char maker[] =
    "import base64, json, sys\n"
    "kind = b'application/vnd.in-toto+json'\n"
    "payload = open('payload', 'rb').read()\n"
    "if sys.argv[1] == 'pae':\n"
    "    sys.stdout.buffer.write(b'DSSEv1 %d %s %d %s' % (len(kind), kind,\n"
    "        len(payload), payload))\n"
    "else:\n"
    "    text = lambda b: base64.b64encode(b).decode()\n"
    "    one = {'sig': text(open('sig', 'rb').read()), 'keyid': 'x'}\n"
    "    if len(sys.argv) > 2: one['cert'] = open(sys.argv[2]).read()\n"
    "    json.dump({'payloadType': kind.decode(), 'more': [None, 1.5],\n"
    "        'payload': text(payload), 'signatures': [one]}, sys.stdout)\n";

/* How openssl makes each kind of key, and signs with it. */
static const struct {
	const char	*key;
	const char	*sign;
} ways[] = {
	{ "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
	    "dgst -sha256 -sign k.pem -out sig pae" },
	{ "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
	    "dgst -sha384 -sign k.pem -out sig pae" },
	{ "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
	    "dgst -sha256 -sign k.pem -out sig pae" },
	{ "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
	    "dgst -sha512 -sign k.pem -out sig pae" },
	{ "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
	    "dgst -sha256 -sign k.pem -out sig pae" },
	{ "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
	    "dgst -sha256 -sigopt rsa_padding_mode:pss "
	    "-sigopt rsa_pss_saltlen:digest -sign k.pem -out sig pae" },
	{ "-algorithm ED25519",
	    "pkeyutl -sign -rawin -inkey k.pem -in pae -out sig" },
};

static int
in_folder(void **state)
{
	if (scratch_enter(state) != 0)
		return 1;
	file_put("maker.py", SPAN_TEXT(maker));
	file_put("payload", SPAN_TEXT("{\"_type\": \"x\", \"n\": 1}\n"));
	return 0;
}

/* A key, k.pub, and an envelope by it, in the file "envelope". */
static void
make(size_t way)
{
	char command[512];

	snprintf(command, sizeof(command), "openssl genpkey %s -out k.pem "
	    "2> /dev/null && openssl pkey -in k.pem -pubout -out k.pub && "
	    "python3 maker.py pae > pae && openssl %s 2> /dev/null && "
	    "python3 maker.py envelope > envelope", ways[way].key,
	    ways[way].sign);
	tool_run(command);
}

static bool
judge(struct span file, struct span key, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	const struct dsse_trust t = { .key = key };
	struct dsse *list;
	size_t count;

	if (!dsse_parse(file, a, &list, &count, e))
		return false;
	assert_int_equal(count, 1);
	return dsse_verify(&list[0], &t, PKI_NOW, a, e);
}

/* The file with one text put in for another of it. */
static struct buf
with(struct span file, const char *old, const char *new)
{
	size_t at = span_find(file, SPAN_TEXT(old));
	struct buf b = { 0 };

	if (at == SIZE_MAX)
		fail_msg("there is no %s", old);
	buf_put(&b, (struct span){ file.ptr, at });
	buf_text(&b, new);
	buf_put(&b, span_from(file, at + strlen(old)));
	return b;
}

static void
refused(struct span file, const char *old, const char *new,
    enum err_code code)
{
	CLEANUP(buf_done) struct buf key = file_get("k.pub");
	CLEANUP(buf_done) struct buf bad = with(file, old, new);
	struct err e;

	assert_false(judge(buf_span(&bad), buf_span(&key), &e));
	assert_err(&e, code);
}

static void
takes_what_openssl_signed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct err e;

		make(i);
		CLEANUP(buf_done) struct buf file = file_get("envelope");
		CLEANUP(buf_done) struct buf key = file_get("k.pub");
		assert_ok(judge(buf_span(&file), buf_span(&key), &e), &e);
		assert_true(dsse_trust_check(&(struct dsse_trust){ .key =
		    buf_span(&key) }, &e));
		/* The same statement with one digit more. */
		refused(buf_span(&file), "OiAxfQo=", "OiAyfQo=",
		    ERR_DSSE_SIGNER);
		tool_run("openssl genpkey -algorithm ED25519 -out o.pem && "
		    "openssl pkey -in o.pem -pubout -out k.pub");
		CLEANUP(buf_done) struct buf other = file_get("k.pub");
		assert_false(judge(buf_span(&file), buf_span(&other), &e));
		assert_err(&e, ERR_DSSE_SIGNER);
	}
}

/* A digest that no maker of envelopes takes for this key does not count. */
static void
takes_no_weak_digest(void **state)
{
	struct err e;

	(void)state;
	make(0);
	tool_run("openssl dgst -sha1 -sign k.pem -out sig pae && "
	    "python3 maker.py envelope > envelope");
	CLEANUP(buf_done) struct buf file = file_get("envelope");
	CLEANUP(buf_done) struct buf key = file_get("k.pub");
	assert_false(judge(buf_span(&file), buf_span(&key), &e));
	assert_err(&e, ERR_DSSE_SIGNER);
}

static void
each_part_must_be_there_and_whole(void **state)
{
	struct err e;

	(void)state;
	make(0);
	CLEANUP(buf_done) struct buf file = file_get("envelope");
	CLEANUP(buf_done) struct buf key = file_get("k.pub");
	struct span s = buf_span(&file);

	refused(s, "\"payloadType\"", "\"payloadtype\"", ERR_DSSE_MALFORMED);
	refused(s, "vnd.in-toto+json", "json", ERR_DSSE_TYPE);
	refused(s, "\"payload\"", "\"load\"", ERR_DSSE_MALFORMED);
	refused(s, "\"payload\": \"", "\"payload\": \" ", ERR_DSSE_MALFORMED);
	refused(s, "OiAxfQo=", "OiAxfQo", ERR_DSSE_MALFORMED);
	refused(s, "\"signatures\"", "\"signature\"", ERR_DSSE_MALFORMED);
	refused(s, "\"sig\"", "\"value\"", ERR_DSSE_MALFORMED);
	refused(s, "\"payload\"", "\"payloadType\": \"\", \"payload\"",
	    ERR_JSON_MALFORMED);
	for (size_t n = 0; n < s.len; n++) {
		uint8_t *part = exact((struct span){ s.ptr, n });

		assert_false(judge((struct span){ part, n }, buf_span(&key),
		    &e));
		free(part);
	}
}

static void
an_envelope_without_signatures_is_nobody_s(void **state)
{
	static const char bare[] = "{\"payloadType\": \""
	    "application/vnd.in-toto+json\", \"payload\": \"e30=\", "
	    "\"signatures\": []}";
	struct err e;

	(void)state;
	make(0);
	CLEANUP(buf_done) struct buf key = file_get("k.pub");
	assert_false(judge(SPAN_TEXT(bare), buf_span(&key), &e));
	assert_err(&e, ERR_DSSE_SIGNER);
}

static void
a_file_may_hold_one_on_each_line(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	CLEANUP(buf_done) struct buf file = { 0 };
	struct dsse *list;
	struct err e;
	size_t count;

	(void)state;
	make(0);
	CLEANUP(buf_done) struct buf one = file_get("envelope");
	for (size_t i = 0; i < LIMIT_ENVELOPES; i++) {
		buf_put(&file, buf_span(&one));
		buf_text(&file, i % 2 == 0 ? "\n" : "\n\n");
	}
	assert_ok(dsse_parse(buf_span(&file), a, &list, &count, &e), &e);
	assert_int_equal(count, LIMIT_ENVELOPES);
	buf_put(&file, buf_span(&one));
	assert_false(dsse_parse(buf_span(&file), a, &list, &count, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	file.len = 2 * one.len;		/* the second is cut */
	assert_false(dsse_parse(buf_span(&file), a, &list, &count, &e));
	assert_err(&e, ERR_JSON_MALFORMED);
	assert_false(dsse_parse(SPAN_TEXT("\n"), a, &list, &count, &e));
	assert_err(&e, ERR_DSSE_MALFORMED);
}

/* ---- certificates ---- */
static void
new_certificates(const char *days)
{
	char command[1024];

	snprintf(command, sizeof(command), "{ "
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
	    "-nodes -keyout ca.key -subj /CN=CA -days 9 -out ca.pem && "
	    "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
	    "-nodes -keyout k.pem -subj /CN=ci -out k.csr && "
	    "printf 'subjectAltName=URI:https://ci.test/a\\n"
	    "keyUsage=digitalSignature\\n' > ext && "
	    "openssl x509 -req -in k.csr -CA ca.pem -CAkey ca.key "
	    "-set_serial 7 -extfile ext -days %s -out k.crt && "
	    "python3 maker.py pae > pae && "
	    "openssl dgst -sha256 -sign k.pem -out sig pae && "
	    "python3 maker.py envelope k.crt > envelope; } 2> /dev/null",
	    days);
	tool_run(command);
}

static bool
judge_named(const char *name, const char *roots, int64_t at, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	CLEANUP(buf_done) struct buf file = file_get("envelope");
	CLEANUP(buf_done) struct buf pem = file_get(roots);
	struct span names[] = { SPAN_TEXT("uri:https://other"),
	    SPAN_TEXT(name) };
	const struct dsse_trust t = { .roots = buf_span(&pem), .names = names,
	    .name_count = 2 };
	struct dsse *list;
	size_t count;

	assert_ok(dsse_parse(buf_span(&file), a, &list, &count, e), e);
	return dsse_verify(&list[0], &t, at, a, e);
}

static void
an_authority_vouches_for_those_it_names(void **state)
{
	static const char name[] = "uri:https://ci.test/a";
	int64_t now = (int64_t)time(NULL) * 1000;
	struct err e;

	(void)state;
	new_certificates("2");
	assert_ok(judge_named(name, "ca.pem", now + 60000, &e), &e);
	tool_run("openssl req -x509 -newkey ed25519 -nodes -keyout o.key "
	    "-subj /CN=CA -out o.pem 2> /dev/null");
	assert_false(judge_named(name, "o.pem", now + 60000, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
	assert_false(judge_named("uri:https://ci.test/", "ca.pem",
	    now + 60000, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
	assert_false(judge_named(name, "ca.pem", now + 3 * PKI_DAY, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
	assert_false(judge_named(name, "ca.pem", now - PKI_DAY, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
	/* The authority's own key is nobody that it names. */
	tool_run("openssl dgst -sha256 -sign ca.key -out sig pae && "
	    "python3 maker.py envelope ca.pem > envelope");
	assert_false(judge_named(name, "ca.pem", now + 60000, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
	/* Somebody else's signature beside the good certificate. */
	tool_run("python3 maker.py envelope k.crt > envelope");
	assert_false(judge_named(name, "ca.pem", now + 60000, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
}

static void
a_declared_certificate_counts_while_it_is_valid(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	int64_t now = (int64_t)time(NULL) * 1000;
	struct dsse *list;
	struct err e;
	size_t count;

	(void)state;
	new_certificates("2");
	CLEANUP(buf_done) struct buf file = file_get("envelope");
	CLEANUP(buf_done) struct buf pem = file_get("k.crt");
	const struct dsse_trust t = { .key = buf_span(&pem) };

	assert_ok(dsse_parse(buf_span(&file), a, &list, &count, &e), &e);
	assert_ok(dsse_verify(&list[0], &t, now + 60000, a, &e), &e);
	assert_false(dsse_verify(&list[0], &t, now + 3 * PKI_DAY, a, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
	assert_false(dsse_verify(&list[0], &t, now - PKI_DAY, a, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
}

/* A Sigstore bundle has the certificate beside the envelope, as DER. */
static void
bundles_are_read_as_well(void **state)
{
	static const char bundler[] = "python3 -c \""
	    "import base64, json, subprocess\n"
	    "der = subprocess.run(['openssl', 'x509', '-in', 'k.crt', "
	    "'-outform', 'DER'], capture_output=True).stdout\n"
	    "raw = {'rawBytes': base64.b64encode(der).decode()}\n"
	    "e = json.load(open('envelope'))\n"
	    "del e['signatures'][0]['cert']\n"
	    "m = {'certificate': raw} if %s else "
	    "{'x509CertificateChain': {'certificates': [raw]}}\n"
	    "json.dump({'mediaType': 'x', 'dsseEnvelope': e, "
	    "'verificationMaterial': m}, open('b', 'w'))\" && mv b envelope";
	int64_t now = (int64_t)time(NULL) * 1000;
	char command[1024];
	struct err e;

	(void)state;
	for (int i = 0; i < 2; i++) {
		new_certificates("2");
		snprintf(command, sizeof(command), bundler, i == 0 ? "True" :
		    "False");
		tool_run(command);
		assert_ok(judge_named("uri:https://ci.test/a", "ca.pem",
		    now + 60000, &e), &e);
	}
	tool_run("sed -i 's/certificates/others/' envelope");
	assert_false(judge_named("uri:https://ci.test/a", "ca.pem",
	    now + 60000, &e));
	assert_err(&e, ERR_DSSE_SIGNER);
}

static void
trust_must_be_usable(void **state)
{
	struct span name = SPAN_TEXT("uri:a");
	struct dsse_trust t = { .key = SPAN_TEXT("x") };
	struct err e;

	(void)state;
	assert_false(dsse_trust_check(&t, &e));
	assert_err(&e, ERR_DSSE_KEY);
	new_certificates("2");
	CLEANUP(buf_done) struct buf pem = file_get("ca.pem");
	t = (struct dsse_trust){ .roots = buf_span(&pem) };
	assert_false(dsse_trust_check(&t, &e));
	assert_err(&e, ERR_DSSE_KEY);
	t.names = &name;
	t.name_count = 1;
	assert_true(dsse_trust_check(&t, &e));
	t.roots = SPAN_TEXT("x");
	assert_false(dsse_trust_check(&t, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_what_openssl_signed),
		TEST(takes_no_weak_digest),
		TEST(each_part_must_be_there_and_whole),
		TEST(an_envelope_without_signatures_is_nobody_s),
		TEST(a_file_may_hold_one_on_each_line),
		TEST(an_authority_vouches_for_those_it_names),
		TEST(a_declared_certificate_counts_while_it_is_valid),
		TEST(bundles_are_read_as_well),
		TEST(trust_must_be_usable),
	};

	return cmocka_run_group_tests_name("dsse", tests, in_folder,
	    scratch_leave);
}

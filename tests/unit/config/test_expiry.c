/* expiry: what ends of an organization, when people are told, and in what
 * order. */
#include <string.h>

#include "base/text.h"
#include "config/expiry.h"
#include "crypto/pem.h"
#include "fixture.h"
#include "organization.h"
#include "pki.h"
#include "scratch.h"

#define DAY	EXPIRY_DAY
#define END	(PKI_NOW + 100 * DAY)
#define X509	"kind: x509\npurpose: release\nkey: \"pkcs11:object=r\"\n" \
		"certificate: release.pem\n"
#define OF_RELEASE "certificate release certificates/release.pem "
#define OF_NEXT	"certificate next certificates/next.pem "
#define NEXT	"kind: x509\npurpose: release\nkey: \"pkcs11:object=n\"\n" \
		"certificate: next.pem\n"

static struct organization_files files;

static int
begin(void **state)
{
	(void)state;
	organization_init(&files);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	organization_done(&files);
	return 0;
}

/* ---- numbers ---- */

static void
thresholds_are_reached_to_the_millisecond(void **state)
{
	static const struct {
		int64_t		left;
		uint64_t	reached, next;
	} cases[] = {
		{ 90 * DAY + 1, EXPIRY_FAR, 90 }, { 90 * DAY, 90, 60 },
		{ 60 * DAY + 1, 90, 60 }, { 60 * DAY, 60, 30 },
		{ 30 * DAY, 30, 14 }, { 14 * DAY + 1, 30, 14 },
		{ 14 * DAY, 14, 7 }, { 7 * DAY, 7, 1 }, { DAY + 1, 7, 1 },
		{ DAY, 1, 0 }, { 1000, 1, 0 }, { 0, 1, 0 },
		{ -1, 0, EXPIRY_FAR }, { -DAY, 0, EXPIRY_FAR },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t now = END - cases[i].left;
		int64_t next = expiry_next(END, now);

		assert_true(expiry_threshold(END, now) == cases[i].reached);
		if (cases[i].next == EXPIRY_FAR) {
			assert_true(next == INT64_MAX);
			continue;
		}
		assert_true(next > now);
		assert_true(expiry_threshold(END, next) == cases[i].next);
		assert_true(expiry_threshold(END, next - 1) ==
		    cases[i].reached);
	}
}

/* ---- lists ---- */

static struct expiries
list_at(struct fixture *f, struct config *c, int64_t now,
    struct span token)
{
	const struct expiry_seen seen = { &token, token.len > 0 };
	struct expiries list;

	assert_ok(expiry_list(c, &seen, now, f->arena, &list, &f->err),
	    &f->err);
	return list;
}

/* The line of a row; times are days after PKI_NOW. */
static void
put_row(const struct expiry *x, struct buf *b)
{
	buf_printf(b, "%s %.*s %.*s %.*s", x->what, (int)x->of.len,
	    (const char *)x->of.ptr, (int)x->file.len,
	    (const char *)x->file.ptr, (int)x->element.len,
	    (const char *)x->element.ptr);
	if (x->unread.len > 0)
		buf_text(b, " unread");
	else
		buf_printf(b, " %lld %lld%s",
		    (long long)((x->ends - PKI_NOW) / DAY),
		    (long long)x->days, x->ended ? " ended" : "");
	if (x->successor.len > 0)
		buf_printf(b, " then %.*s %lld%s", (int)x->successor.len,
		    (const char *)x->successor.ptr,
		    (long long)((x->from - PKI_NOW) / DAY),
		    x->covered ? " covered" : "");
	buf_text(b, "\n");
}

/* Of a kind, or of all but what cannot be read. */
static void
listed(int64_t now, const char *what, const char *want)
{
	CLEANUP(config_done) struct config *c = organization_config(&files);
	struct fixture f = fixture_new();
	struct expiries list = list_at(&f, c, now, (struct span){ 0 });
	CLEANUP(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < list.count; i++)
		if (what == NULL ? list.items[i].unread.len == 0 :
		    strcmp(list.items[i].what, what) == 0)
			put_row(&list.items[i], &b);
	assert_string_equal(buf_cstr(&b), want);
	fixture_done(&f);
}

/* Appends a certificate that ends so many days after PKI_NOW. */
static void
add_pem(struct buf *pem, const char *subject, int days)
{
	struct pki made;

	pki_make(&(struct pki_terms){ .subject = subject, .from = PKI_NOW,
	    .to = PKI_NOW + days * DAY }, &made);
	pem_write("CERTIFICATE", buf_span(&made.der), pem);
	pki_done(&made);
}

static void
put_pem(const char *path, const char *subject, int days)
{
	CLEANUP(buf_done) struct buf pem = { 0 };

	add_pem(&pem, subject, days);
	organization_put(&files, path, buf_cstr(&pem));
}

static void
put_chain(void)
{
	CLEANUP(buf_done) struct buf pem = { 0 };

	add_pem(&pem, "leaf", 100);
	add_pem(&pem, "ca", 50);
	add_pem(&pem, "root", 500);
	organization_put(&files, "certificates/release.pem", buf_cstr(&pem));
	organization_put(&files, "certificates/release.yaml", X509);
}

static void
chains_are_listed_by_their_ends(void **state)
{
	(void)state;
	put_chain();
	listed(PKI_NOW, NULL,
	    OF_RELEASE "chain 1: CN=ca,O=Acme 50 50\n"
	    OF_RELEASE "certificate: CN=leaf,O=Acme 100 100\n"
	    OF_RELEASE "chain 2: CN=root,O=Acme 500 500\n");
	listed(PKI_NOW + 100 * DAY - 1000, "certificate",
	    "certificate test certificates/x.pem  unread\n"
	    OF_RELEASE "chain 1: CN=ca,O=Acme 50 0 ended\n"
	    OF_RELEASE "certificate: CN=leaf,O=Acme 100 0\n"
	    OF_RELEASE "chain 2: CN=root,O=Acme 500 400\n");
	listed(PKI_NOW + 100 * DAY + 1, NULL,
	    OF_RELEASE "chain 1: CN=ca,O=Acme 50 0 ended\n"
	    OF_RELEASE "certificate: CN=leaf,O=Acme 100 0 "
	    "ended\n"
	    OF_RELEASE "chain 2: CN=root,O=Acme 500 399\n");
}

static void
put_successor(const char *from, const char *state)
{
	CLEANUP(buf_done) struct buf yaml = { 0 }, next = { 0 };

	buf_printf(&yaml, X509 "successor: {certificate: next, from: "
	    "\"%s\"}\n", from);
	buf_printf(&next, NEXT "%s", state);
	organization_put(&files, "certificates/release.yaml",
	    buf_cstr(&yaml));
	organization_put(&files, "certificates/next.yaml", buf_cstr(&next));
	put_pem("certificates/next.pem", "next", 465);
}

/* 2026-01-01 is PKI_NOW. */
static void
successors_cover_what_ends_after_them(void **state)
{
	(void)state;
	put_pem("certificates/release.pem", "leaf", 100);
	put_successor("2026-04-11", "");	/* the day it ends */
	listed(PKI_NOW, NULL,
	    OF_RELEASE "certificate: CN=leaf,O=Acme 100 100 "
	    "then next 100 covered\n"
	    OF_NEXT "certificate: CN=next,O=Acme 465 465\n");
	put_successor("2026-04-12", "");	/* a day too late */
	listed(PKI_NOW, NULL,
	    OF_RELEASE "certificate: CN=leaf,O=Acme 100 100 "
	    "then next 101\n"
	    OF_NEXT "certificate: CN=next,O=Acme 465 465\n");
	put_successor("2026-02-01", "state: standby\n");
	listed(PKI_NOW, NULL,
	    OF_RELEASE "certificate: CN=leaf,O=Acme 100 100 "
	    "then next 31\n"
	    OF_NEXT "certificate: CN=next,O=Acme 465 465\n");
}

static void
what_is_over_already_is_left_out(void **state)
{
	(void)state;
	put_pem("certificates/spare.pem", "spare", 100);
	organization_put(&files, "certificates/spare.yaml", "kind: x509\n"
	    "purpose: release\nkey: \"pkcs11:object=r\"\ncertificate: "
	    "spare.pem\nstate: standby\n");
	listed(PKI_NOW, NULL, "certificate spare certificates/spare.pem "
	    "certificate: CN=spare,O=Acme 100 100\n");
	organization_put(&files, "certificates/spare.yaml", "kind: x509\n"
	    "purpose: release\nkey: \"pkcs11:object=r\"\ncertificate: "
	    "spare.pem\nstate: retired\n");
	listed(PKI_NOW, NULL, "");
	organization_put(&files, "certificates/spare.yaml", "kind: x509\n"
	    "purpose: release\nkey: \"pkcs11:object=r\"\ncertificate: "
	    "spare.pem\nstate: revoked\nrevoked: {at: \"2026-01-01\", reason: "
	    "x}\n");
	listed(PKI_NOW, NULL, "");
}

#define ZOE_KEY	"  - x509: zoe/smime.pem\n"
#define ZOE	"name: Zoe\nemail: zoe@test\n"

static void
peoples_keys_end_in_two_ways(void **state)
{
	(void)state;
	put_pem("people/zoe/smime.pem", "Zoe", 20);
	organization_put(&files, "people/zoe.yaml", ZOE "keys:\n" ZOE_KEY
	    "    valid-to: \"2026-01-11\"\n");
	listed(PKI_NOW, NULL,
	    "person zoe people/zoe.yaml valid-to of "
	    "people/zoe/smime.pem 10 10\n"
	    "person zoe people/zoe/smime.pem "
	    "certificate: CN=Zoe,O=Acme 20 20\n");
	organization_put(&files, "people/zoe.yaml", ZOE "keys:\n" ZOE_KEY
	    "    revoked: {at: \"2026-01-01\", reason: x}\n");
	listed(PKI_NOW, NULL, "");
	organization_put(&files, "people/zoe.yaml", ZOE "disabled: true\n"
	    "keys:\n" ZOE_KEY);
	listed(PKI_NOW, NULL, "");
}

static void
ssh_keys_are_known_by_their_fingerprints(void **state)
{
	(void)state;
	organization_put(&files, "people/zoe.yaml", ZOE "keys:\n  - ssh: "
	    "\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILRtJC0m2mFMjhFWQwVxkXkqc1"
	    "RlwTGqNxLNvyEnEZmV\"\n    valid-to: \"2026-01-11\"\n");
	listed(PKI_NOW, NULL, "person zoe people/zoe.yaml valid-to of "
	    "SHA256:13UzEkOPa/7DXT+VxAxan8s46d1pjCsTlM/j4m6YkaM 10 10\n");
}

/* ---- authorities ---- */

static void
put_authorities(void)
{
	CLEANUP(buf_done) struct buf yaml = { 0 };

	buf_put(&yaml, files.files[0].bytes);
	buf_text(&yaml, "x509-roots: trust/people.pem\n");
	organization_put(&files, "tagseal.yaml", buf_cstr(&yaml));
	put_pem("trust/people.pem", "people", 30);
	put_pem("trust/tsa.pem", "stamps", 40);
	put_pem("build-systems/builds.pem", "builds", 35);
	organization_put(&files, "build-systems/ci.yaml", "keys: [{roots: "
	    "builds.pem, names: [\"uri:https://ci.test/\"]}]\n"
	    "builders: [\"https://ci.test\"]\n");
	put_pem("trust/vendor.pem", "vendor", 45);
	organization_put(&files, "projects/app/artifacts/default.yaml",
	    "artifact:\n  zip:\n    contents:\n      - pe: {path: a.exe, "
	    "verify: {authenticode: {roots: vendor.pem}}}\n");
}

static void
authorities_that_are_trusted_end_too(void **state)
{
	(void)state;
	put_authorities();
	listed(PKI_NOW, NULL,
	    "x509-roots  trust/people.pem root: CN=people,O=Acme 30 30\n"
	    "build-system ci build-systems/builds.pem "
	    "root: CN=builds,O=Acme 35 35\n"
	    "timestamp-authority  trust/tsa.pem root: CN=stamps,O=Acme 40 40\n"
	    "project app projects/app/artifacts/default.yaml "
	    "root: CN=vendor,O=Acme 45 45\n");
}

/* A list of the people's authority, the next one 25 days after PKI_NOW. */
static void
put_list(const struct pki *by)
{
	CLEANUP(buf_done) struct buf pem = { 0 };
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(PKI_NOW / 1000));
	ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)((PKI_NOW + 25 * DAY) /
	    1000));
	X509_CRL *crl = X509_CRL_new();
	unsigned char *der = NULL;

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->x509));
	X509_CRL_set1_lastUpdate(crl, from);
	X509_CRL_set1_nextUpdate(crl, to);
	assert_true(X509_CRL_sign(crl, by->key, EVP_sha256()) > 0);
	int len = i2d_X509_CRL(crl, &der);
	assert_true(len > 0);
	pem_write("X509 CRL", (struct span){ der, (size_t)len }, &pem);
	organization_put(&files, "trust/people.crl", buf_cstr(&pem));
	OPENSSL_free(der);
	X509_CRL_free(crl);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
}

static void
lists_end_when_the_next_one_is_due(void **state)
{
	CLEANUP(buf_done) struct buf yaml = { 0 }, pem = { 0 };
	struct pki root;

	(void)state;
	pki_make(&(struct pki_terms){ .subject = "people", .ca = true,
	    .from = PKI_NOW, .to = PKI_NOW + 30 * DAY }, &root);
	pem_write("CERTIFICATE", buf_span(&root.der), &pem);
	organization_put(&files, "trust/people.pem", buf_cstr(&pem));
	put_list(&root);
	buf_put(&yaml, files.files[0].bytes);
	buf_text(&yaml, "x509-roots: trust/people.pem\nx509-crls: [{file: "
	    "trust/people.crl}]\n");
	organization_put(&files, "tagseal.yaml", buf_cstr(&yaml));
	listed(PKI_NOW, NULL,
	    "x509-crl  trust/people.crl list: CN=people,O=Acme 25 25\n"
	    "x509-roots  trust/people.pem root: CN=people,O=Acme 30 30\n");
	pki_done(&root);
}

/* The id of the key is what gpg says. */
static void
openpgp_keys_end_too(void **state)
{
	CLEANUP(buf_done) struct buf key = { 0 }, id = { 0 }, want = { 0 };

	(void)state;
	tool_run("export GNUPGHOME=$PWD; gpg --batch --quiet --passphrase '' "
	    "--faked-system-time 20260101T000000 --quick-gen-key zoe "
	    "ed25519 sign 20d 2> /dev/null && gpg --armor --export zoe > key "
	    "2> /dev/null; gpg --with-colons --show-keys key 2> /dev/null | "
	    "awk -F: '$1 == \"pub\" { printf \"%s\", $5 }' > id; gpgconf "
	    "--kill all");
	key = file_get("key");
	id = file_get("id");
	organization_put(&files, "people/zoe/key.asc", buf_cstr(&key));
	organization_put(&files, "people/zoe.yaml", ZOE
	    "keys: [{openpgp: zoe/key.asc}]\n");
	organization_put(&files, "certificates/pgp.yaml", "kind: openpgp\n"
	    "purpose: test\nkey: \"pkcs11:object=t\"\ncertificate: "
	    "pgp.asc\n");
	organization_put(&files, "certificates/pgp.asc", buf_cstr(&key));
	buf_printf(&want, "certificate pgp certificates/pgp.asc key %s 20 20\n"
	    "person zoe people/zoe/key.asc key %s 20 20\n", buf_cstr(&id),
	    buf_cstr(&id));
	listed(PKI_NOW, NULL, buf_cstr(&want));
}

/* What cannot be read is said, and comes first; the rest is there. */
static void
what_cannot_be_read_is_said(void **state)
{
	CLEANUP(config_done) struct config *c = NULL;
	struct fixture f = fixture_new();

	(void)state;
	put_pem("trust/tsa.pem", "stamps", 40);
	organization_put(&files, "certificates/test.yaml", "kind: x509\n"
	    "purpose: test\nkey: \"pkcs11:object=t\"\ncertificate: x.pem\n");
	c = organization_config(&files);
	struct expiries list = list_at(&f, c, PKI_NOW,
	    SPAN_TEXT("no token"));
	assert_int_equal(list.count, 4);
	for (size_t i = 0; i < 3; i++)
		assert_true(list.items[i].unread.len > 0);
	assert_string_equal(list.items[0].what, "certificate");
	assert_string_equal(list.items[2].what, "timestamp-token");
	assert_int_equal(list.items[3].days, 40);
	fixture_done(&f);
}

/* The judge goes on after this error, and after no other. */
static void
too_much_to_be_listed_is_a_matter_of_memory(void **state)
{
	CLEANUP(config_done) struct config *c = NULL;
	CLEANUP(buf_done) struct buf pem = { 0 };
	const struct expiry_seen none = { NULL, 0 };

	(void)state;
	for (int i = 0; i < 40; i++)
		add_pem(&pem, "root", 100 + i);
	organization_put(&files, "trust/tsa.pem", buf_cstr(&pem));
	c = organization_config(&files);
	for (size_t most = 0; most < 20000; most += 4096) {
		CLEANUP(arena_done) struct arena *a = arena_new(most);
		struct expiries list;
		struct err e;

		assert_false(expiry_list(c, &none, PKI_NOW, a, &list, &e));
		assert_err(&e, ERR_LIMIT_MEMORY);
	}
}

int
main(void)
{
#define WITH(f)	cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(thresholds_are_reached_to_the_millisecond),
		WITH(chains_are_listed_by_their_ends),
		WITH(successors_cover_what_ends_after_them),
		WITH(what_is_over_already_is_left_out),
		WITH(peoples_keys_end_in_two_ways),
		WITH(ssh_keys_are_known_by_their_fingerprints),
		WITH(openpgp_keys_end_too),
		WITH(lists_end_when_the_next_one_is_due),
		WITH(authorities_that_are_trusted_end_too),
		WITH(what_cannot_be_read_is_said),
		WITH(too_much_to_be_listed_is_a_matter_of_memory),
	};

	return cmocka_run_group_tests_name("expiry", tests,
	    scratch_enter, scratch_leave);
}

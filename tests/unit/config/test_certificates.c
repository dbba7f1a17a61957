/* certificates: rules, states and successors, and each way to break them. */
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "organization.h"
#include "pki.h"
#include "test.h"

#define RELEASE	"certificates/release.yaml"
#define NEXT	"certificates/next.yaml"
#define X509	"kind: x509\npurpose: release\nkey: \"pkcs11:object=r\"\n" \
		"certificate: x.pem\n"

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

static void
put(const char *path, const char *head, const char *more)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	buf_printf(&b, "%s%s", head, more);
	organization_put(&files, path, buf_cstr(&b));
}

static void
accepted(void)
{
	config_free(organization_config(&files));
}

/* One error of this code, with these words. */
static void
refused(enum err_code code, const char *says)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(config_done) struct config *c = NULL;
	size_t found = 0;

	assert_false(config_parse(files.files, files.count, &c, &errors));
	for (size_t i = 0; i < errors.count; i++)
		found += err_is(&errors.items[i].e, code) &&
		    strstr(errors.items[i].e.text, says) != NULL;
	if (found == 0)
		config_errors_print(stderr, &errors, false);
	assert_int_equal(found, 1);
	assert_int_equal(errors.count, 1);
}

/* ---- rules ---- */

static void
policies_keep_the_rules(void **state)
{
	(void)state;
	put(RELEASE, X509, "rules: {approvals: 2, formats: [file, pe], "
	    "projects: [app], hours: [{to: \"01:00\"}], "
	    "signatures-per-day: 1}\n");
	accepted();
	put(RELEASE, X509, "rules: {approvals: 3}\n");
	refused(ERR_CONFIG_CERTIFICATE_RULES, "demands 3 approvals, the "
	    "policy asks for 2");
	organization_put(&files, "projects/other/project.yaml",
	    "description: x\nrepository: [\"https://git.test/o.git\"]\n"
	    "owners: [group/developers]\noutputs: [{directory: /srv/o}]\n");
	put(RELEASE, X509, "rules: {projects: [other]}\n");
	refused(ERR_CONFIG_CERTIFICATE_RULES, "is not for project \"app\"");
	put(RELEASE, X509, "rules: {projects: [nobody]}\n");
	refused(ERR_CONFIG_REFERENCE, "there is no project \"nobody\"");
}

static void
formats_are_those_of_signed_elements(void **state)
{
	(void)state;
	put(RELEASE, X509, "rules: {formats: [pe]}\n");
	accepted();
	organization_put(&files, "projects/app/artifacts/default.yaml",
	    "artifact:\n  zip:\n    contents:\n"
	    "      - pe: {path: a.exe, sign: authenticode}\n"
	    "      - msi: {path: a.msi, verify: authenticode}\n");
	accepted();
	organization_put(&files, "projects/app/artifacts/nightly.yaml",
	    "artifact: {msi: {sign: authenticode}}\n");
	accepted();		/* of the policy test only */
	organization_put(&files, "projects/app/artifacts/default.yaml",
	    "artifact:\n  zip:\n    contents:\n"
	    "      - pe: {path: a.exe, sign: authenticode}\n"
	    "      - msi: {path: a.msi, sign: authenticode}\n");
	refused(ERR_CONFIG_CERTIFICATE_RULES, "default.yaml:5:14: msi "
	    "\"a.msi\" is signed, policy \"release\" uses certificate "
	    "\"release\", and its formats do not name that kind");
}

/* ---- sizes of keys ---- */

static void
put_certificate(const char *path, const char *algorithm)
{
	struct pki made;
	CLEANUP(buf_done) struct buf pem = { 0 };

	pki_make(&(struct pki_terms){ .subject = "a",
	    .algorithm = algorithm }, &made);
	buf_text(&pem, "-----BEGIN CERTIFICATE-----\n");
	text_base64(buf_span(&made.der), &pem);
	buf_text(&pem, "\n-----END CERTIFICATE-----\n");
	organization_put(&files, path, buf_cstr(&pem));
	pki_done(&made);
}

static void
keys_have_a_least_size(void **state)
{
	static const struct {
		const char	*key;
		const char	*least;
		const char	*less;	/* NULL: it is enough */
	} rows[] = {
		{ "rsa:2048", "2048", NULL },
		{ "rsa:2048", "3072", "2048 bits, less than 3072" },
		{ "rsa:3072", "3072", NULL },
		{ "ec:P-256", "256", NULL },
		{ "ec:P-256", "384", "256 bits, less than 384" },
		{ "ec:P-384", "384", NULL },
		{ "ec:P-521", "521", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(buf_done) struct buf b = { 0 };

		put_certificate("certificates/x.pem", rows[i].key);
		buf_printf(&b, "rules: {minimum-key-size: %s}\n",
		    rows[i].least);
		put(RELEASE, X509, buf_cstr(&b));
		if (rows[i].less == NULL)
			accepted();
		else
			refused(ERR_CONFIG_CERTIFICATE_RULES, rows[i].less);
	}
	organization_put(&files, "certificates/x.pem", "no certificate\n");
	refused(ERR_CONFIG_X509, "minimum-key-size cannot be judged");
}

/* ---- states, successors ---- */

static void
states_end_the_use(void **state)
{
	(void)state;
	put(RELEASE, X509, "state: active\n");
	accepted();
	put(RELEASE, X509, "state: standby\n");
	refused(ERR_CONFIG_CERTIFICATE_STATE, "\"release\" is standby");
	put(RELEASE, X509, "state: retired\n");
	refused(ERR_CONFIG_CERTIFICATE_STATE, "\"release\" is retired");
	put(RELEASE, X509, "state: revoked\nrevoked: {at: \"2026-03-01\", "
	    "reason: lost}\n");
	refused(ERR_CONFIG_CERTIFICATE_STATE, "\"release\" is revoked");
	/* It may follow, and be made active later. */
	put(NEXT, X509, "state: standby\n");
	put(RELEASE, X509, "state: retired\nsuccessor: {certificate: next, "
	    "from: \"2026-03-01\"}\n");
	accepted();
	put(NEXT, X509, "state: retired\n");
	refused(ERR_CONFIG_CERTIFICATE_STATE, "\"next\" is retired");
	organization_put(&files, "certificates/test.yaml", "kind: x509\n"
	    "purpose: test\nkey: \"pkcs11:object=t\"\ncertificate: x.pem\n"
	    "state: standby\n");
	put(NEXT, X509, "");
	accepted();		/* a test is what standby is for */
}

static void
successors_are_of_the_same_kind(void **state)
{
	static const char follows[] = "successor: {certificate: next, "
	    "from: \"2026-03-01\"}\n";
	static const char back[] = "successor: {certificate: release, "
	    "from: \"2026-03-01\"}\n";

	(void)state;
	put(RELEASE, X509, follows);
	refused(ERR_CONFIG_REFERENCE, "there is no certificate \"next\"");
	put(NEXT, X509, "");
	accepted();
	put(NEXT, X509, "rules: {approvals: 3}\n");
	refused(ERR_CONFIG_CERTIFICATE_RULES, "\"next\" demands 3");
	organization_put(&files, NEXT, "kind: x509\npurpose: test\n"
	    "key: \"pkcs11:object=n\"\ncertificate: x.pem\n");
	refused(ERR_CONFIG_SUCCESSOR, "purpose release, its successor "
	    "\"next\" x509 and test");
	organization_put(&files, NEXT, "kind: ssh\npurpose: release\n"
	    "key: \"pkcs11:object=n\"\npublic: ssh-ed25519 x\n");
	refused(ERR_CONFIG_SUCCESSOR, "kind x509 and purpose release, its "
	    "successor \"next\" ssh and release");
	put(RELEASE, X509, "");
	accepted();
	put(RELEASE, X509, back);
	refused(ERR_CONFIG_SUCCESSOR, "successors of \"release\" have no "
	    "end");
	organization_put(&files, "certificates/commit.yaml", "kind: ssh\n"
	    "purpose: ledger\nkey: \"pkcs11:object=c\"\n"
	    "public: ssh-ed25519 x\nstate: retired\n");
	put(RELEASE, X509, "");
	refused(ERR_CONFIG_PURPOSE, "purpose ledger has no rules");
}

static void
two_cannot_follow_each_other(void **state)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(config_done) struct config *c = NULL;

	(void)state;
	put(RELEASE, X509, "successor: {certificate: next, "
	    "from: \"2026-03-01\"}\n");
	put(NEXT, X509, "successor: {certificate: release, "
	    "from: \"2026-03-01\"}\n");
	assert_false(config_parse(files.files, files.count, &c, &errors));
	assert_int_equal(errors.count, 2);
	assert_err(&errors.items[0].e, ERR_CONFIG_SUCCESSOR);
	assert_err(&errors.items[1].e, ERR_CONFIG_SUCCESSOR);
}

/* ---- at a time ---- */

static int64_t
ms(const char *time)
{
	int64_t at;

	assert_true(text_untime(SPAN_TEXT(time), &at));
	return at;
}

static const char *
signs_at(const struct config *c, const char *time)
{
	static char slug[200];
	const struct project *p = config_project(c, SPAN_TEXT("app"));
	const struct certificate *x = policy_certificate(c,
	    project_policy(p, SPAN_TEXT("release")), ms(time));

	snprintf(slug, sizeof(slug), "%s", text_show(x->slug).text);
	return slug;
}

static void
policies_follow_at_the_day(void **state)
{
	CLEANUP(config_done) struct config *c = NULL;

	(void)state;
	put(RELEASE, X509, "successor: {certificate: next, "
	    "from: \"2026-03-01T06:00:00Z\"}\n");
	put(NEXT, X509, "successor: {certificate: last, "
	    "from: \"2027-03-01\"}\n");
	put("certificates/last.yaml", X509, "");
	c = organization_config(&files);
	assert_string_equal(signs_at(c, "2026-03-01T05:59:59.999Z"),
	    "release");
	assert_string_equal(signs_at(c, "2026-03-01T06:00:00Z"), "next");
	assert_string_equal(signs_at(c, "2027-02-28T23:59:59Z"), "next");
	assert_string_equal(signs_at(c, "2027-03-01"), "last");
}

static void
hours_open_again(void **state)
{
	static const struct {
		const char	*at;
		const char	*opens;
	} rows[] = {
		/* 2026-03-02 was a Monday. */
		{ "2026-03-02T07:59:59.999Z", "2026-03-02T08:00:00Z" },
		{ "2026-03-02T08:00:00Z", "2026-03-02T08:00:00Z" },
		{ "2026-03-02T17:59:59.999Z", "2026-03-02T17:59:59.999Z" },
		{ "2026-03-02T18:00:00Z", "2026-03-06T08:00:00Z" },
		{ "2026-03-06T12:00:00Z", "2026-03-06T12:00:00Z" },
		{ "2026-03-06T18:00:00Z", "2026-03-07T22:30:00Z" },
		{ "2026-03-07T23:59:59.999Z", "2026-03-07T23:59:59.999Z" },
		{ "2026-03-08T00:00:00Z", "2026-03-09T08:00:00Z" },
	};
	CLEANUP(config_done) struct config *c = NULL;
	const struct certificate *x;

	(void)state;
	put(RELEASE, X509, "rules:\n  hours:\n"
	    "    - {days: [monday, friday], from: \"08:00\", to: \"18:00\"}\n"
	    "    - {days: [saturday], from: \"22:30\"}\n");
	c = organization_config(&files);
	x = config_certificate(c, SPAN_TEXT("release"));
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(certificate_opens(x, ms(rows[i].at)),
		    ms(rows[i].opens));
	x = config_certificate(c, SPAN_TEXT("test"));
	assert_int_equal(certificate_opens(x, 12345), 12345);
}

/* ---- roots ---- */

/* trust/NAME.pem needs no file that names it, but certificates. */
static void
roots_may_be_named_by_nobody(void **state)
{
	static const char *const elsewhere[] = { "trust/sub/x.pem",
	    "trust/x.crt", "groups/x.pem" };

	(void)state;
	put_certificate("trust/x.pem", "ec:P-256");
	accepted();
	organization_put(&files, "trust/x.pem",
	    "-----BEGIN CERTIFICATE-----\nMAAA\n"
	    "-----END CERTIFICATE-----\n");
	refused(ERR_CONFIG_X509, "trust/x.pem");
	organization_put(&files, "trust/x.pem", "none\n");
	refused(ERR_CONFIG_X509, "trust/x.pem");
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		files.count--;
		put_certificate(elsewhere[i], "ec:P-256");
		refused(ERR_CONFIG_FILE_UNKNOWN, elsewhere[i]);
	}
}

#define IN_WORLD(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(policies_keep_the_rules),
		IN_WORLD(formats_are_those_of_signed_elements),
		IN_WORLD(keys_have_a_least_size),
		IN_WORLD(states_end_the_use),
		IN_WORLD(successors_are_of_the_same_kind),
		IN_WORLD(two_cannot_follow_each_other),
		IN_WORLD(policies_follow_at_the_day),
		IN_WORLD(hours_open_again),
		IN_WORLD(roots_may_be_named_by_nobody),
	};

	return cmocka_run_group_tests_name("certificates", tests, NULL, NULL);
}

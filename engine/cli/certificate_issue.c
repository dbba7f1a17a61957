/* certificate issue - a small authority of one's own, for tests. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/certificate.h"
#include "crypto/oid.h"
#include "crypto/pem.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/random.h"

#define RSA_MADE	3072	/* bits: what a new certificate must have */

/* Who issues, and for what. */
struct issuing {
	struct arena			*arena;
	const char			*uri;	/* the authority's key */
	const char			*output;
	struct certificate_bag		 authority;	/* own one first */
	struct certificate		 asked;
	uint8_t				 serial[CERTIFICATE_SERIAL];
	struct certificate_terms	 terms;
};

static bool
refused(struct err *e, const char *what)
{
	return err_set(e, ERR_CSR_REFUSED, "the request %s", what);
}

/* RFC 4514 text: what cannot be shown is a backslash and two digits. */
static bool
shows_control(struct span text)
{
	struct reader r = rd_open(text);

	while (rd_left(&r) > 1) {
		struct span at = span_from(text, text.len - rd_left(&r));

		if (span_starts(at, "\\\\"))
			rd_u8(&r);
		else if (span_starts(at, "\\0") || span_starts(at, "\\1") ||
		    span_starts(at, "\\7F"))
			return true;
		rd_u8(&r);
	}
	return false;
}

static bool
name_fits(struct span name)
{
	struct reader r = rd_open(name);

	while (rd_left(&r) > 0) {
		uint8_t c = rd_u8(&r);

		if (c <= ' ' || c == '*' || c >= 0x7f)
			return false;
	}
	return true;
}

static bool
names_check(const struct certificate *asked, const struct certificate *issuer,
    struct err *e)
{
	if (asked->subject.len == 0)
		return refused(e, "names nobody: its subject is empty");
	if (shows_control(asked->subject))
		return refused(e, "has control characters in its subject");
	if (span_eq(asked->subject_name, issuer->subject_name))
		return refused(e, "has the authority's own name");
	if (asked->other_names > 0)
		return refused(e, "has alternative names that are none of dns, "
		    "email, uri");
	if (asked->name_count > LIMIT_BAG_CERTIFICATES)
		return refused(e, "has too many alternative names");
	for (size_t i = 0; i < asked->name_count; i++)
		if (!name_fits(asked->names[i]))
			return refused(e, "has an alternative name with a "
			    "blank, a star, or what is not ASCII");
	return true;
}

static bool
asked_check(const struct issuing *w, struct err *e)
{
	const struct certificate *issuer = &w->authority.items[0];
	struct public_key key;

	if (!public_key_parse(w->asked.spki, &key, e))
		return false;
	if (key.kind == KEY_RSA && key.bits < RSA_MADE)
		return err_set(e, ERR_KEY_WEAK, "an RSA key of %u bits: new "
		    "certificates are for %d at least", key.bits, RSA_MADE);
	if (span_eq(w->asked.spki, issuer->spki))
		return refused(e, "is for the authority's own key");
	if (w->asked.ca && w->terms.use != CERTIFICATE_AUTHORITY)
		return refused(e, "asks to be an authority: that needs --use "
		    "authority");
	return names_check(&w->asked, issuer, e);
}

static bool
may_not(struct err *e, const char *what)
{
	return err_set(e, ERR_ISSUE_AUTHORITY, "the authority's certificate "
	    "%s", what);
}

/* An authority of certain purposes issues for these only. */
static bool
purpose_fits(const struct certificate *issuer, enum certificate_use use)
{
	static const enum oid purposes[] = {
		[CERTIFICATE_CODE_SIGNING] = OID_EKU_CODE_SIGNING,
		[CERTIFICATE_TIME_STAMPING] = OID_EKU_TIME_STAMPING,
	};

	return !issuer->has_extended || (use != CERTIFICATE_AUTHORITY &&
	    certificate_allows(issuer, oid_der(purposes[use])));
}

static bool
authority_check(const struct issuing *w, int64_t now, struct err *e)
{
	const struct certificate *c = &w->authority.items[0];
	char to[TEXT_TIME_SIZE];

	text_time(c->not_after, to);
	if (!c->ca)
		return may_not(e, "is not of an authority (basicConstraints)");
	if (c->has_key_usage && (c->key_usage & KEY_USAGE_CERT_SIGN) == 0)
		return may_not(e, "has a keyUsage without keyCertSign");
	if (c->strange)
		return may_not(e, "has a critical extension that is not "
		    "understood here");
	if (w->terms.use == CERTIFICATE_AUTHORITY && c->has_depth &&
	    c->depth == 0)
		return may_not(e, "allows no authority below it "
		    "(pathLenConstraint)");
	if (!purpose_fits(c, w->terms.use))
		return may_not(e, "is for other purposes (extendedKeyUsage)");
	if (now < c->not_before || w->terms.not_after > c->not_after)
		return err_set(e, ERR_ISSUE_AUTHORITY, "the authority's "
		    "certificate is valid until %s only, or not yet", to);
	return true;
}

static bool
issuing_read(const struct invocation *in, struct issuing *w, struct err *e)
{
	const char *certificate, *request;
	struct certificate_terms *t = &w->terms;

	if (!option_need(in, "authority", &w->uri, e) ||
	    !option_need(in, "authority-certificate", &certificate, e) ||
	    !option_need(in, "request", &request, e) ||
	    !option_need(in, "output", &w->output, e) ||
	    !certificate_use_read(in, &t->use, e) ||
	    !certificate_dates_read(in, t, e) ||
	    !certificate_load(certificate, w->arena, &w->authority, e))
		return false;
	if (!authority_check(w, clock_now(), e))
		return err_at(e, "%s", certificate);
	if (!import_request(request, w->arena, &w->asked, e))
		return false;
	if (!asked_check(w, e))
		return err_at(e, "%s", request);
	random_bytes(w->serial, sizeof(w->serial));
	t->serial = SPAN(w->serial);
	t->issuer = &w->authority.items[0];
	t->subject_name = w->asked.subject_name;
	t->spki = w->asked.spki;
	t->names = w->asked.names;
	t->name_count = w->asked.name_count;
	return true;
}

static bool
issuing_sign(const struct invocation *in, struct issuing *w, struct span *der,
    struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	struct token_key key = { 0 };
	struct to_be_signed what;
	struct span draft, value;

	if (!token_open(in, w->uri, &token, e) ||
	    !token_find(token, w->arena, &key, e) ||
	    !token_signature_kind(&key, option_text(in, "digest"),
	    &w->terms.kind, e))
		return false;
	if (!span_eq(key.spki, w->terms.issuer->spki))
		return err_set(e, ERR_CERTIFICATE_KEY, "the first certificate "
		    "of --authority-certificate is not for the key %s",
		    w->uri);
	return certificate_plan(&w->terms, w->arena, &draft, &what, e) &&
	    token_sign(token, &what, w->output, &value, w->arena, e) &&
	    issue_finish(&w->terms, draft, value, w->arena, der, e);
}

static int
issuing_write(const struct invocation *in, const struct issuing *w,
    struct span der, struct err *e)
{
	CLEANUP(buf_done) struct buf pem = { 0 };
	struct certificate made;

	if (!certificate_parse(der, w->arena, &made, e))
		return -1;
	pem_write("CERTIFICATE", der, &pem);
	for (size_t i = 0; i < w->authority.count; i++)
		pem_write("CERTIFICATE", w->authority.items[i].der, &pem);
	if (!file_replace_span(w->output, buf_span(&pem), FILE_PLAIN, e))
		return -1;
	if (in->json) {
		struct json *v = certificate_json(&made, clock_now());

		json_put_text(v, "output", w->output);
		cli_answer(v);
	} else {
		certificate_line(&made, clock_now());
		fprintf(stderr, "wrote %s\n", w->output);
	}
	return EXIT_YES;
}

static int
run_issue(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(CERTIFICATE_ARENA);
	struct issuing w = { .arena = a };
	struct span der;

	if (!issuing_read(in, &w, e) || !issuing_sign(in, &w, &der, e))
		return -1;
	return issuing_write(in, &w, der, e);
}

static const struct option_row issue_options[] = {
	{ "authority", 0, "URI", "the authority's key: pkcs11:token=...;"
	    "object=...", false },
	{ "authority-certificate", 0, "FILE", "its certificate, then its "
	    "chain", false },
	{ "request", 0, "FILE", "what is asked for: PKCS#10, PEM or DER",
	    false },
	{ "use", 0, "USE", "code-signing (default), time-stamping, authority",
	    false },
	{ "days", 0, "N", "how long it is valid (default 365)", false },
	{ "digest", 0, "NAME", "sha256 (default), sha384, sha512", false },
	{ "output", 'o', "FILE", "where the certificate and its chain go",
	    false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command certificate_issue_command = {
	.name = "certificate issue",
	.summary = "answer a request by a test authority in a token",
	.arguments = "",
	.options = issue_options,
	.details = "A small authority of your own, for test certificates: its "
	    "key is in a token, its\ncertificate made by 'certificate "
	    "self-signed --use authority'. The request must be\nsigned by its "
	    "own key. The subject and alternative names are taken from it, "
	    "what\nthe certificate may be used for only from --use. Refused "
	    "are an empty subject, the\nauthority's own name or key, names "
	    "with stars, blanks or control characters, RSA\nkeys of less than "
	    "3072 bits, and dates past the authority's own. It keeps no list "
	    "of\nwhat it issued and revokes nothing.",
	.example = "tagseal certificate issue --authority 'pkcs11:token=acme;"
	    "object=test-ca' \\\n    --authority-certificate test-ca.pem "
	    "--request test.csr --days 90 \\\n    -o certificates/test.pem",
	.json = true,
	.run = run_issue,
};

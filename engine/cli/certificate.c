/* certificate - requests and self-signed certificates for keys in a token. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/certificate.h"
#include "crypto/evidence.h"
#include "crypto/pem.h"
#include "sys/file.h"
#include "sys/random.h"

#define ARENA		((size_t)4 << 20)
#define NAMES_MAX	32

/* What both commands read from the command line. */
struct wanted {
	struct certificate_terms terms;
	struct span		 names[NAMES_MAX];
	const char		*uri;
	const char		*output;
};

static bool
read_wanted(const struct invocation *in, struct wanted *w, struct err *e)
{
	const char *subject, *name;

	if (!option_need(in, "key", &w->uri, e) ||
	    !option_need(in, "subject", &subject, e) ||
	    !option_need(in, "output", &w->output, e) ||
	    !certificate_use_read(in, &w->terms.use, e))
		return false;
	w->terms.subject = span_text(subject);
	w->terms.names = w->names;
	while ((name = option_nth(in, "name", w->terms.name_count)) != NULL) {
		if (w->terms.name_count == NAMES_MAX)
			return err_set(e, ERR_USAGE, "more than %d names",
			    NAMES_MAX);
		w->names[w->terms.name_count++] = span_text(name);
	}
	return true;
}

typedef bool plan_function(const struct certificate_terms *, struct arena *,
    struct span *, struct to_be_signed *, struct err *);

static bool
issue(const struct invocation *in, struct wanted *w, plan_function *plan,
    struct arena *a, struct span *der, struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	struct token_key key = { 0 };
	struct to_be_signed t;
	struct span draft, value;

	if (!token_open(in, w->uri, &token, e) ||
	    !token_find(token, a, &key, e) ||
	    !token_signature_kind(&key, option_text(in, "digest"),
	    &w->terms.kind, e))
		return false;
	w->terms.spki = key.spki;
	return plan(&w->terms, a, &draft, &t, e) &&
	    token_sign(token, &t, w->output, &value, a, e) &&
	    issue_finish(&w->terms, draft, value, a, der, e);
}

static int
write_pem(const struct invocation *in, const struct wanted *w,
    const char *label, struct span der, struct err *e)
{
	CLEANUP(buf_done) struct buf pem = { 0 };

	pem_write(label, der, &pem);
	if (!file_replace_span(w->output, buf_span(&pem), FILE_PLAIN, e))
		return -1;
	if (in->json) {
		struct json *v = json_map();

		json_put_text(v, "output", w->output);
		cli_answer(v);
	} else {
		fprintf(stderr, "wrote %s\n", w->output);
	}
	return EXIT_YES;
}

static bool
read_evidence(const struct invocation *in, struct arena *a,
    struct span *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *path = option_text(in, "attestation");
	const char *type = option_text(in, "attestation-type");
	struct span kept;

	if (path == NULL)
		return type == NULL || err_set(e, ERR_USAGE,
		    "--attestation-type says what --attestation is");
	if (!file_load(path, LIMIT_EVIDENCE, &b, e))
		return false;
	if (!arena_copy(a, buf_span(&b), &kept))
		return err_budget(e, a);
	return evidence_bundle(kept, span_text(type == NULL ? "" :
	    type), a, out, e) || err_at(e, "%s", path);
}

static int
run_csr(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	struct wanted w = { 0 };
	struct span der;

	if (!read_wanted(in, &w, e) ||
	    !read_evidence(in, a, &w.terms.evidence, e) ||
	    !issue(in, &w, request_plan, a, &der, e))
		return -1;
	return write_pem(in, &w, "CERTIFICATE REQUEST", der, e);
}

static int
run_self_signed(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	struct wanted w = { 0 };
	uint8_t serial[CERTIFICATE_SERIAL];
	struct span der;

	if (!read_wanted(in, &w, e) ||
	    !certificate_dates_read(in, &w.terms, e))
		return -1;
	random_bytes(serial, sizeof(serial));
	w.terms.serial = SPAN(serial);
	if (!issue(in, &w, certificate_plan, a, &der, e))
		return -1;
	return write_pem(in, &w, "CERTIFICATE", der, e);
}

#define CERTIFICATE_OPTIONS						\
	{ "key", 0, "URI", "the key: pkcs11:token=...;object=...", false },\
	{ "subject", 0, "NAME", "as in 'CN=Acme Test,O=Acme,C=DE'", false },\
	{ "use", 0, "USE", "code-signing (default), time-stamping, "	\
	    "authority", false },					\
	{ "name", 0, "NAME", "further name: dns:..., email:..., uri:...",\
	    true },							\
	{ "digest", 0, "NAME", "sha256 (default), sha384, sha512", false },\
	{ "output", 'o', "FILE", "where the PEM file goes", false }

static const struct option_row csr_options[] = {
	CERTIFICATE_OPTIONS,
	{ "attestation", 0, "FILE", "what the token's maker says of the key: "
	    "an AttestationBundle, or a statement", false },
	{ "attestation-type", 0, "OID", "the file is a statement of this type",
	    false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row self_signed_options[] = {
	CERTIFICATE_OPTIONS,
	{ "days", 0, "N", "how long it is valid (default 365)", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command certificate_csr_command = {
	.name = "certificate csr",
	.summary = "make a certificate request for a key in a token",
	.arguments = "",
	.options = csr_options,
	.details = "The request (PKCS#10) is signed by the key itself. An "
	    "authority turns it into a\ncertificate. --attestation "
	    "adds proof by the token's maker that the key cannot leave it, as\n"
	    "the attribute id-aa-attestation (1.2.840.113549.1.9.16.2.59, "
	    "draft-ietf-lamps-csr-\nattestation). With --attestation-type the "
	    "file may be of any form: PEM certificates\ngo in as the first, "
	    "with the others as its chain.",
	.example = "tagseal certificate csr --key 'pkcs11:token=acme;"
	    "object=release' \\\n    --subject 'CN=Acme Inc,O=Acme Inc,C=DE' "
	    "-o release.csr",
	.json = true,
	.run = run_csr,
};

const struct command certificate_self_signed_command = {
	.name = "certificate self-signed",
	.summary = "make a self-signed certificate for tests",
	.arguments = "",
	.options = self_signed_options,
	.details = "Nobody trusts such a certificate unless told to: use it "
	    "for test signing and\nclosed networks.",
	.example = "tagseal certificate self-signed --key 'pkcs11:token=acme;"
	    "object=test' \\\n    --subject 'CN=Acme Test' --days 90 "
	    "-o test.pem",
	.json = true,
	.run = run_self_signed,
};

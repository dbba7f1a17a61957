/* certificate import - what an authority returned, as the file to sign with. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/certificate.h"
#include "crypto/pem.h"
#include "crypto/request.h"
#include "sys/clock.h"
#include "sys/file.h"

bool
import_request(const char *path, struct arena *a, struct certificate *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span kept;

	if (!file_load(path, LIMIT_REQUEST, &b, e))
		return false;
	if (!arena_copy(a, buf_span(&b), &kept))
		return err_budget(e, a);
	return request_parse(kept, a, out, e) || err_at(e, "%s", path);
}

/* Whose certificate it must be: a key's in a token, or that of a request. */
static bool
key_read(const struct invocation *in, struct arena *a, struct span *spki,
    struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	const char *uri = option_text(in, "key");
	const char *request = option_text(in, "request");
	struct certificate asked;
	struct token_key key;

	if ((uri == NULL) == (request == NULL))
		return err_set(e, ERR_USAGE, "give one of --key and --request: "
		    "whose certificate it is");
	if (request != NULL) {
		if (!import_request(request, a, &asked, e))
			return false;
		*spki = asked.spki;
		return true;
	}
	if (!token_open(in, uri, &token, e) || !token_find(token, a, &key, e))
		return false;
	*spki = key.spki;
	return true;
}

bool
import_purpose(const struct invocation *in, enum purpose *out, struct err *e)
{
	enum certificate_use use;

	if (!certificate_use_read(in, &use, e))
		return false;
	if (use == CERTIFICATE_AUTHORITY)
		return err_set(e, ERR_USAGE, "--use authority: no artifact is "
		    "signed with the certificate of an authority");
	*out = use == CERTIFICATE_CODE_SIGNING ? PURPOSE_CODE_SIGNING :
	    PURPOSE_TIME_STAMPING;
	return true;
}

static bool
others_add(const struct invocation *in, struct import *i, struct err *e)
{
	const char *folder;

	for (size_t n = 0;
	    (folder = option_nth(in, "chain-from", n)) != NULL; n++)
		if (!certificate_folder_add(folder, i->arena, &i->bag, e))
			return err_at(e, "--chain-from");
	return !option_given(in, "fetch") || certificate_fetch_add(&i->leaf,
	    i->arena, &i->bag, &i->fetched, e);
}

static bool
collect(const struct invocation *in, struct import *i, struct err *e)
{
	const struct certificate *leaf;
	struct span spki;

	if (!import_purpose(in, &i->terms.purpose, e) ||
	    !key_read(in, i->arena, &spki, e) ||
	    !certificate_load(in->arguments[0], i->arena, &i->bag, e))
		return false;
	if (!path_leaf(&i->bag, spki, &leaf, e))
		return err_at(e, "%s", in->arguments[0]);
	i->leaf = *leaf;
	return true;
}

static bool
chain_make(const struct invocation *in, struct import *i, const char *from,
    struct err *e)
{
	if (!others_add(in, i, e))
		return false;
	if (path_build(&i->leaf, &i->bag, &i->terms, i->arena, &i->chain, e))
		return true;
	if (err_is(e, ERR_CERTIFICATE_NO_PATH))
		err_hint(e, "name a folder that has it by --chain-from, let "
		    "--fetch get it, or with --no-root let the chain end "
		    "before its root");
	return err_at(e, "%s", from);
}

static struct json *
import_json(const struct import *i, const char *output)
{
	struct json *v = json_map(), *all = json_list(), *urls = json_list();
	struct json *over = json_map();
	struct certificate c;
	struct err e;

	json_put_text(v, "output", output);
	for (size_t n = 0; n < i->chain.count; n++)
		if (certificate_parse(i->chain.certificates[n], i->arena, &c,
		    &e))
			json_add(all, certificate_json(&c, i->now));
	json_put(v, "certificates", all);
	for (size_t n = 0; n < i->fetched.count; n++)
		json_add(urls, json_text(i->fetched.urls[n]));
	json_put(v, "fetched", urls);
	json_put_int(over, "lists", (int64_t)i->bag.lists);
	json_put_int(over, "others", (int64_t)i->bag.others);
	json_put(v, "passed_over", over);
	return v;
}

static void
import_print(const struct import *i, const char *output)
{
	struct certificate c;
	struct err e;

	for (size_t n = 0; n < i->chain.count; n++)
		if (certificate_parse(i->chain.certificates[n], i->arena, &c,
		    &e))
			certificate_line(&c, i->now);
	if (i->bag.lists > 0)
		fprintf(stderr, "note: %zu revocation lists in it were passed "
		    "over\n", i->bag.lists);
	if (i->bag.others > 0)
		fprintf(stderr, "note: %zu other things in it were passed "
		    "over\n", i->bag.others);
	fprintf(stderr, "wrote %s\n", output);
}

int
import_finish(const struct invocation *in, struct import *i, const char *from,
    const char *output, struct err *e)
{
	CLEANUP(buf_done) struct buf pem = { 0 };

	i->now = i->terms.at = clock_now();
	i->terms.no_root = option_given(in, "no-root");
	if (!chain_make(in, i, from, e))
		return -1;
	for (size_t n = 0; n < i->chain.count; n++)
		pem_write("CERTIFICATE", i->chain.certificates[n], &pem);
	if (!file_replace_span(output, buf_span(&pem), FILE_PLAIN, e))
		return -1;
	if (in->json)
		cli_answer(import_json(i, output));
	else
		import_print(i, output);
	return EXIT_YES;
}

static int
run_import(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(CERTIFICATE_ARENA);
	struct import i = { .arena = a };
	const char *output;

	if (!option_need(in, "output", &output, e) || !collect(in, &i, e))
		return -1;
	return import_finish(in, &i, in->arguments[0], output, e);
}

static const struct option_row import_options[] = {
	{ "key", 0, "URI", "the key it is for: pkcs11:token=...;object=...",
	    false },
	{ "request", 0, "FILE", "or the request that it answers", false },
	{ "chain-from", 0, "DIR", "folder with certificates of issuers: .pem, "
	    ".crt, .cer, .der, .p7b, .p7c", true },
	{ "fetch", 0, NULL, "get missing issuers from where the certificates "
	    "say (http, https)", false },
	{ "no-root", 0, NULL, "the chain may end before its root", false },
	{ "use", 0, "USE", "code-signing (default), time-stamping", false },
	{ "output", 'o', "FILE", "where the PEM file goes", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command certificate_import_command = {
	.name = "certificate import",
	.summary = "make the file to sign with of what an authority returned",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.options = import_options,
	.details = "FILE is PEM, DER, PKCS#7 or CMS with certificates in any "
	    "order, of 1 MiB and 100\ncertificates at most; revocation lists "
	    "and other things in it are passed over. The\ncertificate of the "
	    "key comes first in the output, then each issuer up to the root.\n"
	    "Signatures, authorities, their depth, dates and the purpose are "
	    "checked before\nanything is written. That the chain ends in a "
	    "root says that it is whole, not that\nanybody trusts it: compare "
	    "its SHA-256 (--json) with what the authority publishes.",
	.example = "tagseal certificate import --key 'pkcs11:token=acme;"
	    "object=release' reply.p7b \\\n    --chain-from issuers -o "
	    "certificates/release.pem\ntagseal certificate import --request "
	    "release.csr --fetch --no-root \\\n    -o release.pem reply.cer",
	.json = true,
	.run = run_import,
};

/* key - keys in a token: make, list, check. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/token.h"

static void
print_member(const struct json *key, const char *title, const char *member)
{
	struct span text = json_span(json_member(key, member));

	if (text.len > 0)
		printf("  %-11s %.*s\n", title, (int)text.len,
		    (const char *)text.ptr);
}

/* The findings are a list of sentences; none means that the key is sound. */
static void
print_findings(const struct json *key, const struct palette *p)
{
	const struct json *findings = json_member(key, "findings");

	if (json_count(findings) == 0)
		printf("  %-11s %ssound%s: made in the token, cannot leave it, "
		    "signs and does nothing else\n", "verdict", p->green,
		    p->plain);
	for (size_t i = 0; i < json_count(findings); i++) {
		struct span code = json_span(json_member(json_item(findings,
		    i), "code"));
		struct span text = json_span(json_member(json_item(findings,
		    i), "text"));

		printf("  %-11s %s%.*s%s: %.*s\n", "verdict", p->red,
		    (int)code.len, (const char *)code.ptr, p->plain,
		    (int)text.len, (const char *)text.ptr);
	}
}

static void
print_key(const struct json *key, bool colour)
{
	struct palette p = palette_for(colour);
	struct span label = json_span(json_member(key, "label"));

	printf("%s%.*s%s\n", p.bold, (int)label.len, (const char *)label.ptr,
	    p.plain);
	print_member(key, "algorithm", "algorithm");
	print_member(key, "uri", "uri");
	print_member(key, "public key", "spki_sha256");
	print_findings(key, &p);
}

static void
answer(const struct invocation *in, struct json *v)
{
	if (in->json) {
		cli_answer(v);
		return;
	}
	if (json_kind(v) == JSON_KIND_LIST)
		for (size_t i = 0; i < json_count(v); i++)
			print_key(json_item(v, i), in->colour);
	else
		print_key(v, in->colour);
	json_release(v);
}

static bool
is_sound(const struct json *key)
{
	return json_count(json_member(key, "findings")) == 0;
}

static int
run_make(const struct invocation *in, struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	const char *uri, *label, *algorithm = option_text(in, "algorithm");
	struct json *v;

	if (!option_need(in, "token", &uri, e) ||
	    !option_need(in, "label", &label, e) ||
	    !token_open(in, uri, &token, e) ||
	    !token_make(token, algorithm == NULL ? "rsa-3072" : algorithm,
	    label, &v, e))
		return -1;
	answer(in, v);
	return EXIT_YES;
}

static int
run_list(const struct invocation *in, struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	const char *uri;
	struct json *v;

	if (!option_need(in, "token", &uri, e) ||
	    !token_open(in, uri, &token, e) || !token_list(token, &v, e))
		return -1;
	int code = json_count(v) == 0 ? EXIT_NOTHING : EXIT_YES;
	answer(in, v);
	return code;
}

static int
run_check(const struct invocation *in, struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	struct json *v;

	if (!token_open(in, in->arguments[0], &token, e) ||
	    !token_check(token, &v, e))
		return -1;
	int code = is_sound(v) ? EXIT_YES : EXIT_NO;
	answer(in, v);
	return code;
}

static const struct option_row make_options[] = {
	{ "token", 0, "URI", "the token: pkcs11:token=NAME", false },
	{ "label", 0, "NAME", "what the key is to be called", false },
	{ "algorithm", 0, "NAME", "rsa-3072 (default), rsa-4096, ec-p256, "
	    "ec-p384, ec-p521, ed25519", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row list_options[] = {
	{ "token", 0, "URI", "the token: pkcs11:token=NAME", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row check_options[] = {
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command key_make_command = {
	.name = "key make",
	.summary = "make a key in a token",
	.arguments = "",
	.options = make_options,
	.details = "The key is made inside the token, can never leave it, and "
	    "can sign and do nothing\nelse. What the token says of it is read "
	    "back; a key that is not so is destroyed.",
	.example = "tagseal key make --token 'pkcs11:token=acme' "
	    "--label release",
	.json = true,
	.run = run_make,
};

const struct command key_list_command = {
	.name = "key list",
	.summary = "list the keys of a token",
	.arguments = "",
	.options = list_options,
	.details = "",
	.example = "tagseal key list --token 'pkcs11:token=acme' --json",
	.json = true,
	.run = run_list,
};

const struct command key_check_command = {
	.name = "key check",
	.summary = "check that a key cannot leave its token",
	.arguments = "URI",
	.least = 1,
	.most = 1,
	.options = check_options,
	.details = "Exit code 1 when the token says that the key is, or ever "
	    "was, readable, was made\noutside, or may do more than sign.",
	.example = "tagseal key check 'pkcs11:token=acme;object=release'",
	.json = true,
	.run = run_check,
};

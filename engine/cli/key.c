/* key - keys in a token: make, list, check, record. */
#include "base/text.h"
#include "cli/ceremony.h"
#include "cli/key.h"
#include "cli/token.h"

static void
print_member(const struct json *key, const char *title, const char *member)
{
	struct span text = json_span(json_member(key, member));

	if (text.len > 0)
		printf("  %-11s %.*s\n", title, (int)text.len,
		    (const char *)text.ptr);
}

static bool
is_accepted(const struct json *finding)
{
	return json_truth(json_member(finding, "accepted"));
}

static bool
all_accepted(const struct json *key)
{
	const struct json *findings = json_member(key, "findings");

	for (size_t i = 0; i < json_count(findings); i++)
		if (!is_accepted(json_item(findings, i)))
			return false;
	return true;
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

		bool accepted = is_accepted(json_item(findings, i));

		printf("  %-11s %s%.*s%s: %.*s\n", accepted ? "accepted" :
		    "verdict", accepted ? p->yellow : p->red, (int)code.len,
		    (const char *)code.ptr, p->plain, (int)text.len,
		    (const char *)text.ptr);
	}
	if (json_count(findings) > 0 && all_accepted(key))
		printf("  %-11s %sexposed%s: copies may exist, as its record "
		    "says; from now on it cannot leave the token\n",
		    "verdict", p->yellow, p->plain);
}

/* What the record of its ceremony says, and the token does not any more. */
static void
print_differences(const struct json *list, const char *title,
    const char *colour, const struct palette *p)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *d = json_item(list, i);
		struct span name = json_span(json_member(d, "member"));
		struct span was = json_span(json_member(d, "record"));
		struct span is = json_span(json_member(d, "token"));

		printf("  %-11s %s%.*s%s is '%.*s', in the record '%.*s'\n",
		    title, colour, (int)name.len, (const char *)name.ptr,
		    p->plain, (int)is.len, (const char *)is.ptr, (int)was.len,
		    (const char *)was.ptr);
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
	print_differences(json_member(key, "differences"),
	    err_rows[ERR_CEREMONY_DIFFERS].code, p.red, &p);
	print_differences(json_member(key, "changes"), "changed", p.yellow,
	    &p);
}

/* The key, then its copies in other tokens. */
static void
print_keys(const struct json *key, bool colour)
{
	const struct json *copies = json_member(key, "copies");

	print_key(key, colour);
	for (size_t i = 0; i < json_count(copies); i++)
		print_key(json_item(copies, i), colour);
}

void
key_answer(const struct invocation *in, struct json *v)
{
	if (in->json) {
		cli_answer(v);
		return;
	}
	if (json_kind(v) == JSON_KIND_LIST)
		for (size_t i = 0; i < json_count(v); i++)
			print_key(json_item(v, i), in->colour);
	else
		print_keys(v, in->colour);
	json_release(v);
}

static bool
is_sound(const struct json *key)
{
	const struct json *copies = json_member(key, "copies");

	for (size_t i = 0; i < json_count(copies); i++)
		if (!all_accepted(json_item(copies, i)))
			return false;
	return all_accepted(key) &&
	    json_count(json_member(key, "differences")) == 0;
}

static int
run_make(const struct invocation *in, struct err *e)
{
	CLEANUP(ceremony_plan_done) struct ceremony_plan plan = { 0 };
	CLEANUP(token_done) struct token *token = NULL;
	CLEANUP(json_done) struct json *v = NULL;
	const char *uri, *label, *algorithm = option_text(in, "algorithm");

	if (!option_need(in, "token", &uri, e) ||
	    !option_need(in, "label", &label, e) ||
	    !ceremony_begin(in, &plan, e) ||
	    !token_open(in, uri, &token, e) ||
	    !token_make(token, algorithm == NULL ? "rsa-3072" : algorithm,
	    label, &v, e) || !ceremony_end(in, &plan, v, e))
		return -1;
	key_answer(in, TAKE(v));
	return EXIT_YES;
}

static int
run_record(const struct invocation *in, struct err *e)
{
	CLEANUP(ceremony_plan_done) struct ceremony_plan plan = { 0 };
	CLEANUP(token_done) struct token *token = NULL;
	CLEANUP(json_done) struct json *v = NULL;
	const char *path;

	if (!option_need(in, "record", &path, e) ||
	    !ceremony_begin(in, &plan, e) ||
	    !token_open(in, in->arguments[0], &token, e) ||
	    !token_check(token, &v, e) || !ceremony_end(in, &plan, v, e))
		return -1;
	key_answer(in, TAKE(v));
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
	key_answer(in, v);
	return code;
}

/* What was may be accepted; that the key can leave now, never. */
static bool
is_past(const struct json *key, const struct json *finding)
{
	const struct json *attributes = json_member(key, "attributes");
	struct span code = json_span(json_member(finding, "code"));

	return span_is(code, err_rows[ERR_KEY_IMPORTED].code) ||
	    (span_is(code, err_rows[ERR_KEY_EXPORTABLE].code) &&
	    json_truth(json_member(attributes, "sensitive")) &&
	    !json_truth(json_member(attributes, "extractable")));
}

/* Each finding stays, and says that it is accepted. */
static void
accept_exposed(struct json *key)
{
	const struct json *findings = json_member(key, "findings");
	struct json *list = json_list();

	for (size_t i = 0; i < json_count(findings); i++) {
		struct json *one = json_clone(json_item(findings, i));

		if (is_past(key, one))
			json_put_bool(one, "accepted", true);
		json_add(list, one);
	}
	json_put(key, "findings", list);
}

/* A key that came from outside may have come to several tokens. */
static void
accept_exposed_everywhere(struct json *key)
{
	const struct json *copies = json_member(key, "copies");
	struct json *list = json_list();

	accept_exposed(key);
	for (size_t i = 0; i < json_count(copies); i++) {
		struct json *one = json_clone(json_item(copies, i));

		accept_exposed(one);
		json_add(list, one);
	}
	if (copies != NULL)
		json_put(key, "copies", list);
	else
		json_release(list);
}

static int
run_check(const struct invocation *in, struct err *e)
{
	CLEANUP(token_done) struct token *token = NULL;
	CLEANUP(json_done) struct json *v = NULL;
	const char *record = option_text(in, "record");
	bool accept = option_given(in, "accept-exposed");
	bool exposed = false;

	if (accept && record == NULL) {
		err_set(e, ERR_USAGE, "--accept-exposed goes with --record: "
		    "the record of the key's import says that it is exposed");
		return -1;
	}
	if (!token_open(in, in->arguments[0], &token, e) ||
	    !token_check(token, &v, e) ||
	    (record != NULL && !ceremony_compare(record, v, &exposed,
	    e)))
		return -1;
	if (accept && exposed)
		accept_exposed_everywhere(v);
	int code = is_sound(v) ? EXIT_YES : EXIT_NO;
	key_answer(in, TAKE(v));
	return code;
}

static const struct option_row make_options[] = {
	{ "token", 0, "URI", "the token: pkcs11:token=NAME", false },
	{ "label", 0, "NAME", "what the key is to be called", false },
	{ "algorithm", 0, "NAME", "rsa-3072 (default), rsa-4096, ec-p256, "
	    "ec-p384, ec-p521, ed25519", false },
	CEREMONY_OPTIONS,
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row list_options[] = {
	{ "token", 0, "URI", "the token: pkcs11:token=NAME", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row record_options[] = {
	CEREMONY_OPTIONS,
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row check_options[] = {
	{ "record", 0, "FILE", "record of its ceremony, to compare with",
	    false },
	{ "accept-exposed", 0, NULL, "a key that its record says was imported "
	    "may be so", false },
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
	    "back; a key that is not so is destroyed. --record writes\nwho "
	    "made it, where, and what the token says of it: commit that file "
	    "beside the\ncertificate.",
	.example = "tagseal key make --token 'pkcs11:token=acme' "
	    "--label release \\\n    --record release.ceremony.json "
	    "--by 'Carol Example' --witness 'Dave Example'",
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
	    "was, readable, was made\noutside, or may do more than sign; with "
	    "--record also when it is not the key of that\nrecord any more: "
	    "each difference is named. Versions that an update changes are "
	    "told\nand do not count. A key whose record says that it was "
	    "imported may be accepted by\n--accept-exposed: its past is shown "
	    "as such, what it is now still counts.",
	.example = "tagseal key check 'pkcs11:token=acme;object=release'",
	.json = true,
	.run = run_check,
};

const struct command key_record_command = {
	.name = "key record",
	.summary = "write the record of a key that is there",
	.arguments = "URI",
	.least = 1,
	.most = 1,
	.options = record_options,
	.details = "For keys that a vendor's tool made, or whose attestation "
	    "came later: the record is\nthat of 'key make', with the time of "
	    "now. A key that its token did not make is\n`imported`, and "
	    "`exposed` for ever.",
	.example = "tagseal key record 'pkcs11:token=acme;object=release' "
	    "\\\n    --record release.ceremony.json --by 'Carol Example' "
	    "--attestation release.att",
	.json = true,
	.run = run_record,
};

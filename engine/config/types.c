/*
 * types - the kinds of single values: one row each with the pattern that the
 * reader and the JSON Schemas share, and what no pattern can say.
 *
 * Patterns are written in the part of the language that POSIX extended regular
 * expressions and ECMA-262 (JSON Schema) have in common, and match all of the
 * text. Control characters stand in them as themselves.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "artifact/glob.h"
#include "base/text.h"
#include "config/reading.h"
#include "crypto/oid.h"
#include "crypto/signed_message.h"

#define NO_CONTROL	"[^\x01-\x1f\x7f]"
#define SLUG		"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?"
#define HOST_NAME	"([A-Za-z0-9.-]+|\\[[0-9a-f:]+\\])"
#define PORT		"(:[0-9]{1,5})?"
#define URL_REST	"[^ \x01-\x1f\x7f]*"
#define FILE_SEGMENT	"[A-Za-z0-9_-][A-Za-z0-9._-]*"
#define URI_ATTRIBUTE	"(token|object|id|serial|manufacturer|model|type)=" \
			"(%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:@!$'()*+,&-])+"

static bool
refuse_value(struct reading *r, const struct yaml_node *n, const char *why)
{
	return complain(r, n->at, ERR_CONFIG_VALUE, "\"%s\" %s",
	    text_show(n->text).text, why);
}

static bool
set_text(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	(void)r, (void)key;
	*(struct span *)field = n->text;
	return true;
}

static bool
set_duration(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	(void)key;
	return text_duration(n->text, field) ||
	    refuse_value(r, n, "is too long");
}

static bool
set_size(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	(void)key;
	return text_size(n->text, field) || refuse_value(r, n, "is too large");
}

static bool
set_count(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	uint64_t value;

	if (!text_u64(n->text, &value) || value > INT64_MAX)
		return refuse_value(r, n, "is no whole number, written in "
		    "digits without a sign or leading zeros");
	if (value < key->least)
		return complain(r, n->at, ERR_CONFIG_VALUE,
		    "%llu is less than %llu", (unsigned long long)value,
		    (unsigned long long)key->least);
	if (key->most > 0 && value > key->most)
		return complain(r, n->at, ERR_CONFIG_VALUE,
		    "%llu is more than %llu", (unsigned long long)value,
		    (unsigned long long)key->most);
	*(uint64_t *)field = value;
	return true;
}

static bool
set_oid(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	CLEANUP(buf_done) struct buf der = { 0 };

	if (!oid_write(n->text, &der))
		return refuse_value(r, n, "is no object identifier");
	return set_text(r, key, n, field);
}

static bool
set_version(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	(void)key;
	if (!span_is(n->text, "1"))
		return refuse_value(r, n, "is a version that this tagseal "
		    "does not know; it knows 1");
	*(uint64_t *)field = 1;
	return true;
}

static bool
set_boolean(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	(void)key;
	if (!span_is(n->text, "true") && !span_is(n->text, "false"))
		return refuse_value(r, n, "is neither true nor false");
	*(bool *)field = span_is(n->text, "true");
	return true;
}

static bool
set_time(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	(void)key;
	return text_untime(n->text, field) ||
	    refuse_value(r, n, "is no day of the calendar");
}

/* "08:30" as minutes since midnight. */
static bool
set_clock(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	struct span rest = n->text, hours = { 0 };
	uint64_t h, m;

	(void)key;
	span_split(&rest, ':', &hours);
	if (hours.len > 0 && hours.ptr[0] == '0')
		hours = span_from(hours, 1);
	if (rest.len > 0 && rest.ptr[0] == '0')
		rest = span_from(rest, 1);
	if (!text_u64(hours, &h) || !text_u64(rest, &m))
		return refuse_value(r, n, "is no time of day");
	*(uint64_t *)field = h * 60 + m;
	return true;
}

static bool
set_digest(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	(void)key;
	return text_unhex(n->text, field, 32) ||
	    refuse_value(r, n, "is no SHA-256");
}

static bool
set_glob(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	struct err e;

	if (!glob_check(n->text, &e))
		return refuse_value(r, n, e.text);
	return set_text(r, key, n, field);
}

/* No "." or ".." among the segments. */
static bool
set_path(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	struct span rest = n->text, part;

	while (span_split(&rest, '/', &part))
		if (span_is(part, ".") || span_is(part, ".."))
			return refuse_value(r, n, "has . or .. as a segment");
	return set_text(r, key, n, field);
}

static bool
set_parameter(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	if (span_find(n->text, SPAN_TEXT("..")) != SIZE_MAX)
		return refuse_value(r, n, "holds ..");
	return set_text(r, key, n, field);
}

/*
 * Counts in braces and references back can make the matcher use any amount of
 * memory or time: they are not part of what a pattern may say.
 */
static bool
set_regex(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	char text[256];
	regex_t regex;

	if (n->text.len >= sizeof(text))
		return refuse_value(r, n, "is longer than 255 bytes");
	for (size_t i = 0; i + 1 < n->text.len; i++)
		if (n->text.ptr[i] == '\\' && n->text.ptr[i + 1] >= '0' &&
		    n->text.ptr[i + 1] <= '9')
			return refuse_value(r, n, "refers back to a group");
	memcpy(text, n->text.ptr, n->text.len);
	text[n->text.len] = '\0';
	if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB) != 0)
		return refuse_value(r, n, "is no POSIX extended regular "
		    "expression");
	regfree(&regex);
	return set_text(r, key, n, field);
}

static bool
contents_set(void *field, const struct config_key *key, struct span bytes)
{
	uint8_t *start = field;

	if (key->contents > 0)
		memcpy(start - key->offset + key->contents, &bytes,
		    sizeof(bytes));
	return true;
}

/* RFC 8017 numbers in RFC 4253 wire form: bits of the modulus. */
static size_t
rsa_bits(struct reader *rd)
{
	rd_str(rd);
	struct span modulus = rd_str(rd);

	while (modulus.len > 0 && modulus.ptr[0] == 0)
		modulus = span_from(modulus, 1);
	if (modulus.len == 0)
		return 0;
	return modulus.len * 8 - (size_t)(__builtin_clz(modulus.ptr[0]) - 24);
}

static bool
blob_is_good(struct reading *r, const struct yaml_node *n, struct span kind,
    struct span blob)
{
	struct reader rd = rd_open(blob);
	struct span inner = rd_str(&rd);

	if (!rd_ok(&rd) || !span_eq(inner, kind))
		return refuse_value(r, n, "is no SSH public key: its base64 "
		    "part is of another kind");
	if (span_is(kind, "ssh-rsa") && rsa_bits(&rd) < 3072)
		return refuse_value(r, n, "is an RSA key of less than 3072 "
		    "bits");
	return true;
}

static bool
set_ssh_key(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	CLEANUP(buf_done) struct buf blob = { 0 };
	struct span rest = n->text, kind = { 0 }, base64 = { 0 }, kept;

	span_split(&rest, ' ', &kind);
	span_split(&rest, ' ', &base64);
	if (!text_unbase64(base64, &blob))
		return refuse_value(r, n, "is no SSH public key: its second "
		    "word is no base64");
	if (!blob_is_good(r, n, kind, buf_span(&blob)))
		return false;
	if (!arena_copy(r->arena, buf_span(&blob), &kept))
		return complain_budget(r, n->at);
	contents_set(field, key, kept);
	return set_text(r, key, n, field);
}

/* RFC 7512, 2.3: no attribute stands twice. */
static bool
set_key_uri(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	static const char *const names[] = { "token", "object", "id",
	    "serial", "manufacturer", "model", "type" };
	struct span rest = span_from(n->text, strlen("pkcs11:")), part, name;
	unsigned seen = 0;

	while (span_split(&rest, ';', &part)) {
		span_split(&part, '=', &name);
		for (unsigned i = 0; i < COUNT(names); i++) {
			if (!span_is(name, names[i]))
				continue;
			if ((seen & 1u << i) != 0)
				return complain(r, n->at, ERR_CONFIG_KEY_URI,
				    "\"%s\" names %s twice",
				    text_show(n->text).text, names[i]);
			seen |= 1u << i;
		}
	}
	return set_text(r, key, n, field);
}

/* The file must be there; its bytes go where the row says. */
static bool
set_file(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	const char *path = arena_printf(r->arena, "%s%.*s", key->folder,
	    (int)n->text.len, (const char *)n->text.ptr);

	if (path == NULL)
		return complain_budget(r, n->at);
	*(struct span *)field = SPAN_TEXT(path);
	if (r->files == NULL)
		return true;
	size_t i = file_find(r, path);
	if (i == SIZE_MAX)
		return complain(r, n->at, ERR_CONFIG_FILE_MISSING,
		    "there is no file %s", path);
	r->used[i] = true;
	struct named_file *named = arena_grow(r->arena, r->named,
	    r->named_count, sizeof(*named)), *kept;
	if (named == NULL)
		return complain_budget(r, n->at);
	kept = &named[r->named_count++];
	r->named = named;
	kept->path = path;
	if (!arena_copy(r->arena, r->files[i].bytes, &kept->bytes))
		return complain_budget(r, n->at);
	return contents_set(field, key, kept->bytes);
}

/* Each certificate in one form, so that two people cannot have the same. */
static bool
set_certificate(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	struct span file = { NULL, 0 }, der;
	uint8_t *start = field;
	struct err e;

	if (!set_file(r, key, n, field) || r->files == NULL)
		return r->files == NULL;
	memcpy(&file, start - key->offset + key->contents, sizeof(file));
	if (people_certificate(file, r->arena, &der, &e))
		return contents_set(field, key, der);
	return complain(r, n->at, ERR_CONFIG_X509, "%s: %s",
	    text_show(n->text).text, e.text);
}

/* It stands for the key, as no other kind of key has such bytes. */
static bool
set_subject_name(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	return set_text(r, key, n, field) &&
	    contents_set(field, key, *(const struct span *)field);
}

/* With what no name in a certificate of X.509 begins with. */
static bool
set_ssh_principal(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	const char *bytes = arena_printf(r->arena, "principal:%.*s",
	    (int)n->text.len, (const char *)n->text.ptr);

	if (bytes == NULL)
		return complain_budget(r, n->at);
	return set_text(r, key, n, field) &&
	    contents_set(field, key, SPAN_TEXT(bytes));
}

static bool
list_words(struct reading *r, const struct yaml_node *n,
    const char *const *words)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *nearest = text_nearest(n->text, words);

	for (size_t i = 0; words[i] != NULL; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : ", ", words[i]);
	complain(r, n->at, ERR_CONFIG_VALUE, "\"%s\" is none of: %s",
	    text_show(n->text).text, buf_cstr(&b));
	return nearest == NULL ? false :
	    complain_hint(r, "did you mean \"%s\"?", nearest);
}

static bool
set_bound(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	if (!span_is(n->text, "unbounded"))
		return set_count(r, key, n, field);
	*(uint64_t *)field = ELEMENT_UNBOUNDED;
	return true;
}

/* The place of the word in its row's list is the value of the enum. */
static bool
set_word(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	for (unsigned i = 0; key->words[i] != NULL; i++) {
		if (!span_is(n->text, key->words[i]))
			continue;
		if (key->many == BITS)
			*(unsigned *)field |= 1u << i;
		else
			*(unsigned *)field = i;
		return true;
	}
	return list_words(r, n, key->words);
}

static bool
set_name_of_word(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	unsigned ignored = 0;

	return set_word(r, key, n, &ignored) && set_text(r, key, n, field);
}

#define TEXT_ROW(name, pattern, set)					\
	{ name, "string", pattern, sizeof(struct span), set,		\
	    ERR_CONFIG_VALUE }

const struct type_row type_rows[VALUE_TYPES] = {
	[VALUE_LINE] = TEXT_ROW("one line of text", "^" NO_CONTROL "+$",
	    set_text),
	[VALUE_TEXT] = TEXT_ROW("text", "^[^\x01-\x08\x0b-\x1f\x7f]+$",
	    set_text),
	[VALUE_SLUG] = TEXT_ROW("a name of a-z, 0-9 and -", "^" SLUG "$",
	    set_text),
	[VALUE_PRINCIPAL] = TEXT_ROW("person/NAME or group/NAME",
	    "^(person|group)/" SLUG "$", set_text),
	[VALUE_UUID] = TEXT_ROW("a UUID in lower case",
	    "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$", set_text),
	[VALUE_EMAIL] = TEXT_ROW("an e-mail address",
	    "^[^@<> \x01-\x1f\x7f]+@[A-Za-z0-9.-]+$", set_text),
	[VALUE_URL] = TEXT_ROW("an http or https address without user",
	    "^https?://" HOST_NAME PORT "(/" URL_REST ")?$", set_text),
	[VALUE_SECURE_URL] = TEXT_ROW("an https address without user, or http "
	    "on this host", "^(https://" HOST_NAME "|http://(127\\.0\\.0\\.1|"
	    "localhost|\\[::1\\]))" PORT "(/" URL_REST ")?$", set_text),
	[VALUE_REPOSITORY] = TEXT_ROW(
	    "an https or ssh address or an absolute path",
	    "^(https?://" HOST_NAME PORT "/" URL_REST "|ssh://"
	    "([A-Za-z0-9._-]+@)?" HOST_NAME PORT "/" URL_REST
	    "|/" URL_REST ")$", set_text),
	[VALUE_DURATION] = { "a duration such as 90s, 15m, 12h or 7d",
	    "string", "^(0|[1-9][0-9]*)[smhd]$", sizeof(uint64_t),
	    set_duration, ERR_CONFIG_VALUE },
	[VALUE_SIZE] = { "a size such as 64KiB, 10MiB or 4GiB", "string",
	    "^(0|[1-9][0-9]*)(KiB|MiB|GiB)$", sizeof(uint64_t), set_size,
	    ERR_CONFIG_VALUE },
	[VALUE_COUNT] = { "a whole number", "integer", NULL,
	    sizeof(uint64_t), set_count, ERR_CONFIG_VALUE },
	[VALUE_VERSION] = { "the number 1", "integer", NULL,
	    sizeof(uint64_t), set_version, ERR_CONFIG_VALUE },
	[VALUE_BOOLEAN] = { "true or false", "boolean", NULL, sizeof(bool),
	    set_boolean, ERR_CONFIG_VALUE },
	[VALUE_TIME] = { "a day or a UTC time: \"2026-01-31\" or "
	    "\"2026-01-31T12:00:00Z\"", "string",
	    "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
	    "(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?Z)?$",
	    sizeof(int64_t), set_time, ERR_CONFIG_VALUE },
	[VALUE_CLOCK] = { "a time of day: \"08:30\", or \"24:00\"", "string",
	    "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", sizeof(uint64_t),
	    set_clock, ERR_CONFIG_VALUE },
	[VALUE_SHA256] = { "a SHA-256 of 64 hex digits", "string",
	    "^[0-9a-f]{64}$", 32, set_digest, ERR_CONFIG_VALUE },
	[VALUE_THUMBPRINT] = TEXT_ROW("a SHA-256 of 64 hex digits",
	    "^[0-9a-f]{64}$", set_text),
	[VALUE_OID] = TEXT_ROW("an object identifier such as \"1.3.6.1.4.1.1\"",
	    "^[0-2](\\.(0|[1-9][0-9]{0,9}))+$", set_oid),
	[VALUE_OBJECT_ID] = TEXT_ROW("a Git object id of 40 or 64 hex digits",
	    "^([0-9a-f]{40}|[0-9a-f]{64})$", set_text),
	[VALUE_REF_GLOB] = TEXT_ROW("a full ref name, wildcards allowed",
	    "^refs/[^ ~^:\\\\\x01-\x1f\x7f]+$", set_glob),
	[VALUE_BRANCH_GLOB] = TEXT_ROW("a branch name, wildcards allowed",
	    "^[^ ~^:\\\\\x01-\x1f\x7f]+$", set_glob),
	[VALUE_REF_PREFIX] = TEXT_ROW("the beginning of ref names, ending in /",
	    "^refs/(" FILE_SEGMENT "/)+$", set_text),
	[VALUE_BRANCH] = TEXT_ROW("a branch name",
	    "^" FILE_SEGMENT "(/" FILE_SEGMENT ")*$", set_text),
	[VALUE_FILE] = TEXT_ROW("a file of the config repo",
	    "^" FILE_SEGMENT "(/" FILE_SEGMENT ")*$", set_file),
	[VALUE_CERTIFICATE] = TEXT_ROW("a certificate file of the config repo",
	    "^" FILE_SEGMENT "(/" FILE_SEGMENT ")*$", set_certificate),
	[VALUE_TREE_PATH] = TEXT_ROW("a path in the tagged tree",
	    "^[^/\x01-\x1f\x7f]+(/[^/\x01-\x1f\x7f]+)*$", set_path),
	[VALUE_HOST_PATH] = TEXT_ROW("an absolute path",
	    "^(/[^/\x01-\x1f\x7f]+)+$", set_path),
	[VALUE_FILE_NAME] = TEXT_ROW("a file name without folders",
	    "^[^/\\\\:*?\"<>|\x01-\x1f\x7f]+$", set_path),
	[VALUE_ENTRY_GLOB] = TEXT_ROW("a path pattern",
	    "^[^\x01-\x1f\x7f]+$", set_glob),
	[VALUE_BOUND] = { "a whole number or unbounded", NULL, NULL,
	    sizeof(uint64_t), set_bound, ERR_CONFIG_VALUE },
	[VALUE_PARAMETER] = TEXT_ROW("printable ASCII without / \\ * ? [ ]",
	    "^[ -)+-.0->@-Z^-~]+$", set_parameter),
	[VALUE_REGEX] = TEXT_ROW("a regular expression without braces",
	    "^[^{}\x01-\x1f\x7f]+$", set_regex),
	[VALUE_SSH_KEY] = TEXT_ROW("an SSH public key: kind, base64, comment",
	    "^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|"
	    "sk-ssh-ed25519@openssh\\.com|"
	    "sk-ecdsa-sha2-nistp256@openssh\\.com) [A-Za-z0-9+/]+=*"
	    "( " NO_CONTROL "*)?$", set_ssh_key),
	[VALUE_SSH_PRINCIPAL] = TEXT_ROW("a name without wildcards",
	    "^[A-Za-z0-9@._%+=/-]+$", set_ssh_principal),
	[VALUE_SUBJECT_NAME] = TEXT_ROW("email:ADDRESS or uri:ADDRESS",
	    "^(email:[^@<> \x01-\x1f\x7f]+@[A-Za-z0-9.-]+|"
	    "uri:[a-z][a-z0-9+.-]*:[^<> \x01-\x1f\x7f]+)$",
	    set_subject_name),
	[VALUE_KEY_URI] = { "a pkcs11: URI of token, object, id, serial, "
	    "manufacturer, model, type", "string",
	    "^pkcs11:" URI_ATTRIBUTE "(;" URI_ATTRIBUTE ")*$",
	    sizeof(struct span), set_key_uri, ERR_CONFIG_KEY_URI },
	[VALUE_VERIFIER_KEY] = TEXT_ROW("a verifier key: name+hash+base64",
	    "^[^ +\x01-\x1f\x7f]+\\+[0-9a-f]{8}\\+[A-Za-z0-9+/]+=*$",
	    set_text),
	[VALUE_EVENT] = TEXT_ROW("a type of event, wildcards allowed",
	    "^[a-z*][a-z.*-]*$", set_event),
	[VALUE_REQUEST] = TEXT_ROW("sr- and 64 hex digits",
	    "^sr-[0-9a-f]{64}$", set_text),
	[VALUE_HOST] = TEXT_ROW("a host name", "^" HOST_NAME PORT "$",
	    set_text),
	[VALUE_USER] = TEXT_ROW("a system user",
	    "^[a-z_][a-z0-9_-]{0,31}$", set_text),
	[VALUE_WORD] = { "one of the words", "string", NULL,
	    sizeof(unsigned), set_word, ERR_CONFIG_VALUE },
	[VALUE_WORD_TEXT] = { "one of the words", "string", NULL,
	    sizeof(struct span), set_name_of_word, ERR_CONFIG_VALUE },
	[VALUE_MAP] = { "a map of keys", "object", NULL, 0, NULL,
	    ERR_CONFIG_TYPE },
	[VALUE_NAMED] = { "a map from names to text", "string", NULL,
	    sizeof(struct named_text), NULL, ERR_CONFIG_TYPE },
	[VALUE_ELEMENT] = { "an element", "object", NULL, sizeof(void *),
	    NULL, ERR_CONFIG_TYPE },
	[VALUE_CONTENTS] = { "a list of elements", "array", NULL,
	    sizeof(void *), NULL, ERR_CONFIG_TYPE },
	[VALUE_WHERE] = { "a map of conditions", "object", NULL,
	    sizeof(void *), NULL, ERR_CONFIG_TYPE },
	[VALUE_PATHS] = { "a list of path patterns", "array", NULL,
	    sizeof(void *), NULL, ERR_CONFIG_TYPE },
	[VALUE_DIRECTIVES] = { "a method, a map with one method, or a list",
	    NULL, NULL, sizeof(void *), NULL, ERR_CONFIG_TYPE },
	[VALUE_DEMANDS] = { "a method, a map with one method, or a list",
	    NULL, NULL, sizeof(void *), NULL, ERR_CONFIG_TYPE },
};

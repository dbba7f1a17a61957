/* ceremony - see ceremony.h. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "crypto/ceremony.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

#define NAMES_MOST	32	/* witnesses */
#define TEXT_MOST	1024	/* bytes of one text */

enum member_kind { TEXT, NAMES, FLAG, TIME, HEX, SHA256, BASE64, NUMBER,
    MAP, CONSTANT };

struct member {
	const char		*name;	/* NULL ends a list */
	enum member_kind	 kind;
	bool			 required;
	const char		*meaning;
	const struct member	*members;	/* of MAP */
	const char		*pattern;	/* of TEXT, or NULL; or the
						 * CONSTANT */
};

#define MUST	true
#define MAY	false
#define END	{ 0 }
#define VERSION	"^[0-9]{1,3}\\.[0-9]{1,3}$"
#define ATTRIBUTE(name, meaning) { name, FLAG, MUST, meaning, NULL, NULL }

static const struct member attribute_members[] = {
	ATTRIBUTE("sensitive", "its value is not shown"),
	ATTRIBUTE("always_sensitive", "and never was"),
	ATTRIBUTE("extractable", "it may leave the token"),
	ATTRIBUTE("never_extractable", "it never could"),
	ATTRIBUTE("local", "it was made in the token"),
	ATTRIBUTE("sign", "it may sign"),
	ATTRIBUTE("decrypt", "it may decrypt"),
	ATTRIBUTE("unwrap", "it may unwrap other keys"),
	ATTRIBUTE("sign_recover", "it may sign with recovery"),
	ATTRIBUTE("derive", "other keys may be derived from it"),
	ATTRIBUTE("modifiable", "these may be changed"),
	ATTRIBUTE("always_authenticate", "it asks for the PIN each time"),
	END
};

static const struct member key_members[] = {
	{ "algorithm", TEXT, MUST, "rsa-3072, ec-p256, ...", NULL, NULL },
	{ "label", TEXT, MUST, "CKA_LABEL", NULL, NULL },
	{ "id", HEX, MUST, "CKA_ID", NULL, NULL },
	{ "mechanism", TEXT, MAY, "what made it, as the token tells", NULL,
	    NULL },
	{ "attributes", MAP, MUST, "read back from the token",
	    attribute_members, NULL },
	{ "public_key", BASE64, MUST, "SubjectPublicKeyInfo, DER", NULL,
	    NULL },
	{ "spki_sha256", SHA256, MUST, "of the public key", NULL, NULL },
	END
};

static const struct member token_members[] = {
	{ "label", TEXT, MUST, "its label", NULL, NULL },
	{ "serial", TEXT, MUST, "its serial number", NULL, NULL },
	{ "manufacturer", TEXT, MUST, "who made it", NULL, NULL },
	{ "model", TEXT, MUST, "its model", NULL, NULL },
	{ "hardware_version", TEXT, MUST, "major.minor", NULL, VERSION },
	{ "firmware_version", TEXT, MUST, "major.minor", NULL, VERSION },
	END
};

static const struct member module_members[] = {
	{ "description", TEXT, MUST, "what it calls itself", NULL, NULL },
	{ "manufacturer", TEXT, MUST, "who made it", NULL, NULL },
	{ "library_version", TEXT, MUST, "major.minor", NULL, VERSION },
	{ "cryptoki_version", TEXT, MUST, "of PKCS#11", NULL, VERSION },
	END
};

static const struct member attestation_members[] = {
	{ "bytes", BASE64, MUST, "as the vendor's tool wrote it", NULL, NULL },
	{ "content_sha256", SHA256, MUST, "of these bytes", NULL, NULL },
	{ "size", NUMBER, MUST, "how many", NULL, NULL },
	END
};

static const struct member record_members[] = {
	{ "v", NUMBER, MUST, "version of the record's form: 1", NULL, "1" },
	{ "kind", CONSTANT, MUST, "what this is", NULL, CEREMONY_KIND },
	{ "at", TIME, MUST, "when the record was written", NULL, NULL },
	{ "how", TEXT, MUST, "where the key comes from", NULL,
	    "^(made|imported)$" },
	{ "exposed", FLAG, MUST, "it was outside of a token: copies may exist",
	    NULL, NULL },
	{ "by", TEXT, MUST, "who did it", NULL, NULL },
	{ "witnesses", NAMES, MUST, "who saw it", NULL, NULL },
	{ "key", MAP, MUST, "the key", key_members, NULL },
	{ "token", MAP, MUST, "where it lives", token_members, NULL },
	{ "module", MAP, MUST, "the PKCS#11 module", module_members, NULL },
	{ "attestation", MAP, MAY, "the vendor's word, not judged here",
	    attestation_members, NULL },
	END
};

static bool
malformed(struct err *e, const char *member, const char *why)
{
	return err_set(e, ERR_CEREMONY_MALFORMED, "member '%s' %s",
	    text_show(span_text(member)).text, why);
}

/* ---- what each kind of member takes */

static bool
takes_text(const struct json *v)
{
	return json_kind(v) == JSON_KIND_TEXT && json_span(v).len <= TEXT_MOST;
}

static bool
takes_names(const struct json *v)
{
	if (json_kind(v) != JSON_KIND_LIST || json_count(v) > NAMES_MOST)
		return false;
	for (size_t i = 0; i < json_count(v); i++)
		if (!takes_text(json_item(v, i)) ||
		    json_span(json_item(v, i)).len == 0)
			return false;
	return true;
}

static bool
takes_flag(const struct json *v)
{
	return json_kind(v) == JSON_KIND_BOOL;
}

static bool
takes_time(const struct json *v)
{
	int64_t ms;

	return json_span(v).len == strlen("2026-01-31T12:00:00.000Z") &&
	    text_untime(json_span(v), &ms);
}

static bool
takes_hex(const struct json *v)
{
	uint8_t raw[TEXT_MOST / 2];
	struct span s = json_span(v);

	return json_kind(v) == JSON_KIND_TEXT && s.len <= TEXT_MOST &&
	    text_unhex(s, raw, s.len / 2);
}

static bool
takes_sha256(const struct json *v)
{
	return takes_hex(v) && json_span(v).len == 64;
}

static bool
takes_base64(const struct json *v)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	return json_kind(v) == JSON_KIND_TEXT &&
	    text_unbase64(json_span(v), &raw) && raw.len > 0;
}

static bool
takes_count(const struct json *v)
{
	return json_kind(v) == JSON_KIND_INTEGER && json_integer_of(v) > 0;
}

static bool
takes_map(const struct json *v)
{
	return json_kind(v) == JSON_KIND_MAP;
}

static const struct kind_row {
	bool		(*takes)(const struct json *);
	const char	*schema;	/* type */
	const char	*pattern;	/* or NULL */
	const char	*what;		/* for errors */
} kinds[] = {
	[TEXT] = { takes_text, "string", NULL, "is no short text" },
	[NAMES] = { takes_names, "array", NULL, "is no list of names" },
	[FLAG] = { takes_flag, "boolean", NULL, "is neither true nor false" },
	[TIME] = { takes_time, "string", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:"
	    "[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$", "is no time in UTC" },
	[HEX] = { takes_hex, "string", "^([0-9a-f]{2})*$", "is no hex" },
	[SHA256] = { takes_sha256, "string", "^[0-9a-f]{64}$",
	    "is no SHA-256" },
	[BASE64] = { takes_base64, "string", "^([A-Za-z0-9+/]{4})*"
	    "([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", "is no base64" },
	[NUMBER] = { takes_count, "integer", NULL, "is no number above 0" },
	[MAP] = { takes_map, "object", NULL, "is no map" },
	[CONSTANT] = { takes_text, NULL, NULL, "is no text" },
};

/* ---- reading */

static const struct member *
member_find(const struct member *members, const char *name)
{
	while (members->name != NULL && strcmp(members->name, name) != 0)
		members++;
	return members->name == NULL ? NULL : members;
}

static bool map_check(const struct json *, const struct member *,
    struct err *);

static bool
value_check(void *arg, const char *name, const struct json *v, struct err *e)
{
	const struct member *members = arg;
	const struct member *m = member_find(members, name);

	if (m == NULL)
		return malformed(e, name, "is not known");
	if (!kinds[m->kind].takes(v))
		return malformed(e, name, kinds[m->kind].what);
	return m->kind != MAP || map_check(v, m->members, e);
}

static bool
map_check(const struct json *map, const struct member *members, struct err *e)
{
	for (const struct member *m = members; m->name != NULL; m++)
		if (m->required && json_member(map, m->name) == NULL)
			return malformed(e, m->name, "is missing");
	return json_each(map, value_check, (void *)(uintptr_t)members, e);
}

/* base64 of bytes that have this SHA-256. */
static bool
bytes_check(const struct json *map, const char *bytes, const char *sha256,
    size_t most, size_t *size, struct err *e)
{
	CLEANUP(buf_done) struct buf raw = { 0 };

	if (!text_unbase64(json_span(json_member(map, bytes)), &raw) ||
	    raw.len > most)
		return malformed(e, bytes, "is too long");
	struct digest d = digest_of(DIGEST_SHA256, buf_span(&raw));
	*size = raw.len;
	return span_is(json_span(json_member(map, sha256)),
	    digest_hex(&d).text) ||
	    malformed(e, sha256, "is not that of the bytes");
}

static bool
attestation_check(const struct json *record, struct err *e)
{
	const struct json *map = json_member(record, "attestation");
	size_t size;

	if (map == NULL)
		return true;
	if (!bytes_check(map, "bytes", "content_sha256", ATTESTATION_SIZE,
	    &size, e))
		return false;
	return (uint64_t)json_integer_of(json_member(map, "size")) == size ||
	    malformed(e, "size", "is not that of the bytes");
}

/* PKCS#11 v2.40, 4.9: what is said of a key that exists nowhere else. */
static bool
origin_check(const struct json *record, bool imported, struct err *e)
{
	static const struct {
		const char	*name;
		bool		 want;
	} rows[] = {
		{ "sensitive", true }, { "always_sensitive", true },
		{ "extractable", false }, { "never_extractable", true },
		{ "local", true },
	};
	const struct json *a = json_member(json_member(record, "key"),
	    "attributes");

	if (json_truth(json_member(record, "exposed")) != imported)
		return malformed(e, "exposed", "contradicts 'how'");
	for (size_t i = 0; i < COUNT(rows) && !imported; i++)
		if (json_truth(json_member(a, rows[i].name)) != rows[i].want)
			return malformed(e, rows[i].name, "is not so of a key "
			    "that was made in its token");
	return true;
}

static bool
sense_check(const struct json *record, struct err *e)
{
	struct span how = json_span(json_member(record, "how"));
	const struct json *key = json_member(record, "key");
	size_t size;

	if (json_integer_of(json_member(record, "v")) != 1)
		return malformed(e, "v", "is not 1");
	if (!span_is(json_span(json_member(record, "kind")), CEREMONY_KIND))
		return malformed(e, "kind", "is not " CEREMONY_KIND);
	if (!span_is(how, "made") && !span_is(how, "imported"))
		return malformed(e, "how", "is neither made nor imported");
	if (json_span(json_member(record, "by")).len == 0)
		return malformed(e, "by", "is empty");
	return bytes_check(key, "public_key", "spki_sha256", LIMIT_PUBLIC_KEY,
	    &size, e) && attestation_check(record, e) &&
	    origin_check(record, span_is(how, "imported"), e);
}

static bool
record_check(const struct json *record, struct err *e)
{
	if (!takes_map(record))
		return err_set(e, ERR_CEREMONY_MALFORMED, "no map");
	return map_check(record, record_members, e) && sense_check(record, e);
}

static void
ceremony_of(const struct json *record, struct ceremony *out)
{
	const struct json *key = json_member(record, "key");
	const struct json *token = json_member(record, "token");

	*out = (struct ceremony){
		.imported = json_truth(json_member(record, "exposed")),
		.at = json_span(json_member(record, "at")),
		.by = json_span(json_member(record, "by")),
		.spki_sha256 = json_span(json_member(key, "spki_sha256")),
		.label = json_span(json_member(key, "label")),
		.algorithm = json_span(json_member(key, "algorithm")),
		.token = json_span(json_member(token, "label")),
		.serial = json_span(json_member(token, "serial")),
	};
}

bool
ceremony_read(struct span bytes, struct json **json, struct ceremony *out,
    struct err *e)
{
	CLEANUP(json_done) struct json *record = NULL;
	struct err why;

	if (bytes.len > CEREMONY_SIZE)
		return err_set(e, ERR_CEREMONY_MALFORMED, "%zu bytes, at most "
		    "%zu are read", bytes.len, CEREMONY_SIZE);
	if (!canonical_parse(bytes, &record, &why))
		return err_set(e, ERR_CEREMONY_MALFORMED, "%s", why.text);
	if (!record_check(record, e))
		return false;
	ceremony_of(record, out);
	*json = TAKE(record);
	return true;
}

bool
ceremony_write(const struct json *record, struct buf *out, struct err *e)
{
	return record_check(record, e) && canonical_write(record, out, e);
}

/* ---- the schema */

static struct json *map_schema(const struct member *);

static struct json *
typed(const char *type, const char *pattern)
{
	struct json *v = json_map();

	json_put_text(v, "type", type);
	if (pattern != NULL)
		json_put_text(v, "pattern", pattern);
	return v;
}

static struct json *
constant(struct json *value)
{
	struct json *v = json_map();

	json_put(v, "const", value);
	return v;
}

static struct json *
member_schema(const struct member *m)
{
	const struct kind_row *row = &kinds[m->kind];

	if (m->kind == MAP)
		return map_schema(m->members);
	if (m->kind == CONSTANT)
		return constant(json_text(span_text(m->pattern)));
	if (m->kind == NUMBER && m->pattern != NULL)
		return constant(json_int(1));
	struct json *v = typed(row->schema, m->kind == TEXT ? m->pattern :
	    row->pattern);
	if (m->kind == NAMES) {
		json_put(v, "items", typed("string", "."));
		json_put_int(v, "maxItems", NAMES_MOST);
	}
	if (m->kind == NUMBER)
		json_put_int(v, "minimum", 1);
	if (m->kind == TEXT)
		json_put_int(v, "maxLength", TEXT_MOST);
	return v;
}

static struct json *
map_schema(const struct member *members)
{
	struct json *v = json_map(), *properties = json_map();
	struct json *required = json_list();

	for (const struct member *m = members; m->name != NULL; m++) {
		struct json *one = member_schema(m);

		json_put_text(one, "description", m->meaning);
		json_put(properties, m->name, one);
		if (m->required)
			json_add(required, json_text(span_text(m->name)));
	}
	json_put_text(v, "type", "object");
	json_put(v, "properties", properties);
	json_put(v, "required", required);
	json_put_bool(v, "additionalProperties", false);
	return v;
}

void
ceremony_schema(FILE *out)
{
	CLEANUP(json_done) struct json *v = map_schema(record_members);

	json_put_text(v, "$schema", "http://json-schema.org/draft-07/schema#");
	json_put_text(v, "title", "The record of a key ceremony");
	json_print(v, out);
}

/*
 * facts - what a private key should say of itself, and how that is told.
 *
 * PKCS#11 v2.40, 4.9: a key that was always sensitive and never extractable,
 * and was made on the token, exists nowhere else.
 */
#include <stdio.h>

#include "base/text.h"
#include "crypto/key_rules.h"
#include "keys/keys.h"

const struct key_attribute_row key_attribute_rows[KEY_ATTRIBUTES] = {
	[KEY_ATTRIBUTE_SENSITIVE] =
	    { "sensitive", true, true, ERR_KEY_EXPORTABLE },
	[KEY_ATTRIBUTE_ALWAYS_SENSITIVE] =
	    { "always_sensitive", true, true, ERR_KEY_EXPORTABLE },
	[KEY_ATTRIBUTE_EXTRACTABLE] =
	    { "extractable", true, false, ERR_KEY_EXPORTABLE },
	[KEY_ATTRIBUTE_NEVER_EXTRACTABLE] =
	    { "never_extractable", true, true, ERR_KEY_EXPORTABLE },
	[KEY_ATTRIBUTE_LOCAL] =
	    { "local", true, true, ERR_KEY_IMPORTED },
	[KEY_ATTRIBUTE_SIGN] =
	    { "sign", true, true, ERR_KEY_USAGE },
	[KEY_ATTRIBUTE_DECRYPT] =
	    { "decrypt", true, false, ERR_KEY_USAGE },
	[KEY_ATTRIBUTE_UNWRAP] =
	    { "unwrap", true, false, ERR_KEY_USAGE },
	[KEY_ATTRIBUTE_SIGN_RECOVER] =
	    { "sign_recover", true, false, ERR_KEY_USAGE },
	[KEY_ATTRIBUTE_DERIVE] =
	    { "derive", true, false, ERR_KEY_USAGE },
	[KEY_ATTRIBUTE_MODIFIABLE] =
	    { "modifiable", true, false, ERR_KEY_USAGE },
	[KEY_ATTRIBUTE_ALWAYS_AUTHENTICATE] =
	    { "always_authenticate", false, false, ERR_NONE },
};

static bool
has(const struct key_facts *f, size_t attribute)
{
	return (f->attributes >> attribute & 1) != 0;
}

static bool
attribute_sound(const struct key_facts *f, size_t i, struct err *e)
{
	const struct key_attribute_row *row = &key_attribute_rows[i];

	if (!row->judged || has(f, i) == row->want)
		return true;
	return err_set(e, row->code, "key '%s' of token '%s' is%s %s",
	    text_show(f->label).text, text_show(f->token.label).text,
	    row->want ? " not" : "", row->name);
}

bool
key_sound(const struct key_facts *f, struct err *e)
{
	for (size_t i = 0; i < KEY_ATTRIBUTES; i++)
		if (!attribute_sound(f, i, e))
			return false;
	return true;
}

bool
key_confined(const struct key_facts *f, struct err *e)
{
	return (has(f, KEY_ATTRIBUTE_SENSITIVE) &&
	    !has(f, KEY_ATTRIBUTE_EXTRACTABLE)) ||
	    err_set(e, ERR_KEY_EXPORTABLE, "key '%s' may leave token '%s' "
	    "(serial %s)", text_show(f->label).text,
	    text_show(f->token.label).text, text_show(f->token.serial).text);
}

static void
finding_add(struct json *list, const struct err *e)
{
	struct json *finding = json_map();

	json_put_text(finding, "code", e->what->code);
	json_put_text(finding, "text", e->text);
	json_add(list, finding);
}

static struct json *
findings_of(const struct key_facts *f)
{
	struct json *list = json_list();
	struct public_key about;
	struct err e;

	for (size_t i = 0; i < KEY_ATTRIBUTES; i++)
		if (!attribute_sound(f, i, &e))
			finding_add(list, &e);
	if (f->public_key.len > 0 &&
	    !key_rules_hold(f->public_key, KEY_TO_USE, &about, &e))
		finding_add(list, &e);
	return list;
}

static struct json *
attributes_of(const struct key_facts *f)
{
	struct json *v = json_map();

	for (size_t i = 0; i < KEY_ATTRIBUTES; i++)
		json_put_bool(v, key_attribute_rows[i].name, has(f, i));
	return v;
}

static void
put_version(struct json *v, const char *name, struct token_version version)
{
	char text[16];

	snprintf(text, sizeof(text), "%u.%u", version.major, version.minor);
	json_put_text(v, name, text);
}

static struct json *
module_of(const struct token_about *a)
{
	struct json *v = json_map();

	json_put_span(v, "description", a->library_name);
	json_put_span(v, "manufacturer", a->library_manufacturer);
	put_version(v, "library_version", a->library);
	put_version(v, "cryptoki_version", a->cryptoki);
	return v;
}

static void
put_token(struct json *v, const struct key_facts *f)
{
	json_put_span(v, "token", f->token.label);
	json_put_span(v, "serial", f->token.serial);
	json_put_span(v, "manufacturer", f->token.manufacturer);
	json_put_span(v, "model", f->token.model);
	put_version(v, "hardware_version", f->about->hardware);
	put_version(v, "firmware_version", f->about->firmware);
	json_put(v, "module", module_of(f->about));
}

struct json *
key_describe(const struct key_facts *f)
{
	CLEANUP(buf_done) struct buf uri = { 0 }, public_key = { 0 };
	struct json *v = json_map();
	struct key_uri name = { .token = f->token.label,
	    .serial = f->token.serial, .object = f->label, .id = f->id };

	key_uri_write(&name, &uri);
	json_put_text(v, "algorithm", f->algorithm);
	json_put(v, "attributes", attributes_of(f));
	json_put(v, "findings", findings_of(f));
	json_put_hex(v, "id", f->id);
	json_put_span(v, "label", f->label);
	if (f->mechanism.len > 0)
		json_put_span(v, "mechanism", f->mechanism);
	if (f->public_key.len > 0) {
		text_base64(f->public_key, &public_key);
		json_put_span(v, "public_key", buf_span(&public_key));
		json_put_hex(v, "spki_sha256", digest_span(&f->spki_sha256));
	}
	put_token(v, f);
	json_put_span(v, "uri", buf_span(&uri));
	return v;
}

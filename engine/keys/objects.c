/*
 * objects - private keys of a token, their public halves and attributes.
 *
 * A private key object may hide its public half, so that comes from the
 * public key object, or else from a certificate, with the same CKA_ID.
 */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/key_rules.h"
#include "keys/pulse.h"

#define FIND_STEP	64	/* handles by one call */
#define FACTS_BUDGET	((size_t)16 << 20)	/* of one key, as it is read */

static const ck_attribute_type_t attribute_types[KEY_ATTRIBUTES] = {
	[KEY_ATTRIBUTE_SENSITIVE]		= CKA_SENSITIVE,
	[KEY_ATTRIBUTE_ALWAYS_SENSITIVE]	= CKA_ALWAYS_SENSITIVE,
	[KEY_ATTRIBUTE_EXTRACTABLE]		= CKA_EXTRACTABLE,
	[KEY_ATTRIBUTE_NEVER_EXTRACTABLE]	= CKA_NEVER_EXTRACTABLE,
	[KEY_ATTRIBUTE_LOCAL]			= CKA_LOCAL,
	[KEY_ATTRIBUTE_SIGN]			= CKA_SIGN,
	[KEY_ATTRIBUTE_DECRYPT]			= CKA_DECRYPT,
	[KEY_ATTRIBUTE_UNWRAP]			= CKA_UNWRAP,
	[KEY_ATTRIBUTE_SIGN_RECOVER]		= CKA_SIGN_RECOVER,
	[KEY_ATTRIBUTE_DERIVE]			= CKA_DERIVE,
	[KEY_ATTRIBUTE_MODIFIABLE]		= CKA_MODIFIABLE,
	[KEY_ATTRIBUTE_ALWAYS_AUTHENTICATE]	= CKA_ALWAYS_AUTHENTICATE,
};

/* A number that no sound module gives. */
static bool
odd(const struct pkcs11 *t, const char *what, unsigned long number,
    struct err *e)
{
	return err_set(e, ERR_TOKEN_DEVICE, "token '%s': %s: a length or "
	    "number of %lu", text_show(t->names.label).text, what, number);
}

/* Collects handles until the search says that there are no more. */
static bool
search_collect(struct pkcs11 *t, ck_session_handle_t s, struct arena *arena,
    struct pkcs11_found *out, struct err *e)
{
	unsigned long got = FIND_STEP;
	ck_object_handle_t step[FIND_STEP];

	while (got > 0) {
		ck_rv_t rv = t->call->C_FindObjects(s, step, FIND_STEP, &got);

		if (rv != CKR_OK)
			return pkcs11_error(t, rv, "search", e);
		if (got > FIND_STEP)
			return odd(t, "search", got, e);
		for (unsigned long i = 0; i < got; i++) {
			void *grown = arena_grow(arena, out->handles,
			    out->count, sizeof(step[0]));

			if (grown == NULL || out->count == LIMIT_TOKEN_KEYS)
				return err_budget(e, arena);
			out->handles = grown;
			out->handles[out->count++] = step[i];
		}
	}
	return true;
}

bool
pkcs11_search(struct pkcs11 *t, ck_session_handle_t s,
    struct ck_attribute *template, unsigned long count, struct arena *arena,
    struct pkcs11_found *out, struct err *e)
{
	ck_rv_t rv = t->call->C_FindObjectsInit(s, template, count);

	*out = (struct pkcs11_found){ NULL, 0 };
	if (rv != CKR_OK)
		return pkcs11_error(t, rv, "search", e);
	bool ok = search_collect(t, s, arena, out, e);
	t->call->C_FindObjectsFinal(s);
	return ok;
}

bool
pkcs11_bytes(struct pkcs11 *t, ck_session_handle_t s, ck_object_handle_t object,
    ck_attribute_type_t type, struct arena *arena, struct span *out,
    struct err *e)
{
	struct ck_attribute a = { .type = type };
	ck_rv_t rv = t->call->C_GetAttributeValue(s, object, &a, 1);

	*out = (struct span){ NULL, 0 };
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE)
		return true;
	if (rv != CKR_OK)
		return pkcs11_error(t, rv, "attribute", e);
	if (a.value_len == 0 || a.value_len == CK_UNAVAILABLE_INFORMATION)
		return true;
	unsigned long room = a.value_len;
	if (room > LIMIT_TOKEN_VALUE)
		return odd(t, "attribute", room, e);
	a.value = arena_alloc(arena, room);
	if (a.value == NULL)
		return err_budget(e, arena);
	rv = t->call->C_GetAttributeValue(s, object, &a, 1);
	if (rv != CKR_OK)
		return pkcs11_error(t, rv, "attribute", e);
	if (a.value_len > room)
		return odd(t, "attribute", a.value_len, e);
	*out = (struct span){ a.value, a.value_len };
	return true;
}

/* A truth value that a token does not tell counts as the worse one. */
static bool
attributes_load(struct pkcs11 *t, ck_object_handle_t object, unsigned *out,
    struct err *e)
{
	*out = 0;
	for (size_t i = 0; i < KEY_ATTRIBUTES; i++) {
		const struct key_attribute_row *row = &key_attribute_rows[i];
		unsigned char value = row->judged && !row->want;
		struct ck_attribute a = { attribute_types[i], &value,
		    sizeof(value) };
		ck_rv_t rv = t->call->C_GetAttributeValue(t->session, object,
		    &a, 1);

		if (rv == CKR_ATTRIBUTE_TYPE_INVALID ||
		    rv == CKR_ATTRIBUTE_SENSITIVE)
			value = row->judged && !row->want;
		else if (rv != CKR_OK)
			return pkcs11_error(t, rv, row->name, e);
		else if (a.value_len != sizeof(value))
			value = row->judged && !row->want;
		*out |= value ? 1U << i : 0;
	}
	return true;
}

/* PKCS#11 v2.40, 4.4: how it was made, if the token made it and tells. */
static bool
mechanism_load(struct pkcs11 *t, ck_object_handle_t object, struct arena *arena,
    struct span *out, struct err *e)
{
	ck_mechanism_type_t type = CK_UNAVAILABLE_INFORMATION;
	struct ck_attribute a = { CKA_KEY_GEN_MECHANISM, &type, sizeof(type) };
	ck_rv_t rv = t->call->C_GetAttributeValue(t->session, object, &a, 1);
	const char *name;

	if (rv != CKR_OK || a.value_len != sizeof(type) ||
	    type == CK_UNAVAILABLE_INFORMATION)
		return true;
	name = pkcs11_mechanism_name(type);
	if (name == NULL)
		name = arena_printf(arena, "0x%lx", type);
	if (name == NULL)
		return err_budget(e, arena);
	*out = span_text(name);
	return true;
}

static bool
parts_load(struct pkcs11 *t, ck_object_handle_t object, struct arena *arena,
    struct public_parts *p, struct err *e)
{
	struct ck_attribute type = { CKA_KEY_TYPE, &p->type, sizeof(p->type) };
	const struct {
		ck_attribute_type_t	 type;
		struct span		*out;
	} parts[] = {
		{ CKA_MODULUS, &p->modulus },
		{ CKA_PUBLIC_EXPONENT, &p->exponent },
		{ CKA_EC_PARAMS, &p->parameters },
		{ CKA_EC_POINT, &p->point },
	};
	ck_rv_t rv = t->call->C_GetAttributeValue(t->session, object, &type, 1);

	if (rv != CKR_OK)
		return pkcs11_error(t, rv, "key type", e);
	if (type.value_len != sizeof(p->type))
		return odd(t, "key type", type.value_len, e);
	for (size_t i = 0; i < COUNT(parts); i++)
		if (!pkcs11_bytes(t, t->session, object, parts[i].type,
		    arena, parts[i].out, e))
			return false;
	return true;
}

/* The object of a class that belongs to a private key: same id, else label. */
static bool
companion_find(struct pkcs11 *t, ck_object_class_t class,
    const struct key_facts *f, struct arena *arena, struct pkcs11_found *out,
    struct err *e)
{
	struct span by = f->id.len > 0 ? f->id : f->label;
	struct ck_attribute template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ f->id.len > 0 ? CKA_ID : CKA_LABEL,
		    (void *)(uintptr_t)by.ptr, by.len },
	};

	return pkcs11_search(t, t->session, template, COUNT(template),
	    arena, out, e);
}

static bool
public_from_object(struct pkcs11 *t, struct key_facts *f, struct arena *arena,
    struct err *e)
{
	CLEANUP(buf_done) struct buf spki = { 0 };
	struct public_parts parts = { .type = 0 };
	struct pkcs11_found found;

	if (t->publics != NULL && f->id.len > 0)
		pkcs11_publics_find(t->publics, f->id, &found);
	else if (!companion_find(t, CKO_PUBLIC_KEY, f, arena, &found, e))
		return false;
	if (found.count == 0)
		return true;
	if (!parts_load(t, found.handles[0], arena, &parts, e))
		return false;
	if (public_key_assemble(&parts, &spki) &&
	    !arena_copy(arena, buf_span(&spki), &f->public_key))
		return err_budget(e, arena);
	return true;
}

static bool
public_from_certificate(struct pkcs11 *t, struct key_facts *f,
    struct arena *arena, struct err *e)
{
	struct pkcs11_found found;
	struct span der, spki;

	if (!companion_find(t, CKO_CERTIFICATE, f, arena, &found, e))
		return false;
	if (found.count == 0)
		return true;
	if (!pkcs11_bytes(t, t->session, found.handles[0], CKA_VALUE, arena,
	    &der, e))
		return false;
	if (public_key_of_certificate(der, &spki))
		f->public_key = spki;
	return true;
}

/* The name as key plans write it: "rsa-3072", "ec-p256". */
static const char *
algorithm_name(const struct public_key *k)
{
	static const char *const others[] = {
		[KEY_RSA] = "rsa", [KEY_EC] = "ec", [KEY_ED25519] = "ed25519",
	};

	for (size_t i = 0; key_algorithms[i].name != NULL; i++)
		if (key_algorithms[i].kind == k->kind &&
		    key_algorithms[i].bits == k->bits)
			return key_algorithms[i].name;
	return others[k->kind];
}

/* What we cannot use has no public half for us: keystore_find says so. */
static bool
public_load(struct pkcs11 *t, struct key_facts *f, struct arena *arena,
    struct err *e)
{
	struct public_key k;
	struct err unfit;

	f->algorithm = "unknown";
	if (!public_from_object(t, f, arena, e))
		return false;
	if (f->public_key.len == 0 && !public_from_certificate(t, f, arena, e))
		return false;
	if (public_key_parse(f->public_key, &k, &unfit)) {
		f->kind = k.kind;
		f->algorithm = algorithm_name(&k);
	} else if (err_is(&unfit, ERR_KEY_WEAK)) {
		f->algorithm = "rsa";	/* no other kind can be short */
	} else {
		f->public_key = (struct span){ NULL, 0 };
		return true;
	}
	f->spki_sha256 = digest_of(DIGEST_SHA256, f->public_key);
	return true;
}

static struct pkcs11_key *
key_known(struct pkcs11 *t, const struct key_facts *f)
{
	struct pkcs11_key *k = t->keys;

	while (k != NULL && !(span_eq(k->base.facts.label, f->label) &&
	    span_eq(k->base.facts.id, f->id) &&
	    span_eq(k->base.facts.public_key, f->public_key)))
		k = k->next;
	return k;
}

static bool
facts_load(struct pkcs11 *t, ck_object_handle_t object, struct arena *arena,
    struct key_facts *f, struct err *e)
{
	return pkcs11_bytes(t, t->session, object, CKA_LABEL, arena, &f->label,
	    e) && pkcs11_bytes(t, t->session, object, CKA_ID, arena, &f->id,
	    e) && attributes_load(t, object, &f->attributes, e) &&
	    mechanism_load(t, object, arena, &f->mechanism, e) &&
	    public_load(t, f, arena, e);
}

/* What a token does not tell stays without an address. */
static bool
keep(struct arena *arena, struct span *s)
{
	return s->ptr == NULL || arena_copy(arena, *s, s);
}

static bool
key_keep(struct pkcs11 *t, struct key_facts *f, struct pkcs11_key **out,
    struct err *e)
{
	struct pkcs11_key *k = ARENA_NEW(t->arena, struct pkcs11_key);

	if (k == NULL || !keep(t->arena, &f->label) ||
	    !keep(t->arena, &f->id) || !keep(t->arena, &f->public_key) ||
	    !keep(t->arena, &f->mechanism))
		return err_budget(e, t->arena);
	k->base.facts = *f;
	k->token = t;
	k->next = t->keys;
	t->keys = k;
	*out = k;
	return true;
}

/*
 * Facts are kept once, as an engine asks for its keys for years; a key that is
 * met again gets its new handle, and what the token says of its attributes now.
 */
bool
pkcs11_key_load(struct pkcs11 *t, ck_object_handle_t object,
    struct pkcs11_key **out, struct err *e)
{
	PULSE(t);
	CLEANUP(arena_done) struct arena *arena = arena_new(FACTS_BUDGET);
	struct key_facts f = { .token = t->names, .about = &t->about };

	if (!facts_load(t, object, arena, &f, e))
		return false;
	struct pkcs11_key *k = key_known(t, &f);
	if (k == NULL && !key_keep(t, &f, &k, e))
		return false;
	k->base.facts.attributes = f.attributes;
	k->handle = object;
	k->generation = t->generation;
	*out = k;
	return true;
}

/* All private keys whose label and id the URI names. */
static bool
private_search(struct pkcs11 *t, ck_session_handle_t s,
    const struct key_uri *uri, struct arena *arena, struct pkcs11_found *out,
    struct err *e)
{
	ck_object_class_t class = CKO_PRIVATE_KEY;
	struct ck_attribute template[3] = {
		{ CKA_CLASS, &class, sizeof(class) } };
	unsigned long count = 1;

	if (uri->object.ptr != NULL)
		template[count++] = (struct ck_attribute){ CKA_LABEL,
		    (void *)(uintptr_t)uri->object.ptr, uri->object.len };
	if (uri->id.ptr != NULL)
		template[count++] = (struct ck_attribute){ CKA_ID,
		    (void *)(uintptr_t)uri->id.ptr, uri->id.len };
	return pkcs11_search(t, s, template, count, arena, out, e);
}

/* Once more after the token was opened again: the key may have moved. */
bool
pkcs11_handle(struct pkcs11_key *k, const struct pkcs11_session *s,
    ck_object_handle_t *out, struct err *e)
{
	struct pkcs11 *t = k->token;
	const struct key_facts *f = &k->base.facts;
	struct key_uri name = { .object = f->label, .id = f->id };
	CLEANUP(arena_done) struct arena *arena = arena_new(FOUND_BUDGET);
	struct pkcs11_found found;
	bool ok = true;

	pthread_mutex_lock(&t->lock);
	if (k->generation != s->generation) {
		ok = private_search(t, s->handle, &name, arena, &found, e);
		if (ok && found.count != 1)
			ok = err_set(e, ERR_KEY_ABSENT, "key '%s' is gone",
			    text_show(f->label).text);
		if (ok) {
			k->handle = found.handles[0];
			k->generation = s->generation;
		}
	}
	*out = k->handle;
	pthread_mutex_unlock(&t->lock);
	return ok;
}

/* Without a login private keys are invisible, not absent. */
static bool
none_found(struct pkcs11 *t, const struct key_uri *uri, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };

	key_uri_write(uri, &name);
	if (t->refused.what != NULL) {
		*e = t->refused;
		return false;
	}
	if (t->pin.len == 0)
		return err_set(e, ERR_TOKEN_LOGIN, "token '%s' shows no key "
		    "'%s' without a login", text_show(t->names.label).text,
		    buf_cstr(&name));
	return err_set(e, ERR_KEY_ABSENT, "token '%s' has no private key '%s'",
	    text_show(t->names.label).text, buf_cstr(&name));
}

static bool
key_usable(const struct key_facts *f, struct err *e)
{
	struct public_key about;

	if ((f->attributes & 1U << KEY_ATTRIBUTE_SIGN) == 0)
		return err_set(e, ERR_KEY_USAGE, "key '%s' of token '%s' may "
		    "not sign", text_show(f->label).text,
		    text_show(f->token.label).text);
	if (f->public_key.len == 0)
		return err_set(e, ERR_KEY_PUBLIC, "key '%s' of token '%s' has "
		    "no public half that we can use", text_show(f->label).text,
		    text_show(f->token.label).text);
	return key_rules_hold(f->public_key, KEY_TO_USE, &about, e) ||
	    err_at(e, "key '%s' of token '%s'", text_show(f->label).text,
	    text_show(f->token.label).text);
}

static bool
find_once(struct pkcs11 *t, const struct key_uri *uri,
    struct pkcs11_key **out, struct err *e)
{
	CLEANUP(arena_done) struct arena *arena = arena_new(FOUND_BUDGET);
	struct pkcs11_found found;

	if (uri->type.ptr != NULL && !span_is(uri->type, "private"))
		return none_found(t, uri, e);
	if (!private_search(t, t->session, uri, arena, &found, e))
		return false;
	if (found.count == 0)
		return none_found(t, uri, e);
	if (found.count > 1)
		return err_set(e, ERR_KEY_AMBIGUOUS, "token '%s' has %zu "
		    "private keys of that name",
		    text_show(t->names.label).text, found.count);
	return pkcs11_key_load(t, found.handles[0], out, e);
}

/* The errors that one more opening may cure. */
static bool
curable(const struct err *e)
{
	return err_is(e, ERR_TOKEN_SESSION) || err_is(e, ERR_TOKEN_ABSENT);
}

bool
pkcs11_find(struct keystore *s, const struct key_uri *uri,
    const struct key **out, struct err *e)
{
	struct pkcs11 *t = (struct pkcs11 *)(void *)s;
	PULSE(t);
	struct pkcs11_key *k = NULL;

	if (!key_uri_names_token(uri, &t->names))
		return none_found(t, uri, e);
	if (!find_once(t, uri, &k, e)) {
		if (!curable(e) || !pkcs11_reopen(t, t->generation, e) ||
		    !find_once(t, uri, &k, e))
			return false;
	}
	if (!key_usable(&k->base.facts, e))
		return false;
	*out = &k->base;
	return true;
}

static bool
keys_load(struct pkcs11 *t, const struct pkcs11_found *found,
    const struct key **out, struct err *e)
{
	struct pkcs11_key *k;

	for (size_t i = 0; i < found->count; i++) {
		if (!pkcs11_key_load(t, found->handles[i], &k, e))
			return false;
		out[i] = &k->base;
	}
	return true;
}

bool
pkcs11_list(struct keystore *s, struct arena *arena, const struct key ***out,
    size_t *count, struct err *e)
{
	struct pkcs11 *t = (struct pkcs11 *)(void *)s;
	PULSE(t);
	struct key_uri all = { 0 };
	struct pkcs11_publics publics;
	struct pkcs11_found found;

	if (!private_search(t, t->session, &all, arena, &found, e) ||
	    !pkcs11_publics_load(t, arena, &publics, e))
		return false;
	*out = ARENA_ARRAY(arena, const struct key *, found.count + 1);
	if (*out == NULL)
		return err_budget(e, arena);
	*count = found.count;
	t->publics = &publics;
	bool ok = keys_load(t, &found, *out, e);
	t->publics = NULL;
	return ok;
}

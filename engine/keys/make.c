/*
 * make - new keys that cannot leave the token.
 *
 * The template says so, and the token is asked afterwards: what it does not
 * confirm is destroyed. The id is random, for it must be given before the
 * public key is known and the key cannot be changed later.
 */
#include <sys/random.h>

#include "base/text.h"
#include "crypto/key_rules.h"
#include "keys/pulse.h"

#define ID_SIZE		16	/* bytes of CKA_ID */
#define DER(text)	{ (const uint8_t *)(text), sizeof(text) - 1 }

/*
 * The curves are OIDs (FIPS 186-5 names, RFC 5480 2.1.1.1); edwards25519 is
 * the PrintableString of PKCS#11 v3.0, 2.3.5.
 */
const struct key_algorithm key_algorithms[] = {
	{ "rsa-3072", KEY_RSA, 3072, { NULL, 0 },
	    CKM_RSA_PKCS_KEY_PAIR_GEN },
	{ "rsa-4096", KEY_RSA, 4096, { NULL, 0 },
	    CKM_RSA_PKCS_KEY_PAIR_GEN },
	{ "ec-p256", KEY_EC, 256,
	    DER("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
	    CKM_EC_KEY_PAIR_GEN },
	{ "ec-p384", KEY_EC, 384, DER("\x06\x05\x2b\x81\x04\x00\x22"),
	    CKM_EC_KEY_PAIR_GEN },
	{ "ec-p521", KEY_EC, 521, DER("\x06\x05\x2b\x81\x04\x00\x23"),
	    CKM_EC_KEY_PAIR_GEN },
	{ "ed25519", KEY_ED25519, 256,
	    DER("\x13\x0c" "edwards25519"), CKM_EC_EDWARDS_KEY_PAIR_GEN },
	{ NULL, KEY_RSA, 0, { NULL, 0 }, 0 },
};

/* Templates take pointers to what they do not change. */
static const unsigned char truth[] = { 0, 1 };
#define NO	((void *)(uintptr_t)&truth[0])
#define YES	((void *)(uintptr_t)&truth[1])

static const struct key_algorithm *
algorithm_find(struct span name)
{
	for (size_t i = 0; key_algorithms[i].name != NULL; i++)
		if (span_is(name, key_algorithms[i].name))
			return &key_algorithms[i];
	return NULL;
}

const char *
pkcs11_mechanism_name(ck_mechanism_type_t type)
{
	static const struct {
		ck_mechanism_type_t	 type;
		const char		*name;
	} names[] = {
		{ CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN" },
		{ CKM_RSA_X9_31_KEY_PAIR_GEN, "CKM_RSA_X9_31_KEY_PAIR_GEN" },
		{ CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN" },
		{ CKM_EC_EDWARDS_KEY_PAIR_GEN, "CKM_EC_EDWARDS_KEY_PAIR_GEN" },
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].type == type)
			return names[i].name;
	return NULL;
}

/*
 * A token that lacks the mechanism says so before anything is tried. Sizes are
 * those of the modulus; for curves, modules do not agree what they are.
 */
static bool
makes_such_keys(struct pkcs11 *t, const struct key_algorithm *a,
    struct err *e)
{
	struct shown label = text_show(t->names.label);
	struct ck_mechanism_info info;
	ck_rv_t rv = t->call->C_GetMechanismInfo(t->slot, a->generate, &info);

	if (rv == CKR_MECHANISM_INVALID ||
	    (rv == CKR_OK && (info.flags & CKF_GENERATE_KEY_PAIR) == 0))
		return err_set(e, ERR_TOKEN_MECHANISM, "token '%s' makes no "
		    "keys for '%s': it lacks %s", label.text, a->name,
		    pkcs11_mechanism_name(a->generate));
	if (rv != CKR_OK)
		return pkcs11_error(t, rv, "mechanism", e);
	if (a->kind == KEY_RSA && (a->bits < info.min_key_size ||
	    a->bits > info.max_key_size))
		return err_set(e, ERR_TOKEN_MECHANISM, "token '%s' makes RSA "
		    "keys of %lu to %lu bits, not of %u", label.text,
		    info.min_key_size, info.max_key_size, a->bits);
	return true;
}

bool
pkcs11_writable(const struct pkcs11 *t, struct err *e)
{
	return !t->read_only || err_set(e, ERR_TOKEN_READ_ONLY,
	    "token '%s' is write-protected", text_show(t->names.label).text);
}

bool
pkcs11_label_free(struct pkcs11 *t, struct span label, struct err *e)
{
	ck_object_class_t class = CKO_PRIVATE_KEY;
	struct ck_attribute template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, (void *)(uintptr_t)label.ptr, label.len },
	};
	CLEANUP(arena_done) struct arena *arena = arena_new(FOUND_BUDGET);
	struct pkcs11_found found;

	if (label.len == 0 || !text_utf8(label))
		return err_set(e, ERR_USAGE, "the label is empty or no UTF-8");
	if (!pkcs11_search(t, t->session, template, COUNT(template), arena,
	    &found, e))
		return false;
	return found.count == 0 || err_set(e, ERR_KEY_EXISTS,
	    "token '%s' has a private key '%s'",
	    text_show(t->names.label).text, text_show(label).text);
}

/* What was made: both halves. */
struct pair {
	ck_object_handle_t	public_key;
	ck_object_handle_t	private_key;
};

static bool
pair_generate(struct pkcs11 *t, const struct key_algorithm *a,
    struct span label, struct pair *out, struct err *e)
{
	unsigned char id[ID_SIZE], exponent[] = { 1, 0, 1 };
	unsigned long bits = a->bits;
	void *name = (void *)(uintptr_t)label.ptr;
	struct ck_attribute public_key[] = {
		{ CKA_TOKEN, YES, 1 }, { CKA_PRIVATE, NO, 1 },
		{ CKA_VERIFY, YES, 1 }, { CKA_ENCRYPT, NO, 1 },
		{ CKA_WRAP, NO, 1 }, { CKA_LABEL, name, label.len },
		{ CKA_ID, id, sizeof(id) },
		/* The last two depend on the algorithm. */
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) },
		{ CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
	};
	struct ck_attribute private_key[] = {
		{ CKA_TOKEN, YES, 1 }, { CKA_PRIVATE, YES, 1 },
		{ CKA_SENSITIVE, YES, 1 }, { CKA_EXTRACTABLE, NO, 1 },
		{ CKA_SIGN, YES, 1 }, { CKA_DECRYPT, NO, 1 },
		{ CKA_UNWRAP, NO, 1 }, { CKA_SIGN_RECOVER, NO, 1 },
		{ CKA_DERIVE, NO, 1 }, { CKA_MODIFIABLE, NO, 1 },
		{ CKA_LABEL, name, label.len }, { CKA_ID, id, sizeof(id) },
	};
	struct ck_mechanism mechanism = { a->generate, NULL, 0 };
	unsigned long count = COUNT(public_key);

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return err_errno(e, ERR_TOKEN_DEVICE, "random numbers");
	if (a->parameters.len > 0) {
		public_key[count - 2] = (struct ck_attribute){ CKA_EC_PARAMS,
		    (void *)(uintptr_t)a->parameters.ptr, a->parameters.len };
		count--;
	}
	ck_rv_t rv = t->call->C_GenerateKeyPair(t->session, &mechanism,
	    public_key, count, private_key, COUNT(private_key),
	    &out->public_key, &out->private_key);
	return rv == CKR_OK || pkcs11_error(t, rv, "make a key", e);
}

static bool
pair_check(struct pkcs11 *t, const struct pair *pair,
    struct pkcs11_key **out, struct err *e)
{
	struct public_key about;

	if (!pkcs11_key_load(t, pair->private_key, out, e) ||
	    !key_sound(&(*out)->base.facts, e))
		return false;
	if ((*out)->base.facts.public_key.len == 0)
		return err_set(e, ERR_KEY_PUBLIC,
		    "the token does not show the public half");
	return key_rules_hold((*out)->base.facts.public_key, KEY_TO_MAKE,
	    &about, e);
}

bool
pkcs11_make(struct keystore *s, const struct key_plan *plan,
    const struct key **out, struct err *e)
{
	struct pkcs11 *t = (struct pkcs11 *)(void *)s;
	PULSE(t);
	const struct key_algorithm *a = algorithm_find(plan->algorithm);
	struct pkcs11_key *k = NULL;
	struct pair pair;

	if (a == NULL)
		return err_set(e, ERR_KEY_ALGORITHM, "no keys are made for "
		    "'%s'", text_show(plan->algorithm).text);
	if (!pkcs11_writable(t, e) || !makes_such_keys(t, a, e) ||
	    !pkcs11_label_free(t, plan->label, e) ||
	    !pair_generate(t, a, plan->label, &pair, e))
		return false;
	if (!pair_check(t, &pair, &k, e)) {
		t->call->C_DestroyObject(t->session, pair.private_key);
		t->call->C_DestroyObject(t->session, pair.public_key);
		return err_at(e, "the new key was destroyed");
	}
	*out = &k->base;
	return true;
}

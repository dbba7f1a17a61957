/*
 * import - a key from a file, put into a token for good.
 *
 * What was outside once is exposed for ever: the token must say so itself
 * (CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE are false: PKCS#11
 * v2.40, 4.9), or the import is undone. From then on it can leave no more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/der.h"
#include "keys/material.h"
#include "keys/pulse.h"

#define ID_SIZE		16		/* bytes of CKA_ID */
#define FILE_SIZE	((size_t)256 << 10)	/* bytes of a file */
#define TEMPLATE	24		/* attributes at most */

static const unsigned char truth[] = { 0, 1 };
#define NO	((void *)(uintptr_t)&truth[0])
#define YES	((void *)(uintptr_t)&truth[1])

/* ---- what comes in */

struct secret_bytes {
	uint8_t		*ptr;
	size_t		 size;		/* room */
	size_t		 len;
};

static void
secret_wipe(struct secret_bytes *s)
{
	if (s->ptr != NULL)
		explicit_bzero(s->ptr, s->size);
	free(s->ptr);
}

/* All of it, in one place: growing would leave copies behind. */
static bool
secret_load(int fd, struct secret_bytes *s, struct err *e)
{
	ssize_t n = 1;

	s->ptr = xcalloc(1, s->size);
	while (n > 0 && s->len < s->size) {
		n = read(fd, s->ptr + s->len, s->size - s->len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return err_errno(e, ERR_KEY_FILE, "file");
		else
			s->len += (size_t)n;
	}
	return s->len < s->size || err_set(e, ERR_KEY_FILE,
	    "the file has more than %zu bytes", s->size - 1);
}

/* A file with a passphrase is for its owner alone, as one with a PIN. */
static bool
passphrase_load(int fd, struct secret_bytes *s, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & S_IRWXO) != 0)
		return err_set(e, ERR_PIN_EXPOSED, "the file with the "
		    "passphrase: mode %03o lets everybody in",
		    (unsigned)st.st_mode & 0777);
	if (!secret_load(fd, s, e))
		return false;
	if (s->len > 0 && s->ptr[s->len - 1] == '\n')
		s->len--;
	return true;
}

static bool
source_read(const struct key_source *source, struct material *m,
    struct err *e)
{
	CLEANUP(secret_wipe) struct secret_bytes file = { .size = FILE_SIZE };
	CLEANUP(secret_wipe) struct secret_bytes pass =
	    { .size = LIMIT_PIN + 1 };

	return passphrase_load(source->passphrase, &pass, e) &&
	    secret_load(source->file, &file, e) &&
	    material_read((struct span){ file.ptr, file.len },
	    (struct span){ pass.ptr, pass.len }, m, e);
}

/* ---- templates */

struct template {
	struct ck_attribute	list[TEMPLATE];
	unsigned long		count;
};

static void
put(struct template *t, ck_attribute_type_t type, const void *value,
    size_t len)
{
	t->list[t->count++] = (struct ck_attribute){ type,
	    (void *)(uintptr_t)value, len };
}

static void
put_part(struct template *t, ck_attribute_type_t type,
    const struct material *m, enum material_part part)
{
	put(t, type, m->parts[part].bytes, m->parts[part].len);
}

struct pair_plan {
	ck_key_type_t		 type;
	struct span		 label;
	uint8_t			 id[ID_SIZE];
	struct span		 parameters;	/* CKA_EC_PARAMS */
	struct buf		 point;		/* CKA_EC_POINT */
	const struct material	*material;
};

static void
put_names(struct template *t, const struct pair_plan *p)
{
	put(t, CKA_KEY_TYPE, &p->type, sizeof(p->type));
	put(t, CKA_TOKEN, YES, 1);
	put(t, CKA_LABEL, p->label.ptr, p->label.len);
	put(t, CKA_ID, p->id, sizeof(p->id));
	if (p->parameters.len > 0)
		put(t, CKA_EC_PARAMS, p->parameters.ptr, p->parameters.len);
}

static void
put_rsa_private(struct template *t, const struct material *m)
{
	static const struct {
		ck_attribute_type_t	type;
		enum material_part	part;
	} parts[] = {
		{ CKA_MODULUS, MATERIAL_MODULUS },
		{ CKA_PUBLIC_EXPONENT, MATERIAL_EXPONENT },
		{ CKA_PRIVATE_EXPONENT, MATERIAL_PRIVATE },
		{ CKA_PRIME_1, MATERIAL_PRIME_1 },
		{ CKA_PRIME_2, MATERIAL_PRIME_2 },
		{ CKA_EXPONENT_1, MATERIAL_EXPONENT_1 },
		{ CKA_EXPONENT_2, MATERIAL_EXPONENT_2 },
		{ CKA_COEFFICIENT, MATERIAL_COEFFICIENT },
	};

	for (size_t i = 0; i < COUNT(parts); i++)
		put_part(t, parts[i].type, m, parts[i].part);
}

static ck_rv_t
private_create(struct pkcs11 *t, const struct pair_plan *p,
    ck_object_handle_t *out)
{
	static const ck_object_class_t class = CKO_PRIVATE_KEY;
	struct template a = { .count = 0 };

	put(&a, CKA_CLASS, &class, sizeof(class));
	put_names(&a, p);
	put(&a, CKA_PRIVATE, YES, 1);
	put(&a, CKA_SENSITIVE, YES, 1);
	put(&a, CKA_EXTRACTABLE, NO, 1);
	put(&a, CKA_SIGN, YES, 1);
	put(&a, CKA_DECRYPT, NO, 1);
	put(&a, CKA_UNWRAP, NO, 1);
	put(&a, CKA_SIGN_RECOVER, NO, 1);
	put(&a, CKA_DERIVE, NO, 1);
	put(&a, CKA_MODIFIABLE, NO, 1);
	if (p->type == CKK_RSA)
		put_rsa_private(&a, p->material);
	else
		put_part(&a, CKA_VALUE, p->material, MATERIAL_PRIVATE);
	return t->call->C_CreateObject(t->session, a.list, a.count, out);
}

static ck_rv_t
public_create(struct pkcs11 *t, const struct pair_plan *p,
    ck_object_handle_t *out)
{
	static const ck_object_class_t class = CKO_PUBLIC_KEY;
	struct template a = { .count = 0 };

	put(&a, CKA_CLASS, &class, sizeof(class));
	put_names(&a, p);
	put(&a, CKA_PRIVATE, NO, 1);
	put(&a, CKA_VERIFY, YES, 1);
	put(&a, CKA_ENCRYPT, NO, 1);
	put(&a, CKA_WRAP, NO, 1);
	if (p->type == CKK_RSA) {
		put_part(&a, CKA_MODULUS, p->material, MATERIAL_MODULUS);
		put_part(&a, CKA_PUBLIC_EXPONENT, p->material,
		    MATERIAL_EXPONENT);
	} else {
		put(&a, CKA_EC_POINT, p->point.ptr, p->point.len);
	}
	return t->call->C_CreateObject(t->session, a.list, a.count, out);
}

/* ---- the import */

/* RFC 5280 4.1.2.7: the point is all of the BIT STRING but its first byte. */
static void
point_take(const struct material *m, struct buf *out)
{
	struct der file = der_read(buf_span(&m->spki));
	struct der info = der_enter(&file, DER_SEQUENCE);
	struct span parameters;

	der_algorithm(&info, &parameters);
	der_put(out, DER_OCTETS, span_from(der_value(&info, DER_BIT_STRING),
	    1));
}

static bool
plan_make(const struct material *m, struct span label, struct pair_plan *out,
    struct err *e)
{
	static const ck_key_type_t types[] = {
		[KEY_RSA] = CKK_RSA, [KEY_EC] = CKK_EC,
		[KEY_ED25519] = CKK_EC_EDWARDS,
	};

	*out = (struct pair_plan){ .type = types[m->about.kind],
	    .label = label, .material = m };
	if (getrandom(out->id, sizeof(out->id), 0) !=
	    (ssize_t)sizeof(out->id))
		return err_errno(e, ERR_TOKEN_DEVICE, "random numbers");
	if (m->about.kind == KEY_RSA)
		return true;
	for (size_t i = 0; key_algorithms[i].name != NULL; i++)
		if (key_algorithms[i].kind == m->about.kind &&
		    key_algorithms[i].bits == m->about.bits)
			out->parameters = key_algorithms[i].parameters;
	if (m->about.kind == KEY_ED25519 && out->parameters.len == 0)
		return err_set(e, ERR_KEY_UNFIT, "Ed25519 key of %u bits",
		    m->about.bits);
	point_take(m, &out->point);
	return true;
}

/* It is now as safe as it can be, and does not pass for one made here. */
static bool
said_imported(const struct key_facts *f, struct err *e)
{
	static const unsigned never = 1U << KEY_ATTRIBUTE_ALWAYS_SENSITIVE |
	    1U << KEY_ATTRIBUTE_NEVER_EXTRACTABLE | 1U << KEY_ATTRIBUTE_LOCAL;
	struct key_facts own = *f;

	if ((f->attributes & 1U << KEY_ATTRIBUTE_LOCAL) != 0)
		return err_set(e, ERR_TOKEN_DEVICE, "token '%s' says that it "
		    "made the key itself", text_show(f->token.label).text);
	own.attributes |= never;
	return key_sound(&own, e);
}

/* Both halves are there and belong together: one signature shows it. */
static bool
trial(struct pkcs11_key *k, struct err *e)
{
	CLEANUP(sign_job_done) struct sign_job job = { .key = &k->base };
	struct span what = SPAN_TEXT("a key that was imported signs this");
	struct to_be_signed *t = &job.to_be_signed;

	if (!signature_for(k->base.facts.kind, DIGEST_SHA256, &t->kind))
		return err_set(e, ERR_KEY_UNFIT, "the key signs no SHA-256");
	t->digest = digest_of(DIGEST_SHA256, what);
	t->message = what;
	return keystore_sign(&k->token->base, &job, 1, e);
}

static bool
pair_check(struct pkcs11 *t, const struct material *m,
    ck_object_handle_t private_key, struct pkcs11_key **out, struct err *e)
{
	if (!pkcs11_key_load(t, private_key, out, e) ||
	    !said_imported(&(*out)->base.facts, e))
		return false;
	if (!span_eq((*out)->base.facts.public_key, buf_span(&m->spki)))
		return err_set(e, ERR_KEY_PUBLIC, "the token shows another "
		    "public half than the file");
	return trial(*out, e);
}

static bool
pair_create(struct pkcs11 *t, const struct pair_plan *p,
    struct pkcs11_key **out, struct err *e)
{
	ck_object_handle_t public_key, private_key;
	ck_rv_t rv = public_create(t, p, &public_key);

	if (rv != CKR_OK)
		return pkcs11_error(t, rv, "import the public half", e);
	rv = private_create(t, p, &private_key);
	if (rv != CKR_OK) {
		t->call->C_DestroyObject(t->session, public_key);
		return pkcs11_error(t, rv, "import the private half", e);
	}
	if (pair_check(t, p->material, private_key, out, e))
		return true;
	t->call->C_DestroyObject(t->session, private_key);
	t->call->C_DestroyObject(t->session, public_key);
	return err_at(e, "the imported key was destroyed");
}

bool
pkcs11_import(struct keystore *s, const struct key_source *source,
    const struct key **out, struct err *e)
{
	struct pkcs11 *t = (struct pkcs11 *)(void *)s;
	PULSE(t);
	CLEANUP(material_wipe) struct material m = { .spki = { 0 } };
	struct pair_plan plan = { .type = 0 };
	struct pkcs11_key *k = NULL;

	if (!pkcs11_writable(t, e) ||
	    !pkcs11_label_free(t, source->label, e) ||
	    !source_read(source, &m, e))
		return false;
	bool ok = plan_make(&m, source->label, &plan, e) &&
	    pair_create(t, &plan, &k, e);
	buf_done(&plan.point);
	if (ok)
		*out = &k->base;
	return ok;
}

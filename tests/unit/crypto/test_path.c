/* path: chains from the leaf to the root, and what is none. */
#include "crypto/path.h"
#include "pki.h"
#include "test.h"

#define SIGNER	.usage = "critical,digitalSignature", .extended = "codeSigning"
#define ISSUER	.usage = "critical,keyCertSign", .ca = true

/* Root, issuer, signer, and the issuer once more, by a stranger's key. */
static struct pki root, issuer, signer, stranger, fake, old, round_one,
    round_two, lone;

static int
setup(void **state)
{
	(void)state;
	pki_make(&(struct pki_terms){ .subject = "Root", ISSUER }, &root);
	pki_make(&(struct pki_terms){ .subject = "Issuer", ISSUER,
	    .issuer = &root }, &issuer);
	pki_make(&(struct pki_terms){ .subject = "Signer", SIGNER,
	    .issuer = &issuer }, &signer);
	pki_make(&(struct pki_terms){ .subject = "Root", ISSUER }, &stranger);
	pki_make(&(struct pki_terms){ .subject = "Issuer", ISSUER,
	    .issuer = &stranger }, &fake);
	pki_make(&(struct pki_terms){ .subject = "Signer", SIGNER,
	    .issuer = &issuer, .from = PKI_NOW - 9 * PKI_DAY,
	    .to = PKI_NOW - PKI_DAY }, &old);
	pki_make(&(struct pki_terms){ .subject = "Two", ISSUER }, &round_two);
	pki_make(&(struct pki_terms){ .subject = "One", ISSUER,
	    .issuer = &round_two }, &round_one);
	pki_make(&(struct pki_terms){ .subject = "Lone", SIGNER,
	    .issuer = &round_one }, &lone);
	return 0;
}

static int
teardown(void **state)
{
	struct pki *const all[] = { &root, &issuer, &signer, &stranger, &fake,
	    &old, &round_one, &round_two, &lone };

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		pki_done(all[i]);
	return 0;
}

static struct certificate_bag
bag_of(struct arena *a, const struct pki *const *list, size_t count)
{
	struct certificate_bag bag = { ARENA_ARRAY(a, struct certificate,
	    count), count, 0, 0 };
	struct err e;

	assert_non_null(bag.items);
	for (size_t i = 0; i < count; i++)
		assert_ok(certificate_parse(buf_span(&list[i]->der), a,
		    &bag.items[i], &e), &e);
	return bag;
}

#define BAG(...)							\
	bag_of(a, (const struct pki *const []){ __VA_ARGS__ },		\
	    sizeof((const struct pki *const []){ __VA_ARGS__ }) /	\
	    sizeof(const struct pki *))

static const struct path_terms terms = { PURPOSE_CODE_SIGNING, PKI_NOW,
    false };
static const struct path_terms rootless = { PURPOSE_CODE_SIGNING, PKI_NOW,
    true };

static void
orders_from_leaf_to_root(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	/* Both authorities of the wrong key have the right names. */
	struct certificate_bag bag = BAG(&root, &fake, &stranger, &old,
	    &signer, &issuer);
	const struct certificate *leaf;
	struct chain chain;
	struct err e;

	(void)state;
	assert_ok(path_leaf(&bag, buf_span(&signer.spki), &leaf, &e), &e);
	assert_ok(path_build(leaf, &bag, &terms, a, &chain, &e), &e);
	assert_int_equal(chain.count, 3);
	assert_span_equal(chain.certificates[0], buf_span(&signer.der));
	assert_span_equal(chain.certificates[1], buf_span(&issuer.der));
	assert_span_equal(chain.certificates[2], buf_span(&root.der));
	assert_false(path_leaf(&bag, buf_span(&lone.spki), &leaf, &e));
	assert_err(&e, ERR_CERTIFICATE_KEY);
}

static void
fails(struct arena *a, const struct certificate_bag *bag,
    const struct path_terms *t, enum err_code code)
{
	struct err e;

	assert_false(path_build(&bag->items[0], bag, t, a, NULL, &e));
	assert_err(&e, code);
}

static void
tells_what_is_wrong(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	struct certificate_bag alone = BAG(&signer),
	    headless = BAG(&signer, &issuer),
	    expired = BAG(&old, &issuer, &root),
	    forged = BAG(&signer, &fake, &stranger),
	    authority = BAG(&issuer, &root);
	struct err e;

	(void)state;
	fails(a, &alone, &terms, ERR_CERTIFICATE_NO_PATH);
	fails(a, &alone, &rootless, ERR_CERTIFICATE_NO_PATH);
	fails(a, &headless, &terms, ERR_CERTIFICATE_NO_PATH);
	assert_ptr_equal(path_end(&headless.items[0], &headless),
	    &headless.items[1]);
	struct chain chain;
	assert_ok(path_build(&headless.items[0], &headless, &rootless, a,
	    &chain, &e), &e);
	assert_int_equal(chain.count, 2);
	fails(a, &expired, &terms, ERR_CERTIFICATE_EXPIRED);
	fails(a, &forged, &terms, ERR_SIGNATURE_BAD);
	fails(a, &authority, &terms, ERR_CERTIFICATE_USAGE);
}

/* "Two" in the bag is the one that "One" issued: they certify each other. */
static void
circles_end(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(4 << 20);
	X509 *x = X509_dup(round_two.x509);
	unsigned char *der = NULL;
	struct pki circle = { 0 };

	(void)state;
	assert_int_equal(X509_set_issuer_name(x,
	    X509_get_subject_name(round_one.x509)), 1);
	assert_true(X509_sign(x, round_one.key, EVP_sha256()) > 0);
	int len = i2d_X509(x, &der);
	assert_true(len > 0);
	buf_put(&circle.der, (struct span){ der, (size_t)len });
	OPENSSL_free(der);
	X509_free(x);
	struct certificate_bag bag = BAG(&lone, &round_one, &circle),
	    way_out = BAG(&lone, &circle, &round_one, &round_two);
	struct chain chain;
	struct err e;
	fails(a, &bag, &terms, ERR_CERTIFICATE_NO_PATH);
	fails(a, &bag, &rootless, ERR_CERTIFICATE_NO_PATH);
	assert_null(path_end(&bag.items[0], &bag));
	assert_ok(path_build(&way_out.items[0], &way_out, &terms, a, &chain,
	    &e), &e);
	assert_int_equal(chain.count, 3);
	buf_done(&circle.der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(orders_from_leaf_to_root),
		TEST(tells_what_is_wrong),
		TEST(circles_end),
	};

	return cmocka_run_group_tests_name("path", tests, setup, teardown);
}

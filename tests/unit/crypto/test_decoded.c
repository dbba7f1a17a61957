/* decoded: what is kept is what those very bytes say, and no others. */
#include <openssl/ec.h>
#include <pthread.h>
#include <string.h>

#include "crypto/decoded.h"
#include "test.h"

#define KEYS	40		/* more than are kept */

static EVP_PKEY		*keys[KEYS];
static unsigned char	*ders[KEYS];
static size_t		 lens[KEYS];

static int
keys_make(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		keys[i] = EVP_EC_gen("P-256");
		lens[i] = (size_t)i2d_PUBKEY(keys[i], &ders[i]);
	}
	return 0;
}

static int
keys_drop(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		EVP_PKEY_free(keys[i]);
		OPENSSL_free(ders[i]);
	}
	return 0;
}

static void
assert_key(size_t i)
{
	EVP_PKEY *got = decoded_key((struct span){ ders[i], lens[i] });

	assert_non_null(got);
	assert_int_equal(EVP_PKEY_eq(got, keys[i]), 1);
	EVP_PKEY_free(got);
}

static void
every_key_is_its_own_however_often_it_comes(void **state)
{
	(void)state;
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < KEYS; i++) {
			assert_key(i);
			assert_key(i / 2);
			assert_key(i);
		}
}

static void
what_comes_again_is_not_decoded_again(void **state)
{
	EVP_PKEY *first = decoded_key((struct span){ ders[0], lens[0] });
	EVP_PKEY *again;

	(void)state;
	for (size_t i = 1; i < 16; i++)
		assert_key(i);
	again = decoded_key((struct span){ ders[0], lens[0] });
	assert_non_null(first);
	assert_ptr_equal(again, first);
	for (size_t i = 1; i < KEYS; i++)
		assert_key(i);
	EVP_PKEY_free(again);
	again = decoded_key((struct span){ ders[0], lens[0] });
	assert_ptr_not_equal(again, first);
	EVP_PKEY_free(again);
	EVP_PKEY_free(first);
}

static void
a_key_that_is_held_outlives_its_place(void **state)
{
	EVP_PKEY *held = decoded_key((struct span){ ders[0], lens[0] });

	(void)state;
	assert_non_null(held);
	for (size_t i = 1; i < KEYS; i++)
		assert_key(i);
	assert_int_equal(EVP_PKEY_eq(held, keys[0]), 1);
	EVP_PKEY_free(held);
}

static void
assert_as_openssl(struct span in)
{
	const unsigned char *at = in.ptr;
	EVP_PKEY *want = d2i_PUBKEY(NULL, &at, (long)in.len);
	EVP_PKEY *got = decoded_key(in);

	if (want == NULL || at != in.ptr + in.len)
		assert_null(got);
	else
		assert_true(got != NULL && EVP_PKEY_eq(got, want) == 1);
	EVP_PKEY_free(want);
	EVP_PKEY_free(got);
}

/* Also when the good bytes were asked for just before. */
static void
other_bytes_are_no_such_key(void **state)
{
	uint8_t longer[256] = { 0 };

	(void)state;
	memcpy(longer, ders[0], lens[0]);
	assert_key(0);
	assert_null(decoded_key((struct span){ NULL, 0 }));
	assert_null(decoded_key((struct span){ longer, lens[0] + 1 }));
	for (size_t n = 0; n < lens[0]; n++)
		assert_null(decoded_key((struct span){ longer, n }));
	for (size_t i = 0; i < lens[0]; i++) {
		longer[i] ^= 1;
		assert_as_openssl((struct span){ longer, lens[0] });
		longer[i] ^= 1;
	}
	assert_key(0);
}

static void
certificates_are_kept_apart_from_keys(void **state)
{
	X509 *x = X509_new();
	unsigned char *der = NULL;

	(void)state;
	X509_set_pubkey(x, keys[0]);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 60);
	assert_true(X509_sign(x, keys[0], EVP_sha256()) > 0);
	size_t len = (size_t)i2d_X509(x, &der);
	struct span whole = { der, len };
	for (size_t i = 0; i < 2; i++) {
		X509 *got = decoded_certificate(whole);

		assert_non_null(got);
		assert_int_equal(X509_cmp(got, x), 0);
		X509_free(got);
		assert_null(decoded_key(whole));
		assert_null(decoded_certificate((struct span){ der,
		    len - 1 }));
		assert_null(decoded_certificate((struct span){ ders[0],
		    lens[0] }));
	}
	OPENSSL_free(der);
	X509_free(x);
}

static void *
ask_for_all(void *arg)
{
	bool *good = arg;

	*good = true;
	for (size_t round = 0; round < 50; round++)
		for (size_t i = 0; i < KEYS; i++) {
			EVP_PKEY *got = decoded_key((struct span){ ders[i],
			    lens[i] });

			*good = *good && EVP_PKEY_eq(got, keys[i]) == 1;
			EVP_PKEY_free(got);
		}
	return NULL;
}

static void
threads_may_ask_at_once(void **state)
{
	pthread_t threads[3];
	bool good[COUNT(threads)];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    ask_for_all, &good[i]), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		pthread_join(threads[i], NULL);
		assert_true(good[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_key_is_its_own_however_often_it_comes),
		TEST(what_comes_again_is_not_decoded_again),
		TEST(a_key_that_is_held_outlives_its_place),
		TEST(other_bytes_are_no_such_key),
		TEST(certificates_are_kept_apart_from_keys),
		TEST(threads_may_ask_at_once),
	};

	return cmocka_run_group_tests_name("decoded", tests, keys_make,
	    keys_drop);
}

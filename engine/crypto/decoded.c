/* decoded - see decoded.h. */
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/own.h"
#include "crypto/decoded.h"

#define PLACES	16

/* What is decoded, by OpenSSL's functions for its type. */
struct kind {
	size_t	 most;				/* bytes */
	void	*(*decode)(struct span);	/* NULL: it is none */
	void	 (*share)(void *);
	void	 (*drop)(void *);
};

struct place {
	uint8_t	*bytes;
	size_t	 len;
	void	*made;		/* NULL: the place is free */
	uint64_t used;		/* when it was asked for last */
};

struct shelf {
	pthread_mutex_t	 lock;
	struct place	 places[PLACES];
	uint64_t	 now;
};

static void *
found(struct shelf *s, const struct kind *k, struct span in)
{
	for (size_t i = 0; i < PLACES; i++) {
		struct place *p = &s->places[i];

		if (p->made != NULL && span_eq(in,
		    (struct span){ p->bytes, p->len })) {
			p->used = ++s->now;
			k->share(p->made);
			return p->made;
		}
	}
	return NULL;
}

/* In the place that nobody asked for the longest time. */
static void
keep(struct shelf *s, const struct kind *k, struct span in, void *made)
{
	struct place *p = &s->places[0];

	for (size_t i = 1; i < PLACES; i++)
		if (s->places[i].used < p->used)
			p = &s->places[i];
	if (p->made != NULL)
		k->drop(p->made);
	free(p->bytes);
	*p = (struct place){ .bytes = xcalloc(1, in.len), .len = in.len,
	    .made = made, .used = ++s->now };
	memcpy(p->bytes, in.ptr, in.len);
	k->share(made);
}

static void *
get(struct shelf *s, const struct kind *k, struct span in)
{
	if (in.len == 0 || in.len > k->most)
		return NULL;
	pthread_mutex_lock(&s->lock);
	void *made = found(s, k, in);
	pthread_mutex_unlock(&s->lock);
	if (made != NULL)
		return made;
	made = k->decode(in);
	ERR_clear_error();
	if (made == NULL)
		return NULL;
	pthread_mutex_lock(&s->lock);
	keep(s, k, in, made);
	pthread_mutex_unlock(&s->lock);
	return made;
}

/* ---- public keys ---- */

static void *
key_decode(struct span in)
{
	const unsigned char *at = in.ptr;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)in.len);

	if (key == NULL || at == in.ptr + in.len)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static void
key_share(void *key)
{
	EVP_PKEY_up_ref(key);
}

static void
key_drop(void *key)
{
	EVP_PKEY_free(key);
}

EVP_PKEY *
decoded_key(struct span spki)
{
	static const struct kind keys = { LIMIT_PUBLIC_KEY, key_decode,
	    key_share, key_drop };
	static struct shelf shelf = { .lock = PTHREAD_MUTEX_INITIALIZER };

	return get(&shelf, &keys, spki);
}

/* ---- certificates ---- */

static void *
certificate_decode(struct span in)
{
	const unsigned char *at = in.ptr;
	X509 *x = d2i_X509(NULL, &at, (long)in.len);

	if (x == NULL || at == in.ptr + in.len)
		return x;
	X509_free(x);
	return NULL;
}

static void
certificate_share(void *x)
{
	X509_up_ref(x);
}

static void
certificate_drop(void *x)
{
	X509_free(x);
}

X509 *
decoded_certificate(struct span der)
{
	static const struct kind certificates = { LIMIT_CERTIFICATE,
	    certificate_decode, certificate_share, certificate_drop };
	static struct shelf shelf = { .lock = PTHREAD_MUTEX_INITIALIZER };

	return get(&shelf, &certificates, der);
}

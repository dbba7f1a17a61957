/*
 * shimmed - a token with the shim before it, and what tests of keys do with it
 * first. Included once by each such test: token and orders are its own.
 */
#ifndef TEST_KEYS_SHIMMED_H
#define TEST_KEYS_SHIMMED_H

#include <string.h>

#include "keys/keys.h"
#include "keys/shim.h"
#include "test.h"
#include "token.h"

static struct token token;
static struct shim_orders *orders;

static int
setup(void **state)
{
	(void)state;
	token_make(&token, "acme");
	memset(orders, 0, sizeof(*orders));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	token_done(&token);
	return 0;
}

static struct keystore_terms
terms(void)
{
	struct keystore_terms t = token_terms(&token, "acme");

	t.module = SHIM;
	return t;
}

static struct keystore *
opened(void)
{
	struct keystore_terms t = terms();
	struct keystore *s = NULL;
	struct err e;

	assert_ok(keystore_open(&t, &s, &e), &e);
	return s;
}

static const struct key *
made(struct keystore *s, const char *algorithm, const char *label)
{
	struct key_plan plan = { span_text(algorithm), span_text(label) };
	const struct key *k = NULL;
	struct err e;

	assert_ok(keystore_make(s, &plan, &k, &e), &e);
	return k;
}

static bool
found(struct keystore *s, const char *uri, const struct key **out,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	struct key_uri u;

	return key_uri_parse(a, span_text(uri), KEY_URI_SHARED, &u, e) &&
	    keystore_find(s, &u, out, e);
}

#endif

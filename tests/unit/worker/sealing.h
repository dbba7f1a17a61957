/*
 * sealing - a small program to be signed, whoever signs it and an authority of
 * timestamps: the judge's and the signer's part in the tests of worker/.
 */
#ifndef WORKER_SEALING_H
#define WORKER_SEALING_H

#include <stdlib.h>
#include <string.h>

#include "crypto/timestamp.h"
#include "pki.h"
#include "test.h"
#include "tiny_pe.h"
#include "worker/check.h"
#include "worker/manifest.h"

#define SIGNATURES	8

struct fixture {
	struct arena		*arena;
	struct trust		*trust;
	struct pki_world	 world;
	struct signing_identity	 identity;
	struct directive	 directive;
	struct resolve_terms	 resolve;
	struct buf		 file;
	struct rope		 input;
	struct issued_item	 issued[SIGNATURES];
	size_t			 issued_count;
	struct err		 err;
	bool			 undigested;
};

static inline int
fixture_make(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new((size_t)64 << 20);
	pki_world_make(&f->world);
	f->trust = pki_trust(&f->world.root);
	f->identity = pki_identity(&f->world.code, NULL, 0);
	f->file = tiny_pe_make(&(struct tiny_pe){ .overlay = 5 });
	f->resolve = (struct resolve_terms){
		.name = SPAN_TEXT("setup.exe"),
		.directive = &f->directive,
		.limits = { .entries = 100, .unpacked = 1 << 20, .ratio = 200 },
		.depth = 4,
		.judge = { .roots = f->trust, .now = PKI_NOW },
		.arena = f->arena,
	};
	assert_ok(rope_bytes(f->arena, buf_span(&f->file), &f->input,
	    &f->err), &f->err);
	*state = f;
	return 0;
}

static inline int
fixture_end(void **state)
{
	struct fixture *f = *state;

	buf_done(&f->file);
	trust_free(f->trust);
	pki_world_done(&f->world);
	arena_free(f->arena);
	free(f);
	return 0;
}

static inline struct span
keep(struct fixture *f, struct span s)
{
	struct span out;

	assert_true(arena_copy(f->arena, s, &out));
	return out;
}

/* What the authority answers for the octets of a signature, as stored. */
static inline void
stamp(struct fixture *f, struct span raw, struct sealed_item *out)
{
	static const uint8_t policy[] = { 6, 3, 42, 3, 4 };
	CLEANUP(buf_done) struct buf der = { 0 };
	CLEANUP(buf_done) struct buf request = { 0 };
	struct signing_identity id = pki_identity(&f->world.authority, NULL,
	    0);
	struct timestamp_grant g = { SPAN(policy), SPAN_TEXT("1"),
	    PKI_NOW - PKI_DAY, 0 };
	struct to_be_signed what;
	struct cms_draft *draft;

	assert_true(signature_ecdsa_to_der(raw, &der));
	struct timestamp_request q = { .certificates = true,
	    .imprint = digest_of(DIGEST_SHA256, buf_span(&der)) };
	timestamp_request_write(&q, &request);
	out->request = keep(f, buf_span(&request));
	assert_ok(timestamp_plan(&q, &g, &id, f->arena, &draft, &what,
	    &f->err), &f->err);
	CLEANUP(buf_done) struct buf v = pki_sign(f->world.authority.key,
	    &what);
	assert_ok(timestamp_finish(draft, buf_span(&v), f->arena, &out->reply,
	    &f->err), &f->err);
}

/* The judge's and the signer's part: one level's signatures. */
static inline struct sealed_item *
sign_level(struct fixture *f, const struct level *l)
{
	struct sealed_item *out = ARENA_ARRAY(f->arena, struct sealed_item,
	    l->count);

	assert_non_null(out);
	for (size_t i = 0; i < l->count; i++) {
		const struct level_item *x = &l->items[i];
		CLEANUP(buf_done) struct buf v = pki_sign(f->world.code.key,
		    &x->to_be_signed);

		out[i].signature = keep(f, buf_span(&v));
		if (x->timestamp)
			stamp(f, out[i].signature, &out[i]);
		assert_true(f->issued_count < SIGNATURES);
		f->issued[f->issued_count++] = (struct issued_item){ x->path,
		    x->to_be_signed, digest_of(DIGEST_SHA256,
		    out[i].signature) };
	}
	return out;
}

static inline struct seal *
seal_begin(struct fixture *f, const struct rope *input)
{
	struct part *root;

	assert_ok(part_resolve(input, &f->resolve, &root, &f->err), &f->err);
	return seal_new(root, &(struct seal_terms){ .identity = &f->identity,
	    .timestamp_roots = f->trust, .arena = f->arena,
	    .scratch = f->resolve.scratch, .undigested = f->undigested });
}

/* Signs everything and gives the number of levels. */
static inline unsigned
seal_all(struct fixture *f, struct seal *s)
{
	unsigned levels = 0;
	struct level l;
	struct bad_timestamp *bad;
	size_t bad_count;

	for (;;) {
		assert_ok(seal_next(s, &l, &f->err), &f->err);
		if (l.count == 0)
			return levels;
		assert_int_equal(l.number, levels++);
		assert_ok(seal_put(s, sign_level(f, &l), l.count, &bad,
		    &bad_count, &f->err), &f->err);
		assert_int_equal(bad_count, 0);
	}
}

static inline bool
accounted(struct fixture *f, const struct rope *output)
{
	struct account_terms terms = {
		.resolve = f->resolve,
		.certificate = f->identity.certificate,
		.issued = f->issued,
		.issued_count = f->issued_count,
	};

	return account(&f->input, output, &terms, &f->err);
}

static inline struct span
text_member(const struct json *map, const char *key)
{
	return json_span(json_member(map, key));
}

static inline struct json *
manifest_of(struct fixture *f, struct seal *s)
{
	struct json *v;

	assert_ok(manifest_make(s, &v, &f->err), &f->err);
	return v;
}

static inline size_t
signature_count(const struct json *manifest)
{
	return json_count(json_member(manifest, "signatures"));
}

static inline const struct json *
signature_row(const struct json *manifest, size_t i)
{
	return json_item(json_member(manifest, "signatures"), i);
}

#endif

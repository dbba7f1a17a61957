/*
 * Commits and tags: what is taken, is taken with a payload that together with
 * the signature makes up the object again.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "git/object.h"
#include "git/write.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
try_commit(struct span raw, struct arena *a)
{
	CLEANUP(buf_done) struct buf again = { 0 };
	struct commit_object c;
	struct err e;

	if (!commit_parse(raw, a, &c, &e))
		return;
	must(c.signature.armor != ARMOR_NONE ||
	    span_eq(c.signature.payload, raw));
	must(c.signature.payload.len + c.signature.text.len <= raw.len);
	if (c.signature.armor != ARMOR_NONE)
		must(commit_attach(c.signature.payload, c.signature.text,
		    &again, &e));
}

static void
try_tag(struct span raw, struct arena *a)
{
	CLEANUP(buf_done) struct buf again = { 0 };
	struct tag_object t;
	struct err e;

	if (!tag_parse(raw, a, &t, &e))
		return;
	must(t.signature.payload.len + t.signature.text.len == raw.len);
	if (t.signature.armor == ARMOR_NONE)
		return;
	must(tag_attach(t.signature.payload, t.signature.text, &again, &e));
	must(span_eq(buf_span(&again), raw));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	struct span raw = { bytes, len }, manifest;
	struct err e;

	try_commit(raw, a);
	try_tag(raw, a);
	if (message_manifest(raw, &manifest, &e))
		must(manifest.len <= LIMIT_MANIFEST);
	return 0;
}

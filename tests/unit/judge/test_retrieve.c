/* retrieve: what is signed is what approvers were shown. */
#include <string.h>

#include "artifact/resolved.h"
#include "crypto/canonical.h"
#include "judge/retrieve.h"
#include "test.h"

/* app.zip with a program that gets a signature, and a file that stays. */
struct archive {
	struct resolved		root;
	struct resolved		children[2];
	struct directive	sign;
};

static void
archive_make(struct archive *t)
{
	memset(t, 0, sizeof(*t));
	t->sign = (struct directive){ .verb = DIRECTIVE_SIGN };
	t->root = (struct resolved){ .path = SPAN_TEXT("app.zip"),
	    .size = 1000, .entry = NODE_NO_ENTRY, .state = NODE_KEPT,
	    .format = SPAN_TEXT("zip"), .children = t->children,
	    .child_count = 2 };
	t->children[0] = (struct resolved){ .path = SPAN_TEXT("a.exe"),
	    .format = SPAN_TEXT("pe"), .size = 500, .sha256 = { 0xab },
	    .state = NODE_SIGNED, .directives = &t->sign,
	    .directive_count = 1, .parent = &t->root };
	t->children[1] = (struct resolved){ .path = SPAN_TEXT("readme"),
	    .size = 20, .entry = 1, .parent = &t->root };
}

static void
archive_show(struct archive *t, struct arena *a)
{
	struct err e;

	assert_ok(resolved_display(&t->root, a, &e), &e);
	for (size_t i = 0; i < COUNT(t->children); i++)
		assert_ok(resolved_display(&t->children[i], a, &e), &e);
}

static bool
is_resolved(const struct input *in, struct archive *t, struct arena *a,
    struct err *e)
{
	CLEANUP(buf_done) struct buf wire = { 0 };

	archive_show(t, a);
	resolved_write(&t->root, NULL, &wire);
	return input_is_resolved(in, buf_span(&wire), e);
}

/* The same by the digest that a checker tells. */
static bool
is_shown(const struct input *in, const struct archive *t, struct err *e)
{
	CLEANUP(json_done) struct json *v = resolved_json(&t->root);
	CLEANUP(buf_done) struct buf text = { 0 };

	assert_ok(canonical_write(v, &text, e), e);
	struct digest seen = digest_of(DIGEST_SHA256, buf_span(&text));
	return input_is_shown(in, &seen, e);
}

static void other_bytes(struct archive *t) { t->children[0].sha256[31] = 1; }
static void other_name(struct archive *t)
{
	t->children[0].path = SPAN_TEXT("b.exe");
}
static void other_size(struct archive *t) { t->children[1].size++; }
static void other_state(struct archive *t) { t->children[1].state = NODE_KEPT; }
static void one_less(struct archive *t) { t->root.child_count = 1; }
static void unsigned_now(struct archive *t)
{
	t->children[0].state = NODE_KEPT;
	t->children[0].directive_count = 0;
}

static void
another_tree_than_the_one_shown_is_refused(void **state)
{
	static void (*const changes[])(struct archive *) = { other_bytes,
	    other_name, other_size, other_state, one_less, unsigned_now };
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)1 << 20);
	CLEANUP(buf_done) struct buf shown = { 0 };
	struct archive t;
	struct err e;

	(void)state;
	archive_make(&t);
	archive_show(&t, a);
	CLEANUP(json_done) struct json *v = resolved_json(&t.root);
	assert_ok(canonical_write(v, &shown, &e), &e);
	const struct manifest_artifact named = { .name = SPAN_TEXT("a.zip") };
	const struct input in = { .tree = buf_span(&shown),
	    .artifact = &named };
	assert_ok(is_resolved(&in, &t, a, &e), &e);
	assert_ok(is_shown(&in, &t, &e), &e);
	for (size_t i = 0; i < COUNT(changes); i++) {
		archive_make(&t);
		changes[i](&t);
		assert_false(is_resolved(&in, &t, a, &e));
		assert_err(&e, ERR_ARTIFACT_WIRE);
		assert_false(is_shown(&in, &t, &e));
		assert_err(&e, ERR_CHECK_TREE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_tree_than_the_one_shown_is_refused),
	};

	return cmocka_run_group_tests_name("retrieve", tests, NULL, NULL);
}

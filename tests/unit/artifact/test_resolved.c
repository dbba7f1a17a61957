/* resolved: the wire form and the JSON form of an artifact's tree. */
#include <string.h>

#include "artifact/resolved.h"
#include "base/limits.h"
#include "test.h"

#define BUDGET	((size_t)8 << 20)

struct sample {
	struct element		zip;
	struct element		pe;
	struct span		path;
	struct directive	sign;
	struct span		note;
	struct resolved		root;
	struct resolved		children[2];
};

static void
sample_make(struct sample *x, struct arena *a)
{
	struct err e;

	memset(x, 0, sizeof(*x));
	element_init(&x->zip, element_kind_find(SPAN_TEXT("zip")));
	element_init(&x->pe, element_kind_find(SPAN_TEXT("pe")));
	x->path = SPAN_TEXT("a.exe");
	x->pe.paths = &x->path;
	x->pe.path_count = 1;
	x->zip.contents = &x->pe;
	x->zip.content_count = 1;
	x->note = SPAN_TEXT("its own signature goes");
	x->sign = (struct directive){ .verb = DIRECTIVE_SIGN,
	    .method = METHOD_AUTHENTICODE, .description = SPAN_TEXT("App") };
	x->root = (struct resolved){ .path = SPAN_TEXT("app.zip"),
	    .element = &x->zip, .format = SPAN_TEXT("zip"), .size = 900,
	    .entry = NODE_NO_ENTRY, .state = NODE_KEPT,
	    .notes = &x->note, .note_count = 1,
	    .children = x->children, .child_count = 2 };
	x->children[0] = (struct resolved){ .path = SPAN_TEXT("a.exe"),
	    .element = &x->pe, .format = SPAN_TEXT("pe"), .size = 500,
	    .sha256 = { 0xab }, .entry = 0, .state = NODE_SIGNED,
	    .directives = &x->sign, .directive_count = 1,
	    .parent = &x->root };
	x->children[1] = (struct resolved){ .path = SPAN_TEXT("b/readme"),
	    .size = 20, .entry = 1, .parent = &x->root };
	assert_ok(resolved_display(&x->root, a, &e), &e);
	assert_ok(resolved_display(&x->children[0], a, &e), &e);
	assert_ok(resolved_display(&x->children[1], a, &e), &e);
}

static bool
visit(void *arg, struct resolved *n, struct err *e)
{
	(void)e;
	buf_put(arg, n->display);
	buf_text(arg, " ");
	return true;
}

static void
leaves_come_before_their_container(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sample x;
	struct err e;

	(void)state;
	sample_make(&x, a);
	assert_ok(resolved_each(&x.root, visit, &b, &e), &e);
	assert_string_equal(buf_cstr(&b),
	    "app.zip!/a.exe app.zip!/b/readme app.zip ");
	assert_int_equal(resolved_count(&x.root), 3);
	assert_int_equal(resolved_depth(&x.children[1]), 1);
}

static void
the_wire_form_carries_everything(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	CLEANUP(buf_done) struct buf first = { 0 };
	CLEANUP(buf_done) struct buf second = { 0 };
	struct resolved *out;
	struct sample x;
	struct err e;

	(void)state;
	sample_make(&x, a);
	resolved_write(&x.root, &x.zip, &first);
	assert_ok(resolved_read(buf_span(&first), &x.zip, a, &out, &e), &e);
	assert_ptr_equal(out->children[0].element, &x.pe);
	assert_ptr_equal(out->children[0].parent, out);
	assert_true(span_is(out->children[1].display, "app.zip!/b/readme"));
	assert_int_equal(out->entry, NODE_NO_ENTRY);
	assert_int_equal(out->note_count, 1);
	assert_span_equal(out->notes[0], x.note);
	resolved_write(out, &x.zip, &second);
	assert_span_equal(buf_span(&first), buf_span(&second));
}

static void
no_other_bytes_are_taken(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct resolved *out;
	struct sample x;
	struct err e;

	(void)state;
	sample_make(&x, a);
	resolved_write(&x.root, &x.zip, &b);
	/* An element that the configuration does not have. */
	assert_false(resolved_read(buf_span(&b), NULL, a, &out, &e));
	assert_err(&e, ERR_ARTIFACT_WIRE);
	for (size_t n = 0; n < b.len; n++) {
		CLEANUP(free_done) uint8_t *cut =
		    exact((struct span){ b.ptr, n });

		assert_false(resolved_read((struct span){ cut, n }, &x.zip, a,
		    &out, &e));
		assert_err(&e, ERR_ARTIFACT_WIRE);
	}
	buf_u8(&b, 0);
	assert_false(resolved_read(buf_span(&b), &x.zip, a, &out, &e));
	assert_err(&e, ERR_ARTIFACT_WIRE);
}

static void
a_tree_that_is_too_deep_is_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct resolved chain[LIMIT_NESTED_DEPTH + 2] = { { .size = 0 } }, *out;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(chain); i++) {
		chain[i] = (struct resolved){ .path = SPAN_TEXT("x.zip") };
		if (i > 0) {
			chain[i - 1].children = &chain[i];
			chain[i - 1].child_count = 1;
		}
	}
	resolved_write(&chain[1], NULL, &b);
	assert_ok(resolved_read(buf_span(&b), NULL, a, &out, &e), &e);
	b.len = 0;
	resolved_write(&chain[0], NULL, &b);
	assert_false(resolved_read(buf_span(&b), NULL, a, &out, &e));
	assert_err(&e, ERR_ARTIFACT_WIRE);
}

static void
json_says_what_people_ask(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	CLEANUP(json_done) struct json *v = NULL;
	struct sample x;

	(void)state;
	sample_make(&x, a);
	v = resolved_json(&x.root);
	const struct json *list = json_member(v, "contents");
	const struct json *exe = json_item(list, 0);
	assert_true(span_is(json_span(json_member(v, "name")), "app.zip"));
	assert_int_equal(json_integer_of(json_member(v, "size")), 900);
	assert_int_equal(json_count(list), 2);
	assert_true(span_is(json_span(json_member(exe, "path")), "a.exe"));
	assert_true(span_is(json_span(json_member(exe, "state")), "signed"));
	assert_true(span_starts(json_span(json_member(exe, "sha256")),
	    "ab00"));
	assert_true(span_is(json_span(json_member(json_item(json_member(exe,
	    "directives"), 0), "sign")), "authenticode"));
	assert_null(json_member(json_item(list, 1), "format"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(leaves_come_before_their_container),
		TEST(the_wire_form_carries_everything),
		TEST(no_other_bytes_are_taken),
		TEST(a_tree_that_is_too_deep_is_refused),
		TEST(json_says_what_people_ask),
	};

	return cmocka_run_group_tests_name("resolved", tests, NULL, NULL);
}

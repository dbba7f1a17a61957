/* element: what a configuration may say, parameters, the wire form. */
#include <string.h>

#include "artifact/element.h"
#include "artifact/glob.h"
#include "base/limits.h"
#include "test.h"

#define BUDGET	((size_t)8 << 20)

/* The example of the documentation, cut down: a zip with two kinds of file. */
struct sample {
	struct element		 zip;
	struct element		 contents[3];
	struct span		 zip_path[1];
	struct span		 pe_paths[2];
	struct span		 other_path[1];
	struct span		 file_path[1];
	struct where		 where[2];
	struct directive	 sign[2];
	struct directive	 verify[1];
	struct directive	 cms[2];
};

static struct span
s(const char *text)
{
	return span_text(text);
}

static const struct element_kind *
kind(const char *name)
{
	return element_kind_find(span_text(name));
}

static void
sample_make(struct sample *x)
{
	struct element *pe = &x->contents[0], *other = &x->contents[1];
	struct element *file = &x->contents[2];

	memset(x, 0, sizeof(*x));
	element_init(&x->zip, kind("zip"));
	element_init(pe, kind("pe"));
	element_init(other, kind("pe"));
	element_init(file, kind("file"));
	x->zip_path[0] = s("app-${version}.zip");
	x->pe_paths[0] = s("bin/*.exe");
	x->pe_paths[1] = s("bin/**/*.dll");
	x->other_path[0] = s("third-party/*.dll");
	x->file_path[0] = s("sbom.json");
	x->where[0] = (struct where){ "product-name", s("Acme App") };
	x->where[1] = (struct where){ "product-version", s("${version}") };
	x->sign[0] = (struct directive){ .verb = DIRECTIVE_SIGN,
	    .method = METHOD_AUTHENTICODE,
	    .description = s("${file.name} of ${project}") };
	x->verify[0] = (struct directive){ .verb = DIRECTIVE_VERIFY,
	    .method = METHOD_AUTHENTICODE };
	x->cms[0] = (struct directive){ .verb = DIRECTIVE_SIGN,
	    .method = METHOD_CMS, .output = s("${file.name}.p7s"),
	    .pem = true };
	x->zip.paths = x->zip_path;
	x->zip.path_count = 1;
	x->zip.contents = x->contents;
	x->zip.content_count = 3;
	pe->paths = x->pe_paths;
	pe->path_count = 2;
	pe->max = ELEMENT_UNBOUNDED;
	pe->where = x->where;
	pe->where_count = 2;
	pe->directives = x->sign;
	pe->directive_count = 1;
	pe->line = 12;
	other->paths = x->other_path;
	other->path_count = 1;
	other->min = 0;
	other->directives = x->verify;
	other->directive_count = 1;
	file->paths = x->file_path;
	file->path_count = 1;
	file->directives = x->cms;
	file->directive_count = 1;
}

static void
refused(const struct element *root, enum err_code code)
{
	const struct element *at = NULL;
	struct err e;

	assert_false(element_check(root, &at, &e));
	assert_err(&e, code);
	assert_non_null(at);
}

static void
a_whole_configuration_is_good(void **state)
{
	const struct element *at;
	struct sample x;
	struct err e;

	(void)state;
	sample_make(&x);
	assert_ok(element_check(&x.zip, &at, &e), &e);
}

static void
a_kind_that_cannot_do_it_is_refused(void **state)
{
	struct sample x;

	(void)state;
	sample_make(&x);
	x.where[0].key = "no-such-key";
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.sign[0].method = METHOD_CMS;
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.contents[2].contents = &x.contents[1];
	x.contents[2].content_count = 1;
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.contents[2].keep_others = true;
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.contents[2].path_count = 0;
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.contents[2].min = 2;
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.zip_path[0] = s("dist/app.zip");
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.zip.max = 2;
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.zip.kind = kind("directory");
	refused(&x.zip, ERR_ARTIFACT_ELEMENT);
	sample_make(&x);
	x.pe_paths[1] = s("bin/***");
	refused(&x.zip, ERR_GLOB_MALFORMED);
}

static void
elements_nested_too_deep_are_refused(void **state)
{
	struct element chain[LIMIT_ELEMENT_DEPTH + 2];
	struct span path = s("x.zip");

	(void)state;
	for (size_t i = 0; i < COUNT(chain); i++) {
		element_init(&chain[i], kind("zip"));
		chain[i].paths = &path;
		chain[i].path_count = 1;
		chain[i].contents = i + 1 < COUNT(chain) ? &chain[i + 1] : NULL;
		chain[i].content_count = i + 1 < COUNT(chain);
	}
	refused(&chain[0], ERR_ARTIFACT_ELEMENT);
}

static void
two_elements_for_one_path_are_refused(void **state)
{
	struct sample x;

	(void)state;
	sample_make(&x);
	x.other_path[0] = s("BIN/*.EXE");
	refused(&x.zip, ERR_ARTIFACT_OVERLAP);
	sample_make(&x);
	x.file_path[0] = s("third-party/Z.dll");
	refused(&x.zip, ERR_ARTIFACT_OVERLAP);
}

static void
outputs_that_clash_are_refused(void **state)
{
	static const char *const bad[] = { "", "a/b", "a\\b", ".", "..",
	    "${file.name}" };
	struct sample x;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		sample_make(&x);
		x.cms[0].output = s(bad[i]);
		refused(&x.zip, ERR_ARTIFACT_OUTPUT);
	}
	sample_make(&x);
	x.cms[1] = x.cms[0];
	x.contents[2].directive_count = 2;
	refused(&x.zip, ERR_ARTIFACT_OUTPUT);
	sample_make(&x);
	x.other_path[0] = s("SBOM.json.p7s");
	refused(&x.zip, ERR_ARTIFACT_OUTPUT);
}

static void
a_detached_signature_needs_a_container(void **state)
{
	struct sample x;

	(void)state;
	sample_make(&x);
	refused(&x.contents[2], ERR_ARTIFACT_DETACHED_ROOT);
}

static void
verify_comes_before_sign(void **state)
{
	const struct element *at;
	struct sample x;
	struct err e;

	(void)state;
	sample_make(&x);
	x.sign[1] = x.verify[0];
	x.contents[0].directive_count = 2;
	refused(&x.zip, ERR_ARTIFACT_ORDER);
	x.sign[1] = x.sign[0];
	x.sign[0] = x.verify[0];
	assert_ok(element_check(&x.zip, &at, &e), &e);
}

static void
parameters_are_replaced(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	const struct parameter p[] = { { s("version"), s("1.2") },
	    { s("project"), s("acme") }, { s("ref"), s("refs/tags/v1") } };
	struct directive own;
	struct element *out;
	struct sample x;
	struct span t;
	struct err e;

	(void)state;
	sample_make(&x);
	assert_ok(element_expand(&x.zip, p, COUNT(p), a, &out, &e), &e);
	assert_true(span_is(out->paths[0], "app-1.2.zip"));
	assert_true(span_is(out->contents[0].where[1].value, "1.2"));
	assert_true(span_is(out->contents[0].directives[0].description,
	    "${file.name} of acme"));
	assert_ok(directive_expand(&out->contents[0].directives[0],
	    s("a.exe"), a, &own, &e), &e);
	assert_true(span_is(own.description, "a.exe of acme"));
	assert_ok(parameter_expand(s("$x {} ${ref}$"), p, COUNT(p), false, a,
	    &t, &e), &e);
	assert_true(span_is(t, "$x {} refs/tags/v1$"));
	assert_false(parameter_expand(s("${ref}"), p, COUNT(p), true, a, &t,
	    &e));
	assert_err(&e, ERR_ARTIFACT_PARAMETER_VALUE);
}

static void
unknown_parameters_name_the_nearest(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	const struct parameter p[] = { { s("version"), s("1.2") } };
	struct element *out;
	struct sample x;
	struct span t;
	struct err e;

	(void)state;
	sample_make(&x);
	x.zip_path[0] = s("app-${versoin}.zip");
	assert_false(element_expand(&x.zip, p, COUNT(p), a, &out, &e));
	assert_err(&e, ERR_ARTIFACT_PARAMETER);
	assert_non_null(strstr(e.hint, "${version}"));
	assert_false(parameter_expand(s("a${version"), p, 1, true, a, &t, &e));
	assert_err(&e, ERR_ARTIFACT_PARAMETER);
	/* A path cannot depend on the name of the file it finds. */
	sample_make(&x);
	x.zip_path[0] = s("${file.name}");
	assert_false(element_expand(&x.zip, p, COUNT(p), a, &out, &e));
	assert_err(&e, ERR_ARTIFACT_PARAMETER);
}

static void
values_are_literal(void **state)
{
	static const char *const bad[] = { "", "a/b", "a\\b", "*", "?", "[a",
	    "b]", "a..b", "${x}", "a\nb", "\x7f", "\xff" };
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct parameter p = { s("version"), s(bad[i]) };
		struct span out;

		assert_false(parameter_expand(s("${version}"), &p, 1, true, a,
		    &out, &e));
		assert_err(&e, ERR_ARTIFACT_PARAMETER_VALUE);
	}
	assert_ok(parameter_value_check(s("version"), s("1.2-rc.1"), &e), &e);
}

static void
the_wire_form_carries_everything(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	CLEANUP(buf_done) struct buf first = { 0 };
	CLEANUP(buf_done) struct buf second = { 0 };
	struct element *out;
	struct sample x;
	struct err e;

	(void)state;
	sample_make(&x);
	x.zip.keep_others = true;
	element_write(&x.zip, &first);
	assert_ok(element_read(buf_span(&first), a, &out, &e), &e);
	element_write(out, &second);
	assert_span_equal(buf_span(&first), buf_span(&second));
	assert_int_equal(out->contents[0].line, 12);
	assert_true(out->keep_others && out->contents[2].directives[0].pem);
	assert_int_equal(out->contents[0].max, ELEMENT_UNBOUNDED);
	assert_int_equal(element_number(out, &out->contents[2]), 3);
	assert_ptr_equal(element_at(out, 3), &out->contents[2]);
	assert_null(element_at(out, 4));
	assert_null(element_at(out, ELEMENT_NONE));
	assert_int_equal(element_number(out, &x.zip), ELEMENT_NONE);
}

static void
malformed_wire_forms_are_refused(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct sample x;
	struct err e;

	(void)state;
	sample_make(&x);
	element_write(&x.zip, &b);
	size_t len = b.len;
	buf_u8(&b, 0);
	for (size_t n = 0; n <= b.len; n++) {
		CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
		CLEANUP(free_done) uint8_t *bytes = NULL;
		struct element *out;

		/* Every prefix, and one byte too many. */
		if (n == len)
			continue;
		bytes = exact((struct span){ b.ptr, n });
		assert_false(element_read((struct span){ bytes, n }, a, &out,
		    &e));
		assert_err(&e, ERR_ARTIFACT_WIRE);
	}
}

static void
a_sound_form_of_a_bad_tree_is_refused(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(BUDGET);
	CLEANUP(arena_done) struct arena *small = arena_new(1);
	CLEANUP(buf_done) struct buf b = { 0 };
	struct element *out;
	struct sample x;
	struct err e;

	(void)state;
	sample_make(&x);
	x.contents[2].min = 2;
	element_write(&x.zip, &b);
	assert_false(element_read(buf_span(&b), a, &out, &e));
	assert_err(&e, ERR_ARTIFACT_ELEMENT);
	assert_false(element_read(buf_span(&b), small, &out, &e));
	assert_err(&e, ERR_LIMIT_MEMORY);
}

static void
a_cabinet_moves_when_it_is_signed(void **state)
{
	(void)state;
	assert_true(element_kind_moves(SPAN_TEXT("cab")));
	assert_false(element_kind_moves(SPAN_TEXT("pe")));
	assert_false(element_kind_moves(SPAN_TEXT("msi")));
	assert_false(element_kind_moves(SPAN_TEXT("ca")));
	assert_false(element_kind_moves((struct span){ 0 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cabinet_moves_when_it_is_signed),
		TEST(a_whole_configuration_is_good),
		TEST(a_kind_that_cannot_do_it_is_refused),
		TEST(elements_nested_too_deep_are_refused),
		TEST(two_elements_for_one_path_are_refused),
		TEST(outputs_that_clash_are_refused),
		TEST(a_detached_signature_needs_a_container),
		TEST(verify_comes_before_sign),
		TEST(parameters_are_replaced),
		TEST(unknown_parameters_name_the_nearest),
		TEST(values_are_literal),
		TEST(the_wire_form_carries_everything),
		TEST(malformed_wire_forms_are_refused),
		TEST(a_sound_form_of_a_bad_tree_is_refused),
	};

	return cmocka_run_group_tests_name("element", tests, NULL, NULL);
}

/*
 * check: a container that was made again has a signature if that was asked
 * for, and only then.
 */
#include "artifact/element.h"
#include "sealing.h"

#define MIB	((uint64_t)1 << 20)

/* A cabinet with one file, not packed ([MS-CAB] 2). */
static struct rope
cabinet(struct fixture *f, const struct buf *file)
{
	static const char name[] = "app.exe";
	CLEANUP(buf_done) struct buf b = { 0 };
	uint32_t data = 36 + 8 + 16 + sizeof(name);
	struct rope out;

	buf_text(&b, "MSCF");
	buf_u32le(&b, 0);
	buf_u32le(&b, data + 8 + (uint32_t)file->len);
	buf_u32le(&b, 0);
	buf_u32le(&b, 36 + 8);
	buf_u32le(&b, 0);
	buf_u16le(&b, 0x0103);
	buf_u16le(&b, 1);
	buf_u16le(&b, 1);
	buf_zero(&b, 6);
	buf_u32le(&b, data);
	buf_u16le(&b, 1);
	buf_u16le(&b, 0);
	buf_u32le(&b, (uint32_t)file->len);
	buf_zero(&b, 10);
	buf_u16le(&b, 0x20);
	buf_put(&b, SPAN(name));
	buf_u32le(&b, 0);
	buf_u16le(&b, (uint16_t)file->len);
	buf_u16le(&b, (uint16_t)file->len);
	buf_put(&b, buf_span(file));
	assert_ok(rope_bytes(f->arena, keep(f, buf_span(&b)), &out, &f->err),
	    &f->err);
	return out;
}

struct story {
	struct element	 cab, pe;
	struct span	 path;
	struct directive outer, inner;
	struct spool	 spool;
};

/* The file inside and the cabinet are both to be signed. */
static void
story_begin(struct fixture *f, struct story *s)
{
	element_init(&s->cab, element_kind_find(SPAN_TEXT("cab")));
	element_init(&s->pe, element_kind_find(SPAN_TEXT("pe")));
	s->outer.method = s->inner.method = METHOD_AUTHENTICODE;
	s->path = SPAN_TEXT("app.exe");
	s->pe.paths = &s->path;
	s->pe.path_count = 1;
	s->pe.directives = &s->inner;
	s->pe.directive_count = 1;
	s->cab.contents = &s->pe;
	s->cab.content_count = 1;
	s->cab.directives = &s->outer;
	s->cab.directive_count = 1;
	s->spool.fd = scratch_file(SPAN_TEXT(""));
	s->spool.limit = MIB;
	f->resolve.name = SPAN_TEXT("setup.cab");
	f->resolve.element = &s->cab;
	f->resolve.scratch = &s->spool;
	f->input = cabinet(f, &f->file);
}

static struct rope
sealed(struct fixture *f, unsigned levels)
{
	CLEANUP(seal_done) struct seal *s = seal_begin(f, &f->input);

	f->issued_count = 0;
	assert_int_equal(seal_all(f, s), levels);
	return seal_output(s);
}

static void
an_uninvited_signature_is_refused(void **state)
{
	struct fixture *f = *state;
	struct story s = { 0 };

	story_begin(f, &s);
	struct rope both = sealed(f, 2);
	assert_int_equal(f->issued_count, 2);
	assert_ok(accounted(f, &both), &f->err);
	/* It is good, by our key, and was issued: but nobody asked for it. */
	s.cab.directive_count = 0;
	assert_false(accounted(f, &both));
	assert_err(&f->err, ERR_CHECK_NOT_ISSUED);
	assert_non_null(strstr(f->err.text, "nothing asks for"));
	struct rope inner = sealed(f, 1);
	assert_ok(accounted(f, &inner), &f->err);
	/* And the other way round. */
	s.cab.directive_count = 1;
	assert_false(accounted(f, &inner));
	assert_err(&f->err, ERR_CHECK_MISSING);
	fd_done(&s.spool.fd);
}

/* Only the cabinet is signed: what is inside stays, byte by byte. */
static void
a_signed_container_keeps_its_files(void **state)
{
	struct fixture *f = *state;
	struct story s = { 0 };

	story_begin(f, &s);
	s.pe.directive_count = 0;
	struct rope whole = sealed(f, 1);
	assert_ok(accounted(f, &whole), &f->err);
	s.pe.directive_count = 1;
	struct rope both = sealed(f, 2);
	s.pe.directive_count = 0;
	assert_false(accounted(f, &both));
	assert_err(&f->err, ERR_CAB_CHANGED);
	fd_done(&s.spool.fd);
}

int
main(void)
{
#define STORY(test)	cmocka_unit_test_setup_teardown(test, fixture_make, \
			    fixture_end)
	const struct CMUnitTest tests[] = {
		STORY(an_uninvited_signature_is_refused),
		STORY(a_signed_container_keeps_its_files),
	};

	return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}

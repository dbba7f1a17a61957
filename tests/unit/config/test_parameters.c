/* parameters: declared, required, defaulted, and held against patterns. */
#include "config/parameters.h"
#include "test.h"

static const struct artifact_parameter declared[] = {
	{ .name = { (const uint8_t *)"version", 7 }, .required = true,
	    .pattern = { (const uint8_t *)"[0-9.]+", 7 } },
	{ .name = { (const uint8_t *)"channel", 7 },
	    .fallback = { (const uint8_t *)"stable", 6 } },
};

static bool
apply(const struct named_text *given, size_t count, struct arena *a,
    struct parameter **out, struct err *e)
{
	struct artifact_configuration c = { .parameters = { declared,
	    COUNT(declared) } };
	const struct release_names names = { .ref = SPAN_TEXT("refs/tags/v1") };
	size_t n = 0;
	bool ok = parameters_apply(&c, given, count, &names, a, out, &n, e);

	assert_true(!ok || n == COUNT(declared) + 1);
	return ok;
}

static void
values_and_defaults_are_given(void **state)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
	struct named_text given[] = { { .name = SPAN_TEXT("version"),
	    .value = SPAN_TEXT("1.2.3") } };
	struct parameter *out;
	struct err e;

	(void)state;
	assert_ok(apply(given, 1, a, &out, &e), &e);
	assert_span_equal(out[0].value, SPAN_TEXT("1.2.3"));
	assert_span_equal(out[1].name, SPAN_TEXT("channel"));
	assert_span_equal(out[1].value, SPAN_TEXT("stable"));
	assert_span_equal(out[2].name, SPAN_TEXT("ref"));
	assert_span_equal(out[2].value, SPAN_TEXT("refs/tags/v1"));
}

static void
bad_values_are_refused(void **state)
{
	static const struct {
		const char	*name, *value;
		enum err_code	 code;
	} bad[] = {
		{ "version", "1.2-beta", ERR_PARAMETER_PATTERN },
		{ "version", "1.2\n", ERR_ARTIFACT_PARAMETER_VALUE },
		{ "version", "..", ERR_ARTIFACT_PARAMETER_VALUE },
		{ "version", "", ERR_ARTIFACT_PARAMETER_VALUE },
		{ "verson", "1.2", ERR_ARTIFACT_PARAMETER },
		{ "channel", "beta", ERR_PARAMETER_MISSING },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		CLEANUP(arena_done) struct arena *a = arena_new(1 << 16);
		struct named_text given = { .name = span_text(bad[i].name),
		    .value = span_text(bad[i].value) };
		struct parameter *out;
		struct err e;

		assert_false(apply(&given, 1, a, &out, &e));
		assert_err(&e, bad[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_and_defaults_are_given),
		TEST(bad_values_are_refused),
	};

	return cmocka_run_group_tests_name("parameters", tests, NULL, NULL);
}

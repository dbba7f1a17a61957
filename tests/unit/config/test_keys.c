/* config_keys: the table itself, and what holds for every row of it. */
#include <string.h>

#include "base/text.h"
#include "config/keys.h"
#include "test.h"

static void
every_row_is_whole(void **state)
{
	size_t count[SHAPES] = { 0 };

	(void)state;
	for (const struct config_key *k = config_keys; k->shape != SHAPE_NONE;
	    k++) {
		assert_true(strlen(k->doc) > 2);
		assert_true(k->offset < shape_rows[k->shape].size);
		assert_true(++count[k->shape] <= SHAPE_KEYS_MAX);
		assert_int_equal(k->type == VALUE_MAP ||
		    k->type == VALUE_PATHS, k->of != SHAPE_NONE);
		assert_false(k->required && k->fallback != NULL);
		assert_false(k->required && k->choice);
		if (k->many == DICTIONARY && k->type == VALUE_MAP)
			assert_true(shape_rows[k->of].named > 0);
	}
	for (unsigned i = 1; i < SHAPES; i++)
		assert_true(count[i] > 0 && shape_rows[i].name != NULL);
}

static void
no_shape_has_a_key_twice(void **state)
{
	(void)state;
	for (const struct config_key *a = config_keys; a->shape != SHAPE_NONE;
	    a++)
		for (const struct config_key *b = config_keys; b != a; b++)
			assert_false(a->shape == b->shape &&
			    strcmp(a->name, b->name) == 0);
}

/* Reads text as one file of a kind and gives the first error. */
static struct err
first_error(enum config_kind kind, const char *text)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config_file file = { "f.yaml", SPAN_TEXT(text) };
	struct err none = { .what = NULL };

	if (config_check_file(kind, &file, &errors))
		return none;
	for (size_t i = 0; i < errors.count; i++)
		if (errors.items[i].e.what->code == NULL)
			fail();
	return errors.items[0].e;
}

static void
every_kind_refuses_unknown_and_duplicate_keys(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CONFIG_KINDS; i++) {
		enum shape shape = kind_rows[i].shape;

		struct err e = first_error((enum config_kind)i, "zzzzzz: 1\n");
		assert_err(&e, ERR_CONFIG_KEY_UNKNOWN);
		for (const struct config_key *k = shape_next(shape, NULL);
		    k != NULL; k = shape_next(shape, k)) {
			CLEANUP(buf_done) struct buf b = { 0 };

			buf_printf(&b, "%s: 1\n%s: 1\n", k->name, k->name);
			e = first_error((enum config_kind)i, buf_cstr(&b));
			assert_err(&e, ERR_CONFIG_KEY_TWICE);
		}
		e = first_error((enum config_kind)i, "[]");
		assert_err(&e, ERR_CONFIG_TYPE);
		e = first_error((enum config_kind)i, "{}");
		if (e.what != NULL)
			assert_err(&e, ERR_CONFIG_KEY_MISSING);
	}
}

static void
names_the_nearest_key(void **state)
{
	(void)state;
	struct err e = first_error(CONFIG_GROUP,
	    "members: [person/a]\ndescripton: x\n");

	assert_err(&e, ERR_CONFIG_KEY_UNKNOWN);
	assert_string_equal(e.text, "f.yaml:2:1: a group has no key "
	    "\"descripton\"; the nearest is \"description\"");
	assert_string_equal(e.hint,
	    "write \"description\", or remove the key");
}

static void
tells_what_was_found_and_expected(void **state)
{
	static const struct {
		enum config_kind kind;
		enum err_code	 code;
		const char	*text;
		const char	*says;
	} rows[] = {
		{ CONFIG_GROUP, ERR_CONFIG_TYPE, "members: person/a\n",
		    "f.yaml:1:10: found a single value, expected a list: "
		    "person/NAME or group/NAME" },
		{ CONFIG_GROUP, ERR_CONFIG_VALUE, "members: [alice]\n",
		    "f.yaml:1:11: \"alice\" is not person/NAME or "
		    "group/NAME" },
		{ CONFIG_GROUP, ERR_CONFIG_QUOTE,
		    "members: [person/a]\ndescription: 1.10\n",
		    "f.yaml:2:14: 1.10 without quotes is a number with a "
		    "fraction, expected text" },
		{ CONFIG_GROUP, ERR_CONFIG_TWICE,
		    "members: [person/a, person/a]\n",
		    "f.yaml:1:21: \"person/a\" stands in the list twice" },
		{ CONFIG_CERTIFICATE, ERR_CONFIG_KEY_URI,
		    "key: \"pkcs11:object=a?pin-value=1\"\n",
		    "f.yaml:1:6: \"pkcs11:object=a?pin-value=1\" is not a "
		    "pkcs11: URI of token, object, id, serial, manufacturer, "
		    "model, type" },
		{ CONFIG_STATEMENT, ERR_CONFIG_TYPE, "tagseal: \"1\"\n",
		    "f.yaml:1:10: found text in quotes (\"1\"), expected the "
		    "number 1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = first_error(rows[i].kind, rows[i].text);

		assert_err(&e, rows[i].code);
		assert_string_equal(e.text, rows[i].says);
	}
}

/* Rules for formats name each kind of element that can be signed. */
static void
formats_are_kinds_that_are_signed(void **state)
{
	const struct config_key *k = NULL;
	size_t count = 0, kinds = 0;

	(void)state;
	while ((k = shape_next(SHAPE_CERTIFICATE_RULES, k)) != NULL &&
	    strcmp(k->name, "formats") != 0)
		continue;
	assert_non_null(k);
	for (; k->words[count] != NULL; count++) {
		const struct element_kind *kind = element_kind_find(
		    SPAN_TEXT(k->words[count]));

		assert_non_null(kind);
		assert_true(kind->methods != 0);
	}
	for (size_t i = 0; element_kinds[i].name != NULL; i++)
		kinds += element_kinds[i].methods != 0;
	assert_int_equal(count, kinds);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_whole),
		TEST(no_shape_has_a_key_twice),
		TEST(every_kind_refuses_unknown_and_duplicate_keys),
		TEST(names_the_nearest_key),
		TEST(tells_what_was_found_and_expected),
		TEST(formats_are_kinds_that_are_signed),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}

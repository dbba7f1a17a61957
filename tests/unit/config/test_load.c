/* config_load: the same model from a Git tree, and what a tree can spoil. */
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "git/write.h"
#include "organization.h"
#include "test.h"

struct world {
	struct organization_files	 files;
	char				 folder[40];
	struct repository		*repo;
	struct object_id		 tree;
};

static struct world w;

/* Adds a file to the tree. */
static void
put(const char *path, uint32_t mode, struct span bytes)
{
	struct tree_change change = { SPAN_TEXT(path), mode, { { 0 } } };
	struct object_id tree;
	struct err e;

	assert_ok(object_write(w.repo, OBJECT_BLOB, bytes, &change.id, &e),
	    &e);
	assert_ok(tree_write(w.repo, &w.tree, &change, 1, &tree, &e), &e);
	w.tree = tree;
}

static int
begin(void **state)
{
	struct err e;

	(void)state;
	w = (struct world){ .folder = "/tmp/tagseal-test-XXXXXX" };
	organization_init(&w.files);
	assert_non_null(mkdtemp(w.folder));
	assert_ok(repository_init(w.folder, &w.repo, &e), &e);
	assert_ok(tree_write(w.repo, NULL, NULL, 0, &w.tree, &e), &e);
	for (size_t i = 0; i < w.files.count; i++)
		put(w.files.files[i].path, TREE_FILE,
		    w.files.files[i].bytes);
	return 0;
}

static int
end(void **state)
{
	char command[64];

	(void)state;
	repository_free(w.repo);
	organization_done(&w.files);
	snprintf(command, sizeof(command), "rm -rf %s", w.folder);
	return system(command);
}

static void
a_tree_gives_the_model(void **state)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(config_done) struct config *c = NULL;

	(void)state;
	put("README.md", TREE_FILE, SPAN_TEXT("not ours"));
	put("docs/run", TREE_EXECUTABLE, SPAN_TEXT("not ours either"));
	assert_true(config_load(w.repo, &w.tree, &c, &errors));
	assert_int_equal(c->people.count, 6);
	assert_non_null(config_project(c, SPAN_TEXT("app")));
}

static void
refused(enum err_code code, const char *file)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config *c = NULL;

	assert_false(config_load(w.repo, &w.tree, &c, &errors));
	for (size_t i = 0; i < errors.count; i++)
		if (strcmp(errors.items[i].at.file, file) == 0) {
			assert_err(&errors.items[i].e, code);
			return;
		}
	fail_msg("no error of %s", file);
}

static void
links_have_no_place(void **state)
{
	(void)state;
	put("people/eve.yaml", TREE_LINK, SPAN_TEXT("ann.yaml"));
	refused(ERR_CONFIG_FILE_UNKNOWN, "people/eve.yaml");
}

static void
not_even_outside_of_our_folders(void **state)
{
	(void)state;
	put("docs/link", TREE_LINK, SPAN_TEXT("../people"));
	refused(ERR_CONFIG_FILE_UNKNOWN, "docs/link");
}

static void
large_files_are_not_read(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	(void)state;
	buf_zero(&b, 2 << 20);
	put("people/big.yaml", TREE_FILE, buf_span(&b));
	refused(ERR_LIMIT_SIZE, "people/big.yaml");
}

static void
a_missing_tree_is_an_error(void **state)
{
	(void)state;
	memset(&w.tree, 7, sizeof(w.tree));
	refused(ERR_GIT_OBJECT_MISSING, ".");
}

/* ---- one state after another ---- */

/* The state of w.tree, read with the help of another one. */
static struct config *
load_after(const struct config *before, struct config_errors *errors)
{
	CLEANUP(tree_listing_done) struct tree_listing l = { 0 };
	struct config *c = NULL;
	struct err e;

	assert_ok(tree_listing_read(w.repo, &w.tree, NULL, 1 << 20, &l, &e),
	    &e);
	return config_load_listed(w.repo, &l, before, &c, errors) ? c : NULL;
}

static struct config *
must_load_after(const struct config *before)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	struct config *c = load_after(before, &errors);

	for (size_t i = 0; i < errors.count; i++)
		print_message("%s\n", errors.items[i].e.text);
	assert_non_null(c);
	return c;
}

static void
a_state_shares_what_stays(void **state)
{
	struct config *first = must_load_after(NULL), *second;
	const struct project *p;

	(void)state;
	put("projects/app/project.yaml", TREE_FILE, SPAN_TEXT(
	    "description: another one\n"
	    "repository: [\"https://git.test/app.git\"]\n"
	    "owners: [group/developers]\n"
	    "artifacts: {from: [\"https://ci.test/\"]}\n"
	    "outputs: [{directory: /srv/app}]\n"));
	second = must_load_after(first);
	assert_ptr_equal(config_person(first, SPAN_TEXT("ann"))->name.ptr,
	    config_person(second, SPAN_TEXT("ann"))->name.ptr);
	p = config_project(first, SPAN_TEXT("app"));
	assert_false(span_is(p->description, "another one"));
	config_free(first);
	p = config_project(second, SPAN_TEXT("app"));
	assert_true(span_is(p->slug, "app"));
	assert_true(span_is(p->description, "another one"));
	assert_int_equal(p->policies.count, 2);
	assert_int_equal(p->configurations.count, 2);
	assert_int_equal(config_group(second,
	    SPAN_TEXT("developers"))->people.count, 2);
	config_free(second);
}

/* A file that only names another one has other bytes with it. */
static void
what_a_file_names_is_read_again(void **state)
{
	struct config *first = must_load_after(NULL), *second;

	(void)state;
	put("certificates/x.pem", TREE_FILE, SPAN_TEXT("y"));
	second = must_load_after(first);
	assert_true(span_is(config_certificate(first,
	    SPAN_TEXT("test"))->bytes, "x"));
	config_free(first);
	assert_true(span_is(config_certificate(second,
	    SPAN_TEXT("test"))->bytes, "y"));
	config_free(second);
}

static void
is_refused_after(const struct config *before, enum err_code code)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };

	assert_null(load_after(before, &errors));
	assert_true(errors.count > 0);
	assert_err(&errors.items[0].e, code);
}

/* Files that stay as they were may be wrong with what is around them now. */
static void
what_stays_is_judged_again(void **state)
{
	struct config *first = must_load_after(NULL);
	struct object_id good = w.tree;

	(void)state;
	put("groups/security.yaml", 0, SPAN_TEXT(""));
	is_refused_after(first, ERR_CONFIG_REFERENCE);
	w.tree = good;
	put("certificates/x.pem", 0, SPAN_TEXT(""));
	is_refused_after(first, ERR_CONFIG_FILE_MISSING);
	w.tree = good;
	put("people/cem.yaml", TREE_FILE, SPAN_TEXT("name: Cem\n"));
	is_refused_after(first, ERR_CONFIG_KEY_MISSING);
	w.tree = good;
	put("people/zoe.yaml", TREE_LINK, SPAN_TEXT("ann.yaml"));
	is_refused_after(first, ERR_CONFIG_FILE_UNKNOWN);
	config_free(first);
}

/* Who names the own file, or one that names it back, is no trap. */
static void
files_may_name_each_other(void **state)
{
	struct config *first, *second;

	(void)state;
	put("certificates/x.pem", 0, SPAN_TEXT(""));
	put("certificates/test.yaml", TREE_FILE, SPAN_TEXT("kind: x509\n"
	    "purpose: test\nkey: \"pkcs11:object=t\"\n"
	    "certificate: release.yaml\n"));
	put("certificates/release.yaml", TREE_FILE, SPAN_TEXT("kind: x509\n"
	    "purpose: release\nkey: \"pkcs11:object=r\"\n"
	    "certificate: release.yaml\n"));
	first = must_load_after(NULL);
	second = must_load_after(first);
	config_free(first);
	config_free(second);
}

#define IN_WORLD(f)	cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_tree_gives_the_model),
		IN_WORLD(links_have_no_place),
		IN_WORLD(not_even_outside_of_our_folders),
		IN_WORLD(large_files_are_not_read),
		IN_WORLD(a_missing_tree_is_an_error),
		IN_WORLD(a_state_shares_what_stays),
		IN_WORLD(what_a_file_names_is_read_again),
		IN_WORLD(what_stays_is_judged_again),
		IN_WORLD(files_may_name_each_other),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}

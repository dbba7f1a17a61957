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
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}

/* tiles: where C2SP tlog-tiles says that they are; a shell test has the rest. */
#include "ledger/tiles.h"
#include "test.h"

static void
paths_are_those_of_the_specification(void **state)
{
	static const struct {
		const char	*level;
		uint64_t	 n;
		unsigned	 width;
		const char	*path;
	} rows[] = {
		{ "0", 0, 256, "tile/0/000" },
		{ "0", 5, 256, "tile/0/005" },
		{ "1", 999, 1, "tile/1/999.p/1" },
		{ "1", 1000, 255, "tile/1/x001/000.p/255" },
		{ "entries", 1234, 256, "tile/entries/x001/234" },
		{ "63", 1234067, 112, "tile/63/x001/x234/067.p/112" },
		{ "0", 65535, 256, "tile/0/x065/535" },
		{ "0", 1000000, 256, "tile/0/x001/x000/000" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(buf_done) struct buf path = { 0 };

		tile_path(rows[i].level, rows[i].n, rows[i].width, &path);
		assert_string_equal(buf_cstr(&path), rows[i].path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_are_those_of_the_specification),
	};

	return cmocka_run_group_tests_name("tiles", tests, NULL, NULL);
}

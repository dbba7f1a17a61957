/* What the importer makes of any file is YAML of ours, with an artifact. */
#include <stdlib.h>

#include "cli/signpath.h"
#include "config/yaml.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	CLEANUP(arena_done) struct arena *a = arena_new((size_t)16 << 20);
	CLEANUP(arena_done) struct arena *b = arena_new((size_t)256 << 20);
	CLEANUP(buf_done) struct buf yaml = { 0 };
	struct signpath_note *notes;
	struct yaml_node *root;
	struct signpath *s;
	struct place at;
	struct err e;

	if (!signpath_read("f.xml", (struct span){ bytes, len }, a, &s, &e) ||
	    !signpath_write("f.xml", s, a, &yaml, &notes, &e))
		return 0;
	if (yaml.len > (size_t)1 << 20)
		return 0;
	if (!yaml_parse("f.yaml", buf_span(&yaml), b, &root, &at, &e) ||
	    yaml_member(root, "artifact") == NULL)
		abort();
	for (const struct signpath_note *n = notes; n != NULL; n = n->next)
		if (n->line == 0)
			abort();
	return 0;
}

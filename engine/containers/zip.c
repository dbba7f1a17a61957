/*
 * zip - ZIP archives (PKWARE APPNOTE 6.3.10): the reader.
 *
 *	[bytes before the archive: a self-extractor]
 *	local header (30)  name  extra  data  [data descriptor]	   per entry
 *	...
 *	directory: record (46)  name  extra  comment		   per entry
 *	[ZIP64 end record  ZIP64 locator]
 *	end record (22)  comment
 *
 * The directory counts, but other programs read the local headers. So what
 * both say must agree, names must be plain and unique, and no byte may lie
 * outside of what the directory names. What programs could read in two ways
 * is refused: nobody could tell which of the two was signed.
 *
 * All parts work on ropes: data is never held in memory.
 */
#include "base/text.h"
#include "containers/zip.h"

extern const struct container zip_container;

static int
zip_probe(struct span head)
{
	struct reader r = rd_open(head);
	uint32_t magic = rd_u32le(&r);

	return rd_ok(&r) && (magic == ZIP_LOCAL || magic == ZIP_END) ? 90 : 0;
}

static bool
directory_read(const struct rope *file, struct arena *a, struct zip *z,
    struct err *e)
{
	struct span directory;

	if (!rope_view(a, file, z->end.directory, z->end.directory_len,
	    &directory, e))
		return false;
	struct reader r = rd_open(directory);
	for (size_t i = 0; i < z->count; i++)
		if (!zip_entry_parse(&r, &z->entries[i], e))
			return false;
	if (!rd_end(&r))
		return err_set(e, ERR_ZIP_DIRECTORY, "the directory has %zu "
		    "bytes more than its %zu records", rd_left(&r), z->count);
	return true;
}

static bool
sizes_check(const struct zip *z, const struct container_limits *limits,
    uint64_t packed, struct err *e)
{
	uint64_t total = 0;

	for (size_t i = 0; i < z->count; i++)
		if (__builtin_add_overflow(total, z->entries[i].numbers.size,
		    &total))
			total = UINT64_MAX;
	return container_size_check(limits, packed, total, e);
}

bool
zip_names_check(const struct zip *z, struct arena *a, struct err *e)
{
	const struct names_terms terms = { .ignore_case = true,
	    .twice = ERR_ZIP_NAME_TWICE };
	struct span *names = ARENA_ARRAY(a, struct span, z->count);

	if (names == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < z->count; i++)
		names[i] = z->entries[i].name;
	return names_check(names, z->count, &terms, a, e);
}

static bool
kinds_check(const struct rope *file, const struct zip *z, struct arena *a,
    struct spool *spool, struct err *e)
{
	for (size_t i = 0; i < z->count; i++)
		if (!zip_kind_check(file, &z->entries[i], a, spool, e))
			return err_at(e, "entry \"%s\"",
			    ZIP_NAME(&z->entries[i]));
	return true;
}

bool
zip_listing(const struct zip *z, size_t count, struct arena *a,
    struct listing *out, struct err *e)
{
	out->entries = ARENA_ARRAY(a, struct entry, count);
	out->count = count;
	if (out->entries == NULL)
		return err_budget(e, a);
	for (size_t i = 0; i < count; i++) {
		const struct zip_entry *x = &z->entries[i];
		struct entry *to = &out->entries[i];

		to->directory = span_ends(x->name, "/");
		to->size = x->numbers.size;
		if (!span_cut(x->name, 0, x->name.len - to->directory,
		    &to->path))
			return err_budget(e, a);
	}
	return true;
}

/* The least that an entry takes in the directory bounds what we allocate. */
static bool
count_check(const struct zip_end *end, const struct container_limits *limits,
    struct err *e)
{
	if (!container_count_check(limits, end->count, e))
		return false;
	if (end->count > end->directory_len / (ZIP_CENTRAL_SIZE))
		return err_set(e, ERR_ZIP_DIRECTORY, "%llu entries do not fit "
		    "into a directory of %llu bytes",
		    (unsigned long long)end->count,
		    (unsigned long long)end->directory_len);
	return true;
}

bool
zip_read(const struct rope *file, const struct container_limits *limits,
    bool lax, struct arena *a, struct spool *spool, struct zip **out,
    struct err *e)
{
	struct zip *z = ARENA_NEW(a, struct zip);

	if (z == NULL)
		return err_budget(e, a);
	if (!zip_end_find(file, a, &z->end, e) ||
	    !count_check(&z->end, limits, e))
		return false;
	z->lax = lax;
	z->count = (size_t)z->end.count;
	z->entries = ARENA_ARRAY(a, struct zip_entry, z->count);
	if (z->entries == NULL)
		return err_budget(e, a);
	if (!directory_read(file, a, z, e) ||
	    !sizes_check(z, limits, file->len, e) ||
	    !zip_names_check(z, a, e))
		return false;
	for (size_t i = 0; i < z->count; i++)
		if (!zip_entry_local(file, &z->end, a, &z->entries[i], e))
			return false;
	*out = z;
	return zip_layout_check(file, a, z, e) &&
	    kinds_check(file, z, a, spool, e);
}

static bool
zip_list(const struct rope *file, const struct container_limits *limits,
    struct arena *a, struct spool *spool, struct listing *out, struct err *e)
{
	struct zip *z;

	if (!zip_read(file, limits, false, a, spool, &z, e))
		return false;
	*out = (struct listing){ .container = &zip_container, .file = *file,
	    .own = z };
	return zip_listing(z, z->count, a, out, e);
}

const struct container zip_container = {
	.name		= "zip",
	.ignore_case	= true,
	.probe		= zip_probe,
	.list		= zip_list,
	.contents	= zip_contents,
	.forgets	= true,
	.sift		= zip_sift,
	.rebuild	= zip_rebuild,
	.kept		= zip_kept,
};

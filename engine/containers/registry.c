/* registry - every container, and what they share; see containers.h. */
#include <string.h>

#include "base/text.h"
#include "containers/containers.h"

/* Small archives of very regular data are no bombs. */
#define RATIO_FROM	((uint64_t)1 << 20)	/* unpacked bytes */

extern const struct container appx_container, cab_container, deb_container,
    msi_container, tar_container, zip_container;

const struct container *const all_containers[] = {
	&zip_container,
	&appx_container,
	&tar_container,
	&deb_container,
	&cab_container,
	&msi_container,
	NULL
};

const struct container *
container_find(const char *name)
{
	for (size_t i = 0; all_containers[i] != NULL; i++)
		if (strcmp(all_containers[i]->name, name) == 0)
			return all_containers[i];
	return NULL;
}

bool
listing_note(struct listing *l, struct arena *a, const char *text,
    struct err *e)
{
	struct span *notes = arena_grow(a, l->notes, l->note_count,
	    sizeof(*notes));

	if (notes == NULL || !arena_copy(a, span_text(text),
	    &notes[l->note_count]))
		return err_budget(e, a);
	l->notes = notes;
	l->note_count++;
	return true;
}

bool
container_count_check(const struct container_limits *limits, uint64_t count,
    struct err *e)
{
	return count <= limits->entries || err_set(e, ERR_LIMIT_ENTRIES,
	    "there are %llu entries, at most %llu are allowed",
	    (unsigned long long)count, (unsigned long long)limits->entries);
}

bool
container_size_check(const struct container_limits *limits, uint64_t packed,
    uint64_t unpacked, struct err *e)
{
	uint64_t most;

	if (unpacked > limits->unpacked)
		return err_set(e, ERR_LIMIT_SIZE, "it unpacks to %llu bytes, "
		    "at most %llu are allowed", (unsigned long long)unpacked,
		    (unsigned long long)limits->unpacked);
	if (__builtin_mul_overflow(packed, limits->ratio, &most))
		most = UINT64_MAX;
	return unpacked <= RATIO_FROM || unpacked <= most || err_set(e,
	    ERR_LIMIT_RATIO, "%llu bytes unpack to %llu, more than %llu times "
	    "as many", (unsigned long long)packed,
	    (unsigned long long)unpacked, (unsigned long long)limits->ratio);
}

/* registry - every container. */
#include "containers/containers.h"

extern const struct container zip_container;

const struct container *const all_containers[] = {
	&zip_container,
	NULL
};

/*
 * tar - archives of Unix, plain or packed as a whole. They carry no signature
 * of their own: what is inside them is signed, and containers/tar.c takes them
 * apart and puts them together.
 */
#include "containers/containers.h"
#include "formats/whole.h"

extern const struct container tar_container;

static int
tar_probe(struct span head)
{
	return tar_container.probe(head);
}

const struct format tar_format = {
	.name		= "tar",
	.title		= "tar archive",
	.suffixes	= "tar tgz txz tzst tbz tbz2",
	.container	= &tar_container,
	.probe		= tar_probe,
	WHOLE_UNSIGNED,
	.facts		= whole_facts,
};

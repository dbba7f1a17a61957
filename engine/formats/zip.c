/*
 * zip - archives. They carry no signature of their own: what is inside them is
 * signed, and containers/zip.c takes them apart and puts them together.
 */
#include "containers/containers.h"
#include "formats/whole.h"

extern const struct container zip_container;

static int
zip_probe(struct span head)
{
	return zip_container.probe(head);
}

const struct format zip_format = {
	.name		= "zip",
	.title		= "ZIP archive",
	.suffixes	= "zip",
	.container	= &zip_container,
	.probe		= zip_probe,
	WHOLE_UNSIGNED,
	.facts		= whole_facts,
};

/*
 * cab - cabinets of Microsoft. What is inside them is signed;
 * containers/cab.c takes them apart and puts them together.
 */
#include "containers/containers.h"
#include "formats/whole.h"

extern const struct container cab_container;

static int
cab_probe(struct span head)
{
	return cab_container.probe(head);
}

const struct format cab_format = {
	.name		= "cab",
	.title		= "Windows cabinet",
	.suffixes	= "cab",
	.container	= &cab_container,
	.probe		= cab_probe,
	WHOLE_UNSIGNED,
	.facts		= whole_facts,
};

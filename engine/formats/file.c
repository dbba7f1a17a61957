/* file - any bytes, with a signature in a file of its own. */
#include "formats/detached.h"
#include "formats/whole.h"

extern const struct format file_format;

static int
file_probe(struct span head)
{
	(void)head;
	return 1;
}

const struct format file_format = {
	.name		= "file",
	.title		= "file of any kind",
	.suffixes	= "",
	.methods	= 1u << METHOD_CMS,
	.probe		= file_probe,
	.plan		= detached_plan,
	.apply		= detached_apply,
	.check		= detached_check,
	.strip		= whole_strip,
	.foresee	= whole_foresee,
	.same		= whole_same,
	.facts		= whole_facts,
};

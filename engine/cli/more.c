/* more - see more.h. */
#include "cli/configuration.h"
#include "cli/more.h"
#include "cli/suggest.h"

const struct more more = {
	.suggest	= suggest_run,
	.configuration	= configuration_load,
	.receipts	= &receipt_verbs,
};

/*
 * roots - files of trust/ that no other file names: whom the engine's own
 * signatures, and those of others where no file is named, must lead to.
 */
#include "base/text.h"
#include "config/reading.h"
#include "crypto/signed_message.h"

#define FOLDER	"trust/"

static bool
is_root(struct span path)
{
	return span_starts(path, FOLDER) && span_ends(path, ".pem") &&
	    span_find(span_from(path, sizeof(FOLDER) - 1),
	    SPAN_TEXT("/")) == SIZE_MAX;
}

bool
check_root(struct reading *r, const struct config_file *f)
{
	CLEANUP(people_trust_done) struct people_trust *trust = NULL;
	struct err e;

	if (!is_root(SPAN_TEXT(f->path)))
		return false;
	if (!people_trust_make(f->bytes, NULL, 0, &trust, &e))
		complain(r, (struct place){ f->path, 0, 0 }, ERR_CONFIG_X509,
		    "%s", e.text);
	return true;
}

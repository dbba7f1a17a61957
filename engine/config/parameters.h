/*
 * parameters - the values that a release gives to an artifact configuration,
 * held against what the configuration declares.
 */
#ifndef CONFIG_PARAMETERS_H
#define CONFIG_PARAMETERS_H

#include "artifact/element.h"
#include "config/model.h"
#include "config/statement.h"

/*
 * parameters_apply checks given values and adds defaults, in the order of the
 * declaration; what is in *out lives in the arena. Errors: ARTIFACT-PARAMETER
 * (a name that is not declared), PARAMETER-MISSING, PARAMETER-PATTERN,
 * ARTIFACT-PARAMETER-VALUE.
 */
bool	parameters_apply(const struct artifact_configuration *,
	    const struct named_text *given, size_t count, struct arena *,
	    struct parameter **out, size_t *out_count, struct err *) MUST_USE;

#endif

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
 * What every configuration may use without declaring it: ${project}, ${ref},
 * ${commit}. Empty: not known.
 */
struct release_names {
	struct span	project;	/* slug */
	struct span	ref;		/* full name */
	struct span	commit;		/* hex */
};

/* release_name_find gives the place of a name in it, or NULL. */
struct span *release_name_find(struct release_names *, struct span name);

/*
 * parameters_apply checks given values and adds defaults, in the order of the
 * declaration; what is in *out lives in the arena. Errors: ARTIFACT-PARAMETER
 * (a name that is not declared), PARAMETER-MISSING, PARAMETER-PATTERN,
 * ARTIFACT-PARAMETER-VALUE.
 */
bool	parameters_apply(const struct artifact_configuration *,
	    const struct named_text *given, size_t count,
	    const struct release_names *, struct arena *,
	    struct parameter **out, size_t *out_count, struct err *) MUST_USE;

/*
 * parameters_check refuses a configuration that uses a name which it does not
 * declare (ARTIFACT-PARAMETER), or declares one of struct release_names
 * (CONFIG-PARAMETER).
 */
bool	parameters_check(const struct artifact_configuration *,
	    struct arena *, struct err *) MUST_USE;

#endif

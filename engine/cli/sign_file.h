/*
 * sign_file - one file that is signed: a worker shapes, a checker accounts for
 * every byte before anything is written.
 *
 * Both start at once, so that they load and read side by side: the checker
 * reads the input while the worker plans, and we copy what will stay.
 */
#ifndef CLI_SIGN_FILE_H
#define CLI_SIGN_FILE_H

#include "artifact/directive.h"
#include "artifact/element.h"
#include "cli/authorities.h"
#include "cli/passage.h"
#include "cli/token.h"

/* What all files of one command share. */
struct signing {
	const struct invocation	*in;
	const char		*certificate, *uri;
	struct cli_job		 common;	/* the job; no descriptors */
	enum method		 method;	/* without a configuration */
	struct element		*elements;	/* NULL: no configuration */
	struct token		*token;
	struct authorities	 authorities;
};

/* Each passage's shared is the struct signing. */
extern const struct passage_verbs sign_verbs;

/* sign_print says of one file what was signed. */
void	sign_print(const struct invocation *, const struct done_file *);

#endif

/*
 * module - PKCS#11 modules in memory (inside of keys/ only).
 *
 * Tokens behind one module share it: it starts with the first of them and
 * ends with the last. One thread opens and closes tokens.
 */
#ifndef KEYS_MODULE_H
#define KEYS_MODULE_H

#define CRYPTOKI_GNU
#include <p11-kit/pkcs11.h>

#include "base/err.h"

struct module {
	char			*path;
	char			*parameters;	/* of its start, or NULL */
	struct ck_function_list	*call;
	bool			 ours;		/* C_Initialize was ours */
	unsigned		 users;		/* tokens that name it */
	unsigned		 open;		/* of them, with a session */
	struct module		*next;
};

/*
 * module_take loads it unless it is there; module_give is its other half, and
 * ends it with its last user. The library stays in memory: some have handlers
 * that run at exit. Errors: TOKEN-MODULE; USAGE (other parameters than those
 * that it was started with).
 */
bool	module_take(const char *path, const char *parameters,
	    struct module **out, struct err *) MUST_USE;
void	module_give(struct module *);

/* module_start starts it unless it runs. Errors: TOKEN-MODULE. */
bool	module_start(struct module *, struct err *) MUST_USE;

/* module_idle: no token of it is open, and it was started here. */
bool	module_idle(const struct module *);

/*
 * module_restart ends one that is idle and starts it again, as some want it
 * whose device or server went away. Errors: TOKEN-MODULE.
 */
bool	module_restart(struct module *, struct err *) MUST_USE;

#endif

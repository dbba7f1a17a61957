/*
 * settings - private to courier/: what this courier may touch, and the rules
 * of HTTP that follow from it.
 */
#ifndef COURIER_SETTINGS_H
#define COURIER_SETTINGS_H

#include "base/arena.h"
#include "base/log.h"
#include "net/http.h"
#include "net/url.h"
#include "wire/courier.h"

/*
 * Git hosts take a token as a password; GitHub wants this user with one of an
 * app, the others do not look at it.
 */
#define COURIER_GIT_USER "x-access-token"

/* The settings as C strings; lists end with NULL. */
struct courier {
	struct arena		*arena;
	struct courier_settings	 given;
	const char		*mirrors;
	const char		*user;		/* NULL: stay who we are */
	const char *const	*stores;
	const char *const	*repositories;
	const char *const	*outputs;
	struct log		 log;
};

/* courier_load reads the settings from a file; courier_done frees them. */
bool	courier_load(struct courier *, int fd, struct err *) MUST_USE;
void	courier_done(struct courier *);

/* courier_confine enters the sandbox. */
bool	courier_confine(const struct courier *, struct err *) MUST_USE;

/*
 * courier_connection gives the row of engine.yaml for a host: the first that
 * names it, else the first that names none, else NULL.
 */
const struct courier_connection *
	courier_connection(const struct courier *, const struct url *);

/*
 * courier_rules gives the rules of HTTP for a URL: how its host is reached,
 * and the token of a credential, whose name may be empty. Errors:
 * COURIER-CREDENTIAL, COURIER-CREDENTIAL-HOST, NET-URL.
 */
bool	courier_rules(const struct courier *, const char *url,
	    struct span credential, struct arena *, struct http_rules *,
	    struct err *) MUST_USE;

#endif

/*
 * organization - a config repo in memory for tests of policies.
 *
 * People: ann, ben (developers), cem, dea, eli (managers: cem, dea; security:
 * dea, eli; admins: cem, dea), bot (a build system). Project app: policies
 * test and release, configuration default, owners developers.
 */
#ifndef ORGANIZATION_H
#define ORGANIZATION_H

#include "config/config.h"

#define ORGANIZATION_FILES	32

struct organization_files {
	struct config_file	files[ORGANIZATION_FILES];
	size_t			count;
	struct arena		*arena;
};

void	organization_init(struct organization_files *);
void	organization_done(struct organization_files *);

/* organization_put adds or replaces a file. */
void	organization_put(struct organization_files *, const char *path,
	    const char *text);

/* organization_config gives the model; the test fails if there is none. */
struct config *organization_config(const struct organization_files *);

#endif

/*
 * office - the organization of organization.h at work: a config repo made by
 * git, whose people have keys made by ssh-keygen; for the tests of judge/.
 *
 * In its shell, $W is the folder, $C the config repo's clone, "as NAME ARGS"
 * runs git there in that person's name and signs with that person's key, and
 * "by NAME REPO ARGS" does so in another repository.
 */
#ifndef OFFICE_H
#define OFFICE_H

#include <stdio.h>

#include "git/repository.h"
#include "organization.h"
#include "test.h"

#define OFFICE_NOW	INT64_C(1800000000000)	/* of the tests, in ms */

struct office {
	char			 folder[64];
	struct repository	*repository;	/* $C */
};

/* For cmocka: *state is a struct office. */
int	office_open(void **state);
int	office_close(void **state);

/* office_run runs lines of shell; the test fails if they do. */
void	office_run(const struct office *, const char *lines);

/* office_id is git rev-parse in a repository below the folder. */
struct object_id office_id(const struct office *, const char *repository,
	    const char *name);

#define OFFICE_TEST(function) \
	cmocka_unit_test_setup_teardown(function, office_open, office_close)

#endif

/*
 * team_roles - a team for the tests of daemon/team: a "lead" that plays the
 * scenario which its settings name, against a "side" and "helpers".
 */
#ifndef TEAM_ROLES_H
#define TEAM_ROLES_H

#include "daemon/team.h"

enum { TEAM_ROLES = 3 };

extern const struct role_main team_roles[TEAM_ROLES];

int	team_lead(int argc, char **argv);

#endif

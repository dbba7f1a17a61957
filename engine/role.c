/*
 * role - the program of one role, "tagseal-" and its name: it loads what that
 * role needs and nothing else, which is quick, and leaves less to misuse. The
 * build makes one of each: ROLE is its name, ROLE_MAIN its main.
 */
#include <stdio.h>

#include "base/own.h"
#include "daemon/team.h"
#include "sys/program.h"

int	ROLE_MAIN(int argc, char **argv);

int
main(int argc, char **argv)
{
	static const struct role_main roles[] = { { ROLE, ROLE_MAIN } };
	int code;

	program_begin();
	if (team_role(roles, COUNT(roles), argc, argv, &code))
		return code;
	fprintf(stderr, "tagseal-%s: tagseal starts this program by itself\n",
	    ROLE);
	return 2;
}

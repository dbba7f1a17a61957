/* role - see role.h and team.h. */
#include <string.h>

#include "daemon/role.h"
#include "daemon/team.h"
#include "sys/channel.h"

bool
role_start(struct process_plan plan, int file, struct process *out, int *end,
    struct err *e)
{
	CLEANUP(fd_done) int here = -1, there = -1;
	int pair[2];

	if (!channel_pair(pair, e))
		return false;
	here = pair[0];
	there = pair[1];
	struct inherit pass[] = { { there, PROCESS_CHANNEL },
	    { file, PROCESS_FIRST_FD } };
	plan.inherit = pass;
	plan.count = file < 0 ? 1 : 2;
	if (!process_start(&plan, out, e))
		return false;
	*end = here;
	here = -1;
	return true;
}

bool
team_role(const struct role_main *mains, size_t count, int argc, char **argv,
    int *code)
{
	const char *role = process_role(argc, argv);

	*code = 2;
	for (size_t i = 0; role != NULL && i < count; i++)
		if (strcmp(mains[i].role, role) == 0)
			*code = mains[i].run(argc, argv);
	return role != NULL;
}

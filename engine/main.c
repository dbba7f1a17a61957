/* main - picks a role: the command line, or one of the processes. */
#include <signal.h>

#include "base/own.h"
#include "cli/cli.h"
#include "courier/courier.h"
#include "daemon/team.h"
#include "judge/judge.h"
#include "signer/main.h"
#include "verifier/main.h"
#include "worker/worker.h"

static const struct role_main roles[] = {
	{ "checker",	checker_main },
	{ "courier",	courier_main },
	{ "judge",	judge_main },
	{ "signer",	signer_main },
	{ "verifier",	verifier_main },
	{ "worker",	worker_main },
};

int
main(int argc, char **argv)
{
	int code;

	/* A file that grows too large is an error of the write, not our end. */
	signal(SIGXFSZ, SIG_IGN);
	if (team_role(roles, COUNT(roles), argc, argv, &code))
		return code;
	return cli_main(argc, argv);
}

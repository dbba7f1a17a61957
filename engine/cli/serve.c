/* serve - see serve.h. */
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/serve.h"

#define WAIT	1000	/* ms between looks at signals */

bool
serve_signals(int *out, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return err_errno(e, ERR_PROCESS_START, "cannot block signals");
	*out = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *out >= 0 || err_errno(e, ERR_PROCESS_START,
	    "cannot watch signals");
}

bool
serve_until(struct http_server *s, int signals, struct err *e)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) <= 0)
		if (!http_wait(s, signals, WAIT, e))
			return false;
	return true;
}

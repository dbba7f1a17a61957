/*
 * main - the role "verifier". Its home lies in memory where there is such a
 * place; nothing else of the file system may be written.
 *
 *	@verifier [required|where-possible [USER]]
 */
#include <unistd.h>

#include "sys/process.h"
#include "sys/sandbox.h"
#include "verifier/main.h"
#include "verifier/verifier.h"

static const char *
home_folder(void)
{
	static const char *const folders[] = { "/dev/shm", "/tmp" };

	return access(folders[0], W_OK) == 0 ? folders[0] : folders[1];
}

int
verifier_main(int argc, char **argv)
{
	const char *folder = home_folder();
	const char *const write[] = { folder, NULL };
	struct sandbox_terms terms = { .write = write };
	struct sandbox_report report;
	struct err e;

	if (sandbox_arguments(argc, argv, &terms, &e) &&
	    sandbox_enter(SANDBOX_VERIFIER, &terms, &report, &e) &&
	    verifier_serve(PROCESS_CHANNEL, folder, &e))
		return 0;
	err_print(stderr, &e, false);
	return err_exit_code(e.what->kind);
}

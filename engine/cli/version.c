/* version - says what is running. */
#include "cli/cli.h"
#include "sys/build.h"

/* Each role has a program of its own. */
static const char *const roles[] = { "commands", "courier", "judge",
    "verifier", "worker", "checker", "signer" };

static int
run(const struct invocation *in, struct err *e)
{
	struct json *v = json_map(), *builds = json_map();

	(void)e;
	json_put_text(v, "version", TAGSEAL_VERSION);
	json_put(v, "builds", builds);
	if (!in->json)
		printf("tagseal %s\n", TAGSEAL_VERSION);
	for (size_t i = 0; i < COUNT(roles); i++) {
		const char *id = build_id_of(roles[i]);

		json_put_text(builds, roles[i], id);
		if (!in->json)
			printf("%-10s%s\n", roles[i], id);
	}
	if (in->json)
		cli_answer(TAKE(v));
	json_release(v);
	return EXIT_YES;
}

const struct command version_command = {
	.name = "version",
	.summary = "print the version, and the build of each program",
	.arguments = "",
	.details = "",
	.example = "tagseal version",
	.json = true,
	.run = run,
};

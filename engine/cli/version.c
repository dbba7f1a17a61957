/* version - says what is running. */
#include "cli/cli.h"

static int
run(const struct invocation *in, struct err *e)
{
	(void)e;
	if (in->json) {
		struct json *v = json_map();

		json_put_text(v, "version", TAGSEAL_VERSION);
		cli_answer(v);
	} else {
		printf("tagseal %s\n", TAGSEAL_VERSION);
	}
	return EXIT_YES;
}

const struct command version_command = {
	.name = "version",
	.summary = "print the version",
	.arguments = "",
	.details = "",
	.example = "tagseal version",
	.json = true,
	.run = run,
};

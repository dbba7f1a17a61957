/* version - says what is running. */
#include "cli/cli.h"
#include "sys/build.h"

static int
run(const struct invocation *in, struct err *e)
{
	(void)e;
	if (in->json) {
		struct json *v = json_map();

		json_put_text(v, "version", TAGSEAL_VERSION);
		if (build_id()[0] != '\0')
			json_put_text(v, "build", build_id());
		cli_answer(v);
	} else {
		printf("tagseal %s\n", TAGSEAL_VERSION);
		if (build_id()[0] != '\0')
			printf("build %s\n", build_id());
	}
	return EXIT_YES;
}

const struct command version_command = {
	.name = "version",
	.summary = "print the version and the id of the build",
	.arguments = "",
	.details = "",
	.example = "tagseal version",
	.json = true,
	.run = run,
};

/*
 * suggest - `inspect --suggest`: a worker tells what is inside, we write a
 * configuration, and another worker holds it against the same artifact, as
 * plan does.
 */
#include "artifact/glob.h"
#include "base/limits.h"
#include "cli/configuration.h"
#include "cli/configuration_write.h"
#include "cli/plan.h"
#include "cli/repo.h"
#include "cli/suggest.h"
#include "config/config.h"
#include "sys/file.h"

#define VERSION_PATTERN	"[0-9]+(\\.[0-9]+)*"
#define ELEMENTS_MOST	3000	/* then containers inside stay closed */

struct suggestion {
	const struct invocation	*in;
	const char		*output;	/* NULL: standard output */
	struct cli_job		 work;
	struct json		*answer;
	struct suggesting	 s;
	struct sample		 root;
	struct draft		 draft;
	struct buf		 yaml;
};

static void
suggestion_done(struct suggestion *g)
{
	buf_done(&g->yaml);
	json_done(&g->answer);
	cli_job_done(&g->work);
}

static bool
look(struct suggestion *g, struct err *e)
{
	struct job_result result;

	if (!cli_job_open(g->in->arguments[0], JOB_INSPECT, &g->work, e) ||
	    !cli_job_run(&g->work, &result, &g->answer, e))
		return false;
	g->s.arena = g->work.arena;
	return sample_read(g->answer, g->s.arena, &g->root, e) &&
	    sample_majority(&g->root, g->s.arena, &g->s.ours, e) &&
	    version_find(&g->s, &g->root, &g->s.version, e);
}

/* A name that no pattern can mean stands for any. */
static bool
root_path(struct suggestion *g, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	struct element *x = &g->draft.x;
	struct err why;

	pattern_put(&g->s, g->root.path, &path);
	if (!glob_check(buf_span(&path), &why))
		return true;
	x->paths = ARENA_NEW(g->s.arena, struct span);
	x->path_count = 1;
	return (x->paths != NULL && arena_copy(g->s.arena, buf_span(&path),
	    &x->paths[0])) || err_budget(e, g->s.arena);
}

static bool
write_once(struct suggestion *g, struct err *e)
{
	static const struct artifact_parameter version = {
		.name = { (const uint8_t *)"version", 7 }, .required = true,
		.pattern = { (const uint8_t *)VERSION_PATTERN,
		    sizeof(VERSION_PATTERN) - 1 },
	};
	CLEANUP(buf_done) struct buf head = { 0 };

	if (!compose(&g->s, &g->root, 0, &g->draft, e) || !root_path(g, e))
		return false;
	head_put(&g->s, &g->root, &head);
	configuration_write(&(struct configuration_text){
	    .head = buf_span(&head), .parameters = &version,
	    .parameter_count = g->s.version.len > 0 ? 1 : 0,
	    .root = &g->draft.x, .notes = g->draft.notes }, &g->yaml);
	return true;
}

/* What would be too large to read is written once more, with less. */
static bool
write_yaml(struct suggestion *g, struct err *e)
{
	if (!write_once(g, e))
		return false;
	if (g->yaml.len <= LIMIT_YAML_SIZE && g->draft.count <= ELEMENTS_MOST)
		return true;
	g->yaml.len = 0;
	g->s.flat = true;
	return write_once(g, e);
}

/* The way of plan: the same reader, parameters, worker. */
static bool
check(const struct suggestion *g, struct err *e)
{
	CLEANUP(config_errors_done) struct config_errors errors = { 0 };
	CLEANUP(cli_job_done) struct cli_job w = CLI_JOB_NONE;
	const struct config_file file = { g->output == NULL ? "suggestion" :
	    g->output, buf_span(&g->yaml) };
	const struct named_text version = { .name = SPAN_TEXT("version"),
	    .value = g->s.version };
	const struct release_names none = { .ref = { NULL, 0 } };
	struct artifact_configuration c;
	struct element *elements;
	struct resolved *root;

	return cli_job_open(g->in->arguments[0], JOB_PLAN, &w, e) &&
	    (artifact_file_parse(&file, NULL, 0, w.arena, &c, &errors) ||
	    repo_errors(&errors, e)) &&
	    configuration_apply(&c, &version, g->s.version.len > 0 ? 1 : 0,
	    &none, &w, &elements, e) && plan_resolve(&w, elements, &root, e);
}

static bool
place(const struct suggestion *g, struct err *e)
{
	unsigned flags = option_given(g->in, "force") ? FILE_PLAIN : FILE_NEW;

	if (g->output == NULL)
		return true;
	if (file_replace_span(g->output, buf_span(&g->yaml), flags, e))
		return true;
	return err_is(e, ERR_FILE_EXISTS) ? err_hint(e, "--force replaces "
	    "it") : false;
}

static void
answer(const struct suggestion *g)
{
	CLEANUP(buf_done) struct buf command = { 0 };

	command_put(&g->s, g->output == NULL ? "FILE.yaml" : g->output,
	    g->in->arguments[0], &command);
	if (g->in->json) {
		struct json *v = suggestion_json(&g->s, &g->draft,
		    buf_span(&g->yaml));

		if (g->output != NULL)
			json_put_text(v, "output", g->output);
		json_put_span(v, "plan", buf_span(&command));
		cli_answer(v);
	} else if (g->output == NULL) {
		fwrite(g->yaml.ptr, 1, g->yaml.len, stdout);
		fflush(stdout);
	}
	fprintf(stderr, "it holds for this file: %s\n", buf_cstr(&command));
}

int
suggest_run(const struct invocation *in, struct err *e)
{
	CLEANUP(suggestion_done) struct suggestion g = { .in = in,
	    .output = option_text(in, "output"), .work = CLI_JOB_NONE };

	if (!look(&g, e) || !write_yaml(&g, e))
		return -1;
	if (!check(&g, e)) {
		err_at(e, "the suggestion does not hold");
		return -1;
	}
	if (!place(&g, e))
		return -1;
	answer(&g);
	return EXIT_YES;
}

/* engine - see engine.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/settings.h"
#include "sys/clock.h"
#include "sys/program.h"
#include "sys/sandbox.h"
#include "wire/signer.h"

#define ARENA		((size_t)16 << 20)
#define PATIENCE	20000	/* ms for a member to stop: a file is signed */
#define PAUSE		1000	/* ms before the second start */
#define KEEP		23	/* variables of the signer (sys/process.c) */

enum { COURIER, SIGNER, JUDGE, MEMBERS };

/* What modules and PIN sources look for, wherever it is. */
static const char *const module_variables[] = {
	SIGNER_VARIABLES, "CREDENTIALS_DIRECTORY"
};

static const char *const judge_servants[] = {
	"worker", "checker", "verifier", "courier", NULL
};

/* A courier for one errand takes its settings from its starter. */
static const char *const errand_arguments[] = { "local", NULL };

static const struct team_link links[] = {
	{ "judge", "courier" },
	{ "judge", "signer" },
};

#define SERVANTS	(COUNT(judge_servants) - 1)
#define ERRANDS		(SERVANTS - 1)	/* row of the courier among them */

struct engine {
	struct arena		*arena;
	struct state		 state;
	struct buf		 settings[MEMBERS];
	struct buf		 errand;	/* settings of such a courier */
	const char		*keep[KEEP + 1];
	const char		*arguments[3];	/* of all servants */
	struct team_member	 members[MEMBERS];
	struct team_servant	 servants[SERVANTS];
	struct log		 log;
	struct team_plan	 plan;
};

static bool
keep_add(struct engine *g, const char *name, const struct token *t,
    struct err *e)
{
	size_t n = 0;

	for (; g->keep[n] != NULL; n++)
		if (strcmp(g->keep[n], name) == 0)
			return true;
	if (n == KEEP)
		return err_set(e, ERR_CONFIG_VALUE, "%s:%u:%u: PINs in more "
		    "than %zu environment variables", t->at.file, t->at.line,
		    t->at.column, KEEP - COUNT(module_variables));
	g->keep[n] = name;
	return true;
}

/* The signer keeps what its modules read and where its PINs are. */
static bool
keep_plan(struct engine *g, const struct engine_file *f, struct err *e)
{
	for (size_t i = 0; i < COUNT(module_variables); i++)
		g->keep[i] = module_variables[i];
	for (size_t i = 0; i < f->tokens.count; i++) {
		const struct token *t = &f->tokens.items[i];
		const char *name;

		if (t->pin.environment.len == 0)
			continue;
		if ((name = arena_text(g->arena, t->pin.environment)) == NULL)
			return err_budget(e, g->arena);
		if (!keep_add(g, name, t, e))
			return false;
	}
	return true;
}

/* One way for all three: sandbox_arguments reads it. */
static bool
servants_plan(struct engine *g, const struct engine_file *f, struct err *e)
{
	g->arguments[0] = f->sandbox == SANDBOX_WHERE_POSSIBLE ?
	    "where-possible" : "required";
	if (g->state.worker_user.len > 0 && (g->arguments[1] =
	    arena_text(g->arena, g->state.worker_user)) == NULL)
		return err_budget(e, g->arena);
	for (size_t i = 0; i < SERVANTS; i++)
		g->servants[i] = (struct team_servant){
		    .role = judge_servants[i], .arguments = g->arguments };
	g->servants[ERRANDS].arguments = errand_arguments;
	return true;
}

static bool
settings_plan(struct engine *g, const struct engine_file *f,
    const struct engine_terms *terms, struct err *e)
{
	struct source s = { f, terms, &g->state, g->arena };

	return courier_part(&s, false, &g->settings[COURIER], e) &&
	    courier_part(&s, true, &g->errand, e) &&
	    signer_part(&s, &g->settings[SIGNER], e) &&
	    judge_part(&s, &g->settings[JUDGE], e);
}

static void
team_plan_make(struct engine *g, bool once)
{
	g->members[COURIER] = (struct team_member){ .role = "courier" };
	g->members[SIGNER] = (struct team_member){ .role = "signer",
	    .keep = g->keep };
	g->members[JUDGE] = (struct team_member){ .role = "judge",
	    .servants = judge_servants, .leads = true, .once = once };
	for (size_t i = 0; i < MEMBERS; i++)
		g->members[i].settings = buf_span(&g->settings[i]);
	g->servants[ERRANDS].settings = buf_span(&g->errand);
	g->plan = (struct team_plan){
		.members = g->members, .member_count = MEMBERS,
		.links = links, .link_count = COUNT(links),
		.servants = g->servants, .servant_count = SERVANTS,
		.patience = PATIENCE, .pause = PAUSE, .log = &g->log,
	};
}

/* Open from now on: an engine that runs stays one version. */
static bool
programs_open(struct engine *g, struct err *e)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (!program_open(g->members[i].role, &g->members[i].program,
		    e))
			return false;
	for (size_t i = 0; i < SERVANTS; i++)
		if (!program_open(g->servants[i].role, &g->servants[i].program,
		    e))
			return false;
	return true;
}

bool
engine_open(const struct engine_file *f, const struct engine_terms *terms,
    struct engine **out, struct err *e)
{
	CLEANUP(engine_done) struct engine *g = xcalloc(1, sizeof(*g));

	g->state.lock = -1;
	g->arena = arena_new(ARENA);
	g->log = (struct log){ .fd = STDERR_FILENO, .process = "supervisor",
	    .json = f->log == LOG_FORM_JSON, .least = LOG_LEVEL_INFO,
	    .now = clock_now };
	umask(022);
	if (!state_lay(f, g->arena, &g->state, e) || !keep_plan(g, f, e) ||
	    !servants_plan(g, f, e) || !settings_plan(g, f, terms, e))
		return false;
	team_plan_make(g, terms->once || terms->begins);
	if (!programs_open(g, e))
		return false;
	*out = TAKE(g);
	return true;
}

void
engine_free(struct engine *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < MEMBERS; i++) {
		buf_wipe(&g->settings[i]);
		if (g->members[i].program > 0)
			fd_done(&g->members[i].program);
	}
	for (size_t i = 0; i < SERVANTS; i++)
		if (g->servants[i].program > 0)
			fd_done(&g->servants[i].program);
	buf_wipe(&g->errand);
	state_done(&g->state);
	arena_free(g->arena);
	free(g);
}

const struct team_plan *
engine_plan(const struct engine *g)
{
	return &g->plan;
}

/* As root, a process without a user of its own has more than it needs. */
static void
warn_of_root(const struct engine *g)
{
	const struct {
		const char	*key;
		struct span	 user;
	} users[] = {
		{ "courier", g->state.courier_user },
		{ "judge", g->state.judge_user },
		{ "worker", g->state.worker_user },
		{ "signer", g->state.signer_user },
	};

	for (size_t i = 0; i < COUNT(users) && geteuid() == 0; i++)
		if (users[i].user.len == 0)
			LOG(&g->log, LOG_LEVEL_WARN, "engine.root",
			    { "role", users[i].key },
			    { "advice", "name its user in engine.yaml" });
}

bool
engine_run(struct engine *g, int *code, struct err *e)
{
	struct sandbox_terms terms = { 0 };
	struct sandbox_report report;

	warn_of_root(g);
	return sandbox_enter(SANDBOX_SUPERVISOR, &terms, &report, e) &&
	    team_run(&g->plan, code, e);
}

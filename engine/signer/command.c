/*
 * command - the role "signer" as a command line's: which modules and PINs it
 * gets stands in its arguments.
 *
 *	@signer local URI careful|last-try
 *	    MODULE PARAMETERS file|environment|none NAME ...
 *
 * URI names the token in each module; NAME is the PIN's file or variable. The
 * modules are opened and the PINs read before the sandbox closes.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/start.h"
#include "signer/modes.h"
#include "signer/signer.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "wire/signer.h"

#define PATIENCE	10000	/* ms to wait for the first request */
#define CALL_LIMIT	50000	/* ms, less than a command waits for us */

enum { ARGUMENT_ROLE = 1, ARGUMENT_MODE, ARGUMENT_URI, ARGUMENT_CARE,
    ARGUMENTS };

/* Of each module. */
enum { GROUP_MODULE, GROUP_PARAMETERS, GROUP_PIN_FROM, GROUP_PIN_NAME, GROUP };

struct given {
	struct arena		*arena;
	struct keystore_terms	 tokens[SIGNER_LOCAL_TOKENS];
	size_t			 count;
};

static const struct {
	const char	*name;
	enum pin_from	 from;
} pin_sources[] = {
	{ "none", PIN_NONE },
	{ "file", PIN_FILE },
	{ "environment", PIN_ENVIRONMENT },
};

static bool
read_pin_source(char **group, struct pin_source *out, struct err *e)
{
	for (size_t i = 0; i < COUNT(pin_sources); i++)
		if (strcmp(pin_sources[i].name, group[GROUP_PIN_FROM]) == 0) {
			*out = (struct pin_source){ pin_sources[i].from,
			    group[GROUP_PIN_NAME], -1 };
			return true;
		}
	return err_set(e, ERR_PROCESS_PROTOCOL, "no PIN comes from '%s'",
	    group[GROUP_PIN_FROM]);
}

static bool
read_group(struct given *g, const struct key_uri *uri, bool last_try,
    char **group, struct err *e)
{
	struct keystore_terms *t = &g->tokens[g->count];

	*t = (struct keystore_terms){ .module = group[GROUP_MODULE],
	    .parameters = group[GROUP_PARAMETERS][0] == '\0' ? NULL :
	    group[GROUP_PARAMETERS], .limit = CALL_LIMIT, .token = uri->token,
	    .serial = uri->serial, .last_try = last_try };
	if (uri->module_path.ptr != NULL &&
	    (t->module = arena_text(g->arena, uri->module_path)) == NULL)
		return err_budget(e, g->arena);
	g->count++;
	return read_pin_source(group, &t->pin, e);
}

static bool
read_arguments(int argc, char **argv, struct given *g, struct err *e)
{
	bool last_try = strcmp(argv[ARGUMENT_CARE], "last-try") == 0;
	struct key_uri uri;

	if (!key_uri_parse(g->arena, span_text(argv[ARGUMENT_URI]),
	    KEY_URI_LOCAL, &uri, e))
		return false;
	for (int i = ARGUMENTS; i + GROUP <= argc &&
	    g->count < SIGNER_LOCAL_TOKENS; i += GROUP)
		if (!read_group(g, &uri, last_try, &argv[i], e))
			return false;
	return true;
}

/*
 * Where a module keeps its token is not declared for a command, so paths are
 * left to the user's own rights; system calls and sockets are not.
 */
static bool
confine(const struct log *log, struct err *e)
{
	static const char *const everything[] = { "/", NULL };
	struct sandbox_report report;

	if (!sandbox_enter(SANDBOX_SIGNER, &(struct sandbox_terms){
	    .write = everything, .unix_sockets = true,
	    .where_possible = true }, &report, e))
		return false;
	sandbox_log(log, &report);
	return true;
}

/* What went wrong before the first request is the answer to it. */
static void
answer_failed(const struct err *why)
{
	struct channel c = channel_open(PROCESS_CHANNEL, "command",
	    signer_requests, signer_request_count);
	CLEANUP(message_done) struct message m = { 0 };
	CLEANUP(buf_done) struct buf body = { 0 };
	struct err e;

	c.phase = SIGNER_LOCAL;
	wire_put_err(&body, why);
	if (stream_receive(&c, SIGNER_MESSAGE_LIMIT, &m, clock_in(PATIENCE),
	    &e) && !stream_send(&c, SIGNER_FAILED, buf_span(&body), NULL, 0,
	    clock_in(PATIENCE), &e))
		err_print(stderr, &e, false);
}

static bool
open_and_serve(int argc, char **argv, const struct log *log, bool *served,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(signer_done) struct signer *signer = NULL;
	struct given given = { .arena = a };

	if (!read_arguments(argc, argv, &given, e))
		return false;
	struct signer_terms terms = { .local = true, .tokens = given.tokens,
	    .token_count = given.count, .log = log, .peer = "command",
	    .late = answer_failed };
	if (!signer_open(&terms, &signer, e) || !confine(log, e))
		return false;
	*served = true;
	return signer_serve(signer, PROCESS_CHANNEL, e);
}

int
signer_command(int argc, char **argv)
{
	/* The command prints errors itself; who wants more asks for it. */
	struct log log = { .fd = getenv("TAGSEAL_LOG") != NULL ?
	    STDERR_FILENO : -1, .process = "signer",
	    .least = LOG_LEVEL_INFO, .now = clock_now };
	bool served = false;
	struct err e;

	/* A module's socket that is closed is an error, not our end. */
	signal(SIGPIPE, SIG_IGN);
	/* It may be asked to read a private key, so nothing of one may stay. */
	if (!crypto_wipe_memory() || argc < ARGUMENTS + GROUP ||
	    (argc - ARGUMENTS) % GROUP != 0 ||
	    strcmp(argv[ARGUMENT_MODE], "local") != 0)
		return err_exit_code(ERR_KIND_USAGE);
	if (open_and_serve(argc, argv, &log, &served, &e))
		return 0;
	if (!served)
		answer_failed(&e);
	return err_exit_code(e.what->kind);
}

/*
 * team_roles - see team_roles.h. A lead ends with 0 when all went well and with
 * TEAM_STAY_DOWN when not.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/team_roles.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "test.h"
#include "wire/team.h"

#define LATER	clock_in(20000)
#define SAY	1

static const struct message_row talk[] = {
	{ SAY, "say", CHANNEL_ANY, 0 },
};

/* ---- what all roles do ---- */

static bool
said(struct channel *c, const char *what)
{
	CLEANUP(message_done) struct message m = { 0 };
	struct err e;

	return channel_receive(c, &m, LATER, &e) &&
	    span_is(buf_span(&m.body), what);
}

static bool
say(struct channel *c, const char *what)
{
	struct err e;

	return channel_send(c, SAY, span_text(what), NULL, 0, LATER, &e);
}

static bool
settings_are(struct seat *s, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct order o;
	struct err e;

	if (!seat_order(s, &o, LATER, &e) || o.kind != ORDER_SETTINGS)
		return false;
	bool good = file_load_fd(o.fd, "settings", 1000, &b, &e) &&
	    span_is(buf_span(&b), text);
	close(o.fd);
	return good;
}

static bool
linked(struct seat *s, const char *peer, struct channel *out)
{
	struct order o;
	struct err e;

	if (!seat_order(s, &o, LATER, &e) || o.kind != ORDER_LINK ||
	    strcmp(o.peer, peer) != 0)
		return false;
	*out = CHANNEL(o.fd, "peer", talk);
	return true;
}

/* ---- the side: echoes, and dies when told ---- */

static int
side_main(int argc, char **argv)
{
	struct seat s = seat_open(PROCESS_CHANNEL);
	struct channel lead;

	if (argc > 2 && strcmp(argv[2], "wrong-pin") == 0)
		return TEAM_STAY_DOWN;
	if (argc > 2 && strcmp(argv[2], "stubborn") == 0)
		signal(SIGTERM, SIG_IGN);
	if (!settings_are(&s, "side's") || !linked(&s, "lead", &lead))
		return 1;
	while (said(&lead, "ping"))
		if (!say(&lead, "pong"))
			return 1;
	volatile bool stay = argc > 2;
	while (stay)
		pause();
	return 3;
}

/* ---- the helper: does what its first message says ---- */

static int
helper_main(int argc, char **argv)
{
	struct channel c = CHANNEL(PROCESS_CHANNEL, "lead", talk);
	CLEANUP(message_done) struct message m = { 0 };
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;
	char pid[16];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	if (!file_load_fd(PROCESS_FIRST_FD, "settings", 100, &b, &e) ||
	    !span_is(buf_span(&b), "helper's") || argc != 3 ||
	    strcmp(argv[2], "given") != 0 || !say(&c, pid) ||
	    !channel_receive(&c, &m, LATER, &e))
		return 99;
	if (span_is(buf_span(&m.body), "abort"))
		abort();
	if (span_is(buf_span(&m.body), "late")) {
		close(c.fd);	/* done and silent, but not gone yet */
		usleep(300000);
		return 7;
	}
	volatile bool stay = span_is(buf_span(&m.body), "stay");
	while (stay)
		pause();
	return 5;
}

/* ---- the scenarios of the lead ---- */

#define CHECK(condition)						\
	do {								\
		if (!(condition)) {					\
			fprintf(stderr, "lead: line %d\n", __LINE__);	\
			return false;					\
		}							\
	} while (0)

static bool
greets(struct seat *s, const char *file)
{
	struct channel side;

	(void)file;
	CHECK(linked(s, "side", &side));
	CHECK(say(&side, "ping") && said(&side, "pong"));
	return true;
}

static bool
sees_side_again(struct seat *s, const char *file)
{
	struct channel side;

	(void)file;
	for (int i = 0; i < 3; i++) {
		CHECK(linked(s, "side", &side));
		CHECK(say(&side, "ping") && said(&side, "pong"));
		CHECK(say(&side, "die") && !said(&side, ""));
		channel_done(&side);
	}
	return true;
}

/* Starts a helper and tells it what to do. */
static bool
helper(struct seat *s, const char *what, struct channel *c, uint32_t *number,
    long *pid)
{
	CLEANUP(message_done) struct message m = { 0 };
	struct err e;
	int fd;

	if (!seat_spawn(s, "helper", &fd, number, LATER, &e))
		return false;
	*c = CHANNEL(fd, "helper", talk);
	if (!channel_receive(c, &m, LATER, &e))
		return false;
	*pid = atol(buf_cstr(&m.body));
	return say(c, what);
}

static bool
has_helpers(struct seat *s, const char *file)
{
	static const struct {
		const char		*what;
		struct process_end	 end;
		uint32_t		 patience;
	} fates[] = {
		{ "end", { 5, 0 }, FATE_PATIENCE },
		{ "late", { 7, 0 }, FATE_PATIENCE },
		{ "abort", { -1, SIGABRT }, FATE_PATIENCE },
		{ "stay", { -1, SIGKILL }, 0 },
		{ "stay", { -1, SIGKILL }, 50 },
	};
	struct process_end end;
	struct channel c;
	uint32_t number;
	struct err e;
	long pid;

	(void)file;
	for (size_t i = 0; i < COUNT(fates); i++) {
		CHECK(helper(s, fates[i].what, &c, &number, &pid));
		CHECK(seat_fate(s, number, fates[i].patience, &end, LATER, &e));
		CHECK(end.code == fates[i].end.code &&
		    end.signal == fates[i].end.signal);
		channel_done(&c);
		CHECK(!seat_fate(s, number, fates[i].patience, &end, LATER, &e));
		CHECK(err_is(&e, ERR_PROCESS_REFUSED));
	}
	CHECK(!seat_fate(s, 0, 0, &end, LATER, &e));
	CHECK(err_is(&e, ERR_PROCESS_REFUSED));
	/* The side's LINK came meanwhile and was kept. */
	return greets(s, file);
}

static bool
asks_too_much(struct seat *s, const char *file)
{
	struct err e;
	uint32_t number;
	int fd;

	(void)file;
	CHECK(!seat_spawn(s, "side", &fd, &number, LATER, &e));
	CHECK(err_is(&e, ERR_PROCESS_REFUSED));
	CHECK(strcmp(e.text, "the lead may not start a 'side'") == 0);
	CHECK(!seat_spawn(s, "stranger\n", &fd, &number, LATER, &e));
	CHECK(err_is(&e, ERR_PROCESS_REFUSED));
	int fds[TEAM_SERVANTS];
	for (size_t i = 0; i < TEAM_SERVANTS; i++)
		CHECK(seat_spawn(s, "helper", &fds[i], &number, LATER, &e));
	CHECK(!seat_spawn(s, "helper", &fd, &number, LATER, &e));
	CHECK(err_is(&e, ERR_PROCESS_REFUSED));
	return true;
}

static bool
is_told_to_stop(struct seat *s, const char *file)
{
	struct process_end end;
	struct channel side;
	struct order o;
	uint32_t number;
	struct err e;
	int fd;

	CHECK(linked(s, "side", &side));
	CHECK(kill(getppid(), SIGTERM) == 0);
	CHECK(seat_order(s, &o, LATER, &e) && o.kind == ORDER_STOP);
	/* The same again, as timeout(1) does it, changes nothing. */
	CHECK(kill(getppid(), SIGTERM) == 0);
	/* What it is at work on may need that yet. */
	CHECK(seat_spawn(s, "helper", &fd, &number, LATER, &e));
	fd_done(&fd);
	CHECK(seat_fate(s, number, 0, &end, LATER, &e));
	CHECK(file_replace_span(file, SPAN_TEXT("stopped"), FILE_PLAIN, &e));
	return true;
}

static bool
never_sees_side(struct seat *s, const char *file)
{
	struct order o;
	struct err e;
	int links = 0;

	(void)file;
	/* One LINK may come before the side has ended, none after. */
	while (seat_order(s, &o, clock_in(300), &e))
		CHECK(o.kind == ORDER_LINK && links++ == 0);
	CHECK(err_is(&e, ERR_CHANNEL_TIMEOUT));
	return true;
}

/* The first lead breaks; the second looks for what the first left behind. */
static bool
breaks_once(struct seat *s, const char *file)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct channel c;
	uint32_t number;
	char text[16];
	struct err e;
	long pid;

	if (file_load(file, 100, &b, &e)) {
		CHECK(kill((pid_t)atol(buf_cstr(&b)), 0) < 0 &&
		    errno == ESRCH);
		return true;
	}
	CHECK(helper(s, "stay", &c, &number, &pid));
	snprintf(text, sizeof(text), "%ld", pid);
	CHECK(file_replace_span(file, span_text(text), FILE_PLAIN, &e));
	raise(SIGABRT);
	return false;
}

static bool
talks_nonsense(struct seat *s, const char *file)
{
	struct err e;

	if (access(file, F_OK) == 0)
		return true;
	CHECK(file_replace_span(file, SPAN_TEXT("x"), FILE_PLAIN, &e));
	CHECK(channel_send(&s->supervisor, 77, (struct span){ 0 }, NULL, 0,
	    LATER, &e));
	volatile bool more = true;
	while (more)
		pause();	/* and is killed for it */
	return false;
}

/* What one member of a team that runs once does in the end. */
static bool
ends_with_seven(struct seat *s, const char *file)
{
	struct channel side;

	(void)file;
	CHECK(linked(s, "side", &side));
	exit(7);
}

static bool
is_killed(struct seat *s, const char *file)
{
	struct err e;

	(void)s;
	CHECK(access(file, F_OK) != 0);	/* no second start */
	CHECK(file_replace_span(file, SPAN_TEXT("x"), FILE_PLAIN, &e));
	raise(SIGKILL);
	return false;
}

static bool
waits_for_ever(struct seat *s, const char *file)
{
	struct order o;
	struct err e;

	(void)file;
	while (seat_order(s, &o, LATER, &e) && o.kind != ORDER_STOP)
		fd_done(&o.fd);
	return true;
}

static bool
is_interrupted(struct seat *s, const char *file)
{
	CHECK(kill(getppid(), SIGINT) == 0);
	return waits_for_ever(s, file);
}

static const struct scenario {
	const char	*name;
	bool		(*run)(struct seat *, const char *file);
} scenarios[] = {
	{ "greets", greets },
	{ "sees-side-again", sees_side_again },
	{ "has-helpers", has_helpers },
	{ "asks-too-much", asks_too_much },
	{ "is-told-to-stop", is_told_to_stop },
	{ "never-sees-side", never_sees_side },
	{ "breaks-once", breaks_once },
	{ "talks-nonsense", talks_nonsense },
	{ "ends-with-seven", ends_with_seven },
	{ "is-killed", is_killed },
	{ "waits-for-ever", waits_for_ever },
	{ "is-interrupted", is_interrupted },
};

int
team_lead(int argc, char **argv)
{
	struct seat s = seat_open(PROCESS_CHANNEL);

	for (size_t i = 0; argc == 4 && i < COUNT(scenarios); i++)
		if (strcmp(scenarios[i].name, argv[2]) == 0 &&
		    settings_are(&s, argv[2]) &&
		    scenarios[i].run(&s, argv[3])) {
			seat_done(&s);
			return 0;
		}
	return TEAM_STAY_DOWN;
}

const struct role_main team_roles[TEAM_ROLES] = {
	{ "lead", team_lead },
	{ "side", side_main },
	{ "helper", helper_main },
};

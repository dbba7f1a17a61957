/* team - see team.h. */
#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/role.h"
#include "daemon/team.h"
#include "sys/channel.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "wire/stream.h"
#include "wire/team.h"

#define PAUSE_MAX	60000	/* ms between starts, at most */
#define STEADY		60000	/* ms of running that shorten the pause */
#define SEND		5000	/* ms for a member to take a message */

struct member {
	const struct team_member *row;
	struct process	 process;	/* pid 0: not running */
	struct channel	 channel;
	int64_t		 since;		/* when it was started */
	int64_t		 pause;		/* ms before the next start */
	int64_t		 next;		/* when that is */
	bool		 down;		/* not to be started again */
};

struct servant {
	uint32_t	 number;	/* 0: free */
	size_t		 owner;		/* whom it serves */
	struct process	 process;	/* pid 0: it has ended, so: */
	struct process_end end;
};

struct team {
	const struct team_plan	*plan;
	struct member		 members[TEAM_MEMBERS];
	struct servant		 servants[TEAM_SERVANTS];
	uint32_t		 last;	/* number of a servant */
	int			 signals;
	bool			 over;
	int			 code;
};

static void
report(const struct team *t, enum log_level level, const char *fact,
    const char *role, const char *how)
{
	LOG(t->plan->log, level, fact, { "role", role }, { "how", how });
}

static size_t
member_find(const struct team *t, const char *role)
{
	for (size_t i = 0; i < t->plan->member_count; i++)
		if (strcmp(t->plan->members[i].role, role) == 0)
			return i;
	assert(false);	/* a link names members */
	return 0;
}

static bool
member_send(struct member *m, uint8_t type, struct span body, const int *fds,
    size_t fd_count, struct err *e)
{
	return channel_send(&m->channel, type, body, fds, fd_count,
	    clock_in(SEND), e);
}

/* Settings as a file in memory that can only be read. */
static bool
settings_file(struct span settings, int *reader, struct err *e)
{
	CLEANUP(fd_done) int fd = -1;

	return file_scratch(NULL, &fd, e) &&
	    descriptor_write(fd, settings, e) && file_reader(fd, reader, e);
}

static bool
settings_send(struct member *m, struct err *e)
{
	CLEANUP(fd_done) int reader = -1;

	return settings_file(m->row->settings, &reader, e) &&
	    member_send(m, TEAM_SETTINGS, (struct span){ 0 }, &reader, 1, e);
}

/*
 * The peer of a member that starts gets its end of their channel. One that has
 * just ended gets none: the member sees the other end close, and both get a new
 * channel when the peer is started again. One that does not listen is broken.
 */
static void
link_tell(const struct team *t, struct member *peer, const char *role, int fd)
{
	struct err e;

	if (member_send(peer, TEAM_LINK, span_text(role), &fd, 1, &e) ||
	    err_is(&e, ERR_CHANNEL_CLOSED))
		return;
	log_err(t->plan->log, "process.protocol", &e);
	process_signal(&peer->process, SIGKILL);
}

/* Gives both ends of a new channel to a member that starts and its peer. */
static bool
link_make(const struct team *t, struct member *m, struct member *peer,
    struct err *e)
{
	CLEANUP(fd_done) int a = -1, b = -1;
	int pair[2];

	if (!channel_pair(pair, e))
		return false;
	a = pair[0];
	b = pair[1];
	if (!member_send(m, TEAM_LINK, span_text(peer->row->role), &a, 1, e))
		return false;
	link_tell(t, peer, m->row->role, b);
	return true;
}

/* A link is made when its second member starts. */
static bool
links_make(struct team *t, struct member *m, struct err *e)
{
	for (size_t i = 0; i < t->plan->link_count; i++) {
		const struct team_link *link = &t->plan->links[i];
		struct member *one = &t->members[member_find(t, link->one)];
		struct member *other =
		    &t->members[member_find(t, link->other)];

		if ((one == m || other == m) && one->process.pid > 0 &&
		    other->process.pid > 0 &&
		    !link_make(t, m, one == m ? other : one, e))
			return false;
	}
	return true;
}

static bool
member_start(struct team *t, struct member *m, struct err *e)
{
	int end;

	if (!role_start((struct process_plan){ .role = m->row->role,
	    .program = m->row->program, .arguments = m->row->arguments,
	    .keep = m->row->keep }, -1, &m->process, &end, e))
		return false;
	m->channel = channel_open(end, m->row->role, team_requests,
	    team_request_count);
	m->since = clock_monotonic();
	report(t, LOG_LEVEL_INFO, "process.started", m->row->role, NULL);
	return settings_send(m, e) && links_make(t, m, e);
}

/* A servant has nothing to live for when nobody listens to it. */
static void
servants_end(struct team *t, size_t owner)
{
	for (size_t i = 0; i < TEAM_SERVANTS; i++)
		if (t->servants[i].number != 0 &&
		    t->servants[i].owner == owner) {
			process_kill(&t->servants[i].process);
			t->servants[i].number = 0;
		}
}

static void
team_end(struct team *t, int code)
{
	t->over = true;
	t->code = code;
}

/* The end of a team whose work is not done; its outcome counts if it is. */
static void
team_give_up(struct team *t)
{
	if (!t->over)
		team_end(t, err_exit_code(ERR_KIND_SYSTEM));
}

static bool
team_runs_once(const struct team *t)
{
	for (size_t i = 0; i < t->plan->member_count; i++)
		if (t->plan->members[i].once)
			return true;
	return false;
}

/* When to start a member again: later each time, unless it ran for long. */
static void
member_schedule(struct team *t, struct member *m)
{
	int64_t now = clock_monotonic();

	if (now - m->since >= STEADY || m->pause == 0)
		m->pause = t->plan->pause;
	m->next = now + m->pause;
	m->pause = m->pause < PAUSE_MAX / 2 ? m->pause * 2 : PAUSE_MAX;
}

/* What the end of a member means for it and for the team. */
static void
member_judge(struct team *t, struct member *m, int code)
{
	m->down = code == TEAM_STAY_DOWN || m->row->once ||
	    (m->row->leads && code == 0);
	if (!m->down) {
		member_schedule(t, m);
	} else if (m->row->once && code < 0) {
		team_give_up(t);
	} else if (m->row->once || m->row->leads) {
		team_end(t, code);
	} else {
		report(t, LOG_LEVEL_ERROR, "process.stays-down", m->row->role,
		    "it said that another start would not help");
		if (team_runs_once(t))
			team_give_up(t);
	}
}

static void
member_ended(struct team *t, struct member *m)
{
	struct process_end end;
	struct err e;

	if (!process_wait(&m->process, clock_in(SEND), &end, &e)) {
		log_err(t->plan->log, "process.killed", &e);
		process_kill(&m->process);
		end = (struct process_end){ -1, SIGKILL };
	}
	channel_done(&m->channel);
	servants_end(t, (size_t)(m - t->members));
	report(t, end.code == 0 ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
	    "process.ended", m->row->role, process_end_text(&end).text);
	member_judge(t, m, end.code);
}

/*
 * It may have ended while we spoke to it: then its code counts. Without its
 * channel it ends by itself.
 */
static void
member_not_started(struct team *t, struct member *m, const struct err *e)
{
	log_err(t->plan->log, "process.not-started", e);
	channel_done(&m->channel);
	if (m->process.pid > 0)
		member_ended(t, m);
	else if (m->row->once)
		team_give_up(t);
	else
		member_schedule(t, m);
}

/* Members whose time has come; one that does not start is tried later. */
static void
members_start_due(struct team *t)
{
	for (size_t i = 0; i < t->plan->member_count && !t->over; i++) {
		struct member *m = &t->members[i];
		struct err e;

		if (m->process.pid > 0 || m->down ||
		    m->next > clock_monotonic())
			continue;
		if (!member_start(t, m, &e))
			member_not_started(t, m, &e);
	}
}

static const struct team_servant *
servant_row(const struct team *t, const struct member *m, struct span role)
{
	const char *const *name = m->row->servants;

	while (name != NULL && *name != NULL && !span_is(role, *name))
		name++;
	for (size_t i = 0; name != NULL && *name != NULL &&
	    i < t->plan->servant_count; i++)
		if (span_is(role, t->plan->servants[i].role))
			return &t->plan->servants[i];
	return NULL;
}

static struct servant *
servant_find(struct team *t, uint32_t number)
{
	for (size_t i = 0; i < TEAM_SERVANTS; i++)
		if (t->servants[i].number == number)
			return &t->servants[i];
	return NULL;
}

/* Starts a servant; *end is the channel to it. */
static bool
servant_start(struct team *t, struct member *m, struct span role,
    struct servant **out, int *end, struct err *e)
{
	const struct team_servant *row = servant_row(t, m, role);
	struct servant *s = servant_find(t, 0);
	CLEANUP(fd_done) int file = -1;

	if (row == NULL)
		return err_set(e, ERR_PROCESS_REFUSED,
		    "the %s may not start a '%s'", m->row->role,
		    text_show(role).text);
	if (s == NULL)
		return err_set(e, ERR_PROCESS_REFUSED,
		    "%d processes are at work already", TEAM_SERVANTS);
	if ((row->settings.ptr != NULL &&
	    !settings_file(row->settings, &file, e)) ||
	    !role_start((struct process_plan){ .role = row->role,
	    .program = row->program, .arguments = row->arguments,
	    .keep = row->keep }, file, &s->process, end, e))
		return false;
	s->number = ++t->last != 0 ? t->last : ++t->last;
	s->owner = (size_t)(m - t->members);
	report(t, LOG_LEVEL_DEBUG, "process.started", row->role, NULL);
	*out = s;
	return true;
}

static bool
refuse(struct member *m, const struct err *why, struct err *e)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	wire_put_err(&body, why);
	return member_send(m, TEAM_REFUSED, buf_span(&body), NULL, 0, e);
}

static bool
on_spawn(struct team *t, struct member *m, struct span body, struct err *e)
{
	CLEANUP(fd_done) int end = -1;
	struct servant *s = NULL;
	uint8_t number[4];
	struct err why;

	if (!servant_start(t, m, body, &s, &end, &why))
		return refuse(m, &why, e);
	put_u32be(number, s->number);
	return member_send(m, TEAM_SPAWNED, SPAN(number), &end, 1, e);
}

static void
servant_ended(struct team *t, struct servant *s, int64_t patience)
{
	struct err e;

	if (!process_wait(&s->process, clock_in(patience), &s->end, &e)) {
		process_kill(&s->process);
		s->end = (struct process_end){ -1, SIGKILL };
	}
	report(t, s->end.code == 0 ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
	    "process.ended", s->process.role, process_end_text(&s->end).text);
}

static bool
on_fate(struct team *t, struct member *m, struct span body, struct err *e)
{
	struct reader r = rd_open(body);
	uint32_t number = rd_u32be(&r), patience = rd_u32be(&r);
	CLEANUP(buf_done) struct buf out = { 0 };
	struct err why;

	if (!rd_end(&r) || patience > FATE_PATIENCE)
		return wire_malformed(e, "fate");
	struct servant *s = number == 0 ? NULL : servant_find(t, number);
	if (s == NULL || s->owner != (size_t)(m - t->members)) {
		err_set(&why, ERR_PROCESS_REFUSED,
		    "the %s has no process %u", m->row->role, number);
		return refuse(m, &why, e);
	}
	if (s->process.pid > 0)
		servant_ended(t, s, patience);
	buf_u32be(&out, s->end.code < 0 ? 0 : (uint32_t)s->end.code);
	buf_u32be(&out, (uint32_t)s->end.signal);
	s->number = 0;
	return member_send(m, TEAM_ENDED, buf_span(&out), NULL, 0, e);
}

static const struct {
	uint8_t	type;
	bool	(*run)(struct team *, struct member *, struct span,
		    struct err *);
} requests[] = {
	{ TEAM_SPAWN, on_spawn },
	{ TEAM_FATE, on_fate },
};

static bool
member_serve(struct team *t, struct member *m, struct err *e)
{
	CLEANUP(message_done) struct message request = { 0 };

	if (!channel_receive(&m->channel, &request, clock_in(0), e))
		return false;
	for (size_t i = 0; i < COUNT(requests); i++)
		if (requests[i].type == request.type)
			return requests[i].run(t, m,
			    buf_span(&request.body), e);
	return wire_malformed(e, "request");
}

/* A member whose channel is closed ends; one that breaks the rules does. */
static void
member_heard(struct team *t, struct member *m)
{
	struct err e;

	if (member_serve(t, m, &e))
		return;
	if (!err_is(&e, ERR_CHANNEL_CLOSED)) {
		log_err(t->plan->log, "process.protocol", &e);
		process_signal(&m->process, SIGKILL);
	}
	member_ended(t, m);
}

/* ---- the loop ---- */

enum { WATCH_SIGNALS, WATCH_FIRST };
#define WATCH_MAX	(WATCH_FIRST + 2 * TEAM_MEMBERS + TEAM_SERVANTS)

static size_t
watch_all(const struct team *t, struct watch *w)
{
	size_t n = WATCH_FIRST;

	w[WATCH_SIGNALS].fd = t->signals;
	for (size_t i = 0; i < TEAM_MEMBERS; i++) {
		bool runs = t->members[i].process.pid > 0;

		w[n++].fd = runs ? t->members[i].process.pidfd : -1;
		w[n++].fd = runs ? t->members[i].channel.fd : -1;
	}
	for (size_t i = 0; i < TEAM_SERVANTS; i++)
		w[n++].fd = t->servants[i].process.pid > 0 ?
		    t->servants[i].process.pidfd : -1;
	return n;
}

static int64_t
next_start(const struct team *t)
{
	int64_t next = CLOCK_NEVER;

	for (size_t i = 0; i < t->plan->member_count; i++) {
		const struct member *m = &t->members[i];

		if (m->process.pid <= 0 && !m->down && m->next < next)
			next = m->next;
	}
	return next;
}

/* What was said before an end is heard before the end is noticed. */
static void
watch_serve(struct team *t, const struct watch *w)
{
	size_t n = WATCH_FIRST;

	if (w[WATCH_SIGNALS].ready) {
		struct signalfd_siginfo info;
		ssize_t ignored = read(t->signals, &info, sizeof(info));

		(void)ignored;
		if (team_runs_once(t))
			team_give_up(t);
		else
			t->over = true;
	}
	for (size_t i = 0; i < TEAM_MEMBERS; i++, n += 2) {
		bool ended = w[n].ready;

		if (w[n + 1].ready && !ended)
			member_heard(t, &t->members[i]);
		if (ended)
			member_ended(t, &t->members[i]);
	}
	for (size_t i = 0; i < TEAM_SERVANTS; i++, n++)
		if (w[n].ready && t->servants[i].process.pid > 0)
			servant_ended(t, &t->servants[i], SEND);
}

static bool
team_work(struct team *t, struct err *e)
{
	/* One that ends as it is started may be the end of all, too. */
	for (members_start_due(t); !t->over; members_start_due(t)) {
		struct watch w[WATCH_MAX];
		size_t ready;
		size_t count = watch_all(t, w);
		if (!watch_wait(w, count, next_start(t), &ready, e))
			return false;
		watch_serve(t, w);
	}
	return true;
}

/* What it is at work on may need servants yet: its requests are served. */
static bool
member_leave(struct team *t, struct member *m, struct process_end *end,
    struct err *e)
{
	struct watch w[] = { { .fd = m->process.pidfd },
	    { .fd = m->channel.fd } };
	int64_t deadline = clock_in(t->plan->patience);
	struct err closed;
	size_t ready = 1;

	while (!w[0].ready && ready > 0) {
		if (!watch_wait(w, COUNT(w), deadline, &ready, e))
			return false;
		if (w[1].ready && !w[0].ready && !member_serve(t, m, &closed))
			w[1].fd = -1;
	}
	return process_wait(&m->process, deadline, end, e);
}

/* The last one started is stopped first: it may still need the others. */
static void
team_stop(struct team *t)
{
	for (size_t i = t->plan->member_count; i-- > 0; ) {
		struct member *m = &t->members[i];
		struct process_end end;
		struct err e;

		if (m->process.pid <= 0)
			continue;
		if (!member_send(m, TEAM_STOP, (struct span){ 0 }, NULL, 0,
		    &e))
			process_signal(&m->process, SIGTERM);
		if (member_leave(t, m, &end, &e))
			report(t, LOG_LEVEL_INFO, "process.stopped",
			    m->row->role, process_end_text(&end).text);
		else
			log_err(t->plan->log, "process.killed", &e);
		process_kill(&m->process);
		channel_done(&m->channel);
		servants_end(t, i);
	}
}

/*
 * A signal asks for the same, however often it comes: timeout(1) sends one
 * to the process and one to its group. One left pending would kill the
 * engine after all, as soon as the mask is as it was.
 */
static void
signals_restore(int *signals, const sigset_t *wanted, const sigset_t *before)
{
	const struct timespec now = { 0 };

	while (sigtimedwait(wanted, NULL, &now) > 0)
		continue;
	fd_done(signals);
	sigprocmask(SIG_SETMASK, before, NULL);
}

bool
team_run(const struct team_plan *plan, int *code, struct err *e)
{
	struct team t = { .plan = plan };
	sigset_t wanted, before;

	assert(plan->member_count <= TEAM_MEMBERS);
	for (size_t i = 0; i < plan->member_count; i++)
		t.members[i] = (struct member){ .row = &plan->members[i],
		    .channel = { .fd = -1 } };
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigprocmask(SIG_BLOCK, &wanted, &before);
	t.signals = signalfd(-1, &wanted, SFD_CLOEXEC);
	bool good = t.signals >= 0 ? team_work(&t, e) :
	    err_errno(e, ERR_PROCESS_START, "cannot listen for signals");
	team_stop(&t);
	signals_restore(&t.signals, &wanted, &before);
	*code = t.code;
	return good;
}

/* judge - see judge.h. */
#include <signal.h>

#include "base/limits.h"
#include "crypto/start.h"
#include "git/pack.h"
#include "git/sweep.h"
#include "judge/alarms.h"
#include "judge/anchor.h"
#include "judge/desk.h"
#include "judge/follow.h"
#include "judge/judge.h"
#include "judge/look.h"
#include "judge/notices.h"
#include "judge/openpgp.h"
#include "judge/sites.h"
#include "judge/steps.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/sandbox.h"

#define SETTINGS_TIME	60000	/* ms until the settings come */
#define LINK_TIME	60000	/* ms until courier and signer are there */
#define PACK_LEAST	5000	/* loose objects of the ledger's store */
#define RETRY		2000	/* ms after a pass that failed, at the most */
#define FETCH_SHORT	5000	/* ms that slow repositories are waited for */
#define FETCH_LONG	600000	/* the same, in a single pass */

/* ---- OpenPGP ---- */

#define GPG_TIME	60000	/* ms for one answer */

static void
verifier_close(struct desk *d)
{
	struct err ended;

	if (d->verifier.channel.fd >= 0 &&
	    !servant_end(d, &d->verifier, "verifier", true, &ended))
		log_err(&d->log, "verifier.ended", &ended);
}

static bool
verifier_open(void *desk, const struct openpgp_carrier **out, struct err *e)
{
	struct desk *d = desk;

	verifier_close(d);
	if (!desk_spawn(d, "verifier", verifier_answers,
	    verifier_answer_count, &d->verifier, e))
		return false;
	d->asker = (struct blob_asker){ &d->verifier.channel, GPG_TIME };
	d->carrier = (struct openpgp_carrier){ blob_ask, blob_hear,
	    &d->asker };
	*out = &d->carrier;
	return true;
}

/* ---- one pass ---- */

/* A signer that was started anew has no key open. */
static bool
signer_greet(struct desk *d, struct err *e)
{
	if (!d->signer_is_new || d->record == NULL)
		return true;
	if (!record_rejoin(d->record, e))
		return false;
	d->signer_is_new = false;
	return true;
}

/* What held something up is an error of the pass, once all else is done. */
static bool
look_and_advance(struct desk *d, struct err *e)
{
	size_t missed, failed;

	notices_plan(d);
	if (!releases_look(d, d->given.once ? FETCH_LONG : FETCH_SHORT,
	    &missed, e) || !requests_advance(d, &failed, e))
		return false;
	/* Who asks for one pass wants to see what comes of it. */
	while (d->given.once && d->errands != NULL && !d->stopped) {
		if (!desk_wait(d, CLOCK_NEVER, e))
			return false;
		sites_settle(d);
		if (!requests_advance(d, &failed, e))
			return false;
	}
	if (!anchor_pass(d, e))
		return false;
	return missed + failed == 0 || err_set(e, ERR_PASS_INCOMPLETE,
	    "%zu repositories and %zu requests are held up", missed, failed);
}

/* An engine that stays says when it begins and when it ends. */
static bool
presence(struct desk *d, const char *type, struct json *v, struct err *e)
{
	return record_add(d->record, type, v, NULL, e) &&
	    record_commit(d->record, e);
}

/* What the signer told goes in as it is: the event's table judges its form. */
static struct json *
copy_of(const struct json *told)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	struct json *copy;
	struct err why;

	json_write(told, &text);
	return json_parse(buf_span(&text), &copy, &why) ? copy : json_map();
}

static bool
started_members(const struct desk *d, struct json *v, struct err *e)
{
	CLEANUP(json_done) struct json *told = NULL;
	struct json *processes = json_list();

	json_put(v, "processes", processes);
	json_put_text(v, "version", TAGSEAL_VERSION);
	if (!record_signer(d->record, &told, e))
		return false;
	json_add(processes, sandbox_describe(&d->sandbox));
	json_add(processes, copy_of(json_member(told, "process")));
	json_put_span(v, "session", json_span(json_member(told, "session")));
	json_put(v, "tokens", copy_of(json_member(told, "tokens")));
	return true;
}

static bool
started(struct desk *d, struct err *e)
{
	if (d->given.once || d->announced)
		return true;
	CLEANUP(json_done) struct json *v = json_map();

	d->announced = started_members(d, v, e) &&
	    presence(d, "engine.started", TAKE(v), e);
	return d->announced;
}

static bool
pass(struct desk *d, struct err *e)
{
	if (!desk_linked(d, clock_in(LINK_TIME), e))
		return false;
	if (d->stopped)
		return true;
	return follow_start(d, e) && signer_greet(d, e) &&
	    record_refresh(d->record, e) && alarms_tell(d, e) &&
	    clockwatch_tell(&d->watch, d->given.engine, d->record, e) &&
	    started(d, e) && follow_config(d, e) && look_and_advance(d, e);
}

/* Genesis, by `tagseal init` only. */
static bool
begin(struct desk *d, struct err *e)
{
	const char *repo = arena_text(d->arena, d->given.config_repo);

	if (repo == NULL)
		return err_budget(e, d->arena);
	return desk_linked(d, clock_in(LINK_TIME), e) &&
	    follow_start(d, e) && record_begin(d->record,
	    chain_config(d->chain)->organization.ledger.id, repo, e) &&
	    follow_config(d, e);
}

/* ---- from start to end ---- */

static bool
confine(struct desk *d, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(LIMIT_OBJECT_MEMORY);
	const char *mirrors = arena_text(a, d->given.mirrors);
	const char *state = arena_text(a, d->given.state);
	const char *user = arena_text(a, d->given.role.user);
	const char *recovery = arena_text(a, d->given.recovery);
	const char *const read[] = { mirrors, recovery, NULL };
	const char *const write[] = { state, NULL };

	if (mirrors == NULL || state == NULL || user == NULL ||
	    recovery == NULL)
		return err_budget(e, a);
	crypto_start();
	if (!sandbox_enter(SANDBOX_JUDGE, &(struct sandbox_terms){
	    .read = read, .write = write,
	    .user = user[0] == '\0' ? NULL : user,
	    .where_possible = d->given.role.where_possible }, &d->sandbox, e))
		return false;
	sandbox_log(&d->log, &d->sandbox);
	return true;
}

static bool
settle_in(struct desk *d, struct err *e)
{
	CLEANUP(buf_done) struct buf settings = { 0 };
	struct order order = { .fd = -1 };

	d->seat = seat_open(PROCESS_CHANNEL);
	if (!seat_order(&d->seat, &order, clock_in(SETTINGS_TIME), e))
		return false;
	CLEANUP(fd_done) int fd = order.fd;
	if (order.kind != ORDER_SETTINGS)
		return err_set(e, ERR_PROCESS_PROTOCOL,
		    "the settings did not come first");
	d->source = (struct verifier_source){ verifier_open, d };
	return file_load_fd(fd, "settings", SETTINGS_LIMIT, &settings, e) &&
	    desk_open(d, buf_span(&settings), e) && confine(d, e) &&
	    repository_sweep(d->store, e);
}

/* Nothing is written between two passes, and nothing pushed. */
static void
tidy(const struct desk *d)
{
	char count[32];
	size_t packed;
	struct err e;

	if (!repository_pack(d->store, PACK_LEAST, &packed, &e)) {
		log_err(&d->log, "ledger.not-packed", &e);
		return;
	}
	snprintf(count, sizeof(count), "%zu", packed);
	if (packed > 0)
		LOG(&d->log, LOG_LEVEL_INFO, "ledger.packed",
		    { "objects", count });
}

static bool
pass_tidily(struct desk *d, struct err *e)
{
	if (!pass(d, e))
		return false;
	tidy(d);
	return true;
}

/*
 * Until the next pass people are told of what was written. After one that
 * failed, errands that are ready are left alone.
 */
static bool
rest(struct desk *d, bool ok, int64_t deadline, struct err *e)
{
	do {
		notices_advance(d);
		int64_t due = notices_due(d);
		if (!desk_rest(d, ok, due < deadline ? due : deadline, e))
			return false;
	} while (notices_ready(d) && clock_left(deadline) != 0 &&
	    !d->stopped && !(ok && desk_called(d)));
	return true;
}

/* A single pass tells all that it can, and does not try twice. */
static bool
tell_all(struct desk *d, struct err *e)
{
	for (;;) {
		notices_advance(d);
		if (!notices_busy(d) || d->stopped)
			return true;
		if (!desk_rest(d, false, notices_due(d), e))
			return false;
	}
}

/* A pass that failed is tried again soon, and later than the last time. */
static bool
work(struct desk *d, struct err *e)
{
	int64_t poll = (int64_t)d->given.poll * 1000;

	while (!d->stopped) {
		struct err why;
		bool ok = pass_tidily(d, &why);

		if (!ok) {
			log_err(&d->log, why.what->kind == ERR_KIND_ALARM ?
			    "judge.alarm" : "judge.pass", &why);
			if (!desk_mend(d, &why, e))
				return false;
			if (d->record != NULL && record_is_lost(d->record)) {
				*e = why;
				return false;
			}
		}
		int64_t pause = ok || poll < RETRY ? poll : RETRY;
		if (!rest(d, ok, clock_in(pause), e))
			return false;
	}
	return true;
}

static void
farewell(struct desk *d)
{
	struct json *v;
	struct err e;

	if (!d->announced || !d->stopped || d->courier.fd < 0 ||
	    d->signer.fd < 0)
		return;
	v = json_map();
	json_put_text(v, "reason", "it was asked to");
	if (!presence(d, "engine.stopped", v, &e))
		log_err(&d->log, "judge.farewell", &e);
}

/* What was written is told, also when the pass has failed. */
static bool
once(struct desk *d, struct err *e)
{
	bool ok = pass_tidily(d, e);
	struct err why;

	return tell_all(d, ok ? e : &why) && ok;
}

static bool
run(struct desk *d, struct err *e)
{
	if (!settle_in(d, e))
		return false;
	bool ok = d->given.begins ? begin(d, e) : d->given.once ?
	    once(d, e) : work(d, e);
	farewell(d);
	verifier_close(d);
	return ok;
}

int
judge_main(int argc, char **argv)
{
	struct desk d = { .courier = { .fd = -1 }, .signer = { .fd = -1 },
	    .verifier = { .channel = { .fd = -1 } } };
	struct err e;

	(void)argc;
	(void)argv;
	signal(SIGPIPE, SIG_IGN);
	bool ok = run(&d, &e);
	if (!ok && err_is(&e, ERR_CHANNEL_CLOSED) && d.stopped)
		ok = true;
	if (!ok)
		log_err(d.log.process != NULL ? &d.log :
		    &(struct log){ .fd = 2, .process = "judge" },
		    "judge.ended", &e);
	desk_done(&d);
	return ok ? 0 : err_exit_code(e.what->kind);
}

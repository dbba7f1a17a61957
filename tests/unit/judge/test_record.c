/*
 * record: the ledger's writer with a real signer on SoftHSM, a real courier,
 * and a bare repository as the host.
 *
 * This program starts itself as "@signer" and "@courier"; started with "crash"
 * it runs the long test alone. Engines of one world have the same keys and
 * each a store, a mirror and a signer's state.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "courier/courier.h"
#include "daemon/team.h"
#include "judge/record.h"
#include "ledger/format.h"
#include "signer/signer.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "test.h"
#include "token.h"
#include "wire/courier.h"

#define ORIGIN		"acme.example/tagseal"
#define CONFIG_REPO	"0b7e0000-0000-4000-8000-000000000002"
#define PATIENCE	60000	/* ms */
#define REQUEST		"sr-0123456789abcdef0123456789abcdef" \
			"0123456789abcdef0123456789abcdef"
#define BRANCH		"refs/heads/tagseal/ledger"
#define ENGINES		3

static const struct {
	const char	*label;
	const char	*algorithm;
} keys[] = {
	{ "log", "ed25519" }, { "commit", "ec-p256" },
	{ "release", "ec-p256" },
};

/* Each engine's UUID. */
static const char *const uuids[ENGINES] = {
	"6f1c0d2e-0000-4000-8000-000000000001",
	"6f1c0d2e-0000-4000-8000-000000000002",
	"6f1c0d2e-0000-4000-8000-000000000003",
};

struct engine {
	char			 store[96], mirror[96], mirrors[96], url[96];
	struct process		 processes[2];	/* signer, courier */
	struct channel		 signer, courier;
	struct record_terms	 terms;
	struct record		*record;
	uint64_t		 seen;		/* events that the reader got */
};

struct world {
	struct token	 token;
	struct arena	*arena;
	int		 states[ENGINES];	/* files of the signers */
	struct engine	 engines[ENGINES];
};

/* ---- the other processes ---- */

static int
signer_main(int argc, char **argv)
{
	struct log log = { .fd = -1, .process = "signer" };
	struct keystore_terms token = { .module = SOFTHSM,
	    .token = SPAN_TEXT("acme"),
	    .pin = { .from = PIN_FILE, .name = argv[2] } };
	struct signer_terms terms = { .tokens = &token, .token_count = 1,
	    .log = &log, .peer = "test", .state = PROCESS_FIRST_FD,
	    .begins = true, .engine = span_text(argv[3]), .origin = SPAN_TEXT(ORIGIN) };
	struct err e;

	return argc == 4 && signer_run(&terms, PROCESS_CHANNEL, &e) ? 0 : 1;
}

static int
process_run(const char *role, const char *const *arguments, int file,
    struct process *out)
{
	const char *keep[] = { "SOFTHSM2_CONF", NULL };
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	struct inherit give[] = { { pair[1], PROCESS_CHANNEL },
	    { file, PROCESS_FIRST_FD } };
	const struct process_plan plan = { .role = role, .inherit = give,
	    .count = 2, .arguments = arguments, .keep = keep };
	assert_ok(process_start(&plan, out, &e), &e);
	close(pair[1]);
	return pair[0];
}

static int
courier_run(struct world *w, struct engine *n)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span stores[] = { span_text(n->store) };
	struct span hosts[] = { span_text(w->token.folder) };
	const struct courier_settings s = { .where_possible = true,
	    .mirrors = span_text(n->mirrors), .stores = stores,
	    .store_count = 1, .repositories = hosts, .repository_count = 1 };

	courier_settings_write(&s, &b);
	CLEANUP(fd_done) int fd = scratch_file(buf_span(&b));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	const char *arguments[] = { "local", NULL };
	return process_run("courier", arguments, fd, &n->processes[1]);
}

/* ---- an engine ---- */

static bool
on_event(void *arg, const struct event *ev, struct err *e)
{
	struct engine *n = arg;

	(void)e;
	assert_int_equal(ev->n, n->seen);
	n->seen++;
	return true;
}

static bool
about(void *arg, struct span request, struct event_about *out)
{
	(void)arg;
	*out = (struct event_about){ SPAN_TEXT("acme-app"),
	    SPAN_TEXT("release-signing"), SPAN_TEXT("refs/tags/v1.2.3") };
	return span_is(request, REQUEST);
}

static void
engine_start(struct world *w, size_t i)
{
	struct engine *n = &w->engines[i];
	const char *arguments[] = { w->token.pin, uuids[i], NULL };

	run_ok("mkdir -p %s", n->mirrors);
	int signer = process_run("signer", arguments, w->states[i],
	    &n->processes[0]);
	n->signer = channel_open(signer, "signer", signer_answers,
	    signer_answer_count);
	n->courier = channel_open(courier_run(w, n), "courier",
	    courier_answers, courier_answer_count);
	n->terms = (struct record_terms){
		.store = n->store, .mirror = n->mirror,
		.mirror_name = SPAN_TEXT("config"), .url = span_text(n->url),
		.ref = BRANCH,
		.signer = &n->signer, .courier = &n->courier,
		.log_key = SPAN_TEXT("pkcs11:token=acme;object=log"),
		.commit_key = SPAN_TEXT("pkcs11:token=acme;object=commit"),
		.engine = uuids[i], .reader = { on_event, n },
		.about = about,
		.patience = PATIENCE,
	};
	n->seen = 0;
}

static void
engine_stop(struct engine *n)
{
	struct process_end end;
	struct err e;

	record_free(TAKE(n->record));
	channel_done(&n->signer);
	channel_done(&n->courier);
	for (size_t i = 0; i < 2; i++) {
		assert_ok(process_wait(&n->processes[i], clock_in(PATIENCE),
		    &end, &e), &e);
		assert_int_equal(end.code, 0);
	}
}

/* engine_open starts an engine that finds a ledger. */
static struct engine *
engine_open(struct world *w, size_t i)
{
	struct engine *n = &w->engines[i];
	struct err e;

	engine_start(w, i);
	assert_ok(record_open(&n->terms, &n->record, &e), &e);
	assert_int_equal(n->seen, ledger_size(record_ledger(n->record)));
	return n;
}

static void
keys_make(struct world *w)
{
	struct keystore_terms t = token_terms(&w->token, "acme");
	struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	assert_ok(keystore_open(&t, &s, &e), &e);
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct key_plan plan = { span_text(keys[i].algorithm),
		    span_text(keys[i].label) };
		assert_ok(keystore_make(s, &plan, &k, &e), &e);
	}
	keystore_close(s);
}

static void
engine_name(struct world *w, size_t i)
{
	struct engine *n = &w->engines[i];
	const char *at = w->token.folder;

	snprintf(n->store, sizeof(n->store), "%s/%zu/store.git", at, i);
	snprintf(n->mirrors, sizeof(n->mirrors), "%s/%zu/mirrors", at, i);
	snprintf(n->mirror, sizeof(n->mirror), "%s/%zu/mirrors/config.git", at,
	    i);
	snprintf(n->url, sizeof(n->url), "%s/host.git", at);
	w->states[i] = scratch_file(span_text(""));
}

/* A world with a ledger of one event, and no engine at work. */
static int
world_open(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct err e;

	token_make(&w->token, "acme");
	keys_make(w);
	w->arena = arena_new((size_t)64 << 20);
	run_ok("git init -q --bare %s/host.git", w->token.folder);
	for (size_t i = 0; i < ENGINES; i++)
		engine_name(w, i);
	engine_start(w, 0);
	struct engine *n = &w->engines[0];
	n->terms.begins = true;
	assert_ok(record_open(&n->terms, &n->record, &e), &e);
	assert_ok(record_begin(n->record, SPAN_TEXT(ORIGIN), CONFIG_REPO, &e),
	    &e);
	assert_int_equal(n->seen, 1);
	assert_false(record_begin(n->record, SPAN_TEXT(ORIGIN), CONFIG_REPO,
	    &e));
	assert_err(&e, ERR_LEDGER_ORDER);
	engine_stop(n);
	*state = w;
	return 0;
}

static int
world_close(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < ENGINES; i++)
		close(w->states[i]);
	arena_free(w->arena);
	token_done(&w->token);
	free(w);
	return 0;
}

static bool
add(struct engine *n, const char *reason, struct err *e)
{
	struct json *v = json_map();

	json_put_text(v, "reason", reason);
	return record_add(n->record, "engine.stopped", v, NULL, e);
}

static bool
append(struct engine *n, const char *reason, struct err *e)
{
	return add(n, reason, e) && record_commit(n->record, e);
}

/* ---- tests ---- */

#define TIMED	20

static void
what_is_recorded_is_at_the_host_and_git_verifies_it(void **state)
{
	struct world *w = *state;
	struct engine *n = engine_open(w, 0);
	CLEANUP(buf_done) struct buf signers = { 0 };
	char path[128];
	struct err e;

	int64_t start = clock_monotonic();
	for (int i = 0; i < TIMED; i++)
		assert_ok(append(n, "maintenance", &e), &e);
	print_message("%d ms for each commit\n",
	    (int)(clock_monotonic() - start) / TIMED);
	assert_ok(add(n, "one", &e) && append(n, "two", &e), &e);
	assert_int_equal(n->seen, TIMED + 3);
	ledger_allowed_signers(ledger_format(record_ledger(n->record)),
	    &signers);
	snprintf(path, sizeof(path), "%s/signers", w->token.folder);
	assert_ok(file_replace_span(path, buf_span(&signers), FILE_PLAIN, &e),
	    &e);
	run_ok("cd %s/host.git && git fsck --strict >/dev/null 2>&1 && "
	    "test $(git rev-list --count tagseal/ledger) = %d && "
	    "for c in $(git rev-list tagseal/ledger); do git -c "
	    "gpg.ssh.allowedSignersFile=%s verify-commit $c 2>/dev/null || "
	    "exit 1; done", w->token.folder, TIMED + 2, path);
	engine_stop(n);
}

static struct span
release_key(struct world *w, struct engine *n)
{
	const struct open_item item = { SIGNER_USE_SIGN,
	    SPAN_TEXT("pkcs11:token=acme;object=release") };
	const struct stream_question q = { SIGNER_OPEN, SIGNER_OPENED,
	    SIGNER_FAILED, SIGNER_MESSAGE_LIMIT, PATIENCE, NULL, 0 };
	CLEANUP(buf_done) struct buf body = { 0 }, answer = { 0 };
	struct key_record *records;
	size_t count;
	struct err e;

	open_write(&item, 1, &body);
	assert_ok(stream_ask(&n->signer, &q, buf_span(&body), &answer, &e),
	    &e);
	assert_ok(key_records_read(buf_span(&answer), w->arena, &records,
	    &count, &e), &e);
	assert_null(records[0].err.what);
	return records[0].public_key;
}

static void
a_key_signs_what_was_intended_and_its_use_is_recorded(void **state)
{
	struct world *w = *state;
	struct engine *n = engine_open(w, 0);
	struct sign_item items[3] = { { .file = SPAN_TEXT("a.exe") } };
	CLEANUP(record_leave_done) struct record_leave leave = { .n = 0 };
	CLEANUP(record_leave_done) struct record_leave next = { .n = 0 };
	struct signature_item *values;
	size_t count;
	struct err e;

	for (size_t i = 0; i < COUNT(items); i++)
		items[i] = (struct sign_item){ SPAN_TEXT("a.exe"), {
		    .kind = SIGNATURE_ECDSA_SHA256,
		    .digest = digest_of(DIGEST_SHA256, SPAN(&i)) } };
	const struct record_intent intent = { REQUEST, 1, 0, "release",
	    release_key(w, n), items, COUNT(items) };
	assert_ok(record_intend(n->record, &intent, &leave, &e), &e);
	assert_ok(record_commit(n->record, &e), &e);
	assert_ok(record_sign(n->record, &leave, w->arena, &values, &count,
	    &e), &e);
	assert_int_equal(count, COUNT(items));
	for (size_t i = 0; i < count; i++)
		assert_ok(signature_check(intent.public_key,
		    &items[i].to_be_signed, values[i].value, &e), &e);
	/* Its use and the next intent share a commit. */
	assert_ok(record_used(n->record, &intent, &leave, values, NULL, &e),
	    &e);
	assert_ok(record_intend(n->record, &intent, &next, &e), &e);
	assert_ok(record_commit(n->record, &e), &e);
	assert_int_equal(next.n, leave.n + 2);
	assert_int_equal(n->seen, next.n + 1);
	/* An intent is good for one time. */
	assert_false(record_sign(n->record, &leave, w->arena, &values, &count,
	    &e));
	assert_err(&e, ERR_SIGNER_REPLAY);
	/* One that was put aside only is good for nothing. */
	CLEANUP(record_leave_done) struct record_leave aside = { .n = 0 };
	assert_ok(record_intend(n->record, &intent, &aside, &e), &e);
	assert_false(record_sign(n->record, &aside, w->arena, &values, &count,
	    &e));
	assert_err(&e, ERR_LEDGER_NO_EVENT);
	run_ok("cd %s/host.git && git log -p tagseal/ledger | grep -q "
	    "signature_sha256", w->token.folder);
	engine_stop(n);
}

/* One item does not fit the key; what became of the others is known. */
static void
what_failed_is_recorded_beside_what_was_made(void **state)
{
	struct world *w = *state;
	struct engine *n = engine_open(w, 0);
	const struct sign_item items[] = {
		{ SPAN_TEXT("a.exe"), { .kind = SIGNATURE_ECDSA_SHA256,
		    .digest = digest_of(DIGEST_SHA256, SPAN_TEXT("a")) } },
		{ SPAN_TEXT("b"), { .kind = SIGNATURE_ED25519,
		    .message = SPAN_TEXT("another algorithm") } },
	};
	const struct record_intent intent = { REQUEST, 1, 0, "release",
	    release_key(w, n), items, COUNT(items) };
	CLEANUP(record_leave_done) struct record_leave leave = { .n = 0 };
	struct signature_item *values;
	size_t count;
	struct err e;

	assert_ok(record_intend(n->record, &intent, &leave, &e), &e);
	assert_ok(record_commit(n->record, &e), &e);
	assert_ok(record_sign(n->record, &leave, w->arena, &values, &count,
	    &e), &e);
	assert_int_equal(count, COUNT(items));
	assert_null(values[0].err.what);
	assert_err(&values[1].err, ERR_SIGNATURE_UNFIT);
	assert_ok(record_used(n->record, &intent, &leave, values, NULL, &e),
	    &e);
	assert_ok(record_commit(n->record, &e), &e);
	engine_stop(n);
	run_ok("cd %s/host.git && git log -p tagseal/ledger > ../log && "
	    "test $(grep -c '^+.*signature_sha256' ../log) = 1 && "
	    "grep '\"type\":\"keys.used\"' ../log | grep '\"count\":2,' | "
	    "grep '\"failed\":1,' | grep '\"made\":1,' | "
	    "grep -q '\"signer_count\":2,'", w->token.folder);
}

/* Two engines, one set of keys: B's judge shows B's signer what A intends. */
static void
the_signer_of_another_engine_signs_no_intent(void **state)
{
	struct world *w = *state;
	struct engine *a = engine_open(w, 0), *b = engine_open(w, 1);
	const struct sign_item item = { SPAN_TEXT("a.exe"), {
	    .kind = SIGNATURE_ECDSA_SHA256,
	    .digest = digest_of(DIGEST_SHA256, SPAN_TEXT("a")) } };
	const struct record_intent intent = { REQUEST, 1, 0, "release",
	    release_key(w, a), &item, 1 };
	CLEANUP(record_leave_done) struct record_leave leave = { .n = 0 };
	struct signature_item *values;
	size_t count;
	struct err e;

	release_key(w, b);
	assert_ok(record_intend(a->record, &intent, &leave, &e), &e);
	assert_ok(record_commit(a->record, &e), &e);
	assert_ok(record_refresh(b->record, &e), &e);
	record_drop(b->record);
	assert_ok(append(b, "b countersigns what a wrote", &e), &e);
	assert_ok(append(b, "and once more", &e), &e);
	assert_false(record_sign(b->record, &leave, w->arena, &values, &count,
	    &e));
	assert_err(&e, ERR_SIGNER_ENGINE);
	/* It is still good where it was made. */
	assert_ok(record_sign(a->record, &leave, w->arena, &values, &count,
	    &e), &e);
	assert_int_equal(count, 1);
	engine_stop(a);
	engine_stop(b);
}

static void
who_loses_a_race_decides_again(void **state)
{
	struct world *w = *state;
	struct engine *a = engine_open(w, 0), *b = engine_open(w, 1);
	struct err e;

	assert_ok(append(a, "a was first", &e), &e);
	assert_false(append(b, "b was late", &e));
	assert_err(&e, ERR_RECORD_CONFLICT);
	assert_int_equal(b->seen, 2);
	assert_ok(append(b, "b knows of a", &e), &e);
	assert_int_equal(b->seen, 3);
	/* What was decided before others wrote is not written after. */
	assert_ok(add(a, "put aside", &e), &e);
	assert_ok(record_refresh(a->record, &e), &e);
	assert_int_equal(a->seen, 3);
	assert_false(record_commit(a->record, &e));
	assert_err(&e, ERR_RECORD_CONFLICT);
	assert_ok(append(a, "a knows of b", &e), &e);
	engine_stop(a);
	engine_stop(b);
	/* An engine that has nothing gets all of it from the host. */
	struct engine *c = engine_open(w, 2);
	assert_int_equal(c->seen, 4);
	assert_ok(append(c, "c", &e), &e);
	engine_stop(c);
	run_ok("git -C %s fsck --strict >/dev/null 2>&1",
	    w->engines[2].store);
}

static void
a_host_that_is_away_costs_nothing(void **state)
{
	struct world *w = *state;
	struct engine *n = engine_open(w, 0);
	struct err e;

	run_ok("mv %s/host.git %s/away", w->token.folder, w->token.folder);
	assert_false(append(n, "nobody hears", &e));
	assert_err(&e, ERR_NET_UNREACHABLE);
	assert_false(append(n, "nobody hears", &e));
	assert_err(&e, ERR_NET_UNREACHABLE);
	run_ok("mv %s/away %s/host.git", w->token.folder, w->token.folder);
	assert_ok(append(n, "back again", &e), &e);
	assert_int_equal(n->seen, 2);
	engine_stop(n);
}

/* Who is told of an alarm. */
struct keeper {
	bool		 keeps;
	unsigned	 told;
};

static bool
on_alarmed(void *arg, struct ledger *l, const struct err *why)
{
	struct keeper *k = arg;

	k->told += why->what->kind == ERR_KIND_ALARM && ledger_size(l) > 1;
	return k->keeps;
}

#define SET	"git update-ref " BRANCH " "
#define GONE	"git update-ref -d " BRANCH
#define AFTER(n)	"$(git -c user.name=x -c user.email=x@example.org "	\
			"commit-tree -m x -p " BRANCH n " " BRANCH "^{tree})"

/*
 * Each rewrites the branch; the engine stops, and goes on when the host is
 * mended if somebody keeps the alarm and nothing bad was read.
 */
static void
a_rewritten_branch_is_an_alarm_and_the_end(void **state)
{
	struct world *w = *state;
	static const struct {
		const char	*rewrite;
		enum err_code	 code;
		bool		 kept, lost;
	} cases[] = {
		{ SET BRANCH "~1", ERR_LEDGER_REWIND, true, false },
		{ GONE, ERR_LEDGER_REWIND, true, false },
		{ GONE, ERR_LEDGER_REWIND, false, true },
		{ SET AFTER("~1"), ERR_LEDGER_REWIND, true, false },
		{ SET AFTER(""), ERR_LEDGER_SIGNER, true, true },
	};
	struct err e;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct keeper k = { .keeps = cases[i].kept };
		struct engine *n = engine_open(w, 0);

		assert_ok(append(n, "something", &e), &e);
		n->terms.alarmed = on_alarmed;
		n->terms.alarmed_arg = &k;
		run_ok("cd %s/host.git && git rev-parse " BRANCH " > ../good "
		    "&& %s", w->token.folder, cases[i].rewrite);
		assert_false(append(n, "late", &e));
		assert_err(&e, cases[i].code);
		run_ok("cd %s/host.git && " SET "$(cat ../good)",
		    w->token.folder);
		assert_false(append(n, "not before it is asked", &e));
		assert_int_equal(k.told, 1);
		assert_int_equal(record_is_lost(n->record), cases[i].lost);
		assert_int_equal(record_refresh(n->record, &e) &&
		    append(n, "later", &e), !cases[i].lost);
		engine_stop(n);
	}
}

static void
the_signer_remembers_what_host_and_store_forgot(void **state)
{
	struct world *w = *state;
	struct engine *n = engine_open(w, 0);
	struct err e;

	assert_ok(append(n, "to be forgotten", &e), &e);
	engine_stop(n);
	run_ok("rm -rf %s && cd %s/host.git && git update-ref "
	    "refs/heads/tagseal/ledger tagseal/ledger~1", n->store,
	    w->token.folder);
	engine_start(w, 0);
	assert_false(record_open(&n->terms, &n->record, &e));
	assert_err(&e, ERR_LEDGER_REWIND);
	engine_stop(n);
	/* Without a branch, nothing begins by itself. */
	run_ok("cd %s/host.git && git update-ref -d "
	    "refs/heads/tagseal/ledger", w->token.folder);
	engine_start(w, 0);
	assert_false(record_open(&n->terms, &n->record, &e));
	assert_err(&e, ERR_LEDGER_REWIND);
	engine_stop(n);
}

static void
keys_that_the_ledger_does_not_name_are_refused(void **state)
{
	struct world *w = *state;
	struct engine *n = &w->engines[1];
	struct err e;

	engine_start(w, 1);
	n->terms.commit_key = SPAN_TEXT("pkcs11:token=acme;object=release");
	assert_false(record_open(&n->terms, &n->record, &e));
	assert_err(&e, ERR_SIGNER_KEY);
	engine_stop(n);
}

/* ---- a crash between any two messages ---- */

/* Between record and a peer: ends this process at a frame of its choice. */
struct relay {
	int		 here, there;
	atomic_int	*left;		/* frames until the end */
};

static void
frame_pass(struct relay *r, int from, int to)
{
	uint8_t frame[LIMIT_FRAME + 64];
	ssize_t n = recv(from, frame, sizeof(frame), 0);

	if (n <= 0)
		_exit(99);
	if (atomic_fetch_sub(r->left, 1) == 1)
		_exit(7);
	if (send(to, frame, (size_t)n, MSG_NOSIGNAL) != n)
		_exit(98);
}

static void *
relay_main(void *arg)
{
	struct relay *r = arg;

	for (;;) {
		struct pollfd p[] = { { r->here, POLLIN, 0 },
		    { r->there, POLLIN, 0 } };

		if (poll(p, 2, -1) < 0)
			_exit(97);
		if (p[0].revents != 0)
			frame_pass(r, r->here, r->there);
		if (p[1].revents != 0)
			frame_pass(r, r->there, r->here);
	}
	return NULL;
}

static void
relay_start(struct relay *r, struct channel *c, atomic_int *left)
{
	pthread_t thread;
	int pair[2];
	struct err e;

	if (!channel_pair(pair, &e))
		_exit(96);
	*r = (struct relay){ pair[1], c->fd, left };
	c->fd = pair[0];
	if (pthread_create(&thread, NULL, relay_main, r) != 0)
		_exit(95);
}

/* Ends with 7 after so many frames, with 42 when all was done before. */
static void
crash_after(struct world *w, int frames)
{
	static struct relay relays[2];
	static atomic_int left;
	struct engine *n = &w->engines[0];
	struct err e;

	engine_start(w, 0);
	left = frames;
	relay_start(&relays[0], &n->signer, &left);
	relay_start(&relays[1], &n->courier, &left);
	bool ok = record_open(&n->terms, &n->record, &e) &&
	    append(n, "crashing", &e);
	_exit(ok ? 42 : 94);
}

/* The host's ledger is whole for somebody who trusts only the log's key. */
static uint64_t
host_size(struct world *w)
{
	CLEANUP(repository_done) struct repository *r = NULL;
	CLEANUP(ledger_done) struct ledger *l = NULL;
	const struct ledger_trust trust = { .log_key = { NULL, 0 } };
	struct object_id head;
	struct err e;

	assert_ok(repository_open(w->engines[0].url, &r, &e), &e);
	l = ledger_new(r, &trust, NULL);
	assert_ok(ref_read(r, BRANCH, &head, &e), &e);
	assert_ok(ledger_advance(l, &head, &e), &e);
	return ledger_size(l);
}

/* Whatever an engine makes of its state: the ledger stays one to read on. */
static void
what_cannot_follow_is_not_written(void **state)
{
	struct world *w = *state;
	struct engine *n = &w->engines[0];
	CLEANUP(fold_done) struct fold *fold = fold_new();
	struct json *v = json_map();
	struct err e;

	engine_start(w, 0);
	n->terms.reader = (struct ledger_reader){ fold_event, fold };
	n->terms.fold = fold;
	assert_ok(record_open(&n->terms, &n->record, &e), &e);
	uint64_t before = host_size(w);
	json_put_text(v, "request", REQUEST);
	json_put_int(v, "artifacts", 1);
	assert_ok(add(n, "one", &e), &e);
	assert_ok(record_add(n->record, "request.completed", v, NULL, &e), &e);
	assert_false(record_commit(n->record, &e));
	assert_err(&e, ERR_RECORD_UNFIT);
	assert_int_equal(host_size(w), before);
	assert_ok(append(n, "two", &e), &e);
	assert_int_equal(host_size(w), before + 1);
	assert_int_equal(fold_size(fold),
	    ledger_size(record_ledger(n->record)));
	engine_stop(n);
}

static void
after_a_crash_at_any_step_the_ledger_goes_on(void **state)
{
	struct world *w = *state;
	int status = 0, frames = 0;
	struct err e;

	do {
		uint64_t before = host_size(w);

		fflush(NULL);
		pid_t child = fork();
		if (child == 0)
			crash_after(w, ++frames);
		frames++;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) != 7 && WEXITSTATUS(status) != 42)
			fail_msg("after %d frames: exit code %d", frames,
			    WEXITSTATUS(status));
		uint64_t after = host_size(w);
		assert_true(after == before || after == before + 1);
		struct engine *n = engine_open(w, 0);
		assert_int_equal(n->seen, after);
		assert_ok(append(n, "going on", &e), &e);
		engine_stop(n);
		assert_int_equal(host_size(w), after + 1);
	} while (WEXITSTATUS(status) == 7);
	print_message("%d steps\n", frames);
	assert_true(frames > 12);
}

#define WORLD_TEST(function) \
	cmocka_unit_test_setup_teardown(function, world_open, world_close)

static int
tests_run(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(
		    what_is_recorded_is_at_the_host_and_git_verifies_it),
		WORLD_TEST(what_cannot_follow_is_not_written),
		WORLD_TEST(
		    a_key_signs_what_was_intended_and_its_use_is_recorded),
		WORLD_TEST(what_failed_is_recorded_beside_what_was_made),
		WORLD_TEST(the_signer_of_another_engine_signs_no_intent),
		WORLD_TEST(who_loses_a_race_decides_again),
		WORLD_TEST(a_host_that_is_away_costs_nothing),
		WORLD_TEST(a_rewritten_branch_is_an_alarm_and_the_end),
		WORLD_TEST(the_signer_remembers_what_host_and_store_forgot),
		WORLD_TEST(keys_that_the_ledger_does_not_name_are_refused),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

static int
crash_run(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(after_a_crash_at_any_step_the_ledger_goes_on),
	};

	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	static const struct role_main roles[] = {
		{ "signer", signer_main }, { "courier", courier_main },
	};
	int code;

	if (team_role(roles, COUNT(roles), argc, argv, &code))
		return code;
	return argc > 1 && strcmp(argv[1], "crash") == 0 ? crash_run() :
	    tests_run();
}

/*
 * record: the ledger's writer (see record_world.h). Started with "crash" it
 * runs the long test alone.
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
#include "ledger/format.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/process.h"
#include "record_world.h"
#include "test.h"
#include "wire/courier.h"

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
	engines_allowed(ledger_engines(record_ledger(n->record)),
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

static struct record_key
release_key(struct world *w, struct engine *n)
{
	struct record_key key;
	struct err e;

	assert_ok(record_key(n->record, SPAN_TEXT("pkcs11:token=acme;"
	    "object=release"), w->arena, &key, &e), &e);
	assert_true(span_is(key.token, "acme"));
	assert_true(key.serial.len > 0);
	return key;
}

static struct digest
release_certificate(void)
{
	return digest_of(DIGEST_SHA256, SPAN_TEXT("a certificate"));
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
	const struct record_key key = release_key(w, n);
	const struct record_intent intent = { REQUEST, 1, 0, "release",
	    release_certificate(), &key, items, COUNT(items) };
	assert_ok(record_intend(n->record, &intent, &leave, &e), &e);
	assert_ok(record_commit(n->record, &e), &e);
	assert_ok(record_sign(n->record, &leave, w->arena, &values, &count,
	    &e), &e);
	assert_int_equal(count, COUNT(items));
	for (size_t i = 0; i < count; i++)
		assert_ok(signature_check(key.public_key,
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
	const struct record_key key = release_key(w, n);
	const struct record_intent intent = { REQUEST, 1, 0, "release",
	    release_certificate(), &key, items, COUNT(items) };
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
	struct engine *a = engine_open(w, 0), *b = engine_join(w, a, 1);
	const struct sign_item item = { SPAN_TEXT("a.exe"), {
	    .kind = SIGNATURE_ECDSA_SHA256,
	    .digest = digest_of(DIGEST_SHA256, SPAN_TEXT("a")) } };
	const struct record_key key = release_key(w, a);
	const struct record_intent intent = { REQUEST, 1, 0, "release",
	    release_certificate(), &key, &item, 1 };
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
	struct engine *a = engine_open(w, 0), *b = engine_join(w, a, 1);
	struct err e;

	assert_ok(append(a, "a was first", &e), &e);
	assert_false(append(b, "b was late", &e));
	assert_err(&e, ERR_RECORD_CONFLICT);
	assert_int_equal(b->seen, 3);
	assert_ok(append(b, "b knows of a", &e), &e);
	assert_int_equal(b->seen, 4);
	/* What was decided before others wrote is not written after. */
	assert_ok(add(a, "put aside", &e), &e);
	assert_ok(record_refresh(a->record, &e), &e);
	assert_int_equal(a->seen, 4);
	assert_false(record_commit(a->record, &e));
	assert_err(&e, ERR_RECORD_CONFLICT);
	assert_ok(append(a, "a knows of b", &e), &e);
	/* An engine that has nothing gets all of it from the host. */
	struct engine *c = engine_join(w, a, 2);
	assert_int_equal(c->seen, 6);
	assert_ok(append(c, "c", &e), &e);
	/* One that is retired writes no more, and so does its key. */
	assert_ok(record_refresh(b->record, &e), &e);
	record_drop(b->record);
	assert_ok(engine_says(b, "engine.retired", "retired", engine_ids[0],
	    (struct span){ NULL, 0 }, &e), &e);
	assert_ok(record_refresh(a->record, &e), &e);
	record_drop(a->record);
	assert_false(append(a, "a", &e));
	assert_err(&e, ERR_ENGINE_RETIRED);
	engine_stop(a);
	engine_stop(b);
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
	struct engine *n = &w->engines[0];
	struct err e;

	engine_start(w, 0);
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

/*
 * SoftHSM empties a token's file and writes it anew at each login: if it is
 * killed in between, no engine can bring that back. Real tokens keep
 * themselves; this one is mended.
 */
static void
token_keep(const struct token *t)
{
	run_ok("mkdir %s.kept && cd %s && cp -a --parents */token.object "
	    "%s.kept", t->folder, t->folder, t->folder);
}

static void
token_mend(const struct token *t)
{
	run_ok("cd %s.kept && for f in */token.object; do "
	    "[ $(stat -c %%s $f) -eq $(stat -c %%s %s/$f) ] || "
	    "cp $f %s/$f; done", t->folder, t->folder, t->folder);
}

static void
after_a_crash_at_any_step_the_ledger_goes_on(void **state)
{
	struct world *w = *state;
	int status = 0, frames = 0;
	struct err e;

	token_keep(&w->token);
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
		token_mend(&w->token);
		struct engine *n = engine_open(w, 0);
		assert_int_equal(n->seen, after);
		assert_ok(append(n, "going on", &e), &e);
		engine_stop(n);
		assert_int_equal(host_size(w), after + 1);
	} while (WEXITSTATUS(status) == 7);
	print_message("%d steps\n", frames);
	assert_true(frames > 12);
	run_ok("rm -r %s.kept", w->token.folder);
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
	int code;

	if (world_role(argc, argv, &code))
		return code;
	return argc > 1 && strcmp(argv[1], "crash") == 0 ? crash_run() :
	    tests_run();
}

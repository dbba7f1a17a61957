/*
 * signer: a real process, started as the engine starts it. It gives nothing
 * that the ledger does not name, whatever it is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/canonical.h"
#include "ledger/events.h"
#include "signer/signer.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "test.h"
#include "token.h"

#define ORIGIN		"acme.example/tagseal"
#define ENGINE_ID	"6f1c0000-0000-4000-8000-000000000000"
#define REQUEST_ID							\
	"sr-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PATIENCE	60000	/* ms */

enum { LOG_KEY, COMMIT_KEY, SIGN_KEY, OTHER_KEY, KEYS };

static const struct {
	const char	*label;
	const char	*algorithm;
	enum signer_use	 use;
} keys[KEYS] = {
	{ "log", "ed25519", SIGNER_USE_LOG },
	{ "commit", "ec-p256", SIGNER_USE_COMMIT },
	{ "release", "ec-p256", SIGNER_USE_SIGN },
	{ "other", "ed25519", SIGNER_USE_SIGN },
};

/* One signer, what the judge knows, and a ledger. */
struct world {
	struct token		 token;
	struct process		 process;
	struct channel		 channel;
	int			 state;
	struct arena		*arena;
	struct merkle_tree	 log;
	struct buf		 events[16];
	struct span		 public_keys[KEYS];
	uint64_t		 signed_size;
	struct sign_item	 items[3];
};

/* ---- the other process ---- */

/* As the engine does it; a sanitizer needs more than a signer may have. */
static bool
confined(const char *folder, struct err *e)
{
#ifdef TAGSEAL_SANITIZED
	(void)folder;
	(void)e;
	return true;
#else
	const char *write[] = { folder, NULL };
	struct sandbox_terms t = { .write = write, .where_possible = true };
	struct sandbox_report report;

	return sandbox_enter(SANDBOX_SIGNER, &t, &report, e);
#endif
}

static int
role_main(int argc, char **argv)
{
	struct log log = { .fd = -1, .process = "signer" };
	struct keystore_terms token = {
		.module = SOFTHSM, .token = SPAN_TEXT("acme"),
		.pin = { .from = PIN_FILE, .name = argv[3] } };
	struct signer_terms terms = {
		.local = strcmp(argv[2], "local") == 0,
		.tokens = &token, .token_count = 1, .log = &log,
		.peer = "test", .state = PROCESS_FIRST_FD,
		.engine = SPAN_TEXT(ENGINE_ID),
		.origin = SPAN_TEXT(ORIGIN) };
	CLEANUP(signer_done) struct signer *s = NULL;
	struct err e;

	if (argc != 5)
		return 2;
	if (signer_open(&terms, &s, &e) && confined(argv[4], &e) &&
	    signer_serve(s, PROCESS_CHANNEL, &e))
		return 0;
	err_print(stderr, &e, false);
	return e.what->kind == ERR_KIND_ALARM ? 6 : 1;
}

static void
signer_start(struct world *w, const char *mode)
{
	const char *arguments[] = { mode, w->token.pin, w->token.folder,
	    NULL };
	const char *keep[] = { "SOFTHSM2_CONF", NULL };
	int pair[2];
	struct err e;

	assert_ok(channel_pair(pair, &e), &e);
	struct inherit inherit[] = { { pair[1], PROCESS_CHANNEL },
	    { w->state, PROCESS_FIRST_FD } };
	struct process_plan plan = { .role = "signer",
	    .inherit = inherit, .count = 2, .arguments = arguments,
	    .keep = keep };
	assert_ok(process_start(&plan, &w->process, &e), &e);
	close(pair[1]);
	w->channel = channel_open(pair[0], "signer", signer_answers,
	    signer_answer_count);
}

static int
signer_stop(struct world *w)
{
	struct process_end end;
	struct err e;

	channel_done(&w->channel);
	assert_ok(process_wait(&w->process, clock_in(PATIENCE), &end, &e), &e);
	return end.code;
}

static struct span
ask(struct world *w, uint8_t type, struct buf *body, uint8_t want)
{
	CLEANUP(message_done) struct message m = { .fd_count = 0 };
	struct span out;
	struct err e;

	assert_ok(stream_send(&w->channel, type, buf_span(body), NULL, 0,
	    clock_in(PATIENCE), &e), &e);
	buf_done(body);
	assert_ok(stream_receive(&w->channel, SIGNER_MESSAGE_LIMIT, &m,
	    clock_in(PATIENCE), &e), &e);
	assert_true(arena_copy(w->arena, buf_span(&m.body), &out));
	if (m.type == SIGNER_FAILED && want != SIGNER_FAILED) {
		struct reader r = rd_open(out);
		assert_true(wire_get_err(&r, &e));
		fail_msg("%s: %s", e.what->code, e.text);
	}
	assert_int_equal(m.type, want);
	return out;
}

static void
refused(struct world *w, uint8_t type, struct buf *body, enum err_code code)
{
	struct reader r = rd_open(ask(w, type, body, SIGNER_FAILED));
	struct err e;

	assert_true(wire_get_err(&r, &e));
	assert_err(&e, code);
}

static struct signer_counts
counts_of(struct world *w)
{
	struct buf body = { 0 };
	struct signer_counts c;
	struct err e;

	assert_ok(counts_read(ask(w, SIGNER_COUNT, &body, SIGNER_COUNTED), &c,
	    &e), &e);
	return c;
}

static struct key_record
opened(struct world *w, const char *label, enum signer_use use)
{
	struct buf body = { 0 };
	struct key_record *records;
	char uri[64];
	size_t count;
	struct err e;

	snprintf(uri, sizeof(uri), "pkcs11:token=acme;object=%s", label);
	struct open_item item = { use, span_text(uri) };
	open_write(&item, 1, &body);
	assert_ok(key_records_read(ask(w, SIGNER_OPEN, &body, SIGNER_OPENED),
	    w->arena, &records, &count, &e), &e);
	assert_int_equal(count, 1);
	return records[0];
}

static void
open_all(struct world *w)
{
	for (size_t i = 0; i < KEYS; i++) {
		struct key_record r = opened(w, keys[i].label, keys[i].use);

		assert_null(r.err.what);
		w->public_keys[i] = r.public_key;
	}
}

/* ---- the ledger ---- */

/* As the judge makes it, by the ledger's own table of events. */
static struct json *
intent_of(struct world *w, int key, const struct sign_item *items, size_t count,
    uint64_t n)
{
	CLEANUP(buf_done) struct buf list = { 0 }, event = { 0 };
	struct digest spki = digest_of(DIGEST_SHA256, w->public_keys[key]);
	struct json *v = json_map();
	struct merkle_hash root;
	struct err e;

	assert_ok(sign_list_write(items, count, &list, &root, &e), &e);
	struct digest hash = digest_of(DIGEST_SHA256, buf_span(&list));
	json_put_text(v, "request", REQUEST_ID);
	json_put_int(v, "attempt", 1);
	json_put_int(v, "level", 0);
	json_put_text(v, "certificate", keys[key].label);
	json_put_hex(v, "spki_sha256", digest_span(&spki));
	json_put_int(v, "count", (int64_t)count);
	json_put_hex(v, "root_sha256", merkle_span(&root));
	json_put_hex(v, "list_sha256", digest_span(&hash));
	assert_ok(event_make("keys.intended", n, 0, ENGINE_ID, v, &event, &e),
	    &e);
	assert_ok(json_parse(buf_span(&event), &v, &e), &e);
	return v;
}

/* Appends an event; what is NULL or text stays as bytes of its own. */
static uint64_t
append(struct world *w, struct json *event, const char *text)
{
	uint64_t n = w->log.size;
	struct buf *b = &w->events[n];
	struct err e;

	assert_true(n < COUNT(w->events));
	if (event != NULL) {
		assert_ok(canonical_write(event, b, &e), &e);
		json_release(event);
	} else {
		buf_text(b, text);
	}
	struct merkle_hash leaf = merkle_leaf(buf_span(b));
	merkle_tree_append(&w->log, &leaf);
	return n;
}

static void
checkpoint_body(struct world *w, uint64_t old, uint64_t size, struct buf *body)
{
	CLEANUP(buf_done) struct buf proof = { 0 };
	struct merkle_source source = merkle_tree_source(&w->log);
	struct merkle_proof p = { .count = 0 };
	struct err e;

	if (old <= size)
		assert_ok(merkle_prove_consistency(&source, old, size, &p, &e),
		    &e);
	merkle_proof_write(&p, &proof);
	struct checkpoint_request q = { old, merkle_tree_root(&w->log, old),
	    size, merkle_tree_root(&w->log, size), buf_span(&proof) };
	checkpoint_request_write(&q, body);
}

static void
checkpoint(struct world *w)
{
	struct buf body = { 0 };
	struct note_key key;
	struct checkpoint c;
	struct span note;
	struct err e;

	checkpoint_body(w, w->signed_size, w->log.size, &body);
	assert_ok(text_body_read(ask(w, SIGNER_CHECKPOINT, &body,
	    SIGNER_CHECKPOINTED), &note, &e), &e);
	assert_ok(note_key_make(w->arena, SPAN_TEXT(ORIGIN),
	    w->public_keys[LOG_KEY], &key, &e), &e);
	assert_ok(checkpoint_verify(note, &key, &c, &e), &e);
	assert_int_equal(c.size, w->log.size);
	w->signed_size = w->log.size;
}

static void
sign_body(struct world *w, uint64_t n, const struct sign_item *items,
    size_t count, struct buf *body)
{
	CLEANUP(buf_done) struct buf list = { 0 }, proof = { 0 };
	struct merkle_source source = merkle_tree_source(&w->log);
	struct merkle_hash root;
	struct merkle_proof p;
	struct err e;

	assert_ok(sign_list_write(items, count, &list, &root, &e), &e);
	assert_ok(merkle_prove_inclusion(&source, n, w->log.size, &p, &e), &e);
	merkle_proof_write(&p, &proof);
	struct sign_request q = { buf_span(&w->events[n]), buf_span(&proof),
	    buf_span(&list) };
	sign_write(&q, body);
}

static void
signs(struct world *w, uint64_t n, int key)
{
	struct buf body = { 0 };
	struct signature_item *out;
	size_t count;
	struct err e;

	sign_body(w, n, w->items, COUNT(w->items), &body);
	assert_ok(signed_read(ask(w, SIGNER_SIGN, &body, SIGNER_SIGNED),
	    w->arena, &out, &count, &e), &e);
	assert_int_equal(count, COUNT(w->items));
	for (size_t i = 0; i < count; i++)
		assert_ok(signature_check(w->public_keys[key],
		    &w->items[i].to_be_signed, out[i].value, &e), &e);
}

static void
refuses_sign(struct world *w, uint64_t n, const struct sign_item *items,
    size_t count, enum err_code code)
{
	struct buf body = { 0 };
	uint64_t before = counts_of(w).signatures;

	sign_body(w, n, items, count, &body);
	refused(w, SIGNER_SIGN, &body, code);
	assert_int_equal(counts_of(w).signatures, before);
}

static int
setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	token_make(&w->token, "acme");
	struct keystore_terms t = token_terms(&w->token, "acme");
	assert_ok(keystore_open(&t, &s, &e), &e);
	for (size_t i = 0; i < KEYS; i++) {
		struct key_plan plan = { span_text(keys[i].algorithm),
		    span_text(keys[i].label) };
		assert_ok(keystore_make(s, &plan, &k, &e), &e);
	}
	keystore_close(s);
	w->arena = arena_new(64 * MIB);
	w->state = scratch_file(span_text(""));
	for (size_t i = 0; i < COUNT(w->items); i++) {
		w->items[i].file = SPAN_TEXT("dir/a.exe");
		w->items[i].to_be_signed.kind = SIGNATURE_ECDSA_SHA256;
		w->items[i].to_be_signed.digest = digest_of(DIGEST_SHA256,
		    SPAN(&i));
	}
	*state = w;
	return 0;
}

/* An engine's signer, all keys open, a checkpoint over one event. */
static int
setup_engine(void **state)
{
	setup(state);
	signer_start(*state, "engine");
	open_all(*state);
	append(*state, NULL, "genesis");
	checkpoint(*state);
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	if (w->process.pid != 0)
		assert_int_equal(signer_stop(w), 0);
	for (size_t i = 0; i < COUNT(w->events); i++)
		buf_done(&w->events[i]);
	merkle_tree_done(&w->log);
	close(w->state);
	token_done(&w->token);
	arena_free(w->arena);
	free(w);
	return 0;
}

/* ---- tests ---- */

static void
signs_what_a_proven_intent_names(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);

	checkpoint(w);
	signs(w, n, SIGN_KEY);
	struct signer_counts c = counts_of(w);
	assert_int_equal(c.signatures, 3);
	assert_int_equal(c.checkpoints, 2);
	assert_int_equal(c.next_event, n + 1);
}

static void
signs_messages_for_ed25519(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(w->items); i++)
		w->items[i].to_be_signed = (struct to_be_signed){
		    .kind = SIGNATURE_ED25519,
		    .message = SPAN_TEXT("attributes") };
	uint64_t n = append(w, intent_of(w, OTHER_KEY, w->items, 3, 1), NULL);
	checkpoint(w);
	signs(w, n, OTHER_KEY);
}

static void
refuses_a_wrong_proof(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);

	/* Not yet in a checkpoint that was signed. */
	refuses_sign(w, n, w->items, 3, ERR_MERKLE_PROOF);
	checkpoint(w);
	append(w, NULL, "another");
	refuses_sign(w, n, w->items, 3, ERR_MERKLE_PROOF);
	checkpoint(w);
	/* An event that is not in the log, under the number of one that is. */
	w->events[n].ptr[w->events[n].len - 20] ^= 1;
	struct buf body = { 0 };
	sign_body(w, n, w->items, 3, &body);
	struct message m;
	struct err e;
	assert_ok(stream_send(&w->channel, SIGNER_SIGN, buf_span(&body), NULL,
	    0, clock_in(PATIENCE), &e), &e);
	assert_ok(stream_expect(&w->channel, SIGNER_FAILED,
	    SIGNER_MESSAGE_LIMIT, &m, clock_in(PATIENCE), &e), &e);
	message_done(&m);
	buf_done(&body);
	assert_int_equal(counts_of(w).signatures, 0);
}

static void
refuses_an_intent_that_was_used(void **state)
{
	struct world *w = *state;
	uint64_t first = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1),
	    NULL);
	uint64_t second = append(w, intent_of(w, SIGN_KEY, w->items, 3, 2),
	    NULL);

	checkpoint(w);
	signs(w, second, SIGN_KEY);
	refuses_sign(w, second, w->items, 3, ERR_SIGNER_REPLAY);
	refuses_sign(w, first, w->items, 3, ERR_SIGNER_REPLAY);
}

static void
refuses_a_list_that_differs(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);
	struct json *lie = intent_of(w, SIGN_KEY, w->items, 3, 2);
	struct sign_item items[3];

	json_put_int(lie, "count", 2);
	uint64_t miscounted = append(w, lie, NULL);
	lie = intent_of(w, SIGN_KEY, w->items, 3, 3);
	json_put_text(lie, "root_sha256", "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	uint64_t rooted = append(w, lie, NULL);
	checkpoint(w);
	memcpy(items, w->items, sizeof(items));
	items[1].to_be_signed.digest.bytes[0] ^= 1;
	refuses_sign(w, n, items, 3, ERR_SIGNER_LIST);
	refuses_sign(w, n, w->items, 2, ERR_SIGNER_LIST);
	refuses_sign(w, miscounted, w->items, 3, ERR_SIGNER_LIST);
	refuses_sign(w, rooted, w->items, 3, ERR_SIGNER_LIST);
	signs(w, n, SIGN_KEY);
}

static void
refuses_what_is_no_intent(void **state)
{
	struct world *w = *state;
	struct json *v = intent_of(w, SIGN_KEY, w->items, 3, 1);

	json_put_text(v, "type", "keys.used");
	uint64_t other = append(w, v, NULL);
	uint64_t spaced = append(w, NULL, "{ \"type\":\"keys.intended\"}");
	v = intent_of(w, SIGN_KEY, w->items, 3, 3);
	json_put_int(v, "v", 2);
	uint64_t later = append(w, v, NULL);
	checkpoint(w);
	refuses_sign(w, other, w->items, 3, ERR_SIGNER_EVENT);
	refuses_sign(w, spaced, w->items, 3, ERR_SIGNER_EVENT);
	refuses_sign(w, later, w->items, 3, ERR_SIGNER_EVENT);
}

/* Engines share a ledger and its keys, but no intent. */
static void
refuses_the_intents_of_other_engines(void **state)
{
	static const char *const others[] = {
		"6f1c0000-0000-4000-8000-000000000001",
		"6F1C0000-0000-4000-8000-000000000000",
	};
	struct world *w = *state;
	struct json *v;
	uint64_t n = w->log.size;

	for (size_t i = 0; i < COUNT(others); i++) {
		v = intent_of(w, SIGN_KEY, w->items, 3, n + i);
		json_put_text(v, "engine", others[i]);
		append(w, v, NULL);
	}
	v = intent_of(w, SIGN_KEY, w->items, 3, n + 2);
	json_put_text(v, "engine", "6f1c0000");
	append(w, v, NULL);
	checkpoint(w);
	refuses_sign(w, n, w->items, 3, ERR_SIGNER_ENGINE);
	refuses_sign(w, n + 1, w->items, 3, ERR_SIGNER_ENGINE);
	refuses_sign(w, n + 2, w->items, 3, ERR_SIGNER_EVENT);
	assert_int_equal(counts_of(w).next_event, 0);
}

static void
the_ledgers_keys_sign_nothing_else(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, COMMIT_KEY, w->items, 3, 1), NULL);

	append(w, intent_of(w, LOG_KEY, w->items, 3, 2), NULL);
	w->public_keys[OTHER_KEY] = SPAN_TEXT("a key that nobody opened");
	append(w, intent_of(w, OTHER_KEY, w->items, 3, 3), NULL);
	checkpoint(w);
	for (uint64_t i = n; i < n + 3; i++)
		refuses_sign(w, i, w->items, 3, ERR_SIGNER_KEY);
	struct key_record r = opened(w, "release", SIGNER_USE_COMMIT);
	assert_err(&r.err, ERR_SIGNER_KEY);
	r = opened(w, "commit", SIGNER_USE_SIGN);
	assert_err(&r.err, ERR_SIGNER_KEY);
	r = opened(w, "log", SIGNER_USE_LOG);
	assert_null(r.err.what);
	r = opened(w, "nobody", SIGNER_USE_SIGN);
	assert_err(&r.err, ERR_KEY_ABSENT);
}

static void
refuses_checkpoints_that_do_not_extend(void **state)
{
	struct world *w = *state;
	struct buf body = { 0 };
	struct merkle_tree forged = { 0 };

	append(w, NULL, "two");
	append(w, NULL, "three");
	checkpoint(w);
	/* Older, or from a state that is not the last. */
	checkpoint_body(w, 3, 2, &body);
	refused(w, SIGNER_CHECKPOINT, &body, ERR_SIGNER_CHECKPOINT);
	checkpoint_body(w, 1, 3, &body);
	refused(w, SIGNER_CHECKPOINT, &body, ERR_SIGNER_CHECKPOINT);
	/* Another history of the same size, then a larger one. */
	struct merkle_tree real = w->log;
	w->log = forged;
	for (int i = 0; i < 4; i++) {
		struct merkle_hash leaf = merkle_leaf(SPAN_TEXT("forged"));
		merkle_tree_append(&w->log, &leaf);
	}
	checkpoint_body(w, 3, 4, &body);
	refused(w, SIGNER_CHECKPOINT, &body, ERR_SIGNER_CHECKPOINT);
	CLEANUP(buf_done) struct buf proof = { 0 };
	struct merkle_source source = merkle_tree_source(&w->log);
	struct merkle_proof p;
	struct err e;
	assert_ok(merkle_prove_consistency(&source, 3, 4, &p, &e), &e);
	merkle_proof_write(&p, &proof);
	struct checkpoint_request q = { 3, merkle_tree_root(&real, 3), 4,
	    merkle_tree_root(&w->log, 4), buf_span(&proof) };
	checkpoint_request_write(&q, &body);
	refused(w, SIGNER_CHECKPOINT, &body, ERR_SIGNER_CHECKPOINT);
	merkle_tree_done(&w->log);
	w->log = real;
	/* The same once more is no harm. */
	checkpoint(w);
	assert_int_equal(counts_of(w).size, 3);
}

static void
commits_are_signed_for_git_and_nothing_else_is(void **state)
{
	static const char payload[] = "tree 0123\nauthor a\n\nsubject\n";
	struct world *w = *state;
	struct buf body = { 0 };
	struct span armor;
	struct err e;
	char path[128];

	text_body_write(span_text(payload), &body);
	assert_ok(text_body_read(ask(w, SIGNER_COMMIT, &body,
	    SIGNER_COMMITTED), &armor, &e), &e);
	snprintf(path, sizeof(path), "%s/sig", w->token.folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fwrite(armor.ptr, 1, armor.len, f);
	fclose(f);
	run_ok("printf 'tree 0123\\nauthor a\\n\\nsubject\\n' | ssh-keygen -Y"
	    " check-novalidate -n git -s %s >/dev/null", path);
	text_body_write(span_text("object 0123\ntype commit\n"), &body);
	refused(w, SIGNER_COMMIT, &body, ERR_SIGNER_EVENT);
	assert_int_equal(counts_of(w).commits, 1);
}

static void
remembers_when_it_is_killed(void **state)
{
	struct world *w = *state;
	uint64_t n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 1), NULL);

	checkpoint(w);
	signs(w, n, SIGN_KEY);
	struct signer_counts before = counts_of(w);
	process_kill(&w->process);
	channel_done(&w->channel);
	signer_start(w, "engine");
	open_all(w);
	struct signer_counts after = counts_of(w);
	assert_memory_equal(&before, &after, sizeof(before));
	refuses_sign(w, n, w->items, 3, ERR_SIGNER_REPLAY);
	n = append(w, intent_of(w, SIGN_KEY, w->items, 3, 2), NULL);
	checkpoint(w);
	signs(w, n, SIGN_KEY);
	assert_int_equal(counts_of(w).signatures, 6);
}

static void
stops_when_its_state_is_damaged(void **state)
{
	struct world *w = *state;
	uint8_t old[4096], junk[64];

	/* One damaged slot: the other one speaks. */
	assert_int_equal(pread(w->state, old, sizeof(old), 0), 4096);
	append(w, NULL, "two");
	checkpoint(w);
	assert_int_equal(signer_stop(w), 0);
	memset(junk, 0xa5, sizeof(junk));
	assert_int_equal(pwrite(w->state, junk, sizeof(junk), 20), 64);
	signer_start(w, "engine");
	open_all(w);
	assert_int_equal(counts_of(w).size, 1);
	assert_int_equal(signer_stop(w), 0);
	assert_int_equal(pwrite(w->state, junk, sizeof(junk), 2068), 64);
	signer_start(w, "engine");
	assert_int_equal(signer_stop(w), 6);
	assert_int_equal(ftruncate(w->state, 100), 0);
	signer_start(w, "engine");
	assert_int_equal(signer_stop(w), 6);
}

/* What the table does not allow is not even read: the channel ends. */
static void
an_engine_takes_no_local_request(void **state)
{
	struct world *w = *state;
	struct message m;
	struct err e;

	assert_ok(stream_send(&w->channel, SIGNER_SIGN_LOCAL, span_text("x"),
	    NULL, 0, clock_in(PATIENCE), &e), &e);
	assert_false(stream_receive(&w->channel, SIGNER_MESSAGE_LIMIT, &m,
	    clock_in(PATIENCE), &e));
	assert_err(&e, ERR_CHANNEL_CLOSED);
	assert_int_equal(signer_stop(w), 1);
}

static void
a_local_signer_makes_lists_checks_and_uses_keys(void **state)
{
	struct world *w = *state;
	struct key_make_request make = { SPAN_TEXT("acme"),
	    SPAN_TEXT("ec-p384"), SPAN_TEXT("new") };
	CLEANUP(buf_done) struct buf list = { 0 };
	struct buf body = { 0 };
	struct key_record *records;
	struct merkle_hash root;
	struct signature_item *out;
	size_t count;
	struct err e;

	signer_start(w, "local");
	key_make_write(&make, &body);
	assert_ok(key_records_read(ask(w, SIGNER_KEY_MAKE, &body, SIGNER_MADE),
	    w->arena, &records, &count, &e), &e);
	assert_int_equal(count, 1);
	struct span spki = records[0].public_key;
	text_body_write(span_text(""), &body);
	assert_ok(key_records_read(ask(w, SIGNER_KEY_LIST, &body,
	    SIGNER_LISTED), w->arena, &records, &count, &e), &e);
	assert_int_equal(count, KEYS + 1);
	text_body_write(span_text("pkcs11:object=new"), &body);
	assert_ok(key_records_read(ask(w, SIGNER_KEY_CHECK, &body,
	    SIGNER_CHECKED), w->arena, &records, &count, &e), &e);
	assert_null(records[0].err.what);
	assert_span_equal(records[0].public_key, spki);
	assert_ok(sign_list_write(w->items, 3, &list, &root, &e), &e);
	struct sign_local_request q = { SPAN_TEXT("pkcs11:object=new"),
	    buf_span(&list) };
	sign_local_write(&q, &body);
	assert_ok(signed_read(ask(w, SIGNER_SIGN_LOCAL, &body, SIGNER_SIGNED),
	    w->arena, &out, &count, &e), &e);
	assert_int_equal(count, 3);
	assert_ok(signature_check(spki, &w->items[2].to_be_signed,
	    out[2].value, &e), &e);
	key_make_write(&make, &body);
	refused(w, SIGNER_KEY_MAKE, &body, ERR_KEY_EXISTS);
	text_body_write(span_text("pkcs11:slot-id=0"), &body);
	refused(w, SIGNER_KEY_CHECK, &body, ERR_KEY_URI_LOCAL);
	text_body_write(span_text("no such token"), &body);
	refused(w, SIGNER_KEY_LIST, &body, ERR_TOKEN_ABSENT);
}

/* A message larger than a frame, and each item with its own fate. */
static void
a_long_list_goes_in_one_message(void **state)
{
	enum { ITEMS = 500 };
	struct world *w = *state;
	CLEANUP(buf_done) struct buf list = { 0 };
	struct sign_item *items = xcalloc(ITEMS, sizeof(*items));
	struct buf body = { 0 };
	struct merkle_hash root;
	struct signature_item *out;
	size_t count;
	struct err e;

	for (size_t i = 0; i < ITEMS; i++)
		items[i] = w->items[i % 3];
	items[77].to_be_signed = (struct to_be_signed){
	    .kind = SIGNATURE_ED25519, .message = SPAN_TEXT("wrong key") };
	signer_start(w, "local");
	assert_ok(sign_list_write(items, ITEMS, &list, &root, &e), &e);
	struct sign_local_request q = { SPAN_TEXT("pkcs11:object=release"),
	    buf_span(&list) };
	sign_local_write(&q, &body);
	assert_true(body.len > 2 * LIMIT_FRAME);
	assert_ok(signed_read(ask(w, SIGNER_SIGN_LOCAL, &body, SIGNER_SIGNED),
	    w->arena, &out, &count, &e), &e);
	assert_int_equal(count, ITEMS);
	for (size_t i = 0; i < ITEMS; i++)
		assert_true((out[i].err.what != NULL) == (i == 77));
	assert_err(&out[77].err, ERR_SIGNATURE_UNFIT);
	free(items);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define EACH(f) cmocka_unit_test_setup_teardown(f, setup_engine, teardown)
#define LOCAL(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		EACH(signs_what_a_proven_intent_names),
		EACH(signs_messages_for_ed25519),
		EACH(refuses_a_wrong_proof),
		EACH(refuses_an_intent_that_was_used),
		EACH(refuses_a_list_that_differs),
		EACH(refuses_what_is_no_intent),
		EACH(refuses_the_intents_of_other_engines),
		EACH(the_ledgers_keys_sign_nothing_else),
		EACH(refuses_checkpoints_that_do_not_extend),
		EACH(commits_are_signed_for_git_and_nothing_else_is),
		EACH(remembers_when_it_is_killed),
		EACH(stops_when_its_state_is_damaged),
		EACH(an_engine_takes_no_local_request),
		LOCAL(a_local_signer_makes_lists_checks_and_uses_keys),
		LOCAL(a_long_list_goes_in_one_message),
	};

	if (process_role(argc, argv) != NULL)
		return role_main(argc, argv);
	return cmocka_run_group_tests_name("signer", tests, NULL, NULL);
}

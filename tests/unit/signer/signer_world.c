/* signer_world - see signer_world.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/canonical.h"
#include "ledger/events.h"
#include "signer/signer.h"
#include "signer/signer_world.h"
#include "sys/clock.h"
#include "sys/sandbox.h"

#define REQUEST_ID							\
	"sr-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

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

int
signer_world_role(int argc, char **argv)
{
	struct log log = { .fd = -1, .process = "signer" };
	struct keystore_terms tokens[] = {
		{ .module = SHIM, .token = SPAN_TEXT("acme"),
		.pin = { .from = PIN_FILE, .name = argv[3] } },
		{ .module = SHIM, .token = SPAN_TEXT("spare"),
		.pin = { .from = PIN_FILE, .name = argv[3] } } };
	struct signer_terms terms = {
		.local = strstr(argv[2], "local") != NULL,
		.tokens = tokens, .log = &log,
		.token_count = strncmp(argv[2], "two", 3) == 0 ? 2 : 1,
		.peer = "test", .state = PROCESS_FIRST_FD,
		.begins = strstr(argv[2], "engine") != NULL,
		.least_size = strcmp(argv[2], "at least 1") == 0,
		.least_root = merkle_leaf(SPAN_TEXT("genesis")),
		.engine = SPAN_TEXT(ENGINE_ID),
		.origin = SPAN_TEXT(ORIGIN) };
	CLEANUP(signer_done) struct signer *s = NULL;
	struct err e;

	for (size_t i = 0; i < COUNT(tokens); i++)
		tokens[i].limit = strstr(argv[2], "brief") == NULL ? 0 : 300;
	if (argc != 5)
		return 2;
	if (signer_open(&terms, &s, &e) && confined(argv[4], &e) &&
	    signer_serve(s, PROCESS_CHANNEL, &e))
		return 0;
	err_print(stderr, &e, false);
	return e.what->kind == ERR_KIND_ALARM ? 6 : 1;
}

void
signer_start(struct world *w, const char *mode)
{
	const char *arguments[] = { mode, w->token.pin, w->token.folder,
	    NULL };
	const char *keep[] = { "SOFTHSM2_CONF", "SHIM_KILLS", NULL };
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

int
signer_stop(struct world *w)
{
	struct process_end end;
	struct err e;

	channel_done(&w->channel);
	assert_ok(process_wait(&w->process, clock_in(PATIENCE), &end, &e), &e);
	return end.code;
}

struct span
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

void
refused(struct world *w, uint8_t type, struct buf *body, enum err_code code)
{
	struct reader r = rd_open(ask(w, type, body, SIGNER_FAILED));
	struct err e;

	assert_true(wire_get_err(&r, &e));
	assert_err(&e, code);
}

struct signer_counts
counts_of(struct world *w)
{
	struct buf body = { 0 };
	struct signer_counts c;
	struct err e;

	assert_ok(counts_read(ask(w, SIGNER_COUNT, &body, SIGNER_COUNTED), &c,
	    &e), &e);
	return c;
}

struct key_record
opened(struct world *w, const char *label, enum signer_use use)
{
	struct buf body = { 0 };
	struct key_record *records;
	char uri[64];
	size_t count;
	struct err e;

	snprintf(uri, sizeof(uri), "pkcs11:object=%s", label);
	struct open_item item = { use, span_text(uri) };
	open_write(&item, 1, &body);
	assert_ok(key_records_read(ask(w, SIGNER_OPEN, &body, SIGNER_OPENED),
	    w->arena, &records, &count, &e), &e);
	assert_int_equal(count, 1);
	return records[0];
}

void
open_all(struct world *w)
{
	for (size_t i = 0; i < KEYS; i++) {
		struct key_record r = opened(w, keys[i].label, keys[i].use);

		assert_null(r.err.what);
		w->public_keys[i] = r.public_key;
	}
}

struct json *
told_of(struct world *w)
{
	struct buf body = { 0 };
	struct span text;
	struct json *v;
	struct err e;

	assert_ok(text_body_read(ask(w, SIGNER_ABOUT, &body, SIGNER_TOLD),
	    &text, &e), &e);
	assert_ok(json_parse(text, &v, &e), &e);
	return v;
}

/* ---- the ledger ---- */

/* Where the key is, and for which start of the signer it is to be used. */
static void
where_put(struct world *w, struct json *v)
{
	static const uint8_t certificate[32] = { 1 };
	CLEANUP(json_done) struct json *told = told_of(w);
	const struct json *first = json_item(json_member(told, "tokens"), 0);
	struct json *token = json_map();

	json_put_hex(v, "certificate_sha256", SPAN(certificate));
	json_put_span(v, "session", json_span(json_member(told, "session")));
	json_put_span(token, "label", json_span(json_member(first,
	    "label")));
	json_put_span(token, "serial", json_span(json_member(first,
	    "serial")));
	json_put(v, "token", token);
}

/* As the judge makes it, by the ledger's own table of events. */
struct json *
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
	json_put_int(v, "signer_count", 0);
	where_put(w, v);
	event_about_put("keys.intended", &(struct event_about){
	    SPAN_TEXT("app"), SPAN_TEXT("release"), SPAN_TEXT("refs/tags/v1") },
	    v);
	assert_ok(event_make("keys.intended", n, 0, ENGINE_ID, v, &event, &e),
	    &e);
	assert_ok(json_parse(buf_span(&event), &v, &e), &e);
	return v;
}

/* Appends an event; what is NULL or text stays as bytes of its own. */
uint64_t
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

void
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

void
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

void
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

const struct signature_item *
sign_all(struct world *w, uint64_t n)
{
	struct buf body = { 0 };
	struct signature_item *out;
	size_t count;
	struct err e;

	sign_body(w, n, w->items, COUNT(w->items), &body);
	assert_ok(signed_read(ask(w, SIGNER_SIGN, &body, SIGNER_SIGNED),
	    w->arena, &out, &count, &e), &e);
	assert_int_equal(count, COUNT(w->items));
	return out;
}

void
signs(struct world *w, uint64_t n, int key)
{
	const struct signature_item *out = sign_all(w, n);
	struct err e;

	for (size_t i = 0; i < COUNT(w->items); i++)
		assert_ok(signature_check(w->public_keys[key],
		    &w->items[i].to_be_signed, out[i].value, &e), &e);
}

void
refuses_sign(struct world *w, uint64_t n, const struct sign_item *items,
    size_t count, enum err_code code)
{
	struct buf body = { 0 };
	uint64_t before = counts_of(w).signatures;

	sign_body(w, n, items, count, &body);
	refused(w, SIGNER_SIGN, &body, code);
	assert_int_equal(counts_of(w).signatures, before);
}

static void
keys_make(struct world *w)
{
	struct keystore_terms t = token_terms(&w->token, "acme");
	struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;

	assert_ok(keystore_open(&t, &s, &e), &e);
	for (size_t i = 0; i < KEYS; i++) {
		struct key_plan plan = { span_text(keys[i].algorithm),
		    span_text(keys[i].label) };
		assert_ok(keystore_make(s, &plan, &k, &e), &e);
	}
	keystore_close(s);
}

/* The same keys in two tokens: they come from files. */
static void
keys_import(struct world *w, const char *label)
{
	struct keystore_terms t = token_terms(&w->token, label);
	struct keystore *s = NULL;
	const struct key *k = NULL;
	struct err e;
	char path[96];

	assert_ok(keystore_open(&t, &s, &e), &e);
	for (size_t i = 0; i < KEYS; i++) {
		snprintf(path, sizeof(path), "%s/%s.pem", w->token.folder,
		    keys[i].label);
		int file = open(path, O_RDONLY | O_CLOEXEC);
		int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
		struct key_source source = { span_text(keys[i].label), file,
		    nothing };
		assert_true(file >= 0 && nothing >= 0);
		assert_ok(keystore_import(s, &source, &k, &e), &e);
		close(file);
		close(nothing);
	}
	keystore_close(s);
}

static void
keys_share(struct world *w)
{
	token_more("spare");
	run_ok("cd %s && for k in log other; do openssl genpkey -algorithm "
	    "ed25519 -out $k.pem || exit 1; done && for k in commit release; do"
	    " openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 "
	    "-out $k.pem || exit 1; done && chmod 600 *.pem",
	    w->token.folder);
	keys_import(w, "acme");
	keys_import(w, "spare");
}

static int
world_make(void **state, void (*keys_put)(struct world *))
{
	struct world *w = xcalloc(1, sizeof(*w));

	token_make(&w->token, "acme");
	keys_put(w);
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

int
signer_world(void **state)
{
	return world_make(state, keys_make);
}

int
signer_world_two(void **state)
{
	return world_make(state, keys_share);
}

/* An engine's signer, all keys open, a checkpoint over one event. */
int
signer_world_engine(void **state)
{
	signer_world(state);
	signer_start(*state, "engine");
	open_all(*state);
	append(*state, NULL, "genesis");
	checkpoint(*state);
	return 0;
}

int
signer_world_done(void **state)
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

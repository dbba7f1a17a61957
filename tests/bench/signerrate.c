/*
 * signerrate - what our signer gives: signatures per second through its
 * process and protocol, and how long its start takes. It is a program of its
 * own that serves as the signer, so that the sessions can be chosen.
 *
 *	signerrate MODULE TOKEN rate LABEL SECONDS BATCH SESSIONS...
 *	signerrate MODULE TOKEN open LABEL
 *
 * The PIN is in TAGSEAL_PIN. "rate" signs lists of BATCH digests, one after
 * the other, and prints a number for each count of sessions. "open" prints ms
 * until the signer has told of the key, from its start on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/local.h"
#include "signer/signer.h"
#include "sys/clock.h"
#include "wire/signer.h"

#define PATIENCE	60000	/* ms */

static _Noreturn void
fail(const struct err *e)
{
	err_print(stderr, e, false);
	exit(2);
}

/* ---- the signer: @signer MODULE TOKEN SESSIONS */

static int
serve(char **argv)
{
	struct log log = { .fd = -1, .process = "signer", .now = clock_now };
	struct keystore_terms token = { .module = argv[2],
	    .token = span_text(argv[3]),
	    .pin = { PIN_ENVIRONMENT, "TAGSEAL_PIN", -1 },
	    .sessions = (unsigned)atoi(argv[4]) };
	struct signer_terms terms = { .local = true, .tokens = &token,
	    .token_count = 1, .log = &log, .peer = "bench" };
	struct err e;

	if (!signer_run(&terms, PROCESS_CHANNEL, &e))
		fail(&e);
	return 0;
}

/* ---- who asks it */

static struct local
begin(char **argv, const char *sessions)
{
	static const char *const keep[] = { "TAGSEAL_PIN", "SOFTHSM2_CONF",
	    NULL };
	const char *const arguments[] = { argv[1], argv[2], sessions, NULL };
	struct local out;
	struct err e;

	if (!local_start(&(struct local_terms){ .role = "signer",
	    .arguments = arguments, .keep = keep, .rows = signer_answers,
	    .row_count = signer_answer_count }, &out, &e))
		fail(&e);
	return out;
}

static struct message
ask(struct local *signer, uint8_t type, struct span body, uint8_t wanted)
{
	struct message m;
	struct err e;

	if (!stream_send(&signer->channel, type, body, NULL, 0,
	    clock_in(PATIENCE), &e) || !stream_receive(&signer->channel,
	    SIGNER_MESSAGE_LIMIT, &m, clock_in(PATIENCE), &e))
		fail(&e);
	if (m.type == wanted)
		return m;
	struct reader r = rd_open(buf_span(&m.body));
	if (!wire_get_err(&r, &e) || e.what == NULL)
		fprintf(stderr, "signerrate: answer %u\n", m.type);
	fail(&e);
}

static void
key_name(char **argv, const char *label, struct buf *out)
{
	buf_printf(out, "pkcs11:token=%s;object=%s", argv[2], label);
}

/* What the key can sign. */
static enum signature_kind
kind_of(struct local *signer, struct span uri)
{
	static const enum signature_kind kinds[] = {
		[KEY_RSA] = SIGNATURE_RSA_PKCS1_SHA256,
		[KEY_EC] = SIGNATURE_ECDSA_SHA256,
		[KEY_ED25519] = SIGNATURE_ED25519,
	};
	CLEANUP(arena_done) struct arena *a = arena_new(1 << 20);
	CLEANUP(buf_done) struct buf body = { 0 };
	struct key_record *record;
	struct public_key key;
	struct message m;
	size_t count;
	struct err e;

	text_body_write(uri, &body);
	m = ask(signer, SIGNER_KEY_CHECK, buf_span(&body), SIGNER_CHECKED);
	if (!key_records_read(buf_span(&m.body), a, &record, &count, &e) ||
	    !public_key_parse(record->public_key, &key, &e))
		fail(&e);
	message_done(&m);
	return kinds[key.kind];
}

/* A request with a list of digests that all differ. */
static void
list_write(struct span uri, enum signature_kind kind, size_t count,
    struct buf *out)
{
	CLEANUP(free_done) struct sign_item *items = xcalloc(count,
	    sizeof(*items));
	CLEANUP(buf_done) struct buf list = { 0 };
	struct merkle_hash root;
	struct err e;

	for (size_t i = 0; i < count; i++) {
		struct span number = { (const uint8_t *)&i, sizeof(i) };

		items[i].file = SPAN_TEXT("file");
		items[i].to_be_signed.kind = kind;
		if (kind == SIGNATURE_ED25519)
			items[i].to_be_signed.message = uri;
		else
			items[i].to_be_signed.digest = digest_of(DIGEST_SHA256,
			    number);
	}
	if (!sign_list_write(items, count, &list, &root, &e))
		fail(&e);
	sign_local_write(&(struct sign_local_request){ uri,
	    buf_span(&list) }, out);
}

static double
rate(char **argv, const char *sessions)
{
	CLEANUP(local_done) struct local signer = begin(argv, sessions);
	CLEANUP(buf_done) struct buf uri = { 0 }, body = { 0 };
	size_t batch = (size_t)atoi(argv[6]), done = 0;
	int64_t lasts = (int64_t)(atof(argv[5]) * 1000), began;

	key_name(argv, argv[4], &uri);
	list_write(buf_span(&uri), kind_of(&signer, buf_span(&uri)), batch,
	    &body);
	began = clock_in(0);
	while (clock_in(0) < began + lasts) {
		struct message m = ask(&signer, SIGNER_SIGN_LOCAL,
		    buf_span(&body), SIGNER_SIGNED);

		message_done(&m);
		done += batch;
	}
	return (double)done * 1000 / (double)(clock_in(0) - began);
}

static int
open_once(char **argv)
{
	CLEANUP(buf_done) struct buf uri = { 0 };
	int64_t began = clock_in(0);
	CLEANUP(local_done) struct local signer = begin(argv, "2");

	key_name(argv, argv[4], &uri);
	kind_of(&signer, buf_span(&uri));
	printf("%lld\n", (long long)(clock_in(0) - began));
	return 0;
}

int
main(int argc, char **argv)
{
	const char *role = process_role(argc, argv);

	if (role != NULL)
		return argc == 5 ? serve(argv) : 2;
	if (argc == 5 && strcmp(argv[3], "open") == 0)
		return open_once(argv);
	if (argc < 8 || strcmp(argv[3], "rate") != 0) {
		fprintf(stderr, "usage: see tests/bench/signerrate.c\n");
		return 2;
	}
	for (int i = 7; i < argc; i++)
		printf("%.0f%c", rate(argv, argv[i]), i + 1 == argc ? '\n' :
		    ' ');
	return 0;
}

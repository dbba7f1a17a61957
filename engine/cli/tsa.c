/*
 * tsa - a timestamp authority (RFC 3161) over HTTP, for trying out and for an
 * organization's own. Its key lives in a token like every other.
 *
 * It would rather give no timestamp than a wrong one: see tsa_state.h for
 * numbers and time.
 */
#include <inttypes.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/serve.h"
#include "cli/token.h"
#include "cli/tsa_state.h"
#include "crypto/oid.h"
#include "crypto/timestamp.h"
#include "crypto/x509.h"
#include "sys/clock.h"

#define ARENA		((size_t)4 << 20)
#define REQUEST_LIMIT	4096	/* bytes: an honest request has under 200 */
#define ACCURACY	1000	/* ms, unless it is given */
#define ACCURACY_MOST	86400000
#define RATE_MOST	1000000

#define STATUS_MANY	429	/* RFC 6585, 4 */

/* A policy of nobody in particular (an arc for examples, RFC 7299 style). */
#define POLICY_DEFAULT	"1.3.6.1.4.1.13762.3"

struct authority {
	struct token		*token;
	struct signing_identity	 identity;
	struct span		 policy;	/* whole OID element */
	struct certificate	 leaf;
	struct tsa_state	 state;
	struct log		 log;
	bool			 tells;		/* a line for each request */
	bool			 strict;	/* the clock must be kept */
	uint64_t		 accuracy;	/* ms */
	uint64_t		 rate;		/* in a second; 0: any */
	int64_t			 second;	/* that rated is of */
	uint64_t		 rated;
	uint64_t		 granted, refused, limited;
};

/* ---- one timestamp */

/* Nothing is stated that the certificate, or the clock, does not stand for. */
static bool
may_state(const struct authority *t, int64_t now, struct err *e)
{
	char from[TEXT_TIME_SIZE], to[TEXT_TIME_SIZE];

	if (t->strict && !tsa_clock_fits(clock_error(),
	    (int64_t)t->accuracy, e))
		return false;
	if (now >= t->leaf.not_before && now <= t->leaf.not_after)
		return true;
	text_time(t->leaf.not_before, from);
	text_time(t->leaf.not_after, to);
	return err_set(e, now < t->leaf.not_before ? ERR_CERTIFICATE_NOT_YET :
	    ERR_TIMESTAMP_EXPIRED, "the authority's certificate is valid from "
	    "%s to %s", from, to);
}

static bool
grant(struct authority *t, const struct timestamp_request *q,
    struct timestamp_grant *g, struct arena *a, struct span *reply,
    struct err *e)
{
	struct cms_draft *draft;
	struct to_be_signed tbs;
	struct span value;

	return timestamp_plan(q, g, &t->identity, a, &draft, &tbs, e) &&
	    token_sign(t->token, &tbs, "timestamp", &value, a, e) &&
	    timestamp_finish(draft, value, a, reply, e);
}

static void
tell_granted(struct authority *t, const struct timestamp_request *q,
    const struct timestamp_grant *g)
{
	CLEANUP(buf_done) struct buf serial = { 0 };
	char time[TEXT_TIME_SIZE];

	t->granted++;
	if (!t->tells)
		return;
	text_hex(g->serial, &serial);
	text_time(g->time, time);
	LOG(&t->log, LOG_LEVEL_INFO, "tsa.granted",
	    { "serial", buf_cstr(&serial) }, { "stated", time },
	    { "imprint", digest_hex(&q->imprint).text });
}

/* What the key or the folder does is no matter of the client's. */
static void
tell_refused(struct authority *t, const struct err *why, bool ours,
    struct http_reply *reply)
{
	t->refused++;
	if (ours || t->tells)
		log_err(&t->log, "tsa.refused", why);
	reply->body.len = 0;
	timestamp_refuse(timestamp_failure_of(why), why->text, &reply->body);
}

static void
tell_failed(struct authority *t, const struct err *why,
    struct http_reply *reply)
{
	t->refused++;
	log_err(&t->log, "tsa.failed", why);
	reply->body.len = 0;
	timestamp_refuse(TIMESTAMP_SYSTEM_FAILURE, "the authority cannot give "
	    "timestamps now", &reply->body);
}

static bool
is_clock(const struct err *e)
{
	return err_is(e, ERR_TSA_CLOCK_BACK) || err_is(e, ERR_TSA_CLOCK_LOOSE);
}

static bool
understood(const struct authority *t, struct span body,
    struct timestamp_request *q, struct err *e)
{
	return timestamp_request_parse(body, q, e) && (q->policy.len == 0 ||
	    span_eq(q->policy, t->policy) || err_set(e, ERR_TIMESTAMP_POLICY,
	    "this authority has another policy"));
}

static void
serve(struct authority *t, const struct timestamp_request *q,
    struct http_reply *reply)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	uint8_t serial[TSA_SERIAL];
	struct timestamp_grant g = { .policy = t->policy,
	    .serial = SPAN(serial), .time = clock_now(),
	    .accuracy_ms = (uint32_t)t->accuracy };
	struct span der;
	struct err e;

	if (!may_state(t, g.time, &e) ||
	    !tsa_state_next(&t->state, g.time, serial, &e)) {
		if (is_clock(&e))
			tell_refused(t, &e, true, reply);
		else
			tell_failed(t, &e, reply);
		return;
	}
	if (!grant(t, q, &g, a, &der, &e)) {
		tell_failed(t, &e, reply);
		return;
	}
	buf_put(&reply->body, der);
	tell_granted(t, q, &g);
}

/* So many in each second, whoever asks. */
static bool
too_many(struct authority *t)
{
	int64_t second = clock_monotonic() / 1000;

	if (second != t->second) {
		t->second = second;
		t->rated = 0;
	}
	return t->rate > 0 && ++t->rated > t->rate;
}

static void
on_query(void *arg, const struct http_request *request,
    struct http_reply *reply)
{
	struct authority *t = arg;
	struct timestamp_request q;
	struct err e;

	if (too_many(t)) {
		t->limited++;
		reply->status = STATUS_MANY;
		buf_text(&reply->body, "too many requests\n");
		return;
	}
	reply->content_type = "application/timestamp-reply";
	if (understood(t, request->body, &q, &e))
		serve(t, &q, reply);
	else
		tell_refused(t, &e, false, reply);
}

static const struct http_route routes[] = {
	{ "POST", "/", REQUEST_LIMIT, on_query },
	{ NULL, NULL, 0, NULL },
};

/* ---- the beginning and the end */

static bool
number_read(const struct invocation *in, const char *name, uint64_t most,
    uint64_t *out, struct err *e)
{
	const char *text = option_text(in, name);

	return text == NULL || (text_u64(span_text(text), out) &&
	    *out <= most) || err_set(e, ERR_USAGE, "--%s '%s' is not a number "
	    "from 0 to %" PRIu64, name, text_show(span_text(text)).text,
	    most);
}

static bool
policy_read(const struct invocation *in, struct authority *t,
    struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf policy = { 0 };
	const char *text = option_text(in, "policy");

	if (text == NULL)
		text = POLICY_DEFAULT;
	if (!oid_write(span_text(text), &policy))
		return err_set(e, ERR_USAGE, "--policy '%s' is no object "
		    "identifier", text_show(span_text(text)).text);
	return arena_copy(a, buf_span(&policy), &t->policy) ||
	    err_budget(e, a);
}

static bool
key_open(const struct invocation *in, struct authority *t, struct arena *a,
    struct err *e)
{
	const char *uri, *certificate;

	return option_need(in, "key", &uri, e) &&
	    option_need(in, "certificate", &certificate, e) &&
	    token_open(in, uri, &t->token, e) &&
	    token_identity(t->token, certificate, option_text(in, "digest"),
	    a, &t->identity, e) &&
	    certificate_parse(t->identity.certificate, a, &t->leaf, e) &&
	    certificate_purpose_check(&t->leaf, PURPOSE_TIME_STAMPING, e);
}

/* A clock that is not kept yet may be in a moment; a certificate stays bad. */
static bool
may_begin(const struct authority *t, struct err *e)
{
	if (may_state(t, clock_now(), e))
		return true;
	if (!is_clock(e))
		return false;
	log_err(&t->log, "tsa.clock", e);
	return true;
}

static bool
prepare(const struct invocation *in, struct authority *t, struct arena *a,
    struct err *e)
{
	t->tells = in->json;
	t->strict = option_given(in, "synchronised");
	t->log = (struct log){ .fd = 2, .process = "tsa", .json = in->json,
	    .least = LOG_LEVEL_INFO, .now = clock_now };
	t->accuracy = ACCURACY;
	return number_read(in, "accuracy", ACCURACY_MOST, &t->accuracy, e) &&
	    number_read(in, "rate", RATE_MOST, &t->rate, e) &&
	    policy_read(in, t, a, e) && key_open(in, t, a, e) &&
	    may_begin(t, e) && tsa_state_open(&t->state,
	    option_text(in, "state"), clock_now(), e);
}

static void
say_address(const struct invocation *in, uint16_t port)
{
	printf(in->json ? "{\"address\":\"http://127.0.0.1:%u/\"}\n" :
	    "http://127.0.0.1:%u/\n", port);
	fflush(stdout);
}

static void
say_end(const struct invocation *in, const struct authority *t)
{
	char granted[24], refused[24], limited[24];

	if (!in->json) {
		fprintf(stderr, "%" PRIu64 " timestamps granted\n",
		    t->granted);
		return;
	}
	snprintf(granted, sizeof(granted), "%" PRIu64, t->granted);
	snprintf(refused, sizeof(refused), "%" PRIu64, t->refused);
	snprintf(limited, sizeof(limited), "%" PRIu64, t->limited);
	LOG(&t->log, LOG_LEVEL_INFO, "tsa.stopped", { "granted", granted },
	    { "refused", refused }, { "limited", limited });
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(http_done) struct http_server *server = NULL;
	const char *address = option_text(in, "listen");
	struct authority t = { .state = TSA_STATE_NONE };
	CLEANUP(fd_done) int signals = -1;

	bool ok = serve_signals(&signals, e) && prepare(in, &t, a, e) &&
	    http_listen(address == NULL ? "127.0.0.1:8318" : address, routes,
	    &t, &server, e);
	if (ok) {
		say_address(in, http_port(server));
		ok = serve_until(server, signals, e) &&
		    tsa_state_end(&t.state, e);
		say_end(in, &t);
	}
	tsa_state_done(&t.state);
	token_close(t.token);
	return ok ? EXIT_YES : -1;
}

static const struct option_row options[] = {
	{ "key", 0, "URI", "the key: pkcs11:token=...;object=...", false },
	{ "certificate", 0, "FILE", "PEM: its certificate, then the chain",
	    false },
	{ "listen", 0, "ADDRESS", "where to listen (default 127.0.0.1:8318; "
	    "port 0: any)", false },
	{ "policy", 0, "OID", "the policy that tokens name", false },
	{ "state", 0, "FOLDER", "keeps serial numbers and the last time: "
	    "without it they are forgotten", false },
	{ "accuracy", 0, "MS", "accuracy that tokens state (default 1000; 0: "
	    "none)", false },
	{ "synchronised", 0, NULL, "give none while the system clock is not "
	    "kept that exact", false },
	{ "rate", 0, "N", "timestamps in a second, at most (default: any)",
	    false },
	{ "digest", 0, "NAME", "sha256 (default), sha384, sha512", false },
	TOKEN_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command tsa_command = {
	.name = "tsa",
	.summary = "run a timestamp authority (RFC 3161)",
	.arguments = "",
	.options = options,
	.details = "Answers timestamp requests over HTTP until it is stopped. "
	    "The certificate must be\nfor time stamping and nothing else, "
	    "critically, and valid. The first line printed is\nits "
	    "address.\n\n"
	    "With --state no serial number is given twice, also after a crash, "
	    "and no time that\nis before the last one. With --synchronised "
	    "nothing is given while nobody keeps the\nsystem clock (chronyd, "
	    "ntpd), or while it may be wrong by more than --accuracy. With\n"
	    "--json there is a line of JSON on standard error for each "
	    "request.",
	.example = "tagseal tsa --key 'pkcs11:token=acme;object=tsa' "
	    "--certificate tsa.pem\nopenssl ts -query -data FILE -sha256 -cert "
	    "| curl --data-binary @- http://127.0.0.1:8318/",
	.json = true,
	.run = run,
};

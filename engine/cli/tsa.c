/*
 * tsa - a timestamp authority (RFC 3161) over HTTP, for trying out and for
 * closed networks. Its key lives in a token like every other.
 */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/serve.h"
#include "cli/token.h"
#include "crypto/oid.h"
#include "crypto/timestamp.h"
#include "crypto/x509.h"
#include "sys/clock.h"
#include "sys/random.h"

#define ARENA		((size_t)4 << 20)
#define REQUEST_LIMIT	4096	/* bytes: an honest request has under 200 */
#define ACCURACY	1000	/* ms: our promise for this machine's clock */

/* A policy of nobody in particular (an arc for examples, RFC 7299 style). */
#define POLICY_DEFAULT	"1.3.6.1.4.1.13762.3"

struct authority {
	struct token		*token;
	struct signing_identity	 identity;
	struct span		 policy;	/* whole OID element */
	uint64_t		 granted;
};

/* Time first, so that serial numbers rise; then what nobody can guess. */
static void
make_serial(uint8_t serial[16], int64_t now)
{
	random_bytes(serial, 16);
	put_u64be(serial, (uint64_t)now);
}

static bool
grant(struct authority *t, const struct timestamp_request *q,
    struct arena *a, struct span *reply, struct err *e)
{
	struct timestamp_grant g = { .policy = t->policy, .time = clock_now(),
	    .accuracy_ms = ACCURACY };
	struct cms_draft *draft;
	struct to_be_signed tbs;
	uint8_t serial[16];
	struct span value;

	make_serial(serial, g.time);
	g.serial = SPAN(serial);
	return timestamp_plan(q, &g, &t->identity, a, &draft, &tbs, e) &&
	    token_sign(t->token, &tbs, "timestamp", &value, a, e) &&
	    timestamp_finish(draft, value, a, reply, e);
}

/* Which failure a request deserves, if any (RFC 3161 2.4.2). */
static bool
refuse(const struct authority *t, struct span body,
    struct timestamp_request *q, struct buf *reply)
{
	struct err e;

	if (!timestamp_request_parse(body, q, &e)) {
		timestamp_refuse(TIMESTAMP_BAD_FORMAT, e.text, reply);
		return true;
	}
	if (digest_rows[q->imprint.kind].weak) {
		timestamp_refuse(TIMESTAMP_BAD_ALGORITHM, "the hash function "
		    "of the imprint is too weak", reply);
		return true;
	}
	if (q->policy.len > 0 && !span_eq(q->policy, t->policy)) {
		timestamp_refuse(TIMESTAMP_UNACCEPTED_POLICY,
		    "this authority has another policy", reply);
		return true;
	}
	return false;
}

static void
on_query(void *arg, const struct http_request *request,
    struct http_reply *reply)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	struct authority *t = arg;
	struct timestamp_request q;
	struct span der;
	struct err e;

	reply->content_type = "application/timestamp-reply";
	if (refuse(t, request->body, &q, &reply->body))
		return;
	if (grant(t, &q, a, &der, &e)) {
		buf_put(&reply->body, der);
		t->granted++;
		return;
	}
	err_print(stderr, &e, false);
	reply->body.len = 0;
	timestamp_refuse(TIMESTAMP_SYSTEM_FAILURE, "the key cannot be used "
	    "now", &reply->body);
}

static const struct http_route routes[] = {
	{ "POST", "/", REQUEST_LIMIT, on_query },
	{ NULL, NULL, 0, NULL },
};

static bool
prepare(const struct invocation *in, struct authority *t, struct arena *a,
    struct err *e)
{
	CLEANUP(buf_done) struct buf policy = { 0 };
	const char *uri, *certificate, *text = option_text(in, "policy");
	struct certificate leaf;

	if (text == NULL)
		text = POLICY_DEFAULT;
	if (!oid_write(span_text(text), &policy))
		return err_set(e, ERR_USAGE, "--policy '%s' is no object "
		    "identifier", text_show(span_text(text)).text);
	if (!arena_copy(a, buf_span(&policy), &t->policy))
		return err_budget(e, a);
	return option_need(in, "key", &uri, e) &&
	    option_need(in, "certificate", &certificate, e) &&
	    token_open(in, uri, &t->token, e) &&
	    token_identity(t->token, certificate, option_text(in, "digest"),
	    a, &t->identity, e) &&
	    certificate_parse(t->identity.certificate, a, &leaf, e) &&
	    certificate_purpose_check(&leaf, PURPOSE_TIME_STAMPING, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(ARENA);
	CLEANUP(http_done) struct http_server *server = NULL;
	const char *address = option_text(in, "listen");
	struct authority t = { 0 };
	CLEANUP(fd_done) int signals = -1;

	bool ok = serve_signals(&signals, e) && prepare(in, &t, a, e) &&
	    http_listen(address == NULL ? "127.0.0.1:8318" : address, routes,
	    &t, &server, e);
	if (ok) {
		printf("http://127.0.0.1:%u/\n", http_port(server));
		fflush(stdout);
		ok = serve_until(server, signals, e);
		fprintf(stderr, "%llu timestamps granted\n",
		    (unsigned long long)t.granted);
	}
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
	    "The certificate must be\nfor time stamping and nothing else. The "
	    "first line printed is its address. For\ntrying out and closed "
	    "networks: its time is this machine's clock.",
	.example = "tagseal tsa --key 'pkcs11:token=acme;object=tsa' "
	    "--certificate tsa.pem\nopenssl ts -query -data FILE -sha256 -cert "
	    "| curl --data-binary @- http://127.0.0.1:8318/",
	.run = run,
};

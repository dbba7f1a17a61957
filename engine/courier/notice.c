/*
 * notice - tells somebody of an event of the ledger: an HTTP POST that a
 * secret signs (Standard Webhooks 1.0). What the receiver says but a status is
 * not read.
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "courier/carry.h"
#include "crypto/hmac.h"
#include "notify/notify.h"
#include "sys/clock.h"

#define HEADERS		3
#define SECRET_PREFIX	"whsec_"
#define SECRET_LEAST	24	/* bytes, as the standard wants them */
#define SECRET_MOST	64
#define ANSWER_LIMIT	0	/* bytes: all are passed over */

/* A notice on its way. */
struct letter {
	const struct channel_row *channel;
	struct digest_hex	  id;
	struct buf		  body;
	struct buf		  signature;	/* header; empty: none */
	char			  seconds[24];
};

static void
letter_done(struct letter *l)
{
	buf_done(&l->body);
	buf_done(&l->signature);
}

static void
wipe(struct buf *b)
{
	if (b->ptr != NULL)
		explicit_bzero(b->ptr, b->size);
	buf_done(b);
}

static bool
body_write(const struct notice_request *q, struct arena *a, struct letter *l,
    struct err *e)
{
	CLEANUP(json_done) struct json *event = NULL;
	struct digest hash = digest_of(DIGEST_SHA256, q->event);
	struct notice_person *readers = ARENA_ARRAY(a, struct notice_person,
	    q->reader_count + 1);

	if (readers == NULL)
		return err_budget(e, a);
	l->channel = notice_channel_find(q->channel);
	if (l->channel == NULL)
		return wire_malformed(e, "notice");
	if (!json_parse(q->event, &event, e))
		return false;
	for (size_t i = 0; i < q->reader_count; i++)
		readers[i] = (struct notice_person){ q->readers[i].person,
		    q->readers[i].name, q->readers[i].email };
	l->id = digest_hex(&hash);
	l->channel->render(&(struct notice_text){
	    .organization = q->organization, .ledger = q->ledger,
	    .id = span_text(l->id.text), .summary = q->summary,
	    .event = event, .readers = readers,
	    .reader_count = q->reader_count }, &l->body);
	return true;
}

static bool
key_read(struct span secret, struct buf *key, struct err *e)
{
	return (span_starts(secret, SECRET_PREFIX) &&
	    text_unbase64(span_from(secret, strlen(SECRET_PREFIX)), key) &&
	    key->len >= SECRET_LEAST && key->len <= SECRET_MOST) ||
	    err_set(e, ERR_NOTICE_SECRET, "the secret is not \"" SECRET_PREFIX
	    "\" and %d to %d bytes in base64", SECRET_LEAST, SECRET_MOST);
}

static bool
sign(struct letter *l, const char *secret, struct err *e)
{
	CLEANUP(wipe) struct buf key = { 0 };
	CLEANUP(buf_done) struct buf content = { 0 };
	uint64_t seconds = (uint64_t)clock_now() / 1000;

	snprintf(l->seconds, sizeof(l->seconds), "%llu",
	    (unsigned long long)seconds);
	if (secret == NULL)
		return true;
	if (!key_read(span_text(secret), &key, e))
		return false;
	webhook_signed(span_text(l->id.text), seconds, buf_span(&l->body),
	    &content);
	struct digest mac = hmac_of(DIGEST_SHA256, buf_span(&key),
	    buf_span(&content));
	buf_text(&l->signature, "v1,");
	text_base64(digest_span(&mac), &l->signature);
	return true;
}

static bool
post(struct http_rules *rules, const char *url, struct letter *l,
    struct noticed *out, struct err *e)
{
	CLEANUP(buf_done) struct buf reply = { 0 };
	struct http_header headers[HEADERS] = {
		{ "webhook-id", l->id.text },
		{ "webhook-timestamp", l->seconds },
		{ "webhook-signature", buf_cstr(&l->signature) },
	};
	long status = 0;
	struct http_post p = { .type = l->channel->type,
		.body = buf_span(&l->body), .status = &status, .deaf = true,
		.retry_after = &out->retry_after };

	rules->total = LIMIT_HTTP_CONNECT;
	rules->headers = headers;
	rules->header_count = l->signature.len > 0 ? HEADERS : HEADERS - 1;
	if (!http_post(rules, url, &p, ANSWER_LIMIT, &reply, e))
		return false;
	out->status = (uint32_t)status;
	return true;
}

bool
carry_notice(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	CLEANUP(letter_done) struct letter l = { .channel = NULL };
	struct notice_request q;
	struct noticed said;
	struct http_rules rules;
	const char *url;

	if (!notice_read(buf_span(&m->body), a, &q, e) ||
	    !wire_text(a, q.url, &url, e) ||
	    !courier_rules(c, url, q.credential, a, &rules, e) ||
	    !body_write(&q, a, &l, e) || !sign(&l, rules.token, e))
		return false;
	/* It signs, and is sent to nobody. */
	rules.token = NULL;
	rules.private_addresses = q.private_addresses;
	if (!post(&rules, url, &l, &said, e))
		return false;
	noticed_write(&said, answer);
	return true;
}

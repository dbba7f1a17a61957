/* exchange - see exchange.h. */
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/address.h"
#include "net/exchange.h"
#include "net/token.h"

#define STALL_SECONDS	30
#define STALL_SPEED	1024	/* bytes a second */
#define EXPLANATION	65536	/* bytes of a body that is passed over */
#define TRIES_MOST	30	/* of a download that goes on each time */
#define PAUSE_MOST	10000	/* ms */

/* libcurl's own set-up is global; it runs once, before any exchange. */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/*
 * settle decides at the first byte of a try whether it goes on where the last
 * one broke (RFC 9110, 14.2 and 15.3.7), or all comes anew.
 */
static bool
settle(struct exchange *x, long status)
{
	if (x->settled || !x->resuming)
		return x->settled = true;
	x->settled = true;
	if (status == 206)
		return x->range_start == x->taken || err_set(&x->failure,
		    ERR_NET_CUT, "'%s' answers with another part than it was "
		    "asked for", exchange_shown(x).text);
	x->taken = 0;
	x->validator[0] = '\0';
	return x->sink->begin == NULL ||
	    x->sink->begin(x->sink->arg, &x->failure);
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct exchange *x = arg;
	struct span piece = { (const uint8_t *)bytes, size * count };
	long status = 0;

	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	/* What explains an error is not read, what explains a redirect is
	 * passed over: libcurl says where it leads when all of it came. */
	if (x->deaf || (exchange_redirected(status) &&
	    x->rules->moved != NULL)) {
		x->passed += piece.len;
		return x->passed <= EXPLANATION ? piece.len : 0;
	}
	if (!exchange_good(x, status) || !settle(x, status))
		return 0;
	if (piece.len > x->limit - x->taken) {
		x->too_large = true;
		return 0;
	}
	x->taken += piece.len;
	return x->sink->take(x->sink->arg, piece, &x->failure) ?
	    piece.len : 0;
}

/* header_of gives the value of a header line, or nothing. */
static struct span
header_of(struct span line, const char *name)
{
	size_t n = strlen(name);
	struct span value = { 0 };

	if (line.len <= n || line.ptr[n] != ':' ||
	    strncasecmp((const char *)line.ptr, name, n) != 0)
		return value;
	value = span_from(line, n + 1);
	while (span_starts(value, " "))
		value = span_from(value, 1);
	while (span_ends(value, "\n") || span_ends(value, "\r"))
		value.len--;
	return value;
}

/* A weak one ("W/...") does not say that the bytes are the same. */
static void
validator_take(struct exchange *x, struct span etag)
{
	if (x->resuming || !span_starts(etag, "\"") ||
	    !span_ends(etag, "\"") || etag.len >= sizeof(x->validator))
		return;
	memcpy(x->validator, etag.ptr, etag.len);
	x->validator[etag.len] = '\0';
}

/* "bytes 100-199/200" */
static void
range_take(struct exchange *x, struct span range)
{
	struct span start = { 0 };
	uint64_t value;

	if (!span_starts(range, "bytes "))
		return;
	range = span_from(range, strlen("bytes "));
	if (span_split(&range, '-', &start) && text_u64(start, &value))
		x->range_start = value;
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct exchange *x = arg;
	struct span line = { (const uint8_t *)bytes, size * count };

	validator_take(x, header_of(line, "ETag"));
	range_take(x, header_of(line, "Content-Range"));
	return size * count;
}

static size_t
on_upload(char *out, size_t size, size_t count, void *arg)
{
	struct exchange *x = arg;
	uint64_t left = x->upload->len - x->uploaded;
	size_t n = size * count < left ? size * count : (size_t)left;

	if (!rope_read(x->upload, x->uploaded, n, out, &x->failure))
		return CURL_READFUNC_ABORT;
	x->uploaded += n;
	return n;
}

/* The address is known, and nothing was sent yet. */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *x = arg;

	(void)purpose;
	if (x->rules->proxy == NULL && !x->rules->private_addresses &&
	    address_private(&address->addr)) {
		x->private_hit = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
}

static bool
option_failed(struct err *e)
{
	return err_set(e, ERR_NET_UNREACHABLE, "libcurl lacks an option");
}

/* What libcurl gets told as numbers, the same for all exchanges. */
static const struct {
	CURLoption	option;
	long		value;
} fixed[] = {
	{ CURLOPT_NOSIGNAL,		1 },
	{ CURLOPT_FOLLOWLOCATION,	0 },
	{ CURLOPT_SSLVERSION,		CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_SSL_VERIFYPEER,	1 },
	{ CURLOPT_SSL_VERIFYHOST,	2 },
	{ CURLOPT_LOW_SPEED_LIMIT,	STALL_SPEED },
	{ CURLOPT_NETRC,		CURL_NETRC_IGNORED },
};

static bool
options_set(struct exchange *x, struct err *e)
{
	const struct http_rules *r = x->rules;
	CURL *c = x->curl;
	bool ok = true;

	for (size_t i = 0; i < COUNT(fixed); i++)
		ok = ok && curl_easy_setopt(c, fixed[i].option,
		    fixed[i].value) == CURLE_OK;
	ok = ok && curl_easy_setopt(c, CURLOPT_URL, x->url) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ==
	    CURLE_OK && curl_easy_setopt(c, CURLOPT_USERAGENT, "tagseal/"
	    TAGSEAL_VERSION) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)
	    (r->connect > 0 ? r->connect : LIMIT_HTTP_CONNECT)) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)r->total) ==
	    CURLE_OK && curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)
	    (r->stall > 0 ? r->stall : STALL_SECONDS)) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket) ==
	    CURLE_OK && curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, x) ==
	    CURLE_OK && curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) ==
	    CURLE_OK && curl_easy_setopt(c, CURLOPT_WRITEDATA, x) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) ==
	    CURLE_OK && curl_easy_setopt(c, CURLOPT_HEADERDATA, x) == CURLE_OK;
	return ok || option_failed(e);
}

/* What the engine's file says of the host. */
static bool
connection_set(CURL *c, const struct http_rules *r, struct err *e)
{
	const struct {
		CURLoption	 option;
		const char	*value;
	} texts[] = {
		{ CURLOPT_CAINFO,	r->ca_file },
		{ CURLOPT_PROXY_CAINFO,	r->ca_file },
		{ CURLOPT_SSLCERT,	r->certificate },
		{ CURLOPT_SSLKEY,	r->key },
		/* Empty: none, and none from the environment either. */
		{ CURLOPT_PROXY,	r->proxy == NULL ? "" : r->proxy },
		{ CURLOPT_NOPROXY,	"" },
	};
	bool ok = r->ca_file == NULL ||
	    (curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROXY_CAPATH, NULL) == CURLE_OK);

	for (size_t i = 0; i < COUNT(texts); i++)
		ok = ok && (texts[i].value == NULL || curl_easy_setopt(c,
		    texts[i].option, texts[i].value) == CURLE_OK);
	return ok || option_failed(e);
}

static bool
token_add(struct exchange *x, const struct url *u, struct err *e)
{
	CLEANUP(buf_done) struct buf value = { 0 };
	const char *header;

	return !token_value(x->rules, u, &header, &value) ||
	    exchange_header(x, header, buf_cstr(&value), e);
}

static bool
headers_add(struct exchange *x, struct err *e)
{
	const struct http_rules *r = x->rules;

	for (size_t i = 0; i < r->header_count; i++)
		if (!exchange_header(x, r->headers[i].name,
		    r->headers[i].value, e))
			return false;
	return r->accept == NULL || exchange_header(x, "Accept", r->accept,
	    e);
}

/* literal_check: with a proxy, on_socket sees only the proxy's address. */
static bool
literal_check(const struct http_rules *r, const struct url *u,
    const char *text, struct err *e)
{
	return r->proxy == NULL || r->private_addresses ||
	    !address_private_name(u->host) || err_set(e, ERR_NET_PRIVATE,
	    "'%s' has an address that is not public",
	    url_shown(SPAN_TEXT(text)).text);
}

bool
exchange_open(struct exchange *x, const struct http_rules *rules,
    const char *url, uint64_t limit, const struct http_sink *sink,
    struct err *e)
{
	struct url u;

	*x = (struct exchange){ .rules = rules, .url = url, .limit = limit,
	    .sink = sink };
	pthread_once(&once, start);
	if (!url_parse(SPAN_TEXT(url), &u, e) ||
	    !literal_check(rules, &u, url, e))
		return false;
	x->curl = curl_easy_init();
	if (x->curl == NULL)
		return option_failed(e);
	return options_set(x, e) && connection_set(x->curl, rules, e) &&
	    token_add(x, &u, e) && headers_add(x, e);
}

void
exchange_done(struct exchange *x)
{
	curl_easy_cleanup(x->curl);
	curl_slist_free_all(x->headers);
	x->curl = NULL;
	x->headers = NULL;
}

bool
exchange_header(struct exchange *x, const char *name, const char *value,
    struct err *e)
{
	CLEANUP(buf_done) struct buf line = { 0 };

	buf_printf(&line, "%s: %s", name, value);
	struct curl_slist *more = curl_slist_append(x->headers,
	    buf_cstr(&line));
	if (more == NULL)
		return option_failed(e);
	x->headers = more;
	return curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, more) ==
	    CURLE_OK || option_failed(e);
}

bool
exchange_body(struct exchange *x, const struct http_post *p, struct err *e)
{
	CURL *c = x->curl;

	x->answer_type = p->answer_type;
	x->status = p->status;
	x->deaf = p->deaf;
	if (curl_easy_setopt(c, CURLOPT_POST, 1L) != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_POSTFIELDS, p->body.len > 0 ?
	    (const char *)p->body.ptr : "") != CURLE_OK ||
	    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)p->body.len) != CURLE_OK)
		return option_failed(e);
	return exchange_header(x, "Content-Type", p->type, e) &&
	    exchange_header(x, "Expect", "", e) &&
	    (p->accept == NULL || exchange_header(x, "Accept", p->accept, e));
}

uint32_t
exchange_retry_after(const struct exchange *x)
{
	curl_off_t wait = 0;

	curl_easy_getinfo(x->curl, CURLINFO_RETRY_AFTER, &wait);
	return wait < 0 ? 0 : wait > UINT32_MAX ? UINT32_MAX : (uint32_t)wait;
}

static bool
upload_set(struct exchange *x, struct err *e)
{
	CURL *c = x->curl;

	return x->upload == NULL ||
	    (curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_READFUNCTION, on_upload) ==
	    CURLE_OK && curl_easy_setopt(c, CURLOPT_READDATA, x) ==
	    CURLE_OK && curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE,
	    (curl_off_t)x->upload->len) == CURLE_OK) || option_failed(e);
}

/* resume_set asks for the rest, if it is still of the same file. */
static bool
resume_set(struct exchange *x, struct err *e)
{
	char range[32];

	if (!x->resuming && !exchange_header(x, "If-Range", x->validator, e))
		return false;
	x->resuming = true;
	x->range_start = UINT64_MAX;
	snprintf(range, sizeof(range), "%ju-", (uintmax_t)x->taken);
	return curl_easy_setopt(x->curl, CURLOPT_RANGE, range) == CURLE_OK ||
	    option_failed(e);
}

bool
exchange_begin(struct exchange *x, struct err *e)
{
	bool rest = x->resumable && x->taken > 0 && x->validator[0] != '\0';

	x->uploaded = x->passed = 0;
	x->private_hit = x->too_large = x->settled = false;
	x->failure = (struct err){ .what = NULL };
	if (rest)
		return resume_set(x, e);
	x->taken = 0;
	x->resuming = false;
	if (curl_easy_setopt(x->curl, CURLOPT_RANGE, NULL) != CURLE_OK)
		return option_failed(e);
	return upload_set(x, e) && (x->sink->begin == NULL ||
	    x->sink->begin(x->sink->arg, e));
}

static void
rest_for(uint64_t ms)
{
	struct timespec wait = { (time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000 };

	nanosleep(&wait, NULL);
}

bool
exchange_run(struct exchange *x, struct err *e)
{
	uint32_t tries = x->rules->tries > 0 ? x->rules->tries : 1;
	uint64_t pause = x->rules->pause;

	for (uint32_t i = 0, all = 0; i < tries; i++, all++) {
		uint64_t before = x->taken;

		if (!exchange_begin(x, e))
			return false;
		CURLcode code = curl_easy_perform(x->curl);
		if (exchange_result(x, code, e))
			return true;
		/* What goes forward may break more often. */
		if (x->resuming && x->taken > before && all < TRIES_MOST)
			i = 0;
		if (i + 1 >= tries || !exchange_passing(x, code, e))
			return false;
		rest_for(pause);
		pause = pause < PAUSE_MOST ? pause * 2 : pause;
	}
	return false;
}

static bool
buffer_begin(void *arg, struct err *e)
{
	struct buf *out = arg;

	(void)e;
	out->len = 0;
	return true;
}

static bool
buffer_take(void *arg, struct span piece, struct err *e)
{
	(void)e;
	buf_put(arg, piece);
	return true;
}

struct http_sink
exchange_buffer(struct buf *out)
{
	return (struct http_sink){ buffer_begin, buffer_take, out };
}

/* outcome - what came of an exchange: see exchange.h. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "net/exchange.h"

/* Which failures are whose, and which of them may pass by themselves. */
static const struct {
	CURLcode	 curl;
	enum err_code	 code;
	bool		 passing;
} failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST,	ERR_NET_UNREACHABLE,	true },
	{ CURLE_COULDNT_CONNECT,	ERR_NET_UNREACHABLE,	true },
	{ CURLE_OPERATION_TIMEDOUT,	ERR_NET_TIMEOUT,	true },
	{ CURLE_SSL_CONNECT_ERROR,	ERR_NET_TLS,		false },
	{ CURLE_PEER_FAILED_VERIFICATION, ERR_NET_TLS,		false },
	{ CURLE_SSL_CACERT_BADFILE,	ERR_NET_TLS,		false },
	{ CURLE_SSL_CERTPROBLEM,	ERR_NET_TLS,		false },
	{ CURLE_SSL_CIPHER,		ERR_NET_TLS,		false },
	{ CURLE_SSL_ISSUER_ERROR,	ERR_NET_TLS,		false },
	{ CURLE_URL_MALFORMAT,		ERR_NET_URL,		false },
	{ CURLE_UNSUPPORTED_PROTOCOL,	ERR_NET_URL,		false },
	{ CURLE_FILESIZE_EXCEEDED,	ERR_NET_LARGE,		false },
};

static const long good_statuses[] = { 200, 201, 204 };

/* What other statuses mean where files are kept, and which may pass. */
static const struct {
	long		 status;
	bool		 passing;
	const char	*meaning;
} statuses[] = {
	{ 401, false, ": it wants a token, or does not know ours; look at "
	    "'credential', and at 'forge' of 'connections'" },
	{ 403, false, ": our token may not read this, or reads too often; "
	    "look at its rights there" },
	{ 404, false, ": there is no such file, or without the right token "
	    "it is not shown" },
	{ 408, true, "" },
	{ 410, false, ": it was kept for a time and is gone; build it again, "
	    "then make a new tag" },
	{ 415, false, ": it wants to be asked in another way; look at "
	    "'forge' of 'connections'" },
	{ 429, true, ": it was asked too often" },
	{ 500, true, "" },
	{ 502, true, "" },
	{ 503, true, "" },
	{ 504, true, "" },
};

/* Types of which a server makes pages and messages, hardly an artifact. */
static const struct {
	const char	*type;
	bool		 page;	/* of any length: nobody waits for one */
	const char	*doubt;
} doubts[] = {
	{ "text/html", true, "a web page, perhaps one to log in: look at "
	    "'credential', and at what its token may read" },
	{ "application/json", false, "an answer of an API: name the "
	    "address of the file, and its 'forge' in 'connections'" },
};

struct shown
exchange_shown(const struct exchange *x)
{
	return url_shown(SPAN_TEXT(x->url));
}

bool
exchange_redirected(long status)
{
	return status >= 300 && status < 400;
}

bool
exchange_good(const struct exchange *x, long status)
{
	for (size_t i = 0; i < COUNT(good_statuses); i++)
		if (good_statuses[i] == status)
			return true;
	return (x->resuming && status == 206) ||
	    (x->status != NULL && status >= 200 &&
	    !exchange_redirected(status));
}

/* moved_take keeps where a redirect leads, for who wants to go there. */
static void
moved_take(const struct exchange *x)
{
	const char *to = NULL;

	if (x->rules->moved == NULL)
		return;
	curl_easy_getinfo(x->curl, CURLINFO_REDIRECT_URL, &to);
	x->rules->moved->len = 0;
	buf_text(x->rules->moved, to == NULL ? "" : to);
}

static size_t
status_row(long status)
{
	size_t i = 0;

	while (i < COUNT(statuses) && statuses[i].status != status)
		i++;
	return i;
}

static bool
status_refuse(const struct exchange *x, long status, struct err *e)
{
	if (exchange_redirected(status)) {
		moved_take(x);
		return err_set(e, ERR_NET_REDIRECT,
		    "'%s' answers with a redirect (HTTP %ld)",
		    exchange_shown(x).text, status);
	}
	size_t i = status_row(status);
	return err_set(e, ERR_NET_STATUS, "'%s' answers HTTP %ld%s",
	    exchange_shown(x).text, status,
	    i < COUNT(statuses) ? statuses[i].meaning : "");
}

static bool
type_is(const char *type, const char *wanted)
{
	size_t n = strlen(wanted);

	return strncasecmp(type, wanted, n) == 0 &&
	    (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

static const char *
type_of(const struct exchange *x)
{
	const char *type = NULL;

	curl_easy_getinfo(x->curl, CURLINFO_CONTENT_TYPE, &type);
	return type == NULL ? "" : type;
}

static size_t
doubt_row(const struct exchange *x)
{
	size_t i = 0;

	while (i < COUNT(doubts) && !type_is(type_of(x), doubts[i].type))
		i++;
	return i;
}

const char *
exchange_doubt(const struct exchange *x)
{
	size_t i = doubt_row(x);

	return i < COUNT(doubts) ? doubts[i].doubt : "";
}

static bool
type_check(const struct exchange *x, struct err *e)
{
	return x->answer_type == NULL ||
	    type_is(type_of(x), x->answer_type) ||
	    err_set(e, ERR_NET_TYPE, "'%s' answers with '%s', not '%s'",
	    exchange_shown(x).text, text_show(SPAN_TEXT(type_of(x))).text,
	    x->answer_type);
}

static bool
large_refuse(const struct exchange *x, struct err *e)
{
	size_t i = doubt_row(x);

	return i < COUNT(doubts) && doubts[i].page ?
	    err_set(e, ERR_NET_TYPE, "'%s' sends more than %ju bytes: %s",
	    exchange_shown(x).text, (uintmax_t)x->limit, doubts[i].doubt) :
	    err_set(e, ERR_NET_LARGE, "'%s' sends more than %ju bytes",
	    exchange_shown(x).text, (uintmax_t)x->limit);
}

static bool
code_refuse(const struct exchange *x, CURLcode code, struct err *e)
{
	enum err_code what = ERR_NET_CUT;

	for (size_t i = 0; i < COUNT(failures); i++)
		if (failures[i].curl == code)
			what = failures[i].code;
	return err_set(e, what, "'%s': %s",
	    exchange_shown(x).text, curl_easy_strerror(code));
}

bool
exchange_result(struct exchange *x, CURLcode code, struct err *e)
{
	long status = 0;

	if (x->private_hit)
		return err_set(e, ERR_NET_PRIVATE,
		    "'%s' resolves to an address that is not public",
		    exchange_shown(x).text);
	if (x->too_large)
		return large_refuse(x, e);
	if (x->failure.what != NULL) {
		*e = x->failure;
		return false;
	}
	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 0 && !exchange_good(x, status))
		return status_refuse(x, status, e);
	/* Who wants the status alone has it, whatever became of the body. */
	if (code != CURLE_OK && !(x->deaf && status != 0))
		return code_refuse(x, code, e);
	if (x->status != NULL)
		*x->status = status;
	return type_check(x, e);
}

bool
exchange_passing(const struct exchange *x, CURLcode code, const struct err *e)
{
	long status = 0;

	if (err_is(e, ERR_NET_CUT))
		return true;
	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (err_is(e, ERR_NET_STATUS))
		return status_row(status) < COUNT(statuses) &&
		    statuses[status_row(status)].passing;
	for (size_t i = 0; i < COUNT(failures); i++)
		if (failures[i].curl == code)
			return failures[i].passing && !x->private_hit;
	return false;
}

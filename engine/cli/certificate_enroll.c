/*
 * certificate enroll, renew - a certificate from an EST server (RFC 7030): its
 * authorities, then the answer to a request, which becomes a file as that of
 * any authority does.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/secret_line.h"
#include "base/text.h"
#include "cli/authorities.h"
#include "cli/certificate.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "wire/courier.h"

#define PATIENCE	600000	/* ms for one exchange */
#define WELL_KNOWN	"/.well-known/est"
#define RETRY_UNSAID	60	/* seconds: a server must say it */
#define WAIT_MOST	604800	/* seconds: a week */
#define PASSWORD_SIZE	1024	/* bytes, with one that must stay free */
#define CREDENTIAL	"est"

struct enrolling {
	struct import		 import;
	struct certificate	 asked;
	const char		*base;	/* .../.well-known/est[/LABEL] */
	const char		*request;
	const char		*output;
	const char		*user;
	const char		*verb;	/* simpleenroll, simplereenroll */
	uint8_t			 password[PASSWORD_SIZE];
	struct secret_line	 secret;
	struct local		 courier;
	int64_t			 deadline;	/* ms, clock_monotonic() */
};

static bool
is_text(uint8_t byte)
{
	return byte >= ' ' && byte != 0x7f;
}

static const struct secret_kind password_kind = { "password",
    "have a new password made", ERR_SECRET_SOURCE, ERR_SECRET_EXPOSED,
    is_text, "more than one line, or no text" };

/* ---- the command line */

static bool
base_read(const struct invocation *in, struct enrolling *w, struct err *e)
{
	const char *url;
	size_t len;

	if (!option_need(in, "est", &url, e))
		return false;
	if (strncmp(url, "https://", 8) != 0)
		return err_set(e, ERR_USAGE, "--est '%s' is no https:// "
		    "address", text_show(span_text(url)).text);
	len = strlen(url);
	while (len > 8 && url[len - 1] == '/')
		len--;
	w->base = arena_printf(w->import.arena, "%.*s%s", (int)len, url,
	    strstr(url, WELL_KNOWN) == NULL ? WELL_KNOWN : "");
	return w->base != NULL || err_budget(e, w->import.arena);
}

static bool
wait_read(const struct invocation *in, struct enrolling *w, struct err *e)
{
	const char *text = option_text(in, "wait");
	uint64_t seconds = 0;

	if (text != NULL && (!text_duration(span_text(text), &seconds) ||
	    seconds > WAIT_MOST))
		return err_set(e, ERR_USAGE, "--wait '%s' is no time of at "
		    "most 7d, such as 90s, 15m, 12h",
		    text_show(span_text(text)).text);
	w->deadline = clock_in((int64_t)seconds * 1000);
	return true;
}

static bool
password_read(const struct invocation *in, struct enrolling *w, struct err *e)
{
	const char *path = option_text(in, "password-file");

	w->user = option_text(in, "user");
	if ((w->user == NULL) != (path == NULL))
		return err_set(e, ERR_USAGE, "--user and --password-file go "
		    "together");
	w->secret = (struct secret_line){ &password_kind, w->password,
	    sizeof(w->password), 0 };
	return path == NULL || secret_from_path(&w->secret, path, e);
}

/* The courier has folders of its own: names are given in full. */
static bool
path_full(const struct invocation *in, const char *option, struct arena *a,
    struct span *out, struct err *e)
{
	const char *path = option_text(in, option);
	char full[PATH_MAX];
	char *kept;

	*out = (struct span){ NULL, 0 };
	if (path == NULL)
		return true;
	if (realpath(path, full) == NULL)
		return err_errno(e, ERR_FILE_MISSING, "--%s %s", option, path);
	kept = arena_text(a, span_text(full));
	if (kept == NULL)
		return err_budget(e, a);
	*out = span_text(kept);
	return true;
}

/* RFC 7030 4.2.2: a renewal has the same names. */
static bool
same_names(const struct certificate *a, const struct certificate *b)
{
	bool same = span_eq(a->subject_name, b->subject_name) &&
	    a->name_count == b->name_count;

	for (size_t i = 0; same && i < a->name_count; i++)
		same = span_eq(a->names[i], b->names[i]);
	return same;
}

static bool
renewed_check(const struct invocation *in, struct enrolling *w, struct err *e)
{
	struct certificate_bag now;
	const char *path;

	if (!option_need(in, "certificate", &path, e) ||
	    !certificate_load(path, w->import.arena, &now, e))
		return false;
	return same_names(&now.items[0], &w->asked) || err_set(e,
	    ERR_CSR_REFUSED, "the request is for other names than the "
	    "certificate of \"%s\" (RFC 7030 4.2.2)",
	    text_show(now.items[0].subject).text);
}

static bool
enrolling_read(const struct invocation *in, struct enrolling *w,
    struct err *e)
{
	return base_read(in, w, e) &&
	    option_need(in, "request", &w->request, e) &&
	    option_need(in, "output", &w->output, e) &&
	    wait_read(in, w, e) && password_read(in, w, e) &&
	    import_purpose(in, &w->import.terms.purpose, e) &&
	    import_request(w->request, w->import.arena, &w->asked, e);
}

/* ---- the server */

static bool
courier_open(const struct invocation *in, struct enrolling *w, struct err *e)
{
	struct arena *a = w->import.arena;
	struct span host = span_from(span_text(w->base), 8), rest = host;
	struct courier_connection way = { .hosts = &host, .host_count = 1 };
	struct courier_credential who = { .name = span_text(CREDENTIAL),
	    .token = { w->password, w->secret.len }, .hosts = &host,
	    .host_count = 1 };
	struct courier_settings s = { .connections = &way,
	    .connection_count = 1, .credentials = &who,
	    .credential_count = w->user != NULL };

	if (!span_split(&rest, '/', &host))
		host = rest;
	if (w->user != NULL)
		who.user = span_text(w->user);
	return path_full(in, "est-roots", a, &way.ca, e) &&
	    path_full(in, "client-certificate", a, &way.certificate, e) &&
	    path_full(in, "client-key", a, &way.key, e) &&
	    courier_start_with(&s, &w->courier, e);
}

static bool
authorities_get(struct enrolling *w, struct certificate_bag *out,
    struct err *e)
{
	struct arena *a = w->import.arena;
	CLEANUP(buf_done) struct buf b = { 0 };
	const char *url = arena_printf(a, "%s/cacerts", w->base);
	struct span kept;

	if (url == NULL)
		return err_budget(e, a);
	if (!courier_load(&w->courier, span_text(url), LIMIT_BAG,
	    "the list of authorities", &b, e))
		return err_at(e, "%s", url);
	if (!arena_copy(a, buf_span(&b), &kept))
		return err_budget(e, a);
	return bag_read(kept, a, out, e) || err_at(e, "%s", url);
}

static bool
ask(struct enrolling *w, const char *url, struct buf *answer,
    struct enrolled *out, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 }, body = { 0 };
	struct stream_question q = {
		.request = COURIER_ENROLL,
		.answer = COURIER_ENROLLED,
		.failed = COURIER_FAILED,
		.limit = COURIER_MESSAGE_LIMIT,
		.patience = PATIENCE,
	};

	text_base64(w->asked.der, &text);
	enroll_write(&(struct enroll_request){ span_text(url),
	    buf_span(&text), span_text(w->user != NULL ? CREDENTIAL : ""),
	    true }, &body);
	answer->len = 0;
	return stream_ask(&w->courier.channel, &q, buf_span(&body), answer,
	    e) && enrolled_read(buf_span(answer), out, e);
}

/* What the server says beside a status, for people: its first line. */
static bool
refused(const struct enrolled *got, struct err *e)
{
	struct span rest = got->answer, line = { NULL, 0 };

	if (!span_line(&rest, &line) || line.len == 0)
		return err_set(e, ERR_EST_REFUSED, "it answers with status %u",
		    got->status);
	return err_set(e, ERR_EST_REFUSED, "it answers with status %u: %s",
	    got->status, text_show(line).text);
}

/* RFC 7030 4.2.3: 202 says when to ask the same again. */
static bool
wait_again(const struct enrolling *w, const struct enrolled *got,
    struct err *e)
{
	uint32_t seconds = got->retry_after > 0 ? got->retry_after :
	    RETRY_UNSAID;
	struct timespec pause = { .tv_sec = seconds };

	if (clock_in((int64_t)seconds * 1000) > w->deadline)
		return err_set(e, ERR_EST_PENDING, "it asks to come again in "
		    "%u seconds", seconds);
	nanosleep(&pause, NULL);
	return true;
}

static bool
certificate_get(struct enrolling *w, const char *url, struct err *e)
{
	struct import *i = &w->import;
	CLEANUP(buf_done) struct buf answer = { 0 };
	const struct certificate *leaf;
	struct enrolled got;
	struct span kept;

	for (;;) {
		if (!ask(w, url, &answer, &got, e))
			return false;
		if (got.status != 202)
			break;
		if (!wait_again(w, &got, e))
			return false;
	}
	if (got.status != 200)
		return refused(&got, e);
	if (!arena_copy(i->arena, got.answer, &kept))
		return err_budget(e, i->arena);
	if (!bag_read(kept, i->arena, &i->bag, e) ||
	    !path_leaf(&i->bag, w->asked.spki, &leaf, e))
		return false;
	i->leaf = *leaf;
	return true;
}

static int
enrolling_run(const struct invocation *in, struct enrolling *w, struct err *e)
{
	struct certificate_bag authorities;
	const char *url = arena_printf(w->import.arena, "%s/%s", w->base,
	    w->verb);

	if (url == NULL) {
		err_budget(e, w->import.arena);
		return -1;
	}
	if (!courier_open(in, w, e) || !authorities_get(w, &authorities, e))
		return -1;
	if (!certificate_get(w, url, e)) {
		err_at(e, "%s", url);
		return -1;
	}
	if (!bag_add(&w->import.bag, &authorities, w->import.arena, e))
		return -1;
	return import_finish(in, &w->import, url, w->output, e);
}

static int
run(const struct invocation *in, const char *verb, bool renewal,
    struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(CERTIFICATE_ARENA);
	struct enrolling w = { .import = { .arena = a }, .verb = verb,
	    .courier = LOCAL_NONE };
	int code = -1;

	if (enrolling_read(in, &w, e) &&
	    (!renewal || renewed_check(in, &w, e)))
		code = enrolling_run(in, &w, e);
	local_done(&w.courier);
	explicit_bzero(w.password, sizeof(w.password));
	return code;
}

static int
run_enroll(const struct invocation *in, struct err *e)
{
	return run(in, "simpleenroll", false, e);
}

static int
run_renew(const struct invocation *in, struct err *e)
{
	return run(in, "simplereenroll", true, e);
}

#define EST_OPTIONS							\
	{ "est", 0, "URL", "the server: https://HOST[:PORT], or with "	\
	    "/.well-known/est/LABEL", false },				\
	{ "request", 0, "FILE", "what 'certificate csr' made", false },	\
	{ "est-roots", 0, "FILE", "whom to trust as the server (PEM); else "\
	    "the system's roots", false },				\
	{ "client-certificate", 0, "FILE", "who asks: PEM, for TLS", false },\
	{ "client-key", 0, "FILE", "its key: PEM", false },		\
	{ "user", 0, "NAME", "who asks: by a password", false },	\
	{ "password-file", 0, "FILE", "the password, one line", false },\
	{ "wait", 0, "TIME", "how long to ask again while the authority "\
	    "has to approve: 90s, 15m, 12h", false },			\
	{ "use", 0, "USE", "code-signing (default), time-stamping", false },\
	{ "no-root", 0, NULL, "the chain may end before its root", false },\
	{ "output", 'o', "FILE", "where the PEM file goes", false }

static const struct option_row enroll_options[] = {
	EST_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

static const struct option_row renew_options[] = {
	{ "certificate", 0, "FILE", "the one that is renewed", false },
	EST_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command certificate_enroll_command = {
	.name = "certificate enroll",
	.summary = "get a certificate from an EST server",
	.arguments = "",
	.options = enroll_options,
	.details = "EST is RFC 7030: the server's authorities are fetched "
	    "(cacerts), then the request is sent\n(simpleenroll). The answer "
	    "is checked as by 'certificate import' before the file is\n"
	    "written. The key of the request stays in its token. Where the "
	    "authority has to approve\nfirst, exit code 3 says to ask again.",
	.example = "tagseal certificate enroll --est https://est.acme.example "
	    "--est-roots est-ca.pem \\\n    --user release --password-file "
	    "password --request release.csr \\\n    -o "
	    "certificates/release.pem",
	.json = true,
	.run = run_enroll,
};

const struct command certificate_renew_command = {
	.name = "certificate renew",
	.summary = "get a new certificate for the same names from an EST "
	    "server",
	.arguments = "",
	.options = renew_options,
	.details = "As 'certificate enroll', by simplereenroll: the request "
	    "must have the names of the\ncertificate that it renews (RFC 7030 "
	    "4.2.2); its key may be the same or a new one.",
	.example = "tagseal certificate renew --certificate "
	    "certificates/release.pem \\\n    --est https://est.acme.example "
	    "--client-certificate client.pem \\\n    --client-key client.key "
	    "--request release.csr -o certificates/release.pem",
	.json = true,
	.run = run_renew,
};

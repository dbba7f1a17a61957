/* git_ssh - see git_ssh.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "net/git_program.h"
#include "net/git_ssh.h"
#include "sys/clock.h"

#define PATIENCE	60	/* seconds */
#define SCHEME		"ssh://"

/* ---- addresses ---- */

static bool
malformed(struct span text, const char *why, struct err *e)
{
	return err_set(e, ERR_NET_URL, "URL '%s' %s", text_show(text).text,
	    why);
}

/* is_plain: nothing that a shell or ssh reads in another way. */
static bool
is_plain(struct span s, const char *more)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80 || s.ptr[i] == '\0' ||
		    (!isalnum(s.ptr[i]) && strchr(more, s.ptr[i]) == NULL))
			return false;
	return s.len > 0 && s.ptr[0] != '-';
}

/* user_take cuts off "user@". */
static bool
user_take(struct span *rest, struct ssh_url *out)
{
	size_t slash = span_find(*rest, SPAN_TEXT("/"));
	size_t at = span_find(*rest, SPAN_TEXT("@"));
	struct span user = SPAN_TEXT("git");

	if (at != SIZE_MAX && at < slash) {
		user = (struct span){ rest->ptr, at };
		*rest = span_from(*rest, at + 1);
	}
	if (!is_plain(user, "._-") || user.len >= sizeof(out->user))
		return false;
	memcpy(out->user, user.ptr, user.len);
	out->user[user.len] = '\0';
	return true;
}

bool
ssh_url_parse(struct span text, struct ssh_url *out, struct err *e)
{
	CLEANUP(buf_done) struct buf web = { 0 };
	struct ssh_url u = { .user = "" };
	struct span rest = span_from(text, strlen(SCHEME));
	struct err unused;

	if (!span_starts(text, SCHEME) || !user_take(&rest, &u))
		return malformed(text, "has no plain user for ssh", e);
	/* Host, port and segments are those of the web. */
	buf_text(&web, "https://");
	buf_put(&web, rest);
	if (!url_parse(buf_span(&web), &u.at, &unused) || u.at.query.len > 0)
		return malformed(text, "has no plain host, port and path", e);
	size_t path = span_find(rest, SPAN_TEXT("/"));
	u.at.path = path == SIZE_MAX ? (struct span){ 0 } :
	    span_from(rest, path);
	if (u.at.path.len < 2 || !is_plain(u.at.path, "/._~+-"))
		return malformed(text, "has a path that can be read in two "
		    "ways", e);
	/* url_parse says 443 where there is no port, or that one. */
	struct span host = { rest.ptr, path };
	if (u.at.port == 443 && !span_ends(host, ":443"))
		u.at.port = 22;
	u.at.secure = true;
	*out = u;
	return true;
}

/* ---- the program ---- */

/* file_fits: ssh reads quotes, blanks, '%' and '~' in names of files. */
static bool
file_fits(const char *path, struct err *e)
{
	if (path != NULL && path[0] == '/' &&
	    is_plain(SPAN_TEXT(path), "/._+-"))
		return true;
	return err_set(e, ERR_NET_SSH, "the file '%s' has a name that ssh "
	    "would read otherwise", text_show(SPAN_TEXT(path == NULL ? "" :
	    path)).text);
}

/* What ssh is told besides the files, the port, the user and the host. */
static char *const fixed[] = {
	(char[]){ "/usr/bin/ssh" }, (char[]){ "-F" },
	(char[]){ "/dev/null" }, (char[]){ "-T" },
	(char[]){ "-oBatchMode=yes" },
	(char[]){ "-oStrictHostKeyChecking=yes" },
	(char[]){ "-oGlobalKnownHostsFile=/dev/null" },
	(char[]){ "-oUpdateHostKeys=no" }, (char[]){ "-oCheckHostIP=no" },
	(char[]){ "-oVerifyHostKeyDNS=no" },
	(char[]){ "-oIdentitiesOnly=yes" }, (char[]){ "-oIdentityAgent=none" },
	(char[]){ "-oPreferredAuthentications=publickey" },
	(char[]){ "-oClearAllForwardings=yes" },
	(char[]){ "-oControlPath=none" }, (char[]){ "-oLogLevel=ERROR" },
	(char[]){ "-oServerAliveInterval=15" },
	(char[]){ "-oServerAliveCountMax=3" },
};

/* Texts that ssh gets, which must live until it has started. */
struct words {
	struct buf	known_hosts, key, time, port, command;
};

static void
words_done(struct words *w)
{
	struct buf *const all[] = { &w->known_hosts, &w->key, &w->time,
	    &w->port, &w->command };

	for (size_t i = 0; i < COUNT(all); i++)
		buf_done(all[i]);
}

static void
words_make(struct words *w, const struct git_ssh *s, const char *service,
    const struct ssh_url *u)
{
	buf_printf(&w->known_hosts, "-oUserKnownHostsFile=%s",
	    s->known_hosts);
	buf_printf(&w->key, "-oIdentityFile=%s", s->key);
	buf_printf(&w->time, "-oConnectTimeout=%d", LIMIT_HTTP_CONNECT);
	buf_printf(&w->port, "-p%u", u->at.port);
	buf_printf(&w->command, "git-%s '%.*s'", service,
	    (int)u->at.path.len, (const char *)u->at.path.ptr);
}

static bool
start(struct git_program *p, const char *service, const char *url,
    struct err *e)
{
	CLEANUP(words_done) struct words w = { 0 };
	const struct git_ssh *s = p->settings;
	char *const environment[] = { (char[]){ "PATH=/usr/bin:/bin" },
	    (char[]){ "LC_ALL=C" }, (char[]){ "HOME=/" }, NULL };
	struct ssh_url u;

	if (!ssh_url_parse(SPAN_TEXT(url), &u, e) || !file_fits(s->key, e) ||
	    !file_fits(s->known_hosts, e))
		return false;
	words_make(&w, s, service, &u);
	char *const given[] = { (char *)buf_cstr(&w.known_hosts),
	    (char *)buf_cstr(&w.key), (char *)buf_cstr(&w.time),
	    (char *)buf_cstr(&w.port), (char[]){ "-l" }, u.user,
	    (char[]){ "--" }, u.at.host, (char *)buf_cstr(&w.command),
	    NULL };
	char *arguments[COUNT(fixed) + COUNT(given)];
	memcpy(arguments, fixed, sizeof(fixed));
	memcpy(arguments + COUNT(fixed), given, sizeof(given));
	return git_program_run(p, arguments, environment, e);
}

/* What ssh says when it gives up; a host that says so fools only itself. */
static const struct {
	const char	*sentence;
	enum err_code	 code;
} reasons[] = {
	{ "Host key verification failed.",	ERR_NET_HOST_KEY },
	{ "Permission denied (",		ERR_NET_SSH },
	{ "Load key \"",			ERR_NET_SSH },
	{ "no such identity: ",			ERR_NET_SSH },
	{ "timed out",				ERR_NET_TIMEOUT },
	{ "Connection refused",			ERR_NET_UNREACHABLE },
	{ "Could not resolve hostname",		ERR_NET_UNREACHABLE },
};

static bool
refuse(struct span words, struct err *e)
{
	struct span rest = words, line = { 0 };
	enum err_code code = ERR_NET_GIT;

	for (size_t i = 0; i < COUNT(reasons) && code == ERR_NET_GIT; i++)
		if (span_find(words, SPAN_TEXT(reasons[i].sentence)) !=
		    SIZE_MAX)
			code = reasons[i].code;
	/* A changed key brings a banner of '@' first. */
	while (span_line(&rest, &line) && span_starts(line, "@"))
		;
	if (span_ends(line, "\r"))
		line.len--;
	if (line.len == 0)
		line = SPAN_TEXT("it says nothing");
	return err_set(e, code, "ssh ended early: %s", text_show(line).text);
}

static const struct git_program_kind kind = { "ssh", start, refuse, 5 };

int
git_ssh_open(git_smart_subtransport **out, git_transport *owner, void *arg)
{
	struct git_ssh *s = arg;
	const struct git_program terms = {
		.kind = &kind, .settings = s, .failure = &s->failure,
		.patience = s->patience > 0 ? s->patience : PATIENCE,
		.limit = s->limit,
		.deadline = clock_in((int64_t)s->total * 1000),
	};

	(void)owner;
	return git_program_open(out, &terms);
}

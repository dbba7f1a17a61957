/*
 * publish - results into a folder below a declared one, or to a web server.
 *
 * A file appears under its name whole and synced, or not at all, and is never
 * replaced by another one.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "courier/carry.h"
#include "sys/file.h"

#define TRIES	3
#define PAUSE	500	/* ms before the second try, doubling */
#define NAME	255	/* bytes: what file systems take */

/* One path segment that no shell, browser or person misreads. */
static bool
name_check(struct span name, struct err *e)
{
	CLEANUP(buf_done) struct buf visible = { 0 };

	text_visible(name, &visible);
	if (name.len > 0 && name.len <= NAME && name.ptr[0] != '.' &&
	    memchr(name.ptr, '/', name.len) == NULL &&
	    memchr(name.ptr, '\\', name.len) == NULL &&
	    span_eq(name, buf_span(&visible)))
		return true;
	return err_set(e, ERR_OUTPUT_NAME, "'%s' cannot be the name of a "
	    "published file", text_show(name).text);
}

/* below: path is folder, or lies in it; both without a '/' at the end. */
static bool
below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return n > 1 && strncmp(path, folder, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0');
}

static bool
outside(const char *folder, struct err *e)
{
	return err_set(e, ERR_OUTPUT_OUTSIDE, "'%s' lies below none of the "
	    "folders for outputs", text_show(span_text(folder)).text);
}

/* segments_plain: an absolute path that has no ".", ".." or empty part. */
static bool
segments_plain(const char *folder)
{
	struct span rest = span_text(folder), part;

	if (!span_split(&rest, '/', &part) || part.len != 0)
		return false;
	while (span_split(&rest, '/', &part))
		if (part.len == 0 || span_is(part, ".") ||
		    span_is(part, ".."))
			return false;
	return true;
}

/*
 * folder_open makes the folder, once its name lies below a declared one, and
 * looks again when all links are resolved.
 */
static bool
folder_open(const struct courier *c, const char *folder, struct err *e)
{
	const char *const *o = c->outputs;

	while (*o != NULL && !below(folder, *o))
		o++;
	if (*o == NULL || !segments_plain(folder))
		return outside(folder, e);
	if (!folder_make(folder, 0755, e))
		return false;
	CLEANUP(free_done) char *real = realpath(folder, NULL);
	CLEANUP(free_done) char *declared = realpath(*o, NULL);
	return (real != NULL && declared != NULL && below(real, declared)) ||
	    outside(folder, e);
}

/* published: has the file these very bytes already? */
static bool
published(const char *path, const struct rope *contents, struct arena *a)
{
	CLEANUP(fd_done) int fd = -1;
	struct rope there;
	struct err unused;
	uint64_t size;
	bool same = false;

	return file_open(path, &fd, &size, &unused) &&
	    rope_file(a, fd, 0, size, &there, &unused) &&
	    rope_same(&there, contents, &same, &unused) && same;
}

static bool
to_directory(const struct courier *c, const struct publish_request *q,
    const struct rope *contents, struct arena *a, struct err *e)
{
	const char *folder, *name;

	if (!wire_text(a, q->target, &folder, e) ||
	    !wire_text(a, q->name, &name, e) || !folder_open(c, folder, e))
		return false;
	const char *path = arena_printf(a, "%s/%s", folder, name);
	if (path == NULL)
		return err_budget(e, a);
	return file_replace(path, contents, FILE_NEW, e) ||
	    (err_is(e, ERR_FILE_EXISTS) && published(path, contents, a));
}

/* url_join writes the name as a path segment (RFC 3986, 3.3). */
static void
url_join(struct span target, struct span name, struct buf *out)
{
	if (span_ends(target, "/"))
		target.len--;
	buf_put(out, target);
	buf_u8(out, '/');
	text_percent(name, "!$&'()*+,;=:@", out);
}

static bool
to_server(const struct courier *c, const struct publish_request *q,
    const struct rope *contents, struct arena *a, struct err *e)
{
	CLEANUP(buf_done) struct buf joined = { 0 };
	struct http_rules rules;
	const char *url;

	url_join(q->target, q->name, &joined);
	if (!wire_text(a, buf_span(&joined), &url, e) ||
	    !courier_rules(c, url, q->credential, a, &rules, e))
		return false;
	rules.private_addresses = true;		/* administrators name it */
	rules.total = LIMIT_DOWNLOAD_TIME;
	rules.tries = TRIES;
	rules.pause = PAUSE;
	return http_put(&rules, url, contents, e);
}

typedef bool publishes(const struct courier *, const struct publish_request *,
    const struct rope *, struct arena *, struct err *);

static publishes *const kinds[PUBLISH_KINDS] = {
	[PUBLISH_DIRECTORY]	= to_directory,
	[PUBLISH_PUT]		= to_server,
};

bool
carry_publication(const struct courier *c, struct message *m, struct arena *a,
    struct buf *answer, struct err *e)
{
	struct publish_request q;
	struct rope contents;
	struct stat st;

	(void)answer;
	if (!publish_read(buf_span(&m->body), a, &q, e) ||
	    !name_check(q.name, e))
		return false;
	if (fstat(m->fds[0], &st) != 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size != q.size)
		return wire_malformed(e, "publish");
	return rope_file(a, m->fds[0], 0, q.size, &contents, e) &&
	    kinds[q.kind](c, &q, &contents, a, e);
}

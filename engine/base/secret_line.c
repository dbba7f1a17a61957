/* secret_line - see secret_line.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/secret_line.h"
#include "base/text.h"

static bool
too_long(const struct secret_line *s, const char *name, struct err *e)
{
	return err_set(e, s->kind->source, "%s: longer than %zu bytes", name,
	    s->size - 1);
}

/* Drops one line end and looks at what is left. */
static bool
trim(struct secret_line *s, const char *name, struct err *e)
{
	if (s->len > 0 && s->bytes[s->len - 1] == '\n')
		s->len--;
	if (s->len > 0 && s->bytes[s->len - 1] == '\r')
		s->len--;
	if (s->len == 0)
		return err_set(e, s->kind->source, "%s: the %s is empty",
		    name, s->kind->noun);
	for (size_t i = 0; i < s->len; i++)
		if (!s->kind->allows(s->bytes[i]))
			return err_set(e, s->kind->source, "%s: %s", name,
			    s->kind->otherwise);
	return true;
}

bool
secret_from_descriptor(struct secret_line *s, int fd, const char *name,
    struct err *e)
{
	ssize_t n = 1;

	while (n > 0 && s->len < s->size) {
		n = read(fd, s->bytes + s->len, s->size - s->len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return err_errno(e, s->kind->source, "%s", name);
		else
			s->len += (size_t)n;
	}
	return s->len < s->size ? trim(s, name, e) : too_long(s, name, e);
}

bool
secret_from_path(struct secret_line *s, const char *path, struct err *e)
{
	CLEANUP(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, s->kind->source, "%s", path);
	if ((st.st_mode & S_IRWXO) != 0) {
		err_set(e, s->kind->exposed, "%s: mode %03o lets everybody in",
		    path, (unsigned)st.st_mode & 0777);
		return err_hint(e, "chmod 600 %s, then %s", path,
		    s->kind->remedy);
	}
	return secret_from_descriptor(s, fd, path, e);
}

bool
secret_from_text(struct secret_line *s, const char *text, const char *name,
    struct err *e)
{
	size_t len = strlen(text);

	if (len >= s->size)
		return too_long(s, name, e);
	memcpy(s->bytes, text, len);
	s->len = len;
	return trim(s, name, e);
}

bool
secret_from_credential(struct secret_line *s, const char *name,
    struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (folder == NULL)
		return err_set(e, s->kind->source,
		    "credential %s: CREDENTIALS_DIRECTORY is not set", name);
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return err_set(e, s->kind->source,
		    "credential '%s' is no plain name",
		    text_show(span_text(name)).text);
	buf_printf(&path, "%s/%s", folder, name);
	return secret_from_path(s, buf_cstr(&path), e);
}

char *
secret_variable(const struct secret_kind *kind, const char *name,
    struct err *e)
{
	char *value = getenv(name);

	if (value == NULL)
		err_set(e, kind->source, "environment variable %s is not set",
		    name);
	return value;
}

/* secret - see secret.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/secret.h"

void
secret_wipe(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

/* Drops one line end and looks at what is left. */
static bool
trim(struct secret *s, const char *name, struct err *e)
{
	if (s->len > 0 && s->bytes[s->len - 1] == '\n')
		s->len--;
	if (s->len > 0 && s->bytes[s->len - 1] == '\r')
		s->len--;
	if (s->len == 0)
		return err_set(e, ERR_SECRET_SOURCE, "%s: the secret is empty",
		    name);
	for (size_t i = 0; i < s->len; i++)
		if (s->bytes[i] < ' ' || s->bytes[i] == 0x7f)
			return err_set(e, ERR_SECRET_SOURCE, "%s: more than "
			    "one line, or no text", name);
	return true;
}

static bool
too_long(const char *name, struct err *e)
{
	return err_set(e, ERR_SECRET_SOURCE, "%s: longer than %d bytes", name,
	    SECRET_SIZE - 1);
}

static bool
read_all(int fd, const char *name, struct secret *s, struct err *e)
{
	ssize_t n = 1;

	while (n > 0 && s->len < sizeof(s->bytes)) {
		n = read(fd, s->bytes + s->len, sizeof(s->bytes) - s->len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return err_errno(e, ERR_SECRET_SOURCE, "%s", name);
		else
			s->len += (size_t)n;
	}
	return s->len < sizeof(s->bytes) || too_long(name, e);
}

static bool
from_path(const char *path, struct secret *s, struct err *e)
{
	CLEANUP(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, ERR_SECRET_SOURCE, "%s", path);
	if ((st.st_mode & S_IRWXO) != 0) {
		err_set(e, ERR_SECRET_EXPOSED, "%s: mode %03o lets everybody "
		    "in", path, (unsigned)st.st_mode & 0777);
		return err_hint(e, "chmod 600 %s, then have a new secret made",
		    path);
	}
	return read_all(fd, path, s, e) && trim(s, path, e);
}

/* It stays in our own environment: two credentials may be the same secret,
 * and no process gets more of it than its row says. */
static bool
from_environment(const char *name, struct secret *s, struct err *e)
{
	const char *value = getenv(name);

	if (value == NULL)
		return err_set(e, ERR_SECRET_SOURCE,
		    "environment variable %s is not set", name);
	size_t len = strlen(value);
	if (len >= sizeof(s->bytes))
		return too_long(name, e);
	memcpy(s->bytes, value, len);
	s->len = len;
	return trim(s, name, e);
}

/* systemd.exec(5), LoadCredential: a folder of files, one per credential. */
static bool
from_credential(const char *name, struct secret *s, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (folder == NULL)
		return err_set(e, ERR_SECRET_SOURCE,
		    "credential %s: CREDENTIALS_DIRECTORY is not set", name);
	if (name[0] == '.' || strchr(name, '/') != NULL)
		return err_set(e, ERR_SECRET_SOURCE,
		    "credential '%s' is no plain name",
		    text_show(span_text(name)).text);
	buf_printf(&path, "%s/%s", folder, name);
	return from_path(buf_cstr(&path), s, e);
}

bool
secret_read(const struct secret_source *source, struct secret *out,
    struct err *e)
{
	const struct {
		struct span	name;
		bool		(*read)(const char *, struct secret *,
				    struct err *);
	} places[] = {
		{ source->file, from_path },
		{ source->environment, from_environment },
		{ source->credential, from_credential },
	};

	out->len = 0;
	for (size_t i = 0; i < COUNT(places); i++) {
		CLEANUP(buf_done) struct buf name = { 0 };

		if (places[i].name.len == 0)
			continue;
		buf_put(&name, places[i].name);
		return places[i].read(buf_cstr(&name), out, e);
	}
	return err_set(e, ERR_SECRET_SOURCE, "no source of the secret is "
	    "given");
}

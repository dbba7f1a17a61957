/* pin - see pin.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/pin.h"

void
pin_wipe(struct pin *p)
{
	explicit_bzero(p, sizeof(*p));
}

/* pin_trim drops one line end and looks at what is left. */
static bool
pin_trim(struct pin *p, const char *name, struct err *e)
{
	if (p->len > 0 && p->bytes[p->len - 1] == '\n')
		p->len--;
	if (p->len > 0 && p->bytes[p->len - 1] == '\r')
		p->len--;
	if (p->len == 0)
		return err_set(e, ERR_PIN_SOURCE, "%s: the PIN is empty", name);
	if (memchr(p->bytes, '\n', p->len) != NULL ||
	    memchr(p->bytes, '\0', p->len) != NULL)
		return err_set(e, ERR_PIN_SOURCE, "%s: more than one line",
		    name);
	return true;
}

static bool
pin_from_fd(int fd, const char *name, struct pin *p, struct err *e)
{
	ssize_t n = 1;

	while (n > 0 && p->len < sizeof(p->bytes)) {
		n = read(fd, p->bytes + p->len, sizeof(p->bytes) - p->len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return err_errno(e, ERR_PIN_SOURCE, "%s", name);
		else
			p->len += (size_t)n;
	}
	if (p->len == sizeof(p->bytes))
		return err_set(e, ERR_PIN_SOURCE, "%s: longer than %zu bytes",
		    name, sizeof(p->bytes) - 1);
	return pin_trim(p, name, e);
}

static bool
pin_from_path(const char *path, struct pin *p, struct err *e)
{
	CLEANUP(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return err_errno(e, ERR_PIN_SOURCE, "%s", path);
	if ((st.st_mode & S_IRWXO) != 0) {
		err_set(e, ERR_PIN_EXPOSED, "%s: mode %03o lets everybody in",
		    path, (unsigned)st.st_mode & 0777);
		return err_hint(e, "chmod 600 %s, then change the PIN", path);
	}
	return pin_from_fd(fd, path, p, e);
}

static bool
pin_from_file(const struct pin_source *s, struct pin *p, struct err *e)
{
	return pin_from_path(s->name, p, e);
}

/* The variable goes, so that nothing that we start inherits it. */
static bool
pin_from_environment(const struct pin_source *s, struct pin *p, struct err *e)
{
	char *value = getenv(s->name);

	if (value == NULL)
		return err_set(e, ERR_PIN_SOURCE,
		    "environment variable %s is not set", s->name);
	size_t len = strlen(value);
	bool fits = len < sizeof(p->bytes);
	if (fits) {
		memcpy(p->bytes, value, len);
		p->len = len;
	}
	explicit_bzero(value, len);
	unsetenv(s->name);
	if (!fits)
		return err_set(e, ERR_PIN_SOURCE, "environment variable %s: "
		    "longer than %zu bytes", s->name, sizeof(p->bytes) - 1);
	return pin_trim(p, s->name, e);
}

/* systemd.exec(5), LoadCredential: a folder of files, one per credential. */
static bool
pin_from_credential(const struct pin_source *s, struct pin *p, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (folder == NULL)
		return err_set(e, ERR_PIN_SOURCE,
		    "credential %s: CREDENTIALS_DIRECTORY is not set", s->name);
	if (s->name[0] == '\0' || s->name[0] == '.' ||
	    strchr(s->name, '/') != NULL)
		return err_set(e, ERR_PIN_SOURCE,
		    "credential '%s' is no plain name", s->name);
	buf_printf(&path, "%s/%s", folder, s->name);
	return pin_from_path(buf_cstr(&path), p, e);
}

static bool
pin_from_descriptor(const struct pin_source *s, struct pin *p, struct err *e)
{
	return pin_from_fd(s->fd, "descriptor", p, e);
}

static bool
pin_from_nowhere(const struct pin_source *s, struct pin *p, struct err *e)
{
	(void)s;
	(void)p;
	return err_set(e, ERR_PIN_SOURCE, "no source of the PIN is given");
}

static bool (*const sources[])(const struct pin_source *, struct pin *,
    struct err *) = {
	[PIN_NONE]		= pin_from_nowhere,
	[PIN_FILE]		= pin_from_file,
	[PIN_ENVIRONMENT]	= pin_from_environment,
	[PIN_CREDENTIAL]	= pin_from_credential,
	[PIN_DESCRIPTOR]	= pin_from_descriptor,
};

bool
pin_read(const struct pin_source *s, struct pin *out, struct err *e)
{
	CLEANUP(pin_wipe) struct pin p = { .len = 0 };

	if (!sources[s->from](s, &p, e))
		return false;
	*out = p;
	return true;
}

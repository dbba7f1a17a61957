/* pin - see pin.h. */
#include <stdlib.h>
#include <string.h>

#include "base/secret_line.h"
#include "keys/pin.h"

static bool
is_one_line(uint8_t byte)
{
	return byte != '\n' && byte != '\0';
}

static const struct secret_kind kind = { "PIN", "change the PIN",
    ERR_PIN_SOURCE, ERR_PIN_EXPOSED, is_one_line, "more than one line" };

void
pin_wipe(struct pin *p)
{
	explicit_bzero(p, sizeof(*p));
}

static bool
from_file(const struct pin_source *s, struct secret_line *out, struct err *e)
{
	return secret_from_path(out, s->name, e);
}

static bool
from_environment(const struct pin_source *s, struct secret_line *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	char *value = secret_variable(&kind, s->name, e);

	if (value == NULL)
		return false;
	buf_printf(&name, "environment variable %s", s->name);
	bool ok = secret_from_text(out, value, buf_cstr(&name), e);
	return ok;
}

static bool
from_credential(const struct pin_source *s, struct secret_line *out,
    struct err *e)
{
	return secret_from_credential(out, s->name, e);
}

static bool
from_descriptor(const struct pin_source *s, struct secret_line *out,
    struct err *e)
{
	return secret_from_descriptor(out, s->fd, "descriptor", e);
}

static bool
from_nowhere(const struct pin_source *s, struct secret_line *out,
    struct err *e)
{
	(void)s;
	(void)out;
	return err_set(e, ERR_PIN_SOURCE, "no source of the PIN is given");
}

static bool (*const sources[])(const struct pin_source *,
    struct secret_line *, struct err *) = {
	[PIN_NONE]		= from_nowhere,
	[PIN_FILE]		= from_file,
	[PIN_ENVIRONMENT]	= from_environment,
	[PIN_CREDENTIAL]	= from_credential,
	[PIN_DESCRIPTOR]	= from_descriptor,
};

bool
pin_read(const struct pin_source *s, struct pin *out, struct err *e)
{
	CLEANUP(pin_wipe) struct pin p = { .len = 0 };
	struct secret_line line = { &kind, p.bytes, sizeof(p.bytes), 0 };

	if (!sources[s->from](s, &line, e))
		return false;
	p.len = line.len;
	*out = p;
	return true;
}

/* So that nothing that we start inherits it. */
void
pin_forget(const struct pin_source *s)
{
	char *value = s->from == PIN_ENVIRONMENT ? getenv(s->name) : NULL;

	if (value == NULL)
		return;
	explicit_bzero(value, strlen(value));
	unsetenv(s->name);
}

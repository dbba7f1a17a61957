/* secret - see secret.h. */
#include <string.h>

#include "base/secret_line.h"
#include "daemon/secret.h"

static bool
is_text(uint8_t byte)
{
	return byte >= ' ' && byte != 0x7f;
}

static const struct secret_kind kind = { "secret", "have a new secret made",
    ERR_SECRET_SOURCE, ERR_SECRET_EXPOSED, is_text,
    "more than one line, or no text" };

void
secret_wipe(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

/* It stays in our own environment: two credentials may be the same secret,
 * and no process gets more of it than its row says. */
static bool
from_environment(struct secret_line *s, const char *name, struct err *e)
{
	const char *value = secret_variable(&kind, name, e);

	return value != NULL && secret_from_text(s, value, name, e);
}

bool
secret_read(const struct secret_source *source, struct secret *out,
    struct err *e)
{
	const struct {
		struct span	name;
		bool		(*read)(struct secret_line *, const char *,
				    struct err *);
	} places[] = {
		{ source->file, secret_from_path },
		{ source->environment, from_environment },
		{ source->credential, secret_from_credential },
	};

	struct secret_line line = { &kind, out->bytes, sizeof(out->bytes), 0 };
	out->len = 0;
	for (size_t i = 0; i < COUNT(places); i++) {
		CLEANUP(buf_done) struct buf name = { 0 };

		if (places[i].name.len == 0)
			continue;
		buf_put(&name, places[i].name);
		bool ok = places[i].read(&line, buf_cstr(&name), e);
		out->len = line.len;
		return ok;
	}
	return err_set(e, ERR_SECRET_SOURCE, "no source of the secret is "
	    "given");
}

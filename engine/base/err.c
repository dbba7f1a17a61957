/* err - see err.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

const struct err_row err_rows[ERR_CODES] = {
	[ERR_NONE] = { "NONE", ERR_KIND_NONE, "", "" },
#define E(name, code, kind, reason, advice) \
	[ERR_##name] = { code, ERR_KIND_##kind, reason, advice },
#include "base/errors.def"
#undef E
};

static const struct {
	const char	*name;
	int		 exit_code;
} kinds[] = {
	[ERR_KIND_NONE]		= { "none", 0 },
	[ERR_KIND_USAGE]	= { "usage", 2 },
	[ERR_KIND_INPUT]	= { "input", 2 },
	[ERR_KIND_REFUSED]	= { "refused", 1 },
	[ERR_KIND_NOTHING]	= { "nothing there", 3 },
	[ERR_KIND_CONFIG]	= { "config", 4 },
	[ERR_KIND_SYSTEM]	= { "system", 5 },
	[ERR_KIND_ALARM]	= { "alarm", 6 },
};

bool
(err_set)(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->what = &err_rows[code];
	e->hint[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return false;
}

bool
(err_errno)(struct err *e, enum err_code code, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	e->what = &err_rows[code];
	e->hint[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	size_t n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(saved));
	return false;
}

bool
(err_at)(struct err *e, const char *where, ...)
{
	char tail[sizeof(e->text)];
	va_list ap;

	memcpy(tail, e->text, sizeof(tail));
	va_start(ap, where);
	vsnprintf(e->text, sizeof(e->text), where, ap);
	va_end(ap);
	size_t n = strlen(e->text);
	if (n + 2 < sizeof(e->text))
		snprintf(e->text + n, sizeof(e->text) - n, ": %.*s",
		    (int)(sizeof(e->text) - n - 3), tail);
	return false;
}

bool
(err_hint)(struct err *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return false;
}

bool
err_is(const struct err *e, enum err_code code)
{
	return e->what == &err_rows[code];
}

const struct err_row *
err_find(const char *code)
{
	for (size_t i = 1; i < ERR_CODES; i++)
		if (strcmp(err_rows[i].code, code) == 0)
			return &err_rows[i];
	return NULL;
}

enum err_code
err_code_of(const struct err_row *row)
{
	return row == NULL ? ERR_NONE : (enum err_code)(row - err_rows);
}

const char *
err_advice(const struct err *e)
{
	if (e->hint[0] != '\0')
		return e->hint;
	return e->what == NULL ? "" : e->what->advice;
}

int
err_exit_code(enum err_kind kind)
{
	return kinds[kind].exit_code;
}

const char *
err_kind_name(enum err_kind kind)
{
	return kinds[kind].name;
}

void
err_print(FILE *out, const struct err *e, bool colour)
{
	const char *red = colour ? "\033[1;31m" : "";
	const char *cyan = colour ? "\033[36m" : "";
	const char *plain = colour ? "\033[0m" : "";

	if (e->what == NULL)
		return;
	fprintf(out, "%serror%s %s: %s\n", red, plain, e->what->code, e->text);
	if (e->what->reason[0] != '\0')
		fprintf(out, "%swhy%s:  %s\n", cyan, plain, e->what->reason);
	if (err_advice(e)[0] != '\0')
		fprintf(out, "%shint%s: %s\n", cyan, plain, err_advice(e));
}

/* log - see log.h. */
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

static const char *const levels[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_ERROR] = "error",
};

static void
line_as_json(const struct log *log, enum log_level level, const char *fact,
    const char *time, const struct log_field *fields, struct buf *out)
{
	CLEANUP(json_done) struct json *v = json_map();

	if (time[0] != '\0')
		json_put_text(v, "time", time);
	json_put_text(v, "level", levels[level]);
	json_put_text(v, "process", log->process);
	json_put_text(v, "fact", fact);
	for (; fields->key != NULL; fields++)
		if (fields->value != NULL)
			json_put_text(v, fields->key, fields->value);
	json_write(v, out);
}

static bool
plain(const char *value)
{
	return value[0] != '\0' && strpbrk(value, " \"=\\") == NULL;
}

/* Quotes end where they are meant to: a value can't begin another field. */
static void
put_quoted(const char *value, struct buf *out)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			buf_u8(&b, '\\');
		buf_u8(&b, (uint8_t)*value);
	}
	buf_u8(out, '"');
	text_visible(buf_span(&b), out);
	buf_u8(out, '"');
}

static void
line_as_text(const struct log *log, enum log_level level, const char *fact,
    const char *time, const struct log_field *fields, struct buf *out)
{
	if (time[0] != '\0')
		buf_printf(out, "%s ", time);
	buf_printf(out, "%-5s %s %s", levels[level], log->process, fact);
	for (; fields->key != NULL; fields++) {
		if (fields->value == NULL)
			continue;
		buf_printf(out, " %s=", fields->key);
		if (plain(fields->value))
			text_visible(span_text(fields->value), out);
		else
			put_quoted(fields->value, out);
	}
}

void
log_write(const struct log *log, enum log_level level, const char *fact,
    const struct log_field *fields)
{
	CLEANUP(buf_done) struct buf line = { 0 };
	char time[TEXT_TIME_SIZE] = "";

	if (level < log->least || log->fd < 0)
		return;
	if (log->now != NULL)
		text_time(log->now(), time);
	(log->json ? line_as_json : line_as_text)(log, level, fact, time,
	    fields, &line);
	buf_u8(&line, '\n');
	/* One write, so that lines of several processes do not mix. */
	ssize_t ignored = write(log->fd, line.ptr, line.len);
	(void)ignored;
}

void
log_err(const struct log *log, const char *fact, const struct err *e)
{
	LOG(log, LOG_LEVEL_ERROR, fact,
	    { "code", e->what == NULL ? NULL : e->what->code },
	    { "text", e->text }, { "advice", err_advice(e) });
}

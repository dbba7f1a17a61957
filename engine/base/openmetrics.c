/* openmetrics - see openmetrics.h. */
#include <inttypes.h>

#include "base/openmetrics.h"
#include "base/text.h"

void
metrics_family(struct buf *b, const char *name, const char *unit,
    const char *help)
{
	buf_printf(b, "# TYPE %s gauge\n", name);
	if (unit != NULL)
		buf_printf(b, "# UNIT %s %s\n", name, unit);
	buf_printf(b, "# HELP %s %s\n", name, help);
}

/* What would end value or line is escaped; all must be UTF-8. */
static void
put_value(struct span s, struct buf *b)
{
	if (!text_utf8(s))
		s = SPAN_TEXT("?");
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c == '\\' || c == '"')
			buf_u8(b, '\\');
		if (c == '\n')
			buf_text(b, "\\n");
		else
			buf_u8(b, c < ' ' ? '?' : c);
	}
}

static void
put_name(struct buf *b, const char *name, const struct metrics_label *labels,
    size_t count)
{
	buf_text(b, name);
	for (size_t i = 0; i < count; i++) {
		buf_printf(b, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
		put_value(labels[i].value, b);
		buf_u8(b, '"');
	}
	buf_text(b, count > 0 ? "} " : " ");
}

void
metrics_sample(struct buf *b, const char *name,
    const struct metrics_label *labels, size_t count, int64_t value)
{
	put_name(b, name, labels, count);
	buf_printf(b, "%" PRId64 "\n", value);
}

void
metrics_seconds(struct buf *b, const char *name,
    const struct metrics_label *labels, size_t count, int64_t ms)
{
	uint64_t size = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;

	put_name(b, name, labels, count);
	buf_printf(b, "%s%" PRIu64 ".%03u\n", ms < 0 ? "-" : "", size / 1000,
	    (unsigned)(size % 1000));
}

void
metrics_end(struct buf *b)
{
	buf_text(b, "# EOF\n");
}

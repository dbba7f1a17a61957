/* event_line - see event_line.h. */
#include <string.h>

#include "cli/event_line.h"
#include "cli/job.h"

#define TIME_SHOWN	19	/* to the second */

void
event_line(const struct json *row, const struct palette *p)
{
	struct span at = json_span(json_member(row, "at"));

	if (at.len > TIME_SHOWN)
		at.len = TIME_SHOWN;
	printf("%7lld  ", (long long)json_integer_of(json_member(row, "n")));
	cli_show(at);
	printf("  %s", p->bold);
	cli_show(json_span(json_member(row, "type")));
	printf("%s  ", p->plain);
	cli_show(json_span(json_member(row, "summary")));
	putchar('\n');
}

bool
event_request_prefix(const char *text)
{
	return strncmp(text, "sr-", 3) == 0 &&
	    text[3 + strspn(text + 3, "0123456789abcdef")] == '\0';
}

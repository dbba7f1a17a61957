/* event_line - an event of a view in one line. */
#ifndef CLI_EVENT_LINE_H
#define CLI_EVENT_LINE_H

#include "cli/cli.h"

#define EVENT_INDENT	9	/* columns before what belongs to an event */

/* Number, time and summary of a row of view_events. */
void	event_line(const struct json *row, const struct palette *);

/* "sr-" and hex digits: an id of a request, or the beginning of one. */
bool	event_request_prefix(const char *);

#endif

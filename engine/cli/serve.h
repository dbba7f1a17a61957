/*
 * serve - commands that answer by HTTP until somebody stops them.
 */
#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "http/server.h"

/*
 * serve_signals makes SIGINT and SIGTERM come in through a descriptor, so that
 * nothing is cut off; the caller closes it. Errors: PROCESS-START.
 */
bool	serve_signals(int *out, struct err *) MUST_USE;

/* serve_until answers until a signal comes. Errors: those of http_wait. */
bool	serve_until(struct http_server *, int signals, struct err *) MUST_USE;

#endif

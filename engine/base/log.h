/*
 * log - one line per fact on standard error, as text or as JSON lines.
 *
 * A line has a level, the process that writes it, a short name of the fact
 * (dotted, as event types are), and fields. Values are escaped.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR,
};

struct log {
	int		 fd;
	const char	*process;	/* "judge", ... */
	bool		 json;
	enum log_level	 least;		/* lines below are dropped */
	int64_t		(*now)(void);	/* milliseconds; NULL: no time */
};

struct log_field {
	const char	*key;
	const char	*value;
};

/* LOG(&log, LOG_LEVEL_INFO, "worker.started", { "request", id }); */
#define LOG(log, level, fact, ...)					\
	log_write(log, level, fact, (const struct log_field[]){		\
	    __VA_ARGS__ __VA_OPT__(,) { NULL, NULL } })

/* Fields end with a NULL key; a NULL value drops the field. */
void	log_write(const struct log *, enum log_level, const char *fact,
	    const struct log_field *);

/* log_err writes an error with its code, text and advice. */
void	log_err(const struct log *, const char *fact, const struct err *);

#endif

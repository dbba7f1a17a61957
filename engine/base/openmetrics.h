/*
 * openmetrics - measured values as text for Prometheus and its kin
 * (OpenMetrics 1.0, https://prometheus.io/docs/specs/om/open_metrics_spec/).
 * Only gauges: what is written can be read as the older text format, too, as
 * node_exporter's textfile collector does.
 *
 *	# TYPE tagseal_alarms gauge
 *	# HELP tagseal_alarms Alarms that nobody has acknowledged.
 *	tagseal_alarms{stops="true"} 1
 *	# EOF
 */
#ifndef BASE_OPENMETRICS_H
#define BASE_OPENMETRICS_H

#include "base/bytes.h"

/*
 * metrics_family begins a family; its samples follow. A unit is the end of the
 * name; NULL: it has none. Name and help are ours: nothing is escaped.
 */
void	metrics_family(struct buf *, const char *name, const char *unit,
	    const char *help);

/* Names are ours, values may be of strangers. */
struct metrics_label {
	const char	*name;
	struct span	 value;
};

/* metrics_sample appends one value of a family. */
void	metrics_sample(struct buf *, const char *name,
	    const struct metrics_label *, size_t count, int64_t value);

/* metrics_seconds is metrics_sample of milliseconds, in seconds. */
void	metrics_seconds(struct buf *, const char *name,
	    const struct metrics_label *, size_t count, int64_t ms);

/* metrics_end ends all of it. */
void	metrics_end(struct buf *);

#endif

/*
 * stamp_memory - what is remembered of timestamp authorities while a process
 * lives: how they do, and what they gave. Nothing of it is needed, and nothing
 * of it is trusted: a reply that was kept is verified again by whoever uses it.
 *
 * Times are those of clock_monotonic, in milliseconds.
 *
 * Includes: base, crypto.
 */
#ifndef JUDGE_STAMP_MEMORY_H
#define JUDGE_STAMP_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/digest.h"

struct stamp_memory;

struct stamp_memory	*memory_of_stamps(void);
void			 stamp_memory_free(struct stamp_memory *);
DEFINE_CLEANUP(struct stamp_memory, stamp_memory_done, stamp_memory_free);

/* ---- how they do, by their URL; a memory of NULL remembers nothing */

/* One answered after so many ms, nobody knows yet whether well. */
void	health_answered(struct stamp_memory *, struct span url,
	    int64_t latency, int64_t now);

/* What one gave was good: what was held against it is forgotten. */
void	health_good(struct stamp_memory *, struct span url);

/*
 * One failed, or gave what is not good: it comes after the others for 30 s,
 * and twice as long each time in a row, up to an hour.
 */
void	health_bad(struct stamp_memory *, struct span url, int64_t now);

/*
 * health_order sorts the numbers of URLs as they are to be tried: as they
 * stand, but those that take more than 3 s, and far longer than another, come
 * later, and those that failed last, whose time is over soonest first. All are
 * there. Latency counts half after every 10 minutes without an answer.
 */
void	health_order(const struct stamp_memory *, const struct span *urls,
	    size_t count, int64_t now, uint32_t *order);

/* ---- what they gave */

#define STAMPS_KEPT	256
#define STAMPS_BYTES	((size_t)4 << 20)
#define STAMPS_AGE	480000	/* ms; less than TIMESTAMP_SKEW */

/* A question and its answer; valid until the next stamp_keep. */
struct stamp_kept {
	struct span	url;		/* of whom it is */
	struct span	request;	/* TimeStampReq, DER: has the nonce */
	struct span	reply;		/* TimeStampResp, DER */
};

/*
 * stamp_keep keeps what was found to be good for an imprint, in place of the
 * oldest if there is too much; it may not lie in the memory. stamp_recall
 * finds it, if it is not too old, and stamp_drop forgets it.
 */
void	stamp_keep(struct stamp_memory *, const struct digest *imprint,
	    const struct stamp_kept *, int64_t now);
bool	stamp_recall(const struct stamp_memory *, const struct digest *imprint,
	    int64_t now, struct stamp_kept *out);
void	stamp_drop(struct stamp_memory *, const struct digest *imprint);

#endif

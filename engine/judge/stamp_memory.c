/* stamp_memory - see stamp_memory.h. */
#include <stdlib.h>

#include "judge/stamp_memory.h"

#define ROWS		64	/* authorities that are remembered */
#define BACK_OFF	INT64_C(30000)		/* ms after one failure */
#define BACK_OFF_MOST	INT64_C(3600000)
#define DOUBLINGS	7	/* of BACK_OFF: then it is over an hour */
#define SLOW		INT64_C(3000)		/* ms that are too long */
#define SLOWER		4	/* times another's latency */
#define HALF		INT64_C(600000)		/* ms: latency counts half */

struct health {
	struct digest	url;
	unsigned	failures;	/* in a row */
	int64_t		until;		/* it comes last */
	int64_t		latency;	/* moving mean; 0: unknown */
	int64_t		sampled;	/* when */
	uint64_t	used;
};

struct kept {
	struct digest	imprint;
	struct buf	bytes;		/* URL, request, reply */
	size_t		url, request;	/* bytes of these */
	int64_t		since;
	bool		there;
};

struct stamp_memory {
	struct health	rows[ROWS];
	uint64_t	uses;
	struct kept	kept[STAMPS_KEPT];
	size_t		next;		/* to be written: the oldest */
	size_t		bytes;
};

struct stamp_memory *
memory_of_stamps(void)
{
	return xcalloc(1, sizeof(struct stamp_memory));
}

static void
kept_drop(struct stamp_memory *m, struct kept *k)
{
	m->bytes -= k->bytes.len;
	buf_done(&k->bytes);
	*k = (struct kept){ .there = false };
}

void
stamp_memory_free(struct stamp_memory *m)
{
	for (size_t i = 0; m != NULL && i < STAMPS_KEPT; i++)
		kept_drop(m, &m->kept[i]);
	free(m);
}

/* ---- how they do */

static const struct health *
health_find(const struct stamp_memory *m, struct span url)
{
	struct digest d = digest_of(DIGEST_SHA256, url);

	for (size_t i = 0; m != NULL && i < ROWS; i++)
		if (digest_eq(&m->rows[i].url, &d))
			return &m->rows[i];
	return NULL;
}

/* Its row, or that of whom nobody spoke for longest. */
static struct health *
health_row(struct stamp_memory *m, struct span url)
{
	struct digest d = digest_of(DIGEST_SHA256, url);
	struct health *oldest = &m->rows[0];

	for (size_t i = 0; i < ROWS; i++) {
		struct health *h = &m->rows[i];

		if (digest_eq(&h->url, &d)) {
			h->used = ++m->uses;
			return h;
		}
		if (h->used < oldest->used)
			oldest = h;
	}
	*oldest = (struct health){ .url = d, .used = ++m->uses };
	return oldest;
}

/* Long ago says little. */
static int64_t
latency_now(const struct health *h, int64_t now)
{
	int64_t halves = (now - h->sampled) / HALF;

	return halves > 30 ? 0 : h->latency >> halves;
}

void
health_answered(struct stamp_memory *m, struct span url, int64_t latency,
    int64_t now)
{
	if (m == NULL)
		return;
	struct health *h = health_row(m, url);
	int64_t before = latency_now(h, now);

	h->latency = before == 0 ? latency : (3 * before + latency) / 4;
	h->sampled = now;
}

void
health_good(struct stamp_memory *m, struct span url)
{
	if (m == NULL)
		return;
	struct health *h = health_row(m, url);

	h->failures = 0;
	h->until = 0;
}

void
health_bad(struct stamp_memory *m, struct span url, int64_t now)
{
	if (m == NULL)
		return;
	struct health *h = health_row(m, url);
	unsigned doublings = h->failures < DOUBLINGS ? h->failures :
	    DOUBLINGS;
	int64_t wait = BACK_OFF << doublings;

	h->failures++;
	h->until = now + (wait < BACK_OFF_MOST ? wait : BACK_OFF_MOST);
}

/* Where one stands: what is smaller is tried first. */
static int64_t
rank_of(const struct health *h, int64_t best, int64_t now)
{
	if (h == NULL)
		return 0;
	if (h->until > now)
		return h->until;
	int64_t latency = latency_now(h, now);
	return latency > SLOW && latency / SLOWER > best ? 1 : 0;
}

/* The least latency of those that are known, and do not wait. */
static int64_t
best_of(const struct stamp_memory *m, const struct span *urls, size_t count,
    int64_t now)
{
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		const struct health *h = health_find(m, urls[i]);

		if (h != NULL && h->until <= now && h->latency > 0 &&
		    latency_now(h, now) < best)
			best = latency_now(h, now);
	}
	return best;
}

/* Insertion keeps those that are equal in their order; they are few. */
void
health_order(const struct stamp_memory *m, const struct span *urls,
    size_t count, int64_t now, uint32_t *order)
{
	int64_t best = best_of(m, urls, count, now);

	for (size_t i = 0; i < count; i++) {
		int64_t rank = rank_of(health_find(m, urls[i]), best, now);
		size_t at = i;

		for (; at > 0 && rank_of(health_find(m, urls[order[at - 1]]),
		    best, now) > rank; at--)
			order[at] = order[at - 1];
		order[at] = (uint32_t)i;
	}
}

/* ---- what they gave */

static struct kept *
kept_find(struct stamp_memory *m, const struct digest *imprint)
{
	for (size_t i = 0; m != NULL && i < STAMPS_KEPT; i++)
		if (m->kept[i].there &&
		    digest_eq(&m->kept[i].imprint, imprint))
			return &m->kept[i];
	return NULL;
}

void
stamp_drop(struct stamp_memory *m, const struct digest *imprint)
{
	struct kept *k = kept_find(m, imprint);

	if (k != NULL)
		kept_drop(m, k);
}

void
stamp_keep(struct stamp_memory *m, const struct digest *imprint,
    const struct stamp_kept *what, int64_t now)
{
	size_t size = what->url.len + what->request.len + what->reply.len;

	if (m == NULL || size > STAMPS_BYTES)
		return;
	stamp_drop(m, imprint);
	kept_drop(m, &m->kept[m->next]);
	for (size_t i = 1; m->bytes + size > STAMPS_BYTES; i++)
		kept_drop(m, &m->kept[(m->next + i) % STAMPS_KEPT]);
	struct kept *k = &m->kept[m->next];
	*k = (struct kept){ .imprint = *imprint, .url = what->url.len,
	    .request = what->request.len, .since = now, .there = true };
	buf_put(&k->bytes, what->url);
	buf_put(&k->bytes, what->request);
	buf_put(&k->bytes, what->reply);
	m->bytes += k->bytes.len;
	m->next = (m->next + 1) % STAMPS_KEPT;
}

bool
stamp_recall(const struct stamp_memory *m, const struct digest *imprint,
    int64_t now, struct stamp_kept *out)
{
	const struct kept *k = kept_find((struct stamp_memory *)(uintptr_t)m,
	    imprint);

	if (k == NULL || now - k->since > STAMPS_AGE)
		return false;
	struct reader r = rd_open(buf_span(&k->bytes));
	out->url = rd_take(&r, k->url);
	out->request = rd_take(&r, k->request);
	out->reply = rd_take(&r, rd_left(&r));
	return true;
}

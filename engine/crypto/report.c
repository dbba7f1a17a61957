/* report - see report.h. */
#include "base/text.h"
#include "crypto/cms.h"
#include "crypto/countersignature.h"
#include "crypto/report.h"
#include "crypto/timestamp.h"

const struct remark_row remark_rows[REMARKS] = {
	[REMARK_SHA1] = { "sha1", "it rests on SHA-1, which counts only "
	    "where a timestamp says that it is from before 2016" },
	[REMARK_TIMESTAMP_SHA1] = { "timestamp-sha1",
	    "the timestamp rests on SHA-1" },
	[REMARK_TIMESTAMP_OLD] = { "timestamp-old",
	    "a timestamp is of the kind before RFC 3161" },
	[REMARK_EXPIRED] = { "expired", "the certificate is not valid now, "
	    "and no timestamp says that it was" },
	[REMARK_LIFETIME] = { "lifetime", "lifetime signing: no timestamp "
	    "extends the validity of the certificate" },
	[REMARK_NO_PURPOSE] = { "no-purpose", "the certificate does not say "
	    "that it is for code: firmware takes it, Windows does not" },
	[REMARK_OTHER_TYPE] = { "other-type", "the kind of file in it is not "
	    "that of programs: firmware takes it, Windows does not" },
	[REMARK_OBSOLETE] = { "obsolete-name", "it holds the file name "
	    "<<<Obsolete>>>: with SHA-512 Windows does not take it" },
};

struct finding *
findings_add(struct findings *f, struct arena *a)
{
	struct finding *more = arena_grow(a, f->items, f->count,
	    sizeof(*more));

	if (more == NULL)
		return NULL;
	f->items = more;
	more[f->count] = (struct finding){ 0 };
	return &more[f->count++];
}

bool
finding_describe(struct finding *f, const struct cms_signer *signer,
    const struct certificate *c, struct arena *a, struct err *e)
{
	struct span raw;

	f->signature_kind = signer->kind;
	f->value = signer->value;
	f->subject = c->subject;
	f->issuer = c->issuer;
	f->certificate = c->der;
	f->thumbprint = c->thumbprint;
	if (!cms_raw_value(signer, c->spki, a, &raw, e))
		return false;
	f->signature_sha256 = digest_of(DIGEST_SHA256, raw);
	return true;
}

/* A clock may be wrong by this. */
#define SKEW	INT64_C(300000)	/* ms */

static struct timestamp_terms
stamp_terms(const struct judge_terms *judge, bool embedded)
{
	return (struct timestamp_terms){
		.roots = judge->timestamp_roots != NULL ?
		    judge->timestamp_roots : judge->roots,
		.now = judge->now,
		.embedded = embedded,
		.old = judge->old,
	};
}

/* One from the future would make good what is not valid yet. */
static bool
time_past(const struct timestamp *t, const struct judge_terms *judge,
    struct err *e)
{
	char stated[TEXT_TIME_SIZE], now[TEXT_TIME_SIZE];

	if (judge->now == 0 || t->time <= judge->now + SKEW)
		return true;
	text_time(t->time, stated);
	text_time(judge->now, now);
	return err_set(e, ERR_TIMESTAMP_FUTURE, "the timestamp is of %s, and "
	    "it is %s", stated, now);
}

static void
stamp_take(struct finding *f, const struct timestamp *t)
{
	f->timestamped = true;
	f->timestamp = t->time;
	f->authority = t->signer.subject;
	f->timestamp_counter = t->counter;
	f->timestamp_weak = t->weak;
	f->timestamp_chain = t->chain.certificates;
	f->timestamp_chain_count = t->chain.count;
}

bool
finding_stamp(struct finding *f, const struct cms_signer *signer,
    struct span token, const struct judge_terms *judge, bool embedded,
    struct arena *a, struct err *e)
{
	struct timestamp_terms terms = stamp_terms(judge, embedded);
	struct timestamp stamp;

	if (!timestamp_check(token, signer->value, &terms, a, &stamp, e) ||
	    !time_past(&stamp, judge, e))
		return err_at(e, "timestamp");
	stamp_take(f, &stamp);
	return true;
}

bool
finding_counter(struct finding *f, const struct cms *around,
    const struct cms_signer *signer, struct span der,
    const struct judge_terms *judge, struct arena *a, struct err *e)
{
	struct timestamp_terms terms = stamp_terms(judge, true);
	struct timestamp stamp;

	if (!countersignature_check(around, der, signer->value, &terms, a,
	    &stamp, e) || !time_past(&stamp, judge, e))
		return err_at(e, "timestamp of the kind before RFC 3161");
	if (!f->timestamped) {
		stamp_take(f, &stamp);
		return true;
	}
	f->countered = true;
	f->counter_time = stamp.time;
	f->counter_authority = stamp.signer.subject;
	return true;
}

bool
finding_chain(struct finding *f, const struct cms *m,
    const struct certificate *c, enum purpose purpose, int64_t at,
    const struct judge_terms *judge, struct arena *a, struct err *e)
{
	struct chain_terms terms = { .trust = judge->roots,
	    .purpose = purpose, .at = at, .now = judge->now,
	    .old = judge->old && f->timestamped && at == f->timestamp &&
		at < REPORT_OLD_UNTIL };
	struct chain chain;

	if (judge->roots == NULL)
		return true;
	if (!chain_check(c, m->certificates, m->certificate_count, &terms, a,
	    &chain, e))
		return false;
	f->chain = chain.certificates;
	f->chain_count = chain.count;
	f->weak = f->weak || chain.weak;
	return true;
}

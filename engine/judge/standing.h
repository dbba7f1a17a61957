/*
 * standing - how requests and refs stand by the ledger: what the judge asks
 * when it decides, and a replay when it decides again.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_STANDING_H
#define JUDGE_STANDING_H

#include "config/model.h"
#include "ledger/fold.h"

/* The last completed request of a policy; NULL: there is none. */
const struct fold_request *standing_completed(const struct fold *,
	    struct span project, struct span policy);

/*
 * What the same signed bytes (SHA-256, hex) were judged as before: a request's
 * id, which the fold holds, or a word; empty: they were not.
 */
struct span	standing_asked(const struct fold *, struct span project,
		    struct span ref, struct span payload);

/* It was authorised, or has ended. */
bool	standing_runs(const struct fold_request *);

/* Keys were used for it, and nothing came of that yet: it is tried again. */
bool	standing_again(const struct fold_request *);

/* The certificate that a request names is what its policy signs with then. */
bool	standing_certificate(const struct config *, struct span project,
	    struct span policy, struct span certificate, int64_t at);

/* The ref still is what the request was made of. A branch may grow. */
bool	standing_ref(const struct fold *, const struct fold_request *);

#endif

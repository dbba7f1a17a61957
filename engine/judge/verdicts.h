/*
 * verdicts - private to judge/: what became of signatures that were looked at,
 * so that none is verified twice. The same bytes, first seen at the same time,
 * have the same verdict by the same keys; so a memo belongs to one state of
 * the config repo (struct signers), and goes with it. It is bounded.
 */
#ifndef JUDGE_VERDICTS_H
#define JUDGE_VERDICTS_H

#include "crypto/digest.h"
#include "git/verify.h"

struct verdict {
	bool		found;		/* a declared key made it: */
	struct signer	signer;
	struct err	why;		/* or else why not */
};

struct verdicts;

/*
 * verdict_key names a signature, the namespace that an SSH one must have, and
 * when it was first seen, in seconds.
 */
struct digest	verdict_key(const struct object_signature *,
		    const char *ssh_namespace, int64_t seconds);

/* verdicts_find gives what was kept, or NULL; list may be NULL. */
const struct verdict *verdicts_find(const struct verdicts *list,
		    const struct digest *key);

/* verdicts_keep makes *list with the first one; verdicts_free frees it. */
void	verdicts_keep(struct verdicts **list, const struct digest *key,
	    const struct verdict *);
void	verdicts_free(struct verdicts *);

#endif

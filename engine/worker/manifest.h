/*
 * manifest - the signing manifest: what was done to each file of an artifact.
 *
 *	{"certificate": SHA-256,
 *	 "signatures": [{"path": "outer.zip!/a.exe", "format", "method",
 *	   "directive", "output": of a detached one, "sha256_before",
 *	   "sha256_after", "same_as": the equal file it was made for,
 *	   "algorithm", "signed_digest", "signature_sha256", "timestamp"}],
 *	 "rebuilt": [{"path": "outer.zip", "format", "sha256_before",
 *	   "sha256_after", "notes": [what else changed]}]}
 *
 * The ledger keeps it as evidence of artifact.verified, and the receipt is of
 * that event. Private to worker/.
 */
#ifndef WORKER_MANIFEST_H
#define WORKER_MANIFEST_H

#include "worker/seal.h"

/*
 * manifest_make tells of all that was signed and made again. For the digests
 * it reads the new files once more; undigested, it has none.
 */
bool	manifest_make(struct seal *, struct json **out, struct err *)
	    MUST_USE;

#endif

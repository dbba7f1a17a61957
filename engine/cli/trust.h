/*
 * trust - trust.yaml: which root of the config repo, and which keys of the
 * ledger, a person believes.
 */
#ifndef CLI_TRUST_H
#define CLI_TRUST_H

#include "config/config.h"
#include "judge/recovery.h"

/*
 * trust_read reads a file of pins into the arena; path NULL is that of the
 * person, ~/.config/tagseal/trust.yaml, and where there is none, nothing is
 * pinned: then the version is 0. Errors: FILE-MISSING of a path that was
 * given, those of the file.
 */
bool	trust_read(const char *path, struct arena *, struct trust_file *out,
	    struct err *) MUST_USE;

/* trust_pin is the root that a file pins. Errors: CHAIN-ROOT. */
bool	trust_pin(const struct trust_file *, struct chain_pin *out,
	    struct err *) MUST_USE;

/* trust_recovery is whose recoveries a file believes, from a pinned root. */
struct recovery_trust	trust_recovery(const struct trust_file *,
			    const struct chain_pin *root);

#endif

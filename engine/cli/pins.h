/*
 * pins - whom an engine and its clients trust, read from a commit of the
 * config repo, and as the text of engine.yaml and trust.yaml.
 */
#ifndef CLI_PINS_H
#define CLI_PINS_H

#include "config/model.h"
#include "git/repository.h"
#include "judge/chain.h"

struct pins {
	struct config	*config;	/* as the commit has it */
	struct chain_pin root;
	struct span	 log_key;	/* verifier key; lives in config */
};

/*
 * pins_read reads what a commit (see repo_commit) says. The files must be
 * sound, and the ledger's two keys be what they are used for. All errors but
 * the last are printed. Errors: those of config_load, NOTE-KEY, SSH-KEY.
 */
bool	pins_read(struct repository *, const char *commit, struct pins *out,
	    struct err *) MUST_USE;
void	pins_done(struct pins *);

/* pins_write appends 'config' and 'ledger' of either file. */
void	pins_write(const struct pins *, const struct span *urls, size_t count,
	    struct buf *out);

/* trust_write appends a whole trust.yaml. */
void	trust_write(const struct pins *, struct buf *out);

/* recovery_write appends 'recovery' of either file; without keys nothing. */
void	recovery_write(const struct span *keys, size_t count,
	    const char *threshold, struct buf *out);

/* yaml_list appends texts as a list in one line, in quotes. */
void	yaml_list(const struct span *, size_t count, struct buf *out);

#endif

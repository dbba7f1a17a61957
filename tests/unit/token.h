/* token - a SoftHSM token in a folder of its own, for one test. */
#ifndef TOKEN_H
#define TOKEN_H

#include "keys/keys.h"
#include "test.h"

#define TOKEN_PIN	"1234"

struct token {
	char	folder[TEST_FOLDER];
	char	pin[96];	/* file with the PIN */
};

/* token_make sets SOFTHSM2_CONF: call it while no module is started. */
void	token_make(struct token *, const char *label);
void	token_done(struct token *);

/* token_more makes another token of the same folder. */
void	token_more(const char *label);

/* token_terms opens a token by label with the PIN's file. */
struct keystore_terms token_terms(const struct token *, const char *label);

/* run_ok runs a command by the shell and demands that it works. */
void	run_ok(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

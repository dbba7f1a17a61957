/*
 * team_world - a signer as a member of a team, with a token of SoftHSM: the test
 * plays the supervisor and the judge.
 */
#ifndef TEAM_WORLD_H
#define TEAM_WORLD_H

#include "crypto/merkle.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "test.h"
#include "token.h"
#include "wire/settings.h"
#include "wire/signer.h"

#define ORIGIN	"acme.example/tagseal"
#define LATER	clock_in(60000)

enum { LOG_KEY, COMMIT_KEY, KEYS };

/* A token, what a signer is given, and both who speak to it. */
struct world {
	struct token		 token;
	char			 folder[TEST_FOLDER];	/* of the state: not the token's */
	char			 state[80];
	struct span		 access[1];
	struct token_settings	 given_token;
	struct signer_settings	 given;
	struct process		 process;
	struct channel		 supervisor;
	struct channel		 judge;
	int			 log;		/* its standard error */
	struct arena		*arena;
	struct span		 log_key;
	struct merkle_tree	 tree;		/* the ledger */
	uint64_t		 signed_size;
};

/* cmocka's setup and teardown: a token with both keys of the ledger. */
int	team_world(void **state);
int	team_world_done(void **state);

/* team_world_role is the signer's main, where this program is started as it. */
bool	team_world_role(int argc, char **argv, int *code);

/* ---- as the supervisor: start is process_run and settings_send. */
void	process_run(struct world *);
void	settings_send(struct world *, size_t missing);	/* bytes at its end */
void	start(struct world *);
void	link_send(struct world *, const char *peer);
void	stop(struct world *);

/* exit_code waits for its end; STOP is the caller's to say. */
int	exit_code(struct world *);

/* ended: by itself, and it says why. */
void	ended(struct world *, int code, enum err_code why);
bool	logged(const struct world *, const char *what);

/* ---- as the judge */
struct span		ask(struct world *, uint8_t type, struct span body,
			    uint8_t want);
struct signer_counts	counts_of(struct world *);
struct key_record	*keys_open(struct world *);

/* judge_begins: it opens the ledger's keys before anything else. */
void	judge_begins(struct world *);

/* checkpoint lets the ledger grow by one, and has it signed. */
void	checkpoint(struct world *);

#endif

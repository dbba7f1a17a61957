/*
 * signer_world - a signer as a process of its own, the keys that it may use,
 * what the judge knows, and a ledger: for the tests of signer/.
 */
#ifndef SIGNER_WORLD_H
#define SIGNER_WORLD_H

#include "base/json.h"
#include "crypto/merkle.h"
#include "sys/process.h"
#include "test.h"
#include "token.h"
#include "wire/signer.h"

#define ORIGIN		"acme.example/tagseal"
#define ENGINE_ID	"6f1c0000-0000-4000-8000-000000000000"
#define PATIENCE	60000	/* ms */

enum { LOG_KEY, COMMIT_KEY, SIGN_KEY, OTHER_KEY, KEYS };

struct world {
	struct token		 token;
	struct process		 process;
	struct channel		 channel;
	int			 state;		/* the signer's file */
	struct arena		*arena;
	struct merkle_tree	 log;
	struct buf		 events[16];
	struct span		 public_keys[KEYS];
	uint64_t		 signed_size;
	struct sign_item	 items[3];
};

/* signer_world_role is the main of the signer's process. */
int	signer_world_role(int argc, char **argv);

/* cmocka's setups: a token with keys; and an engine's signer with all of them
 * open and a checkpoint over one event, "genesis". */
int	signer_world(void **state);
int	signer_world_two(void **state);	/* "acme" and "spare" have the same */
int	signer_world_engine(void **state);
int	signer_world_done(void **state);

/*
 * signer_start starts one: "engine" makes the ledger by this start if it
 * remembers nothing, "again" does not, "at least 1" believes in genesis, and
 * "local" is a command line's; "two engine" and "two local" have two tokens,
 * and "brief engine" gives a call 300 ms.
 * signer_stop gives its exit code.
 */
void	signer_start(struct world *, const char *mode);
int	signer_stop(struct world *);

/* ask sends a request and frees its body; the answer must be of one type. */
struct span	ask(struct world *, uint8_t type, struct buf *body,
		    uint8_t want);
void		refused(struct world *, uint8_t type, struct buf *body,
		    enum err_code);
struct signer_counts	counts_of(struct world *);
struct key_record	opened(struct world *, const char *label,
			    enum signer_use);
void		open_all(struct world *);

/* told_of is what the signer tells of itself; the caller frees it. */
struct json	*told_of(struct world *);

/* append adds an event to the ledger, or bytes of its own; its number. */
struct json	*intent_of(struct world *, int key, const struct sign_item *,
		    size_t count, uint64_t n);
uint64_t	append(struct world *, struct json *event, const char *text);

/* checkpoint has the ledger as it is signed. */
void	checkpoint_body(struct world *, uint64_t old, uint64_t size,
	    struct buf *body);
void	checkpoint(struct world *);

/*
 * signs and refuses_sign show the intent of a number; what sign_all gives are
 * the answers to the world's items, one each.
 */
void	sign_body(struct world *, uint64_t n, const struct sign_item *,
	    size_t count, struct buf *body);
const struct signature_item *sign_all(struct world *, uint64_t n);
void	signs(struct world *, uint64_t n, int key);
void	refuses_sign(struct world *, uint64_t n, const struct sign_item *,
	    size_t count, enum err_code);

#endif

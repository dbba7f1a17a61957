/*
 * record_world - records of several engines over one ledger: real signers on
 * SoftHSM, real couriers, and a bare repository as the host.
 *
 * A program with such a world starts itself as "@signer" and "@courier": its
 * main begins with world_role. Engines of one world have the same keys, but for
 * that of commits, and each a store, a mirror and a signer's state.
 */
#ifndef RECORD_WORLD_H
#define RECORD_WORLD_H

#include "judge/record.h"
#include "sys/process.h"
#include "token.h"

#define ORIGIN		"acme.example/tagseal"
#define CONFIG_REPO	"0b7e0000-0000-4000-8000-000000000002"
#define PATIENCE	60000	/* ms */
#define REQUEST		"sr-0123456789abcdef0123456789abcdef" \
			"0123456789abcdef0123456789abcdef"
#define BRANCH		"refs/heads/tagseal/ledger"
#define ENGINES		3

struct engine {
	char			 store[96], mirror[96], mirrors[96], url[96];
	struct process		 processes[2];	/* signer, courier */
	struct channel		 signer, courier;
	struct record_terms	 terms;
	struct record		*record;
	uint64_t		 seen;		/* events that the reader got */
};

struct world {
	struct token	 token;
	struct arena	*arena;
	int		 states[ENGINES];	/* files of the signers */
	struct engine	 engines[ENGINES];
};

/* Each engine's UUID. */
extern const char *const engine_ids[ENGINES];

/* world_role: this process is one of the parts, and has ended; its *code. */
bool	world_role(int argc, char **argv, int *code);

/* A world with a ledger of one event, and no engine at work; for cmocka. */
int	world_open(void **state);
int	world_close(void **state);

/* process_run starts this program in a role; it gives the channel to it. */
int	process_run(const char *role, const char *const *arguments, int file,
	    struct process *out);

/*
 * engine_start starts the parts of an engine; engine_open also its record,
 * where there is a ledger. Its reader counts events.
 */
void	engine_start(struct world *, size_t);
struct engine *engine_open(struct world *, size_t);
void	engine_stop(struct engine *);

/* The public half of a key at the engine's signer. */
struct span	engine_key(struct world *, struct engine *, enum signer_use,
		    const char *uri);
/* engine.declared (with a key) or engine.retired, committed. */
bool	engine_says(struct engine *by, const char *type, const char *member,
	    const char *id, struct span key, struct err *);
/* Another engine joins: one that writes says who it is. */
struct engine *engine_join(struct world *, struct engine *by, size_t);

/* An event for the next commit; append commits it. */
bool	add(struct engine *, const char *reason, struct err *);
bool	append(struct engine *, const char *reason, struct err *);

#endif

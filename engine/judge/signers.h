/*
 * signers - whose signature is this, by the state of the config repo that is
 * in force.
 *
 * What signers_look finds is a fact for the policy (policy/policy.h): a bad or
 * strange signature is no error here, only what stops the machine is.
 */
#ifndef JUDGE_SIGNERS_H
#define JUDGE_SIGNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/model.h"
#include "crypto/digest.h"
#include "git/verify.h"
#include "policy/policy.h"

/*
 * Where OpenPGP signatures are checked. open gives a carrier to a verifier
 * that has no keys yet; the one that it gave before is used no more. Without
 * open, OpenPGP signatures are facts of the kind "not good".
 */
struct verifier_source {
	bool	(*open)(void *arg, const struct openpgp_carrier **,
		    struct err *);
	void	*arg;
};

/* A key that its owner put into people/ counts only after a while. */
struct key_delay {
	struct digest	key;		/* SHA-256 of person_key.bytes */
	int64_t		from;		/* milliseconds */
};

struct commit_memo;
struct verdicts;

struct signers {
	const struct config		*config;
	struct declared_key		*keys;
	size_t				 count;
	struct span			*authorities;	/* of SSH keys */
	const struct key_delay		*delays;
	size_t				 delay_count;
	const struct verifier_source	*source;
	struct openpgp_asker		*openpgp;	/* or NULL */
	bool				 unhurried;	/* ask nothing ahead */
	struct people_trust		*x509;		/* or NULL */
	struct commit_memo		*memo;		/* see commits.h */
	struct verdicts			*verdicts;	/* see verdicts.h */
};

/*
 * signers_init gathers the keys of all people of a model; model, delays and
 * source must outlive it. signers_done frees.
 */
void	signers_init(struct signers *, const struct config *,
	    const struct verifier_source *);
void	signers_done(struct signers *);

/*
 * signers_inherit: where the keys of two states are the same, the one that
 * follows goes on with the other's verifier, and with what is known of commits.
 */
void	signers_inherit(struct signers *, struct signers *before);

/*
 * signers_look judges one signature in an SSH namespace. seen: when it was
 * first seen, in milliseconds. What it finds lives in the arena. Errors: those
 * of the verifier process, and a spent arena.
 */
bool	signers_look(struct signers *, const struct object_signature *,
	    const char *ssh_namespace, int64_t seen, struct arena *,
	    struct signature_fact *, struct err *) MUST_USE;

/*
 * signers_ahead says what signers_look will be asked soon, so that the verifier
 * begins with it. It is only advice: it opens no verifier, and signers_look
 * finds the same without it.
 */
void	signers_ahead(struct signers *, const struct object_signature *,
	    int64_t seen);

/*
 * What is looked at one after the other. tell reads one of them and calls
 * signers_ahead; whatever is wrong with it is found when its turn comes.
 */
struct lookahead {
	void	(*tell)(void *arg, size_t i);
	void	*arg;
	size_t	 count;
	size_t	 next;		/* zero-initialise */
};

/* signers_look_ahead tells of what comes from number at on, if it helps. */
void	signers_look_ahead(struct signers *, struct lookahead *, size_t at);

#endif

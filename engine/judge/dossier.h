/*
 * dossier - what this process has in hand of one open request: the release
 * read again, its inputs, what went wrong. All of it can be had anew; what
 * counts is in the ledger.
 *
 * Inside of judge/ only.
 */
#ifndef JUDGE_DOSSIER_H
#define JUDGE_DOSSIER_H

#include "artifact/element.h"
#include "judge/errand.h"
#include "judge/provenance.h"
#include "judge/releases.h"

/* One artifact as it came, and what is to be done in it. */
struct input {
	const struct manifest_artifact *artifact;
	int		 fd;		/* for reading; -1: not here */
	struct errand	 download;	/* under way, or not */
	int		 scratch;	/* that it is written to */
	struct attesting attesting;	/* how it was built */
	uint64_t	 size;
	struct element	*elements;	/* with the parameters put in */
	struct span	 configuration;	/* their wire form */
	struct span	 tree;		/* JSON of the resolved tree */
	uint64_t	 files;
	uint64_t	 signatures;	/* that are to be made */
};

struct dossier {
	struct dossier		*next;
	struct desk		*desk;
	struct arena		*arena;
	struct span		 id;
	int64_t			 created;	/* milliseconds */
	struct json		*event;		/* request.created */
	const struct json	*body;		/* in it */
	struct span		 submitter;	/* slug */
	struct span		 certificate;	/* slug, as it names it */
	struct release_ref	 ref;
	struct release		 release;
	struct decision		 decision;	/* about the release, now */
	struct input		*inputs;
	size_t			 count;
	bool			 ready;		/* all inputs are here */
	bool			 recorded;	/* and the ledger says so */
	bool			 broken;	/* it failed for good */
	bool			 elsewhere;	/* told whose it is */
	int64_t			 later;		/* told when it goes on */
	struct err		 failure;	/* the last one, or none */
	int64_t			 retry_at;	/* monotonic; after a failure */
	int64_t			 pause;		/* ms, doubling */
	unsigned		 lost;		/* workers, over this request */
};

/*
 * dossier_of gives the dossier of a request, made from its event if need be.
 * Errors: those of the ledger, and of reading the release from the mirror.
 */
bool	dossier_of(struct desk *, const struct fold_request *,
	    struct dossier **out, struct err *) MUST_USE;

/* dossier_signatures: how many are to be made in all inputs. */
uint64_t dossier_signatures(const struct dossier *);

/* dossier_busy: nothing can be done before a download is there. */
bool	dossier_busy(const struct dossier *);

/* dossier_judge judges the release once more, by the state in force now. */
bool	dossier_judge(struct desk *, struct dossier *, struct err *) MUST_USE;

/* dossier_close forgets a request that is at its end. */
void	dossier_close(struct desk *, struct span id);
void	dossiers_free(struct desk *);

/* dossier_failed notes a failure: for good, or to be tried again later. */
void	dossier_failed(struct dossier *, const struct err *, bool for_good);

/*
 * dossier_elsewhere tells the log, once, which engine carries the request on:
 * if that one is gone for good, somebody has to know. dossier_later tells when
 * another attempt begins: the ledger has what held up the first one only.
 */
void	dossier_elsewhere(struct dossier *, const struct fold_request *);
void	dossier_later(struct dossier *, const struct decision *);

#endif

/* commits - private to judge/: who signed and reviewed what is released. */
#ifndef JUDGE_COMMITS_H
#define JUDGE_COMMITS_H

#include "git/repository.h"
#include "judge/signers.h"

/*
 * What is known of commits by one state of the config repo: a repository with
 * thousands of tags is not read thousands of times. It belongs to the signers
 * and is bounded; commits_read makes it and commit_memo_free frees it.
 */
void	commit_memo_free(struct commit_memo *);

struct commit_list {
	struct commit_fact	*items;
	size_t			 count;
	struct text_list	 authors;	/* slugs, each once */
};

/*
 * commits_read looks at all commits that "to" reaches and "from" (NULL: none)
 * does not. reviews: also at who reviewed them. That is who signed the merge
 * that brought a commit in, by its second parent, into the chain of first
 * parents of "to", or into that of a branch that was merged there. A merge of
 * the main branch back into a side branch is no review of the main branch.
 */
bool	commits_read(struct repository *, struct signers *,
	    const struct object_id *from, const struct object_id *to,
	    int64_t seen, bool reviews, struct arena *, struct commit_list *,
	    struct err *) MUST_USE;

#endif

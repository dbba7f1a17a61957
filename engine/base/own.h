/*
 * own - who frees what.
 *
 * A local that owns something says so where it is declared:
 *
 *	CLEANUP(buf_done) struct buf out = { 0 };
 *	CLEANUP(fd_done) int fd = -1;
 *
 * The function named gets a pointer to the variable when it goes out of scope.
 * TAKE(p) hands a pointer to a new owner and forgets it here.
 */
#ifndef BASE_OWN_H
#define BASE_OWN_H

#include <stddef.h>

#define CLEANUP(fn)	__attribute__((cleanup(fn)))
#define MUST_USE	__attribute__((warn_unused_result))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))

/* DEFINE_CLEANUP makes name(T **), which releases what is not NULL. */
#define DEFINE_CLEANUP(T, name, release)				\
	static inline void						\
	name(T **p)							\
	{								\
		if (*p != NULL)						\
			release(*p);					\
	}								\
	struct cleanup_needs_a_semicolon

#define TAKE(p)								\
	__extension__({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/*
 * A fixed-size allocation that fails means that the machine is out of memory:
 * these abort, and the supervisor starts the process again. What grows with
 * the input comes from an arena (base/arena.h), which has a budget.
 */
void	*xmalloc(size_t);
void	*xcalloc(size_t count, size_t size);
void	*xrealloc(void *, size_t);
char	*xstrdup(const char *);

/* fd_done closes a descriptor that is not -1. */
void	 fd_done(int *);

/* free_done frees what a pointer variable holds. */
void	 free_done(void *);

#endif

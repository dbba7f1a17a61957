/*
 * hostile - what a parser that was taken over would try. For the program
 * tagseal-hostile, whose format `file` does it; never installed.
 */
#ifndef TOOLS_HOSTILE_H
#define TOOLS_HOSTILE_H

/* What an attempt has to work with. */
struct hold {
	int	scratch;	/* descriptor of the spool */
};

/*
 * run gives 0 if what it tried worked, or the errno that it was refused with;
 * many do not come back.
 */
struct attempt {
	const char	*verb;
	int		(*run)(const struct hold *);
};

extern const struct attempt hostile_reach[];	/* files, network, others */
extern const struct attempt hostile_hoard[];	/* memory, time, messages */

#endif

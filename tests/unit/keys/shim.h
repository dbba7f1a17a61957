/* shim - what a test can tell the module that stands before SoftHSM. */
#ifndef SHIM_H
#define SHIM_H

enum shim_call {
	SHIM_SIGN_INIT, SHIM_SIGN, SHIM_LOGIN, SHIM_OPEN_SESSION,
	SHIM_FIND, SHIM_MECHANISM, SHIM_CALLS
};

struct shim_orders {
	unsigned long	answer[SHIM_CALLS];	/* what to answer instead */
	int		times[SHIM_CALLS];	/* how often; counts down */
	int		drop_sessions;	/* so many C_SignInit close all */
	int		flip;		/* so many signatures get a wrong bit */
	unsigned long	token_flags;	/* added to the token's own */
	unsigned long	most_bits;	/* of any key; 0: as the token says */
	unsigned long	lie_about;	/* attribute that is told wrongly */
	unsigned char	lie;
	int		logins;		/* counts C_Login that came through */
	int		uses_logged_in;	/* of them, for one use of a key */
	int		stale;		/* counts uses of a session that is no
					 * more */
	/* Numbers that no sound module tells; 0: what is so. */
	unsigned long	long_attribute;	/* its value is told as of "length" */
	unsigned long	length;
	unsigned long	found;		/* handles, each time */
	unsigned long	slots;
	unsigned long	signature;	/* its length */
};

#endif

/*
 * secret_line - one line of text that nobody else may know, from where
 * operators keep such things: a file, a descriptor, a variable of the
 * environment, a credential of systemd. A line end is dropped.
 *
 * The bytes lie in the caller's own place, which is wiped by the caller.
 */
#ifndef BASE_SECRET_LINE_H
#define BASE_SECRET_LINE_H

#include "base/bytes.h"
#include "base/err.h"

/* What a kind of secret is called in errors, and which errors they are. */
struct secret_kind {
	const char	*noun;		/* "PIN" */
	const char	*remedy;	/* what to do after it was exposed */
	enum err_code	 source;	/* absent, empty, too long */
	enum err_code	 exposed;	/* a file that everybody may read */
	bool		(*allows)(uint8_t);	/* a byte in the line */
	const char	*otherwise;	/* what it is if it holds others */
};

struct secret_line {
	const struct secret_kind *kind;
	uint8_t			 *bytes;
	size_t			  size;	/* of the place: one more than fits */
	size_t			  len;	/* read so far; 0 to begin with */
};

/*
 * Each reads all there is; name is for errors. False, with errors of the kind:
 * nothing there, empty, longer than the place, or bytes that are not allowed.
 */
bool	secret_from_descriptor(struct secret_line *, int fd, const char *name,
	    struct err *) MUST_USE;
bool	secret_from_path(struct secret_line *, const char *path, struct err *)
	    MUST_USE;
bool	secret_from_text(struct secret_line *, const char *text,
	    const char *name, struct err *) MUST_USE;

/* systemd.exec(5), LoadCredential: a folder of files, one per credential. */
bool	secret_from_credential(struct secret_line *, const char *name,
	    struct err *) MUST_USE;

/* secret_variable is the value of a variable, or NULL and the error. */
char	*secret_variable(const struct secret_kind *, const char *name,
	    struct err *) MUST_USE;

#endif

/*
 * message - what signed tags of people share: YAML below a line "---", and
 * stock git that signs it with the person's own key.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "base/bytes.h"
#include "base/err.h"

/* message_text appends any text as a YAML scalar in quotes. */
void	message_text(struct buf *out, struct span text);

/* message_member appends one line: a key and its text. */
void	message_member(struct buf *out, const char *key, const char *text);

/* message_artifact appends one of a release manifest's artifacts. */
struct message_artifact {
	const char	*name;
	struct span	 sha256;	/* hex */
	uint64_t	 size;		/* bytes */
	const char	*from;		/* URL, or NULL: */
	const char	*path;		/* in the tagged tree */
	const char	*configuration;	/* slug */
};
void	message_artifact(struct buf *out, const struct message_artifact *);

/*
 * message_tag has git make a signed tag of HEAD in a repository (NULL: the
 * current folder) with exactly this message. Errors: RELEASE-TAG (there is no
 * tag then, also where git made one without a signature), PROCESS-START.
 */
bool	message_tag(const char *repo, const char *tag, struct span message,
	    struct err *) MUST_USE;

#endif

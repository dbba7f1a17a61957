/*
 * file_ahead - a range of a file that the helper of the process reads while the
 * bytes before are being worked on.
 *
 *	struct file_ahead *h = file_ahead_begin(fd, off, len);
 *	struct span piece;
 *
 *	while (file_ahead_next(h, &piece, e) && piece.len > 0)
 *		...
 *	file_ahead_end(h);
 */
#ifndef BASE_FILE_AHEAD_H
#define BASE_FILE_AHEAD_H

#include "base/bytes.h"
#include "base/err.h"

struct file_ahead;

/* file_ahead_begin gives NULL if nobody helps, or the range is short. */
struct file_ahead *file_ahead_begin(int fd, uint64_t off, uint64_t len);

/*
 * file_ahead_next gives the next piece, which is there until the call after;
 * it is empty at the end of the range. Errors: those of file_read_at.
 */
bool	file_ahead_next(struct file_ahead *, struct span *piece, struct err *)
	    MUST_USE;

/* file_ahead_end may be called at any time. */
void	file_ahead_end(struct file_ahead *);

/* file_read_at reads all of a range. Errors: SYSTEM-READ, FILE-TRUNCATED. */
bool	file_read_at(int fd, uint64_t off, uint8_t *out, size_t len,
	    struct err *) MUST_USE;

#endif

/*
 * file - whole files in, whole files out, and files that nobody else sees.
 *
 * A file that we write is there in full or not at all: its bytes go to a
 * temporary name in the same folder, are synced, and take the place of the
 * target by rename; the folder is synced too. One that must not exist yet
 * gets its name when it is whole, and had none before.
 */
#ifndef SYS_FILE_H
#define SYS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/rope.h"

/*
 * file_open opens a regular file for reading; *size is its length in bytes.
 * The caller closes *fd. Errors: FILE-MISSING, FILE-ACCESS, FILE-KIND.
 */
bool	file_open(const char *path, int *fd, uint64_t *size, struct err *)
	    MUST_USE;

/*
 * file_load reads a whole file into *out (buf_done it). A file of more than
 * limit bytes is LIMIT-SIZE, and one that is none is FILE-KIND.
 */
bool	file_load(const char *path, uint64_t limit, struct buf *out,
	    struct err *) MUST_USE;

/* file_load_fd does so for an open file, pipe or socket; name is for errors. */
bool	file_load_fd(int fd, const char *name, uint64_t limit, struct buf *out,
	    struct err *) MUST_USE;

enum file_replace {
	FILE_PLAIN	= 0,
	FILE_FOLLOW	= 1,	/* a symbolic link may be the target */
	FILE_PRIVATE	= 2,	/* a new file gets mode 0600, not 0644 */
	FILE_NEW	= 4,	/* refuse if the target exists */
};

/*
 * file_replace writes contents to path: all of it, durably, or nothing. A file
 * that was there keeps its mode. flags: enum file_replace.
 * Errors: FILE-ACCESS, FILE-EXISTS, FILE-KIND (a symbolic link, a folder),
 * FILE-MISSING (the folder), SYSTEM-WRITE.
 */
bool	file_replace(const char *path, const struct rope *contents,
	    unsigned flags, struct err *) MUST_USE;
bool	file_replace_span(const char *path, struct span contents,
	    unsigned flags, struct err *) MUST_USE;

/*
 * file_scratch_beside is file_scratch in the folder of path, where file_place
 * can give it that name. file_place is file_replace with the first size bytes
 * of a scratch file, which nobody may write to any more: it gets the name
 * without being copied, if size is all of it and the file system is the same.
 */
bool	file_scratch_beside(const char *path, int *fd, struct err *) MUST_USE;
bool	file_place(const char *path, int fd, uint64_t size, unsigned flags,
	    struct err *) MUST_USE;

/*
 * file_scratch makes a file without a name, in a folder, or in memory when
 * folder is NULL. It is gone when its last descriptor is closed.
 */
bool	file_scratch(const char *folder, int *fd, struct err *) MUST_USE;

/* file_reader opens a file of ours once more, for reading only. */
bool	file_reader(int fd, int *out, struct err *) MUST_USE;

/*
 * spool_open makes an empty spool (base/rope.h) that takes limit bytes: in
 * memory if folder is NULL or limit is at most 1 MiB, else in the folder.
 * The caller closes out->fd.
 */
bool	spool_open(const char *folder, uint64_t limit, struct spool *out,
	    struct err *) MUST_USE;

/* A copy of somebody else's file that nobody else can change. */
struct file_copy {
	int		fd;	/* for reading only; the caller closes it */
	uint64_t	len;
};

/*
 * file_adopt copies a regular file from its beginning into a scratch file in
 * folder (NULL: memory). take gets every byte that is written, in order, and
 * may be NULL: hash there. Errors: FILE-KIND, LIMIT-SIZE, SYSTEM-READ,
 * SYSTEM-WRITE.
 */
bool	file_adopt(int from, const char *folder, uint64_t limit,
	    void (*take)(void *arg, struct span), void *arg,
	    struct file_copy *out, struct err *) MUST_USE;

/* folder_make makes a folder and those above it; one that exists is fine. */
bool	folder_make(const char *path, mode_t mode, struct err *) MUST_USE;

/*
 * file_lock takes a lock that only one process can hold, until it closes *fd or
 * ends. The file says which process it is. Errors: FILE-LOCKED, FILE-ACCESS.
 */
bool	file_lock(const char *path, int *fd, struct err *) MUST_USE;

#endif

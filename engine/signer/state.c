/*
 * state - see state.h. The file has two slots, written in turn, so that a
 * crash in the middle of a write leaves the one before.
 *
 *	0	slot of even sequence numbers
 *	2048	slot of odd ones; the file is 4096 bytes
 *
 *	a slot:	"tagseal signer 1"	16 bytes
 *		u64be sequence
 *		the body of COUNTED	counts_write
 *		SHA-256 of all before
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/digest.h"
#include "signer/state.h"

#define MAGIC		"tagseal signer 1"
#define SLOT_SIZE	2048
#define FILE_SIZE	(2 * SLOT_SIZE)
#define HASH_SIZE	32
#define SLOT_USED	(16 + 8 + 8 + MERKLE_SIZE + 4 * 8)

static bool
slot_read(struct span slot, uint64_t *sequence, struct signer_counts *out)
{
	struct reader r = rd_open(slot);
	struct span signed_part = rd_take(&r, SLOT_USED);
	struct digest hash = digest_of(DIGEST_SHA256, signed_part);
	struct err unread;

	if (!span_eq(rd_take(&r, HASH_SIZE), digest_span(&hash)))
		return false;
	r = rd_open(signed_part);
	if (!span_is(rd_take(&r, sizeof(MAGIC) - 1), MAGIC))
		return false;
	*sequence = rd_u64be(&r);
	return counts_read(rd_take(&r, rd_left(&r)), out, &unread);
}

static bool
slots_read(struct state *s, struct span file, struct err *e)
{
	bool any = false;

	for (uint64_t i = 0; i < 2; i++) {
		struct signer_counts counts;
		uint64_t sequence;
		struct span slot;

		if (!span_cut(file, i * SLOT_SIZE, SLOT_SIZE, &slot) ||
		    !slot_read(slot, &sequence, &counts) ||
		    sequence % 2 != i || (any && sequence < s->sequence))
			continue;
		s->sequence = sequence;
		s->counts = counts;
		any = true;
	}
	return any || err_set(e, ERR_SIGNER_STATE,
	    "neither half of the signer's state file is whole");
}

static bool
folder_sync(const char *path, struct err *e)
{
	CLEANUP(free_done) char *copy = xstrdup(path);
	CLEANUP(fd_done) int fd =
	    open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return (fd >= 0 && fsync(fd) == 0) || err_errno(e, ERR_SYSTEM_WRITE,
	    "cannot sync the folder of '%s'", text_show(span_text(path)).text);
}

/*
 * A link is not followed: the folder may be another user's, and we may be root
 * still. A file that is empty may be new, and a name that is not on the disk
 * could be gone after a power cut, with all that the signer remembers.
 */
bool
state_open(const char *path, int *out, struct err *e)
{
	struct shown name = text_show(span_text(path));
	CLEANUP(fd_done) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return err_errno(e, errno == EISDIR || errno == ELOOP ?
		    ERR_FILE_KIND : ERR_SYSTEM_WRITE, "cannot open the "
		    "signer's state file '%s'", name.text);
	if (fstat(fd, &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "'%s'", name.text);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FILE_KIND,
		    "'%s' is no regular file", name.text);
	if (st.st_size == 0 && !folder_sync(path, e))
		return false;
	*out = fd;
	fd = -1;
	return true;
}

bool
state_load(struct state *s, struct err *e)
{
	uint8_t bytes[FILE_SIZE];
	struct stat st;

	if (fstat(s->fd, &st) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "signer's state file");
	if (st.st_size == 0)
		return true;
	if (st.st_size != FILE_SIZE)
		return err_set(e, ERR_SIGNER_STATE, "the signer's state file "
		    "has %lld bytes, not %d", (long long)st.st_size, FILE_SIZE);
	if (pread(s->fd, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_errno(e, ERR_SYSTEM_READ, "signer's state file");
	return slots_read(s, SPAN(bytes), e);
}

bool
state_save(struct state *s, struct err *e)
{
	CLEANUP(buf_done) struct buf slot = { 0 };
	uint64_t sequence = s->sequence + 1;

	buf_text(&slot, MAGIC);
	buf_u64be(&slot, sequence);
	counts_write(&s->counts, &slot);
	struct digest hash = digest_of(DIGEST_SHA256, buf_span(&slot));
	buf_put(&slot, digest_span(&hash));
	buf_zero(&slot, SLOT_SIZE - slot.len);
	if (ftruncate(s->fd, FILE_SIZE) != 0 ||
	    pwrite(s->fd, slot.ptr, slot.len, (off_t)(sequence % 2) *
	    SLOT_SIZE) != (ssize_t)slot.len || fdatasync(s->fd) != 0)
		return err_errno(e, ERR_SYSTEM_WRITE, "signer's state file");
	s->sequence = sequence;
	return true;
}

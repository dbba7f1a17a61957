/* counts - see counts.h. */
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/counts.h"
#include "signer/state.h"
#include "sys/file.h"

#define STATE_FILE	"/signer/state"

bool
counts_of(const struct engine_file *f, struct signer_counts *out,
    struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };
	struct state s = { .fd = -1 };
	uint64_t size;

	buf_put(&path, f->state);
	buf_text(&path, STATE_FILE);
	CLEANUP(fd_done) int fd = -1;
	if (!file_open(buf_cstr(&path), &fd, &size, e))
		return false;
	s.fd = fd;
	if (!state_load(&s, e))
		return err_at(e, "%s", buf_cstr(&path));
	if (s.sequence == 0)
		return err_set(e, ERR_FILE_MISSING, "%s is empty: this signer "
		    "never signed", buf_cstr(&path));
	*out = s.counts;
	return true;
}

/* blob - see blob.h. */
#include <unistd.h>

#include "sys/blob.h"
#include "sys/clock.h"
#include "sys/file.h"

/* Descriptors that are closed together. */
struct fds {
	int	fd[CHANNEL_FDS];
	size_t	count;
};

static void
fds_done(struct fds *f)
{
	for (size_t i = 0; i < f->count; i++)
		fd_done(&f->fd[i]);
}

static bool
fds_add(struct fds *f, struct span blob, struct err *e)
{
	CLEANUP(fd_done) int fd = -1;

	if (f->count == CHANNEL_FDS)
		return err_set(e, ERR_MESSAGE_DESCRIPTORS,
		    "more than %d blobs in one message", CHANNEL_FDS);
	if (!file_scratch(NULL, &fd, e) || !descriptor_write(fd, blob, e) ||
	    !file_reader(fd, &f->fd[f->count], e))
		return false;
	f->count++;
	return true;
}

bool
blob_send(struct channel *c, uint8_t type, struct span body,
    const struct span *blobs, size_t count, int64_t deadline, struct err *e)
{
	CLEANUP(fds_done) struct fds f = { .count = 0 };

	for (size_t i = 0; i < count; i++)
		if (!fds_add(&f, blobs[i], e))
			return false;
	return channel_send(c, type, body, f.fd, f.count, deadline, e);
}

bool
blob_take(struct message *m, size_t i, uint64_t limit, struct buf *out,
    struct err *e)
{
	CLEANUP(fd_done) int fd = message_take_fd(m, i);

	return file_load_fd(fd, "blob", limit, out, e);
}

bool
blob_exchange(void *arg, uint8_t type, struct span body,
    const struct span *blobs, size_t count, uint8_t *answer_type,
    struct buf *answer, struct err *e)
{
	const struct blob_asker *asker = arg;
	CLEANUP(message_done) struct message m = { .type = 0 };
	int64_t deadline = clock_in(asker->patience);

	if (!blob_send(asker->channel, type, body, blobs, count, deadline,
	    e) || !channel_receive(asker->channel, &m, deadline, e))
		return false;
	*answer_type = m.type;
	buf_put(answer, buf_span(&m.body));
	return true;
}

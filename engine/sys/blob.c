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
blob_ask(void *arg, uint8_t type, struct span body, const struct span *blobs,
    size_t count, struct err *e)
{
	const struct blob_asker *asker = arg;

	return blob_send(asker->channel, type, body, blobs, count,
	    clock_in(asker->patience), e);
}

bool
blob_hear(void *arg, uint8_t *type, struct buf *body, struct err *e)
{
	const struct blob_asker *asker = arg;
	CLEANUP(message_done) struct message m = { .type = 0 };

	if (!channel_receive(asker->channel, &m, clock_in(asker->patience),
	    e))
		return false;
	*type = m.type;
	buf_put(body, buf_span(&m.body));
	return true;
}

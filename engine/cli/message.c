/* message - see message.h. */
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/git.h"
#include "cli/message.h"
#include "sys/clock.h"
#include "sys/file.h"

/* A JSON text is a YAML text in quotes. */
void
message_text(struct buf *out, struct span text)
{
	struct json *v = json_text(text);

	json_write(v, out);
	json_release(v);
}

void
message_member(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, "%s: ", key);
	message_text(out, span_text(text));
	buf_text(out, "\n");
}

/* git tag -s reads the message from standard input, and changes nothing. */
bool
message_tag(const char *repo, const char *tag, struct span message,
    struct err *e)
{
	CLEANUP(fd_done) int fd = -1;
	const char *const words[] = { "tag", "-s", "-F", "-",
	    "--cleanup=verbatim", "--", tag, NULL };
	int code;

	if (!file_scratch(NULL, &fd, e) || !descriptor_write(fd, message, e))
		return false;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "message of the tag");
	if (!git_run(&(struct git_call){ .folder = repo, .words = words,
	    .input = fd, .deadline = CLOCK_NEVER }, &code, e))
		return false;
	return code == 0 || err_set(e, ERR_RELEASE_TAG, "git made no tag "
	    "\"%s\"", text_show(span_text(tag)).text);
}

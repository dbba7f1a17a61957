/* message - see message.h. */
#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/message.h"
#include "sys/file.h"

extern char **environ;

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
	const char *const words[] = { "git", "-C", repo == NULL ? "." : repo,
	    "tag", "-s", "-F", "-", "--cleanup=verbatim", "--",
	    tag, NULL };
	posix_spawn_file_actions_t actions;
	int status = 0;
	pid_t pid;

	if (!file_scratch(NULL, &fd, e) || !descriptor_write(fd, message, e))
		return false;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return err_errno(e, ERR_SYSTEM_READ, "message of the tag");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	errno = posix_spawnp(&pid, "git", &actions, NULL,
	    (char *const *)words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (errno != 0)
		return err_errno(e, ERR_PROCESS_START, "git");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(e, ERR_PROCESS_START, "git");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	return err_set(e, ERR_RELEASE_TAG, "git made no tag \"%s\"",
	    text_show(span_text(tag)).text);
}

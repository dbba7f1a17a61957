/* state - see state.h. */
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/state.h"
#include "sys/file.h"

#define MODE_SHARED	0755
#define MODE_PRIVATE	0700

/* Whom a folder is given to. */
struct owner {
	uid_t	uid;
	gid_t	gid;
	bool	known;
};

static bool
user_find(const struct engine_file *f, const char *key, struct span name,
    struct owner *out, struct err *e)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	bool named = f->users.at.line != 0;

	*out = (struct owner){ .known = false };
	if (geteuid() != 0)
		return true;
	buf_put(&text, name);
	const struct passwd *user = getpwnam(buf_cstr(&text));
	if (user == NULL && !named)
		return true;
	if (user == NULL || user->pw_uid == 0)
		return err_set(e, ERR_SANDBOX_USER, "%s:%u:%u: users.%s: %s "
		    "'%s'", f->users.at.file, f->users.at.line,
		    f->users.at.column, key, user == NULL ?
		    "there is no user" : "root is no user of its own:",
		    text_show(name).text);
	*out = (struct owner){ user->pw_uid, user->pw_gid, true };
	return true;
}

struct part {
	const char	*key;		/* below users */
	const char	*folder;	/* NULL: it has none */
	mode_t		 mode;
	struct span	 user;
	struct span	*user_out;
	struct span	*folder_out;
};

static bool
path_below(struct arena *a, struct span folder, const char *name,
    struct span *out, struct err *e)
{
	char *path = arena_printf(a, "%.*s/%s", (int)folder.len,
	    (const char *)folder.ptr, name);

	if (path == NULL)
		return err_budget(e, a);
	*out = span_text(path);
	return true;
}

/* Its owner may be hostile: no link is followed, no mode is taken over. */
static bool
folder_give(const char *path, mode_t mode, const struct owner *owner,
    struct err *e)
{
	if (!folder_make(path, mode, e))
		return false;
	CLEANUP(fd_done) int fd = open(path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, ERR_FILE_KIND, "'%s' is no folder of ours",
		    text_show(span_text(path)).text);
	if (fchmod(fd, mode) != 0 ||
	    (owner->known && fchown(fd, owner->uid, owner->gid) != 0))
		return err_errno(e, ERR_FILE_ACCESS, "cannot give '%s' to its "
		    "user", text_show(span_text(path)).text);
	return true;
}

static bool
part_make(const struct engine_file *f, const struct part *p, struct arena *a,
    struct err *e)
{
	struct owner owner;
	struct span folder;

	if (!user_find(f, p->key, p->user, &owner, e))
		return false;
	*p->user_out = owner.known ? p->user : (struct span){ 0 };
	if (p->folder == NULL)
		return true;
	if (!path_below(a, f->state, p->folder, &folder, e))
		return false;
	*p->folder_out = folder;
	return folder_give((const char *)folder.ptr, p->mode, &owner, e);
}

/* It stays ours: none of the processes may write there. */
static bool
recovery_make(const struct engine_file *f, struct arena *a, struct span *out,
    struct err *e)
{
	const struct owner ours = { geteuid(), getegid(), true };

	return path_below(a, f->state, RECOVERY_FOLDER, out, e) &&
	    folder_give((const char *)out->ptr, MODE_SHARED, &ours, e);
}

static bool
lock_take(const struct engine_file *f, struct arena *a, int *out,
    struct err *e)
{
	const char *folder = arena_text(a, f->state);
	struct span path;

	if (folder == NULL)
		return err_budget(e, a);
	return folder_make(folder, STATE_MODE, e) &&
	    path_below(a, f->state, "lock", &path, e) &&
	    file_lock((const char *)path.ptr, out, e);
}

bool
state_lay(const struct engine_file *f, struct arena *a, struct state *out,
    struct err *e)
{
	const struct host_users *u = &f->users;
	CLEANUP(fd_done) int lock = -1;
	struct state s = { .lock = -1 };
	struct span signer = { 0 };
	const struct part parts[] = {
		{ "courier", "courier", MODE_SHARED, u->courier,
		    &s.courier_user, &s.mirrors },
		{ "judge", "judge", MODE_SHARED, u->judge,
		    &s.judge_user, &s.judge },
		/* The courier's sandbox can only name what is there. */
		{ "judge", "judge/ledger.git", MODE_SHARED, u->judge,
		    &s.judge_user, &s.ledger },
		{ "signer", "signer", MODE_PRIVATE, u->signer,
		    &s.signer_user, &signer },
		{ "worker", NULL, 0, u->worker, &s.worker_user, NULL },
	};

	if (!lock_take(f, a, &lock, e))
		return err_at(e, "state");
	for (size_t i = 0; i < COUNT(parts); i++)
		if (!part_make(f, &parts[i], a, e))
			return false;
	if (!recovery_make(f, a, &s.recovery, e))
		return false;
	if (!path_below(a, signer, "state", &s.signer, e))
		return false;
	s.lock = lock;
	lock = -1;
	*out = s;
	return true;
}

void
state_done(struct state *s)
{
	fd_done(&s->lock);
	s->lock = -1;
}

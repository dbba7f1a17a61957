/* office - see office.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "judge/office.h"
#include "sys/file.h"

static const char prelude[] = "set -e; cd \"$W\"; C=\"$W/config\"; "
    "export GIT_CONFIG_NOSYSTEM=1 HOME=\"$W\" GIT_EDITOR=true; "
    "by() { local n=$1 r=$2; shift 2; GIT_AUTHOR_NAME=$n "
    "GIT_AUTHOR_EMAIL=$n@test GIT_COMMITTER_NAME=$n "
    "GIT_COMMITTER_EMAIL=$n@test git -C \"$r\" -c gpg.format=ssh "
    "-c user.signingkey=\"$W/keys/$n.pub\" -c advice.detachedHead=false "
    "\"$@\"; }; "
    "as() { local n=$1; shift; by $n \"$C\" \"$@\"; }; ";

static int
office_shell(const struct office *o, const char *lines)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	setenv("W", o->folder, 1);
	buf_text(&b, prelude);
	buf_text(&b, lines);
	setenv("LINES_TO_RUN", buf_cstr(&b), 1);
	return system("bash -c \"$LINES_TO_RUN\" >\"$W/log\" 2>&1");
}

void
office_run(const struct office *o, const char *lines)
{
	if (office_shell(o, lines) != 0) {
		assert_int_equal(system("cat \"$W/log\" >&2"), 0);
		fail_msg("%s", lines);
	}
}

struct object_id
office_id(const struct office *o, const char *repository, const char *name)
{
	CLEANUP(buf_done) struct buf answer = { 0 }, line = { 0 };
	struct object_id id;
	char path[128];
	struct err e;

	buf_printf(&line, "git -C \"$W/%s\" rev-parse '%s' > \"$W/answer\"",
	    repository, name);
	office_run(o, buf_cstr(&line));
	snprintf(path, sizeof(path), "%s/answer", o->folder);
	assert_ok(file_load(path, 100, &answer, &e), &e);
	assert_true(object_id_parse((struct span){ answer.ptr,
	    OBJECT_ID_HEX }, &id));
	return id;
}

static void
write_file(const struct office *o, const struct config_file *f)
{
	char path[256], folder[256];
	struct err e;

	snprintf(path, sizeof(path), "%s/config/%s", o->folder, f->path);
	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = '\0';
	assert_ok(folder_make(folder, 0755, &e), &e);
	assert_ok(file_replace_span(path, f->bytes, FILE_PLAIN, &e), &e);
}

int
office_open(void **state)
{
	struct office *o = xcalloc(1, sizeof(*o));
	struct organization_files files;
	char path[128];
	struct err e;

	snprintf(o->folder, sizeof(o->folder), "/tmp/tagseal-office-XXXXXX");
	assert_non_null(mkdtemp(o->folder));
	organization_init(&files);
	for (size_t i = 0; i < files.count; i++)
		write_file(o, &files.files[i]);
	organization_done(&files);
	office_run(o, "mkdir keys; for p in ann ben cem dea eli bot eve new; do "
	    "ssh-keygen -q -N '' -t ed25519 -C $p -f keys/$p; done; "
	    "for p in ann ben cem dea eli bot; do "
	    "sed -i \"s@ssh: .*@ssh: \\\"$(cut -d' ' -f1,2 keys/$p.pub)\\\"@\" "
	    "config/people/$p.yaml; done; "
	    "git init -q -b main config; as cem add .; "
	    "as cem commit -q -S -m root");
	snprintf(path, sizeof(path), "%s/config/.git", o->folder);
	assert_ok(repository_open_objects(path, &o->repository, &e), &e);
	*state = o;
	return 0;
}

int
office_close(void **state)
{
	struct office *o = *state;

	repository_free(o->repository);
	assert_int_equal(office_shell(o, "cd /; rm -rf \"$W\"; mkdir \"$W\""),
	    0);
	assert_int_equal(system("rm -rf \"$W\""), 0);
	free(o);
	return 0;
}

/* file: all or nothing, and nothing that somebody else can change. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.h"
#include "test.h"

static char folder[TEST_FOLDER];

static int
folder_new(void **state)
{
	(void)state;
	test_folder(folder, "file");
	return 0;
}

static int
folder_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static const char *
path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
put(const char *name, const char *text, unsigned flags)
{
	struct err e;

	assert_ok(file_replace_span(path_of(name), SPAN_TEXT(text), flags,
	    &e), &e);
}

static void
assert_holds(const char *name, const char *text)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	assert_ok(file_load(path_of(name), 1 << 20, &b, &e), &e);
	assert_string_equal(buf_cstr(&b), text);
}

static unsigned
mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(path_of(name), &st), 0);
	return st.st_mode & 07777;
}

/* Nothing but these many names is in the folder. */
static void
assert_names(size_t want)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	assert_int_equal(n, want + 2);
}

static void
assert_not_replaced(const char *name, unsigned flags, enum err_code code)
{
	struct err e;

	assert_false(file_replace_span(path_of(name), SPAN_TEXT("new"), flags,
	    &e));
	assert_err(&e, code);
}

static void
a_file_comes_back_as_it_was_written(void **state)
{
	(void)state;
	put("a", "one", FILE_PLAIN);
	assert_holds("a", "one");
	put("a", "", FILE_PLAIN);
	assert_holds("a", "");
	put("a", "three", FILE_PLAIN);
	assert_holds("a", "three");
	assert_names(1);
}

static void
a_limit_is_exact(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	put("a", "12345", FILE_PLAIN);
	assert_ok(file_load(path_of("a"), 5, &b, &e), &e);
	assert_int_equal(b.len, 5);
	CLEANUP(buf_done) struct buf none = { 0 };
	assert_false(file_load(path_of("a"), 4, &none, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	assert_null(none.ptr);
	assert_false(file_load("/dev/zero", 100, &none, &e));
	assert_err(&e, ERR_FILE_KIND);
}

static void
what_cannot_be_read_says_why(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_false(file_load(path_of("none"), 9, &b, &e));
	assert_err(&e, ERR_FILE_MISSING);
	assert_non_null(strstr(e.text, "none': No such file or directory"));
	assert_false(file_load(folder, 9, &b, &e));
	assert_err(&e, ERR_FILE_KIND);
	/* A named pipe without a writer must not hang us. */
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	assert_false(file_load(path_of("pipe"), 9, &b, &e));
	assert_err(&e, ERR_FILE_KIND);
}

static void
the_mode_of_a_file_is_kept(void **state)
{
	(void)state;
	put("plain", "x", FILE_PLAIN);
	assert_int_equal(mode_of("plain"), 0644);
	put("private", "x", FILE_PRIVATE);
	assert_int_equal(mode_of("private"), 0600);
	assert_int_equal(chmod(path_of("plain"), 0751), 0);
	put("plain", "y", FILE_PRIVATE);
	assert_int_equal(mode_of("plain"), 0751);
}

static void
a_link_is_followed_only_when_asked(void **state)
{
	(void)state;
	put("real", "old", FILE_PLAIN);
	assert_int_equal(symlink("real", path_of("link")), 0);
	assert_not_replaced("link", FILE_PLAIN, ERR_FILE_KIND);
	assert_holds("real", "old");
	put("link", "new", FILE_FOLLOW);
	assert_holds("real", "new");
	struct stat st;
	assert_int_equal(lstat(path_of("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(unlink(path_of("real")), 0);
	assert_not_replaced("link", FILE_FOLLOW, ERR_FILE_KIND);
	assert_names(1);
}

static void
a_new_file_replaces_nothing(void **state)
{
	(void)state;
	put("a", "old", FILE_NEW);
	assert_not_replaced("a", FILE_NEW, ERR_FILE_EXISTS);
	assert_holds("a", "old");
	assert_names(1);
}

static void
folders_and_devices_are_not_replaced(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("sub"), 0700), 0);
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	assert_not_replaced("sub", FILE_PLAIN, ERR_FILE_KIND);
	assert_not_replaced("pipe", FILE_PLAIN, ERR_FILE_KIND);
	assert_not_replaced("sub/", FILE_PLAIN, ERR_FILE_KIND);
	assert_not_replaced("none/a", FILE_PLAIN, ERR_FILE_MISSING);
	assert_not_replaced("pipe/a", FILE_PLAIN, ERR_FILE_MISSING);
	assert_names(2);
}

/* In a child, so that the limit or user ends with it. */
static void
in_child(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* The rope breaks off in the middle, as on a disk that is full. */
static int
writes_past_the_limit(void)
{
	struct rlimit limit = { 100000, 100000 };
	CLEANUP(buf_done) struct buf big = { 0 };
	struct err e;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	buf_zero(&big, 200000);
	return file_replace_span(path_of("a"), buf_span(&big), FILE_PLAIN,
	    &e) || !err_is(&e, ERR_SYSTEM_WRITE);
}

static void
a_disk_that_is_full_leaves_the_old_file(void **state)
{
	(void)state;
	put("a", "old", FILE_PLAIN);
	in_child(writes_past_the_limit);
	assert_holds("a", "old");
	assert_names(1);
}

static int
writes_without_rights(void)
{
	struct err e;

	if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
		return 2;
	return file_replace_span(path_of("a"), SPAN_TEXT("new"), FILE_PLAIN,
	    &e) || !err_is(&e, ERR_FILE_ACCESS);
}

static void
missing_rights_leave_the_old_file(void **state)
{
	(void)state;
	put("a", "old", FILE_PLAIN);
	assert_int_equal(chmod(folder, 0555), 0);
	in_child(writes_without_rights);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_holds("a", "old");
	assert_names(1);
}

static void
scratch_files_have_no_name(void **state)
{
	const char *const places[] = { folder, NULL, "/dev/shm" };
	struct stat st;
	struct err e;
	int none;

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		CLEANUP(fd_done) int fd = -1;

		assert_ok(file_scratch(places[i], &fd, &e), &e);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_nlink, 0);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		assert_ok(descriptor_write(fd, SPAN_TEXT("x"), &e), &e);
	}
	assert_names(0);
	assert_false(file_scratch(path_of("none"), &none, &e));
	assert_err(&e, ERR_FILE_MISSING);
}

static void
a_reader_cannot_write(void **state)
{
	CLEANUP(fd_done) int fd = -1, reader = -1;
	char back[2];
	struct err e;

	(void)state;
	assert_ok(file_scratch(folder, &fd, &e), &e);
	assert_ok(file_reader(fd, &reader, &e), &e);
	assert_ok(descriptor_write(fd, SPAN_TEXT("ab"), &e), &e);
	assert_int_equal(pread(reader, back, 2, 0), 2);
	assert_int_equal(write(reader, "x", 1), -1);
	assert_false(descriptor_write(reader, SPAN_TEXT("x"), &e));
	assert_err(&e, ERR_SYSTEM_WRITE);
	assert_false(file_reader(-1, &reader, &e));
}

static void
a_small_spool_lies_in_memory(void **state)
{
	struct spool small, large;
	struct err e;

	(void)state;
	assert_ok(spool_open(folder, 1 << 20, &small, &e), &e);
	assert_ok(spool_open(folder, (1 << 20) + 1, &large, &e), &e);
	assert_true(fcntl(small.fd, F_GET_SEALS) >= 0);
	struct stat st, here;
	assert_int_equal(fstat(large.fd, &st), 0);
	assert_int_equal(stat(folder, &here), 0);
	assert_int_equal(st.st_dev, here.st_dev);
	assert_int_equal(small.limit, 1 << 20);
	assert_int_equal(small.len, 0);
	close(small.fd);
	close(large.fd);
}

static void
collect(void *arg, struct span s)
{
	buf_put(arg, s);
}

static void
what_is_hashed_is_what_is_kept(void **state)
{
	CLEANUP(buf_done) struct buf contents = { 0 }, seen = { 0 };
	CLEANUP(buf_done) struct buf kept = { 0 };
	struct file_copy copy;
	struct err e;

	(void)state;
	for (uint32_t i = 0; i < 50000; i++)
		buf_u32be(&contents, i);
	CLEANUP(fd_done) int from = scratch_file(buf_span(&contents));
	assert_ok(file_adopt(from, folder, contents.len, collect, &seen, &copy,
	    &e), &e);
	assert_int_equal(copy.len, contents.len);
	assert_span_equal(buf_span(&seen), buf_span(&contents));
	/* The other side changes its file: ours stays. */
	assert_int_equal(pwrite(from, "EVIL", 4, 0), 4);
	assert_ok(file_load_fd(copy.fd, "copy", 1 << 20, &kept, &e), &e);
	assert_span_equal(buf_span(&kept), buf_span(&contents));
	assert_int_equal(write(copy.fd, "x", 1), -1);
	close(copy.fd);
	assert_ok(file_adopt(from, NULL, contents.len, NULL, NULL, &copy, &e),
	    &e);
	close(copy.fd);
}

static void
only_regular_files_within_the_limit_are_adopted(void **state)
{
	CLEANUP(fd_done) int from = scratch_file(SPAN_TEXT("12345"));
	struct file_copy copy = { .fd = -7 };
	struct err e;
	int ends[2];

	(void)state;
	assert_false(file_adopt(from, folder, 4, NULL, NULL, &copy, &e));
	assert_err(&e, ERR_LIMIT_SIZE);
	assert_int_equal(pipe(ends), 0);
	assert_false(file_adopt(ends[0], folder, 4, NULL, NULL, &copy, &e));
	assert_err(&e, ERR_FILE_KIND);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(copy.fd, -7);
}

static void
folders_are_made_with_those_above(void **state)
{
	struct err e;

	(void)state;
	assert_ok(folder_make(path_of("a/b//c/"), 0700, &e), &e);
	assert_ok(folder_make(path_of("a/b/c"), 0700, &e), &e);
	assert_int_equal(mode_of("a/b/c"), 0700);
	put("file", "x", FILE_PLAIN);
	assert_false(folder_make(path_of("file"), 0700, &e));
	assert_err(&e, ERR_FILE_KIND);
	assert_false(folder_make(path_of("file/sub"), 0700, &e));
	assert_err(&e, ERR_FILE_KIND);
	assert_false(folder_make("", 0700, &e));
	assert_err(&e, ERR_FILE_MISSING);
}

static void
a_lock_has_one_holder(void **state)
{
	int one = -1, two = -1;
	char holder[64];
	struct err e;

	(void)state;
	assert_ok(file_lock(path_of("lock"), &one, &e), &e);
	assert_false(file_lock(path_of("lock"), &two, &e));
	assert_err(&e, ERR_FILE_LOCKED);
	snprintf(holder, sizeof(holder), "is locked by process %ld",
	    (long)getpid());
	assert_non_null(strstr(e.text, holder));
	assert_int_equal(two, -1);
	close(one);
	assert_ok(file_lock(path_of("lock"), &two, &e), &e);
	close(two);
	assert_int_equal(symlink("lock", path_of("link")), 0);
	assert_false(file_lock(path_of("link"), &two, &e));
	assert_err(&e, ERR_FILE_KIND);
}

static void
names_in_errors_are_shown_safely(void **state)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct err e;

	(void)state;
	assert_false(file_load("no\033[31m\n", 9, &b, &e));
	assert_string_equal(e.text,
	    "cannot open 'no\\u{1b}[31m\\u{a}': No such file or directory");
}

/* A scratch file with these contents, in the folder or in memory. */
static int
scratch_with(const char *place, const char *text)
{
	struct err e;
	int fd = -1;

	assert_ok(place == NULL ? file_scratch(NULL, &fd, &e) :
	    file_scratch_beside(place, &fd, &e), &e);
	assert_ok(descriptor_write(fd, SPAN_TEXT(text), &e), &e);
	return fd;
}

static void
a_scratch_file_gets_its_name_without_being_copied(void **state)
{
	struct stat before, after;
	struct err e;

	(void)state;
	CLEANUP(fd_done) int fd = scratch_with(path_of("a"), "signed");
	assert_int_equal(fstat(fd, &before), 0);
	assert_ok(file_place(path_of("a"), fd, 6, FILE_PLAIN, &e), &e);
	assert_holds("a", "signed");
	assert_int_equal(stat(path_of("a"), &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assert_int_equal(after.st_mode & 07777, 0644);
	assert_int_equal(after.st_nlink, 1);
}

static void
a_scratch_file_that_cannot_stay_is_copied(void **state)
{
	struct err e;

	(void)state;
	put("a", "old", FILE_PRIVATE);
	CLEANUP(fd_done) int memory = scratch_with(NULL, "elsewhere");
	assert_ok(file_place(path_of("a"), memory, 9, FILE_PLAIN, &e), &e);
	assert_holds("a", "elsewhere");
	CLEANUP(fd_done) int longer = scratch_with(path_of("a"), "cut here");
	assert_ok(file_place(path_of("a"), longer, 3, FILE_PLAIN, &e), &e);
	assert_holds("a", "cut");
	assert_false(file_place(path_of("a"), longer, 8, FILE_NEW, &e));
	assert_err(&e, ERR_FILE_EXISTS);
	assert_false(file_place(path_of("a"), longer, 9, FILE_PLAIN, &e));
	assert_err(&e, ERR_FILE_TRUNCATED);
	assert_holds("a", "cut");
}

int
main(void)
{
#define FRESH(f)	cmocka_unit_test_setup_teardown(f, folder_new, folder_remove)
	const struct CMUnitTest tests[] = {
		FRESH(a_file_comes_back_as_it_was_written),
		FRESH(a_limit_is_exact),
		FRESH(what_cannot_be_read_says_why),
		FRESH(the_mode_of_a_file_is_kept),
		FRESH(a_link_is_followed_only_when_asked),
		FRESH(a_new_file_replaces_nothing),
		FRESH(a_scratch_file_gets_its_name_without_being_copied),
		FRESH(a_scratch_file_that_cannot_stay_is_copied),
		FRESH(folders_and_devices_are_not_replaced),
		FRESH(a_disk_that_is_full_leaves_the_old_file),
		FRESH(missing_rights_leave_the_old_file),
		FRESH(scratch_files_have_no_name),
		FRESH(a_reader_cannot_write),
		FRESH(a_small_spool_lies_in_memory),
		FRESH(what_is_hashed_is_what_is_kept),
		FRESH(only_regular_files_within_the_limit_are_adopted),
		FRESH(folders_are_made_with_those_above),
		FRESH(a_lock_has_one_holder),
		TEST(names_in_errors_are_shown_safely),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}

/* pin_read: every source gives the same PIN, and bad sources give none. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys/pin.h"
#include "test.h"

static char folder[] = "/tmp/tagseal-pin-XXXXXX";

static const char *
file_of(const char *text, size_t len, mode_t mode)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/pin", folder);
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	fchmod(fd, mode);
	close(fd);
	return path;
}

static void
demand(const struct pin_source *s, const char *want)
{
	struct pin p;
	struct err e;

	assert_ok(pin_read(s, &p, &e), &e);
	assert_int_equal(p.len, strlen(want));
	assert_memory_equal(p.bytes, want, p.len);
	pin_wipe(&p);
	for (size_t i = 0; i < sizeof(p); i++)
		assert_int_equal(((const char *)&p)[i], 0);
}

static void
every_source_gives_the_pin(void **state)
{
	const char *path = file_of("12 34\r\n", 7, 0600);
	int fd = open(path, O_RDONLY);

	(void)state;
	demand(&(struct pin_source){ PIN_FILE, path, -1 }, "12 34");
	demand(&(struct pin_source){ PIN_DESCRIPTOR, NULL, fd }, "12 34");
	close(fd);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	demand(&(struct pin_source){ PIN_CREDENTIAL, "pin", -1 }, "12 34");
	setenv("TEST_PIN", "5678", 1);
	const struct pin_source variable = { PIN_ENVIRONMENT, "TEST_PIN", -1 };
	/* Two tokens may have the same; then it goes. */
	demand(&variable, "5678");
	demand(&variable, "5678");
	pin_forget(&variable);
	assert_null(getenv("TEST_PIN"));
	pin_forget(&variable);
	pin_forget(&(struct pin_source){ PIN_FILE, path, -1 });
}

static void
refuse(const struct pin_source *s, enum err_code code)
{
	struct pin p = { .len = 0 };
	struct err e;

	assert_false(pin_read(s, &p, &e));
	assert_err(&e, code);
	assert_int_equal(p.len, 0);
}

static void
bad_sources_give_none(void **state)
{
	static const struct {
		const char	*text;
		size_t		 len;
	} bad[] = {
		{ "", 0 }, { "\n", 1 }, { "1\n2", 3 }, { "1\n\n", 3 },
		{ "1\0002", 3 },
	};
	char is_long[LIMIT_PIN];

	(void)state;
	memset(is_long, '7', sizeof(is_long));
	for (size_t i = 0; i < COUNT(bad); i++)
		refuse(&(struct pin_source){ PIN_FILE,
		    file_of(bad[i].text, bad[i].len, 0600), -1 },
		    ERR_PIN_SOURCE);
	refuse(&(struct pin_source){ PIN_FILE,
	    file_of(is_long, sizeof(is_long), 0600), -1 }, ERR_PIN_SOURCE);
	refuse(&(struct pin_source){ PIN_FILE, "/nonexistent/pin", -1 },
	    ERR_PIN_SOURCE);
	refuse(&(struct pin_source){ PIN_ENVIRONMENT, "TEST_NO_PIN", -1 },
	    ERR_PIN_SOURCE);
	refuse(&(struct pin_source){ PIN_CREDENTIAL, "../pin", -1 },
	    ERR_PIN_SOURCE);
	refuse(&(struct pin_source){ PIN_DESCRIPTOR, NULL, -1 },
	    ERR_PIN_SOURCE);
	refuse(&(struct pin_source){ .from = PIN_NONE }, ERR_PIN_SOURCE);
	refuse(&(struct pin_source){ PIN_FILE, file_of("1234", 4, 0604), -1 },
	    ERR_PIN_EXPOSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_source_gives_the_pin),
		TEST(bad_sources_give_none),
	};

	if (mkdtemp(folder) == NULL)
		return 1;
	int failed = cmocka_run_group_tests_name("pin", tests, NULL, NULL);
	unlink(file_of("", 0, 0600));
	rmdir(folder);
	return failed;
}

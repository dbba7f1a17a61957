/* url: one text, one meaning; a prefix holds whole segments. */
#include <arpa/inet.h>
#include <string.h>

#include "net/address.h"
#include "net/url.h"
#include "test.h"

static void
reads_the_parts(void **state)
{
	struct url u;
	struct err e;

	(void)state;
	assert_ok(url_parse(SPAN_TEXT("https://CI.acme.example:8443/a/b?c=/.."),
	    &u, &e), &e);
	assert_true(u.secure);
	assert_string_equal(u.host, "ci.acme.example");
	assert_int_equal(u.port, 8443);
	assert_true(span_is(u.path, "/a/b"));
	assert_true(span_is(u.query, "c=/.."));
	assert_ok(url_parse(SPAN_TEXT("http://[2001:DB8::1]"), &u, &e), &e);
	assert_string_equal(u.host, "2001:db8::1");
	assert_int_equal(u.port, 80);
	assert_int_equal(u.path.len, 0);
	assert_ok(url_parse(SPAN_TEXT("http://[::1]:81/%20a/"), &u, &e), &e);
	assert_int_equal(u.port, 81);
}

static void
refuses_what_can_be_read_in_two_ways(void **state)
{
	static const char *const bad[] = {
		"", "https:/", "https://", "ftp://a/b", "file:///etc",
		"HTTPS://a/", "https://u@a/b", "https://u:p@a/b",
		"https://a@b@c/", "https://a:/b", "https://a:0/b",
		"https://a:65536/b", "https://a:+1/b", "https://a:1x/b",
		"https://.a/", "https://a./", "https://-a/", "https://a_b/",
		"https://a\\b/", "https://a%2eb/", "https://[::1/",
		"https://[::1]x/", "https://[g]/", "https://a/b#c",
		"https://a/../b", "https://a/b/..", "https://a/./b",
		"https://a//b", "https://a/b//", "https://a/%2e%2e/b",
		"https://a/%2E/b", "https://a/b%2fc", "https://a/b%2Fc",
		"https://a/b%5cc", "https://a/%252e/", "https://a/%00",
		"https://a/%0a", "https://a/%", "https://a/%4", "https://a/%zz",
		"https://a/b c", "https://a/b\n", "https://a/\x7f",
		"https://a/\xc3\xa4", "https://a/?b c", "https://a/b\\c",
		"https://a?b#c", "-https://a/",
	};
	struct url u;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (url_parse(SPAN_TEXT(bad[i]), &u, &e))
			fail_msg("taken: %s", bad[i]);
		assert_err(&e, ERR_NET_URL);
	}
}

static void
a_prefix_holds_whole_segments(void **state)
{
	static const char *const prefixes[] = {
		"https://a.example/ci/", "http://b.example:81", NULL };
	static const struct {
		const char	*url;
		bool		 allowed;
	} cases[] = {
		{ "https://a.example/ci/x.zip", true },
		{ "https://A.example:443/ci/x/y?z", true },
		{ "https://a.example/ci", true },
		{ "https://a.example/ci2/x.zip", false },
		{ "https://a.example/cix", false },
		{ "https://a.example/", false },
		{ "https://a.example", false },
		{ "http://a.example/ci/x.zip", false },
		{ "https://a.example:444/ci/x.zip", false },
		{ "https://a.example.evil/ci/x.zip", false },
		{ "https://evil/https://a.example/ci/x.zip", false },
		{ "http://b.example:81/anything", true },
		{ "http://b.example/anything", false },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (url_allowed(cases[i].url, prefixes, &e) !=
		    cases[i].allowed)
			fail_msg("%s", cases[i].url);
	assert_false(url_allowed(cases[3].url, prefixes, &e));
	assert_err(&e, ERR_NET_URL_OUTSIDE);
}

static bool
is_private(const char *text)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return address_private((const struct sockaddr *)&in);
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return address_private((const struct sockaddr *)&in6);
}

static void
knows_public_addresses(void **state)
{
	static const char *const inside[] = {
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255",
		"127.0.0.1", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.168.1.1", "198.18.0.1", "198.19.9.9",
		"224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
		"fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1",
		"::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
		"2002:c0a8:101::1", "2001:db8::1", "2001::1", "fec0::1",
		"100::1",
	};
	static const char *const outside[] = {
		"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0",
		"172.15.255.255", "172.32.0.0", "192.167.1.1", "198.17.0.1",
		"198.20.0.1", "223.255.255.255", "2606:4700::1111",
		"2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
		"2002:808:808::1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(inside); i++)
		if (!is_private(inside[i]))
			fail_msg("%s is taken for public", inside[i]);
	for (size_t i = 0; i < COUNT(outside); i++)
		if (is_private(outside[i]))
			fail_msg("%s is taken for private", outside[i]);
	const struct sockaddr local = { .sa_family = AF_UNIX };
	assert_true(address_private(&local));
}

static void
a_host_is_named_with_or_without_its_port(void **state)
{
	static const struct {
		const char	*url;
		const char	*entry;
		bool		 at;
	} cases[] = {
		{ "https://git.example/x", "git.example", true },
		{ "https://git.example/x", "GIT.Example", true },
		{ "https://git.example:8443/x", "git.example", true },
		{ "https://git.example/x", "git.example:443", true },
		{ "http://git.example/x", "git.example:443", false },
		{ "https://git.example:8443/x", "git.example:443", false },
		{ "https://git.example.org/x", "git.example", false },
		{ "https://a.git.example/x", "git.example", false },
		{ "https://git.example/x", "", false },
		{ "https://[::1]:80/x", "[::1]", true },
		{ "https://[::1]/x", "[::1]:443", true },
		{ "https://[::1]/x", "::1", false },
	};
	struct url u;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_ok(url_parse(span_text(cases[i].url), &u, &e), &e);
		if (url_at(&u, span_text(cases[i].entry)) != cases[i].at)
			fail_msg("%s at %s", cases[i].url, cases[i].entry);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_host_is_named_with_or_without_its_port),
		TEST(reads_the_parts),
		TEST(refuses_what_can_be_read_in_two_ways),
		TEST(a_prefix_holds_whole_segments),
		TEST(knows_public_addresses),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}

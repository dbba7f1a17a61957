/*
 * extract REPO COMMIT SIGNATURE PAYLOAD: what libgit2 takes for the signature
 * of a commit, and for the text under it. Tests show with it that a forged
 * commit fools those who trust that function.
 */
#include <git2.h>
#include <stdio.h>

static int
file_write(const char *path, const git_buf *b)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL)
		return -1;
	size_t n = fwrite(b->ptr, 1, b->size, f);
	return fclose(f) == 0 && n == b->size ? 0 : -1;
}

int
main(int argc, char **argv)
{
	git_buf signature = { 0 }, payload = { 0 };
	git_repository *repo = NULL;
	git_oid id;
	int code = 1;

	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
	if (argc == 5 && git_oid_fromstr(&id, argv[2]) == 0 &&
	    git_repository_open(&repo, argv[1]) == 0 &&
	    git_commit_extract_signature(&signature, &payload, repo, &id,
	    NULL) == 0 && file_write(argv[3], &signature) == 0 &&
	    file_write(argv[4], &payload) == 0)
		code = 0;
	else
		fprintf(stderr, "no signature\n");
	git_buf_dispose(&signature);
	git_buf_dispose(&payload);
	git_repository_free(repo);
	git_libgit2_shutdown();
	return code;
}

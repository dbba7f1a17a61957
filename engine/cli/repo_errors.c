/*
 * repo_errors - see repo.h. It stands by itself because commands without a
 * repository print such errors too, and need no library for one.
 */
#include "cli/repo.h"

bool
repo_errors(struct config_errors *errors, struct err *e)
{
	config_errors_sort(errors);
	errors->count--;
	config_errors_print(stderr, errors, false);
	*e = errors->items[errors->count].e;
	errors->count++;
	return false;
}

/* module - see module.h. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "keys/module.h"

static struct module *modules;

static bool
functions_of(const char *path, struct ck_function_list **out, struct err *e)
{
	ck_rv_t (*list)(struct ck_function_list **) = NULL;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		return err_set(e, ERR_TOKEN_MODULE, "%s", dlerror());
	void *symbol = dlsym(library, "C_GetFunctionList");
	if (symbol == NULL) {
		dlclose(library);
		return err_set(e, ERR_TOKEN_MODULE, "%s is no PKCS#11 module",
		    path);
	}
	/* POSIX dlsym: a data pointer that holds a function's address. */
	memcpy(&list, &symbol, sizeof(list));
	*out = NULL;
	if (list(out) != CKR_OK || *out == NULL)
		return err_set(e, ERR_TOKEN_MODULE,
		    "%s does not tell its functions", path);
	return true;
}

static struct module *
module_known(const char *path)
{
	struct module *m = modules;

	while (m != NULL && strcmp(m->path, path) != 0)
		m = m->next;
	return m;
}

static bool
parameters_fit(const struct module *m, const char *parameters, struct err *e)
{
	const char *a = m->parameters == NULL ? "" : m->parameters;
	const char *b = parameters == NULL ? "" : parameters;

	return strcmp(a, b) == 0 || err_set(e, ERR_USAGE,
	    "%s: two tokens of it name different parameters", m->path);
}

bool
module_take(const char *path, const char *parameters, struct module **out,
    struct err *e)
{
	struct module *m = module_known(path);
	struct ck_function_list *call;

	if (m != NULL) {
		if (!parameters_fit(m, parameters, e))
			return false;
	} else {
		if (!functions_of(path, &call, e))
			return false;
		m = xcalloc(1, sizeof(*m));
		m->path = xstrdup(path);
		m->parameters = parameters == NULL ? NULL :
		    xstrdup(parameters);
		m->call = call;
		m->next = modules;
		modules = m;
	}
	m->users++;
	*out = m;
	return true;
}

static void
module_forget(struct module *m)
{
	struct module **at = &modules;

	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	free(m->path);
	free(m->parameters);
	free(m);
}

static void
module_end(struct module *m)
{
	if (m->ours)
		m->call->C_Finalize(NULL);
	m->ours = false;
}

void
module_give(struct module *m)
{
	if (m == NULL || --m->users > 0)
		return;
	module_end(m);
	module_forget(m);
}

bool
module_start(struct module *m, struct err *e)
{
	struct ck_c_initialize_args args = {
		.flags = CKF_OS_LOCKING_OK, .reserved = m->parameters };
	ck_rv_t rv;

	if (m->ours)
		return true;
	rv = m->call->C_Initialize(&args);
	m->ours = rv == CKR_OK;
	/* Somebody else in this process may have started it. */
	return m->ours || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED ||
	    err_set(e, ERR_TOKEN_MODULE, "%s cannot start (0x%lx)", m->path,
	    rv);
}

bool
module_idle(const struct module *m)
{
	return m->open == 0 && m->ours;
}

bool
module_restart(struct module *m, struct err *e)
{
	module_end(m);
	return module_start(m, e);
}

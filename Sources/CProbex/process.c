#define _GNU_SOURCE
#include "CProbex.h"

#include <errno.h>

#if defined(__GLIBC__)
#include <malloc.h>

void probex_release_free_memory(void) { malloc_trim(0); }
#else
void probex_release_free_memory(void) {}
#endif

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int probex_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
#else
int probex_pidfd_open(int pid) {
  (void)pid;
  errno = ENOSYS;
  return -1;
}
#endif

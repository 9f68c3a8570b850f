/* Preloaded into the daemon by test_storage.py: a storage that fails or does not answer.
 *
 * A file below a folder named `eio` gives EIO beyond its header. One below a folder named `stall`
 * answers beyond its header only when the file that PROBEXD_TEST_GO names exists; the file that
 * PROBEXD_TEST_WAITS names is made before, so that a test knows that somebody waits. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef ssize_t (*pread_function)(int, void *, size_t, off_t);

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  if (offset > 8 && strstr(path, "/eio/")) {
    errno = EIO;
    return -1;
  }
  if (offset > 8 && strstr(path, "/stall/")) {
    close(open(getenv("PROBEXD_TEST_WAITS"), O_CREAT | O_WRONLY, 0600));
    while (access(getenv("PROBEXD_TEST_GO"), F_OK) != 0) usleep(2000);
  }
  return ((pread_function)dlsym(RTLD_NEXT, "pread"))(descriptor, bytes, count, offset);
}

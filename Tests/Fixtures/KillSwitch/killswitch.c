// Preloaded into the built binary (LD_PRELOAD): kills it, as a power cut would, at one of the moments at which it changes
// what it knows: a write to the journal, the rename that puts new state in place, the removal of the journal.
//
// KILL_AT      which moment, from 1
// KILL_WHEN    before, half (of a write), or after
// KILL_LOG     a file that gets one byte for each moment that was reached

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int reached;

static int ends_with(const char *text, const char *end) {
  size_t length = strlen(text), wanted = strlen(end);
  return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

static int is_journal(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return ends_with(path, "/journal.ndjson");
}

// Counts the moment and tells whether it is the one at which to die.
static int is_last(void) {
  const char *log = getenv("KILL_LOG"), *at = getenv("KILL_AT");
  int number = atomic_fetch_add(&reached, 1) + 1;
  int file = log ? open(log, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
  if (file >= 0) {
    dprintf(file, ".");
    close(file);
  }
  return at && number == atoi(at);
}

static int dies(const char *when) {
  const char *wanted = getenv("KILL_WHEN");
  return wanted && strcmp(wanted, when) == 0;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  if (!is_journal(descriptor) || !is_last()) return real(descriptor, bytes, count);
  if (dies("before")) die();
  if (dies("half")) {
    real(descriptor, bytes, count / 2);
    die();
  }
  real(descriptor, bytes, count);
  die();
  return -1;
}

int rename(const char *from, const char *to) {
  static int (*real)(const char *, const char *);
  if (!real) real = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  if (!ends_with(to, "/state.json") || !is_last()) return real(from, to);
  if (!dies("after")) die();
  real(from, to);
  die();
  return -1;
}

int unlink(const char *path) {
  static int (*real)(const char *);
  if (!real) real = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
  if (!ends_with(path, "/journal.ndjson") || !is_last()) return real(path);
  if (!dies("after")) die();
  real(path);
  die();
  return -1;
}

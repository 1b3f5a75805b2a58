/* Preloaded by tests/clock/run: moves the wall clock, and the times of files with it, by a number of seconds.
 *
 * faketime is not used: it is told the offset by an environment variable, and a CGI program and most of these tests'
 * children start with an environment of their own; and it moves CLOCK_MONOTONIC too, whose values the kernel then
 * misunderstands in futex(2). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MOVED ((time_t)(SECONDS))

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = (int)syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += MOVED;
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  int result = (int)syscall(SYS_gettimeofday, time, zone);
  if (result == 0) time->tv_sec += MOVED;
  return result;
}

time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}

static void move_stat(struct stat *file) {
  file->st_atim.tv_sec += MOVED;
  file->st_mtim.tv_sec += MOVED;
  file->st_ctim.tv_sec += MOVED;
}

int fstatat(int folder, const char *restrict path, struct stat *restrict file, int flags) {
  int result = (int)syscall(SYS_newfstatat, folder, path, file, flags);
  if (result == 0) move_stat(file);
  return result;
}
int stat(const char *restrict path, struct stat *restrict file) { return fstatat(AT_FDCWD, path, file, 0); }
int lstat(const char *restrict path, struct stat *restrict file) {
  return fstatat(AT_FDCWD, path, file, AT_SYMLINK_NOFOLLOW);
}
int fstat(int number, struct stat *file) {
  int result = (int)syscall(SYS_fstat, number, file);
  if (result == 0) move_stat(file);
  return result;
}
int fstatat64(int folder, const char *restrict path, struct stat64 *restrict file, int flags) {
  return fstatat(folder, path, (struct stat *)file, flags);
}
int stat64(const char *restrict path, struct stat64 *restrict file) { return stat(path, (struct stat *)file); }
int lstat64(const char *restrict path, struct stat64 *restrict file) { return lstat(path, (struct stat *)file); }
int fstat64(int number, struct stat64 *file) { return fstat(number, (struct stat *)file); }

int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict file) {
  int result = (int)syscall(SYS_statx, folder, path, flags, mask, file);
  if (result == 0) {
    file->stx_atime.tv_sec += MOVED;
    file->stx_mtime.tv_sec += MOVED;
    file->stx_ctime.tv_sec += MOVED;
    file->stx_btime.tv_sec += MOVED;
  }
  return result;
}

static const struct timespec *back(const struct timespec times[2], struct timespec moved[2]) {
  if (!times) return times;
  for (int each = 0; each < 2; each++) {
    moved[each] = times[each];
    if (times[each].tv_nsec != UTIME_NOW && times[each].tv_nsec != UTIME_OMIT) moved[each].tv_sec -= MOVED;
  }
  return moved;
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
  struct timespec moved[2];
  return (int)syscall(SYS_utimensat, folder, path, back(times, moved), flags);
}
int futimens(int number, const struct timespec times[2]) {
  struct timespec moved[2];
  return (int)syscall(SYS_utimensat, number, NULL, back(times, moved), 0);
}

/* A wait until a time of the wall clock is moved back to where the kernel's clock is; one by the monotonic clock, whose
 * values are small, is left. */
static const struct timespec *until(const struct timespec *time, struct timespec *moved) {
  *moved = *time;
  if (time->tv_sec > 1000000000) moved->tv_sec -= MOVED;
  return moved;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *time) {
  struct timespec moved;
  return NEXT(pthread_cond_timedwait)(condition, mutex, until(time, &moved));
}
int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *time) {
  struct timespec moved;
  return NEXT(pthread_mutex_timedlock)(mutex, until(time, &moved));
}
int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *time) {
  struct timespec moved;
  return NEXT(pthread_rwlock_timedrdlock)(lock, until(time, &moved));
}
int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *time) {
  struct timespec moved;
  return NEXT(pthread_rwlock_timedwrlock)(lock, until(time, &moved));
}
int sem_timedwait(sem_t *semaphore, const struct timespec *time) {
  struct timespec moved;
  return NEXT(sem_timedwait)(semaphore, until(time, &moved));
}

/* The least that receiving a ping can cost: the system calls that keeping it safely needs, and hardly
 * anything else. It checks nothing and is for measuring only. FLOOR_DATA and FLOOR_RSS name the folders. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static char body[65536], line[65536 + 256], feed[65536 + 512];

static void need(int ok) {
    if (!ok) _exit(1);
}

int main(void) {
    const char *path = getenv("PATH_INFO"), *length = getenv("CONTENT_LENGTH");
    const char *data = getenv("FLOOR_DATA"), *rss = getenv("FLOOR_RSS");
    need(path && *path == '/' && length && data && rss);
    size_t want = strtoul(length, NULL, 10), have = 0;
    need(want < sizeof body);
    while (have < want) {
        ssize_t got = read(0, body + have, want - have);
        need(got > 0);
        have += (size_t)got;
    }
    char name[256], temporary[256];
    snprintf(name, sizeof name, "%s.jsonl", path + 1);

    int folder = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int lock = openat(folder, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    need(lock >= 0 && flock(lock, LOCK_EX) == 0);
    int file = openat(folder, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    off_t end = lseek(file, 0, SEEK_END);
    need(file >= 0 && (end > 0 || fsync(folder) == 0));
    int size = snprintf(line, sizeof line, "{\"op\":\"ping\",\"id\":1,\"fields\":\"%.*s\"}\n", (int)have, body);
    need(write(file, line, (size_t)size) == size && fdatasync(file) == 0);

    int feeds = open(rss, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(name, sizeof name, "%s.xml", path + 1);
    snprintf(temporary, sizeof temporary, ".%s.xml.tmp", path + 1);
    int out = openat(feeds, temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size = snprintf(feed, sizeof feed, "<rss version=\"2.0\"><channel><item>%.*s</item></channel></rss>\n", (int)have, body);
    need(out >= 0 && write(out, feed, (size_t)size) == size && fsync(out) == 0);
    need(renameat(feeds, temporary, feeds, name) == 0 && fsync(feeds) == 0);

    static const char reply[] =
        "Status: 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n"
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response>\n<error>0</error>\n</response>\n";
    need(write(1, reply, sizeof reply - 1) == (ssize_t)(sizeof reply - 1));
    return 0;
}

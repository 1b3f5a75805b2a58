/* The least that a process can cost that a web server starts for a request: one write. */
#include <unistd.h>

int main(void) {
    static const char reply[] =
        "Status: 400 Bad Request\r\nContent-Type: text/html; charset=utf-8\r\n\r\nBad Request\n";
    return write(1, reply, sizeof reply - 1) == (ssize_t)(sizeof reply - 1) ? 0 : 1;
}

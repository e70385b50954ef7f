TITLE A mechanism that goes wrong on request

COMMENT
kind: below 1 harmless, from 1 a segmentation fault, from 2 an endless loop, from 3 endless memory.
ENDCOMMENT

NEURON {
    SUFFIX trap
    RANGE kind
}

PARAMETER { kind = 0 }

VERBATIM
#include <cstdlib>
#include <cstring>
#include <unistd.h>
ENDVERBATIM

INITIAL {
VERBATIM
    if (kind >= 3) {
        for (;;) {
            memset(malloc(1 << 24), 1, 1 << 24);
            usleep(1000);
        }
    } else if (kind >= 2) {
        for (volatile long i = 0;; i = i + 1) {}
    } else if (kind >= 1) {
        volatile int* nowhere = nullptr;
        *nowhere = 1;
    }
ENDVERBATIM
}

TITLE A mechanism that goes wrong on request

COMMENT
kind: below 1 harmless, from 1 a segmentation fault, from 2 an endless loop, from 3 much memory.
ENDCOMMENT

NEURON {
    SUFFIX trap
    RANGE kind
}

PARAMETER { kind = 0 }

VERBATIM
#include <cstdlib>
#include <unistd.h>
ENDVERBATIM

INITIAL {
VERBATIM
    if (kind >= 3) {
        volatile char* hoard = (volatile char*) malloc(900000000);
        for (long i = 0; i < 900000000; i += 4096) hoard[i] = 1;
        for (;;) sleep(1);
    } else if (kind >= 2) {
        for (volatile long i = 0;; i = i + 1) {}
    } else if (kind >= 1) {
        volatile int* nowhere = nullptr;
        *nowhere = 1;
    }
ENDVERBATIM
}

/* Functions that are compiled for several kinds of processor, of which the one that fits is chosen
 * when the program starts. The bits are the same in each: nothing is reordered and no multiply-add
 * is fused (-ffp-contract=off), so that only how many places are computed at once differs.
 *
 * For loops over columns without calls. Sanitizers are not ready when the choice is made. */
#ifndef CORE_CLONES_H
#define CORE_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

#endif

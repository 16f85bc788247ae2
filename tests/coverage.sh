#!/bin/sh
# tests/coverage.sh BUILD LEAST: how much of core/ the tests that ran since BUILD was cleared have
# been through, file by file; fails when less than LEAST per cent of its branches.
set -eu

build=$1
least=$2
gcovr --root . --filter core/ "$build/core" --csv | tr -d '\r' | awk -F, -v least="$least" '
    NR == 1 { printf "%-32s %6s %7s %8s %7s\n", "file", "lines", "", "branches", ""; next }
    {
        printf "%-32s %6d %6.1f%% %8d %6.1f%%\n", $1, $2, 100 * $4, $5, $5 ? 100 * $6 / $5 : 100
        lines += $2; lines_run += $3; branches += $5; taken += $6
    }
    END {
        if (!branches) { print "no branch was measured"; exit 1 }
        share = 100 * taken / branches
        printf "%-32s %6d %6.1f%% %8d %6.1f%%\n", "core/", lines, 100 * lines_run / lines,
               branches, share
        if (share < least) {
            printf "%d of %d branches were taken: less than %s %%\n", taken, branches, least
            exit 1
        }
    }'

#!/bin/sh
# Runs one test program: tests/run_one.sh BUILD PROGRAM RESULTS. Writes what it printed, how many cases,
# failures and skipped ones check's closing line (or its like) names, and the seconds that it took.
set -u

build=$1
program=$2
name=$3/$(basename "$(dirname "$program")")-$(basename "$program") # two may be called the same
began=$(date +%s)
case $program in
*.py) /usr/bin/python3 "$program" "$build" >"$name.out" 2>&1 ;; # Debian's, which has the packages
*) ${RUN_UNDER:-} "$program" >"$name.out" 2>&1 ;;
esac
status=$?
counts=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$name.out")
# shellcheck disable=SC2086 # three words
set -- $counts
checks=${1:-0}
bad=$((${2:-0} + ${3:-0}))
# A program that ends badly without a count, or counts nothing, is a failure too.
if [ "$checks" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then bad=$((bad + 1)); fi
[ "$checks" -ge "$bad" ] || checks=$bad
echo "$program $checks $bad $(grep -c '^skipped' "$name.out") $(($(date +%s) - began))" >"$name.counts"

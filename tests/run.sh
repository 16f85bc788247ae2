#!/bin/sh
# Runs every test program and says in one line how many cases passed.
set -u

build=$1
passed=0
failed=0
skipped=0
for program in "$build"/tests/*/test_* tests/*/test_*.py; do
    case $program in
    *.d) continue ;;
    *.py) run="/usr/bin/python3 $program $build" ;; # Debian's, which has the packages
    *) run=$program ;;
    esac
    [ -e "$program" ] || continue
    out=$($run 2>&1)
    status=$?
    counts=$(printf '%s\n' "$out" | sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p')
    # shellcheck disable=SC2086 # three words
    set -- $counts
    checks=${1:-0}
    bad=$((${2:-0} + ${3:-0}))
    # A program that ends badly without a count, or counts nothing, is a failure too.
    if [ "$checks" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then bad=$((bad + 1)); fi
    if [ "$bad" -gt 0 ]; then printf '%s\n%s\n' "$program" "$out"; fi
    [ "$checks" -ge "$bad" ] || checks=$bad
    skips=$(printf '%s\n' "$out" | grep -c '^skipped')
    if [ "$skips" -gt 0 ]; then printf '%s\n' "$out" | grep '^skipped'; fi
    passed=$((passed + checks - bad))
    failed=$((failed + bad))
    skipped=$((skipped + skips))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

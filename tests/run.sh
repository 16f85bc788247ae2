#!/bin/sh
# Runs every test program, several at a time because most of them wait for others, and says in one
# line how many cases passed.
set -u

build=$1
results=$build/tests/results
rm -rf "$results"
mkdir -p "$results"

for program in "$build"/tests/*/test_* tests/*/test_*.py; do
    case $program in *.d) continue ;; esac
    [ -e "$program" ] && echo "$program"
done | xargs -P 4 -I '{}' tests/run_one.sh "$build" '{}' "$results"

passed=0
failed=0
skipped=0
for result in "$results"/*.counts; do
    read -r program checks bad skips <"$result"
    if [ "$bad" -gt 0 ]; then printf '%s\n' "$program" && cat "${result%.counts}.out"; fi
    if [ "$skips" -gt 0 ]; then grep '^skipped' "${result%.counts}.out"; fi
    passed=$((passed + checks - bad))
    failed=$((failed + bad))
    skipped=$((skipped + skips))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

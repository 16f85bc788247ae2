#!/bin/sh
# What `make run` shows: the service on one machine, England's pack loaded, one newer release handed
# in, and what it changed, as a subscriber sees it and as an analyst reads it.
set -eu

build=$1
here=$(dirname "$0")
mindex=$build/mindex
state=$build/run
newer=$here/newer/gigabit-broadband/2026-05-19.csv

rm -rf "$state"
mkdir -p "$state"
export MINDEX_STATE="$state"

say() {
    printf '\n== %s\n\n' "$*"
}

"$mindex" up --state "$state" 2>"$state/log" &
service=$!
watching=""
stop() {
    [ -z "$watching" ] || kill "$watching" 2>/dev/null || true
    kill "$service" 2>/dev/null || true
    wait "$service" 2>/dev/null || true
}
trap stop EXIT
trap 'exit 130' INT TERM

say "England as it stood on 18 May 2026"
"$mindex" load "$here"
printf '\nThe ten places of most need overall:\n\n'
"$mindex" ranks --top 10

say "A subscriber listens to the Growth mission; Ofcom's release of 19 May 2026 comes in"
mkfifo "$state/heard"
"$mindex" watch --after 0 --topic rank.mission.growth. --topic spend. >"$state/heard" \
    2>>"$state/log" &
watching=$!
# The comparison with spend follows the rank changes, so with it the subscriber has them all.
sed -u '/spend.compared edition 2:/q' <"$state/heard" >"$state/subscriber.txt" &
reading=$!
"$mindex" ingest "$newer"
wait "$reading"
received=$(grep -c 'rank.changed' "$state/subscriber.txt")
printf '\nThe subscriber has received %s rank changes of the Growth mission; the first three:\n\n' "$received"
grep -A 2 ', Economic growth:' "$state/subscriber.txt" | grep -v '^--' | head -n 9

say "What moved"
"$mindex" changes --node growth --top 10

say "Why one place moved, and how sure its rank is"
"$mindex" explain Burnley --node growth
printf '\nThe ten of most need, with the interval that holds 90 %% of their ranks by other methods:\n\n'
"$mindex" uncertainty --top 10

say "Need against spend"
"$mindex" spend --top 10

say "Where everything is"
cat <<EOF
  maps, scatter chart, tables   $state/editions/latest/
  what the subscriber received  $state/subscriber.txt
  the service's log             $state/log
  the database                  $state/mindex.db
'make serve' runs the service and leaves it running, with its page at http://127.0.0.1:5605;
'build/mindex help' lists what can be asked.
EOF

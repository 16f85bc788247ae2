#!/bin/sh
# What `make run` shows: the service on one machine, a pack loaded, one newer release handed in, and
# what it changed, as a subscriber sees it and as an analyst reads it. The pack's tour.conf says
# which release, whose node and which place.
#
#     tour.sh BUILD PACK
set -eu

build=$1
pack=${2%/}
mindex=$build/mindex
state=$build/run
export MINDEX_STATE="$state"
if [ ! -f "$pack/tour.conf" ]; then
    echo "$pack has no tour.conf, which says what to show of it; 'make serve PACK=$pack' runs any pack" >&2
    exit 1
fi
. "$pack/tour.conf"

rm -rf "$state"
mkdir -p "$state"

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

say "$before"
"$mindex" load "$pack"
printf '\nThe ten places of most need overall:\n\n'
"$mindex" ranks --top 10

say "A subscriber listens to $node_name; $release comes in"
mkfifo "$state/heard"
"$mindex" watch --after 0 --topic "rank.mission.$node." --topic published >"$state/heard" \
    2>>"$state/log" &
watching=$!
# Files are published when all else is done, so with that event the subscriber has them all.
sed -u '/edition.published edition 2:/q' <"$state/heard" >"$state/subscriber.txt" &
reading=$!
"$mindex" ingest "$pack/$newer"
wait "$reading"
received=$(grep -c 'rank.changed' "$state/subscriber.txt")
printf '\nThe subscriber has received %s rank changes of %s; the first three:\n\n' "$received" "$node_name"
grep -A 2 ", $node_name:" "$state/subscriber.txt" | grep -v '^--' | head -n 9

say "What moved"
"$mindex" changes --node "$node" --top 10

say "Why one place moved, and how sure its rank is"
"$mindex" explain "$place" --node "$node"
printf '\nThe ten of most need, with the interval that holds 90 %% of their ranks by other methods:\n\n'
"$mindex" uncertainty --top 10

if [ "$spend" = yes ]; then
    say "Need against spend"
    "$mindex" spend --top 10
fi

say "Where everything is"
cat <<EOF
  maps, tables, charts          $state/editions/latest/
  what the subscriber received  $state/subscriber.txt
  the service's log             $state/log
  the database                  $state/mindex.db
'make serve' runs the service and leaves it running, with its page at http://127.0.0.1:5605;
'build/mindex help' lists what can be asked.
EOF

// Follows the rank changes of a mindex service and writes each into a file, once and in order,
// whatever is killed in between.
//
//     node follow.mjs ENDPOINT FILE [TOPIC ...]
//
// ENDPOINT is the service's replay endpoint; MINDEX_KEY names the key file where one is asked for,
// and MINDEX_PROTO the folder of the messages (proto, unless told).
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import protobuf from "protobufjs";
import { Dealer } from "zeromq";
import { Changes } from "./file.mjs";

const WAIT_MS = 10000; // how long the service may keep a question that it has no answer to
const LATE_MS = 15000; // after which the answer was lost, and the question is asked again

const [endpoint, file, ...topics] = process.argv.slice(2);
if (!file) {
  console.error("usage: node follow.mjs ENDPOINT FILE [TOPIC ...]");
  process.exit(2);
}

const folder = process.env.MINDEX_PROTO ?? "proto";
const root = new protobuf.Root();
root.resolvePath = (_, name) => path.join(folder, path.basename(name));
const Message = root.loadSync("bus.proto", { keepCase: true }).lookupType("mindex.v1.Message");

function connect() {
  const socket = new Dealer({ linger: 0, receiveTimeout: LATE_MS });
  if (process.env.MINDEX_KEY && !endpoint.startsWith("ipc:")) {
    const lines = fs.readFileSync(process.env.MINDEX_KEY, "ascii").split("\n");
    const key = Object.fromEntries(lines.filter((l) => l.includes(" = ")).map((l) => l.split(" = ")));
    socket.curveServerKey = key.service;
    socket.curvePublicKey = key.public;
    socket.curveSecretKey = key.secret;
  }
  socket.connect(endpoint);
  return socket;
}

// The answer to this question and to no earlier one; null: it is late.
async function ask(socket, request, wanted) {
  await socket.send(Message.encode({ version: 1, request, events_wanted: wanted }).finish());
  for (;;) {
    try {
      const [frame] = await socket.receive();
      const answer = Message.toObject(Message.decode(frame), { longs: Number });
      if (answer.request === request) return answer;
    } catch (error) {
      if (error.code === "EAGAIN") return null;
      throw error;
    }
  }
}

// A rank that is not there has no field: the place had none, or has none now.
function line(event) {
  const { area, node, old_rank = "", new_rank = "" } = event.rank_changed;
  return `${event.seq}\t${event.time_ms}\t${area}\t${node}\t${old_rank}\t${new_rank}\n`;
}

const changes = new Changes(file);
let [after, after_time_ms] = (changes.position() ?? [0, 0]).map(Number);
const socket = connect();
for (let request = 1; ; request++) {
  const wanted = { after, wait_ms: WAIT_MS, topics: topics.length ? topics : ["rank.place."] };
  if (after === 0) wanted.or_oldest = true; // who has nothing begins with the oldest that is kept
  if (after_time_ms) wanted.after_time_ms = after_time_ms; // told if the log is another than it was
  const answer = await ask(socket, request, wanted);
  if (answer?.events) {
    changes.add((answer.events.events ?? []).filter((event) => event.rank_changed).map(line));
    after = answer.events.through;
    after_time_ms = answer.events.through_time_ms;
  } else if (answer?.error) {
    if (!answer.error.try_again) {
      console.error(`${endpoint}: ${answer.error.reason}`);
      process.exit(1);
    }
    await sleep(1000);
  }
}

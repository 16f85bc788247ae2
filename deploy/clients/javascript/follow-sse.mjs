// The same over Server-Sent Events, with nothing but Node 18 or newer; in a browser an EventSource
// does what `read` does here.
//
//     node follow-sse.mjs URL FILE
//
// URL is like http://127.0.0.1:5605/api/v1/events/stream?type=rank.changed&mission=growth&after=0
import { setTimeout as sleep } from "node:timers/promises";
import { Changes } from "./file.mjs";

const AGAIN_MS = 1000; // after the stream has ended, or nobody was there

const [url, file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node follow-sse.mjs URL FILE");
  process.exit(2);
}

// Messages of a stream, as the HTML standard has them: lines up to an empty one.
async function* read(body) {
  let message = { data: [] };
  let rest = "";
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split(/\r?\n/);
    rest = lines.pop();
    for (const text of lines) {
      const [, name, value] = /^([^:]*):? ?(.*)$/.exec(text);
      if (text === "") {
        yield { ...message, data: message.data.join("\n") };
        message = { data: [] };
      } else if (name === "data") message.data.push(value);
      else if (name === "id" || name === "event") message[name] = value;
    }
  }
}

const changes = new Changes(file);
let last = changes.position()?.[0];
for (;;) {
  try {
    const answer = await fetch(url, { headers: last ? { "Last-Event-ID": last } : {} });
    if (!answer.ok && answer.status < 500) {
      console.error(`${url}: ${answer.status} ${await answer.text()}`);
      process.exit(1);
    }
    if (answer.ok) {
      for await (const { id, event, data } of read(answer.body)) {
        if (event === "problem") {
          console.error(`${url}: ${data}`);
          process.exit(1);
        }
        if (data) {
          const { area, node, old_rank = "", new_rank = "" } = JSON.parse(data).data;
          changes.add([`${id}\t${area}\t${node}\t${old_rank}\t${new_rank}\n`]);
        }
        if (id) last = id; // also of a message without data, which says how far the stream is
      }
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what fetch gives when nobody is there
  }
  await sleep(AGAIN_MS);
}

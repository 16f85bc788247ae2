// A service of the tests' own: `mindex up` in a folder that goes away, on a port that was free.
import {execFile, spawn} from "node:child_process";
import {mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join, resolve} from "node:path";
import {createInterface} from "node:readline";
import {fileURLToPath} from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const BUILD = resolve(process.argv[2] ?? join(ROOT, "build"));
export const ENGLAND = join(ROOT, "deploy/england");
export const NEWER = join(ENGLAND, "newer/gigabit-broadband/2026-05-19.csv");

const MINDEX = join(BUILD, "mindex");
const PATIENCE_MS = 120_000;

// A promise that fails where what it waits for does not come; no test hangs.
function within(promise, what) {
    let timer;
    const late = new Promise((_, fail) => {
        timer = setTimeout(() => fail(new Error(`${what} did not come in ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Service {
    // `releases` are files handed in after the pack, one after the other: an edition each.
    static async start({pack = ENGLAND, releases = [], options = []} = {}) {
        const service = new Service();
        service.home = mkdtempSync(join(tmpdir(), "mindex-browser-"));
        service.state = join(service.home, "state");
        service.editions = 0;
        service.up = spawn(MINDEX, ["up", "--state", service.state, "--http", "http://127.0.0.1:*", ...options],
            {stdio: ["ignore", "ignore", "pipe"]});
        service.ended = new Promise(done => service.up.on("exit", done));
        try {
            service.origin = `http://127.0.0.1:${await within(service.#port(), "the port")}`;
            await service.#edition("load", pack);
            for (const release of releases)
                await service.ingest(release);
        } catch (error) {
            await service.stop();
            throw error;
        }
        return service;
    }

    #port() {
        const lines = createInterface({input: this.up.stderr});
        this.log = [];
        return new Promise((found, fail) => {
            lines.on("line", line => {
                this.log.push(line);
                const port = line.match(/msg="http open" .*port=(\d+)/);
                if (port)
                    found(port[1]);
            });
            this.ended.then(() => fail(new Error(`mindex up has ended:\n${this.log.join("\n")}`)));
        });
    }

    // Runs `mindex ARGUMENTS` against this service: what it printed.
    mindex(...args) {
        return new Promise((done, fail) => {
            execFile(MINDEX, args, {env: {...process.env, MINDEX_STATE: this.state}, timeout: PATIENCE_MS},
                (error, stdout, stderr) => error ? fail(new Error(`${error.message}\n${stderr}`)) : done(stdout));
        });
    }

    // Hands in a release, and waits until all that follows from it is there.
    ingest(release) {
        return this.#edition("ingest", release);
    }

    async #edition(...args) {
        await this.mindex(...args);
        this.editions++;
        await this.#heard(`edition.published edition ${this.editions}:`);
    }

    // Follows the event log from its beginning until a line begins so.
    async #heard(beginning) {
        const watch = spawn(MINDEX, ["watch", "--after", "0", "--topic", "published"],
            {env: {...process.env, MINDEX_STATE: this.state}, stdio: ["ignore", "pipe", "ignore"]});
        const ended = new Promise(done => watch.on("exit", done));
        const late = setTimeout(() => watch.kill("SIGTERM"), PATIENCE_MS);
        try {
            for await (const line of createInterface({input: watch.stdout})) {
                if (line.includes(beginning))
                    return;
            }
            throw new Error(`mindex watch ended before '${beginning}'`);
        } finally {
            clearTimeout(late);
            watch.kill("SIGTERM");
            await ended;
        }
    }

    async stop() {
        this.up.kill("SIGTERM");
        await this.ended;
        rmSync(this.home, {recursive: true, force: true});
    }
}

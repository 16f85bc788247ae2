// Cases in a real browser. Each has a page of its own, and fails too when that page asks another
// origin for anything, breaks its content security policy, or says an error in its console.
import {createRequire} from "node:module";
import {join} from "node:path";
import {pathToFileURL} from "node:url";
import {BUILD, NEWER, ROOT, Service} from "./service.mjs";

export {BUILD, NEWER, ROOT, Service};

const require = createRequire(pathToFileURL(join(BUILD, "browser/")));
const {chromium} = require("playwright-core");
export const AXE = require.resolve("axe-core/axe.min.js");

export const PATIENCE_MS = 30_000;

// Debian's. Its sandbox does not work for root.
export function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: process.getuid() === 0 ? ["--no-sandbox"] : [],
    });
}

export const cases = [];

// `how`: width, height, dark, js (true unless false), still (reduced motion), allow (a regular
// expression of console errors that the case is about). The body is given {page, site}: a page whose
// addresses begin at the service's root, and the service.
export function test(name, how, body) {
    cases.push(body ? {name, how, body} : {name, how: {}, body: how});
}

let shared;

// The service that all cases share that do not change it: England, and a newer release.
export function site() {
    shared ??= Service.start({releases: [NEWER]});
    return shared;
}

export async function end() {
    await (await shared)?.stop();
}

export async function open(browser, origin, how = {}) {
    const context = await browser.newContext({
        baseURL: origin,
        viewport: {width: how.width ?? 1280, height: how.height ?? 900},
        colorScheme: how.dark ? "dark" : "light",
        reducedMotion: how.still ? "reduce" : "no-preference",
        javaScriptEnabled: how.js ?? true,
        locale: "en-GB",
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.wrong = [];
    page.on("console", message => {
        if (message.type() === "error" && !how.allow?.test(message.text()))
            page.wrong.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", error => page.wrong.push(`script: ${error.stack}`));
    page.on("request", request => {
        if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:"))
            page.wrong.push(`a request to another origin: ${request.url()}`);
    });
    return page;
}

export async function run(browser, {how, body}) {
    const service = how.service ? await how.service() : await site();
    const page = await open(browser, service.origin, how);
    try {
        await body({page, site: service});
        if (page.wrong.length)
            throw new Error(page.wrong.join("\n"));
    } finally {
        await page.context().close();
        if (how.service)
            await service.stop();
    }
}

// A place that calls itself <script>: shown as text on every page, by the browser's own judgement.
import assert from "node:assert/strict";
import {execFileSync} from "node:child_process";
import {mkdtempSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {ROOT, Service, test} from "./harness.mjs";

const NAME = "<script>alert(1)</script>";

// A small pack in which a place, a region and a type are called so.
const make = `
import pathlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import small
files = small.pack(12, replicates=4)
files["areas.csv"] = files["areas.csv"].replace("Place E00003", "${NAME}") \\
    .replace("Region R1", "<img src=x onerror=alert(2)>").replace(",district,", ",<b>kind</b>,")
files["index.yaml"] = files["index.yaml"].replace("name: Pay", 'name: "${NAME}"')
small.write(files, pathlib.Path(sys.argv[2]))
`;

async function start() {
    const folder = mkdtempSync(join(tmpdir(), "mindex-hostile-"));
    try {
        execFileSync("/usr/bin/python3", ["-c", make, join(ROOT, "tests"), folder]);
        return await Service.start({pack: folder});
    } finally {
        rmSync(folder, {recursive: true});
    }
}

test("what a place calls itself is shown as text everywhere", {service: start, allow: /status of 404/}, async ({page}) => {
    const dialogs = [];
    page.on("dialog", dialog => {
        dialogs.push(dialog.message());
        dialog.dismiss();
    });
    for (const path of ["/", "/search?q=script", "/places/E00003", "/places/E00003/print", "/league", "/league?node=pay",
        "/map", "/spend", "/spend?view=share", "/spend?leave-out=none", "/changes", "/metrics-table", "/method", "/editions",
        `/league?region=${encodeURIComponent(NAME)}`]) {
        await page.goto(path);
        assert.equal(await page.locator("img, main b, script:not([src])").count(), 0, path);
        assert.deepEqual(dialogs, [], path);
    }
    await page.goto("/places/E00003");
    assert.equal(await page.locator("h1").textContent(), NAME);
    await page.goto("/map");
    await page.locator('svg.map a[href="/places/E00003"]').hover();
    await page.locator(".tip").waitFor();
    assert.ok((await page.locator(".tip").textContent()).startsWith(NAME));
    await page.locator("#site-q").fill("script");
    await page.locator("[role=option]").first().waitFor();
    assert.ok((await page.locator("[role=option]").first().textContent()).startsWith(NAME));
    assert.deepEqual(dialogs, []);
});

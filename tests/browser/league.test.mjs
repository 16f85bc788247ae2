// The league table: sorted, filtered and linked to, with and without a script.
import assert from "node:assert/strict";
import {test} from "./harness.mjs";

const names = page => page.locator("#league tbody th").allTextContents();

async function sorts(page) {
    await page.goto("/league?region=London");
    const before = await names(page);
    assert.equal(before.length, 32);
    await page.locator("#league thead a.sort", {hasText: /^Place/}).click();
    await page.waitForURL(/sort=name/);
    await page.locator("#league th[aria-sort=ascending]", {hasText: /^\s*Place/}).waitFor();
    const after = await names(page);
    assert.deepEqual(after, [...before].sort());
    assert.notDeepEqual(after, before);
    await page.locator("#league thead a.sort", {hasText: /^Place/}).click();
    await page.locator("#league th[aria-sort=descending]", {hasText: /^\s*Place/}).waitFor();
    assert.deepEqual(await names(page), after.reverse());
}

test("a heading sorts, and the address says so", async ({page}) => {
    await page.goto("/league?region=London");
    await page.evaluate(() => window.here = true);
    await sorts(page);
});

test("a heading sorts without a script", {js: false}, ({page}) => sorts(page));

test("a filter needs no reload, and its address can be opened again", async ({page}) => {
    await page.goto("/league");
    await page.evaluate(() => window.here = true);
    await page.locator("#choose-region").selectOption("North East");
    await page.waitForURL(/region=North/);
    await page.locator("#league tbody tr").nth(11).waitFor();
    const shown = await names(page);
    assert.equal(shown.length, 12);
    assert.equal(await page.evaluate(() => window.here), true);
    const again = page.url();
    await page.goto("about:blank");
    await page.goto(again);
    assert.deepEqual(await names(page), shown);
    assert.equal(await page.locator("#choose-region").inputValue(), "North East");
});

test("a filter works without a script", {js: false}, async ({page}) => {
    await page.goto("/league");
    await page.locator("#choose-region").selectOption("North East");
    await Promise.all([page.waitForURL(/region=North/), page.locator("form.filters button").click()]);
    assert.equal((await names(page)).length, 12);
});

test("the download is what is shown", async ({page}) => {
    await page.goto("/league?region=London&sort=name");
    const shown = await names(page);
    const file = await page.request.get(await page.locator(".downloads a", {hasText: "CSV"}).getAttribute("href"));
    const rows = (await file.text()).trim().split("\n").slice(1);
    assert.deepEqual(rows.map(row => row.split(",")[1]), shown);
});

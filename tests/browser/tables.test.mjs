// League table and map: sorted, filtered and walked through by pointer and keyboard, in place.
import assert from "node:assert/strict";
import {test} from "./harness.mjs";

const places = page => page.locator("#league tbody th").allTextContents();

test("the league sorts in place, keeps the address, and the focus stays", async ({page}) => {
    await page.goto("/league?edition=2");
    await page.evaluate(() => { window.stayed = true; });
    await page.getByRole("link", {name: "Place", exact: true}).focus();
    await page.keyboard.press("Enter");
    await page.locator("#league th[aria-sort=ascending]", {hasText: "Place"}).waitFor();
    const names = await places(page);
    assert.equal(names.length, 307);
    assert.deepEqual(names, [...names].sort((a, b) => a < b ? -1 : 1));
    assert.match(page.url(), /\/league\?sort=name&edition=2$/);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Place");
    await page.keyboard.press("Enter");
    await page.locator("#league th[aria-sort=descending]").waitFor();
    assert.deepEqual(await places(page), [...names].reverse());
    assert.ok(await page.evaluate(() => window.stayed));
});

test("the league filters in place and keeps the order that was chosen", async ({page}) => {
    await page.goto("/league");
    await page.evaluate(() => { window.stayed = true; });
    await page.locator("#league thead").getByRole("link", {name: "Place", exact: true}).click();
    await page.locator("#league th[aria-sort=ascending]", {hasText: "Place"}).waitFor();
    await page.getByLabel("Region").selectOption("London");
    await page.locator("#league thead", {hasText: "Among these"}).waitFor();
    const names = await places(page);
    assert.equal(names.length, 32);
    assert.deepEqual(names, [...names].sort());
    const url = new URL(page.url());
    assert.deepEqual([url.searchParams.get("region"), url.searchParams.get("sort")], ["London", "name"]);
    assert.ok(await page.evaluate(() => window.stayed));
    await page.reload();
    assert.deepEqual(await places(page), names);
});

test("without a script the league sorts and filters by the server", {js: false}, async ({page}) => {
    await page.goto("/league");
    await page.locator("#league thead").getByRole("link", {name: "Score"}).click();
    await page.locator("#league th[aria-sort=descending]").waitFor();
    await page.getByLabel("Region").selectOption("London");
    await page.getByRole("button", {name: "Show"}).click();
    assert.equal((await places(page)).length, 32);
});

const active = page => page.evaluate(() => document.activeElement.getAttribute("aria-label"));

test("the map is one stop for the tab key, and arrows go from place to place", async ({page}) => {
    await page.goto("/map?kind=boundaries");
    const map = page.locator("svg.map");
    assert.equal(await map.locator("a[tabindex='0']").count(), 1);
    await map.locator("a[tabindex='0']").focus();
    const first = await active(page);
    assert.match(first, /^Blackpool: rank 1 of 307, score [0-9.]+, very high need$/);
    assert.equal(await page.locator(".tip").textContent(), first);
    await page.keyboard.press("ArrowRight");
    const second = await active(page);
    assert.notEqual(second, first);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.closest("svg")), null);
    await page.keyboard.press("Shift+Tab");
    assert.ok(await active(page));
    await page.keyboard.press("Escape");
    assert.ok(await page.locator(".tip").isHidden());
    const code = await page.evaluate(() => document.activeElement.getAttribute("href"));
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${code}`);
});

test("the map tells what is under the pointer, and shows a band or a region alone", async ({page}) => {
    await page.goto("/map");
    await page.locator("svg.map a[href$='E06000009'] path").hover();
    assert.match(await page.locator(".tip").textContent(), /^Blackpool: rank 1 /);
    await page.getByRole("button", {name: /^very high/}).click();
    await page.mouse.move(2, 2);
    assert.equal(await page.locator("svg.map a:not(.faint)").count(), 62);
    await page.getByRole("button", {name: "London", exact: true}).click();
    await page.mouse.move(2, 2);
    assert.equal(await page.locator("svg.map a:not(.faint)").count(), 32);
    assert.equal(await page.locator("button[aria-pressed=true]").count(), 1);
    const link = page.url();
    await page.goto("/league");
    await page.goto(link); // a link brings along what is shown alone
    assert.equal(await page.locator("svg.map a:not(.faint)").count(), 32);
    await page.getByRole("button", {name: "London", exact: true}).click();
    await page.mouse.move(2, 2);
    assert.equal(await page.locator("svg.map a.faint").count(), 0);
});

test("the map changes in place", async ({page}) => {
    await page.goto("/map");
    await page.evaluate(() => { window.stayed = true; });
    await page.getByLabel("Beside it").selectOption("crime");
    await page.locator("figure.chart").nth(1).waitFor();
    assert.equal(await page.locator("svg.map a[tabindex='0']").count(), 2);
    assert.match(page.url(), /beside=crime/);
    assert.ok(await page.evaluate(() => window.stayed));
});

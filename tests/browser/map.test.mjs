// The map by pointer and by keyboard.
import assert from "node:assert/strict";
import {test} from "./harness.mjs";

test("under the pointer a place says its rank", async ({page}) => {
    await page.goto("/map");
    const place = page.locator('svg.map a[href="/places/E08000003"]');
    await place.hover();
    const tip = page.locator(".tip");
    await tip.waitFor();
    assert.match(await tip.textContent(), /^Manchester: rank \d+ of 307, score .* need$/);
});

test("arrow keys go from place to place, Enter opens one", async ({page}) => {
    await page.goto("/map");
    const first = page.locator('svg.map a[tabindex="0"]');
    assert.equal(await first.count(), 1); // one stop for the tab key
    await first.focus();
    const from = await page.evaluate(() => document.activeElement.getAttribute("href"));
    await page.keyboard.press("ArrowRight");
    const to = await page.evaluate(() => document.activeElement.getAttribute("href"));
    assert.notEqual(to, from);
    assert.match(to, /^\/places\/E0/);
    await page.locator(".tip").waitFor();
    await Promise.all([page.waitForURL(`**${to}`), page.keyboard.press("Enter")]);
});

test("a region is shown alone and again with the others", async ({page}) => {
    await page.goto("/map");
    const button = page.locator(".legend button", {hasText: "London"});
    await button.click();
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    assert.equal(await page.locator("svg.map a:not(.faint)").count(), 32);
    await button.click();
    await page.mouse.move(0, 0);
    assert.equal(await page.locator("svg.map a.faint").count(), 0);
});

test("without a script every place is a link with its title, and a row of the table", {js: false}, async ({page}) => {
    await page.goto("/map?kind=boundaries");
    assert.equal(await page.locator("svg.map a[href^='/places/'] title").count(), 307);
    assert.equal(await page.locator("figure details table tbody tr").count(), 307);
});

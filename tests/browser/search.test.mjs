// Finding a place by keyboard, with suggestions and without a script.
import assert from "node:assert/strict";
import {test} from "./harness.mjs";

test("a place is found by keyboard alone", async ({page}) => {
    await page.goto("/");
    await page.locator("main input[type=search]").focus();
    await page.keyboard.type("manch");
    await page.locator("main [role=listbox] [role=option]").first().waitFor();
    const input = page.locator("main input[role=combobox]");
    assert.equal(await input.getAttribute("aria-expanded"), "true");
    await page.keyboard.press("ArrowDown");
    const active = await input.getAttribute("aria-activedescendant");
    assert.match(await page.locator(`#${active}`).textContent(), /^Manchester/);
    assert.equal(await page.locator(`#${active}`).getAttribute("aria-selected"), "true");
    await Promise.all([page.waitForURL("**/places/E08000003"), page.keyboard.press("Enter")]);
    assert.equal(await page.locator("h1").textContent(), "Manchester");
});

test("Escape closes the suggestions and keeps what was typed", async ({page}) => {
    await page.goto("/league");
    const input = page.locator("#site-q");
    await input.focus();
    await page.keyboard.type("leeds");
    await page.locator("[role=option]").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator("[role=listbox]").waitFor({state: "hidden"});
    assert.equal(await input.inputValue(), "leeds");
    assert.equal(await input.getAttribute("aria-expanded"), "false");
});

test("a former name leads to its successor", async ({page}) => {
    await page.goto("/search?q=E07000190");
    assert.equal(await page.locator("main").getByRole("link", {name: /Somerset|Taunton/}).count() > 0, true);
});

test("without a script the form asks the server", {js: false}, async ({page}) => {
    await page.goto("/");
    await page.locator("main input[type=search]").fill("hull");
    await Promise.all([page.waitForURL(/q=hull|places/), page.locator("main form button").first().click()]);
    assert.match(await page.locator("main").textContent(), /Kingston upon Hull/);
});

const field = page => page.getByRole("combobox").first();
const options = page => page.getByRole("option");

test("the number of places is announced, and the chosen one keeps the edition", async ({page}) => {
    await page.goto("/?edition=2");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "content");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "q");
    await page.keyboard.type("burn");
    await options(page).first().waitFor();
    assert.equal(await field(page).getAttribute("aria-expanded"), "true");
    assert.match(await page.locator("[role=status]").filter({hasText: "place"}).first().textContent(), /^\d+ places?\. Use up and down arrows/);
    await page.keyboard.press("ArrowDown");
    const chosen = options(page).first();
    assert.equal(await chosen.getAttribute("aria-selected"), "true");
    assert.equal(await field(page).getAttribute("aria-activedescendant"), await chosen.getAttribute("id"));
    assert.match(await chosen.textContent(), /^Burnley/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/places\/E07000117\?edition=2$/);
    assert.equal(await page.locator("h1").textContent(), "Burnley");
});

test("arrows go round, escape closes, and what was typed stays", async ({page}) => {
    await page.goto("/search");
    await field(page).fill("west");
    await options(page).first().waitFor();
    const n = await options(page).count();
    assert.equal(n, 8);
    await page.keyboard.press("ArrowUp");
    assert.equal(await options(page).nth(n - 1).getAttribute("aria-selected"), "true");
    await page.keyboard.press("ArrowDown");
    assert.equal(await options(page).first().getAttribute("aria-selected"), "true");
    assert.equal(await page.locator("[role=option][aria-selected=true]").count(), 1);
    await page.keyboard.press("Escape");
    assert.equal(await field(page).getAttribute("aria-expanded"), "false");
    assert.equal(await options(page).count(), 0);
    assert.equal(await field(page).inputValue(), "west");
    assert.equal(await field(page).getAttribute("aria-activedescendant"), null);
});

test("a former name is suggested with what became of it, and a click leads there", async ({page}) => {
    await page.goto("/search");
    await field(page).fill("Christchurch");
    const option = options(page).filter({hasText: "Bournemouth"});
    await option.waitFor();
    assert.match(await option.textContent(), /Christchurch, a former area/);
    await option.click();
    await page.waitForURL(/\/places\/E06000058$/);
});

test("nothing is suggested for what is no place, and it is announced", async ({page}) => {
    await page.goto("/search");
    await field(page).fill("zzzqqq");
    await page.locator("[role=status]", {hasText: "No place of that name."}).waitFor({state: "attached"});
    assert.equal(await options(page).count(), 0);
});

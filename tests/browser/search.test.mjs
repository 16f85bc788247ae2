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

// Every page in Chinese: no sentence is left in English, and nothing has to be moved sideways.
import { walkEverywhere } from "./every_page.mjs";
import { DESKTOP, NARROW, PHONE, tooWide } from "./panel.mjs";

walkEverywhere("Chinese", "zh-CN", async (page) => {
  const wrong = [];
  for (const size of [DESKTOP, PHONE, NARROW]) {
    await page.setViewportSize(size);
    wrong.push(...(await tooWide(page)).map((each) => `${size.width} px: ${each}`));
  }
  wrong.push(...await page.evaluate(() => {
    const found = document.documentElement.lang === "zh" ? [] : [`lang is ${document.documentElement.lang}`];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode;
      const own = parentElement.closest("[lang=en], code, pre, bdi, textarea, .error, .method");
      if (!own && !/[\u4e00-\u9fff]/.test(data) && /[a-z]{2,} [a-z]{2,} [a-z]{2,}/i.test(data)) found.push(`left in English: ${data}`);
    }
    return found;
  }));
  return wrong;
});

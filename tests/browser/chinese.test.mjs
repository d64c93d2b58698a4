// Every page in Chinese: what holds of every page, and no sentence is left in English.
import { walkEverywhere } from "./every_page.mjs";
import { looker } from "./look.mjs";

const look = looker("zh");
walkEverywhere("Chinese", "zh-CN", async (page) => [...await look(page), ...await page.evaluate(() => {
  const found = document.documentElement.lang === "zh" ? [] : [`lang is ${document.documentElement.lang}`];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    const own = parentElement.closest("[lang=en], code, pre, bdi, textarea, .method, .apps li > span");
    if (!own && !/[\u4e00-\u9fff]/.test(data) && /[a-z]{2,} [a-z]{2,} [a-z]{2,}/i.test(data)) found.push(`left in English: ${data}`);
  }
  return found;
})]);

// What holds of every page: axe finds nothing, nothing has to be moved sideways, nothing is told that nobody sees or of
// which an end is missing, and no number parts from its unit.
import { axe, DESKTOP, misplaced, NARROW, PHONE } from "./panel.mjs";

/** What axe looks at, where: `all` in light, again the `colours` in dark, and all but these where only the words are others. */
const EXAMINED = {
  en: [[DESKTOP, "light", "all"], [PHONE, "dark", "colours"], [NARROW, "dark"]],
  zh: [[DESKTOP, "light"], [PHONE, "light", "rest"], [NARROW, "dark"]],
};

/** Makes what says what is wrong with a page in that language, on a desktop, on a phone and on the narrowest that is promised. */
export function looker(language) {
  const known = new Set();
  return async (page) => {
    const wrong = [];
    for (const [size, colorScheme, what] of EXAMINED[language]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      const found = [...await misplaced(page), ...what ? await axe(page, what, known) : []];
      wrong.push(...found.map((each) => `${colorScheme}, ${size.width} px: ${each}`));
    }
    return wrong;
  };
}

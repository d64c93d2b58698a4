// Every page in English: what holds of every page.
import { walkEverywhere } from "./every_page.mjs";
import { look } from "./look.mjs";

walkEverywhere("English", "en-GB", look);

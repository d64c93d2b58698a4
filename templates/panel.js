// Copy buttons, selecting all without a reload, charts to tap, and small comforts. Everything else works without this.
"use strict";

// A page that answers a form would be sent again by going back to it, or by loading it anew. Where it is looked at stays.
if (document.body.dataset.here) history.replaceState(null, "", document.body.dataset.here + location.hash);

// What was typed stays when another form of the page is sent, or the language or the colours change. Secrets are not kept.
const keptAs = "typed";
const hasBox = (field) => ["checkbox", "radio"].includes(field.type);
const typedFields = () => [...document.querySelectorAll("main form[method=post] :is(input, select, textarea)")]
  .filter((field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type) && !field.closest(".users"));
const keyOf = (field) => [field.form.getAttribute("action"), field.name, hasBox(field) ? field.value : ""].join(" ");
const isTouched = (field) => {
  if (hasBox(field)) return field.checked !== field.defaultChecked;
  if (field.options) return field.selectedIndex !== Math.max([...field.options].findIndex((option) => option.defaultSelected), 0);
  return field.value !== field.defaultValue;
};
try {
  const kept = JSON.parse(sessionStorage.getItem(keptAs) ?? "null");
  sessionStorage.removeItem(keptAs);
  if (kept?.at === location.pathname) {
    let restored = false;
    for (const field of typedFields()) {
      const was = kept.values[keyOf(field)];
      if (was === undefined) continue;
      if (hasBox(field)) field.checked = was;
      else field.value = was;
      field.closest("details")?.setAttribute("open", "");
      restored = true;
    }
    if (restored) {
      const [main, line] = [document.querySelector("main"), document.createElement("p")];
      Object.assign(line, { id: "unsaved", className: "notice calm", textContent: document.body.dataset.unsaved });
      line.setAttribute("role", "status");
      // It stands where it is seen first.
      main.insertBefore(line, main.querySelector(":scope > :not(.flash, .error)"));
    }
  }
  document.addEventListener("submit", ({ target }) => {
    if (target.getAttribute("method") !== "post") return;
    const unsent = typedFields().filter((field) => field.form !== target && isTouched(field));
    const values = unsent.map((field) => [keyOf(field), hasBox(field) ? field.checked : field.value]);
    if (values.length > 0) sessionStorage.setItem(keptAs, JSON.stringify({ at: location.pathname, values: Object.fromEntries(values) }));
  });
} catch {
  // Without storage nothing is kept.
}
const copies = document.querySelectorAll("button[data-copy], button[data-text]");
// Who listens to the page hears what was done.
const heard = document.createElement("p");
heard.className = "hide";
heard.setAttribute("role", "status");
let told;
if (copies.length > 0) document.querySelector("main").append(heard);

for (const button of copies) {
  const source = button.dataset.text === undefined ? document.getElementById(button.dataset.copy) : button;
  if (!source) continue;
  const label = button.innerHTML;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.dataset.text ?? (source.value || source.textContent);
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without TLS there is no clipboard API.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.textContent = button.dataset.done;
    const warning = button.dataset.warning ?? "";
    heard.textContent = warning || button.dataset.done;
    heard.className = warning ? "notice warned" : "hide";
    setTimeout(() => { button.innerHTML = label; }, 1600);
    clearTimeout(told);
    told = setTimeout(() => {
      heard.textContent = "";
      heard.className = "hide";
    }, warning ? 8000 : 1600);
  });
}

// Several names that are pasted at once are several users: they are shown before they are added.
const several = document.querySelector("form#several");
document.querySelector(".add #name")?.addEventListener("paste", (event) => {
  const pasted = event.clipboardData?.getData("text") ?? "";
  const split = (by) => pasted.split(by).map((name) => name.trim()).filter((name) => name);
  const lines = split(/[\r\n]+/);
  // One comma may be part of a name.
  const names = lines.length > 1 ? lines : split(/[,，、;；]/);
  if (!several || names.length < (lines.length > 1 ? 2 : 3)) return;
  event.preventDefault();
  several.elements.list.value = lines.length > 1 ? pasted : names.join("\n");
  several.submit();
});

// The list is sorted and filtered, and a node chosen, at once.
for (const select of document.querySelectorAll(".sorting select, .which select")) select.addEventListener("change", () => select.form.requestSubmit());

// How many are selected; and the bar that says it does not cover the row that was selected last.
const chosen = document.getElementById("chosen");
const tellChosen = () => {
  const number = document.querySelectorAll("input[form=bulk][name=user]:checked").length;
  if (!chosen) return;
  chosen.hidden = number === 0;
  chosen.textContent = chosen.dataset.words.replace("{}", String(number));
};
tellChosen();
for (const box of document.querySelectorAll("input[form=bulk][name=user]")) {
  box.addEventListener("change", () => {
    tellChosen();
    const [row, bar] = [box.closest("tr"), document.getElementById("bulk")].map((part) => part.getBoundingClientRect());
    if (box.checked && row.bottom > bar.top && row.top < bar.bottom) scrollBy(0, row.bottom - bar.top + 8);
  });
}

const tickAll = document.getElementById("tick-all");
tickAll?.addEventListener("click", (event) => {
  event.preventDefault();
  const boxes = [...document.querySelectorAll("input[form=bulk][name=user]")];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
  tellChosen();
  tickAll.textContent = on ? tickAll.dataset.none : tickAll.dataset.all;
});

// What was selected stays so when a user is switched.
for (const form of document.querySelectorAll(".users form")) {
  const back = form.querySelector("input[name=back]");
  if (!back) continue;
  form.addEventListener("submit", () => {
    const ticked = [...document.querySelectorAll("input[form=bulk][name=user]:checked")].map((box) => box.value);
    const address = new URL(back.value, location.href);
    if (ticked.length > 0) address.searchParams.set("tick", ticked.join("-"));
    else address.searchParams.delete("tick");
    back.value = address.pathname + address.search + address.hash;
  });
}

// All nodes, or some.
for (const group of document.querySelectorAll("fieldset.ticks")) {
  const [all, ...some] = group.querySelectorAll("input[type=checkbox]");
  if (all?.value !== "all") continue;
  all.addEventListener("change", () => { if (all.checked) for (const box of some) box.checked = false; });
  for (const box of some) box.addEventListener("change", () => { if (box.checked) all.checked = false; });
}

// The list stays where it was, to the pixel, when something is done in it.
try {
  const place = JSON.parse(sessionStorage.getItem("place") ?? "null");
  sessionStorage.removeItem("place");
  if (place?.at === location.pathname + location.search && document.querySelector(".users")) {
    // After the browser has gone to the anchor.
    addEventListener("load", () => setTimeout(() => {
      scrollTo(0, place.y);
      // The message stays in view, and does not cover the row that it is about.
      const [row, told] = [document.querySelector(".users tr:target"), document.querySelector(".flash")];
      if (!row || !told) return;
      const covered = told.getBoundingClientRect().bottom + 8 - row.getBoundingClientRect().top;
      if (covered > 0) scrollBy(0, -covered);
    }));
  }
  for (const form of document.querySelectorAll(".users form")) {
    form.addEventListener("submit", () => {
      const back = form.querySelector("input[name=back]");
      const to = new URL(back?.value ?? location.href, location.href);
      sessionStorage.setItem("place", JSON.stringify({ at: to.pathname + to.search, y: scrollY }));
    });
  }
} catch {
  // Without storage the row is shown by its anchor.
}

// A chart tells the figures of the column that is pointed at, tapped, or gone to with the arrow keys.
for (const plot of document.querySelectorAll(".plot")) {
  const columns = [...plot.querySelectorAll("g")].filter((column) => column.querySelector("title"));
  const reading = plot.parentElement.querySelector(".reading");
  if (columns.length === 0 || !reading) continue;
  const words = columns.map((column) => column.querySelector("title").textContent);
  let at = columns.findIndex((column) => column.classList.contains("current"));
  if (at < 0) at = columns.length - 1;
  const read = (index) => {
    columns[at].classList.remove("read");
    at = Math.min(Math.max(index, 0), columns.length - 1);
    columns[at].classList.add("read");
    reading.textContent = words[at].replace(/(\d) (?=[KMGTPE]?i?B\b)/g, "$1\u00a0");
    plot.setAttribute("aria-valuenow", String(at + 1));
    plot.setAttribute("aria-valuetext", words[at]);
  };
  reading.hidden = false;
  for (const [name, value] of [["role", "slider"], ["tabindex", "0"], ["focusable", "true"], ["aria-valuemin", "1"], ["aria-valuemax", String(columns.length)]]) {
    plot.setAttribute(name, value);
  }
  read(at);
  columns.forEach((column, index) => {
    column.addEventListener("click", () => read(index));
    column.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") read(index); });
  });
  plot.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: columns.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    read(to);
  });
}

// What is typed beside a choice is chosen.
for (const field of document.querySelectorAll(".pick input:not([type=radio])")) {
  field.addEventListener("input", () => { field.closest(".pick").querySelector("[type=radio]").checked = true; });
}

// A password can be looked at while it is typed.
for (const button of document.querySelectorAll("button[data-show]")) {
  const field = document.getElementById(button.dataset.show);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

// The time zone of this browser, one click away.
const zone = document.getElementById("zone");
const offered = document.getElementById("browser-zone");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && offered && here && here !== zone.value) {
  offered.textContent = offered.dataset.words.replace("{}", here);
  offered.hidden = false;
  offered.addEventListener("click", () => {
    zone.value = here;
    zone.focus();
  });
}

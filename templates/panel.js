// Copy buttons, and ticking all without a reload. Everything else works without this file.
"use strict";
const copies = document.querySelectorAll("button[data-copy]");
// Who listens to the page hears what was done.
const heard = document.createElement("p");
heard.className = "hide";
heard.setAttribute("role", "status");
if (copies.length > 0) document.querySelector("main").append(heard);

for (const button of copies) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) continue;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = source.value ?? source.textContent;
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
    heard.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = label;
      heard.textContent = "";
    }, 1600);
  });
}

const tickAll = document.getElementById("tick-all");
tickAll?.addEventListener("click", (event) => {
  event.preventDefault();
  const boxes = [...document.querySelectorAll("input[form=bulk][name=user]")];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
  tickAll.textContent = on ? tickAll.dataset.none : tickAll.dataset.all;
});

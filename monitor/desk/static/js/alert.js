// Keys of the alert page; every act is a form that also works without this file.
import { bind } from "./keys.js";

// Where it cannot be seen whole, the curve is seen at its end: there stands the alert.
for (const box of document.querySelectorAll(".curve .scroll")) box.scrollLeft = box.scrollWidth;

const closing = document.querySelector(".closing");
bind("u", () => location.assign(document.body.dataset.back));
bind("a", () => document.getElementById("acknowledge")?.click());
bind("e", () => {
  if (!closing) return;
  closing.open = true;
  document.getElementById("reason").focus();
});
if (location.hash === "#to-close" && closing) {
  closing.open = true;
  document.getElementById("reason").focus();
}

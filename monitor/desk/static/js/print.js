// What is folded on the screen is printed whole, and folded again afterwards.
let opened = [];

addEventListener("beforeprint", () => {
  // Menus lie over the page, and of those with a name one alone can be open.
  opened = [...document.querySelectorAll("#main details:not([open], [name])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
  opened = [];
});

/* The list of contents beside a page shows only what is in the open tabs. */
(() => {
  const show = () => {
    for (const link of document.querySelectorAll(".toc-tree a[href^='#']")) {
      const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      const tab = target?.closest(".sd-tab-content")?.previousElementSibling;
      const input = tab && document.getElementById(tab.htmlFor);
      link.parentElement.hidden = Boolean(input && !input.checked);
    }
  };
  addEventListener("change", show);
  addEventListener("hashchange", show);
  addEventListener("load", show);
})();

/* Long names in tables may be broken between their words. */
addEventListener("DOMContentLoaded", () => {
  for (const code of document.querySelectorAll("td code.literal .pre"))
    code.innerHTML = code.innerHTML.replace(/[_./:(]+(?=\w)|(?<=[a-z])(?=[A-Z])/g, "$&<wbr>");
});

// Shows a status line on another site while there are incidents or maintenance: docs/embed.md.
// It sets styles through objects and text through textContent, so that no policy forbids it and
// no text becomes markup. Errors are caught: they never affect the embedding page.
(function () {
  "use strict";
  var script = document.currentScript;
  var host = null;
  var closed = "";
  var EVERY = 120000;

  function style(element, rules) {
    Object.keys(rules).forEach(function (name) {
      element.style.setProperty(name, rules[name], "important");
    });
    return element;
  }

  function make(name, rules, text) {
    var element = style(document.createElement(name), rules);
    if (text) element.textContent = text;
    return element;
  }

  function remove() {
    if (host) host.remove();
    host = null;
  }

  function show(state) {
    var key = state.text + "\n" + (state.title || "");
    remove();
    if (!state.shown || key === closed || !document.body) return;
    host = make("div", { all: "initial", display: "block", position: "fixed", "inset-block-end": "1rem",
      "inset-inline-end": "1rem", "z-index": "2147483000", "max-inline-size": "min(26rem, 90vw)" });
    host.lang = state.language;
    host.dir = state.direction;
    var inside = host.attachShadow({ mode: "closed" });
    var box = make("div", { display: "flex", gap: ".75rem", "align-items": "start",
      padding: ".75rem 1rem", background: "#fcfbf8", color: "#1b222e", border: "1px solid #dbdee3",
      "border-inline-start": "4px solid " + state.colour, "border-radius": ".4rem",
      "box-shadow": "0 2px 12px rgb(0 0 0 / 15%)", font: "15px/1.4 system-ui, sans-serif" });
    box.setAttribute("role", "status");
    var link = make("a", { color: "inherit", "text-decoration": "none", flex: "1" });
    link.href = state.url;
    link.rel = "noopener";
    link.append(make("strong", { display: "block" }, state.text));
    if (state.title) link.append(make("span", { display: "block" }, state.title));
    var close = make("button", { all: "unset", cursor: "pointer", padding: "0 .25rem",
      "font-size": "1.2em", "line-height": "1" }, "×");
    close.setAttribute("aria-label", state.close);
    close.addEventListener("click", function () {
      closed = key;
      remove();
    });
    box.append(link, close);
    inside.append(box);
    document.body.append(host);
  }

  function quietly(task) {
    try {
      task();
    } catch (error) {
      remove();
    }
  }

  function look(address) {
    fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (state) { if (state) quietly(function () { show(state); }); })
      .catch(function () {});
  }

  quietly(function () {
    if (!script || !window.fetch || !Element.prototype.attachShadow) return;
    var address = new URL("/embed/banner.json", script.src);
    var language = script.getAttribute("data-language") || document.documentElement.lang;
    if (language) address.searchParams.set("locale", language);
    look(address.href);
    setInterval(function () { if (!document.hidden) look(address.href); }, EVERY);
  });
})();

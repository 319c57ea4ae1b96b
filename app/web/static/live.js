// Keeps an open page as it is on the server: asks now and then whether it has changed, which costs
// next to nothing when it has not, and replaces only what has. Where the page is scrolled to, what
// has the focus, what is opened and what is selected stay. Nothing is held open in between.

const SOON = 10, USUAL = 30, CALM = 60, LONGEST = 300, LOST = 90; // seconds
const PARTS = ["header.top", "main", "footer"];

// Replaced as a whole: text, and what the first script has written into or shapes.
const isLeaf = (node) => node.nodeType !== 1 || node.matches("time, .ago, #zone, svg");

// What makes a part the same part later, whatever else is in it.
const keyOf = (node) => node.nodeName + (node.id || node.querySelector?.("h2, a, dt, summary")?.textContent);

const wordsOf = (update) => [...update.querySelectorAll("h3, h4, .prose")]
  .map((each) => each.textContent.trim()).join(": ").slice(0, 300);

export const live = ({ sent, localise, tell, clock }) => {
  const status = document.getElementById("live");
  let known = sent, etag, pause = USUAL, timer, asked = 0, heard = Date.now(), busy = false, outdated = false;

  const fresh = (node) => {
    const around = document.createElement("div");
    around.append(document.importNode(node, true));
    localise(around);
    return around.firstChild;
  };

  // `now` is on the screen, `was` is how that was sent, `is` how it is sent by now.
  const renew = (now, was, is) => {
    if (was.isEqualNode(is)) return;
    if (isLeaf(is) || now.nodeName !== is.nodeName || now.childNodes.length !== was.childNodes.length) {
      now.replaceWith(fresh(is));
      return;
    }
    for (const { name } of was.attributes) if (!is.hasAttribute(name)) now.removeAttribute(name);
    for (const { name, value } of is.attributes) if (was.getAttribute(name) !== value) now.setAttribute(name, value);
    const [shown, olds, news] = [now, was, is].map((each) => [...each.childNodes]);
    while (olds.length && news.length && olds.at(-1).isEqualNode(news.at(-1))) olds.pop(), news.pop();
    let at = 0;
    for (const each of news) {
      const key = keyOf(each);
      const found = olds.findIndex((old, place) => place >= at && keyOf(old) === key);
      if (found < 0) {
        now.insertBefore(fresh(each), shown[at] ?? null);
        continue;
      }
      while (at < found) shown[at++].remove();
      renew(shown[at], olds[at], each);
      at += 1;
    }
    while (at < olds.length) shown[at++].remove();
  };

  // Only what matters: another first sentence, and updates that were not there.
  const newsIn = (page) => {
    const [before, after] = [known, page].map((each) => each.querySelector("h1")?.textContent.trim());
    const added = [...page.querySelectorAll(".rail > li[id]")]
      .filter((update) => !known.querySelector(`#${CSS.escape(update.id)}`)).map(wordsOf);
    return [...(before === after ? [] : [after]), ...added].join(". ");
  };

  const say = (words, seen = false) => {
    status.className = seen ? "note" : "away";
    status.textContent = words;
  };

  const show = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const scripts = [document, page].map((each) => each.querySelector("script[data-live]")?.src);
    if (!scripts[1]) return false;
    outdated = scripts[0] !== scripts[1] && scripts[1];
    const news = newsIn(page.body);
    const { activeElement: focused } = document;
    for (const part of PARTS) renew(...[document, known, page].map((each) => each.querySelector(part)));
    if (!focused.isConnected && focused.href) {
      document.querySelector(`[href="${CSS.escape(focused.getAttribute("href"))}"]`)?.focus({ preventScroll: true });
    }
    document.title = page.title;
    known = page.body;
    tell();
    if (news) say(news);
    return true;
  };

  // A newer version of Fyr has other scripts and styles: reload once per version, while nobody reads or types.
  const catchUp = () => {
    const calm = document.activeElement === document.body && getSelection().isCollapsed
      && !document.querySelector("details[open]");
    if (!outdated || !(document.hidden || calm) || sessionStorage.fyr === outdated) return;
    sessionStorage.fyr = outdated;
    location.reload();
  };

  const hear = async (answer) => {
    // What was here has been taken away, so it may not stay on the screen.
    if (answer.status === 404 || answer.status === 410) location.reload();
    if (!answer.ok || answer.redirected) return false;
    const now = answer.headers.get("etag");
    const same = now && now === etag;
    if (!same && !show(await answer.text())) return false;
    pause = same ? Math.min(pause * 1.2, CALM) : USUAL;
    etag = now;
    return true;
  };

  const ask = async () => {
    busy = true;
    asked = Date.now();
    // The browser sends the ETag of its cached response; after a 304 it returns that response.
    const request = fetch(location.href.split("#")[0], { cache: "no-cache", signal: AbortSignal.timeout(20000) });
    if (await request.then(hear).catch(() => false)) {
      heard = Date.now();
      if (status.className === "note") say("");
    } else {
      pause = Math.min(pause * 2, LONGEST);
      const at = clock.format(heard);
      if (Date.now() - heard > LOST * 1000) say(status.dataset.lost.replace("{time}", at), true);
    }
    busy = false;
    catchUp();
    wait();
  };

  // Visitors who came together do not ask together.
  const wait = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, pause * (750 + 500 * Math.random()));
  };

  const wake = () => {
    if (document.hidden) {
      clearTimeout(timer);
      catchUp();
    } else if (!busy && Date.now() - asked > SOON * 1000) {
      ask();
    } else {
      wait();
    }
  };

  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  wake();
};

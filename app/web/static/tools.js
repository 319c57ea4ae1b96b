// Filters lists, keeps folded groups and filters in the address, leads from a bar to its day, shares
// a link, and draws pictures. fyr.js loads it when one of them is needed.

const { lang, dir } = document.documentElement;
const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
const wasOpen = new WeakMap();

const all = (selector, part = document) => [...part.querySelectorAll(selector)];
const folds = () => all("details.group");
const nameOf = (fold) => fold.id.slice("group-".length);
// Case and diacritics make no difference: "espanol" finds "Español".
const lower = (text) => text.trim().normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase(lang);
const holds = (node, query) => lower(node.textContent).includes(query);

const remember = (name, value) => {
  if (value) state.set(name, value);
  else state.delete(name);
  const hash = state.size ? `#${state}` : "";
  history.replaceState(null, "", location.pathname + location.search + hash);
};

const changedFolds = () => new Set((state.get("groups") ?? "").split(",").filter(Boolean));

const findServices = (query) => {
  for (const row of all("#services .services > li")) row.hidden = !holds(row.firstElementChild, query);
  for (const fold of folds()) {
    if (!wasOpen.has(fold)) wasOpen.set(fold, fold.open);
    fold.hidden = all(".services > li", fold).every((row) => row.hidden);
    fold.open = query ? true : wasOpen.get(fold);
    if (!query) wasOpen.delete(fold);
  }
};

const findIncidents = (filter) => {
  const [service, severity] = all("select", filter);
  for (const each of all(".past[data-services]")) {
    each.hidden = (service.value && !each.dataset.services.split(" ").includes(service.value))
      || (severity.value && each.dataset.severity !== severity.value);
  }
  for (const day of all(".days > dd")) {
    const past = all(".past", day);
    day.hidden = past.length > 0 && past.every((each) => each.hidden);
    day.previousElementSibling.hidden = day.hidden;
  }
  const status = filter.querySelector("[data-none]");
  status.textContent = all(".days .past").some((each) => !each.hidden) ? "" : status.dataset.none;
};

const share = async (link) => {
  if (navigator.share) return navigator.share({ title: document.title, url: link.href }).catch(() => {});
  // Without permission, or without TLS, the link is opened: it can be copied from the address bar.
  try {
    await navigator.clipboard.writeText(link.href);
    link.textContent = link.dataset.share;
  } catch {
    location.href = link.href;
  }
};

// The bar under the pointer, in days before today; the list below has a term for each range of days.
const leadToDay = (bars, { clientX }) => {
  const { left, width } = bars.getBoundingClientRect();
  const part = (clientX - left) / width;
  let back = Math.floor((dir === "rtl" ? part : 1 - part) * bars.viewBox.baseVal.width / 8);
  const details = bars.closest("details");
  details.open = true;
  for (const day of all("dt", details)) {
    const days = Number(day.dataset.n ?? 1);
    day.classList.toggle("hit", back >= 0 && back < days);
    back -= days;
  }
  details.querySelector(".hit")?.scrollIntoView({ block: "nearest" });
};

// A picture in the visitor's time zone takes the place of the one in the page's.
export const draw = async (localise) => {
  for (const img of all(".chain img")) {
    const answer = await fetch(img.src);
    if (!answer.ok) continue;
    // The policy of the page refuses the style of the picture while it is parsed.
    const text = (await answer.text()).replace(/<style>[^]*?<\/style>/, "");
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    for (const each of all("title, desc", svg)) each.remove();
    svg.removeAttribute("aria-labelledby");
    svg.setAttribute("aria-label", img.closest("figure").querySelector("figcaption")?.textContent ?? img.alt);
    localise(svg);
    if (img.isConnected) img.replaceWith(document.importNode(svg, true));
  }
};

export const click = (event) => {
  const { target } = event;
  const link = target.closest("[data-share]"), bars = target.closest("summary .bars");
  const fold = target.closest(".group > summary")?.parentElement;
  if (link) {
    share(link);
  } else if (bars) {
    leadToDay(bars, event);
  } else if (fold && !state.has("find")) {
    const changed = changedFolds();
    if (!changed.delete(nameOf(fold))) changed.add(nameOf(fold));
    remember("groups", [...changed].join(","));
  }
};

export const input = ({ target }) => {
  if (target.id === "filter") {
    findServices(lower(target.value));
    remember("find", target.value.trim());
  } else if (target.id === "languages") {
    for (const each of all(".languages a")) {
      each.hidden = !lower(`${each.textContent} ${each.title}`).includes(lower(target.value))
        && !each.hreflang.startsWith(lower(target.value));
    }
  } else if (target.name) {
    findIncidents(target.closest(".find"));
    remember(target.name, target.value);
  }
};

export const restore = () => {
  const changed = changedFolds();
  for (const fold of folds()) if (changed.has(nameOf(fold))) fold.open = !fold.open;
  const find = document.getElementById("filter"), filter = document.getElementById("history-filter");
  if (find && state.has("find")) findServices(lower(find.value = state.get("find")));
  if (filter) {
    for (const select of all("select", filter)) select.value = state.get(select.name) ?? "";
    findIncidents(filter);
  }
};

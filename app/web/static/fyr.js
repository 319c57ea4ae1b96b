// Shows times in the visitor's own zone or in UTC, and how long ago they were. The page is whole
// without it.
(() => {
  const { body, currentScript, documentElement: { lang } } = document;
  // The page as served, to be compared with later ones.
  const sent = body.cloneNode(true);
  const locale = `${lang}-u-ca-gregory-nu-latn`;
  // A browser without the data of the language would write English, as Chromium does for Basque and
  // Icelandic: what the server wrote stays, in the zone of the page.
  const isKnown = Intl.DateTimeFormat.supportedLocalesOf(lang).length > 0;
  const all = (selector, part = document) => [...part.querySelectorAll(selector)];
  const words = document.getElementById("live")?.dataset;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // A browser may forbid to store anything.
  const stored = (value) => {
    try {
      return value === undefined ? localStorage.zone : localStorage.zone = value;
    } catch {
      return value;
    }
  };
  let format;
  const setZone = (zone) => {
    format = new Intl.DateTimeFormat(locale, {
      year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
      timeZone: zone || own,
    });
  };
  setZone(stored());
  // CLDR leaves an alternative to the reader in Basque: "ira. 30(a)".
  const plain = (text) => text.replaceAll("(a)", "");
  const say = (at) => isKnown ? plain(format.format(at)) : at.toISOString();
  const clock = { format: say };
  // A range names one offset only.
  // After Latin letters, a mark keeps the end at its place where text runs right to left.
  const mark = document.documentElement.dir === "rtl" ? "\u200f" : "";
  const marked = (parts) => parts.map(({ type, value }) => type === "timeZoneName" || type === "dayPeriod" ? value + mark : value).join("");
  const span = (at, until) => at.getTimezoneOffset() === until.getTimezoneOffset()
    ? plain(marked(format.formatRangeToParts(at, until))) : `${say(at)}${mark} – ${say(until)}`;
  const note = (part) => {
    part.textContent = stored() ? part.dataset.utc : part.dataset.yours.replace("{zone}", own);
  };
  const localise = (part) => {
    for (const each of all(".find", part)) each.hidden = false;
    if (!isKnown) return;
    for (const time of all("time", part)) {
      const [at, until] = [time.dateTime, time.dataset.until].map((stamp) => new Date(stamp));
      time.title ||= time.textContent;
      time.textContent = time.dataset.until ? span(at, until) : say(at);
    }
    for (const each of all("[data-at]", part)) each.textContent = say(new Date(each.dataset.at));
    for (const each of all(".zones", part)) each.hidden = false;
    for (const each of all("[data-zone]", part)) each.ariaPressed = each.dataset.zone === (stored() || "");
    all("#zone", part).forEach(note);
  };

  // Filters, folds, sharing and pictures are loaded when they are needed.
  const tools = (use) => import(currentScript.dataset.tools).then(use, () => {});

  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const units = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const lasting = (since) => {
    const m = Math.max(1, Math.round((Date.now() - new Date(since)) / 60000));
    const [d, h] = [Math.floor(m / 1440), Math.floor(m / 60) % 24];
    const counts = Object.entries({ day: d, hour: h, minute: d ? 0 : m % 60 }).filter(([, count]) => count);
    const parts = counts.map(([unit, count]) => new Intl.NumberFormat(locale, {
      style: "unit", unit, unitDisplay: "short",
    }).format(count));
    return words.ongoing.replace("{}", new Intl.ListFormat(locale, { type: "unit", style: "narrow" }).format(parts));
  };
  const tell = () => {
    if (all(".chain img").length) tools((module) => module.draw(localise));
    if (!isKnown) return;
    for (const each of all(".ago")) {
      const time = each.parentElement.querySelector("time");
      const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
      const unit = units.find(([, length]) => Math.abs(seconds) >= length);
      each.textContent = unit ? ago.format(Math.trunc(seconds / unit[1]), unit[0]) : words.now;
    }
    for (const each of all("[data-since]")) each.textContent = lasting(each.dataset.since);
  };
  // The form of a subscription offers the visitor's own zone besides that of the page.
  const zones = document.querySelector("select[name=time_zone]");
  if (zones && ![...zones.options].some(({ value }) => value === own)) zones.add(new Option(own, own));
  localise(body);
  tell();
  setInterval(tell, 60000);

  for (const kind of ["click", "input"]) {
    document.addEventListener(kind, (event) => {
      const { target } = event;
      const button = target.closest("[data-zone]");
      if (button) {
        stored(button.dataset.zone);
        setZone(button.dataset.zone);
        localise(body);
      } else if (target.closest("summary, .find, [data-share]")) {
        if (target.closest("[data-share]")) event.preventDefault();
        tools((module) => module[kind](event));
      }
    });
  }
  if (location.hash.includes("=")) tools((module) => module.restore());

  // Live updates are loaded later: the first view does not need them.
  const stay = () => import(currentScript.dataset.live).then(
    ({ live }) => live({ sent, localise, tell, clock }),
    () => setTimeout(stay, 60000),
  );
  if (document.querySelector("link[rel=canonical]")) setTimeout(stay, 9000);
})();
